//! Adding people by handle: those seen with access to the projects' repositories to choose from, and a field for others.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::permission::InvitationSend;
use serde::Deserialize;
use service::handle::{self, Added, Row};
use service::{Error, OrganizationRef, Outcome, Request};

use super::form::Form;
use super::inside::enter;
use super::part::{self, counted};
use super::refusal::Page;
use super::view::{self, Answer, Once};
use crate::App;
use crate::console::address::{Path, Query};
use crate::context::Person;
use crate::page::form::{Choice, Errors};
use crate::page::handle::{Add, Outcomes, Told};
use crate::page::shell::Section;

pub fn router() -> Router<App> {
    Router::new().route("/o/{organization}/people/handles/{provider}", get(show).post(add))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    query: String,
}

async fn show(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, provider)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    let page = page(&app, &request, &slug, &provider, &asked.query, Typed::default(), shown).await?;
    Ok(view::html(&page))
}

#[derive(Default)]
struct Typed {
    handles: String,
    picked: Vec<String>,
    role: String,
    errors: Errors,
}

async fn page(
    app: &App,
    request: &Request,
    slug: &str,
    provider: &str,
    query: &str,
    typed: Typed,
    shown: Once,
) -> Result<Add, Page> {
    let organization = OrganizationRef::parse(slug);
    // Asked first: the host is waited for, and nothing else is held meanwhile.
    let found = handle::list(&app.roster, request, &organization, provider, query).await;
    let (handles, untold, trouble) = match found {
        Ok(found) => (found.handles, found.untold, String::new()),
        Err(Error::Refused(refusal @ domain::Refusal::HandleNotFound { .. })) => {
            (Vec::new(), Vec::new(), refusal.to_string())
        }
        Err(error) => return Err(error.into()),
    };
    let (mut seen, inside) = enter::<InvitationSend>(app, request, slug, Section::People, shown).await?;
    let roles = service::role::assignable(&mut seen, true).await?;
    let tabs = handle::hosts(&app.roster)
        .iter()
        .map(|host| Choice::new(&host.slug, host.name.clone()).selected(host.slug == provider))
        .collect();
    let people = handles.iter().map(|one| {
        let repositories = counted(one.repositories.len(), "repository", "repositories");
        let choice = Choice::new(&one.seen.handle, one.seen.handle.clone())
            .hint(format!(
                "{} · {repositories}",
                one.seen.name.as_deref().unwrap_or("No name told")
            ))
            .selected(typed.picked.contains(&one.seen.handle));
        if one.is_member {
            choice.unavailable("a member already")
        } else {
            choice
        }
    });
    Ok(Add {
        shell: inside.shell(&inside.words.add_many),
        words: inside.words.clone(),
        base: inside.base.clone(),
        provider: provider.to_owned(),
        provider_name: app.roster.provider_name(provider),
        connect_href: format!("/me/identities/connect/{provider}?repositories=true"),
        tabs,
        people: people.collect(),
        untold: untold
            .into_iter()
            .map(|(repository, answer)| format!("{repository}: {answer}"))
            .collect(),
        trouble,
        query: query.to_owned(),
        handles: typed.handles,
        roles: part::role_choices(&roles, &typed.role),
        errors: typed.errors,
    })
}

async fn add(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, provider)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Answer {
    let all = |name: &str| -> Vec<String> {
        let named = pairs.iter().filter(|(key, _)| key == name);
        named.map(|(_, value)| value.clone()).collect()
    };
    let (picked, typed) = (all("handle"), all("handles").join("\n"));
    let role = all("role").pop().unwrap_or_default();
    // One to a line, or with commas: a nickname may have spaces in it.
    let others = typed.split(['\n', ',']).map(|handle| handle.trim().to_owned());
    let handles: Vec<String> = picked
        .iter()
        .cloned()
        .chain(others)
        .filter(|one| !one.is_empty())
        .collect();
    let organization = OrganizationRef::parse(&slug);
    let rows = match handle::add(&app.roster, &request, &organization, &provider, handles, Some(&role)).await {
        Ok(rows) => rows,
        Err(error) => {
            let errors = view::errors(error)?;
            let typed = Typed {
                handles: typed,
                picked,
                role,
                errors,
            };
            let page = page(&app, &request, &slug, &provider, "", typed, Once::default()).await?;
            return Ok(view::again(&page));
        }
    };
    let (seen, inside) = enter::<InvitationSend>(&app, &request, &slug, Section::People, Once::default()).await?;
    drop(seen);
    let base = &app.roster.settings().public_url;
    Ok(view::html(&Outcomes {
        shell: inside.shell(&inside.words.add_many),
        words: inside.words.clone(),
        base: inside.base.clone(),
        provider,
        rows: rows.into_iter().map(|row| shown(row, base)).collect(),
    }))
}

fn shown(row: Row, base: &str) -> Told {
    let (done, text, link) = match row.outcome {
        Ok(Outcome::Done(Added::Member(member))) if member.joined_at.is_some() => {
            (true, format!("{} is a member.", member.account.name), String::new())
        }
        Ok(Outcome::Done(Added::Member(member))) => (
            true,
            format!("{} is asked to agree at their next sign-in.", member.account.name),
            String::new(),
        ),
        Ok(Outcome::Done(Added::Invited(sent))) => (
            true,
            "Invited. Pass the link on: it is for this account alone.".to_owned(),
            format!("{base}/invitations/{}", sent.link.expose()),
        ),
        Ok(Outcome::Previewed(_)) => (true, String::new(), String::new()),
        Err(error) => (false, error.to_string(), String::new()),
    };
    Told {
        handle: row.handle,
        done,
        text,
        link,
    }
}
