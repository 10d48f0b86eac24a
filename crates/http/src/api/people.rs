//! Finding people.

use axum::http::HeaderMap;
use domain::member::MemberStatus;
use domain::permission::{MemberView, Permission};
use serde::Deserialize;
use service::people::{self, Export, Person as Found, Place, Question, Shown};

use super::body::{Answer, ok};
use super::inside::Inside;
use super::page::{self, Paging};
use super::representation::{Invitation, Member, MemberList, Person, PersonList};
use super::route::{Access, JSON, Method, Parameter, Routes, TABLE};
use crate::api::address::Query;
use crate::people_export;
use crate::problem::Problem;

const FILTERS: &[Parameter] = &[
    ("query", "Part of name, username or e-mail address"),
    ("status", "active, disabled, suspended, invited or awaiting_consent"),
    ("availability", "available, on_call or unavailable"),
    ("role", "Id or slug"),
    (
        "group",
        "Id or slug of a group that they are in now, or join by their invitation",
    ),
    (
        "format",
        "csv: all that the filters leave, as a table; so does `Accept: text/csv`",
    ),
];

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/people"),
        Access::Permission(Permission::MemberView),
        ("People", "list_people", "List members and pending invitations"),
        people,
        |route| {
            route
                .query(FILTERS)
                .query(page::PARAMETERS)
                .answers::<PersonList>(200, "By name")
                .as_kinds(&[JSON, TABLE])
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/members"),
        Access::Permission(Permission::MemberView),
        ("People", "list_members", "List members"),
        members,
        |route| {
            route
                .query(FILTERS)
                .query(page::PARAMETERS)
                .answers::<MemberList>(200, "By name")
                .as_kinds(&[JSON, TABLE])
        },
    );
}

#[derive(Debug, Default, Deserialize)]
struct Filters {
    query: Option<String>,
    status: Option<String>,
    availability: Option<String>,
    role: Option<String>,
    group: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
    format: Option<String>,
}

impl Filters {
    fn question(self, members_only: bool) -> Result<Question, Problem> {
        let paging: Paging = Paging::of(self.limit, self.cursor);
        let empty_is_absent = |text: Option<String>| text.filter(|text| !text.is_empty());
        let mut shown = match empty_is_absent(self.status).as_deref() {
            None => Shown::All,
            Some("invited") => Shown::Invited,
            Some(status) => match MemberStatus::parse(status) {
                Some(status) => Shown::Members(status),
                None => {
                    return Err(page::invalid(
                        "status",
                        "must be active, disabled, suspended, invited or awaiting_consent",
                    ));
                }
            },
        };
        match empty_is_absent(self.availability).as_deref() {
            None | Some("available") => {}
            // Everybody is available as long as there are no schedules.
            Some("on_call" | "unavailable") => shown = Shown::Nobody,
            Some(_) => {
                return Err(page::invalid(
                    "availability",
                    "must be available, on_call or unavailable",
                ));
            }
        }
        let after: Option<(String, String)> = paging.cursor()?;
        let after = match after {
            Some((name_key, id)) => {
                Some(Place::parse(name_key, &id).ok_or_else(|| page::invalid("cursor", "is none of this list"))?)
            }
            None => None,
        };
        Ok(Question {
            needle: self.query,
            shown,
            role: empty_is_absent(self.role),
            group: empty_is_absent(self.group),
            after,
            members_only,
            limit: paging.limit()?,
        })
    }
}

fn cursor(place: &Place) -> String {
    page::cursor(&(&place.name_key, place.id.to_string()))
}

/// All that the filters leave, as a table.
async fn table(inside: &Inside, filters: Filters, members_only: bool) -> Answer {
    let question = filters.question(members_only)?;
    let slug = inside.see::<MemberView>().await?.organization().slug.clone();
    let export = Export::new(inside.roster(), &inside.request, inside.organization.clone(), question);
    Ok(people_export::file(export, &slug).await?)
}

async fn people(inside: Inside, Query(filters): Query<Filters>, headers: HeaderMap) -> Answer {
    if people_export::is_accepted(&headers, filters.format.as_deref()) {
        return table(&inside, filters, false).await;
    }
    let mut seen = inside.see::<MemberView>().await?;
    let found = people::list(&mut seen, filters.question(false)?).await?;
    let items = found
        .people
        .into_iter()
        .map(|person| match person {
            Found::Member(member) => Person::Member(Box::new(Member::at(*member, inside.request.now))),
            Found::Invitation(invitation) => {
                Person::Invitation(Box::new(Invitation::at(*invitation, inside.request.now)))
            }
        })
        .collect();
    Ok(ok(&PersonList {
        items,
        next_cursor: found.next.as_ref().map(cursor),
    }))
}

async fn members(inside: Inside, Query(filters): Query<Filters>, headers: HeaderMap) -> Answer {
    if people_export::is_accepted(&headers, filters.format.as_deref()) {
        return table(&inside, filters, true).await;
    }
    let mut seen = inside.see::<MemberView>().await?;
    let found = people::list(&mut seen, filters.question(true)?).await?;
    let items = found
        .people
        .into_iter()
        .filter_map(|person| match person {
            Found::Member(member) => Some(Member::at(*member, inside.request.now)),
            Found::Invitation(_) => None,
        })
        .collect();
    Ok(ok(&MemberList {
        items,
        next_cursor: found.next.as_ref().map(cursor),
    }))
}
