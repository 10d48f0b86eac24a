//! The Access tab of a project: who is mapped, and what giving and taking would do before it is done.

mod repository;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use domain::effect::{Kind as EffectKind, Preview};
use domain::permission::{Permission, ProjectAccessManage, ProjectAccessView};
use domain::project::{Mapped as Subject, Mapping};
use domain::{Refusal, Timestamp};
use serde::Deserialize;
use service::authorization::Reading;
use service::project::access::{self, Place};
use service::{Authorized, Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::consequence::of_people;
use crate::console::form::Form;
use crate::console::inside::Inside;
use crate::console::part;
use crate::console::project::{ROWS, banner, end_of, enter_project, everyone, is_elsewhere};
use crate::console::refusal::Page;
use crate::console::suggestion::{Kind, meant, suggestions};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm;
use crate::page::form::Errors;
use crate::page::part::Pager;
use crate::page::project::{Access, Header, Mapped, Repository, Tab};

const KINDS: [Kind; 3] = [Kind::Member, Kind::Group, Kind::ServiceAccount];

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/projects/{project}/access", get(list).post(grant))
        .route("/o/{organization}/projects/{project}/access/{subject}", get(change))
        .route(
            "/o/{organization}/projects/{project}/repository",
            post(repository::ask_again),
        )
        .route(
            "/o/{organization}/projects/{project}/access/{subject}/removal",
            get(ask_remove).post(remove),
        )
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Typed {
    /// Whose access is there already and gets another role or end.
    #[serde(skip)]
    changing: String,
    subject: String,
    role: String,
    until: String,
    /// The page that says what it would do was seen.
    seen: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    cursor: String,
}

type At<'a> = (&'a str, &'a str);

async fn list(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    let at = (slug.as_str(), project.as_str());
    let typed = Typed::default();
    let page = page(&app, &request, at, (&typed, &asked.cursor), Errors::none(), shown).await?;
    Ok(view::html(&page))
}

/// The same page, its form filled with what somebody has now.
async fn change(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project, subject)): Path<(String, String, String)>,
    shown: Once,
) -> Answer {
    let at = (slug.as_str(), project.as_str());
    let organization = OrganizationRef::parse(&slug);
    let mut seen = app
        .roster
        .see_on::<ProjectAccessManage>(&request, &organization, &project)
        .await?;
    let mapping = access::find(&mut seen, &subject).await?;
    drop(seen);
    let typed = Typed {
        changing: mapping.name.clone(),
        subject,
        role: mapping.role.slug.clone(),
        until: mapping
            .until
            .map(|until| until.to_string().chars().take(10).collect())
            .unwrap_or_default(),
        seen: false,
    };
    let page = page(&app, &request, at, (&typed, ""), Errors::none(), shown).await?;
    Ok(view::html(&page))
}

async fn page(
    app: &App,
    request: &Request,
    at: At<'_>,
    (typed, cursor): (&Typed, &str),
    errors: Errors,
    shown: Once,
) -> Result<Access, Page> {
    let (mut seen, inside, header) = enter_project::<ProjectAccessView>(app, request, at, Tab::Access, shown).await?;
    let after = cursor.split_once('~').map(|(subject, name_key)| Place {
        name_key: name_key.to_owned(),
        subject: subject.to_owned(),
    });
    let first = after.is_none();
    let found = access::list(&mut seen, None, after, ROWS).await?;
    let everyone = everyone(&mut seen).await?;
    let facts = seen.facts()?;
    let grants = &seen.actor().grants;
    let (may_manage, may_see_people) = (
        grants.has_on(Permission::ProjectAccessManage, &facts),
        grants.has(Permission::MemberView),
    );
    let roles = if may_manage {
        access::assignable(&mut seen).await?
    } else {
        Vec::new()
    };
    let suggestions = if may_manage {
        suggestions(&mut seen, &KINDS).await?
    } else {
        Vec::new()
    };
    drop(seen);
    let address = format!("{}/access", header.href());
    let next = found.next.map(|place| format!("{}~{}", place.subject, place.name_key));
    let row = |mapping| row(&inside, mapping, may_see_people, request.now);
    let repository = found.followed.map(|followed| Repository {
        name: format!("{}/{}", followed.repository.host, followed.repository.name),
        is_bad: followed.watched.as_ref().is_none_or(|watched| watched.answer.is_some()),
        state: repository::told(&inside, &followed),
        people: followed.people.into_iter().map(row).collect(),
    });
    Ok(Access {
        repository,
        shell: inside.shell(&header.name),
        banner: banner(everyone.as_deref(), found.project.visibility),
        rows: found.mappings.into_iter().map(row).collect(),
        pager: Pager::new(!first, next, |cursor| part::href(&address, &[("cursor", cursor)])),
        may_manage,
        changing: typed.changing.clone(),
        subject: typed.subject.clone(),
        suggestions,
        roles: part::role_choices(&roles, &typed.role),
        until: typed.until.clone(),
        errors,
        header,
    })
}

