//! What an invitation's link leads to. Looking at it uses nothing up; who looks decides what can be done with it.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use domain::Refusal;
use domain::invitation::{IdentityProvider, Status};
use domain::organization::{Organization, OrganizationStatus};
use secrecy::SecretString;
use serde::Deserialize;
use service::account::Me;
use service::invitation_acceptance::{Acceptance, LookedUp};
use service::{Error, Request};

use super::form::Form;
use super::invitation::called;
use super::sign_in_elsewhere::{joined_as, offers_to_join};
use super::time::time;
use super::view::{Answer, Once, bare, errors, html, html_as, shell_of};
use super::{destination, password, refusal};
use crate::App;
use crate::console::address::Path;
use crate::context::{From, Person};
use crate::page::form::Errors;
use crate::page::invitation::{Accept, Unusable, Way};
use crate::page::part::{Colour, Role, Time};
use crate::page::shell::Shell;

pub fn router() -> Router<App> {
    Router::new().route("/invitations/{token}", get(show).post(accept))
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Entered {
    name: String,
    username: String,
    password: String,
}

async fn show(State(app): State<App>, person: Option<Person>, Path(token): Path<String>, once: Once) -> Answer {
    let person = settled(person, &token)?;
    let found = match app.roster.look_up_invitation(&token).await {
        Ok(found) => found,
        Err(error) => return unusable(&app, person.as_ref(), error, None, once).await,
    };
    if let Some(reason) = closed(&found) {
        return unusable(&app, person.as_ref(), reason.into(), Some(&found), once).await;
    }
    let me = me(&app, person.as_ref()).await?;
    if let Some(me) = me.as_ref().filter(|me| is_member(me, &found)) {
        let refusal = Refusal::AlreadyMember {
            who: me.account.name.clone(),
        };
        return unusable(&app, person.as_ref(), refusal.into(), Some(&found), once).await;
    }
    Ok(html(&page(
        &app,
        me,
        found,
        &token,
        Entered::default(),
        Errors::none(),
        once,
    )))
}

async fn accept(
    State(app): State<App>,
    person: Option<Person>,
    Path(token): Path<String>,
    From(origin): From,
    Form(entered): Form<Entered>,
) -> Answer {
    let person = settled(person, &token)?;
    let text = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
    let acceptance = Acceptance {
        name: text(&entered.name),
        username: text(&entered.username),
        password: (!entered.password.is_empty()).then(|| SecretString::from(entered.password.clone())),
    };
    let accepted = match app
        .roster
        .accept_invitation(&token, person.as_ref(), acceptance, &origin)
        .await
    {
        Ok(accepted) => accepted,
        Err(error) => return again(&app, person.as_ref(), &token, entered, error).await,
    };
    Ok(joined_as(&app, &accepted))
}

/// Whoever holds a temporary password changes it first, and comes back.
fn settled(person: Option<Person>, token: &str) -> Result<Option<Request>, refusal::Page> {
    let request = person.map(|Person(request)| request);
    if request
        .as_ref()
        .is_some_and(|request| request.caller.must_change_password)
    {
        let back = destination::with_next("/password", &format!("/invitations/{token}"));
        return Err(refusal::Page::Elsewhere(back));
    }
    Ok(request)
}

async fn me(app: &App, person: Option<&Request>) -> Result<Option<Me>, refusal::Page> {
    match person {
        Some(request) => Ok(Some(app.roster.me(request).await?)),
        None => Ok(None),
    }
}

fn is_member(me: &Me, found: &LookedUp) -> bool {
    me.memberships
        .iter()
        .any(|own| own.organization == found.organization.id && own.standing != "awaiting_consent")
}

/// Why an invitation that exists cannot be accepted by anybody.
fn closed(found: &LookedUp) -> Option<Refusal> {
    if found.status != Status::Pending {
        return Some(Refusal::InvitationNotOpen { status: found.status });
    }
    let is_closed = matches!(
        found.organization.status,
        OrganizationStatus::Disabled | OrganizationStatus::Deleted
    );
    is_closed.then_some(Refusal::OrganizationNotActive)
}

/// After a try that failed: the form again with what is wrong, or why no try can succeed.
async fn again(app: &App, person: Option<&Request>, token: &str, entered: Entered, error: Error) -> Answer {
    if matches!(&error, Error::Refused(refusal) if ends_it(refusal)) {
        let found = app.roster.look_up_invitation(token).await.ok();
        return unusable(app, person, error, found.as_ref(), Once::default()).await;
    }
    let found = app.roster.look_up_invitation(token).await?;
    let (status, has_account, errors) = match error {
        Error::Refused(Refusal::SignInToAccept { .. }) => (StatusCode::CONFLICT, true, Errors::none()),
        Error::Refused(Refusal::InvitationForSomebodyElse { .. }) => (StatusCode::FORBIDDEN, false, Errors::none()),
        Error::Refused(refusal @ Refusal::MemberLimitReached { .. }) => {
            (StatusCode::CONFLICT, false, Errors::general(refusal.to_string()))
        }
        // Of an invitation whose password somebody else knows, such as the system.
        error @ Error::WrongCredentials => {
            let mut errors = Errors::none();
            errors.add("password", error.to_string());
            (StatusCode::UNPROCESSABLE_ENTITY, false, errors)
        }
        error => (StatusCode::UNPROCESSABLE_ENTITY, false, errors(error)?),
    };
    let found = LookedUp {
        has_account: found.has_account.or(has_account.then_some(true)),
        ..found
    };
    let me = me(app, person).await?;
    Ok(html_as(
        status,
        &page(app, me, found, token, entered, errors, Once::default()),
    ))
}

fn ends_it(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::LinkInvalid
            | Refusal::InvitationNotOpen { .. }
            | Refusal::OrganizationNotActive
            | Refusal::AlreadyMember { .. }
            | Refusal::SuspendedElsewhere
    )
}

