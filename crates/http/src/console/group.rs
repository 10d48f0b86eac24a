//! Groups: the tab beside the people, a new one, and one with whoever is in it.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::access::Principal;
use domain::effect::Preview;
use domain::group::{BY_HAND, BY_INVITATION, Group, GroupMember};
use domain::id::{GroupId, MemberId};
use domain::permission::{GroupManage, GroupView, Permission};
use domain::role::Role;
use serde::Deserialize;
use service::authorization::Reading;
use service::group::making::{NewGroup, create as make_group};
use service::{Authorized, Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::consequence::{gives_or_takes, of_people};
use crate::console::cursor::{cursor, place};
use crate::console::form::Form;
use crate::console::group_people::{known, named};
use crate::console::inside::{Inside, enter};
use crate::console::label;
use crate::console::part;
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm;
use crate::page::form::{Choice, Errors};
use crate::page::group::{Create, List, Member, Row, Show};
use crate::page::part::Pager;
use crate::page::shell::Section;

/// How many groups, or members of one, a page shows.
const PAGE: usize = 50;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/groups", get(list))
        .route("/o/{organization}/groups/new", get(new).post(create))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    query: String,
    cursor: String,
}

pub type Seen = Authorized<GroupView, Reading>;

fn may_manage(seen: &Seen) -> bool {
    seen.organization().access_model.groups && seen.actor().grants.has(Permission::GroupManage)
}

async fn list(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<GroupView>(&app, &request, &slug, Section::People, shown).await?;
    let after = place::<GroupId>(&asked.cursor);
    let further = after.is_some();
    let found = service::group::list(&mut seen, Some(&asked.query), after, PAGE).await?;
    let address = |cursor: &str| {
        let pairs = [("query", asked.query.as_str()), ("cursor", cursor)];
        part::href(&format!("{}/groups", inside.base), &pairs)
    };
    let number = part::counted(found.items.len(), "group", "groups");
    let page = List {
        shell: inside.shell("Groups"),
        words: inside.words.clone(),
        base: inside.base.clone(),
        query: asked.query.clone(),
        rows: found.items.iter().map(row).collect(),
        count: if further || found.next.is_some() {
            format!("{number} on this page")
        } else {
            number
        },
        may_create: may_manage(&seen),
        may_see_people: seen.actor().grants.has(Permission::MemberView),
        pager: Pager::new(further, found.next.map(|place| cursor::<GroupId>(&place)), address),
    };
    Ok(view::html(&page))
}

fn row(group: &Group) -> Row {
    Row {
        slug: group.slug.clone(),
        name: group.name.clone(),
        description: group.description.clone(),
        role: part::role(&group.role),
        members: members(group),
        parent: group
            .parent
            .as_ref()
            .map(|parent| parent.name.clone())
            .unwrap_or_default(),
    }
}

fn members(group: &Group) -> String {
    part::counted(usize::try_from(group.members).unwrap_or(0), "member", "members")
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    description: String,
    role: String,
    add: String,
    /// Whether the consequences were seen.
    confirmed: bool,
}

async fn new(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    let page = creating(&app, &request, &slug, &Typed::default(), Errors::none(), shown).await?;
    Ok(view::html(&page))
}

async fn creating(
    app: &App,
    request: &Request,
    slug: &str,
    typed: &Typed,
    errors: Errors,
    shown: Once,
) -> Result<Create, Page> {
    let (mut seen, inside) = enter::<GroupManage>(app, request, slug, Section::People, shown).await?;
    if !seen.organization().access_model.groups {
        return Err(domain::Refusal::NotInThisOrganization { what: "groups" }.into());
    }
    let roles = service::role::assignable(&mut seen, false).await?;
    drop(seen);
    Ok(Create {
        shell: inside.shell("Create group"),
        words: inside.words.clone(),
        base: inside.base.clone(),
        errors,
        name: typed.name.clone(),
        description: typed.description.clone(),
        roles: part::role_choices(&roles, &typed.role),
        add: typed.add.clone(),
        known: known(app, request, slug).await?,
    })
}

