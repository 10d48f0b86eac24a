//! A managed member's password, second factors and sessions.

use domain::Refusal;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind};
use domain::id::{MemberId, SessionId};
use domain::member::Act;
use domain::permission::MemberManage;
use secrecy::SecretString;
use serde_json::json;

use crate::authorization::Outcome;
use crate::member::{end_sessions, subject, target};
use crate::sign_in::pam::may_have_password;
use crate::sign_in::temporary_password;
use crate::{Authorized, OrganizationRef, Request, Result, Roster};

/// Gives the member a temporary password, generated or typed, and ends all their sessions.
///
/// # Errors
/// The account is not managed here, or is the caller's, an Owner's or somebody greater's.
pub async fn reset_password(
    roster: &Roster,
    request: &Request,
    organization: &OrganizationRef,
    id: MemberId,
    typed: Option<SecretString>,
) -> Result<Outcome<SecretString>> {
    request.proved()?;
    // The rule is asked before the costly hash, and again inside the change.
    let mut seen = roster.see::<MemberManage>(request, organization).await?;
    let member = store::member::get(seen.scope(), id).await?;
    member.may_be_subject_to(Act::ResetPassword, seen.actor())?;
    let home = seen.organization().name.clone();
    may_have_password(&member.account)?;
    if let Some(typed) = &typed {
        crate::security::long_enough(seen.scope().tx(), member.account.id, "temporary_password", typed).await?;
    }
    drop(seen);
    let prepared = if request.dry_run {
        None
    } else {
        let context: Vec<&str> = crate::account::context(&member.account)
            .into_iter()
            .chain([home.as_str()])
            .collect();
        Some(temporary_password(roster, typed, &context, request.now).await?)
    };

    let mut authorized = roster.authorize::<MemberManage>(request, organization).await?;
    let member = authorized.target(id).await?;
    member.may_be_subject_to(Act::ResetPassword, authorized.actor())?;
    may_have_password(&member.account)?;
    let now = authorized.now();
    let password = match prepared {
        Some((password, kept)) => {
            store::password::set(authorized.scope().tx(), member.account.id, &kept, now).await?;
            password
        }
        None => SecretString::default(),
    };
    authorized.effect(Effect::new(Kind::Changed, subject(&member)).detail("gets a temporary password"));
    let ended = end_sessions(&mut authorized, &member).await?;
    authorized.touch_access().await?;
    let event = Event::new(Action::PasswordReset, target(&member)).after(json!({ "sessions_ended": ended }));
    authorized.commit(event, password).await
}

/// Takes all of the member's second factors away and ends all their sessions; they enrol anew.
///
/// # Errors
/// The account is not managed here, or is the caller's, an Owner's or somebody greater's; or there is nothing to reset.
pub async fn reset_mfa(mut authorized: Authorized<MemberManage>, id: MemberId) -> Result<Outcome<()>> {
    authorized.request().proved()?;
    let member = authorized.target(id).await?;
    member.may_be_subject_to(Act::ResetMfa, authorized.actor())?;
    let account = store::second_factor::hold(authorized.scope().tx(), member.account.id).await?;
    if account.second_factors.is_empty() {
        return Err(Refusal::NoSecondFactor.into());
    }
    let cleared = crate::mfa::clear(authorized.scope().tx(), &account).await?;
    let kinds: Vec<_> = cleared.iter().map(|kind| kind.name()).collect();
    for kind in &cleared {
        let detail = format!("loses the second factor: {}", kind.label());
        authorized.effect(Effect::new(Kind::Changed, subject(&member)).detail(detail));
    }
    let ended = end_sessions(&mut authorized, &member).await?;
    authorized.touch_access().await?;
    let event = Event::new(Action::MfaReset, target(&member))
        .before(json!({ "methods": kinds }))
        .after(json!({ "methods": [], "sessions_ended": ended }));
    let (now, origin) = (authorized.now(), authorized.request().origin.clone());
    let what = format!(
        "an administrator of {} took all second factors away; you set up new ones when you sign in",
        authorized.organization().name
    );
    crate::notice::tell_of_factor(authorized.scope().tx(), &account, &what, &origin, now).await?;
    authorized.commit(event, ()).await
}

/// Ends one of the member's sessions, or all.
///
/// # Errors
/// The account is not managed here, or there is no such session.
pub async fn end_member_sessions(
    mut authorized: Authorized<MemberManage>,
    id: MemberId,
    which: Option<SessionId>,
) -> Result<Outcome<u64>> {
    let member = authorized.target(id).await?;
    member.may_be_subject_to(Act::EndSession, authorized.actor())?;
    let ended = match which {
        Some(session) => {
            if !store::session::end(authorized.scope().tx(), member.account.id, session).await? {
                return Err(Refusal::NotFound { what: "session" }.into());
            }
            authorized.touch_account(member.account.id);
            authorized.effect(Effect::new(Kind::SessionEnded, subject(&member)));
            1
        }
        None => end_sessions(&mut authorized, &member).await?,
    };
    authorized.touch_access().await?;
    let event = Event::new(Action::SessionsEnded, target(&member)).after(json!({ "ended": ended }));
    authorized.commit(event, ended).await
}
