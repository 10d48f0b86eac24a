//! `export` and `import`: an organization as a file.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::newcomer::{self, Newcomer};
use super::output::{self, printable, text};
use super::{Connection, Preview, name, saving, whole};

#[derive(Args)]
pub struct Export {
    #[command(flatten)]
    pub connection: Connection,
    /// Slug or id of the organization
    #[arg(value_parser = name)]
    organization: String,
    /// Where to save it; - writes it to standard output
    file: String,
    /// With hashes of the passwords that the organization may reset; takes a superuser
    #[arg(long)]
    with_passwords: bool,
}

#[derive(Args)]
pub struct Import {
    #[command(flatten)]
    pub connection: Connection,
    /// The file
    file: PathBuf,
    /// Slug or id of the organization to import into, instead of the one that the file names
    #[arg(long, visible_alias = "organization", value_parser = name, value_name = "NAME")]
    into: Option<String>,
    #[command(flatten)]
    newcomer: Newcomer,
    #[command(flatten)]
    preview: Preview,
}

pub async fn export(context: &mut Context<'_>, verb: Export) -> Result<(), Failure> {
    let mut call = Call::get(format!("/organizations/{}/export", verb.organization)).long();
    if verb.with_passwords {
        call = call.query("passwords", "true");
    }
    let response = context.api.open(call).await?;
    saving::save(context, response, &verb.file).await
}

/// Rows between one word of progress and the next.
const GRAIN: u64 = 50_000;

pub async fn import(context: &mut Context<'_>, verb: Import) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| Failure::usage(format!("{} cannot be read: {error}", verb.file.display()));
    // What was made of another product's export names its organization itself, which may have to be opened.
    let (file, into) = match (verb.newcomer.from, &verb.into) {
        (Some(from), Some(slug)) => {
            let made = newcomer::converted(context, from, &verb.newcomer, &verb.file, slug).await?;
            let is_there = is_there(context, slug).await;
            (tokio::fs::File::from_std(made), verb.into.as_ref().filter(|_| is_there))
        }
        _ => {
            let file = std::fs::File::open(&verb.file).map_err(unreadable)?;
            let file = whole::whole(file, &verb.file).await?;
            (tokio::fs::File::from_std(file), verb.into.as_ref())
        }
    };
    let length = file.metadata().await.map_err(unreadable)?.len();
    let is_preview = verb.preview.dry_run;
    let mut call = Call::new(reqwest::Method::POST, "/organizations/import")
        .query_if("organization", into)
        .long();
    if is_preview {
        call = call.query("dry_run", "true");
    }
    context.note(format!("Sending {length} bytes …"));
    let sent = context.api.send_file(call, file).await;
    let mut response = sent.map_err(|failure| with_the_way_in(failure, verb.into.is_some()))?;
    let mut report = Report::default();
    let mut rest: Vec<u8> = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| context.api.lost(&error))? {
        rest.extend_from_slice(&chunk);
        let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else {
            continue;
        };
        let lines: Vec<u8> = rest.drain(..=end).collect();
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            report.take(context, line)?;
        }
    }
    report.end(context, is_preview)
}

/// Whoever may not see it is told so by the import.
async fn is_there(context: &Context<'_>, slug: &str) -> bool {
    let call = Call::get(format!("/organizations/{slug}"));
    context.api.call(call).await.is_ok()
}

/// Who may not open organizations may import into one that they manage, which has to be named.
fn with_the_way_in(failure: Failure, is_named: bool) -> Failure {
    match failure {
        Failure::Refused(mut problem) if problem.code() == "superuser_required" && !is_named => {
            problem.hint = Some("To import into an organization that is there, name it with --into");
            Failure::Refused(problem)
        }
        failure => failure,
    }
}

#[derive(Default)]
struct Report {
    rows: u64,
    summary: Option<Value>,
}

impl Report {
    fn take(&mut self, context: &mut Context<'_>, line: &[u8]) -> Result<(), Failure> {
        let row: Value = serde_json::from_slice(line).map_err(|_| {
            Failure::Tried("The answer was cut off. Import the file again: what is there is skipped.".to_owned())
        })?;
        match text(&row, &["type"]).as_str() {
            "summary" => {
                self.summary = Some(row);
                return Ok(());
            }
            "problem" => {
                let detail = text(&row, &["problem", "detail"]);
                return Err(Failure::Tried(format!(
                    "The import broke off: {detail} Import the file again: what is there is skipped."
                )));
            }
            _ => {}
        }
        self.rows += 1;
        if context.is_json() {
            context.say(output::json_line(&row));
        } else if let Some(words) = words(&row) {
            context.say(words);
        }
        if self.rows.is_multiple_of(GRAIN) {
            context.note(format!("{} lines so far", self.rows));
        }
        Ok(())
    }

    fn end(self, context: &mut Context<'_>, is_preview: bool) -> Result<(), Failure> {
        let Some(summary) = self.summary else {
            return Err(Failure::Tried(
                "The answer was cut off. Import the file again: what is there is skipped.".to_owned(),
            ));
        };
        let count = |name: &str| summary[name].as_u64().unwrap_or_default();
        if context.is_json() {
            context.say(output::json_line(&summary));
        } else {
            let would = if is_preview { "It would be: " } else { "" };
            context.say(format!(
                "{would}{} created, {} joined, {} invited, {} skipped, {} refused.",
                count("created"),
                count("joined"),
                count("invited"),
                count("skipped"),
                count("refused")
            ));
        }
        let number = |lines: u64| usize::try_from(lines).unwrap_or(usize::MAX);
        Failure::of_many(number(count("refused")), number(self.rows), is_preview)
    }
}

/// What a person wants to know of a row: nothing of one that went as it should.
fn words(row: &Value) -> Option<String> {
    let place = format!("line {}, {} {}", row["line"], text(row, &["type"]), text(row, &["who"]));
    let left_out: Vec<&str> = row["left_out"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let detail = match (row["detail"].as_str(), left_out.as_slice()) {
        (Some(detail), _) => detail.to_owned(),
        (None, []) => return None,
        (None, fields) => format!("without {}", fields.join(", ")),
    };
    Some(printable(&format!("{place}: {detail}")))
}
