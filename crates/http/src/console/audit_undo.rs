//! Undoing an entry of the audit log: first what the opposite change would do, told by the change itself, then the button.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use domain::Refusal;
use domain::effect::{Kind, Preview};
use domain::id::EventId;
use domain::permission::AuditLogView;
use domain::undo::Recorded;
use service::undo::{self, Made};
use service::{Error, OrganizationRef, Outcome};

use super::audit_entry::named;
use super::consequence::consequences;
use super::inside::{Inside, enter};
use super::refusal::Page;
use super::view::{self, Answer, Once};
use crate::App;
use crate::console::address::Path;
use crate::context::Person;
use crate::page::confirm::{self, Consequence, ConsequenceKind};
use crate::page::shell::Section;

pub fn router() -> Router<App> {
    Router::new().route("/o/{organization}/audit/{event}/undo", get(ask).post(carry_out))
}

async fn ask(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, event)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let event = event_id(&event)?;
    let (inside, recorded) = looked_at(&app, &request, (&slug, event), shown).await?;
    let organization = OrganizationRef::parse(&slug);
    let tried = undo::undo(&app.roster, &request.with_dry_run(true), &organization, event).await;
    Ok(view::html(&told(question(&inside, &recorded), &inside, tried)?))
}

async fn carry_out(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, event)): Path<(String, String)>,
) -> Answer {
    let event = event_id(&event)?;
    let (inside, recorded) = looked_at(&app, &request, (&slug, event), Once::default()).await?;
    let organization = OrganizationRef::parse(&slug);
    let made = undo::undo(&app.roster, &request, &organization, event).await;
    if let Ok(Outcome::Done(_)) = made {
        let text = format!("Undone: {} of {}.", named(&recorded.action), recorded.target.name);
        return Ok(view::done(&format!("{}/audit", inside.base), text));
    }
    let page = told(question(&inside, &recorded), &inside, made)?;
    Ok(view::html_as(StatusCode::CONFLICT, &page))
}

async fn looked_at(
    app: &App,
    request: &service::Request,
    (slug, event): (&str, EventId),
    shown: Once,
) -> Result<(Inside, Recorded), Page> {
    let (mut seen, inside) = enter::<AuditLogView>(app, request, slug, Section::Audit, shown).await?;
    let recorded = undo::find(&mut seen, event).await?;
    Ok((inside, recorded))
}

fn event_id(text: &str) -> Result<EventId, Page> {
    text.parse()
        .map_err(|_| Refusal::NotFound { what: "audit entry" }.into())
}

fn question(inside: &Inside, recorded: &Recorded) -> confirm::Page {
    let log = format!("{}/audit", inside.base);
    confirm::Page {
        shell: inside.shell("Undo"),
        heading: format!("Undo “{}” of {}?", named(&recorded.action), recorded.target.name),
        lead: "The opposite change is made, as you would make it by hand. The log keeps both entries.".to_owned(),
        action: format!("{log}/{}/undo", recorded.id),
        submit: "Undo this change".to_owned(),
        cancel_href: log,
        ..confirm::Page::default()
    }
}

/// The page with what would happen, or why it cannot.
fn told(page: confirm::Page, inside: &Inside, outcome: service::Result<Outcome<Made>>) -> Result<confirm::Page, Page> {
    match outcome {
        Ok(Outcome::Previewed(preview)) => Ok(confirm::Page {
            consequences: things(&preview)
                .chain(consequences(&preview, &inside.organization, true))
                .collect(),
            ..page
        }),
        Ok(Outcome::Done(_)) => Ok(page),
        Err(Error::Refused(refusal)) if !asks_for_something_first(&refusal) => Ok(confirm::Page {
            lead: String::new(),
            refusal: refusal.to_string(),
            ..page
        }),
        Err(error) => Err(error.into()),
    }
}

/// What would be there no more, or again.
fn things(preview: &Preview) -> impl Iterator<Item = Consequence> + '_ {
    preview.effects.iter().filter_map(|effect| {
        let (kind, thing, granted) = match effect.kind {
            Kind::Created => (ConsequenceKind::Gain, "Makes", "Gives"),
            Kind::Deleted => (ConsequenceKind::Loss, "Deletes", "Takes from"),
            _ => return None,
        };
        let (noun, name) = (effect.subject.kind.replace('_', " "), &effect.subject.name);
        let text = match &effect.detail {
            Some(detail) => format!("{granted} {name}: {detail}"),
            None => format!("{thing} the {noun} {name}"),
        };
        Some(Consequence::new(kind, text))
    })
}

fn asks_for_something_first(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::ProofRequired | Refusal::EnrolmentRequired | Refusal::SecondFactorRequired
    )
}
