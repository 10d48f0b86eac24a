//! What a superuser does to an account: first what it means, then the button that does it.

use axum::Router;
use axum::http::StatusCode;
use domain::Refusal;
use domain::account::Account;
use domain::effect::{Kind, Preview};
use domain::id::AccountId;
use serde::Deserialize;
use service::{Error, Outcome, Request};

use crate::App;
use crate::console::consequence;
use crate::console::heir::owned_in_several;
use crate::console::instance::{Instance, enter};
use crate::console::noun::{self, noun, refused};
use crate::console::part::filled;
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::page::confirm::{self, Alternative, Consequence, ConsequenceKind};
use crate::page::form::Errors;
use crate::page::instance::Place;

pub fn router() -> Router<App> {
    let at = |noun: &str| format!("/instance/accounts/{{account}}/{noun}");
    Router::new()
        .route(&at("superuser"), noun(Act::GrantSuperuser, Act::RevokeSuperuser))
        .route(&at("suspension"), noun(Act::Suspend, Act::LiftSuspension))
        .route(&at("sessions"), noun(Act::EndSessions, Act::EndSessions))
        .route(&at("password-reset"), noun(Act::MailReset, Act::MailReset))
        .route(&at("deletion"), noun(Act::Delete, Act::Delete))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    GrantSuperuser,
    RevokeSuperuser,
    Suspend,
    LiftSuspension,
    EndSessions,
    MailReset,
    Delete,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// The opposite is meant: take away instead of give.
    end: bool,
    reason: String,
    confirm: String,
    /// Username or address of whoever gets what is owned.
    transfer_to: String,
}

impl noun::Act for Act {
    /// The account's id.
    type Of = String;
    type Asked = Asked;

    fn is_ended(asked: &Asked) -> bool {
        asked.end
    }

    async fn ask(self, app: &App, request: &Request, id: &String, asked: &Asked, shown: Once) -> Answer {
        let (instance, account) = entered(app, request, id, shown).await?;
        question(self, app, request, (&instance, &account), asked, Errors::none()).await
    }

    async fn perform(self, app: &App, request: &Request, id: &String, asked: &Asked) -> Answer {
        let (instance, account) = entered(app, request, id, Once::default()).await?;
        perform(self, app, request, (&instance, &account), asked).await
    }
}

async fn entered(app: &App, request: &Request, id: &str, shown: Once) -> Result<(Instance, Account), Page> {
    let instance = enter(app, request, Place::Accounts, shown).await?;
    Ok((instance, app.roster.account(request, account_id(id)?).await?))
}

/// # Errors
/// It is no id of an account: nothing stands at that address.
pub fn account_id(text: &str) -> Result<AccountId, Page> {
    text.parse().map_err(|_| Refusal::NotFound { what: "account" }.into())
}

/// The page with the preview of the change as asked.
async fn question(
    act: Act,
    app: &App,
    request: &Request,
    (instance, account): (&Instance, &Account),
    asked: &Asked,
    errors: Errors,
) -> Answer {
    let page = confirm::Page {
        errors,
        ..frame(act, instance, account, asked)
    };
    let heir = heir(app, request, asked).await?.unwrap_or_default();
    match run(act, app, &request.with_dry_run(true), account.id, asked, heir).await {
        Ok(preview) => {
            let page = confirm::Page {
                consequences: foreseen(act, &preview),
                ..page
            };
            Ok(if page.errors.any() {
                view::again(&page)
            } else {
                view::html(&page)
            })
        }
        Err(error) => blocked(page, error, StatusCode::OK),
    }
}

async fn perform(
    act: Act,
    app: &App,
    request: &Request,
    (instance, account): (&Instance, &Account),
    asked: &Asked,
) -> Answer {
    let mut errors = Errors::none();
    if act == Act::Delete && asked.confirm.trim() != account.username {
        errors.add("confirm", format!("Type {} to confirm", account.username));
    }
    let heir = heir(app, request, asked).await?;
    if heir.is_none() {
        errors.add("transfer_to", "There is no account with that username or address");
    }
    if errors.any() {
        return question(act, app, request, (instance, account), asked, errors).await;
    }
    match run(act, app, request, account.id, asked, heir.unwrap_or_default()).await {
        Ok(_) => Ok(view::done(&act.afterwards(account.id), act.done(&account.name))),
        Err(Error::Invalid(fields)) => {
            let errors = view::errors(Error::Invalid(fields))?;
            question(act, app, request, (instance, account), asked, errors).await
        }
        Err(error) => blocked(frame(act, instance, account, asked), error, StatusCode::CONFLICT),
    }
}

/// Who is typed to get what is owned: nobody at all, or none that there is.
async fn heir(app: &App, request: &Request, asked: &Asked) -> Result<Option<Option<AccountId>>, Page> {
    let Some(login) = filled(&asked.transfer_to) else {
        return Ok(Some(None));
    };
    let found = app.roster.find_account(request, &login).await?;
    Ok(found.map(|account| Some(account.id)))
}

/// Carries it out, or tries it where the request is a dry run.
async fn run(
    act: Act,
    app: &App,
    request: &Request,
    id: AccountId,
    asked: &Asked,
    heir: Option<AccountId>,
) -> service::Result<Preview> {
    let roster = &app.roster;
    let outcome = match act {
        Act::GrantSuperuser | Act::RevokeSuperuser => {
            roster.set_superuser(request, id, act == Act::GrantSuperuser).await?;
            Outcome::Done(())
        }
        Act::Suspend => {
            let reason = filled(&asked.reason);
            roster.suspend_account(request, id, reason.as_deref()).await?.map(drop)
        }
        Act::LiftSuspension => roster.lift_account_suspension(request, id).await?.map(drop),
        Act::EndSessions => roster.end_sessions_of(request, id).await?.map(drop),
        Act::MailReset => roster.mail_password_reset(request, id).await?.map(drop),
        Act::Delete => roster.delete_account(request, id, heir).await?,
    };
    Ok(match outcome {
        Outcome::Previewed(preview) => preview,
        Outcome::Done(()) => Preview::default(),
    })
}

