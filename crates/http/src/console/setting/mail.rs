//! The mail server: set, tried, taken away.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use secrecy::SecretString;
use serde::Deserialize;
use service::Request;
use service::setting::{MailStanding, Smtp, SmtpChange};

use super::fixed;
use crate::App;
use crate::console::form::Form;
use crate::console::instance::{Instance, enter};
use crate::console::part::{self, counted};
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm;
use crate::page::instance::Place;
use crate::page::setting::{Mail, Standing};
use crate::page::shell::{Notice, NoticeKind};

const HERE: &str = "/instance/settings/mail";

pub fn router() -> Router<App> {
    Router::new()
        .route(HERE, get(show).post(save))
        .route("/instance/settings/mail/test", post(test))
        .route("/instance/settings/mail/removal", get(ask_removal).post(remove))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    url: String,
    username: String,
    password: String,
    no_password: bool,
    from: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Whom {
    to: String,
}

async fn show(State(app): State<App>, Person(request): Person, shown: Once) -> Answer {
    Ok(view::html(&page(&app, &request, shown).await?))
}

async fn page(app: &App, request: &Request, shown: Once) -> Result<Mail, Page> {
    let instance = enter(app, request, Place::Mail, shown).await?;
    let smtp = app.roster.smtp(request).await?;
    Ok(Mail {
        shell: instance.shell("Mail"),
        standing: standing(&instance, &smtp),
        fixed: fixed(smtp.fixed_by, "smtp"),
        from_fixed: fixed(smtp.from_fixed_by, "smtp_from"),
        is_set: smtp.url.is_some(),
        url: smtp.url.unwrap_or_default(),
        username: smtp.username.unwrap_or_default(),
        has_password: smtp.has_password,
        from: smtp.from,
        waiting: match usize::try_from(smtp.queued).unwrap_or(0) {
            0 => String::new(),
            waiting => format!("{} to be sent.", counted(waiting, "mail waits", "mails wait")),
        },
        test_to: instance.email.clone(),
        ..Mail::default()
    })
}

fn standing(instance: &Instance, smtp: &Smtp) -> Standing {
    let mail = &smtp.mail;
    let since = instance.time_or(mail.since, "long ago");
    match mail.state {
        MailStanding::NotSetUp => Standing::NotSetUp,
        MailStanding::Untried => Standing::Untried,
        MailStanding::Works => Standing::Works {
            since,
            last: instance.time_or(mail.last_at, "an unknown time"),
        },
        MailStanding::Fails => Standing::Fails {
            since,
            detail: mail.detail.clone().unwrap_or_default(),
        },
    }
}

async fn save(State(app): State<App>, Person(request): Person, Form(typed): Form<Typed>) -> Answer {
    let password = match (typed.no_password, part::filled(&typed.password)) {
        (true, _) => Some(None),
        (false, given) => given.map(|text| Some(SecretString::from(text))),
    };
    let shown = app.roster.smtp(&request).await?;
    let change = SmtpChange {
        url: Some(part::filled(&typed.url)),
        username: Some(part::filled(&typed.username)),
        password,
        // The usual one that was shown is none that was chosen.
        from: (typed.from.trim() != shown.from).then(|| part::filled(&typed.from)),
    };
    match app.roster.change_smtp(&request, change).await {
        Ok(_) => Ok(view::done(
            HERE,
            "The mail server is saved. Send a test mail to see whether it works.",
        )),
        Err(error) => {
            let errors = view::errors(error)?;
            let page = page(&app, &request, Once::default()).await?;
            Ok(view::again(&Mail {
                errors,
                url: typed.url,
                username: typed.username,
                from: typed.from,
                ..page
            }))
        }
    }
}

async fn test(State(app): State<App>, Person(request): Person, Form(whom): Form<Whom>) -> Answer {
    match app.roster.test_mail(&request, &whom.to).await {
        Ok(tested) => {
            let (kind, begin) = if tested.delivered {
                (
                    NoticeKind::Success,
                    format!("The test mail to {} was taken.", whom.to.trim()),
                )
            } else {
                (
                    NoticeKind::Error,
                    format!("The test mail to {} was not sent.", whom.to.trim()),
                )
            };
            Ok(view::go(
                HERE,
                Some(Notice::new(kind, format!("{begin} {}", tested.answer))),
            ))
        }
        Err(error) => {
            let errors = view::errors(error)?;
            let page = page(&app, &request, Once::default()).await?;
            Ok(view::again(&Mail {
                errors,
                test_to: whom.to,
                ..page
            }))
        }
    }
}

async fn ask_removal(State(app): State<App>, Person(request): Person, shown: Once) -> Answer {
    let instance = enter(&app, &request, Place::Mail, shown).await?;
    Ok(view::html(&confirm::Page {
        shell: instance.shell("Send no mail any more"),
        heading: "Send no mail any more?".to_owned(),
        lead:
            "Invitations are then handed on by their links. Nobody can sign up, reset a password or change an address \
               by mail, and mails that wait stay where they are. The password of the mail server is forgotten."
                .to_owned(),
        action: "/instance/settings/mail/removal".to_owned(),
        submit: "Send no mail any more".to_owned(),
        danger: true,
        cancel_href: HERE.to_owned(),
        ..confirm::Page::default()
    }))
}

async fn remove(State(app): State<App>, Person(request): Person) -> Answer {
    let change = SmtpChange {
        url: Some(None),
        username: Some(None),
        password: Some(None),
        from: None,
    };
    app.roster.change_smtp(&request, change).await?;
    Ok(view::done(HERE, "No mail is sent any more."))
}
