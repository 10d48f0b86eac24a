//! Access, looked at: a member's own page of everything they may and why, and a permission's page of everyone who may.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::access::SourceKind;
use domain::explanation::{Chain, Explanation, Link, Remedy, RemedyKind};
use domain::id::{MemberId, ProjectId};
use domain::permission::{AccessEvaluate, Level, MemberView, OrganizationView, Permission as Own};
use serde::Deserialize;
use service::explanation::{Question, Reached, Reason, Way};
use service::holder::{self, HeldBy};
use service::{Error, OrganizationRef, Request};

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::cursor;
use crate::console::inside::{Inside, enter, member_id};
use crate::console::member::header;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::access::{self, Holders, Member, Module, Permission, Project, Step};
use crate::page::form::Choice;
use crate::page::member::Tab;
use crate::page::part::Pager;
use crate::page::picture::{self, Picture};
use crate::page::shell::Section;

/// People on one page of those who may.
const ROWS: usize = 50;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/people/{member}/access", get(of_member))
        .route("/o/{organization}/permissions/{permission}", get(of_permission))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    permission: String,
    project: String,
    cursor: String,
}

impl Asked {
    fn project(&self) -> Option<String> {
        Some(self.project.clone()).filter(|project| !project.is_empty())
    }
}

async fn of_member(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<MemberView>(&app, &request, &slug, Section::People, shown).await?;
    let member = service::member::get(&mut seen, member_id(&id)?).await?;
    let header = header(&seen, &inside, &member, Tab::Access);
    drop(seen);

    let organization = OrganizationRef::parse(&slug);
    let mut seen = app.roster.see::<OrganizationView>(&request, &organization).await?;
    let reasons = service::explanation::everything(&mut seen, &id, None).await?;
    let reached = service::explanation::reached(&mut seen, &id).await?;
    let catalogue = seen.actor().grants.access.catalogue.clone();
    let asks_about_others = seen.actor().grants.has(Own::AccessEvaluate);
    drop(seen);
    let choices = if asks_about_others {
        let mut seen = app.roster.see::<AccessEvaluate>(&request, &organization).await?;
        service::explanation::projects(&mut seen).await?
    } else {
        let own = reached.iter().map(|reached| (reached.facts.id, reached.name.clone()));
        own.collect()
    };

    let mut question = access::Question {
        permissions: catalogue
            .iter()
            .map(|(_, known)| Choice::new(&known.name, &known.description).selected(known.name == asked.permission))
            .collect(),
        projects: projects(&inside.organization, choices, &asked.project),
        problem: String::new(),
    };
    let answer = match asked.permission.is_empty() {
        true => None,
        false => match ask(&app, &request, &organization, &id, &asked).await {
            Ok(explanation) => Some(answer(&inside, &member.account.name, &id, &asked, explanation)),
            Err(Error::Invalid(fields)) => {
                question
                    .permissions
                    .push(Choice::new(&asked.permission, "").selected(true));
                question.problem = fields
                    .first()
                    .map(|field| view_sentence(&field.detail))
                    .unwrap_or_default();
                None
            }
            Err(error) => return Err(error.into()),
        },
    };
    let page = Member {
        shell: inside.shell(&member.account.name),
        picture: draw(&member.account.name, &reasons, &reached),
        modules: modules(&inside, reasons),
        projects: reached.iter().map(|reached| project(&inside, reached)).collect(),
        header,
        question,
        answer,
    };
    Ok(view::html(&page))
}

fn view_sentence(detail: &str) -> String {
    format!("This {detail}.")
}

async fn ask(
    app: &App,
    request: &Request,
    organization: &OrganizationRef,
    subject: &str,
    asked: &Asked,
) -> service::Result<Explanation> {
    let seen = app.roster.see::<OrganizationView>(request, organization).await?;
    let question = Question {
        subject: subject.to_owned(),
        permission: asked.permission.clone(),
        project: asked.project(),
    };
    service::explanation::explain(seen, &question).await
}

/// Why not is asked of what somebody does not reach: all projects are offered to who may ask about others.
fn projects(organization: &str, all: Vec<(ProjectId, String)>, chosen: &str) -> Vec<Choice> {
    let whole = Choice::new("", organization).selected(chosen.is_empty());
    let each = all.into_iter().map(|(id, name)| {
        let id = id.to_string();
        let selected = id == chosen;
        Choice::new(id, name).selected(selected)
    });
    let mut choices: Vec<Choice> = std::iter::once(whole).chain(each).collect();
    if choices.iter().all(|choice| !choice.selected) {
        choices.push(Choice::new(chosen, chosen).selected(true));
    }
    choices
}

