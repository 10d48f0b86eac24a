//! People as a table: all that a list's filters leave, read and sent a page at a time. Its headings are those that adding many
//! people reads, so that what was written here is taken there.

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::Timestamp;
use domain::invitation::Invitation;
use domain::member::Member;
use domain::spreadsheet::guarded;
use futures_util::stream::try_unfold;
use service::Error;
use service::people::{Export, Person};

const KIND: &str = "text/csv; charset=utf-8";
const COLUMNS: [&str; 8] = [
    "name",
    "email",
    "username",
    "role",
    "until",
    "status",
    "joined_at",
    "last_sign_in_at",
];

/// Whether the caller would rather have a table than pages of JSON.
pub fn is_accepted(headers: &HeaderMap, format: Option<&str>) -> bool {
    let accepted = crate::audit_export::Format::accepted(headers) == Some(crate::audit_export::Format::Csv);
    accepted || format == Some("csv")
}

/// Named after the slug of the organization.
pub async fn file(mut export: Export, slug: &str) -> Result<Response, Error> {
    // What is refused is refused before the answer begins.
    let first = export.next().await?;
    let stream = try_unfold((export, Some(first), true), |(mut export, page, begins)| async move {
        let people = match page {
            Some(people) => people,
            None => export.next().await.inspect_err(|error| {
                // The answer ends in the middle, which its reader sees; why is for the log.
                tracing::error!(%error, "an export of people broke off");
            })?,
        };
        if people.is_empty() && !begins {
            return Ok(None);
        }
        let table = Bytes::from(table(&people, begins)?);
        Ok::<_, Error>(Some((table, (export, None, false))))
    });
    let mut response = ([(CONTENT_TYPE, KIND)], Body::from_stream(stream)).into_response();
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"people-{slug}.csv\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

fn table(people: &[Person], begins: bool) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(people.len() * 128);
    let mut writer = csv::Writer::from_writer(&mut out);
    let unwritable = |error: csv::Error| Error::Unexpected(format!("people cannot be written: {error}"));
    if begins {
        writer.write_record(COLUMNS).map_err(unwritable)?;
    }
    for person in people {
        let cells = match person {
            Person::Member(member) => of_member(member),
            Person::Invitation(invitation) => of_invitation(invitation),
        };
        writer.write_record(cells.map(guarded)).map_err(unwritable)?;
    }
    writer.flush().map_err(|error| unwritable(error.into()))?;
    drop(writer);
    Ok(out)
}

fn of_member(member: &Member) -> [String; 8] {
    let account = &member.account;
    [
        account.name.clone(),
        account.email.clone().unwrap_or_default(),
        account.username.clone(),
        member.role.slug.clone(),
        time(member.role_until),
        member.status().name().to_owned(),
        time(member.joined_at),
        time(account.last_sign_in_at),
    ]
}

fn of_invitation(invitation: &Invitation) -> [String; 8] {
    [
        String::new(),
        invitation.email.clone().unwrap_or_default(),
        invitation.username.clone().unwrap_or_default(),
        invitation.role.slug.clone(),
        String::new(),
        "invited".to_owned(),
        String::new(),
        String::new(),
    ]
}

fn time(time: Option<Timestamp>) -> String {
    time.map(|time| time.to_string()).unwrap_or_default()
}
