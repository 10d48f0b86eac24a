//! Where the audit log goes as it is written: an address, and how far behind it is.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::Timestamp;
use domain::permission::AuditLogManage;
use domain::time::SECOND;
use secrecy::SecretString;
use serde::Deserialize;
use service::OrganizationRef;
use service::audit::forwarding::{self, NewForwarding, Start, View};

use crate::App;
use crate::console::address::Path;
use crate::console::form::Form;
use crate::console::inside::enter;
use crate::console::part::{choices, filled};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::audit_forwarding::{Settings, Standing};
use crate::page::confirm::{self, Consequence, ConsequenceKind};
use crate::page::form::{Choice, Errors};
use crate::page::part::Time;
use crate::page::shell::{Section, Shell};

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/audit/forwarding", get(show).post(set))
        .route("/o/{organization}/audit/forwarding/stop", get(ask_stop).post(stop))
}

pub const TITLE: &str = "Forwarding";
const LEAD: &str = "Every entry is sent on as it is written, in order, again and again until it has arrived.";

/// As it was typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    url: String,
    authentication: String,
    secret: SecretString,
    trusted_certificate: String,
    start: String,
}

impl Typed {
    pub fn of(view: Option<&View>) -> Self {
        let Some(View { forwarding, .. }) = view else {
            return Self::default();
        };
        Self {
            url: forwarding.url.clone(),
            authentication: forwarding.authentication.clone(),
            trusted_certificate: forwarding.trusted_certificate.clone().unwrap_or_default(),
            ..Self::default()
        }
    }

    pub fn address(&self) -> &str {
        self.url.trim()
    }

    pub fn wanted(&self) -> NewForwarding {
        use secrecy::ExposeSecret;
        let secret = self.secret.expose_secret();
        NewForwarding {
            url: self.url.clone(),
            authentication: filled(&self.authentication),
            secret: (!secret.is_empty()).then(|| self.secret.clone()),
            trusted_certificate: filled(&self.trusted_certificate),
            start: if self.start == "beginning" {
                Start::Beginning
            } else {
                Start::GoOn
            },
        }
    }

    /// The page with what was typed, beside how it goes.
    pub fn page(&self, at: &At<'_>, view: Option<&View>, errors: Errors) -> Settings {
        let authentications = [
            (
                "none",
                "Not at all",
                "Syslog has nothing for it; over TLS the network says who we are.",
            ),
            (
                "bearer",
                "By a secret in each request",
                "Authorization: Bearer, over HTTPS.",
            ),
            (
                "signature",
                "By a signature of each request",
                "webhook-signature: HMAC-SHA256 by the secret, as Standard Webhooks has it.",
            ),
        ];
        let chosen = if self.authentication.is_empty() {
            "none"
        } else {
            &self.authentication
        };
        let starts = [
            if view.is_some() {
                ("now", "Go on where it is")
            } else {
                ("now", "What is written from now on")
            },
            ("beginning", "Everything that is kept, also what was sent before"),
        ];
        Settings {
            shell: at.shell.clone(),
            base: at.base.clone(),
            errors,
            lead: at.lead.clone(),
            standing: view.map(|view| at.standing(view)),
            url: self.url.clone(),
            authentications: authentications
                .map(|(value, label, hint)| Choice::new(value, label).hint(hint).selected(value == chosen))
                .into(),
            has_secret: view.is_some_and(|view| view.forwarding.sealed_secret.is_some()),
            trusted_certificate: self.trusted_certificate.clone(),
            starts: choices(&starts, if self.start == "beginning" { "beginning" } else { "now" }),
        }
    }
}

/// Where the page is, and for whom.
pub struct At<'a> {
    pub shell: Shell,
    /// Where the log stands.
    pub base: String,
    pub lead: String,
    pub now: Timestamp,
    pub zone: Option<&'a str>,
}

