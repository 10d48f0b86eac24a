//! Leaving an organization, after saying what that means.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::Refusal;
use service::account::{Me, Membership};
use service::{Error, OrganizationRef};

use super::own;
use crate::App;
use crate::console::view::{Answer, Once, done, html, html_as, shell_of};
use crate::context::Person;
use crate::page::confirm::{Consequence, ConsequenceKind, Owned, Page};

pub async fn show(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, once: Once) -> Answer {
    let (me, membership) = own(&app, &request, &slug).await?;
    Ok(html(&page(&app, me, &membership, once)))
}

pub async fn leave(State(app): State<App>, Person(request): Person, Path(slug): Path<String>) -> Answer {
    let (me, membership) = own(&app, &request, &slug).await?;
    let refusal = match app.roster.leave(&request, &OrganizationRef::Slug(slug)).await {
        Ok(()) => return Ok(done("/organizations", format!("You left {}.", membership.name))),
        Err(Error::Refused(refusal @ (Refusal::LastOwner | Refusal::StillOwns { .. }))) => refusal,
        Err(error) => return Err(error.into()),
    };
    let mut page = page(&app, me, &membership, Once::default());
    // What would have happened does not: saying it beside the refusal would only confuse.
    page.lead = String::new();
    page.consequences = Vec::new();
    page.refusal = refusal.to_string();
    if let Refusal::StillOwns { owned, .. } = refusal {
        let thing = |owned: domain::ownership::Owned| Owned {
            kind: owned.kind,
            name: owned.name,
            href: String::new(),
        };
        page.owned = owned.into_iter().map(thing).collect();
    }
    Ok(html_as(StatusCode::CONFLICT, &page))
}

fn page(app: &App, me: Me, membership: &Membership, once: Once) -> Page {
    let name = &membership.name;
    let ends = format!(
        "Your membership ends at once, and with it what you may do there as {}.",
        membership.role
    );
    Page {
        heading: format!("Leave {name}?"),
        lead: "You are out as soon as you press the button. Only an invitation brings you back.".to_owned(),
        consequences: vec![
            Consequence::new(ConsequenceKind::Ends, ends),
            Consequence::new(
                ConsequenceKind::Keeps,
                "Your account and your other organizations stay as they are.",
            ),
        ],
        action: format!("/organizations/{}/leaving", membership.slug),
        submit: format!("Leave {name}"),
        danger: true,
        cancel_href: "/me".to_owned(),
        shell: shell_of(app, me, &format!("Leave {name}"), once),
        ..Page::default()
    }
}
