//! Hundreds of people at once: lines in, a check of each, then a result for each as soon as it is on disk.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::multipart::Multipart;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use axum::routing::{get, post};
use domain::Refusal;
use domain::permission::{MemberView, Permission};
use domain::role::Role;
use futures_util::StreamExt;
use serde::Deserialize;
use service::{Error, Request};

use crate::App;
use crate::console::address::Path;
use crate::console::bulk_line::{Act, Line, run};
use crate::console::form::Form;
use crate::console::inside::{Inside, enter};
use crate::console::part::{self, counted};
use crate::console::refusal::Page;
use crate::console::rows::{self, Row};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::bulk::{Check, CheckedRow, Outcome, Start};
use crate::page::form::{Choice, Errors};
use crate::page::shell::Section;
use crate::problem::Problem;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/people/bulk", get(start).post(check))
        .route("/o/{organization}/people/bulk/run", post(carry_out))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pasted {
    act: String,
    lines: String,
    role: String,
}

impl Pasted {
    fn act(&self) -> Act {
        if self.act == Act::Create.name() {
            Act::Create
        } else {
            Act::Invite
        }
    }
}

/// What the pages need to know of the organization.
struct Place {
    inside: Inside,
    roles: Vec<Role>,
    acts: Vec<Act>,
}

async fn place(app: &App, request: &Request, slug: &str, shown: Once) -> Result<Place, Page> {
    let (mut seen, inside) = enter::<MemberView>(app, request, slug, Section::People, shown).await?;
    let grants = &seen.actor().grants;
    let acts: Vec<Act> = [Act::Invite, Act::Create]
        .into_iter()
        .filter(|act| grants.has(act.permission()))
        .collect();
    if acts.is_empty() {
        return Err(Refusal::Forbidden {
            permission: Permission::InvitationSend,
        }
        .into());
    }
    let roles = service::role::assignable(&mut seen, true).await?;
    Ok(Place { inside, roles, acts })
}

async fn start(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    let place = place(&app, &request, &slug, shown).await?;
    Ok(view::html(&start_page(&place, Pasted::default(), Errors::none())))
}

fn start_page(place: &Place, pasted: Pasted, errors: Errors) -> Start {
    let chosen = pasted.act();
    let acts = place.acts.iter().map(|act| {
        let choice = match act {
            Act::Invite => {
                Choice::new(act.name(), "Invite them").hint("Everybody gets a link of their own and sets a password.")
            }
            Act::Create => Choice::new(act.name(), "Create accounts").hint("You get a temporary password for each."),
        };
        choice.selected(*act == chosen || place.acts.len() == 1)
    });
    Start {
        shell: place.inside.shell("Add many people"),
        base: place.inside.base.clone(),
        errors,
        lines: pasted.lines,
        acts: acts.collect(),
        roles: part::role_choices(&place.roles, &pasted.role),
        limit: rows::MOST,
    }
}

async fn check(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    multipart: Multipart,
) -> Answer {
    let (mut pasted, file) = received(multipart).await?;
    let place = place(&app, &request, &slug, Once::default()).await?;
    let field = match file {
        Some(Ok(text)) => {
            pasted.lines = text;
            "file"
        }
        Some(Err(problem)) => {
            return Ok(view::again(&start_page(
                &place,
                pasted,
                Errors::none().with("file", problem),
            )));
        }
        None => "lines",
    };
    let act = pasted.act();
    let found = match read(&pasted, &place.roles) {
        Ok(found) => found,
        Err(problem) => {
            return Ok(view::again(&start_page(
                &place,
                pasted,
                Errors::none().with(field, problem),
            )));
        }
    };
    let results = run(&app, &request.with_dry_run(true), &slug, act, &found).await?;
    let results: Vec<Line> = results.collect().await;
    Ok(view::html(&check_page(&place, act, &found, &results)?))
}

