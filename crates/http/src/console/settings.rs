//! An organization's settings: what it is called, its policies, its limits.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use axum_extra::extract::Form as Repeating;
use domain::permission::{OrganizationManage, Permission};
use domain::policy::{InvitedShownIn, Policies, PolicyChange};
use domain::role::{OWNER, Role};
use serde::Deserialize;
use service::organization::OrganizationEdit;
use service::{OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::Path;
use crate::console::form::Form;
use crate::console::inside::enter;
use crate::console::part;
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::form::{Choice, Errors};
use crate::page::organization::{Policies as Shown, Settings};
use crate::page::part::May;
use crate::page::people::Slots;
use crate::page::shell::Section;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/settings", get(settings).post(rename))
        .route("/o/{organization}/settings/policies", post(change))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Name {
    name: String,
    slug: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    invitation_lifetime_days: String,
    members_may_invite: bool,
    pam: bool,
    offered_roles: Vec<String>,
    invited_shown_in: String,
    member_limit: String,
}

async fn settings(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    Ok(view::html(&page(&app, &request, &slug, shown).await?))
}

async fn page(app: &App, request: &Request, slug: &str, shown: Once) -> Result<Settings, Page> {
    let (mut seen, inside) = enter::<OrganizationManage>(app, request, slug, Section::Settings, shown).await?;
    let roles = service::role::shown(&mut seen).await?;
    let organization = seen.organization().clone();
    let may_see_roles = seen.actor().grants.has(Permission::RoleView);
    let may_see_security = seen.actor().grants.has(Permission::SecurityManage);
    let may_export = seen.actor().grants.has(Permission::OrganizationChangeOwner);
    let (superuser, counts) = (
        seen.actor().superuser,
        seen.actor().grants.has(Permission::SubscriptionView),
    );
    drop(seen);
    let mut page = Settings {
        shell: inside.shell("Settings"),
        base: inside.base.clone(),
        name: organization.name.clone(),
        slug: organization.slug.clone(),
        preset: organization.preset.clone(),
        created: inside.day(organization.created_at),
        may_edit: May::Yes,
        policies: Shown {
            pam_allowed: app.roster.settings().pam.is_some(),
            ..policies(&organization.policies, &roles)
        },
        may_see_roles,
        may_see_security,
        may_edit_limit: superuser,
        may_export,
        mail_works: app.roster.sends_mail(),
        ..Settings::default()
    };
    if counts {
        let seen = app.roster.see(request, &OrganizationRef::parse(slug)).await?;
        let limits = service::organization::limits(seen).await?;
        page.members = u64::try_from(limits.used).unwrap_or_default();
        page.limit_contact.clone_from(&limits.contact);
        page.slots = limits.limit.map(|limit| Slots {
            used: page.members,
            limit: u64::from(limit),
            contact: limits.contact,
        });
    }
    Ok(page)
}

fn policies(policies: &Policies, roles: &[Role]) -> Shown {
    let offered = roles.iter().map(|role| {
        let choice = Choice::new(&role.slug, &role.name);
        if role.slug == OWNER {
            return choice.unavailable("Ownership is granted by an Owner, never by invitation");
        }
        choice.selected(policies.offers(&role.slug))
    });
    let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
    Shown {
        invitation_lifetime_days: number(policies.invitation_lifetime_days),
        members_may_invite: policies.members_may_invite,
        pam: policies.pam,
        pam_allowed: false,
        offered_roles: offered.collect(),
        invited_shown_in: shown_in(policies.invited_shown_in),
        member_limit: number(policies.member_limit),
    }
}

fn shown_in(chosen: InvitedShownIn) -> Vec<Choice> {
    vec![
        Choice::new("people", "Among the people")
            .hint("With the status Invited.")
            .selected(chosen == InvitedShownIn::People),
        Choice::new("card", "In a card of their own")
            .hint("Below the list.")
            .selected(chosen == InvitedShownIn::Card),
    ]
}

async fn rename(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(typed): Form<Name>,
) -> Answer {
    let authorized = app
        .roster
        .authorize::<OrganizationManage>(&request, &OrganizationRef::parse(&slug))
        .await?;
    let edit = OrganizationEdit {
        name: Some(typed.name.clone()),
        slug: Some(typed.slug.clone()),
    };
    match service::organization::edit(authorized, edit).await {
        Ok(Outcome::Done(organization)) => Ok(view::done(
            &format!("/o/{}/settings", organization.slug),
            format!("{} is saved.", organization.name),
        )),
        Ok(Outcome::Previewed(_)) => Ok(view::go(&format!("/o/{slug}/settings"), None)),
        Err(error) => {
            let errors = view::errors(error)?;
            let page = page(&app, &request, &slug, Once::default()).await?;
            Ok(view::again(&Settings {
                errors,
                name: typed.name,
                slug: typed.slug,
                ..page
            }))
        }
    }
}

async fn change(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Repeating(typed): Repeating<Typed>,
) -> Answer {
    let before = page(&app, &request, &slug, Once::default()).await?;
    let mut errors = Errors::none();
    let mut number = |field: &str, text: &str, problem: &str| match part::filled(text).map(|text| text.parse::<u32>()) {
        None => None,
        Some(Ok(number)) => Some(number),
        Some(Err(_)) => {
            errors.add(field, problem);
            None
        }
    };
    let lifetime = number(
        "invitation_lifetime_days",
        &typed.invitation_lifetime_days,
        &format!(
            "Give a whole number of days from 1 to {}, or leave it empty",
            Policies::LONGEST_INVITATION_DAYS
        ),
    );
    let limit = if before.may_edit_limit {
        Some(number(
            "member_limit",
            &typed.member_limit,
            "Give a whole number of slots, or leave it empty for no limit",
        ))
    } else {
        None
    };
    let shown = if typed.invited_shown_in == "card" {
        InvitedShownIn::Card
    } else {
        InvitedShownIn::People
    };
    let change = PolicyChange {
        invitation_lifetime_days: Some(lifetime),
        members_may_invite: Some(typed.members_may_invite),
        offered_roles: Some(offered(&before.policies.offered_roles, &typed.offered_roles)),
        member_limit: limit,
        invited_shown_in: Some(shown),
        pam: before.policies.pam_allowed.then_some(typed.pam),
        ..PolicyChange::default()
    };
    if !errors.any() {
        let authorized = app
            .roster
            .authorize::<OrganizationManage>(&request, &OrganizationRef::parse(&slug))
            .await?;
        match service::organization::change_policies(authorized, change).await {
            Ok(_) => {
                return Ok(view::done(
                    &format!("{}/settings", before.base),
                    "The policies are saved.",
                ));
            }
            Err(error) => errors = view::errors(error)?,
        }
    }
    let typed_again = Shown {
        invitation_lifetime_days: typed.invitation_lifetime_days,
        members_may_invite: typed.members_may_invite,
        pam: typed.pam,
        pam_allowed: before.policies.pam_allowed,
        offered_roles: before
            .policies
            .offered_roles
            .iter()
            .map(|choice| choice.clone().selected(typed.offered_roles.contains(&choice.value)))
            .collect(),
        invited_shown_in: shown_in(shown),
        member_limit: typed.member_limit,
    };
    Ok(view::again(&Settings {
        errors,
        policies: typed_again,
        ..before
    }))
}

/// Whoever ticks every role means all there are, those that come later too.
fn offered(choices: &[Choice], ticked: &[String]) -> Option<Vec<String>> {
    let all = choices
        .iter()
        .filter(|choice| choice.unavailable.is_empty())
        .all(|choice| ticked.contains(&choice.value));
    (!all).then(|| ticked.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_ticked_means_no_narrowing() {
        let choices = [
            Choice::new("owner", "Owner").unavailable("never"),
            Choice::new("admin", "Admin"),
            Choice::new("guest", "Guest"),
        ];
        let ticked = |slugs: &[&str]| slugs.iter().map(|slug| (*slug).to_owned()).collect::<Vec<_>>();
        assert_eq!(offered(&choices, &ticked(&["guest", "admin"])), None);
        assert_eq!(offered(&choices, &ticked(&["guest"])), Some(ticked(&["guest"])));
        assert_eq!(offered(&choices, &[]), Some(Vec::new()));
    }
}