async fn create(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Answer {
    let mut errors = Errors::none();
    let members = match named(&app, &request, &slug, &typed.add).await? {
        Ok(found) => found,
        Err(problem) => {
            errors.add("add", problem);
            Vec::new()
        }
    };
    if !errors.any() {
        let members: Vec<String> = members.into_iter().map(|found| found.0).collect();
        // Who is put into it gains what it gives: that is looked at before it is done.
        let first = request.with_dry_run(!typed.confirmed && !members.is_empty());
        let made = match made(&app, &first, &slug, &typed, &members).await {
            Ok(Outcome::Previewed(preview)) if gives_or_takes(&preview) => {
                let (_, inside) = enter::<GroupManage>(&app, &request, &slug, Section::People, Once::default()).await?;
                return Ok(view::html(&question(&inside, &typed, &preview)));
            }
            Ok(Outcome::Previewed(_)) => made(&app, &request, &slug, &typed, &members).await,
            made => made,
        };
        match made {
            Ok(Outcome::Done(group)) => {
                return Ok(view::done(
                    &format!("/o/{slug}/groups/{}", group.slug),
                    format!("The group {} is made.", group.name),
                ));
            }
            Ok(Outcome::Previewed(_)) => return Ok(view::go(&format!("/o/{slug}/groups"), None)),
            Err(error) => errors = told(error, "role")?,
        }
    }
    let page = creating(&app, &request, &slug, &typed, errors, Once::default()).await?;
    Ok(view::again(&page))
}

async fn made(
    app: &App,
    request: &Request,
    slug: &str,
    typed: &Typed,
    members: &[String],
) -> service::Result<Outcome<Group>> {
    let authorized = app
        .roster
        .authorize::<GroupManage>(request, &OrganizationRef::parse(slug))
        .await?;
    let new = NewGroup {
        name: typed.name.clone(),
        description: Some(typed.description.clone()),
        role: Some(typed.role.clone()),
        members: members.to_vec(),
        ..NewGroup::default()
    };
    make_group(authorized, new).await
}

/// What making it would give to those who are in it from the start.
fn question(inside: &Inside, typed: &Typed, preview: &Preview) -> confirm::Page {
    let name = typed.name.trim();
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    confirm::Page {
        shell: inside.shell("Create group"),
        heading: format!("Make the group {name}?"),
        lead: "Whoever is in it has what it gives from their next request on.".to_owned(),
        consequences: of_people(preview, &inside.organization),
        hidden: vec![
            field("name", &typed.name),
            field("description", &typed.description),
            field("role", &typed.role),
            field("add", &typed.add),
            field("confirmed", "true"),
        ],
        action: format!("{}/groups/new", inside.base),
        submit: format!("Make the group {name}"),
        cancel_href: format!("{}/groups", inside.base),
        ..confirm::Page::default()
    }
}

/// What was wrong, at the fields of these forms: a short name follows from the name, and `giving` is the field by which the
/// group's role is given to somebody.
pub fn told(error: Error, giving: &str) -> Result<Errors, Page> {
    let errors = view::errors(error)?;
    let mut told = Errors::none();
    for error in errors.list() {
        let field = match error.field.as_str() {
            "slug" => "name",
            "role" => giving,
            field => field,
        };
        told.add(field, label::of_name(&error.field, &error.message));
    }
    Ok(told)
}

/// What is typed into the form of a group that is there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Change {
    pub name: String,
    pub description: String,
    pub add: String,
    pub until: String,
    /// Whether the consequences were seen.
    pub confirmed: bool,
}

/// The page of one group, with what was typed where something was.
pub async fn page(
    app: &App,
    request: &Request,
    (slug, reference): (&str, &str),
    typed: Option<(&Change, Errors)>,
    asked: &Asked,
    shown: Once,
) -> Result<Show, Page> {
    let (mut seen, inside) = enter::<GroupView>(app, request, slug, Section::People, shown).await?;
    let group = service::group::get(&mut seen, reference).await?;
    let after = place::<MemberId>(&asked.cursor);
    let further = after.is_some();
    let found = service::group::members(&mut seen, reference, None, after, PAGE).await?;
    let may_change = may_manage(&seen);
    let now = seen.now();
    let links = seen.actor().grants.has(Permission::MemberView);
    drop(seen);
    let home = format!("{}/groups/{}", inside.base, group.slug);
    let (typed, errors) = typed.map_or_else(
        || {
            let unchanged = Change {
                name: group.name.clone(),
                description: group.description.clone(),
                ..Change::default()
            };
            (unchanged, Errors::none())
        },
        |(typed, errors)| (typed.clone(), errors),
    );
    Ok(Show {
        shell: inside.shell(&group.name),
        words: inside.words.clone(),
        base: inside.base.clone(),
        errors,
        slug: group.slug.clone(),
        title: group.name.clone(),
        name: typed.name,
        description: typed.description,
        role: part::role(&group.role),
        role_remark: format!(
            "Given by {}, {}",
            group.role_granted.by.name,
            inside.day(group.role_granted.at).text
        ),
        parent: group
            .parent
            .as_ref()
            .map(|parent| parent.name.clone())
            .unwrap_or_default(),
        may_change,
        add: typed.add,
        add_until: typed.until,
        known: if may_change {
            known(app, request, slug).await?
        } else {
            Vec::new()
        },
        members: found
            .items
            .iter()
            .map(|member| shown_member(&inside, member, links, now))
            .collect(),
        count: members(&group),
        pager: Pager::new(further, found.next.map(|place| cursor::<MemberId>(&place)), |cursor| {
            part::href(&home, &[("cursor", cursor)])
        }),
    })
}

fn shown_member(inside: &Inside, member: &GroupMember, links: bool, now: domain::Timestamp) -> Member {
    let (id, href, contact) = match member.principal {
        Principal::Member(id) => {
            let contact = member
                .email
                .clone()
                .or_else(|| member.username.as_ref().map(|username| format!("@{username}")));
            let href = if links { inside.member_href(id) } else { String::new() };
            (id.to_string(), href, contact.unwrap_or_default())
        }
        Principal::ServiceAccount(id) => (id.to_string(), String::new(), "Service account".to_owned()),
        Principal::Account(id) => (id.to_string(), String::new(), String::new()),
    };
    let (by, at) = (&member.granted.by.name, inside.day(member.granted.at).text);
    let origin = match member.origin.as_str() {
        BY_HAND => format!("Added by {by}, {at}"),
        BY_INVITATION => format!("By an invitation of {by}, {at}"),
        other => format!("By {other}, {at}"),
    };
    Member {
        id,
        name: member.name.clone(),
        contact,
        href,
        until: inside.until(member.until, now),
        ended: !member.is_live(now),
        origin,
    }
}

/// Roles to choose for a group, the one it has chosen.
pub fn role_choices(roles: &[Role], chosen: &str) -> Vec<Choice> {
    roles
        .iter()
        .map(|role| {
            Choice::new(&role.slug, &role.name)
                .hint(&role.description)
                .selected(role.slug == chosen)
        })
        .collect()
}
