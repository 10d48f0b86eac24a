//! One's own account.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::effect::{Kind, Subject};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use service::OrganizationRef;
use service::account::{ProfileEdit, etag};
use service::member::belongings::Belongings;
use utoipa::ToSchema;

use super::body::{Answer, Body, MaybeBody, given, nothing, ok, outcome, present, tagged, would};
use super::member_removal::{BELONGINGS, RemovalQuery};
use super::page;
use super::part::Part;
use super::representation::{Account, Me, Membership, MembershipList};
use super::route::{Access, Method, Routes};
use crate::App;
use crate::api::address::{Path, Query};
use crate::context::{Caller, From as CameFrom};

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/me"),
        Access::SignedIn,
        ("Me", "get_me", "See my account"),
        get,
        |route| route.answers::<Me>(200, "My account and memberships"),
    );
    routes.add(
        (Method::Patch, "/me"),
        Access::SignedIn,
        ("Me", "edit_me", "Edit my profile"),
        edit,
        |route| {
            route
                .conditional()
                .takes::<ProfileBody>()
                .answers::<Account>(200, "The account as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/me"),
        Access::SignedIn,
        ("Me", "delete_me", "Delete my account for good"),
        delete,
        |route| {
            route
                .conditional()
                .answers_nothing(204, "The account is gone with every way to sign in")
                .previews()
        },
    );
    routes.add(
        (Method::Put, "/me/email"),
        Access::SignedIn,
        ("Me", "change_my_email", "Change my e-mail address"),
        change_email,
        |route| {
            route
                .takes::<EmailBody>()
                .answers_nothing(
                    202,
                    "It takes effect when the new address is verified, by a link that is mailed to it",
                )
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/me/email/change"),
        Access::SignedIn,
        (
            "Me",
            "drop_my_email_change",
            "Take back an address that is not verified yet",
        ),
        drop_email_change,
        |route| route.answers_nothing(204, "The link is dead"),
    );
    routes.add(
        (Method::Post, "/email-changes/verification"),
        Access::Public("the mailed link is the proof; it signs nobody in"),
        (
            "Me",
            "verify_email_change",
            "Verify a new e-mail address by a mailed link",
        ),
        verify_email_change,
        |route| {
            route
                .takes::<EmailVerificationBody>()
                .answers_nothing(204, "It is the account's address now")
        },
    );
    routes.add(
        (Method::Put, "/me/password"),
        Access::SignedIn,
        ("Me", "change_my_password", "Change my password"),
        change_password,
        |route| {
            route
                .takes::<PasswordBody>()
                .answers::<NewToken>(200, "The session goes on under this token; all others ended")
        },
    );
    routes.add(
        (Method::Get, "/me/organizations"),
        Access::SignedIn,
        ("Me", "list_my_organizations", "List my memberships"),
        organizations,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<MembershipList>(200, "By name, those that await my consent too")
        },
    );
    routes.add(
        (Method::Put, "/me/organizations/{org}/consent"),
        Access::SignedIn,
        ("Me", "consent", "Agree to a membership"),
        consent,
        |route| {
            route
                .takes::<ConsentBody>()
                .answers_nothing(204, "You are a member")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/me/organizations/{org}"),
        Access::SignedIn,
        ("Me", "leave", "Decline a membership, or leave an organization"),
        leave,
        |route| {
            route
                .query(BELONGINGS)
                .answers_nothing(204, "You are no member any more")
                .previews()
        },
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProfileBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    username: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    locale: Option<Option<String>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmailBody {
    email: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmailVerificationBody {
    /// The last segment of the mailed link.
    token: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    #[schema(value_type = String)]
    current_password: SecretString,
    #[schema(value_type = String)]
    new_password: SecretString,
}

#[derive(Serialize, ToSchema)]
struct NewToken {
    token: String,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConsentBody {
    /// The last segment of the mailed link; needed while the address is not verified.
    token: Option<String>,
}

async fn get(State(app): State<App>, Caller(request): Caller) -> Answer {
    let me = app.roster.me(&request).await?;
    let tag = etag(&me.account);
    let body = Me {
        account: me.account.into(),
        memberships: me.memberships.into_iter().map(Membership::from).collect(),
        must_change_password: me.must_change_password,
    };
    Ok(tagged(&body, &tag))
}

async fn edit(State(app): State<App>, Caller(request): Caller, Body(body): Body<ProfileBody>) -> Answer {
    let edit = ProfileEdit {
        name: body.name,
        username: body.username,
        phone: body.phone,
        time_zone: body.time_zone,
        locale: body.locale,
    };
    let edited = app.roster.edit_me(&request, &edit).await?;
    Ok(outcome(edited, |account| {
        let tag = etag(&account);
        tagged(&Account::from(account), &tag)
    }))
}

async fn delete(State(app): State<App>, Caller(request): Caller) -> Answer {
    Ok(outcome(app.roster.delete_me(&request).await?, |()| nothing()))
}

async fn change_email(State(app): State<App>, Caller(request): Caller, Body(body): Body<EmailBody>) -> Answer {
    let asked = app.roster.ask_email_change(&request, &body.email).await?;
    Ok(outcome(asked, |()| StatusCode::ACCEPTED.into_response()))
}

async fn drop_email_change(State(app): State<App>, Caller(request): Caller) -> Answer {
    app.roster.drop_email_change(&request).await?;
    Ok(nothing())
}

async fn verify_email_change(
    State(app): State<App>,
    CameFrom(origin): CameFrom,
    Body(body): Body<EmailVerificationBody>,
) -> Answer {
    app.roster.verify_email_change(&body.token, &origin).await?;
    Ok(nothing())
}

async fn change_password(State(app): State<App>, Caller(request): Caller, Body(body): Body<PasswordBody>) -> Answer {
    let token = app
        .roster
        .change_password(&request, body.current_password, body.new_password)
        .await?;
    Ok(ok(&NewToken {
        token: token.expose().to_owned(),
    }))
}

async fn organizations(State(app): State<App>, Caller(request): Caller, part: Part) -> Answer {
    request.settled()?;
    let me = app.roster.me(&request).await?;
    let memberships = me.memberships.into_iter().map(Membership::from);
    let (items, next_cursor) = part.of(memberships, |membership| {
        let organization = &membership.organization;
        [&membership.id, &organization.slug, &organization.name]
    });
    Ok(ok(&MembershipList { items, next_cursor }))
}

async fn consent(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
    MaybeBody(body): MaybeBody<ConsentBody>,
) -> Answer {
    let member = app
        .roster
        .consent(&request, &OrganizationRef::parse(&org), body.token.as_deref())
        .await?;
    if request.dry_run {
        let subject = Subject {
            kind: "member",
            id: member.to_string(),
            name: request.caller.name,
        };
        return Ok(would(Kind::Seat, subject, "takes a slot"));
    }
    Ok(nothing())
}

async fn leave(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
    Query(query): Query<RemovalQuery>,
) -> Answer {
    let organization = OrganizationRef::parse(&org);
    let belongings = query.belongings()?;
    if belongings != Belongings::Block {
        let left = app.roster.leave_with(&request, &organization, belongings).await?;
        return Ok(outcome(left, |()| nothing()));
    }
    app.roster.leave(&request, &organization).await?;
    if request.dry_run {
        let subject = Subject {
            kind: "account",
            id: request.caller.account()?.to_string(),
            name: request.caller.name,
        };
        return Ok(would(Kind::MemberRemoved, subject, "leaves the organization"));
    }
    Ok(nothing())
}