fn answer(inside: &Inside, name: &str, id: &str, asked: &Asked, explanation: Explanation) -> access::Answer {
    let sentence = |verb: &str| format!("{name} {verb} {}.", asked.permission);
    match explanation {
        Explanation::Allowed { because } => access::Answer {
            allowed: true,
            sentence: sentence("has"),
            because: because.iter().map(|chain| steps(inside, chain)).collect(),
            would_take: Vec::new(),
        },
        Explanation::Denied { would_take } => access::Answer {
            allowed: false,
            sentence: sentence("does not have"),
            because: Vec::new(),
            would_take: would_take
                .into_iter()
                .map(|change| remedy(inside, id, asked, change))
                .collect(),
        },
    }
}

fn remedy(inside: &Inside, member: &str, asked: &Asked, change: Remedy) -> access::Remedy {
    let (base, person) = (&inside.base, format!("{}/people/{member}", inside.base));
    let href = match change.kind {
        RemedyKind::Enable | RemedyKind::LiftSuspension => person,
        RemedyKind::Role | RemedyKind::Extend => format!("{person}/security"),
        RemedyKind::Group => format!("{base}/groups/{}", change.id),
        RemedyKind::ProjectAccess => format!("{base}/projects/{}/access", asked.project),
        RemedyKind::Policy => format!("{base}/settings"),
        RemedyKind::Consent => String::new(),
    };
    access::Remedy {
        detail: change.detail,
        besides: match change.besides {
            0 => String::new(),
            1 => "1 further permission comes or goes with it".to_owned(),
            many => format!("{many} further permissions come or go with it"),
        },
        href: if change.possible { href } else { String::new() },
    }
}

fn steps(inside: &Inside, chain: &Chain) -> Vec<Step> {
    chain
        .iter()
        .map(|link| Step {
            kind: kind(link.kind).to_owned(),
            name: link.name.clone(),
            remark: remark(inside, link),
        })
        .collect()
}

fn kind(kind: &str) -> &'static str {
    match kind {
        "member" => "Member",
        "account" => "Account",
        "service_account" => "Service account",
        "group" => "Group",
        "role" => "Role",
        "policy" => "Policy",
        "project" => "Access to",
        "ownership" => "Owner of",
        "everyone" => "Open to everyone",
        "superuser" => "Superuser",
        _ => "Permission",
    }
}

fn remark(inside: &Inside, link: &Link) -> String {
    let by = link.granted_by.as_ref().map(|by| format!("by {}", by.name));
    let on = link.at.map(|at| format!("on {}", inside.day(at).text));
    let until = link.until.map(|until| format!("until {}", inside.time(until).text));
    let parts: Vec<_> = [by, on, until].into_iter().flatten().collect();
    parts.join(" ")
}

fn modules(inside: &Inside, reasons: Vec<Reason>) -> Vec<Module> {
    let mut modules: BTreeMap<(bool, String), Vec<Permission>> = BTreeMap::new();
    for reason in reasons {
        let own = Own::parse(&reason.permission).is_some();
        let name = match (own, reason.module) {
            (true, _) => "Roster itself".to_owned(),
            (false, Some(module)) => module,
            (false, None) => "Application".to_owned(),
        };
        modules.entry((own, name)).or_default().push(Permission {
            name: reason.permission,
            description: reason.description,
            because: reason.because.iter().map(|chain| steps(inside, chain)).collect(),
        });
    }
    modules
        .into_iter()
        .map(|((_, name), permissions)| Module { name, permissions })
        .collect()
}

fn project(inside: &Inside, reached: &Reached) -> Project {
    Project {
        name: reached.name.clone(),
        href: format!("{}/projects/{}", inside.base, reached.facts.id),
        ways: told_once(&reached.ways),
        permissions: reached.permissions,
    }
}

/// Several roads may read alike; each is told once.
fn told_once(ways: &[Way]) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for words in ways.iter().map(in_words) {
        if !told.contains(&words) {
            told.push(words);
        }
    }
    told
}

