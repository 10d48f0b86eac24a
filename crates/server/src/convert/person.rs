//! Somebody of another product's export: what Roster can take of them, and what not and why.

use std::fmt::Display;

use domain::Timestamp;
use domain::moving::{Belonging, Ended, Member, State};
use domain::text::{EmailAddress, PersonName, Phone, Username};
use service::PasswordHash;

use super::LeftOut;

/// As the export tells of them, in Roster's words.
#[derive(Debug, Default)]
pub struct Person {
    /// The line of the export, or the how-many-eth user they are.
    pub place: u64,
    pub username: Option<String>,
    pub email: Option<String>,
    pub email_verified: bool,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub locale: Option<String>,
    pub created_at: Option<Timestamp>,
    /// Why they may not come in, where they may not.
    pub disabled: Option<&'static str>,
    /// In a form that Roster reads, or why there is none.
    pub hash: Option<Result<String, String>>,
    /// The slugs of groups.
    pub groups: Vec<String>,
    /// What else there was and has no place: what, and why.
    pub rest: Vec<(String, String)>,
}

impl Person {
    /// What they are called by in a report.
    fn who(&self) -> String {
        let called = [&self.username, &self.email, &self.name].into_iter().flatten().next();
        called.cloned().unwrap_or_default()
    }

    pub fn leave_out(&mut self, what: impl ToString, why: impl ToString) {
        self.rest.push((what.to_string(), why.to_string()));
    }

    /// A member where there is at least a name to sign in by, and everything that is left out.
    pub fn taken(mut self) -> (Option<Member>, Vec<LeftOut>) {
        let who = self.who();
        let place = self.place;
        let email = self.parsed("e-mail address", |own| own.email.take(), EmailAddress::parse);
        let username = self.parsed("username", |own| own.username.take(), Username::parse);
        let username = self.own_name(username, email.as_ref());
        let name = self.parsed("name", |own| own.name.take(), PersonName::parse);
        let phone = self.parsed("phone", |own| own.phone.take(), Phone::parse);
        let password_hash = self.hash();
        let member = Member {
            username: username.map(|username| username.to_string()),
            email: email.map(|email| email.to_string()),
            email_verified: self.email_verified,
            name: name.map(|name| name.to_string()),
            phone: phone.map(|phone| phone.to_string()),
            locale: self.locale.take(),
            state: match self.disabled {
                None => State::Active,
                Some(why) => State::Disabled(Ended {
                    reason: Some(why.to_owned()),
                    ..Ended::default()
                }),
            },
            created_at: self.created_at,
            groups: self.groups.drain(..).map(belonging).collect(),
            password_hash,
            ..Member::default()
        };
        let somebody = member.username.is_some() || member.email.is_some();
        if !somebody {
            self.rest.clear();
            self.leave_out(
                "the whole user",
                "There is neither a username nor an e-mail address that could be taken over.",
            );
        }
        let left_out = self.rest.into_iter().map(|(what, why)| LeftOut {
            place,
            who: who.clone(),
            what,
            why,
        });
        (somebody.then_some(member), left_out.collect())
    }

    fn parsed<T, E: Display>(
        &mut self,
        what: &str,
        take: impl FnOnce(&mut Self) -> Option<String>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = take(self).filter(|text| !text.trim().is_empty())?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(malformed) => {
                self.leave_out(what, format!("{text:?} {malformed}."));
                None
            }
        }
    }

    /// A username that is an address has to be their own.
    fn own_name(&mut self, username: Option<Username>, email: Option<&EmailAddress>) -> Option<Username> {
        let username = username?;
        if !username.is_email() || email.is_some_and(|email| email.key() == username.key()) {
            return Some(username);
        }
        self.leave_out("username", format!("{username} is an e-mail address, but not theirs."));
        None
    }

    fn hash(&mut self) -> Option<String> {
        let told = match self.hash.take()? {
            Ok(hash) => match PasswordHash::imported(&hash) {
                Ok(_) => return Some(hash),
                Err(unimportable) => format!("It {unimportable}."),
            },
            Err(why) => why,
        };
        self.leave_out(
            "password",
            format!("{told} They set a new one by \"Forgot your password?\"."),
        );
        None
    }
}

fn belonging(group: String) -> Belonging {
    Belonging {
        group,
        until: None,
        origin: None,
    }
}
