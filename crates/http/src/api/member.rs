//! One member: made, seen, edited, given a role or the organization.
use domain::Timestamp;
use domain::account::AuthenticationMethod;
use domain::permission::{MemberManage, MemberView, OrganizationChangeOwner, Permission};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use service::member::creation::{self, NewPerson};
use service::member::edit::MemberEdit;
use service::member::{self, etag, ownership, role_change};
use service::{Outcome, Roster};
use utoipa::ToSchema;

use super::body::{Answer, Body, created, given, id, outcome, present, tagged};
use super::inside::Inside;
use super::representation::Member;
use super::route::{Access, Method, Routes};
use crate::api::address::Path;

pub const TAG: &str = "Members";
pub const MANAGE: Access = Access::Permission(Permission::MemberManage);
pub const VIEW: Access = Access::Permission(Permission::MemberView);
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
                .conditional()
                .takes::<MemberEditBody>()
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
                .conditional()
                .takes::<MemberRoleBody>()
                .answers::<Member>(200, "The member as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Put, "/organizations/{org}/owners/{member}"),
        CHANGE_OWNER,
        (TAG, "grant_ownership", "Make a member an Owner"),
        grant_ownership,
        |route| {
            route
                .conditional()
                .answers::<Member>(200, "The member as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/owners/{member}"),
        CHANGE_OWNER,
        (TAG, "give_up_ownership", "Give up one's ownership"),
        give_up_ownership,
        |route| {
            route
                .conditional()
                .answers::<Member>(200, "The member, now an Admin")
                .previews()
        },
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
    /// How somebody who has yet to agree learns of it; says so where no mail is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<&'static str>,
}

impl CreatedBody {
    pub fn at(created: creation::Created, roster: &Roster, now: Timestamp) -> Self {
        Self {
            asked: created.asked(roster),
            member: Member::at(created.member, now),
            temporary_password: created
                .temporary_password
                .map(|password| password.expose_secret().to_owned()),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberEditBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    email: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    /// password, pam or saml
    #[schema(value_type = Option<String>, nullable = false)]
    #[serde(default, deserialize_with = "given")]
    authentication_method: Option<AuthenticationMethod>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberRoleBody {
    /// Id or slug.
    role: String,
    /// When it ends by itself.
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
}

pub fn member_answer(changed: Outcome<domain::member::Member>, now: Timestamp) -> axum::response::Response {
    outcome(changed, |member| {
        let tag = etag(&member);
        tagged(&Member::at(member, now), &tag)
    })
}

async fn create(inside: Inside, Path(org): Path<String>, Body(body): Body<NewMemberBody>) -> Answer {
    let made = creation::create(inside.roster(), &inside.request, &inside.organization, body.into()).await?;
    Ok(outcome(made, |made| {
        let (tag, location) = (
            etag(&made.member),
            format!("/api/v1/organizations/{org}/members/{}", made.member.id),
        );
        created(
            &CreatedBody::at(made, inside.roster(), inside.request.now),
            &tag,
            &location,
        )
    }))
}

async fn get(inside: Inside, Path((_, member)): Path<(String, String)>) -> Answer {
    let mut seen = inside.see::<MemberView>().await?;
    let found = member::get(&mut seen, id(&member, "member")?).await?;
    let tag = etag(&found);
    Ok(tagged(&Member::at(found, inside.request.now), &tag))
}

async fn edit(inside: Inside, Path((_, member)): Path<(String, String)>, Body(body): Body<MemberEditBody>) -> Answer {
    let authorized = inside.change::<MemberManage>().await?;
    let member = id(&member, "member")?;
    let edit = MemberEdit {
        name: body.name,
        email: body.email,
        phone: body.phone,
        authentication_method: body.authentication_method,
    };
    Ok(member_answer(
        member::edit::edit(authorized, member, edit).await?,
        inside.request.now,
    ))
}

async fn change_role(
    inside: Inside,
    Path((_, member)): Path<(String, String)>,
    Body(body): Body<MemberRoleBody>,
) -> Answer {
    let authorized = inside.change::<MemberManage>().await?;
    let member = id(&member, "member")?;
    Ok(member_answer(
        role_change::change_role(authorized, member, &body.role, body.until).await?,
        inside.request.now,
    ))
}

async fn grant_ownership(inside: Inside, Path((_, member)): Path<(String, String)>) -> Answer {
    let authorized = inside.change::<OrganizationChangeOwner>().await?;
    let member = id(&member, "member")?;
    Ok(member_answer(
        ownership::grant(authorized, member).await?,
        inside.request.now,
    ))
}

async fn give_up_ownership(inside: Inside, Path((_, member)): Path<(String, String)>) -> Answer {
    let authorized = inside.change::<OrganizationChangeOwner>().await?;
    let member = id(&member, "member")?;
    Ok(member_answer(
        ownership::give_up(authorized, member).await?,
        inside.request.now,
    ))
}