fn row(inside: &Inside, mapping: Mapping, linked: bool, now: Timestamp) -> Mapped {
    let kind = match mapping.subject {
        Subject::Member(_) => "Member",
        Subject::Group(_) => "Group",
        Subject::ServiceAccount(_) => "Service account",
    };
    Mapped {
        id: mapping.subject.public_id(),
        kind: kind.to_owned(),
        href: match mapping.subject {
            Subject::Member(id) if linked => inside.member_href(id),
            _ => String::new(),
        },
        role: part::role(&mapping.role),
        until: inside.time_or(mapping.until, "No end"),
        ended: !mapping.is_live(now),
        granted: format!("{}, {}", mapping.granted.by.name, inside.day(mapping.granted.at).text),
        name: mapping.name,
    }
}

/// Whom the field means: an id as it stands, else whoever is called so.
async fn subject(
    seen: &mut Authorized<ProjectAccessManage, Reading>,
    typed: &str,
) -> Result<Result<String, String>, Page> {
    let typed = typed.trim();
    if ["mem_", "grp_", "svc_"].iter().any(|prefix| typed.starts_with(prefix)) {
        return Ok(Ok(typed.to_owned()));
    }
    Ok(meant(seen, &KINDS, typed).await?.map(|named| named.who.public_id()))
}

