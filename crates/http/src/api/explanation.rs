//! Why somebody may, why not, and who may at all.
use domain::Timestamp;
use domain::access::SourceKind;
use domain::explanation::{Chain, Explanation as Explained, Link as ChainLink, Remedy as Change};
use domain::permission::{AccessEvaluate, OrganizationView, Permission};
use serde::{Deserialize, Serialize};
use service::explanation::{self, Question};
use service::holder::{self, PlaceInList};
use utoipa::ToSchema;

use super::body::{Answer, Body, ok};
use super::inside::Inside;
use super::page::{self, Paging};
use super::part::Part;
use super::representation::TypedName;
use super::route::{Access, Method, Routes};
use crate::api::address::{Path, Query};
use crate::problem::Problem;

const TAG: &str = "Access";
/// Of others; about oneself anybody in the organization may ask.
const EVALUATE: Access = Access::Permission(Permission::AccessEvaluate);

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Post, "/organizations/{org}/explanations"),
        EVALUATE,
        (
            TAG,
            "explain_access",
            "Ask why somebody may do something, or what it would take",
        ),
        explain,
        |route| {
            route
                .takes::<QuestionBody>()
                .answers::<Explanation>(200, "The chains of grants, or the smallest changes")
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/members/{member}/access"),
        EVALUATE,
        (TAG, "list_member_access", "List everything a member may do, and why"),
        everything,
        |route| {
            route
                .query(&[("project", "On this project, by id or slug, instead of the organization")])
                .query(page::SEARCHED)
                .answers::<ReasonList>(200, "Each permission with its chains of grants")
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/permissions/{permission}/holders"),
        EVALUATE,
        (
            TAG,
            "list_permission_holders",
            "List everyone who may do something, and why",
        ),
        holders,
        |route| {
            route
                .query(&[(
                    "project",
                    "On this project, by id or slug; needed for permissions of projects",
                )])
                .query(page::PARAMETERS)
                .answers::<HolderList>(200, "Members by name; service accounts stand on the first page")
        },
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuestionBody {
    /// `{type, id}`, or the id of a member, account or service account alone.
    #[schema(value_type = serde_json::Value)]
    subject: Subject,
    permission: String,
    /// `{type: "organization"|"project", id}`; the organization where left out.
    #[schema(value_type = Option<Object>)]
    resource: Option<Resource>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Subject {
    Id(String),
    Typed(TypedId),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Resource {
    Typed(TypedId),
    Project(String),
}

#[derive(Deserialize)]
struct TypedId {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

/// One link of a chain from a person to a permission.
#[derive(Serialize, ToSchema)]
pub struct Link {
    /// member, service_account, account, group, role, policy, project, ownership, repository, everyone, superuser or permission
    #[serde(rename = "type")]
    kind: String,
    id: String,
    name: String,
    /// Who made this link, where somebody did.
    granted_by: Option<TypedName>,
    at: Option<String>,
    /// When it ends by itself.
    until: Option<String>,
}

/// One change that would make a no a yes.
#[derive(Serialize, ToSchema)]
pub struct Remedy {
    /// enable, lift_suspension, consent, extend, role, group, project_access or policy
    #[serde(rename = "type")]
    kind: String,
    id: String,
    name: String,
    detail: String,
    /// How many further permissions come and go with it.
    besides: usize,
    /// Whether the caller could make it.
    possible: bool,
}

#[derive(Serialize, ToSchema)]
struct Explanation {
    decision: bool,
    /// Where the answer is yes: each chain from the person to the permission.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<Vec<Vec<Link>>>,
    /// Where it is no: the smallest changes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    would_take: Option<Vec<Remedy>>,
}

/// A permission somebody has, and why.
#[derive(Serialize, ToSchema)]
struct Reason {
    permission: String,
    module: Option<String>,
    description: String,
    because: Vec<Vec<Link>>,
}

#[derive(Serialize, ToSchema)]
struct ReasonList {
    items: Vec<Reason>,
    next_cursor: Option<String>,
}

/// Somebody who has a permission, and by what.
#[derive(Serialize, ToSchema)]
struct Holder {
    /// member or service_account
    #[serde(rename = "type")]
    kind: String,
    id: String,
    name: String,
    because: Vec<HeldBy>,
}

#[derive(Serialize, ToSchema)]
struct HeldBy {
    /// role, policy, mapping, ownership, repository, every_project, everyone or superuser
    #[serde(rename = "type")]
    kind: String,
    role: String,
    /// The group it comes through.
    group: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct HolderList {
    items: Vec<Holder>,
    next_cursor: Option<String>,
}

fn text(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}

fn chains(chains: Vec<Chain>) -> Vec<Vec<Link>> {
    let link = |link: ChainLink| Link {
        kind: link.kind.to_owned(),
        id: link.id,
        name: link.name,
        granted_by: link.granted_by.map(|by| TypedName {
            kind: by.kind,
            id: by.id,
            name: by.name,
        }),
        at: text(link.at),
        until: text(link.until),
    };
    chains
        .into_iter()
        .map(|chain| chain.into_iter().map(link).collect())
        .collect()
}

fn remedy(change: Change) -> Remedy {
    Remedy {
        kind: serde_json::to_value(change.kind)
            .ok()
            .and_then(|kind| kind.as_str().map(str::to_owned))
            .unwrap_or_default(),
        id: change.id,
        name: change.name,
        detail: change.detail,
        besides: change.besides,
        possible: change.possible,
    }
}

async fn explain(inside: Inside, Body(body): Body<QuestionBody>) -> Answer {
    let question = Question {
        subject: match body.subject {
            Subject::Id(id) => id,
            Subject::Typed(typed) if ["member", "account", "service_account"].contains(&typed.kind.as_str()) => {
                typed.id
            }
            Subject::Typed(_) => {
                return Err(page::invalid(
                    "subject/type",
                    "must be member, account or service_account",
                ));
            }
        },
        permission: body.permission,
        project: project(body.resource)?,
    };
    let seen = inside.see::<OrganizationView>().await?;
    let explanation = match explanation::explain(seen, &question).await? {
        Explained::Allowed { because } => Explanation {
            decision: true,
            because: Some(chains(because)),
            would_take: None,
        },
        Explained::Denied { would_take } => Explanation {
            decision: false,
            because: None,
            would_take: Some(would_take.into_iter().map(remedy).collect()),
        },
    };
    Ok(ok(&explanation))
}

fn project(resource: Option<Resource>) -> Result<Option<String>, Problem> {
    match resource {
        None => Ok(None),
        Some(Resource::Project(reference)) => Ok(Some(reference)),
        Some(Resource::Typed(typed)) => match typed.kind.as_str() {
            "organization" => Ok(None),
            "project" => Ok(Some(typed.id)),
            _ => Err(page::invalid("resource/type", "must be organization or project")),
        },
    }
}

#[derive(Deserialize)]
struct OnProject {
    project: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

impl OnProject {
    fn project(&self) -> Option<&str> {
        self.project.as_deref().filter(|project| !project.is_empty())
    }
}

async fn everything(
    inside: Inside,
    Path((_, member)): Path<(String, String)>,
    Query(query): Query<OnProject>,
    part: Part,
) -> Answer {
    let mut seen = inside.see::<OrganizationView>().await?;
    let reasons = explanation::everything(&mut seen, &member, query.project()).await?;
    let reasons = reasons.into_iter().map(|reason| Reason {
        permission: reason.permission,
        module: reason.module,
        description: reason.description,
        because: chains(reason.because),
    });
    let (items, next_cursor) = part.of(reasons, |reason| [&reason.permission, &reason.description]);
    Ok(ok(&ReasonList { items, next_cursor }))
}

async fn holders(
    inside: Inside,
    Path((_, permission)): Path<(String, String)>,
    Query(query): Query<OnProject>,
) -> Answer {
    let paging = Paging::of(query.limit.clone(), query.cursor.clone());
    let after: Option<(String, String)> = paging.cursor()?;
    let after = match after {
        Some((name_key, id)) => {
            Some(PlaceInList::parse(name_key, &id).ok_or_else(|| page::invalid("cursor", "is none of this list"))?)
        }
        None => None,
    };
    let mut seen = inside.see::<AccessEvaluate>().await?;
    let found = holder::list(&mut seen, &permission, query.project(), after, paging.limit()?).await?;
    let group = |id| found.groups.get(&id).cloned();
    let items = found.holders.iter().map(|holder| {
        let (kind, id) = holder::named(holder.person.id);
        Holder {
            kind: kind.to_owned(),
            id,
            name: holder.person.name.clone(),
            because: holder
                .ways
                .iter()
                .map(|way| HeldBy {
                    kind: source(way.kind).to_owned(),
                    role: way.role.clone(),
                    group: way.group.and_then(group),
                })
                .collect(),
        }
    });
    Ok(ok(&HolderList {
        items: items.collect(),
        next_cursor: found
            .next
            .as_ref()
            .map(|place| page::cursor(&(&place.name_key, place.id.to_string()))),
    }))
}

const fn source(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Role => "role",
        SourceKind::Policy => "policy",
        SourceKind::Mapping => "mapping",
        SourceKind::Ownership => "ownership",
        SourceKind::Repository => "repository",
        SourceKind::EveryProject => "every_project",
        SourceKind::Everyone => "everyone",
        SourceKind::Superuser => "superuser",
    }
}