/// The fields of the form, and the file if one was chosen: its text, or why it has none.
async fn received(mut multipart: Multipart) -> Result<(Pasted, Option<Result<String, String>>), Page> {
    let malformed = |error: axum::extract::multipart::MultipartError| {
        Page::of(Problem::new(error.status(), "malformed", error.body_text()))
    };
    let (mut pasted, mut file) = (Pasted::default(), None);
    while let Some(field) = multipart.next_field().await.map_err(malformed)? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(malformed)?;
        if name == "file" {
            if !bytes.is_empty() {
                let text = String::from_utf8(bytes.to_vec());
                file = Some(text.map_err(|_| {
                    "The file is no text in UTF-8. Save it as CSV in UTF-8, then choose it again.".to_owned()
                }));
            }
            continue;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match name.as_str() {
            "act" => pasted.act = text,
            "lines" => pasted.lines = text,
            "role" => pasted.role = text,
            _ => {}
        }
    }
    Ok((pasted, file))
}

fn read(pasted: &Pasted, roles: &[Role]) -> Result<Vec<Row>, String> {
    let found = rows::parse(&pasted.lines)?;
    pasted.act().takes(&found)?;
    Ok(named_roles(found, roles, &pasted.role))
}

/// Roles may be written by what they are called; whoever names none gets the usual one.
fn named_roles(mut found: Vec<Row>, roles: &[Role], usual: &str) -> Vec<Row> {
    for row in &mut found {
        let written = row.role.to_lowercase();
        let known = roles
            .iter()
            .find(|role| role.slug == written || role.name.to_lowercase() == written);
        match known {
            Some(role) => row.role.clone_from(&role.slug),
            None if row.role.is_empty() => usual.clone_into(&mut row.role),
            None => {}
        }
    }
    found
}

fn check_page(place: &Place, act: Act, found: &[Row], results: &[Line]) -> Result<Check, Page> {
    let label = |slug: &str| {
        place
            .roles
            .iter()
            .find(|role| role.slug == slug)
            .map_or(slug, |role| role.name.as_str())
            .to_owned()
    };
    let checked = found.iter().zip(results).map(|(row, result)| CheckedRow {
        line: row.line,
        email: row.email.clone(),
        name: row.name.clone(),
        username: row.username.clone(),
        role: match row.until {
            Some(until) => format!("{} until {}", label(&row.role), place.inside.time(until).text),
            None => label(&row.role),
        },
        problem: if result.done {
            String::new()
        } else {
            result.text.clone()
        },
        outcome: if result.done {
            result.text.clone()
        } else {
            String::new()
        },
    });
    let good: Vec<Row> = found
        .iter()
        .zip(results)
        .filter(|(_, result)| result.done)
        .map(|(row, _)| row.clone())
        .collect();
    let lines = rows::written(&good).map_err(|error| Page::from(Error::Unexpected(error)))?;
    let people = counted(good.len(), "person", "people");
    Ok(Check {
        shell: place.inside.shell("Check the lines"),
        base: place.inside.base.clone(),
        rows: checked.collect(),
        good: good.len(),
        bad: found.len() - good.len(),
        hidden: vec![("act".to_owned(), act.name().to_owned()), ("lines".to_owned(), lines)],
        submit: match act {
            Act::Invite => format!("Invite {people}"),
            Act::Create => format!("Create {}", counted(good.len(), "account", "accounts")),
        },
        create: act == Act::Create,
    })
}

async fn carry_out(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    headers: HeaderMap,
    Form(pasted): Form<Pasted>,
) -> Answer {
    let place = place(&app, &request, &slug, Once::default()).await?;
    let act = pasted.act();
    let found = match read(&pasted, &place.roles) {
        Ok(found) => found,
        Err(problem) => {
            return Ok(view::again(&start_page(
                &place,
                pasted,
                Errors::none().with("lines", problem),
            )));
        }
    };
    let results = run(&app, &request, &slug, act, &found).await?;
    let streamed = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("x-ndjson"));
    if streamed {
        let lines = results.map(|line| {
            let mut text = serde_json::to_vec(&line).unwrap_or_default();
            text.push(b'\n');
            Ok::<_, Infallible>(Bytes::from(text))
        });
        let mut response = Response::new(Body::from_stream(lines));
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
        return Ok(response);
    }
    let results: Vec<Line> = results.collect().await;
    let done = results.iter().filter(|line| line.done).count();
    let page = Outcome {
        shell: place.inside.shell("What became of them"),
        base: place.inside.base.clone(),
        failed: results.len() - done,
        done,
        rows: results.into_iter().map(Line::shown).collect(),
        create: act == Act::Create,
    };
    Ok(view::html(&page))
}
