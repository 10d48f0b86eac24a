//! An organization as a file: out of one, and into one. Both are streams of lines; neither a file nor a report is ever in
//! memory as a whole.

use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::permission::Permission;
use futures_util::StreamExt;
use futures_util::stream::try_unfold;
use serde::Deserialize;
use serde_json::json;
use service::moving::{self, Export, Import, Spool, Spooled};
use service::{Error, OrganizationRef};
use utoipa::ToSchema;

use super::body::Answer;
use super::route::{Access, LINES, Method, Routes};
use crate::App;
use crate::api::address::{Path, Query};
use crate::context::Caller;
use crate::problem::Problem;

const TAG: &str = "Organizations";

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/export"),
        Access::Permission(Permission::OrganizationChangeOwner),
        (TAG, "export_organization", "Export an organization"),
        export,
        |route| {
            route
                .query(&[(
                    "passwords",
                    "true: with hashes of the passwords that the organization may reset; takes a superuser",
                )])
                .answers::<LineBody>(200, "A line for each thing, as docs/moving.md describes them")
                .as_kinds(&[LINES])
        },
    );
    routes.add(
        (Method::Post, "/organizations/import"),
        Access::SignedIn,
        (TAG, "import_organization", "Import an organization"),
        import,
        |route| {
            route
                .query(&[(
                    "organization",
                    "Id or slug of the organization to import into; left out: the one of the file's slug, which takes a \
                     superuser, or the instance policy anyone_may_open",
                )])
                .takes_lines::<LineBody>()
                .answers::<ImportRowBody>(
                    200,
                    "A line for each line of the file once it is on disk, and one of the type summary; of a dry run nothing remains",
                )
                .as_kinds(&[LINES])
                .previews()
        },
    );
}

/// A line of a file, by its type.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the format is domain::moving's")]
struct LineBody {
    r#type: String,
}

/// What became of a line.
#[derive(ToSchema)]
#[expect(dead_code, reason = "says what domain::moving::Row is written as")]
struct ImportRowBody {
    /// From 1.
    line: u64,
    /// What the line says; `summary` or `problem` of the last one.
    r#type: String,
    /// What it names.
    who: String,
    /// created, joined, invited, skipped or refused
    outcome: String,
    /// Why it was refused.
    code: Option<String>,
    detail: Option<String>,
    /// Fields that were not taken although the rest was.
    left_out: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct ExportQuery {
    #[serde(default)]
    passwords: bool,
}

async fn export(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
    Query(query): Query<ExportQuery>,
) -> Answer {
    let export = moving::export(&app.roster, &request, &OrganizationRef::parse(&org), query.passwords).await?;
    Ok(file(export))
}

/// The export as a file that a browser keeps.
pub fn file(export: Export) -> Response {
    let name = format!("attachment; filename=\"{}.jsonl\"", export.slug);
    let stream = try_unfold(export, |mut export| async move {
        match export.next().await {
            Ok(bytes) => Ok(bytes.map(|bytes| (Bytes::from(bytes), export))),
            Err(error) => {
                // The file ends in the middle, which whoever imports it is told; why is for the log.
                tracing::error!(%error, "an export of an organization broke off");
                Err(error)
            }
        }
    });
    let mut response = ([(CONTENT_TYPE, LINES)], HttpBody::from_stream(stream)).into_response();
    if let Ok(name) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    response
}

#[derive(Deserialize)]
struct ImportQuery {
    organization: Option<String>,
}

async fn import(
    State(app): State<App>,
    Caller(mut request): Caller,
    Query(query): Query<ImportQuery>,
    body: HttpBody,
) -> Answer {
    let into = query.organization.filter(|into| !into.is_empty());
    let spool = moving::admit(&app.roster, &request, into.as_deref()).await?;
    let spooled = kept(spool, body).await?;
    // The file may have been on its way for longer than a proof counts.
    request.now = app.roster.now();
    let (header, lines) = spooled.read()?;
    let import = Import::begin(&app.roster, &request, &header, lines, into.as_deref()).await?;
    Ok(report(import, spooled))
}

async fn kept(mut spool: Spool, body: HttpBody) -> Result<Spooled, Problem> {
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::from(moving::cut_off()))?;
        spool.take(&chunk)?;
    }
    Ok(spool.whole()?)
}

/// The file is kept for as long as it is read.
fn report(import: Import, spooled: Spooled) -> Response {
    let stream = futures_util::stream::unfold(Some((import, spooled)), |walking| async move {
        let (mut import, spooled) = walking?;
        let mut out = Vec::new();
        let mut put = |line: &serde_json::Value| {
            out.extend_from_slice(line.to_string().as_bytes());
            out.push(b'\n');
        };
        let goes_on = match import.next().await {
            Ok(rows) if rows.is_empty() => {
                let mut summary = json!(import.tally);
                summary["type"] = json!("summary");
                put(&summary);
                false
            }
            Ok(rows) => {
                for row in rows {
                    put(&json!(row));
                }
                true
            }
            Err(error) => {
                put(&broken_off(error));
                false
            }
        };
        let bytes = Ok::<_, std::convert::Infallible>(Bytes::from(out));
        Some((bytes, goes_on.then_some((import, spooled))))
    });
    ([(CONTENT_TYPE, LINES)], HttpBody::from_stream(stream)).into_response()
}

/// What was told before stays; importing the same file again finishes it.
fn broken_off(error: Error) -> serde_json::Value {
    let problem = Problem::from(error);
    if let Some(cause) = &problem.cause {
        tracing::error!(cause, "an import broke off");
    }
    json!({ "type": "problem", "problem": problem.body() })
}
