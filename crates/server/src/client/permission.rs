//! `permission`: the catalogue of an organization, and an application's own part of it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::Preview;
use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{printable, table, text};

#[derive(Subcommand)]
pub enum Verb {
    /// List every permission there is
    List(List),
    /// Declare an application's permissions, all of them, from a JSON file
    Register(Register),
}

#[derive(Args)]
pub struct List {
    /// Only those whose name or description contains this
    #[arg(long, value_name = "TEXT")]
    query: Option<String>,
}

#[derive(Args)]
pub struct Register {
    /// A file with {"application": …, "permissions": [{"name", "applies_to", "module", "description", "carries"}]}
    file: PathBuf,
    #[command(flatten)]
    preview: Preview,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List(verb) => list(context, verb).await,
        Verb::Register(verb) => register(context, verb).await,
    }
}

async fn list(context: &mut Context<'_>, verb: List) -> Result<(), Failure> {
    let path = format!("/organizations/{}/permissions", context.organization().await?);
    let answer = context.api.call(Call::get(path)).await?;
    let needle = verb.query.unwrap_or_default().to_lowercase();
    let found = |item: &&Value| {
        let told = format!("{} {}", text(item, &["name"]), text(item, &["description"]));
        told.to_lowercase().contains(&needle)
    };
    let items = answer["items"].as_array().into_iter().flatten().filter(found);
    let rows = items.map(|item| {
        ["name", "applies_to", "module", "application", "description"]
            .iter()
            .map(|key| text(item, &[key]))
            .collect()
    });
    let shown = table(
        &["NAME", "APPLIES TO", "MODULE", "APPLICATION", "DESCRIPTION"],
        rows.collect(),
    );
    context.show(&answer, shown);
    Ok(())
}

async fn register(context: &mut Context<'_>, verb: Register) -> Result<(), Failure> {
    let shown = verb.file.display().to_string();
    let source = std::fs::read_to_string(&verb.file)
        .map_err(|error| Failure::usage(format!("{shown} cannot be read: {error}")))?;
    let body: Value =
        serde_json::from_str(&source).map_err(|error| Failure::usage(format!("{shown} is no JSON: {error}")))?;
    let application = text(&body, &["application"]);
    let path = format!("/organizations/{}/permissions", context.organization().await?);
    let Some(answer) = context.write(Call::put(path, body), verb.preview).await? else {
        return Ok(());
    };
    let count = answer["items"].as_array().map_or(0, Vec::len);
    let sentence = format!("{} declares {count} permissions now.", printable(&application));
    context.show(&answer, sentence);
    Ok(())
}
