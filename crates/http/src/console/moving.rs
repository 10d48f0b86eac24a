//! Importing an organization at the console: a file is taken in as it comes, tried, shown, and carried out if that is wanted.

use axum::Router;
use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, REFRESH};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::stream::try_unfold;
use serde::Deserialize;
use service::moving::{self, Seen, Spooled};
use service::{Error, OrganizationRef};

use crate::App;
use crate::api::moving::file;
use crate::console::address::{Path, Query};
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::form::Errors;
use crate::page::moving::{Counts, Row, Show, Stage, Start};
use crate::page::shell::Section;
use crate::problem::Problem;

pub fn router() -> Router<App> {
    let take = post(check).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/organizations/import", get(start).merge(take))
        .route("/organizations/import/{id}", get(show))
        .route("/organizations/import/{id}/run", post(run))
        .route("/organizations/import/{id}/report", get(report))
        .route("/o/{organization}/export", get(export))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    passwords: bool,
}

async fn export(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer {
    let export = moving::export(&app.roster, &request, &OrganizationRef::parse(&slug), asked.passwords).await?;
    Ok(file(export))
}

async fn start(State(app): State<App>, Person(request): Person, shown: Once) -> Answer {
    request.proved()?;
    Ok(view::html(
        &start_page(&app, &request, String::new(), Errors::none(), shown).await?,
    ))
}

async fn start_page(
    app: &App,
    request: &service::Request,
    into: String,
    errors: Errors,
    shown: Once,
) -> Result<Start, Page> {
    let mut shell = view::shell(app, Some(request), "Import organization", shown).await?;
    shell.current = Some(Section::Organizations);
    let may_open = app.roster.may_open(request).await?;
    Ok(Start {
        shell,
        errors,
        into,
        may_open,
    })
}

async fn check(State(app): State<App>, Person(mut request): Person, mut multipart: Multipart) -> Answer {
    let mut into = String::new();
    while let Some(field) = multipart.next_field().await.map_err(malformed)? {
        if field.name() != Some("file") {
            // The one field before the file; the form has it there.
            let text = short(field).await?;
            text.trim().clone_into(&mut into);
            continue;
        }
        let name = field.file_name().map(str::to_owned);
        // So a browser sends a field that no file was chosen for.
        if name.as_deref() == Some("") {
            continue;
        }
        let name = name.unwrap_or_default();
        let wanted = Some(into.as_str()).filter(|into| !into.is_empty());
        let begun = match kept(&app, &request, field, wanted).await {
            Ok(spooled) => {
                // It may have been on its way for longer than a proof counts.
                request.now = app.roster.now();
                app.roster.try_import(&request, spooled, &name, wanted)
            }
            Err(error) => Err(error),
        };
        return match begun {
            Ok(id) => Ok(view::go(&format!("/organizations/import/{id}"), None)),
            Err(error) => again(&app, &request, into, error).await,
        };
    }
    let errors = Errors::none().with("file", "Choose a file.");
    Ok(view::again(
        &start_page(&app, &request, into, errors, Once::default()).await?,
    ))
}

async fn again(app: &App, request: &service::Request, into: String, error: Error) -> Answer {
    let field = match &error {
        Error::Refused(domain::Refusal::NotImportable(_)) => "file",
        Error::Refused(domain::Refusal::NotFound { .. } | domain::Refusal::SuperuserOnly) => "into",
        _ => return Err(error.into()),
    };
    let text = match &error {
        Error::Refused(domain::Refusal::SuperuserOnly) => {
            "Name an organization of yours: only superusers open new ones here.".to_owned()
        }
        Error::Refused(domain::Refusal::NotFound { .. }) => "There is no organization of that name.".to_owned(),
        error => error.to_string(),
    };
    let errors = Errors::none().with(field, text);
    Ok(view::again(
        &start_page(app, request, into, errors, Once::default()).await?,
    ))
}

async fn short(mut field: Field<'_>) -> Result<String, Page> {
    let mut text = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(malformed)? {
        let room = 100_usize.saturating_sub(text.len());
        text.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

async fn kept(
    app: &App,
    request: &service::Request,
    mut field: Field<'_>,
    into: Option<&str>,
) -> Result<Spooled, Error> {
    let mut spool = moving::admit(&app.roster, request, into).await?;
    while let Some(chunk) = field.chunk().await.map_err(|_| moving::cut_off())? {
        spool.take(&chunk)?;
    }
    spool.whole()
}

fn malformed(error: MultipartError) -> Page {
    Page::of(Problem::new(error.status(), "malformed", error.body_text()))
}

async fn show(State(app): State<App>, Person(request): Person, Path(id): Path<String>, shown: Once) -> Answer {
    let seen = app.roster.watch_import(&request, &id)?;
    let mut shell = view::shell(&app, Some(&request), "Import organization", shown).await?;
    shell.current = Some(Section::Organizations);
    let page = Show {
        shell,
        id: id.clone(),
        name: if seen.name.is_empty() {
            "A file".to_owned()
        } else {
            seen.name.clone()
        },
        organization: seen.organization.clone(),
        stage: match seen.stage {
            moving::Stage::Checking => Stage::Checking,
            moving::Stage::Checked => Stage::Checked,
            moving::Stage::Running => Stage::Running,
            moving::Stage::Done => Stage::Done,
        },
        counts: counts(&seen),
        rows: seen.amiss.iter().map(row).collect(),
        has_more: seen.has_more,
        failure: seen.failure.clone().unwrap_or_default(),
    };
    let mut response = view::html(&page);
    if page.is_busy() {
        // Without script, too.
        response.headers_mut().insert(REFRESH, HeaderValue::from_static("2"));
    }
    Ok(response)
}

fn counts(seen: &Seen) -> Counts {
    let tally = &seen.tally;
    Counts {
        lines: grouped(tally.lines),
        created: grouped(tally.created),
        joined: grouped(tally.joined),
        invited: grouped(tally.invited),
        skipped: grouped(tally.skipped),
        refused: grouped(tally.refused),
    }
}

/// `1,234,567`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn row(row: &domain::moving::Row) -> Row {
    Row {
        line: row.line,
        what: format!("{} {}", row.kind.replace('_', " "), row.who).trim().to_owned(),
        refused: row.outcome == domain::moving::Outcome::Refused,
        text: match &row.fault {
            Some(fault) => fault.detail.clone(),
            None => format!("Taken without {}", row.left_out.join(", ").replace('_', " ")),
        },
    }
}

async fn run(State(app): State<App>, Person(request): Person, Path(id): Path<String>) -> Answer {
    request.proved()?;
    app.roster.carry_out_import(&request, &id)?;
    Ok(view::go(&format!("/organizations/import/{id}"), None))
}

async fn report(State(app): State<App>, Person(request): Person, Path(id): Path<String>) -> Answer {
    app.roster.watch_import(&request, &id)?;
    let stream = try_unfold((app, request, id, 0_u64), |(app, request, id, from)| async move {
        let bytes = app.roster.import_report(&request, &id, from)?;
        let next = from + u64::try_from(bytes.len()).unwrap_or_default();
        let more = (!bytes.is_empty()).then(|| Bytes::from(bytes));
        Ok::<_, Error>(more.map(|bytes| (bytes, (app, request, id, next))))
    });
    let mut response: Response = ([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(stream)).into_response();
    let name = HeaderValue::from_static("attachment; filename=\"import-report.jsonl\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
