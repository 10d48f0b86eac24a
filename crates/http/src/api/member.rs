//! One member, and what happens to them.
// tidy: long because the eighteen routes of one noun stand in one table

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::Timestamp;
use domain::account::AuthenticationMethod;
use domain::id::{EventId, MemberId, SessionId};
use domain::permission::{MemberManage, MemberView, OrganizationChangeOwner, Permission};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use service::member::belongings::Belongings;
use service::member::creation::{self, NewPerson};
use service::member::edit::MemberEdit;
use service::member::{self, credential, disablement, etag, ownership, removal, role_change, suspension};
use service::{OrganizationRef, Outcome};
use utoipa::ToSchema;

use super::body::{Answer, Body, MaybeBody, Query, created, id, nothing, ok, outcome, present, tagged};
use super::page::{self, Paging, cut, one_more};
use super::representation::{Member, OwnedList, Session, SessionList, SignIn, SignInList, TypedName};
use super::route::{Access, Method, Parameter, Routes};
use crate::App;
use crate::context::Caller;

const TAG: &str = "Members";
const MANAGE: Access = Access::Permission(Permission::MemberManage);
const VIEW: Access = Access::Permission(Permission::MemberView);
const BELONGINGS: &[Parameter] = &[
    ("transfer_to", "The member who gets what the one who goes owns"),
    ("delete_owned", "true: what the one who goes owns is deleted"),
];
const CHANGE_OWNER: Access = Access::Permission(Permission::OrganizationChangeOwner);

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Post, "/organizations/{org}/members"),
        MANAGE,
        (TAG, "create_member", "Create a member without mail"),
        create,
        |route| {
            route
                .takes::<NewMemberBody>()
                .answers::<CreatedBody>(
                    201,
                    "The member and the temporary password, shown this once; or the member alone, who has yet to agree",
                )
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/members/{member}"),
        VIEW,
        (TAG, "get_member", "See a member"),
        get,
        |route| route.answers::<Member>(200, "The member"),
    );
    routes.add(
        (Method::Patch, "/organizations/{org}/members/{member}"),
        MANAGE,
        (TAG, "edit_member", "Edit a managed member's profile"),
        edit,
        |route| {
            route
                .takes::<EditBody>()
                .answers::<Member>(200, "The member as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Put, "/organizations/{org}/members/{member}/role"),
        MANAGE,
        (TAG, "change_member_role", "Change a member's role"),
        change_role,
        |route| {
            route
                .takes::<RoleBody>()
                .answers::<Member>(200, "The member as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Put, "/organizations/{org}/members/{member}/disablement"),
        MANAGE,
        (TAG, "disable_member", "Disable a member's access"),
        disable,
        |route| {
            route
                .takes::<ReasonBody>()
                .answers::<Member>(200, "The member as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/members/{member}/disablement"),
        MANAGE,
        (TAG, "enable_member", "Enable a member's access again"),
        enable,
        |route| route.answers::<Member>(200, "The member as it is now").previews(),
    );
    routes.add(
        (Method::Put, "/organizations/{org}/members/{member}/suspension"),
        MANAGE,
        (TAG, "suspend_member", "Suspend a managed member's account"),
        suspend,
        |route| {
            route
                .takes::<ReasonBody>()
                .answers::<Member>(200, "The member as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/members/{member}/suspension"),
        MANAGE,
        (TAG, "lift_member_suspension", "Lift a suspension"),
        lift,
        |route| route.answers::<Member>(200, "The member as it is now").previews(),
    );
    routes.add(
        (Method::Get, "/organizations/{org}/members/{member}/owned"),
        VIEW,
        (TAG, "list_owned", "List what a member owns"),
        owned,
        |route| route.answers::<OwnedList>(200, "What keeps the member from being removed"),
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/members/{member}"),
        MANAGE,
        (TAG, "remove_member", "Remove a member from the organization"),
        remove,
        |route| {
            route
                .query(BELONGINGS)
                .answers_nothing(204, "No member any more")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/members/{member}/account"),
        MANAGE,
        (
            TAG,
            "delete_member_account",
            "Delete a managed member's account for good",
        ),
        delete_account,
        |route| {
            route
                .query(BELONGINGS)
                .answers_nothing(204, "The account is gone")
                .previews()
        },
    );
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
                .takes::<ResetBody>()
                .answers::<TemporaryPassword>(200, "The temporary password, shown this once")
                .answers_nothing(202, "A mail with a link is on its way")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/members/{member}/sessions"),
        MANAGE,
        (TAG, "list_member_sessions", "List a managed member's sessions"),
        sessions,
        |route| route.answers::<SessionList>(200, "The latest first"),
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/members/{member}/sessions"),
        MANAGE,
        (TAG, "end_member_sessions", "End all sessions of a managed member"),
        end_sessions,
        |route| route.answers_nothing(204, "All have ended").previews(),
    );
    routes.add(
        (
            Method::Delete,
            "/organizations/{org}/members/{member}/sessions/{session}",
        ),
        MANAGE,
        (TAG, "end_member_session", "End a session of a managed member"),
        end_session,
        |route| route.answers_nothing(204, "It has ended").previews(),
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
    routes.add(
        (Method::Put, "/organizations/{org}/owners/{member}"),
        CHANGE_OWNER,
        (TAG, "grant_ownership", "Make a member an Owner"),
        grant_ownership,
        |route| route.answers::<Member>(200, "The member as it is now").previews(),
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/owners/{member}"),
        CHANGE_OWNER,
        (TAG, "give_up_ownership", "Give up one's ownership"),
        give_up_ownership,
        |route| route.answers::<Member>(200, "The member, now an Admin").previews(),
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMemberBody {
    pub email: Option<String>,
    /// Taken from the address where left out.
    #[serde(default)]
    pub name: Option<String>,
    pub role: Option<String>,
    pub username: Option<String>,
    /// Generated where left out.
    #[schema(value_type = Option<String>)]
    pub temporary_password: Option<SecretString>,
    #[schema(value_type = Option<String>)]
    pub until: Option<Timestamp>,
}

impl From<NewMemberBody> for NewPerson {
    fn from(body: NewMemberBody) -> Self {
        Self {
            name: body.name.unwrap_or_default(),
            email: body.email,
            username: body.username,
            role: body.role,
            until: body.until,
            temporary_password: body.temporary_password,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct CreatedBody {
    pub member: Member,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temporary_password: Option<String>,
}

impl From<creation::Created> for CreatedBody {
    fn from(created: creation::Created) -> Self {
        Self {
            member: created.member.into(),
            temporary_password: created
                .temporary_password
                .map(|password| password.expose_secret().to_owned()),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EditBody {
    name: Option<String>,
    email: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    /// password, pam or saml
    #[schema(value_type = Option<String>)]
    authentication_method: Option<AuthenticationMethod>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleBody {
    /// Id or slug.
    role: String,
    /// When it ends by itself.
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReasonBody {
    reason: Option<String>,
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

#[derive(Deserialize)]
struct RemovalQuery {
    transfer_to: Option<String>,
    delete_owned: Option<String>,
}

impl RemovalQuery {
    fn belongings(self) -> Result<Belongings, crate::problem::Problem> {
        let delete = match self.delete_owned.as_deref().filter(|text| !text.is_empty()) {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(page::invalid("delete_owned", "must be true or false")),
        };
        match self.transfer_to.filter(|text| !text.is_empty()) {
            Some(_) if delete => Err(page::invalid("delete_owned", "does not go with transfer_to")),
            Some(to) => Ok(Belongings::TransferTo(id(&to, "member")?)),
            None if delete => Ok(Belongings::Delete),
            None => Ok(Belongings::Block),
        }
    }
}

fn member_answer(changed: Outcome<domain::member::Member>) -> axum::response::Response {
    outcome(changed, |member| {
        let tag = etag(&member);
        tagged(&Member::from(member), &tag)
    })
}

/// An organization and a member of it, as a path names them.
struct Target {
    organization: OrganizationRef,
    member: MemberId,
}

impl Target {
    fn parse((org, member): (String, String)) -> Result<Self, crate::problem::Problem> {
        Ok(Self {
            organization: OrganizationRef::parse(&org),
            member: id(&member, "member")?,
        })
    }
}

async fn create(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
    Body(body): Body<NewMemberBody>,
) -> Answer {
    let organization = OrganizationRef::parse(&org);
    let made = creation::create(&app.roster, &request, &organization, body.into()).await?;
    Ok(outcome(made, |made| {
        let (tag, location) = (
            etag(&made.member),
            format!("/api/v1/organizations/{org}/members/{}", made.member.id),
        );
        created(&CreatedBody::from(made), &tag, &location)
    }))
}

async fn get(State(app): State<App>, Caller(request): Caller, Path(path): Path<(String, String)>) -> Answer {
    let organization = OrganizationRef::parse(&path.0);
    let mut seen = app.roster.see::<MemberView>(&request, &organization).await?;
    let found = member::get(&mut seen, id(&path.1, "member")?).await?;
    let tag = etag(&found);
    Ok(tagged(&Member::from(found), &tag))
}

async fn edit(
    State(app): State<App>,
    Caller(request): Caller,
    Path(path): Path<(String, String)>,
    Body(body): Body<EditBody>,
) -> Answer {
    let authorized = app
        .roster
        .authorize::<MemberManage>(&request, &OrganizationRef::parse(&path.0))
        .await?;
    let target = Target::parse(path)?;
    let edit = MemberEdit {
        name: body.name,
        email: body.email,
        phone: body.phone,
        authentication_method: body.authentication_method,
    };
    Ok(member_answer(
        member::edit::edit(authorized, target.member, edit).await?,
    ))
}

async fn change_role(
    State(app): State<App>,
    Caller(request): Caller,
    Path(path): Path<(String, String)>,
    Body(body): Body<RoleBody>,
) -> Answer {
    let authorized = app
        .roster
        .authorize::<MemberManage>(&request, &OrganizationRef::parse(&path.0))
        .await?;
    let target = Target::parse(path)?;
    Ok(member_answer(
        role_change::change_role(authorized, target.member, &body.role, body.until).await?,
    ))
}

async fn disable(
    State(app): State<App>,
    Caller(request): Caller,
    Path(path): Path<(String, String)>,
    MaybeBody(body): MaybeBody<ReasonBody>,
) -> Answer {
    let authorized = app
        .roster
        .authorize::<MemberManage>(&request, &OrganizationRef::parse(&path.0))
        .await?;
    let target = Target::parse(path)?;
    Ok(member_answer(
        disablement::disable(authorized, target.member, body.reason.as_deref()).await?,
    ))
}

async fn enable(State(app): State<App>, Caller(request): Caller, Path(path): Path<(String, String)>) -> Answer {
    let authorized = app
        .roster
        .authorize::<MemberManage>(&request, &OrganizationRef::parse(&path.0))
        .await?;
    let target = Target::parse(path)?;
    Ok(member_answer(disablement::enable(authorized, target.member).await?))
}

async fn suspend(
    State(app): State<App>,
    Caller(request): Caller,
    Path(path): Path<(String, String)>,
    MaybeBody(body): MaybeBody<ReasonBody>,
) -> Answer {
    let authorized = app
        .roster
        .authorize::<MemberManage>(&request, &OrganizationRef::parse(&path.0))
        .await?;
    let target = Target::parse(path)?;
    Ok(member_answer(
        suspension::suspend(authorized, target.member, body.reason.as_deref()).await?,
    ))
}

async fn lift(State(app): State<App>, Caller(request): Caller, Path(path): Path<(String, String)>) -> Answer {
    let authorized = app
        .roster
        .authorize::<MemberManage>(&request, &OrganizationRef::parse(&path.0))
        .await?;
    let target = Target::parse(path)?;
    Ok(member_answer(suspension::lift(authorized, target.member).await?))
}

async fn owned(State(app): State<App>, Caller(request): Caller, Path(path): Path<(String, String)>) -> Answer {
    let mut seen = app
        .roster
        .see::<MemberView>(&request, &OrganizationRef::parse(&path.0))
        .await?;
    let target = Target::parse(path)?;
    let found = member::owned(&mut seen, target.member).await?;
    let items = found
        .into_iter()
        .map(|thing| TypedName {
            kind: thing.kind,
            id: thing.id,
            name: thing.name,
        })
        .collect();
    Ok(ok(&OwnedList {
        items,
        next_cursor: None,
    }))
}

async fn remove(
    State(app): State<App>,
    Caller(request): Caller,
    Path(path): Path<(String, String)>,
    Query(query): Query<RemovalQuery>,
) -> Answer {
    let authorized = app
        .roster
        .authorize::<MemberManage>(&request, &OrganizationRef::parse(&path.0))
        .await?;
    let target = Target::parse(path)?;
    Ok(outcome(
        removal::remove(authorized, target.member, query.belongings()?).await?,
        |()| nothing(),
    ))
}

async fn delete_account(
    State(app): State<App>,
    Caller(request): Caller,
    Path(path): Path<(String, String)>,
    Query(query): Query<RemovalQuery>,
) -> Answer {
    let authorized = app
        .roster
        .authorize::<MemberManage>(&request, &OrganizationRef::parse(&path.0))
        .await?;
    let target = Target::parse(path)?;
    Ok(outcome(
        removal::delete_account(authorized, target.member, query.belongings()?).await?,
        |()| nothing(),
    ))
}

async fn reset_password(
    State(app): State<App>,
    Caller(request): Caller,
    Path(path): Path<(String, String)>,
    MaybeBody(body): MaybeBody<ResetBody>,
) -> Answer {
    let organization = OrganizationRef::parse(&path.0);
    drop(app.roster.see::<MemberManage>(&request, &organization).await?);
    let target = Target::parse(path)?;
    match body.delivery.as_deref() {
        None | Some("temporary") => {}
        Some("mail") if body.temporary_password.is_some() => {
            return Err(page::invalid("temporary_password", "is not mailed: leave it out"));
        }
        Some("mail") => return mail_password_reset(&app, &request, &target).await,
        Some(_) => return Err(page::invalid("delivery", "must be temporary or mail")),
    }
    let reset = credential::reset_password(
        &app.roster,
        &request,
        &target.organization,
        target.member,
        body.temporary_password,
    )
    .await?;
    Ok(outcome(reset, |password| {
        ok(&TemporaryPassword {
            temporary_password: password.expose_secret().to_owned(),
        })
    }))
}

async fn mail_password_reset(app: &App, request: &service::Request, target: &Target) -> Answer {
    let authorized = app.roster.authorize(request, &target.organization).await?;
    let mailed = service::password_reset::mail_to_member(authorized, target.member).await?;
    Ok(outcome(mailed, |()| StatusCode::ACCEPTED.into_response()))
}

async fn sessions(State(app): State<App>, Caller(request): Caller, Path(path): Path<(String, String)>) -> Answer {
    let mut seen = app
        .roster
        .see::<MemberManage>(&request, &OrganizationRef::parse(&path.0))
        .await?;
    let target = Target::parse(path)?;
    let found = member::sessions(&mut seen, target.member).await?;
    let items = found
        .into_iter()
        .map(|session| Session::of(session, request.caller.session().ok()))
        .collect();
    Ok(ok(&SessionList {
        items,
        next_cursor: None,
    }))
}

async fn end_sessions(State(app): State<App>, Caller(request): Caller, Path(path): Path<(String, String)>) -> Answer {
    let authorized = app
        .roster
        .authorize::<MemberManage>(&request, &OrganizationRef::parse(&path.0))
        .await?;
    let target = Target::parse(path)?;
    Ok(outcome(
        credential::end_member_sessions(authorized, target.member, None).await?,
        |_| nothing(),
    ))
}

async fn end_session(
    State(app): State<App>,
    Caller(request): Caller,
    Path((org, member, session)): Path<(String, String, String)>,
) -> Answer {
    let authorized = app
        .roster
        .authorize::<MemberManage>(&request, &OrganizationRef::parse(&org))
        .await?;
    let target = Target::parse((org, member))?;
    let session: SessionId = id(&session, "session")?;
    Ok(outcome(
        credential::end_member_sessions(authorized, target.member, Some(session)).await?,
        |_| nothing(),
    ))
}

async fn activity(
    State(app): State<App>,
    Caller(request): Caller,
    Path(path): Path<(String, String)>,
    Query(paging): Query<Paging>,
) -> Answer {
    let mut seen = app
        .roster
        .see::<MemberManage>(&request, &OrganizationRef::parse(&path.0))
        .await?;
    let target = Target::parse(path)?;
    let (limit, before) = (paging.limit()?, paging.cursor::<EventId>()?);
    let (found, more) = cut(
        member::activity(&mut seen, target.member, before, one_more(limit)).await?,
        limit,
    );
    let next_cursor = found.last().filter(|_| more).map(|(id, _)| page::cursor(id));
    let items = found
        .into_iter()
        .map(|(_, sign_in)| SignIn {
            at: sign_in.at.to_string(),
            action: sign_in.action,
            success: sign_in.success,
            reason: sign_in.reason,
            address: sign_in.address,
            user_agent: sign_in.user_agent,
        })
        .collect();
    Ok(ok(&SignInList { items, next_cursor }))
}

async fn grant_ownership(
    State(app): State<App>,
    Caller(request): Caller,
    Path(path): Path<(String, String)>,
) -> Answer {
    let authorized = app
        .roster
        .authorize::<OrganizationChangeOwner>(&request, &OrganizationRef::parse(&path.0))
        .await?;
    let target = Target::parse(path)?;
    Ok(member_answer(ownership::grant(authorized, target.member).await?))
}

async fn give_up_ownership(
    State(app): State<App>,
    Caller(request): Caller,
    Path(path): Path<(String, String)>,
) -> Answer {
    let authorized = app
        .roster
        .authorize::<OrganizationChangeOwner>(&request, &OrganizationRef::parse(&path.0))
        .await?;
    let target = Target::parse(path)?;
    Ok(member_answer(ownership::give_up(authorized, target.member).await?))
}
