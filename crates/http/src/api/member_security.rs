//! How a member signs in: their password, second factors and sessions, and when they came.
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::id::{EventId, SessionId};
use domain::permission::MemberManage;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use service::member::{self, credential};
use service::password_reset::mail_to_member;
use utoipa::ToSchema;

use super::body::{Answer, MaybeBody, id, nothing, ok, outcome};
use super::inside::Inside;
use super::member::{MANAGE, TAG};
use super::page::{self, Paging, cut, one_more};
use super::part::Part;
use super::representation::{Session, SessionList, SignIn, SignInList};
use super::route::{Method, Routes};
use crate::api::address::{Path, Query};

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Post, "/organizations/{org}/members/{member}/password-reset"),
        MANAGE,
        (
            TAG,
            "reset_member_password",
            "Give a managed member a temporary password, or mail any member a link",
        ),
        reset_password,
        |route| {
            route
                .conditional()
                .takes::<ResetBody>()
                .answers::<TemporaryPassword>(200, "The temporary password, shown this once")
                .answers_nothing(202, "A mail with a link is on its way")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/members/{member}/mfa"),
        MANAGE,
        (TAG, "reset_member_mfa", "Reset the second factors of a managed member"),
        reset_mfa,
        |route| {
            route
                .conditional()
                .answers_nothing(204, "They are gone, and every session ended")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/members/{member}/sessions"),
        MANAGE,
        (TAG, "list_member_sessions", "List a managed member's sessions"),
        sessions,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<SessionList>(200, "The latest first")
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/members/{member}/sessions"),
        MANAGE,
        (TAG, "end_member_sessions", "End all sessions of a managed member"),
        end_sessions,
        |route| route.conditional().answers_nothing(204, "All have ended").previews(),
    );
    routes.add(
        (
            Method::Delete,
            "/organizations/{org}/members/{member}/sessions/{session}",
        ),
        MANAGE,
        (TAG, "end_member_session", "End a session of a managed member"),
        end_session,
        |route| route.conditional().answers_nothing(204, "It has ended").previews(),
    );
    routes.add(
        (Method::Get, "/organizations/{org}/members/{member}/activity"),
        MANAGE,
        (TAG, "list_member_activity", "List a member's recent sign-ins"),
        activity,
        |route| {
            route
                .query(page::PARAMETERS)
                .answers::<SignInList>(200, "The latest first")
        },
    );
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetBody {
    /// temporary or mail
    delivery: Option<String>,
    /// Generated where left out.
    #[schema(value_type = Option<String>)]
    temporary_password: Option<SecretString>,
}

#[derive(Serialize, ToSchema)]
struct TemporaryPassword {
    temporary_password: String,
}

async fn reset_password(
    inside: Inside,
    Path((_, member)): Path<(String, String)>,
    MaybeBody(body): MaybeBody<ResetBody>,
) -> Answer {
    drop(inside.see::<MemberManage>().await?);
    let member = id(&member, "member")?;
    match body.delivery.as_deref() {
        None | Some("temporary") => {}
        Some("mail") if body.temporary_password.is_some() => {
            return Err(page::invalid("temporary_password", "is not mailed: leave it out"));
        }
        Some("mail") => {
            let mailed = mail_to_member(inside.change().await?, member).await?;
            return Ok(outcome(mailed, |()| StatusCode::ACCEPTED.into_response()));
        }
        Some(_) => return Err(page::invalid("delivery", "must be temporary or mail")),
    }
    let reset = credential::reset_password(
        inside.roster(),
        &inside.request,
        &inside.organization,
        member,
        body.temporary_password,
    )
    .await?;
    Ok(outcome(reset, |password| {
        ok(&TemporaryPassword {
            temporary_password: password.expose_secret().to_owned(),
        })
    }))
}

async fn reset_mfa(inside: Inside, Path((_, member)): Path<(String, String)>) -> Answer {
    let authorized = inside.change::<MemberManage>().await?;
    let reset = credential::reset_mfa(authorized, id(&member, "member")?).await?;
    Ok(outcome(reset, |()| nothing()))
}

async fn sessions(inside: Inside, Path((_, member)): Path<(String, String)>, part: Part) -> Answer {
    let mut seen = inside.see::<MemberManage>().await?;
    let member = id(&member, "member")?;
    let found = member::sessions(&mut seen, member).await?;
    let current = inside.request.caller.session().ok();
    let sessions = found.into_iter().map(|session| Session::of(session, current));
    let (items, next_cursor) = part.of(sessions, Session::words);
    Ok(ok(&SessionList { items, next_cursor }))
}

async fn end_sessions(inside: Inside, Path((_, member)): Path<(String, String)>) -> Answer {
    let authorized = inside.change::<MemberManage>().await?;
    let member = id(&member, "member")?;
    Ok(outcome(
        credential::end_member_sessions(authorized, member, None).await?,
        |_| nothing(),
    ))
}

async fn end_session(inside: Inside, Path((_, member, session)): Path<(String, String, String)>) -> Answer {
    let authorized = inside.change::<MemberManage>().await?;
    let member = id(&member, "member")?;
    let session: SessionId = id(&session, "session")?;
    Ok(outcome(
        credential::end_member_sessions(authorized, member, Some(session)).await?,
        |_| nothing(),
    ))
}

async fn activity(inside: Inside, Path((_, member)): Path<(String, String)>, Query(paging): Query<Paging>) -> Answer {
    let mut seen = inside.see::<MemberManage>().await?;
    let member = id(&member, "member")?;
    let (limit, before) = (paging.limit()?, paging.cursor::<EventId>()?);
    let (found, more) = cut(
        member::activity(&mut seen, member, before, one_more(limit)).await?,
        limit,
    );
    let next_cursor = found.last().filter(|_| more).map(|(id, _)| page::cursor(id));
    let items = found.into_iter().map(|(_, sign_in)| SignIn::from(sign_in)).collect();
    Ok(ok(&SignInList { items, next_cursor }))
}
