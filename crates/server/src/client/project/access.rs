//! `project access`: who is mapped to a project, and with what.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::address;
use crate::client::Preview;
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output::{self, minute, printable, table, text};
use crate::client::people::find::principal;

#[derive(Subcommand)]
pub enum Verb {
    /// List who is mapped to a project, and who else reaches it
    List(super::One),
    /// Give a member, group or service account a role on a project
    Grant(Grant),
    /// Take it away
    Revoke(Revoke),
}

#[derive(Args)]
pub struct Who {
    /// Slug or id of the project
    #[arg(value_parser = crate::client::name)]
    project: String,
    /// Id, username or e-mail of a member; id or name of a service account; with --group slug or id of a group
    who: String,
    /// It is a group that is meant
    #[arg(long)]
    group: bool,
}

#[derive(Args)]
pub struct Grant {
    #[command(flatten)]
    who: Who,
    /// Slug or id of the project role
    role: String,
    /// When it ends, as 2026-12-31T18:00:00Z
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Revoke {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    preview: Preview,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List(verb) => list(context, &verb.project).await,
        Verb::Grant(verb) => grant(context, verb).await,
        Verb::Revoke(verb) => revoke(context, verb).await,
    }
}

async fn list(context: &mut Context<'_>, project: &str) -> Result<(), Failure> {
    let call = Call::get(format!("{}/access", address(context, project).await?));
    if context.is_json() {
        let page = context.list(call, None, usize::MAX).await?;
        context.say(output::json(&page.json()));
        return Ok(());
    }
    let path = format!("{}/access", address(context, project).await?);
    let facts = context.api.call(Call::get(path)).await?;
    let page = context.list(call, None, usize::MAX).await?;
    let everyone = text(&facts, &["everyone", "name"]);
    context.note(format!("Owned by {}.", printable(&text(&facts, &["owner", "name"]))));
    if !everyone.is_empty() {
        context.note(format!(
            "Everyone but guests is {} until somebody is mapped.",
            printable(&everyone)
        ));
    }
    let by_repository = facts.pointer("/repository/items").and_then(Value::as_array);
    if let Some(answer) = facts.pointer("/repository/answer").and_then(Value::as_str) {
        context.note(format!("The host of its repository answered: {}", printable(answer)));
    }
    let by_repository = by_repository.into_iter().flatten().map(|item| (item, "repository"));
    let all: Vec<_> = page.items.iter().map(|item| (item, "")).chain(by_repository).collect();
    if all.is_empty() {
        context.note("Nobody is mapped.");
        return Ok(());
    }
    let rows = all.into_iter().map(|(item, by)| {
        vec![
            text(item, &["subject", "name"]),
            text(item, &["subject", "type"]),
            by.to_owned(),
            text(item, &["role", "slug"]),
            minute(item, "until"),
            text(item, &["granted", "by", "name"]),
            text(item, &["subject", "id"]),
        ]
    });
    context.say(table(
        &["NAME", "TYPE", "BY", "ROLE", "UNTIL", "GRANTED BY", "ID"],
        rows.collect(),
    ));
    Ok(())
}

async fn grant(context: &mut Context<'_>, verb: Grant) -> Result<(), Failure> {
    let (path, name) = subject(context, &verb.who).await?;
    let mut body = json!({ "role": verb.role });
    let mut sentence = format!(
        "{} is {} of {}",
        printable(&name),
        printable(&verb.role),
        printable(&verb.who.project)
    );
    if let Some(until) = verb.until {
        sentence.push_str(&format!(" until {}", printable(&until)));
        body["until"] = json!(until);
    }
    let Some(answer) = context.write(Call::put(path, body), verb.preview).await? else {
        return Ok(());
    };
    context.show(&answer, format!("{sentence}."));
    Ok(())
}

async fn revoke(context: &mut Context<'_>, verb: Revoke) -> Result<(), Failure> {
    let (path, name) = subject(context, &verb.who).await?;
    let Some(answer) = context.write(Call::delete(path), verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!(
        "{} is not mapped to {} any more.",
        printable(&name),
        printable(&verb.who.project)
    );
    context.show(&answer, sentence);
    Ok(())
}

/// The address of somebody's access, and what to call them.
async fn subject(context: &mut Context<'_>, who: &Who) -> Result<(String, String), Failure> {
    let organization = context.organization().await?;
    let (id, name) = if who.group || who.who.starts_with("grp_") {
        let id = crate::client::name(&who.who).map_err(|reason| Failure::usage(format!("{}: {reason}", who.who)))?;
        (id.clone(), id)
    } else {
        let found = principal(context, &organization, &who.who).await?;
        (found.id, found.name)
    };
    Ok((format!("{}/access/{id}", address(context, &who.project).await?), name))
}
