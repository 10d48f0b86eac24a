//! Hundreds of people at once: lines in, a check of each, then a result for each as soon as it is on disk.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::multipart::Multipart;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Form, Router};
use domain::Refusal;
use domain::effect::{Kind, Preview};
use domain::invitation::DeliveryState;
use domain::permission::{InvitationSend, MemberManage, MemberView, Permission};
use domain::role::Role;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use service::invitation::{NewInvitation, Sent};
use service::member::creation::{Created, NewPerson};
use service::{Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::inside::{Inside, enter};
use crate::console::part::{self, counted, filled};
use crate::console::refusal::Page;
use crate::console::rows::{self, Row};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::bulk::{Check, CheckedRow, Outcome as Result_, ResultRow, Start};
use crate::page::form::{Choice, Errors};
use crate::page::shell::Section;
use crate::problem::Problem;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/people/bulk", get(start).post(check))
        .route("/o/{organization}/people/bulk/run", post(carry_out))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Invite,
    Create,
}

impl Act {
    const fn name(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Create => "create",
        }
    }

    const fn permission(self) -> Permission {
        match self {
            Self::Invite => Permission::InvitationSend,
            Self::Create => Permission::MemberManage,
        }
    }
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
    let found = match rows::parse(&pasted.lines) {
        Ok(found) => named_roles(found, &place.roles, &pasted.role),
        Err(problem) => {
            return Ok(view::again(&start_page(
                &place,
                pasted,
                Errors::none().with(field, problem),
            )));
        }
    };
    let act = pasted.act();
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
        role: label(&row.role),
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
    let found = match rows::parse(&pasted.lines) {
        Ok(found) => named_roles(found, &place.roles, &pasted.role),
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
    let page = Result_ {
        shell: place.inside.shell("What became of them"),
        base: place.inside.base.clone(),
        failed: results.len() - done,
        done,
        rows: results.into_iter().map(Line::shown).collect(),
        create: act == Act::Create,
    };
    Ok(view::html(&page))
}

/// What became of one line, or would.
#[derive(Serialize)]
struct Line {
    line: usize,
    who: String,
    done: bool,
    text: String,
    temporary_password: Option<String>,
}

impl Line {
    fn shown(self) -> ResultRow {
        ResultRow {
            line: self.line,
            who: self.who,
            done: self.done,
            text: self.text,
            temporary_password: self.temporary_password.unwrap_or_default(),
        }
    }
}

async fn run(
    app: &App,
    request: &Request,
    slug: &str,
    act: Act,
    found: &[Row],
) -> Result<BoxStream<'static, Line>, Page> {
    let (roster, organization) = (app.roster.clone(), OrganizationRef::parse(slug));
    let who: Vec<(usize, String)> = found
        .iter()
        .map(|row| {
            (
                row.line,
                if row.email.is_empty() {
                    row.username.clone()
                } else {
                    row.email.clone()
                },
            )
        })
        .collect();
    let public_url = app.roster.settings().public_url.clone();
    Ok(match act {
        Act::Invite => {
            drop(app.roster.see::<InvitationSend>(request, &organization).await?);
            let rows = found.iter().map(|row| NewInvitation {
                email: filled(&row.email),
                username: filled(&row.username),
                role: filled(&row.role),
                ..NewInvitation::default()
            });
            let stream = service::bulk::invite(roster, request.clone(), organization, rows.collect()).await?;
            stream
                .map(move |row| line(&who, row.number, row.outcome.map(|sent| invited(sent, &public_url))))
                .boxed()
        }
        Act::Create => {
            drop(app.roster.see::<MemberManage>(request, &organization).await?);
            let rows = found.iter().map(|row| NewPerson {
                name: row.name.clone(),
                email: filled(&row.email),
                username: filled(&row.username),
                role: filled(&row.role),
                ..NewPerson::default()
            });
            let stream = service::bulk::create(roster, request.clone(), organization, rows.collect()).await?;
            stream
                .map(move |row| line(&who, row.number, row.outcome.map(created)))
                .boxed()
        }
    })
}

fn line(who: &[(usize, String)], number: usize, outcome: service::Result<(String, Option<String>)>) -> Line {
    let (line, who) = who.get(number.saturating_sub(1)).cloned().unwrap_or_default();
    match outcome {
        Ok((text, temporary_password)) => Line {
            line,
            who,
            done: true,
            text,
            temporary_password,
        },
        Err(error) => Line {
            line,
            who,
            done: false,
            text: told(error),
            temporary_password: None,
        },
    }
}

/// A line's own problem in its words; one of the server's in few.
fn told(error: Error) -> String {
    match error {
        error @ (Error::Invalid(_) | Error::Refused(_)) => part::problem(error).unwrap_or_default(),
        other => {
            tracing::warn!(error = ?other, "a line of many failed");
            other.to_string()
        }
    }
}

fn invited(sent: Outcome<Sent>, public_url: &str) -> (String, Option<String>) {
    let text = match sent {
        Outcome::Previewed(_) => "Will be invited".to_owned(),
        // Where no mail goes out, this is the only time the link can be had.
        Outcome::Done(sent) if sent.invitation.delivery.state == DeliveryState::None => {
            format!("Invited. Hand on {public_url}/invitations/{}", sent.link.expose())
        }
        Outcome::Done(_) => "Invited by mail".to_owned(),
    };
    (text, None)
}

fn created(created: Outcome<Created>) -> (String, Option<String>) {
    match created {
        Outcome::Previewed(preview) => (foreseen(&preview).to_owned(), None),
        Outcome::Done(created) => match created.temporary_password {
            Some(password) => {
                let text = format!("Account created: {}", created.member.account.username);
                (text, Some(password.expose_secret().to_owned()))
            }
            None if created.member.joined_at.is_none() => ("Has an account already; must agree first".to_owned(), None),
            None => ("Has an account already; is a member now".to_owned(), None),
        },
    }
}

fn foreseen(preview: &Preview) -> &'static str {
    if preview.counts.contains_key(Kind::AccountCreated.name()) {
        "Gets an account"
    } else if preview.counts.contains_key(Kind::Seat.name()) {
        "Has an account already; becomes a member"
    } else {
        "Has an account already; will be asked to agree"
    }
}
