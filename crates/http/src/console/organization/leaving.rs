//! Leaving an organization, after saying what that means and where what one owns there goes.

use axum::extract::State;
use axum::http::StatusCode;
use domain::Refusal;
use domain::ownership::Owned;
use domain::permission::OrganizationView;
use domain::project::Mapped;
use serde::Deserialize;
use service::account::{Me, Membership};
use service::member::belongings::Belongings;
use service::{Error, OrganizationRef, Request};

use super::own;
use crate::App;
use crate::console::address::Path;
use crate::console::form::Form;
use crate::console::heir::shown_owned;
use crate::console::refusal;
use crate::console::suggestion::{Kind, meant, suggestions};
use crate::console::view::{Answer, Once, done, html, html_as, shell_of};
use crate::context::Person;
use crate::page::confirm::{Consequence, ConsequenceKind, Page};
use crate::page::form::{Choice, Errors};

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// Who gets what one owns, by name.
    transfer_to: String,
    delete_owned: bool,
}

pub async fn show(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, once: Once) -> Answer {
    let (me, membership) = own(&app, &request, &slug).await?;
    let organization = OrganizationRef::Slug(slug);
    let owned = app.roster.owned_in(&request, &organization).await?;
    let known = known(&app, &request, &organization, &owned).await?;
    let page = page(&app, me, &membership, once);
    Ok(html(&with_owned(page, &membership, &owned, known)))
}

pub async fn leave(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Answer {
    let (me, membership) = own(&app, &request, &slug).await?;
    let organization = OrganizationRef::Slug(slug);
    let owned = app.roster.owned_in(&request, &organization).await?;
    let belongings = belongings(&app, &request, &organization, &owned, &typed).await?;
    let refused = match belongings {
        Err(problem) => Err(Errors::none().with("transfer_to", problem)),
        Ok(belongings) => match left(&app, &request, &organization, belongings).await {
            Ok(()) => return Ok(done("/organizations", format!("You left {}.", membership.name))),
            Err(Error::Refused(refusal @ Refusal::LastOwner)) => Ok(refusal),
            Err(Error::Refused(refusal)) => Err(Errors::none().with("transfer_to", refusal.to_string())),
            Err(error) => return Err(error.into()),
        },
    };
    let known = known(&app, &request, &organization, &owned).await?;
    let page = page(&app, me, &membership, Once::default());
    let page = match refused {
        // What would have happened does not: saying it beside the refusal would only confuse.
        Ok(refusal) => Page {
            lead: String::new(),
            consequences: Vec::new(),
            refusal: refusal.to_string(),
            ..page
        },
        Err(errors) => Page {
            errors,
            heir: typed.transfer_to,
            ..with_owned(page, &membership, &owned, known)
        },
    };
    Ok(html_as(StatusCode::CONFLICT, &page))
}

async fn left(
    app: &App,
    request: &Request,
    organization: &OrganizationRef,
    belongings: Belongings,
) -> service::Result<()> {
    if belongings == Belongings::Block {
        return app.roster.leave(request, organization).await;
    }
    app.roster
        .leave_with(request, organization, belongings)
        .await
        .map(|_| ())
}

/// What is to become of what one owns, or what is wrong with who was named.
async fn belongings(
    app: &App,
    request: &Request,
    organization: &OrganizationRef,
    owned: &[Owned],
    typed: &Typed,
) -> Result<Result<Belongings, String>, refusal::Page> {
    if owned.is_empty() {
        return Ok(Ok(Belongings::Block));
    }
    if typed.delete_owned {
        return Ok(Ok(Belongings::Delete));
    }
    let mut seen = app.roster.see::<OrganizationView>(request, organization).await?;
    let heir = meant(&mut seen, &[Kind::Member], &typed.transfer_to).await?;
    Ok(match heir.map(|named| named.who) {
        Ok(Mapped::Member(heir)) => Ok(Belongings::TransferTo(heir)),
        Ok(_) => Err("Name a member.".to_owned()),
        Err(problem) => Err(problem),
    })
}

async fn known(
    app: &App,
    request: &Request,
    organization: &OrganizationRef,
    owned: &[Owned],
) -> Result<Vec<Choice>, refusal::Page> {
    if owned.is_empty() {
        return Ok(Vec::new());
    }
    let mut seen = app.roster.see::<OrganizationView>(request, organization).await?;
    suggestions(&mut seen, &[Kind::Member]).await
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

fn with_owned(page: Page, membership: &Membership, owned: &[Owned], known: Vec<Choice>) -> Page {
    if owned.is_empty() {
        return page;
    }
    Page {
        owned: shown_owned(&format!("/o/{}", membership.slug), owned),
        ask_heir: true,
        own: true,
        heir_label: "Transfer all of it to".to_owned(),
        suggestions: known,
        may_delete_owned: true,
        ..page
    }
}
