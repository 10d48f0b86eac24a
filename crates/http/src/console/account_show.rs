//! One account as a superuser sees it: where it belongs, where it is signed in, and what can be done about it.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::device::device;
use service::account::Membership as Belonging;
use service::account::oversight::Overseen;
use service::password_reset::mailable;

use crate::App;
use crate::console::account_change::account_id;
use crate::console::address::Path;
use crate::console::instance::{Instance, enter};
use crate::console::member::{action, reason};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::account::{Membership, Show};
use crate::page::instance::Place;
use crate::page::member::SignIn;
use crate::page::part::{Colour, May, Role, Session};

pub fn router() -> Router<App> {
    Router::new().route("/instance/accounts/{account}", get(show))
}

async fn show(State(app): State<App>, Person(request): Person, Path(id): Path<String>, shown: Once) -> Answer {
    let instance = enter(&app, &request, Place::Accounts, shown).await?;
    let id = account_id(&id)?;
    let found = app.roster.oversee(&request, id).await?;
    let sessions = app.roster.sessions_of(&request, id).await?;
    let sign_ins = app.roster.sign_ins_of(&request, id).await?;
    let current = request.caller.session().ok();
    let page = Show {
        sessions: sessions
            .iter()
            .map(|session| Session {
                id: session.id.to_string(),
                device: device(&session.user_agent),
                address: session.address.clone(),
                last_seen: instance.time(session.last_seen_at),
                started: instance.day(session.created_at),
                current: Some(session.id) == current,
            })
            .collect(),
        sign_ins: sign_ins
            .into_iter()
            .map(|(_, sign_in)| SignIn {
                action: action(&sign_in.action, sign_in.success).to_owned(),
                success: sign_in.success,
                reason: sign_in.reason.as_deref().map(reason).unwrap_or_default(),
                address: sign_in.address,
                device: device(&sign_in.user_agent),
                at: instance.time(sign_in.at),
            })
            .collect(),
        ..page(&app, &instance, found)
    };
    Ok(view::html(&page))
}

fn page(app: &App, instance: &Instance, found: Overseen) -> Show {
    let Overseen {
        account,
        memberships,
        home,
        has_password,
    } = found;
    let you = account.id == instance.me;
    let factors: Vec<&str> = account.second_factors.iter().map(|factor| factor.label()).collect();
    let of_others = if you {
        May::not("This is your own account: another superuser can do it.")
    } else {
        May::Yes
    };
    let mailed = mailable(&app.roster, &account);
    Show {
        shell: instance.shell(&account.name),
        id: account.id.to_string(),
        you,
        superuser: account.superuser,
        banner: account
            .suspended
            .as_ref()
            .map(|suspension| {
                let reason = suspension.reason.as_deref().map(|reason| format!(" “{reason}”"));
                let at = instance.time(suspension.at).text;
                format!("Suspended by {} on {at}.{}", suspension.by, reason.unwrap_or_default())
            })
            .unwrap_or_default(),
        home: home.unwrap_or_default(),
        authentication_method: match account.authentication_method.name() {
            "pam" => "The system's password (PAM)".to_owned(),
            "saml" => "Single sign-on (SAML)".to_owned(),
            _ if has_password => "Password".to_owned(),
            _ => "No password: accounts elsewhere or a passkey".to_owned(),
        },
        multi_factor: if factors.is_empty() {
            "Not set up".to_owned()
        } else {
            factors.join(", ")
        },
        last_sign_in: instance.time_or(account.last_sign_in_at, "Never"),
        created: instance.time(account.created_at),
        memberships: memberships.into_iter().map(membership).collect(),
        mail_password_reset: match (has_password, mailed) {
            (false, _) => May::Hidden,
            (true, Ok(())) => May::Yes,
            (true, Err(refusal)) => May::not(refusal.to_string()),
        },
        suspend: of_others.clone(),
        delete: of_others,
        revoke_superuser: May::Yes,
        email_verified: account.email_verified,
        email: account.email.unwrap_or_default(),
        username: account.username,
        name: account.name,
        ..Show::default()
    }
}

fn membership(belonging: Belonging) -> Membership {
    let remark = match (belonging.status.name(), belonging.standing.as_str()) {
        ("disabled", _) => "The organization is disabled",
        (_, "disabled") => "Disabled here",
        (_, "awaiting_consent") => "Was added and has yet to agree",
        _ => "",
    };
    Membership {
        role: Role::new("", &belonging.role, Colour::named(&belonging.role_colour)),
        member: belonging.member.to_string(),
        name: belonging.name,
        slug: belonging.slug,
        remark: remark.to_owned(),
    }
}
