//! Groups, and who is in them.
use domain::Timestamp;
use domain::permission::{GroupManage, GroupView, Permission};
use serde::Deserialize;
use service::group::making::{self, GroupEdit, NewGroup};
use service::group::{self, etag, membership};
use service::people::Place;
use utoipa::ToSchema;

use super::body::{Answer, Body, MaybeBody, cleared, created, given, nothing, ok, outcome, present, tagged};
use super::inside::Inside;
use super::page::{self, Paging};
use super::representation::{Group, GroupList, GroupMember, GroupMemberList};
use super::route::{Access, Method, Routes};
use crate::api::address::{Path, Query};
use crate::problem::Problem;

const TAG: &str = "Groups";
const VIEW: Access = Access::Permission(Permission::GroupView);
const MANAGE: Access = Access::Permission(Permission::GroupManage);

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/groups"),
        VIEW,
        (TAG, "list_groups", "List groups"),
        list,
        |route| {
            route
                .query(page::PARAMETERS)
                .query(&[("query", "Part of a name or slug")])
                .answers::<GroupList>(200, "By name")
        },
    );
    routes.add(
        (Method::Post, "/organizations/{org}/groups"),
        MANAGE,
        (TAG, "create_group", "Make a group"),
        create,
        |route| {
            route
                .takes::<NewGroupBody>()
                .answers::<Group>(201, "The group")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/groups/{group}"),
        VIEW,
        (TAG, "get_group", "See a group"),
        get,
        |route| route.answers::<Group>(200, "The group"),
    );
    routes.add(
        (Method::Patch, "/organizations/{org}/groups/{group}"),
        MANAGE,
        (TAG, "edit_group", "Change a group's name, slug, description or parent"),
        edit,
        |route| {
            route
                .conditional()
                .takes::<GroupEditBody>()
                .answers::<Group>(200, "The group as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/groups/{group}"),
        MANAGE,
        (TAG, "delete_group", "Delete a group"),
        delete,
        |route| route.conditional().answers_nothing(204, "No group any more").previews(),
    );
    routes.add(
        (Method::Put, "/organizations/{org}/groups/{group}/role"),
        MANAGE,
        (TAG, "change_group_role", "Change a group's role"),
        set_role,
        |route| {
            route
                .conditional()
                .takes::<GroupRoleBody>()
                .answers::<Group>(200, "The group as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/groups/{group}/members"),
        VIEW,
        (TAG, "list_group_members", "List who is in a group"),
        members,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<GroupMemberList>(200, "By name, members and service accounts")
        },
    );
    routes.add(
        (Method::Put, "/organizations/{org}/groups/{group}/members/{member}"),
        MANAGE,
        (
            TAG,
            "add_group_member",
            "Put a member or service account into a group, or change until when",
        ),
        put_member,
        |route| {
            route
                .conditional()
                .takes::<UntilBody>()
                .answers::<GroupMember>(200, "Their place in it")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/groups/{group}/members/{member}"),
        MANAGE,
        (
            TAG,
            "remove_group_member",
            "Take a member or service account out of a group",
        ),
        remove_member,
        |route| route.conditional().answers_nothing(204, "No longer in it").previews(),
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewGroupBody {
    name: String,
    /// Made from the name where left out.
    slug: Option<String>,
    description: Option<String>,
    /// Id or slug; member where left out.
    role: Option<String>,
    /// Id or slug of another group, shown beside it: nothing is inherited.
    parent: Option<String>,
    /// Ids of members and service accounts.
    #[serde(default)]
    members: Vec<String>,
}

impl From<NewGroupBody> for NewGroup {
    fn from(body: NewGroupBody) -> Self {
        Self {
            name: body.name,
            slug: body.slug,
            description: body.description,
            role: body.role,
            parent: body.parent,
            members: body.members,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GroupEditBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    slug: Option<String>,
    #[serde(default, deserialize_with = "cleared")]
    description: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    parent: Option<Option<String>>,
}

impl From<GroupEditBody> for GroupEdit {
    fn from(body: GroupEditBody) -> Self {
        Self {
            name: body.name,
            slug: body.slug,
            description: body.description,
            parent: body.parent,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GroupRoleBody {
    /// Id or slug.
    role: String,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UntilBody {
    /// When it ends by itself.
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
}

#[derive(Deserialize)]
struct ListQuery {
    query: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

fn place(paging: &Paging) -> Result<Option<Place>, Problem> {
    let Some((name_key, id)) = paging.cursor::<(String, String)>()? else {
        return Ok(None);
    };
    Place::parse(name_key, &id)
        .map(Some)
        .ok_or_else(|| page::invalid("cursor", "is none of this list; begin without one"))
}

fn cursor(next: Option<Place>) -> Option<String> {
    next.map(|place| page::cursor(&(place.name_key, place.id.to_string())))
}

async fn list(inside: Inside, Query(query): Query<ListQuery>) -> Answer {
    let mut seen = inside.see::<GroupView>().await?;
    let paging = Paging::of(query.limit, query.cursor);
    let (limit, after) = (paging.limit()?, place(&paging)?);
    let found = group::list(&mut seen, query.query.as_deref(), after, limit).await?;
    Ok(ok(&GroupList {
        items: found.items.into_iter().map(Group::from).collect(),
        next_cursor: cursor(found.next),
    }))
}

async fn create(inside: Inside, Path(org): Path<String>, Body(body): Body<NewGroupBody>) -> Answer {
    let authorized = inside.change::<GroupManage>().await?;
    let made = making::create(authorized, body.into()).await?;
    Ok(outcome(made, |made| {
        let location = format!("/api/v1/organizations/{org}/groups/{}", made.id);
        let tag = etag(&made);
        created(&Group::from(made), &tag, &location)
    }))
}

async fn get(inside: Inside, Path((_, reference)): Path<(String, String)>) -> Answer {
    let mut seen = inside.see::<GroupView>().await?;
    let found = group::get(&mut seen, &reference).await?;
    let tag = etag(&found);
    Ok(tagged(&Group::from(found), &tag))
}

async fn edit(inside: Inside, Path((_, reference)): Path<(String, String)>, Body(body): Body<GroupEditBody>) -> Answer {
    let authorized = inside.change::<GroupManage>().await?;
    let edited = making::edit(authorized, &reference, body.into()).await?;
    Ok(outcome(edited, answer))
}

fn answer(group: domain::group::Group) -> axum::response::Response {
    let tag = etag(&group);
    tagged(&Group::from(group), &tag)
}

async fn delete(inside: Inside, Path((_, reference)): Path<(String, String)>) -> Answer {
    let authorized = inside.change::<GroupManage>().await?;
    let deleted = making::delete(authorized, &reference).await?;
    Ok(outcome(deleted, |()| nothing()))
}

async fn set_role(
    inside: Inside,
    Path((_, reference)): Path<(String, String)>,
    Body(body): Body<GroupRoleBody>,
) -> Answer {
    let authorized = inside.change::<GroupManage>().await?;
    let changed = making::set_role(authorized, &reference, &body.role).await?;
    Ok(outcome(changed, answer))
}

async fn members(
    inside: Inside,
    Path((_, reference)): Path<(String, String)>,
    Query(query): Query<ListQuery>,
) -> Answer {
    let mut seen = inside.see::<GroupView>().await?;
    let paging = Paging::of(query.limit, query.cursor);
    let (limit, after) = (paging.limit()?, place(&paging)?);
    let found = group::members(&mut seen, &reference, query.query.as_deref(), after, limit).await?;
    let shown = |member| GroupMember::at(member, inside.request.now);
    Ok(ok(&GroupMemberList {
        items: found.items.into_iter().map(shown).collect(),
        next_cursor: cursor(found.next),
    }))
}

async fn put_member(
    inside: Inside,
    Path((_, reference, member)): Path<(String, String, String)>,
    MaybeBody(body): MaybeBody<UntilBody>,
) -> Answer {
    let authorized = inside.change::<GroupManage>().await?;
    let placed = membership::put(authorized, &reference, &member, body.until).await?;
    Ok(outcome(placed, |placed| {
        ok(&GroupMember::at(placed, inside.request.now))
    }))
}

async fn remove_member(inside: Inside, Path((_, reference, member)): Path<(String, String, String)>) -> Answer {
    let authorized = inside.change::<GroupManage>().await?;
    let removed = membership::remove(authorized, &reference, &member).await?;
    Ok(outcome(removed, |()| nothing()))
}