fn page(
    app: &App,
    me: Option<Me>,
    found: LookedUp,
    token: &str,
    entered: Entered,
    errors: Errors,
    once: Once,
) -> Accept {
    let LookedUp {
        organization,
        invitation,
        has_account,
        ..
    } = found;
    let action = format!("/invitations/{token}");
    let title = format!("Join {}", organization.name);
    let zone = me.as_ref().and_then(|me| me.account.time_zone.clone());
    let elsewhere = invitation.identity.provider.is_elsewhere();
    let way = match &me {
        _ if invitation.identity.provider == IdentityProvider::Saml => Way::SingleSignOn {
            href: format!("/sign-in/saml/{}?invitation={token}", organization.slug),
        },
        me if elsewhere => Way::Elsewhere {
            whom: invitation.asks_for(&called(app, invitation.identity.provider)),
            signed_in: me.as_ref().map(|me| me.account.name.clone()).unwrap_or_default(),
        },
        Some(me) => match invitation.meant_for(&me.account.username, me.account.email.as_deref()) {
            Ok(()) => Way::Join {
                name: me.account.name.clone(),
            },
            Err(_) => Way::OtherPerson {
                name: me.account.name.clone(),
            },
        },
        None if has_account == Some(true) => Way::SignIn {
            href: destination::with_next("/sign-in", &action),
        },
        None => Way::Register {
            name: entered.name,
            username: if entered.username.is_empty() {
                invitation.username.clone().unwrap_or_default()
            } else {
                entered.username
            },
            password_advice: if invitation.identity.provider == IdentityProvider::Pam {
                "The password that you have on this system.".to_owned()
            } else {
                password::advice(app)
            },
        },
    };
    let managed_text = match &way {
        Way::Elsewhere { signed_in, .. } if !signed_in.is_empty() => keeps(&organization.name),
        Way::Register { .. } | Way::Elsewhere { .. } | Way::SingleSignOn { .. } => format!(
            "Your account will have its home in {}: while it is your only organization, or has proved that the domain of \
             your address is its own, its administrators can change your profile, reset your password and end your \
             sessions.",
            organization.name
        ),
        Way::Join { .. } | Way::SignIn { .. } => keeps(&organization.name),
        Way::OtherPerson { .. } => String::new(),
    };
    Accept {
        shell: shell(app, me, &title, once),
        errors,
        action,
        organization: organization.name.clone(),
        invited_by: invitation.invited_by.name.clone(),
        role: Role::new(
            &invitation.role.slug,
            &invitation.role.name,
            Colour::named(&invitation.role.colour),
        ),
        invitee: invitation.invitee().to_owned(),
        expires: invitation.expires_at.map_or_else(
            || Time::never("The invitation does not expire."),
            |at| time(at, zone.as_deref()),
        ),
        offers: offers_to_join(app, &invitation, token),
        way,
        managed_text,
    }
}

