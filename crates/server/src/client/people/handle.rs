//! `people add-by-handle`: by what people are called on a host of repositories.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::client::Preview;
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output::{json as written, printable, table, text};

#[derive(Args)]
pub struct AddByHandle {
    /// Handles there; capital letters count
    #[arg(required = true)]
    handle: Vec<String>,
    /// The host, whose account you have connected in your profile
    #[arg(long)]
    provider: Host,
    /// Role of all of them
    #[arg(long, default_value = "member")]
    role: String,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Handles {
    /// The host, whose account you have connected in your profile
    #[arg(long)]
    provider: Host,
    /// Part of a handle or a name
    #[arg(long)]
    query: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Host {
    Github,
    Bitbucket,
}

impl Host {
    const fn word(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Bitbucket => "bitbucket",
        }
    }
}

pub async fn add(context: &mut Context<'_>, verb: AddByHandle) -> Result<(), Failure> {
    let path = format!("/organizations/{}/members/by-handle", context.organization().await?);
    let body = json!({"provider": verb.provider.word(), "handles": verb.handle, "role": verb.role});
    let mut call = Call::post(path, body);
    if verb.preview.dry_run {
        call = call.query("dry_run", "true");
    }
    let answer = context.api.call(call).await?;
    let items: Vec<Value> = answer["items"].as_array().cloned().unwrap_or_default();
    let lines: Vec<String> = items.iter().map(outcome).collect();
    context.show(&answer, lines.join("\n"));
    let refused = items.iter().filter(|item| !item["problem"].is_null()).count();
    if verb.preview.dry_run {
        context.note("Nothing has been changed.");
    }
    Failure::of_many(refused, items.len(), verb.preview.dry_run)
}

fn outcome(item: &Value) -> String {
    let handle = printable(&text(item, &["handle"]));
    if !item["problem"].is_null() {
        return format!("{handle}: {}", printable(&text(item, &["problem", "detail"])));
    }
    let link = printable(&text(item, &["link"]));
    match text(item, &["member", "status"]).as_str() {
        "" if link.is_empty() => format!("{handle} can be added"),
        "" => format!("{handle} is invited: {link}"),
        "awaiting_consent" => format!("{handle} is asked to agree"),
        _ => format!("{handle} is a member"),
    }
}

pub async fn list(context: &mut Context<'_>, verb: Handles) -> Result<(), Failure> {
    let path = format!("/organizations/{}/handles", context.organization().await?);
    let call = Call::get(path)
        .query("provider", verb.provider.word())
        .query_if("query", verb.query.as_ref());
    let answer = context.api.call(call).await?;
    if context.is_json() {
        context.say(written(&answer));
        return Ok(());
    }
    let rows: Vec<Vec<String>> = answer["items"].as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        context.note("Nobody was seen with access to the repositories of your projects.");
        return Ok(());
    }
    context.say(table(&["HANDLE", "NAME", "ACCESS", "REPOSITORIES", "MEMBER"], rows));
    Ok(())
}

fn row(item: &Value) -> Vec<String> {
    let is_member = item["member"] == Value::Bool(true);
    vec![
        text(item, &["handle"]),
        text(item, &["name"]),
        text(item, &["access"]),
        text(item, &["repositories"]),
        if is_member { "yes" } else { "no" }.to_owned(),
    ]
}