async fn grant(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Answer {
    let at = (slug.as_str(), project.as_str());
    let again = async |errors| -> Answer {
        let page = page(&app, &request, at, (&typed, ""), errors, Once::default()).await?;
        Ok(view::again(&page))
    };
    let organization = OrganizationRef::parse(&slug);
    let mut seen = app
        .roster
        .see_on::<ProjectAccessManage>(&request, &organization, &project)
        .await?;
    let (who, open) = (subject(&mut seen, &typed.subject).await?, seen.facts()?.open);
    drop(seen);
    let who = match who {
        Ok(who) => who,
        Err(problem) => return again(Errors::none().with("subject", problem)).await,
    };
    let until = match end_of(&typed.until, "until") {
        Ok(until) => until,
        Err(errors) => return again(errors).await,
    };
    // Who gains and loses by it is looked at before it is done.
    let tried = request.with_dry_run(!typed.seen);
    let authorized = app
        .roster
        .authorize_on::<ProjectAccessManage>(&tried, &organization, &project)
        .await?;
    match access::grant(authorized, &who, &typed.role, until).await {
        Ok(Outcome::Done(mapping)) => Ok(view::done(
            &format!("/o/{slug}/projects/{project}/access"),
            format!("{} is {} of this project.", mapping.name, mapping.role.name),
        )),
        Ok(Outcome::Previewed(preview)) => {
            let (_, inside, header) =
                enter_project::<ProjectAccessView>(&app, &request, at, Tab::Access, Once::default()).await?;
            Ok(view::html(&question(
                &inside,
                (&header, open),
                (&who, &typed),
                &preview,
            )))
        }
        Err(Error::Refused(refusal)) if is_elsewhere(&refusal) && !matches!(refusal, Refusal::CannotGrant { .. }) => {
            Err(refusal.into())
        }
        Err(Error::Refused(refusal @ Refusal::CannotGrant { .. })) => {
            again(Errors::none().with("role", refusal.to_string())).await
        }
        Err(Error::Refused(Refusal::NotFound { .. })) => {
            let text = "There is no member or group of that name here";
            again(Errors::none().with("subject", text)).await
        }
        Err(Error::Refused(refusal)) => again(Errors::none().with("subject", refusal.to_string())).await,
        Err(error) => again(view::errors(error)?).await,
    }
}

/// What giving it means for each whom it reaches, before it is given; the first who is mapped shuts everyone else out.
fn question(
    inside: &Inside,
    (header, open): (&Header, bool),
    (who, typed): (&str, &Typed),
    preview: &Preview,
) -> confirm::Page {
    let mapped = preview
        .effects
        .iter()
        .find(|effect| matches!(effect.kind, EffectKind::Created | EffectKind::Changed) && effect.subject.id == who);
    let name = mapped.map(|effect| effect.subject.name.clone()).unwrap_or_default();
    let given = mapped.and_then(|effect| effect.detail.clone()).unwrap_or_default();
    let (heading, lead, submit) = if open {
        (
            format!("Close {} to everyone else?", header.name),
            format!(
                "Makes {name} {given}. It is the first access that is given: everyone in the organization reached the \
                 project until now."
            ),
            format!("Give access and close {}", header.name),
        )
    } else if mapped.is_some_and(|effect| effect.kind == EffectKind::Changed) {
        (
            format!("Change the access of {name} to {}?", header.name),
            format!("Makes {name} {given}."),
            format!("Change the access of {name}"),
        )
    } else {
        (
            format!("Give {name} access to {}?", header.name),
            format!("Makes {name} {given}."),
            format!("Give {name} access"),
        )
    };
    let home = format!("{}/access", header.href());
    confirm::Page {
        shell: inside.shell(&header.name),
        heading,
        lead,
        consequences: of_people(preview, &inside.organization),
        hidden: [
            ("subject", who),
            ("role", &typed.role),
            ("until", &typed.until),
            ("seen", "true"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
        action: home.clone(),
        submit,
        cancel_href: home,
        ..confirm::Page::default()
    }
}

async fn ask_remove(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project, subject)): Path<(String, String, String)>,
) -> Answer {
    let at = (slug.as_str(), project.as_str());
    let (mut seen, inside, header) =
        enter_project::<ProjectAccessManage>(&app, &request, at, Tab::Access, Once::default()).await?;
    let mapping = access::find(&mut seen, &subject).await?;
    drop(seen);
    let tried = request.with_dry_run(true);
    let authorized = app
        .roster
        .authorize_on::<ProjectAccessManage>(&tried, &OrganizationRef::parse(&slug), &project)
        .await?;
    let mut page = confirm::Page {
        shell: inside.shell(&header.name),
        heading: format!("Remove {} from {}?", mapping.name, header.name),
        lead: format!("They are {} of it now.", mapping.role.name),
        action: format!("{}/access/{subject}/removal", header.href()),
        submit: format!("Remove {} from {}", mapping.name, header.name),
        danger: true,
        cancel_href: format!("{}/access", header.href()),
        ..confirm::Page::default()
    };
    match access::revoke(authorized, &subject).await {
        Ok(Outcome::Previewed(preview)) => page.consequences = of_people(&preview, &inside.organization),
        Ok(Outcome::Done(())) => {}
        Err(Error::Refused(refusal)) => page.refusal = refusal.to_string(),
        Err(error) => return Err(error.into()),
    }
    Ok(view::html(&page))
}

async fn remove(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project, subject)): Path<(String, String, String)>,
) -> Answer {
    let authorized = app
        .roster
        .authorize_on::<ProjectAccessManage>(&request, &OrganizationRef::parse(&slug), &project)
        .await?;
    access::revoke(authorized, &subject).await?;
    let to = format!("/o/{slug}/projects/{project}/access");
    Ok(view::done(&to, "The access was taken away."))
}