impl At<'_> {
    fn time_or(&self, at: Option<Timestamp>, otherwise: &str) -> Time {
        at.map_or_else(
            || Time::never(otherwise),
            |at| crate::console::time::time(at, self.zone),
        )
    }

    fn standing(&self, View { forwarding, lag }: &View) -> Standing {
        let seconds = lag.since.map_or(0, |since| self.now.since(since).max(0) / SECOND);
        Standing {
            behind: match lag.entries {
                0 => "All entries have arrived.".to_owned(),
                1 => format!("1 entry, by {}", span(seconds)),
                entries => format!("{entries} entries, the oldest by {}", span(seconds)),
            },
            delivered_at: self.time_or(forwarding.delivered_at, "Nothing yet"),
            error: forwarding.last_error.as_deref().map(sentence).unwrap_or_default(),
            failing_since: self.time_or(forwarding.failing_since, ""),
            next_try_at: self.time_or(Some(forwarding.due_at), ""),
        }
    }

    /// What stopping means, before it is done.
    pub fn question(self) -> confirm::Page {
        confirm::Page {
            heading: "Stop forwarding?".to_owned(),
            lead: "The receiver gets no more entries.".to_owned(),
            consequences: vec![
                Consequence::new(
                    ConsequenceKind::Loss,
                    "Where it is goes: beginning again later begins with new entries",
                ),
                Consequence::new(ConsequenceKind::Keeps, "The log itself stays as it is"),
            ],
            action: format!("{}/forwarding/stop", self.base),
            submit: "Stop forwarding".to_owned(),
            danger: true,
            cancel_href: format!("{}/forwarding", self.base),
            shell: self.shell,
            ..confirm::Page::default()
        }
    }
}

/// "40 seconds", "3 minutes", "2 hours".
fn span(seconds: i64) -> String {
    let (number, word) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

fn sentence(error: &str) -> String {
    let mut letters = error.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!(
        "{}{}.",
        first.unwrap_or_default(),
        letters.as_str().trim_end_matches('.')
    )
}

/// The organization's page, and what is kept.
async fn opened(
    app: &App,
    request: &service::Request,
    slug: &str,
    shown: Once,
) -> Result<Opened, super::refusal::Page> {
    let (seen, inside) = enter::<AuditLogManage>(app, request, slug, Section::Audit, shown).await?;
    Ok(Opened {
        shell: inside.shell(TITLE),
        base: format!("{}/audit", inside.base),
        zone: inside.zone().map(str::to_owned),
        view: forwarding::see(seen).await?,
    })
}

struct Opened {
    shell: Shell,
    base: String,
    zone: Option<String>,
    view: Option<View>,
}

impl Opened {
    fn at(&self, now: Timestamp) -> At<'_> {
        At {
            shell: self.shell.clone(),
            base: self.base.clone(),
            lead: LEAD.to_owned(),
            now,
            zone: self.zone.as_deref(),
        }
    }
}

async fn show(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    let opened = opened(&app, &request, &slug, shown).await?;
    let view = opened.view.as_ref();
    Ok(view::html(&Typed::of(view).page(
        &opened.at(request.now),
        view,
        Errors::none(),
    )))
}

async fn set(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Answer {
    let opened = opened(&app, &request, &slug, Once::default()).await?;
    let organization = OrganizationRef::parse(&slug);
    let authorized = app.roster.authorize::<AuditLogManage>(&request, &organization).await?;
    match forwarding::set(authorized, typed.wanted()).await {
        Ok(_) => {
            let home = format!("{}/forwarding", opened.base);
            Ok(view::done(&home, format!("Entries go to {}.", typed.address())))
        }
        Err(error) => {
            let errors = view::errors(error)?;
            let page = typed.page(&opened.at(request.now), opened.view.as_ref(), errors);
            Ok(view::again(&page))
        }
    }
}

async fn ask_stop(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    let opened = opened(&app, &request, &slug, shown).await?;
    Ok(view::html(&opened.at(request.now).question()))
}

async fn stop(State(app): State<App>, Person(request): Person, Path(slug): Path<String>) -> Answer {
    let organization = OrganizationRef::parse(&slug);
    let authorized = app.roster.authorize::<AuditLogManage>(&request, &organization).await?;
    forwarding::stop(authorized).await?;
    let home = format!("/o/{slug}/audit/forwarding");
    Ok(view::done(&home, "Entries are forwarded no more."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_is_told_in_the_unit_that_people_use_for_it() {
        for (seconds, told) in [
            (1, "1 second"),
            (90, "90 seconds"),
            (150, "2 minutes"),
            (7_200, "2 hours"),
            (200_000, "2 days"),
        ] {
            assert_eq!(span(seconds), told);
        }
        assert_eq!(sentence("it answered 503."), "It answered 503.");
    }
}
