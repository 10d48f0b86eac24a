//! One's organizations: which they are, agreeing to join one, leaving one, opening a new one.

mod consent;
mod creation;
mod leaving;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use domain::Refusal;
use domain::organization::{Organization, OrganizationStatus};
use service::Request;
use service::account::{Me, Membership};

use super::destination;
use super::refusal::Page;
use super::time::day;
use super::view::{Answer, Once, html, shell_of};
use crate::App;
use crate::console::address::Path;
use crate::context::Person;
use crate::page::organization::{List, Offer, Row};
use crate::page::part::{Colour, May, Role, Time};
use crate::page::shell::Section;

pub fn router() -> Router<App> {
    Router::new()
        .route("/organizations", get(show))
        .route("/o/{organization}", get(enter))
        .route("/organizations/new", get(creation::show).post(creation::create))
        .route("/organizations/{slug}/consent", post(consent::answer))
        .route(
            "/organizations/{slug}/consent/{token}",
            get(consent::show).post(consent::accept),
        )
        .route("/organizations/{slug}/leaving", get(leaving::show).post(leaving::leave))
}

async fn show(State(app): State<App>, Person(request): Person, once: Once) -> Answer {
    let me = app.roster.me(&request).await?;
    let zone = me.account.time_zone.clone();
    let mut rows = rows(&me.memberships, zone.as_deref());
    if me.account.superuser {
        add_all(&app, &request, &me, &mut rows).await?;
    }
    let offers = me
        .memberships
        .iter()
        .filter(|membership| membership.standing == AWAITING_CONSENT)
        .map(offer)
        .collect();
    let may_create = me.account.superuser;
    let mut shell = shell_of(&app, me, "Your organizations", once);
    shell.current = Some(Section::Organizations);
    Ok(html(&List {
        shell,
        rows,
        offers,
        may_create,
    }))
}

/// A membership that the person has yet to agree to.
const AWAITING_CONSENT: &str = "awaiting_consent";

/// One's own memberships.
pub fn rows(memberships: &[Membership], zone: Option<&str>) -> Vec<Row> {
    let agreed = memberships.iter().filter(|one| one.standing != AWAITING_CONSENT);
    agreed.map(|membership| row(membership, zone)).collect()
}

/// Leads on to where somebody begins there.
async fn enter(State(app): State<App>, Person(request): Person, Path(slug): Path<String>) -> Answer {
    Ok(Redirect::to(&destination::home(&app, &request, &slug).await?).into_response())
}

fn row(membership: &Membership, zone: Option<&str>) -> Row {
    let closed = if membership.status == OrganizationStatus::Disabled {
        "The organization is disabled. Ask whoever runs this server."
    } else if membership.standing == "disabled" {
        "Your access is disabled. Ask an administrator there."
    } else {
        ""
    };
    Row {
        name: membership.name.clone(),
        slug: membership.slug.clone(),
        role: role(membership),
        remark: membership
            .joined_at
            .map(|at| format!("Since {}", day(at, zone).text))
            .unwrap_or_default(),
        href: if closed.is_empty() {
            format!("/o/{}", membership.slug)
        } else {
            String::new()
        },
        closed: closed.to_owned(),
        leave: May::Yes,
    }
}

fn role(membership: &Membership) -> Role {
    Role::new("", &membership.role, Colour::named(&membership.role_colour))
}

fn offer(membership: &Membership) -> Offer {
    Offer {
        name: membership.name.clone(),
        slug: membership.slug.clone(),
        role: role(membership),
        offered_by: membership.name.clone(),
        at: Time::never("not answered yet"),
        managed_text: UNMANAGED.to_owned(),
    }
}

/// What an organization can do with an account that has its home elsewhere.
const UNMANAGED: &str =
    "It can change and end this membership. Your profile, your password and your sessions stay yours alone.";

/// Whoever runs the instance sees all organizations, and which of them need somebody to see to them.
async fn add_all(app: &App, request: &Request, me: &Me, rows: &mut Vec<Row>) -> Result<(), Page> {
    let all = app.roster.organizations(request, None, None, LONGEST).await?;
    let flags = app.roster.flags(request, &all).await?;
    for organization in all {
        let flagged = flags.contains_key(&organization.id);
        let is_own = me.memberships.iter().any(|own| own.organization == organization.id);
        if !is_own {
            rows.push(entered_as_superuser(organization, flagged));
        } else if let Some(row) = rows.iter_mut().find(|row| flagged && row.slug == organization.slug) {
            row.remark = format!("{OWNERLESS} {}.", row.remark);
        }
    }
    Ok(())
}

const LONGEST: i64 = 200;
const OWNERLESS: &str = "Has no active Owner.";

fn entered_as_superuser(organization: Organization, flagged: bool) -> Row {
    let remark = match organization.status {
        OrganizationStatus::AwaitingOwner => "Waits for its first Owner. You can enter as a superuser.".to_owned(),
        OrganizationStatus::Disabled => "Disabled. You can enter as a superuser.".to_owned(),
        _ if flagged => format!("{OWNERLESS} You can enter as a superuser."),
        _ => "You are not a member; you can enter as a superuser.".to_owned(),
    };
    Row {
        href: destination::people(&organization.slug),
        name: organization.name,
        slug: organization.slug,
        role: Role::new("", "Superuser", Colour::Grey),
        remark,
        closed: String::new(),
        leave: May::Hidden,
    }
}

/// The caller's membership of that slug.
async fn own(app: &App, request: &Request, slug: &str) -> Result<(Me, Membership), Page> {
    let me = app.roster.me(request).await?;
    let found = me
        .memberships
        .iter()
        .find(|membership| membership.slug == slug)
        .cloned();
    match found {
        Some(membership) => Ok((me, membership)),
        None => Err(Refusal::NotFound { what: "organization" }.into()),
    }
}
