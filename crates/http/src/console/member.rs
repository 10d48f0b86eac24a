//! One member: Profile, Security, Activity, and what is changed right there. What needs a second thought has a page of
//! its own first, in `member_change`.

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Form, Router};
use domain::Refusal;
use domain::account::AuthenticationMethod;
use domain::id::SessionId;
use domain::member::{Act, Member, MemberStatus, Standing};
use domain::permission::{MemberManage, MemberView, Permission};
use domain::role::OWNER;
use serde::Deserialize;
use service::authorization::Reading;
use service::member::edit::MemberEdit;
use service::people::{Question, Shown};
use service::{Authorized, OrganizationRef, Outcome};

use crate::App;
use crate::console::device::device;
use crate::console::inside::{Inside, enter, member_id};
use crate::console::part::{self, may};
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::form::{Choice, Errors};
use crate::page::member::{Activity, Edit, Header, Profile, Security, SignIn, Tab};
use crate::page::part::{Availability, May, Session};
use crate::page::shell::Section;

/// How many sign-ins the Activity tab shows.
const SIGN_INS: i64 = 50;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/people/{member}", get(profile))
        .route("/o/{organization}/people/{member}/edit", get(edit).post(save))
        .route("/o/{organization}/people/{member}/security", get(security))
        .route("/o/{organization}/people/{member}/activity", get(activity))
        .route("/o/{organization}/people/{member}/sessions", post(end_sessions))
}

type Seen = Authorized<MemberView, Reading>;

async fn profile(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<MemberView>(&app, &request, &slug, Section::People, shown).await?;
    let member = service::member::get(&mut seen, member_id(&id)?).await?;
    let account = &member.account;
    let page = Profile {
        shell: inside.shell(&account.name),
        header: header(&seen, &inside, &member, Tab::Profile),
        email: account.email.clone().unwrap_or_default(),
        email_verified: account.email_verified,
        phone: account.phone.clone().unwrap_or_default(),
        username: account.username.clone(),
        authentication_method: method(account.authentication_method).to_owned(),
        last_sign_in: inside.time_or(account.last_sign_in_at, "Never"),
        joined: inside.day_or(member.joined_at, "Not yet"),
        account_created: inside.day(account.created_at),
        edit: may(service::member::possible(&seen, &member, Act::Edit)),
    };
    Ok(view::html(&page))
}

fn method(method: AuthenticationMethod) -> &'static str {
    match method {
        AuthenticationMethod::Password => "Password",
        AuthenticationMethod::Pam => "PAM",
        AuthenticationMethod::Saml => "SAML",
    }
}

fn header(seen: &Seen, inside: &Inside, member: &Member, tab: Tab) -> Header {
    let manages = seen.actor().grants.has(Permission::MemberManage);
    let you = member.account.id == seen.actor().account;
    let waits = member.status() == MemberStatus::AwaitingConsent;
    let suspended = member.account.suspended.is_some();
    let can = |act| service::member::possible(seen, member, act);
    // Said once, where the gentlest act would be, and not again at each of the graver ones.
    let quietly = |act| match can(act) {
        Ok(()) => May::Yes,
        Err(refusal @ Refusal::NotManaged { .. }) => may(Err(refusal)),
        Err(_) => May::Hidden,
    };
    let when = |shows: bool, may: May| if shows { may } else { May::Hidden };
    Header {
        words: inside.words.clone(),
        base: inside.base.clone(),
        id: member.id.to_string(),
        name: member.account.name.clone(),
        contact: part::contact(&member.account),
        role: part::role(&member.role),
        standing: part::standing(member),
        availability: Availability::Available,
        you,
        tab,
        banner: banner(inside, member),
        managed: member.managed,
        managed_text: managed_text(member, &inside.organization),
        may_see_security: manages,
        may_see_activity: manages,
        disable: when(member.standing == Standing::Active, may(can(Act::Disable))),
        enable: when(matches!(member.standing, Standing::Disabled(_)), may(can(Act::Enable))),
        suspend: when(!suspended && !waits, quietly(Act::Suspend)),
        lift_suspension: when(suspended, quietly(Act::LiftSuspension)),
        remove: if waits {
            may(can(Act::Remove))
        } else {
            quietly(Act::Remove)
        },
        delete_account: when(!waits, deletion(quietly(Act::DeleteAccount), member)),
    }
}

/// Only a managed account is deleted here, by whomever.
fn deletion(may: May, member: &Member) -> May {
    if may.is_yes() && !member.managed {
        let refusal = Refusal::NotManaged {
            name: member.account.name.clone(),
            act: Act::DeleteAccount,
        };
        return May::not(refusal.to_string());
    }
    may
}

fn banner(inside: &Inside, member: &Member) -> String {
    let text = |what: &str, by: &str, at, reason: &Option<String>| {
        let reason = reason.as_deref().filter(|reason| !reason.is_empty());
        let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
        format!("{what} by {by} on {}{reason}", inside.day(at).text)
    };
    match (&member.account.suspended, &member.standing) {
        (Some(suspension), _) => text("Suspended", &suspension.by, suspension.at, &suspension.reason),
        (None, Standing::Disabled(disablement)) => {
            text("Disabled", &disablement.by, disablement.at, &disablement.reason)
        }
        (None, Standing::AwaitingConsent) => {
            format!("{} was added and has yet to agree to be a member", member.account.name)
        }
        (None, Standing::Active) => String::new(),
    }
}

fn managed_text(member: &Member, organization: &str) -> String {
    let name = &member.account.name;
    if member.managed {
        format!(
            "{name} belongs to {organization} alone, so its administrators look after the account: name, address, password and sessions."
        )
    } else {
        format!(
            "The account of {name} is not {organization}'s to manage: it has its home elsewhere or belongs to other organizations too. Only the membership can be changed here."
        )
    }
}