fn in_words(way: &Way) -> String {
    let role = way.role.as_deref().unwrap_or("Everything");
    match (way.kind, &way.group) {
        (SourceKind::Superuser, _) => "Superuser".to_owned(),
        (SourceKind::Ownership, _) => format!("{role}, as its owner"),
        (SourceKind::Repository, _) => format!("{role}, by its repository"),
        (SourceKind::Everyone, _) => format!("{role}, like everyone"),
        (SourceKind::EveryProject, None) => format!("{role}, by their role on every project"),
        (SourceKind::EveryProject, Some(group)) => format!("{role}, by {group} on every project"),
        (_, Some(group)) => format!("{role}, through {group}"),
        (_, None) => role.to_owned(),
    }
}

/// What stands in the middle of the drawing.
fn in_between(way: &Way) -> String {
    match (way.kind, &way.group) {
        (SourceKind::Superuser, _) => "Superuser".to_owned(),
        (_, Some(group)) => group.clone(),
        (SourceKind::Ownership, None) => "Owns".to_owned(),
        (SourceKind::Repository, None) => "Its repository".to_owned(),
        (SourceKind::Everyone, None) => "Open to everyone".to_owned(),
        (SourceKind::EveryProject, None) => "Role on every project".to_owned(),
        (_, None) => format!("Given directly: {}", way.role.as_deref().unwrap_or_default()),
    }
}

fn draw(person: &str, reasons: &[Reason], reached: &[Reached]) -> Picture {
    let mut direct: Vec<String> = Vec::new();
    for chain in reasons.iter().flat_map(|reason| &reason.because) {
        // The link next to the person: their role, or a group of theirs.
        if let Some(link) = chain.get(1).filter(|link| link.kind != "permission")
            && !direct.contains(&link.name)
        {
            direct.push(link.name.clone());
        }
    }
    let reached: Vec<_> = reached
        .iter()
        .map(|reached| picture::Reached {
            project: reached.name.clone(),
            ways: reached.ways.iter().map(in_between).collect(),
        })
        .collect();
    Picture::of(person, &direct, &reached)
}

async fn of_permission(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, name)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<AccessEvaluate>(&app, &request, &slug, Section::Settings, shown).await?;
    let catalogue = &seen.actor().grants.access.catalogue;
    let place = catalogue
        .place(&name)
        .ok_or(domain::Refusal::NotFound { what: "permission" })?;
    let known = catalogue.at(place);
    let (description, of_project) = (known.description.clone(), known.applies_to == Level::Project);
    let mut question = access::Question::default();
    if of_project {
        let all = service::explanation::projects(&mut seen).await?;
        let choose = Choice::new("", "Choose a project").selected(asked.project.is_empty());
        question.projects.push(choose);
        question.projects.extend(all.into_iter().map(|(id, name)| {
            let selected = id.to_string() == asked.project;
            Choice::new(id.to_string(), name).selected(selected)
        }));
    }
    let wants_project = of_project && asked.project.is_empty();
    let (mut rows, mut pager) = (Vec::new(), Pager::default());
    if !wants_project {
        let after = cursor::place::<MemberId>(&asked.cursor);
        let paged = after.is_some();
        let found = holder::list(&mut seen, &name, asked.project().as_deref(), after, ROWS).await?;
        rows = found
            .holders
            .iter()
            .map(|holder| {
                let (kind, id) = holder::named(holder.person.id);
                let group = |way: &HeldBy| way.group.and_then(|id| found.groups.get(&id).cloned());
                access::Holder {
                    name: holder.person.name.clone(),
                    href: if kind == "member" {
                        format!(
                            "{}/people/{id}/access?permission={name}&project={}",
                            inside.base, asked.project
                        )
                    } else {
                        String::new()
                    },
                    ways: holder
                        .ways
                        .iter()
                        .map(|way| {
                            in_words(&Way {
                                kind: way.kind,
                                group: group(way),
                                role: Some(way.role.clone()),
                                until: None,
                            })
                        })
                        .collect(),
                }
            })
            .collect();
        let here = format!("{}/permissions/{name}?project={}", inside.base, asked.project);
        if paged {
            pager.first.clone_from(&here);
        }
        if let Some(next) = found.next {
            pager.next = format!("{here}&cursor={}", cursor::cursor::<MemberId>(&next));
        }
    }
    let page = Holders {
        shell: inside.shell(&name),
        base: inside.base.clone(),
        permission: name,
        description,
        question,
        wants_project,
        rows,
        pager,
    };
    Ok(view::html(&page))
}
