//! Many rows carried out one by one, each with its outcome in words.

use domain::effect::{Kind, Preview};
use domain::invitation::DeliveryState;
use domain::permission::{InvitationSend, MemberManage, Permission};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use secrecy::ExposeSecret;
use serde::Serialize;
use service::invitation::{NewInvitation, Sent};
use service::member::creation::{Created, NewPerson};
use service::{Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::part::{self, filled};
use crate::console::refusal::Page;
use crate::console::rows::Row;
use crate::page::bulk::ResultRow;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Invite,
    Create,
}

impl Act {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Create => "create",
        }
    }

    pub const fn permission(self) -> Permission {
        match self {
            Self::Invite => Permission::InvitationSend,
            Self::Create => Permission::MemberManage,
        }
    }

    /// Whether all that the rows say can be done: what would be lost in silence is refused.
    ///
    /// # Errors
    /// A row says what this act does not know.
    pub fn takes(self, rows: &[Row]) -> Result<(), String> {
        match rows.iter().find(|row| row.until.is_some()) {
            Some(row) if self == Self::Invite => Err(format!(
                "Line {}: an invitation gives no role until a time. Create accounts, or leave \"until\" empty.",
                row.line
            )),
            _ => Ok(()),
        }
    }
}

/// What became of one line, or would.
#[derive(Serialize)]
pub struct Line {
    pub line: usize,
    pub who: String,
    pub done: bool,
    pub text: String,
    /// A temporary password or a link: had now or never.
    pub shown_once: Option<String>,
}

impl Line {
    pub fn shown(self) -> ResultRow {
        ResultRow {
            line: self.line,
            who: self.who,
            done: self.done,
            text: self.text,
            shown_once: self.shown_once.unwrap_or_default(),
        }
    }
}

/// Carries every row out, or tries it where the request is a dry run.
///
/// # Errors
/// The caller may do it to nobody. Each row has its own outcome.
pub async fn run(
    app: &App,
    request: &Request,
    slug: &str,
    act: Act,
    found: &[Row],
) -> Result<BoxStream<'static, Line>, Page> {
    let (roster, organization) = (app.roster.clone(), OrganizationRef::parse(slug));
    let who: Vec<(usize, String)> = found
        .iter()
        .map(|row| {
            (
                row.line,
                if row.email.is_empty() {
                    row.username.clone()
                } else {
                    row.email.clone()
                },
            )
        })
        .collect();
    let public_url = app.roster.settings().public_url.clone();
    Ok(match act {
        Act::Invite => {
            drop(app.roster.see::<InvitationSend>(request, &organization).await?);
            let rows = found.iter().map(|row| NewInvitation {
                email: filled(&row.email),
                username: filled(&row.username),
                role: filled(&row.role),
                ..NewInvitation::default()
            });
            let stream = service::bulk::invite(roster, request.clone(), organization, rows.collect()).await?;
            stream
                .map(move |row| line(&who, row.number, row.outcome.map(|sent| invited(sent, &public_url))))
                .boxed()
        }
        Act::Create => {
            drop(app.roster.see::<MemberManage>(request, &organization).await?);
            let rows = found.iter().map(|row| NewPerson {
                name: row.name.clone(),
                email: filled(&row.email),
                username: filled(&row.username),
                role: filled(&row.role),
                until: row.until,
                ..NewPerson::default()
            });
            let stream = service::bulk::create(roster, request.clone(), organization, rows.collect()).await?;
            stream
                .map(move |row| line(&who, row.number, row.outcome.map(created)))
                .boxed()
        }
    })
}

fn line(who: &[(usize, String)], number: usize, outcome: service::Result<(String, Option<String>)>) -> Line {
    let (line, who) = who.get(number.saturating_sub(1)).cloned().unwrap_or_default();
    match outcome {
        Ok((text, shown_once)) => Line {
            line,
            who,
            done: true,
            text,
            shown_once,
        },
        Err(error) => Line {
            line,
            who,
            done: false,
            text: told(error),
            shown_once: None,
        },
    }
}

/// A line's own problem in its words; one of the server's in few.
fn told(error: Error) -> String {
    match error {
        error @ (Error::Invalid(_) | Error::Refused(_)) => part::problem(error).unwrap_or_default(),
        other => {
            tracing::warn!(error = ?other, "a line of many failed");
            other.to_string()
        }
    }
}

fn invited(sent: Outcome<Sent>, public_url: &str) -> (String, Option<String>) {
    match sent {
        Outcome::Previewed(_) => ("Will be invited".to_owned(), None),
        // Where no mail goes out, this is the only time the link can be had.
        Outcome::Done(sent) if sent.invitation.delivery.state == DeliveryState::None => {
            let link = format!("{public_url}/invitations/{}", sent.link.expose());
            ("Invited. Hand on the link".to_owned(), Some(link))
        }
        Outcome::Done(_) => ("Invited by mail".to_owned(), None),
    }
}

fn created(created: Outcome<Created>) -> (String, Option<String>) {
    match created {
        Outcome::Previewed(preview) => (foreseen(&preview).to_owned(), None),
        Outcome::Done(created) => match created.temporary_password {
            Some(password) => {
                let text = format!("Account created: {}", created.member.account.username);
                (text, Some(password.expose_secret().to_owned()))
            }
            None if created.member.joined_at.is_none() => ("Has an account already; must agree first".to_owned(), None),
            None => ("Has an account already; is a member now".to_owned(), None),
        },
    }
}

fn foreseen(preview: &Preview) -> &'static str {
    if preview.counts.contains_key(Kind::AccountCreated.name()) {
        "Gets an account"
    } else if preview.counts.contains_key(Kind::Seat.name()) {
        "Has an account already; becomes a member"
    } else {
        "Has an account already; will be asked to agree"
    }
}