fn keeps(organization: &str) -> String {
    format!("{organization} can change and end this membership. Your profile and your password stay as they are.")
}

fn shell(app: &App, me: Option<Me>, title: &str, once: Once) -> Shell {
    match me {
        Some(me) => shell_of(app, me, title, once),
        None => bare(app, title, once),
    }
}

/// Why nothing can be done with a link, and where to go on: a member to the organization, anybody else who is signed in to
/// their own. Nobody learns of an organization that they do not belong to.
async fn unusable(app: &App, person: Option<&Request>, error: Error, found: Option<&LookedUp>, once: Once) -> Answer {
    let Error::Refused(refusal) = error else {
        return Err(error.into());
    };
    let (status, heading) = match &refusal {
        Refusal::LinkInvalid => (StatusCode::NOT_FOUND, "This link is not valid"),
        Refusal::InvitationNotOpen { status } => (StatusCode::GONE, closed_heading(*status)),
        Refusal::OrganizationNotActive => (StatusCode::CONFLICT, "This organization takes nobody in just now"),
        Refusal::AlreadyMember { .. } => (StatusCode::CONFLICT, "You are a member already"),
        _ => return Err(refusal.into()),
    };
    let me = me(app, person).await?;
    let (own, onward) = match (person, &me) {
        (Some(request), Some(me)) => {
            let own = found
                .filter(|found| is_member(me, found))
                .map(|found| &found.organization);
            (own, Some(onward(app, request, own).await?))
        }
        _ => (None, None),
    };
    let advice = match (own, &me) {
        (Some(organization), _) => vec![format!(
            "You are a member of {}: there is nothing left to do.",
            organization.name
        )],
        (None, Some(me)) => of_somebody_signed_in(&refusal, &me.account.name),
        (None, None) => of_a_stranger(&refusal).into_iter().map(str::to_owned).collect(),
    };
    let text = match &refusal {
        Refusal::LinkInvalid => "It was used, replaced by a newer one, or taken back.".to_owned(),
        other => other.to_string(),
    };
    let page = Unusable {
        sign_in_href: if me.is_some() {
            String::new()
        } else {
            "/sign-in".to_owned()
        },
        shell: shell(app, me, "Invitation", once),
        heading: heading.to_owned(),
        text,
        advice,
        onward,
    };
    Ok(html_as(status, &page))
}

const fn closed_heading(status: Status) -> &'static str {
    match status {
        Status::Accepted => "This invitation was accepted already",
        Status::Expired => "This invitation has expired",
        _ => "This invitation was taken back",
    }
}

async fn onward(app: &App, request: &Request, own: Option<&Organization>) -> Result<(String, String), refusal::Page> {
    Ok(match own {
        Some(organization) => (
            format!("Go to {}", organization.name),
            destination::home(app, request, &organization.slug).await?,
        ),
        None => ("Go to your organizations".to_owned(), "/organizations".to_owned()),
    })
}

/// They need no advice to sign in, and may be somebody else than the one it was for.
fn of_somebody_signed_in(refusal: &Refusal, name: &str) -> Vec<String> {
    let mut advice = vec![format!("You are signed in as {name}.")];
    let rest = match refusal {
        Refusal::LinkInvalid
        | Refusal::InvitationNotOpen {
            status: Status::Accepted,
        } => {
            "If you accepted it with another account, sign out and sign in with that one. If you did not, tell whoever \
             invited you."
        }
        _ => return of_a_stranger(refusal).into_iter().map(str::to_owned).collect(),
    };
    advice.push(rest.to_owned());
    advice
}

fn of_a_stranger(refusal: &Refusal) -> Vec<&'static str> {
    match refusal {
        Refusal::LinkInvalid => vec![
            "If you accepted it already, just sign in.",
            "See whether a newer mail is in your inbox: only the last link works.",
            "Copy the whole address from the mail; a part of it opens nothing.",
            "Ask whoever invited you for a new one.",
        ],
        Refusal::InvitationNotOpen { status } => match status {
            Status::Accepted => vec!["If that was you, sign in.", "If it was not, tell whoever invited you."],
            Status::Expired => vec!["Ask whoever invited you to send it again. The new mail has a new link."],
            _ => vec!["Ask whoever invited you whether that was meant."],
        },
        Refusal::OrganizationNotActive => vec!["Ask whoever runs this server."],
        _ => vec!["There is nothing left to do: find it under your organizations."],
    }
}
