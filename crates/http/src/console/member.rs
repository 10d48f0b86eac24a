//! One member: Profile, Security, Activity, and what is changed right there. What needs a second thought has a page of
//! its own first, in `member_change`.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::account::AuthenticationMethod;
use domain::device::device;
use domain::invitation::IdentityProvider;
use domain::member::{Act, Member, MemberStatus, Standing};
use domain::permission::{MemberManage, MemberView, Permission};
use domain::{Refusal, Timestamp};
use serde::Deserialize;
use service::authorization::Reading;
use service::member::edit::MemberEdit;
use service::{Authorized, OrganizationRef, Outcome, Roster};

use crate::App;
use crate::console::address::Path;
use crate::console::form::Form;
use crate::console::heir::shown_owned;
use crate::console::inside::{Inside, enter, member_id};
use crate::console::part::{self, may};
use crate::console::people::chips;
use crate::console::refusal::Page;
use crate::console::service_account::role_end;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::form::{Choice, Errors};
use crate::page::member::{Activity, Edit, Header, Profile, SignIn, Tab};
use crate::page::part::{Availability, May, Role};
use crate::page::shell::Section;

/// How many sign-ins the Activity tab shows.
const SIGN_INS: i64 = 50;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/people/{member}", get(profile))
        .route("/o/{organization}/people/{member}/edit", get(edit).post(save))
        .route("/o/{organization}/people/{member}/activity", get(activity))
}

pub type Seen = Authorized<MemberView, Reading>;

async fn profile(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<MemberView>(&app, &request, &slug, Section::People, shown).await?;
    let member = service::member::get(&mut seen, member_id(&id)?).await?;
    let owned = service::member::owned(&mut seen, member.id).await?;
    let account = &member.account;
    let page = Profile {
        shell: inside.shell(&account.name),
        header: header(&seen, &inside, &member, Tab::Profile),
        email: account.email.clone().unwrap_or_default(),
        email_verified: account.email_verified,
        groups: chips(
            &inside,
            &member,
            seen.actor().grants.has(Permission::GroupView),
            seen.now(),
        ),
        phone: account.phone.clone().unwrap_or_default(),
        username: account.username.clone(),
        authentication_method: method(account.authentication_method).to_owned(),
        last_sign_in: inside.time_or(account.last_sign_in_at, "Never"),
        joined: inside.day_or(member.joined_at, "Not yet"),
        account_created: inside.day(account.created_at),
        owned: shown_owned(&inside.base, &owned),
        edit: own(
            seen.actor().is(member.account.id),
            "Your own name, username and phone number are in your profile settings.",
            may(service::member::possible(&seen, &member, Act::Edit)),
        ),
    };
    Ok(view::html(&page))
}

/// Whoever cannot do something to themselves here is told where they can.
pub fn own(you: bool, place: &str, may: May) -> May {
    if you && !may.is_yes() { May::not(place) } else { may }
}

fn method(method: AuthenticationMethod) -> &'static str {
    match method {
        AuthenticationMethod::Password => "Password",
        AuthenticationMethod::Pam => "PAM",
        AuthenticationMethod::Saml => "SAML",
    }
}

/// What stands above each tab.
pub fn header(seen: &Seen, inside: &Inside, member: &Member, tab: Tab) -> Header {
    let manages = seen.actor().grants.has(Permission::MemberManage);
    let you = seen.actor().is(member.account.id);
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
        role: held_role(inside, member, seen.now()),
        standing: part::standing(member),
        availability: Availability::Available,
        you,
        tab,
        banner: banner(seen.roster(), inside, member),
        managed: member.managed,
        managed_text: managed_text(member, &inside.organization),
        may_see_security: manages,
        may_see_access: you || seen.actor().grants.has(Permission::AccessEvaluate),
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

/// "Admin until 3 Dec 2026", and whether that is over.
fn held_role(inside: &Inside, member: &Member, now: Timestamp) -> Role {
    let mut role = part::role(&member.role);
    let end = role_end(inside, member.role_until, now);
    if !end.is_empty() {
        role.label = format!("{} {end}", role.label);
    }
    role
}

fn banner(roster: &Roster, inside: &Inside, member: &Member) -> String {
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
            format!(
                "{} was added and has yet to agree to be a member. {}",
                member.account.name,
                service::member::creation::asked(roster)
            )
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
        authentication_method: account.authentication_method.name().to_owned(),
    };
    let methods = methods(&app, &mut seen, &form).await?;
    Ok(view::html(&edit_page(
        &seen,
        &inside,
        &member,
        form,
        methods,
        Errors::none(),
    )))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct EditForm {
    name: String,
    email: String,
    phone: String,
    authentication_method: String,
}

/// The ways to sign in, those that cannot be chosen with why not.
async fn methods(app: &App, seen: &mut Seen, form: &EditForm) -> Result<Vec<Choice>, Page> {
    let unusable = app.roster.unusable_ways(seen).await?;
    let choice = |provider: IdentityProvider, label: &str| {
        let choice = Choice::new(provider.name(), label).selected(provider.name() == form.authentication_method);
        match unusable.iter().find(|(other, _)| *other == provider) {
            Some(_) if !choice.selected => choice.unavailable("not set up"),
            _ => choice,
        }
    };
    Ok(vec![
        choice(IdentityProvider::Password, "Password (recommended)"),
        choice(IdentityProvider::Pam, "PAM"),
        choice(IdentityProvider::Saml, "SAML"),
    ])
}

fn edit_page(
    seen: &Seen,
    inside: &Inside,
    member: &Member,
    form: EditForm,
    methods: Vec<Choice>,
    errors: Errors,
) -> Edit {
    Edit {
        shell: inside.shell(&format!("Edit {}", member.account.name)),
        header: header(seen, inside, member, Tab::Profile),
        errors,
        name: form.name,
        email: form.email,
        phone: form.phone,
        methods,
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
        authentication_method: AuthenticationMethod::parse(&form.authentication_method),
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
            let mut seen = app
                .roster
                .see::<MemberView>(&request, &OrganizationRef::parse(&slug))
                .await?;
            let methods = methods(&app, &mut seen, &form).await?;
            Ok(view::again(&edit_page(&seen, &inside, &member, form, methods, errors)))
        }
    }
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

pub fn action(action: &str, success: bool) -> &'static str {
    match (action, success) {
        ("entry", true) => "Entered this organization",
        ("entry", false) => "Was not let in here",
        (_, true) => "Signed in",
        (_, false) => "Tried to sign in",
    }
}

pub fn reason(name: &str) -> String {
    match name {
        "wrong_password" => "Wrong password".to_owned(),
        "account_suspended" => "The account is suspended".to_owned(),
        "temporary_password_expired" => "The temporary password has expired".to_owned(),
        "throttled" => "Too many failed tries".to_owned(),
        other => other.replace('_', " "),
    }
}