/// Everything but what has to be foreseen.
fn frame(act: Act, instance: &Instance, account: &Account, asked: &Asked) -> confirm::Page {
    let submit = act.submit(&account.name);
    let home = act.afterwards(account.id);
    confirm::Page {
        shell: instance.shell(&submit),
        heading: format!("{submit}?"),
        lead: act.lead().to_owned(),
        alternative: (act == Act::Delete && account.suspended.is_none()).then(|| Alternative {
            text: "History may be needed later, and suspending can be taken back.".to_owned(),
            label: "Suspend instead".to_owned(),
            href: format!("/instance/accounts/{}/suspension", account.id),
        }),
        ask_reason: act == Act::Suspend,
        reason: asked.reason.clone(),
        typed: if act == Act::Delete {
            account.username.clone()
        } else {
            String::new()
        },
        hidden: noun::ended(matches!(act, Act::RevokeSuperuser | Act::LiftSuspension)),
        action: format!("/instance/accounts/{}/{}", account.id, act.noun()),
        submit,
        danger: !matches!(act, Act::LiftSuspension | Act::MailReset),
        cancel_href: if act == Act::Delete {
            format!("{home}/{}", account.id)
        } else {
            home
        },
        ..confirm::Page::default()
    }
}

fn foreseen(act: Act, preview: &Preview) -> Vec<Consequence> {
    let mut told = consequence::consequences(preview, "", false);
    let kept = match act {
        Act::Suspend => "Roles, data and history stay as they are",
        Act::EndSessions => "They can sign in again at once",
        Act::Delete if preview.counts.contains_key(Kind::AccountDeleted.name()) => {
            "What they did stays in the audit logs, without their name"
        }
        _ => return told,
    };
    told.push(Consequence::new(ConsequenceKind::Keeps, kept));
    told
}

/// Why it cannot be done as asked: what is owned can go to somebody, anything else stands in the place of the button.
fn blocked(page: confirm::Page, error: Error, status: StatusCode) -> Answer {
    let page = match error {
        Error::Refused(Refusal::StillOwns { owned, .. }) => confirm::Page {
            owned: owned_in_several(&owned),
            ask_heir: true,
            heir_label: "Hand all of it over to".to_owned(),
            lead: "They own the following. Name who gets it: a member of every organization where they own something."
                .to_owned(),
            ..page
        },
        Error::Refused(
            refusal @ (Refusal::LastSuperuser
            | Refusal::LastOwnerOf { .. }
            | Refusal::NotATransferTarget { .. }
            | Refusal::NotYourself { .. }
            | Refusal::NoPassword
            | Refusal::NoAddress { .. }
            | Refusal::MailNotSetUp
            | Refusal::SuspendedMember { .. }),
        ) => confirm::Page {
            // Deleting is what cannot be done; suspending still can.
            alternative: page.alternative.clone(),
            ..refused(page, refusal.to_string())
        },
        error => return Err(error.into()),
    };
    Ok(view::html_as(status, &page))
}

impl Act {
    const fn noun(self) -> &'static str {
        match self {
            Self::GrantSuperuser | Self::RevokeSuperuser => "superuser",
            Self::Suspend | Self::LiftSuspension => "suspension",
            Self::EndSessions => "sessions",
            Self::MailReset => "password-reset",
            Self::Delete => "deletion",
        }
    }

    /// The button says what will happen.
    fn submit(self, name: &str) -> String {
        match self {
            Self::GrantSuperuser => format!("Make {name} a superuser"),
            Self::RevokeSuperuser => format!("Take superuser away from {name}"),
            Self::Suspend => format!("Suspend {name}"),
            Self::LiftSuspension => format!("Lift the suspension of {name}"),
            Self::EndSessions => format!("End all sessions of {name}"),
            Self::MailReset => format!("Mail {name} a link to a new password"),
            Self::Delete => format!("Delete the account of {name}"),
        }
    }

    const fn lead(self) -> &'static str {
        match self {
            Self::GrantSuperuser => "Superusers can do everything in every organization of this server.",
            Self::RevokeSuperuser => "They keep what their roles in their organizations give them.",
            Self::Suspend => "They cannot sign in anywhere until it is lifted.",
            Self::LiftSuspension => "They can sign in again at once.",
            Self::EndSessions => "They are signed out on every device.",
            Self::MailReset => {
                "They get a mail with a link, by which they set a new password. The present one works until then."
            }
            Self::Delete => "This is permanent: nobody can bring it back.",
        }
    }

    /// What is said once it is done.
    fn done(self, name: &str) -> String {
        match self {
            Self::GrantSuperuser => format!("{name} is now a superuser."),
            Self::RevokeSuperuser => format!("{name} is no longer a superuser."),
            Self::Suspend => format!("{name} is suspended."),
            Self::LiftSuspension => format!("The suspension of {name} is lifted."),
            Self::EndSessions => format!("All sessions of {name} have ended."),
            Self::MailReset => format!("A mail with a link to a new password is on its way to {name}."),
            Self::Delete => format!("The account of {name} is deleted."),
        }
    }

    fn afterwards(self, id: AccountId) -> String {
        match self {
            Self::GrantSuperuser | Self::RevokeSuperuser => Place::Superusers.about().path.to_owned(),
            Self::Delete => Place::Accounts.about().path.to_owned(),
            _ => format!("{}/{id}", Place::Accounts.about().path),
        }
    }
}
