//! Whether a member may come in: disabled and enabled, suspended and let in again.
use domain::permission::MemberManage;
use serde::Deserialize;
use service::member::{disablement, suspension};
use utoipa::ToSchema;

use super::body::{Answer, MaybeBody, id};
use super::inside::Inside;
use super::member::{MANAGE, TAG, member_answer};
use super::representation::Member;
use super::route::{Method, Routes};
use crate::api::address::Path;

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Put, "/organizations/{org}/members/{member}/disablement"),
        MANAGE,
        (TAG, "disable_member", "Disable a member's access"),
        disable,
        |route| {
            route
                .conditional()
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
        |route| {
            route
                .conditional()
                .answers::<Member>(200, "The member as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Put, "/organizations/{org}/members/{member}/suspension"),
        MANAGE,
        (TAG, "suspend_member", "Suspend a managed member's account"),
        suspend,
        |route| {
            route
                .conditional()
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
        |route| {
            route
                .conditional()
                .answers::<Member>(200, "The member as it is now")
                .previews()
        },
    );
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReasonBody {
    reason: Option<String>,
}

async fn disable(
    inside: Inside,
    Path((_, member)): Path<(String, String)>,
    MaybeBody(body): MaybeBody<ReasonBody>,
) -> Answer {
    let authorized = inside.change::<MemberManage>().await?;
    let member = id(&member, "member")?;
    Ok(member_answer(
        disablement::disable(authorized, member, body.reason.as_deref()).await?,
        inside.request.now,
    ))
}

async fn enable(inside: Inside, Path((_, member)): Path<(String, String)>) -> Answer {
    let authorized = inside.change::<MemberManage>().await?;
    let member = id(&member, "member")?;
    Ok(member_answer(
        disablement::enable(authorized, member).await?,
        inside.request.now,
    ))
}

async fn suspend(
    inside: Inside,
    Path((_, member)): Path<(String, String)>,
    MaybeBody(body): MaybeBody<ReasonBody>,
) -> Answer {
    let authorized = inside.change::<MemberManage>().await?;
    let member = id(&member, "member")?;
    Ok(member_answer(
        suspension::suspend(authorized, member, body.reason.as_deref()).await?,
        inside.request.now,
    ))
}

async fn lift(inside: Inside, Path((_, member)): Path<(String, String)>) -> Answer {
    let authorized = inside.change::<MemberManage>().await?;
    let member = id(&member, "member")?;
    Ok(member_answer(
        suspension::lift(authorized, member).await?,
        inside.request.now,
    ))
}
