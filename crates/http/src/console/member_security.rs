//! A member's Security tab: role, ownership, password, sessions, and for superusers what the account is to the instance.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use domain::Refusal;
use domain::account::AuthenticationMethod;
use domain::device::device;
use domain::id::SessionId;
use domain::member::{Act, Member, MemberStatus};
use domain::permission::{MemberManage, MemberView, Permission};
use domain::role::OWNER;
use serde::Deserialize;
use service::people::{Question, Shown};
use service::{OrganizationRef, Outcome};

use crate::App;
use crate::console::address::Path;
use crate::console::form::Form;
use crate::console::inside::{Inside, enter, member_id};
use crate::console::member::{Seen, header, own};
use crate::console::part::{self, may};
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::form::{Choice, Errors};
use crate::page::member::{Security, Tab};
use crate::page::part::{May, Session};
use crate::page::shell::Section;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/people/{member}/security", get(security))
        .route("/o/{organization}/people/{member}/sessions", post(end_sessions))
}

async fn security(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<MemberView>(&app, &request, &slug, Section::People, shown).await?;
    let id = member_id(&id)?;
    let member = service::member::get(&mut seen, id).await?;
    if !seen.actor().grants.has(Permission::MemberManage) {
        return Err(Refusal::Forbidden {
            permission: Permission::MemberManage,
        }
        .into());
    }
    let mut page = security_page(&mut seen, &inside, &member).await?;
    drop(seen);
    if page.see_sessions.is_yes() {
        let mut seen = app
            .roster
            .see::<MemberManage>(&request, &OrganizationRef::parse(&slug))
            .await?;
        let sessions = service::member::sessions(&mut seen, id).await?;
        page.sessions = sessions
            .iter()
            .map(|session| Session {
                id: session.id.to_string(),
                device: device(&session.user_agent),
                address: session.address.clone(),
                last_seen: inside.time(session.last_seen_at),
                started: inside.day(session.created_at),
                current: Some(session.id) == request.caller.session().ok(),
            })
            .collect();
    }
    Ok(view::html(&page))
}

async fn security_page(seen: &mut Seen, inside: &Inside, member: &Member) -> Result<Security, Page> {
    let roles = service::role::assignable(seen, false).await?;
    let waits = member.status() == MemberStatus::AwaitingConsent;
    let by_password = member.account.authentication_method == AuthenticationMethod::Password;
    let you = seen.actor().is(member.account.id);
    let see_sessions = own(
        you,
        "Your own sessions are in your profile settings.",
        may(service::member::possible(seen, member, Act::EndSession)),
    );
    let (grant_ownership, give_up_ownership) = ownership(seen, member).await?;
    let superuser = member.account.superuser;
    let mailable = service::password_reset::mailable(seen.roster(), &member.account);
    let access = [("user", "User"), ("superuser", "Superuser")];
    Ok(Security {
        shell: inside.shell(&member.account.name),
        header: header(seen, inside, member, Tab::Security),
        errors: Errors::none(),
        roles: roles
            .iter()
            .map(|role| Choice::new(&role.slug, &role.name).selected(role.id == member.role.id))
            .collect(),
        change_role: may(service::member::possible(seen, member, Act::ChangeRole)),
        multi_factor: multi_factor(member),
        reset_mfa: if member.account.second_factors.is_empty() {
            May::Hidden
        } else {
            own(
                you,
                "Your own second factors are in your profile settings.",
                may(service::member::possible(seen, member, Act::ResetMfa)),
            )
        },
        password: if by_password {
            "Signs in with username or e-mail and a password".to_owned()
        } else {
            "Has no password".to_owned()
        },
        reset_password: if by_password && !waits {
            own(
                you,
                "Change your own password in your profile settings.",
                may(service::member::possible(seen, member, Act::ResetPassword)),
            )
        } else {
            May::Hidden
        },
        mail_password_reset: if by_password && !waits && !you {
            may(service::member::possible(seen, member, Act::MailPasswordReset).and(mailable))
        } else {
            May::Hidden
        },
        sessions: Vec::new(),
        end_sessions: see_sessions.clone(),
        see_sessions,
        access_control: seen
            .actor()
            .superuser
            .then(|| part::choices(&access, if superuser { "superuser" } else { "user" })),
        grant_ownership,
        give_up_ownership,
    })
}

/// Such as "On: Authenticator app, Passkey".
fn multi_factor(member: &Member) -> String {
    let kinds: Vec<_> = member.account.second_factors.iter().map(|kind| kind.label()).collect();
    if kinds.is_empty() {
        return "Not set up".to_owned();
    }
    format!("On: {}", kinds.join(", "))
}

/// Whether ownership can be granted to the member, and given up.
async fn ownership(seen: &mut Seen, member: &Member) -> Result<(May, May), Page> {
    let actor = seen.actor();
    let you = actor.is(member.account.id);
    if !actor.grants.has(Permission::OrganizationChangeOwner) || (member.role.is_owner() && !you && !actor.superuser) {
        return Ok((May::Hidden, May::Hidden));
    }
    if !member.role.is_owner() {
        let name = member.account.name.clone();
        let active = member.status() == MemberStatus::Active;
        let grant = if active {
            Ok(())
        } else {
            Err(Refusal::NotAnOwnerCandidate { name })
        };
        return Ok((may(grant), May::Hidden));
    }
    let question = Question {
        needle: None,
        shown: Shown::Members(MemberStatus::Active),
        role: Some(OWNER.to_owned()),
        group: None,
        after: None,
        members_only: true,
        limit: 2,
    };
    let owners = service::people::list(seen, question).await?.people.len();
    let owners = u64::try_from(owners).unwrap_or_default();
    Ok((May::Hidden, may(member.not_the_last_owner(owners))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Ended {
    session: String,
    all: bool,
}

async fn end_sessions(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id)): Path<(String, String)>,
    Form(form): Form<Ended>,
) -> Answer {
    let (mut seen, inside) = enter::<MemberView>(&app, &request, &slug, Section::People, Once::default()).await?;
    let member = service::member::get(&mut seen, member_id(&id)?).await?;
    drop(seen);
    let which = match form.session.parse::<SessionId>() {
        Ok(session) => Some(session),
        Err(_) if form.all => None,
        Err(_) => return Err(Refusal::NotFound { what: "session" }.into()),
    };
    let authorized = app
        .roster
        .authorize::<MemberManage>(&request, &OrganizationRef::parse(&slug))
        .await?;
    let ended = service::member::credential::end_member_sessions(authorized, member.id, which).await?;
    let text = match ended {
        Outcome::Done(1) => format!("One session of {} was ended.", member.account.name),
        Outcome::Done(number) => format!("{number} sessions of {} were ended.", member.account.name),
        Outcome::Previewed(_) => String::new(),
    };
    Ok(view::done(&format!("{}/security", inside.member_href(member.id)), text))
}
