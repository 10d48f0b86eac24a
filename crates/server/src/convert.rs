//! Exports of other products' users, made into the lines that an import takes. Nothing is decided here: the server that
//! takes the lines asks its own rules. What has no place there is told, person by person, with the reason.

mod array;
mod auth0;
mod clerk;
mod hash;
mod keycloak;
mod person;
#[cfg(test)]
mod test;

use std::io::{self, BufRead, Read, Write};

use clap::ValueEnum;
use domain::Timestamp;
use domain::moving::{Composer, FORMAT, Header, Line, Member, Named, Organization, VERSION};
use domain::policy::PolicyChange;

use person::Person;

/// Whose export it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Product {
    /// A realm's export, as JSON
    Keycloak,
    /// Users as JSON, one to a line
    Auth0,
    /// Users as CSV or JSON
    Clerk,
}

/// The organization that the people come into.
#[derive(Clone, Debug)]
pub struct Destination {
    pub slug: String,
    pub name: String,
    pub preset: String,
    /// By username or e-mail address, who of the export becomes its Owner.
    pub owner: Option<String>,
}

/// Something of the export that does not come along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The line of the export, or the how-many-eth user it was; 0 where it is of nobody.
    pub place: u64,
    /// Whose it was; empty where it is of nobody.
    pub who: String,
    pub what: String,
    pub why: String,
}

/// How much there was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub people: u64,
    pub groups: u64,
    pub left_out: u64,
}

/// Why an export cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("cannot be read or written: {0}")]
    Io(#[from] io::Error),
    #[error("is not what {product} exports: {why}")]
    Form { product: &'static str, why: String },
}

impl Unreadable {
    fn form(product: &'static str, why: impl ToString) -> Self {
        Self::Form {
            product,
            why: why.to_string(),
        }
    }
}

/// Reads an export to its end and writes the lines of an import as they come. `tell` hears of everything left out.
///
/// # Errors
/// It is no such export, or it cannot be read or written any more.
pub fn convert(
    from: Product,
    input: impl BufRead,
    into: &Destination,
    now: Timestamp,
    out: impl Write,
    tell: impl FnMut(LeftOut),
) -> Result<Tally, Unreadable> {
    let mut lines = Lines {
        out,
        tell,
        composer: Composer::default(),
        room: Vec::new(),
        tally: Tally::default(),
        owner: into.owner.clone(),
    };
    lines.begin(into, now)?;
    match from {
        Product::Keycloak => keycloak::read(input, &mut lines)?,
        Product::Auth0 => auth0::read(input, &mut lines)?,
        Product::Clerk => clerk::read(input, &mut lines)?,
    }
    lines.end()
}

/// Where lines go to, and what is told beside them.
struct Lines<W, T> {
    out: W,
    tell: T,
    composer: Composer,
    room: Vec<u8>,
    tally: Tally,
    /// Until they came.
    owner: Option<String>,
}

impl<W: Write, T: FnMut(LeftOut)> Lines<W, T> {
    fn begin(&mut self, into: &Destination, now: Timestamp) -> Result<(), Unreadable> {
        self.write(&Line::Roster(Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            organization: Named {
                slug: into.slug.clone(),
                name: into.name.clone(),
            },
            exported_at: now,
        }))?;
        self.write(&Line::Organization(Box::new(Organization {
            slug: into.slug.clone(),
            name: into.name.clone(),
            preset: into.preset.clone(),
            policies: PolicyChange::default(),
        })))
    }

    fn group(&mut self, group: domain::moving::Group) -> Result<(), Unreadable> {
        self.tally.groups += 1;
        self.write(&Line::Group(group))
    }

    /// What of a person can be taken, and word of the rest.
    fn person(&mut self, person: Person) -> Result<(), Unreadable> {
        let (member, left_out) = person.taken();
        for left_out in left_out {
            self.leave_out(left_out);
        }
        let Some(mut member) = member else { return Ok(()) };
        if self.owner.as_deref().is_some_and(|owner| is_called(&member, owner)) {
            member.role = Some(domain::role::OWNER.to_owned());
            self.owner = None;
        }
        self.tally.people += 1;
        self.write(&Line::Member(Box::new(member)))
    }

    fn leave_out(&mut self, left_out: LeftOut) {
        self.tally.left_out += 1;
        (self.tell)(left_out);
    }

    /// Of nobody in particular.
    fn leave_out_of_all(&mut self, what: impl ToString, why: &str) {
        self.leave_out(LeftOut {
            place: 0,
            who: String::new(),
            what: what.to_string(),
            why: why.to_owned(),
        });
    }

    fn write(&mut self, line: &Line) -> Result<(), Unreadable> {
        self.room.clear();
        self.composer.write(line, &mut self.room).map_err(io::Error::from)?;
        Ok(self.out.write_all(&self.room)?)
    }

    fn end(mut self) -> Result<Tally, Unreadable> {
        if let Some(owner) = self.owner.take() {
            self.leave_out_of_all("the Owner", &format!("Nobody of the export is called {owner}."));
        }
        self.room.clear();
        self.composer.end(&mut self.room).map_err(io::Error::from)?;
        self.out.write_all(&self.room)?;
        self.out.flush()?;
        Ok(self.tally)
    }
}

fn is_called(member: &Member, name: &str) -> bool {
    let names = [&member.username, &member.email].into_iter().flatten();
    names.into_iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// Bytes that one user of an export may take, or it is none.
const LONGEST_USER: u64 = 1 << 20;

/// The next line without its end; none at the end of the input.
fn next_line(input: &mut impl BufRead, into: &mut Vec<u8>) -> io::Result<Option<usize>> {
    into.clear();
    let read = input.by_ref().take(LONGEST_USER + 1).read_until(b'\n', into)?;
    if read as u64 > LONGEST_USER {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a line is longer than 1 MiB, which no user is",
        ));
    }
    Ok((read > 0).then_some(read))
}