async fn edit(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<MemberView>(&app, &request, &slug, Section::People, shown).await?;
    let member = service::member::get(&mut seen, member_id(&id)?).await?;
    service::member::possible(&seen, &member, Act::Edit)?;
    let account = &member.account;
    let form = EditForm {
        name: account.name.clone(),
        email: account.email.clone().unwrap_or_default(),
        phone: account.phone.clone().unwrap_or_default(),
    };
    Ok(view::html(&edit_page(&seen, &inside, &member, form, Errors::none())))
}

#[derive(Deserialize)]
struct EditForm {
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    phone: String,
}

fn edit_page(seen: &Seen, inside: &Inside, member: &Member, form: EditForm, errors: Errors) -> Edit {
    Edit {
        shell: inside.shell(&format!("Edit {}", member.account.name)),
        header: header(seen, inside, member, Tab::Profile),
        errors,
        name: form.name,
        email: form.email,
        phone: form.phone,
    }
}

async fn save(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id)): Path<(String, String)>,
    Form(form): Form<EditForm>,
) -> Answer {
    let (mut seen, inside) = enter::<MemberView>(&app, &request, &slug, Section::People, Once::default()).await?;
    let member = service::member::get(&mut seen, member_id(&id)?).await?;
    drop(seen);
    let edit = MemberEdit {
        name: Some(form.name.clone()),
        // Whoever has an address keeps one.
        email: (member.account.email.is_some() || !form.email.trim().is_empty()).then(|| form.email.clone()),
        phone: Some(part::filled(&form.phone)),
        authentication_method: None,
    };
    let authorized = app
        .roster
        .authorize::<MemberManage>(&request, &OrganizationRef::parse(&slug))
        .await?;
    match service::member::edit::edit(authorized, member.id, edit).await {
        Ok(Outcome::Done(edited)) => Ok(view::done(
            &inside.member_href(member.id),
            format!("The profile of {} is saved.", edited.account.name),
        )),
        Ok(Outcome::Previewed(_)) => Ok(view::go(&inside.member_href(member.id), None)),
        Err(error) => {
            let errors = view::errors(error)?;
            let seen = app
                .roster
                .see::<MemberView>(&request, &OrganizationRef::parse(&slug))
                .await?;
            Ok(view::again(&edit_page(&seen, &inside, &member, form, errors)))
        }
    }
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
                current: session.id == request.caller.session,
            })
            .collect();
    }
    Ok(view::html(&page))
}

async fn security_page(seen: &mut Seen, inside: &Inside, member: &Member) -> Result<Security, Page> {
    let roles = service::role::assignable(seen, false).await?;
    let waits = member.status() == MemberStatus::AwaitingConsent;
    let by_password = member.account.authentication_method == AuthenticationMethod::Password;
    let see_sessions = may(service::member::possible(seen, member, Act::EndSession));
    let (grant_ownership, give_up_ownership) = ownership(seen, member).await?;
    let superuser = member.account.superuser;
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
        multi_factor: "Not set up".to_owned(),
        password: if by_password {
            "Signs in with username or e-mail and a password".to_owned()
        } else {
            "Has no password".to_owned()
        },
        reset_password: if by_password && !waits {
            may(service::member::possible(seen, member, Act::ResetPassword))
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

/// Whether ownership can be granted to the member, and given up.
async fn ownership(seen: &mut Seen, member: &Member) -> Result<(May, May), Page> {
    let actor = seen.actor();
    let you = member.account.id == actor.account;
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
        after: None,
        members_only: true,
        limit: 2,
    };
    let owners = service::people::list(seen, question).await?.people.len();
    let owners = u64::try_from(owners).unwrap_or_default();
    Ok((May::Hidden, may(member.not_the_last_owner(owners))))
}

async fn activity(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<MemberView>(&app, &request, &slug, Section::People, shown).await?;
    let id = member_id(&id)?;
    let member = service::member::get(&mut seen, id).await?;
    let header = header(&seen, &inside, &member, Tab::Activity);
    drop(seen);
    let mut seen = app
        .roster
        .see::<MemberManage>(&request, &OrganizationRef::parse(&slug))
        .await?;
    let found = service::member::activity(&mut seen, id, None, SIGN_INS).await?;
    let rows = found.into_iter().map(|(_, sign_in)| SignIn {
        action: action(&sign_in.action, sign_in.success).to_owned(),
        success: sign_in.success,
        reason: sign_in.reason.as_deref().map(reason).unwrap_or_default(),
        address: sign_in.address,
        device: device(&sign_in.user_agent),
        at: inside.time(sign_in.at),
    });
    let scope = if member.managed {
        String::new()
    } else {
        format!("Only entries into {} are shown.", inside.organization)
    };
    let page = Activity {
        shell: inside.shell(&member.account.name),
        header,
        rows: rows.collect(),
        scope,
    };
    Ok(view::html(&page))
}

fn action(action: &str, success: bool) -> &'static str {
    match (action, success) {
        ("entry", true) => "Entered this organization",
        ("entry", false) => "Was not let in here",
        (_, true) => "Signed in",
        (_, false) => "Tried to sign in",
    }
}

fn reason(name: &str) -> String {
    match name {
        "wrong_password" => "Wrong password".to_owned(),
        "account_suspended" => "The account is suspended".to_owned(),
        "temporary_password_expired" => "The temporary password has expired".to_owned(),
        "throttled" => "Too many failed tries".to_owned(),
        other => other.replace('_', " "),
    }
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
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
