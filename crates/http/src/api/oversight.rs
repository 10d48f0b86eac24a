//! Accounts of the instance one by one, for superusers: seen whole, suspended, signed out, deleted.

use axum::extract::State;
use axum::response::Response;
use domain::id::AccountId;
use serde::{Deserialize, Serialize};
use service::account::etag;
use utoipa::ToSchema;

use super::body::{Answer, MaybeBody, id, nothing, ok, outcome, tagged};
use super::page;
use super::part::Part;
use super::representation::{Account, Membership, Session, SessionList, SignIn, SignInList};
use super::route::{Access, Method, Routes};
use crate::App;
use crate::api::address::{Path, Query};
use crate::context::Caller;

pub fn routes(routes: &mut Routes) {
    const TAG: &str = "Instance";
    routes.add(
        (Method::Get, "/instance/accounts/{account}"),
        Access::Superuser,
        (TAG, "get_account", "See an account"),
        get,
        |route| route.answers::<OverseenAccount>(200, "The account and its memberships"),
    );
    routes.add(
        (Method::Delete, "/instance/accounts/{account}"),
        Access::Superuser,
        (TAG, "delete_account", "Delete an account"),
        delete,
        |route| {
            route
                .conditional()
                .query(&[(
                    "transfer_to",
                    "Id of the account that gets what it owns, in every organization where it owns something",
                )])
                .answers_nothing(204, "It is gone for good")
                .previews()
        },
    );
    routes.add(
        (Method::Put, "/instance/accounts/{account}/suspension"),
        Access::Superuser,
        (TAG, "suspend_account", "Suspend an account"),
        suspend,
        |route| {
            route
                .conditional()
                .takes::<SuspensionBody>()
                .answers::<Account>(200, "The account as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/instance/accounts/{account}/suspension"),
        Access::Superuser,
        (TAG, "lift_account_suspension", "Lift the suspension of an account"),
        lift,
        |route| {
            route
                .conditional()
                .answers::<Account>(200, "The account as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/instance/accounts/{account}/sessions"),
        Access::Superuser,
        (TAG, "list_account_sessions", "List the sessions of an account"),
        sessions,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<SessionList>(200, "The latest first")
        },
    );
    routes.add(
        (Method::Delete, "/instance/accounts/{account}/sessions"),
        Access::Superuser,
        (TAG, "end_account_sessions", "End all sessions of an account"),
        end_sessions,
        |route| route.conditional().answers_nothing(204, "All have ended").previews(),
    );
    routes.add(
        (Method::Get, "/instance/accounts/{account}/activity"),
        Access::Superuser,
        (TAG, "list_account_activity", "List the sign-ins of an account"),
        activity,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<SignInList>(200, "The latest fifty, entries into organizations too")
        },
    );
    routes.add(
        (Method::Post, "/instance/accounts/{account}/password-reset"),
        Access::Superuser,
        (TAG, "mail_account_password_reset", "Mail a link to a new password"),
        mail_reset,
        |route| {
            route
                .conditional()
                .answers_nothing(204, "A mail is on its way")
                .previews()
        },
    );
}

#[derive(Serialize, ToSchema)]
struct OverseenAccount {
    #[serde(flatten)]
    #[schema(inline)]
    account: Account,
    memberships: Vec<Membership>,
    has_password: bool,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct SuspensionBody {
    reason: Option<String>,
}

#[derive(Deserialize)]
struct DeletionQuery {
    transfer_to: Option<String>,
}

fn shown(account: domain::account::Account) -> Response {
    let tag = etag(&account);
    tagged(&Account::from(account), &tag)
}

async fn get(State(app): State<App>, Caller(request): Caller, Path(account): Path<String>) -> Answer {
    let found = app.roster.oversee(&request, id(&account, "account")?).await?;
    let tag = etag(&found.account);
    let body = OverseenAccount {
        memberships: found.memberships.into_iter().map(Membership::from).collect(),
        has_password: found.has_password,
        account: Account::from(found.account),
    };
    Ok(tagged(&body, &tag))
}

async fn delete(
    State(app): State<App>,
    Caller(request): Caller,
    Path(account): Path<String>,
    Query(query): Query<DeletionQuery>,
) -> Answer {
    let heir: Option<AccountId> = match query.transfer_to.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => Some(id(text, "account")?),
        None => None,
    };
    let deleted = app
        .roster
        .delete_account(&request, id(&account, "account")?, heir)
        .await?;
    Ok(outcome(deleted, |()| nothing()))
}

async fn suspend(
    State(app): State<App>,
    Caller(request): Caller,
    Path(account): Path<String>,
    MaybeBody(body): MaybeBody<SuspensionBody>,
) -> Answer {
    let changed = app
        .roster
        .suspend_account(&request, id(&account, "account")?, body.reason.as_deref())
        .await?;
    Ok(outcome(changed, shown))
}

async fn lift(State(app): State<App>, Caller(request): Caller, Path(account): Path<String>) -> Answer {
    let changed = app
        .roster
        .lift_account_suspension(&request, id(&account, "account")?)
        .await?;
    Ok(outcome(changed, shown))
}

async fn sessions(State(app): State<App>, Caller(request): Caller, Path(account): Path<String>, part: Part) -> Answer {
    let found = app.roster.sessions_of(&request, id(&account, "account")?).await?;
    let current = request.caller.session().ok();
    let sessions = found.into_iter().map(|session| Session::of(session, current));
    let (items, next_cursor) = part.of(sessions, Session::words);
    Ok(ok(&SessionList { items, next_cursor }))
}

async fn end_sessions(State(app): State<App>, Caller(request): Caller, Path(account): Path<String>) -> Answer {
    let ended = app.roster.end_sessions_of(&request, id(&account, "account")?).await?;
    Ok(outcome(ended, |_| nothing()))
}

async fn activity(State(app): State<App>, Caller(request): Caller, Path(account): Path<String>, part: Part) -> Answer {
    let found = app.roster.sign_ins_of(&request, id(&account, "account")?).await?;
    let events = found
        .into_iter()
        .map(|(id, sign_in)| (id.to_string(), SignIn::from(sign_in)));
    let (events, next_cursor) = part.of(events, |(id, sign_in)| [id, &sign_in.address, &sign_in.user_agent]);
    let items = events.into_iter().map(|(_, sign_in)| sign_in).collect();
    Ok(ok(&SignInList { items, next_cursor }))
}

async fn mail_reset(State(app): State<App>, Caller(request): Caller, Path(account): Path<String>) -> Answer {
    let sent = app
        .roster
        .mail_password_reset(&request, id(&account, "account")?)
        .await?;
    Ok(outcome(sent, |_| nothing()))
}
