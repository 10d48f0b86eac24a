//! A member who goes, and what becomes of what they own.
use domain::permission::{MemberManage, MemberView};
use serde::Deserialize;
use service::member::belongings::Belongings;
use service::member::{self, removal};

use super::body::{Answer, id, nothing, ok, outcome};
use super::inside::Inside;
use super::member::{MANAGE, TAG, VIEW};
use super::page;
use super::part::Part;
use super::representation::{OwnedList, TypedName};
use super::route::{Method, Parameter, Routes};
use crate::api::address::{Path, Query};
use crate::problem::Problem;

pub const BELONGINGS: &[Parameter] = &[
    ("transfer_to", "The member who gets what the one who goes owns"),
    ("delete_owned", "true: what the one who goes owns is deleted"),
];

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/members/{member}/owned"),
        VIEW,
        (TAG, "list_owned", "List what a member owns"),
        owned,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<OwnedList>(200, "What keeps the member from being removed")
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/members/{member}"),
        MANAGE,
        (TAG, "remove_member", "Remove a member from the organization"),
        remove,
        |route| {
            route
                .conditional()
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
                .conditional()
                .query(BELONGINGS)
                .answers_nothing(204, "The account is gone")
                .previews()
        },
    );
}

#[derive(Deserialize)]
pub struct RemovalQuery {
    transfer_to: Option<String>,
    delete_owned: Option<String>,
}

impl RemovalQuery {
    pub fn belongings(self) -> Result<Belongings, Problem> {
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

async fn owned(inside: Inside, Path((_, member)): Path<(String, String)>, part: Part) -> Answer {
    let mut seen = inside.see::<MemberView>().await?;
    let member = id(&member, "member")?;
    let found = member::owned(&mut seen, member).await?;
    let things = found.into_iter().map(|thing| TypedName {
        kind: thing.kind,
        id: thing.id,
        name: thing.name,
    });
    let (items, next_cursor) = part.of(things, |thing| [&thing.id, &thing.name]);
    Ok(ok(&OwnedList { items, next_cursor }))
}

async fn remove(
    inside: Inside,
    Path((_, member)): Path<(String, String)>,
    Query(query): Query<RemovalQuery>,
) -> Answer {
    let authorized = inside.change::<MemberManage>().await?;
    let member = id(&member, "member")?;
    Ok(outcome(
        removal::remove(authorized, member, query.belongings()?).await?,
        |()| nothing(),
    ))
}

async fn delete_account(
    inside: Inside,
    Path((_, member)): Path<(String, String)>,
    Query(query): Query<RemovalQuery>,
) -> Answer {
    let authorized = inside.change::<MemberManage>().await?;
    let member = id(&member, "member")?;
    Ok(outcome(
        removal::delete_account(authorized, member, query.belongings()?).await?,
        |()| nothing(),
    ))
}
