//! The audit log as a file: all that matches, read and sent some entries at a time, so that its length costs no memory. Who
//! goes away drops the stream, and with it the work.

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::audit::Entry;
use domain::spreadsheet::guarded;
use futures_util::stream::try_unfold;
use serde_json::Value;
use service::Error;
use service::audit::Export;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table for people. It holds no salts: what verifies is the other one.
    Csv,
    /// A line for each entry, with all that verifying takes.
    Lines,
    /// The same as one JSON array.
    Json,
}

impl Format {
    /// What a caller accepts besides pages of JSON.
    pub fn accepted(headers: &HeaderMap) -> Option<Self> {
        let accept = headers.get(axum::http::header::ACCEPT)?.to_str().ok()?;
        let kinds = accept
            .split(',')
            .map(|kind| kind.split(';').next().unwrap_or_default().trim());
        kinds.into_iter().find_map(|kind| match kind {
            "text/csv" => Some(Self::Csv),
            "application/x-ndjson" => Some(Self::Lines),
            _ => None,
        })
    }

    pub fn named(ending: &str) -> Option<Self> {
        [Self::Csv, Self::Lines, Self::Json]
            .into_iter()
            .find(|format| format.ending() == ending)
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Lines => "ndjson",
            Self::Json => "json",
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Lines => "application/x-ndjson",
            Self::Json => "application/json",
        }
    }
}

/// Where the stream is.
struct Sending {
    export: Export,
    format: Format,
    /// Whether anything was sent before.
    begun: bool,
    ended: bool,
}

/// Named after the slug of its organization, or after the instance.
pub fn file(export: Export, format: Format, whose: &str) -> Response {
    let sending = Sending {
        export,
        format,
        begun: false,
        ended: false,
    };
    let stream = try_unfold(sending, |mut sending| async move {
        match sending.next().await {
            Ok(chunk) => Ok(chunk.map(|chunk| (chunk, sending))),
            Err(error) => {
                // The answer ends in the middle, which its reader sees; why is for the log.
                tracing::error!(%error, "an export of the audit log broke off");
                Err(error)
            }
        }
    });
    let mut response = ([(CONTENT_TYPE, format.kind())], Body::from_stream(stream)).into_response();
    let name = format!("attachment; filename=\"audit-log-{whose}.{}\"", format.ending());
    if let Ok(name) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    response
}

impl Sending {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        if self.ended {
            return Ok(None);
        }
        let entries = self.export.next().await?;
        let mut chunk = Vec::with_capacity(entries.len() * 1_024);
        let first = !std::mem::replace(&mut self.begun, true);
        self.ended = entries.is_empty();
        match self.format {
            Format::Csv => table(&mut chunk, &entries, first)?,
            Format::Lines => lines(&mut chunk, &entries)?,
            Format::Json => array(&mut chunk, &entries, first, self.ended)?,
        }
        Ok(Some(Bytes::from(chunk)).filter(|chunk| !chunk.is_empty()))
    }
}

fn lines(out: &mut Vec<u8>, entries: &[Entry]) -> Result<(), Error> {
    for entry in entries {
        serde_json::to_writer(&mut *out, entry).map_err(unwritable)?;
        out.push(b'\n');
    }
    Ok(())
}

fn array(out: &mut Vec<u8>, entries: &[Entry], first: bool, last: bool) -> Result<(), Error> {
    if first {
        out.push(b'[');
    }
    for (place, entry) in entries.iter().enumerate() {
        out.extend_from_slice(if first && place == 0 { b"\n" } else { b",\n" });
        serde_json::to_writer(&mut *out, entry).map_err(unwritable)?;
    }
    if last {
        out.extend_from_slice(b"\n]\n");
    }
    Ok(())
}

const COLUMNS: [&str; 17] = [
    "number",
    "at",
    "actor_type",
    "actor_id",
    "actor_name",
    "action",
    "target_type",
    "target_id",
    "target_name",
    "before",
    "after",
    "address",
    "medium",
    "request_id",
    "id",
    "chain",
    "hash",
];

fn table(out: &mut Vec<u8>, entries: &[Entry], first: bool) -> Result<(), Error> {
    let mut writer = csv::Writer::from_writer(out);
    if first {
        writer.write_record(COLUMNS).map_err(unwritable)?;
    }
    for entry in entries {
        let cells = [
            entry.number.to_string(),
            entry.at.to_string(),
            entry.actor.kind.clone(),
            entry.actor.id.clone(),
            entry.actor.name.clone(),
            entry.action.clone(),
            entry.target.kind.clone(),
            entry.target.id.clone(),
            entry.target.name.clone(),
            state(&entry.before),
            state(&entry.after),
            entry.address.clone(),
            entry.medium.clone(),
            entry.request_id.clone(),
            entry.id.to_string(),
            entry.chain.to_string(),
            entry.hash.to_string(),
        ];
        writer.write_record(cells.map(guarded)).map_err(unwritable)?;
    }
    writer.flush().map_err(unwritable)
}

fn state(state: &Value) -> String {
    if state.is_null() {
        String::new()
    } else {
        state.to_string()
    }
}

fn unwritable(error: impl std::fmt::Display) -> Error {
    Error::Unexpected(format!("an entry of the audit log cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_what_is_accepted() {
        let accepted = |kind: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(axum::http::header::ACCEPT, HeaderValue::from_str(kind).unwrap());
            Format::accepted(&headers)
        };
        assert_eq!(accepted("text/csv"), Some(Format::Csv));
        assert_eq!(accepted("application/x-ndjson; q=1, */*"), Some(Format::Lines));
        assert_eq!(accepted("application/json"), None);
        assert_eq!(accepted("*/*"), None);
    }
}
