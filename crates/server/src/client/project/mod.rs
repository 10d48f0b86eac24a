//! `project`: things that members own, who has access to them, and the tokens of their programs.

mod access;
mod change;
mod token;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{printable, text};

#[derive(Subcommand)]
pub enum Verb {
    /// List the projects you may see
    List(List),
    /// Show a project
    Show(One),
    /// Create a project; you own it unless you name another
    Create(change::Create),
    /// Change a project's name, description, visibility or repository
    Edit(change::Edit),
    /// Delete a project with its tokens and everybody's access
    Delete(change::Delete),
    /// Give a project to another member
    Transfer(change::Transfer),
    /// Have the host of a project's repository asked again who works on it, in your name
    AskRepository(change::AskRepository),
    /// Who has access to a project
    #[command(subcommand)]
    Access(access::Verb),
    /// Tokens of a project
    #[command(subcommand)]
    Token(token::Verb),
}

#[derive(Args)]
pub struct List {
    /// Part of name or slug
    #[arg(long, short)]
    query: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "all")]
    limit: u32,
    /// All of them
    #[arg(long)]
    all: bool,
    /// Go on where an earlier list ended
    #[arg(long)]
    cursor: Option<String>,
}

#[derive(Args)]
pub struct One {
    /// Slug or id of the project
    #[arg(value_parser = super::name)]
    project: String,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List(verb) => list(context, verb).await,
        Verb::Show(verb) => show(context, verb).await,
        Verb::Create(verb) => change::create(context, verb).await,
        Verb::Edit(verb) => change::edit(context, verb).await,
        Verb::Delete(verb) => change::delete(context, verb).await,
        Verb::Transfer(verb) => change::transfer(context, verb).await,
        Verb::AskRepository(verb) => change::ask_repository(context, verb).await,
        Verb::Access(verb) => access::run(context, verb).await,
        Verb::Token(verb) => token::run(context, verb).await,
    }
}

async fn list(context: &mut Context<'_>, verb: List) -> Result<(), Failure> {
    let call = Call::get(format!("/organizations/{}/projects", context.organization().await?));
    let limit = if verb.all { usize::MAX } else { verb.limit as usize };
    let page = context
        .list(call.query_if("query", verb.query.as_ref()), verb.cursor, limit)
        .await?;
    let row = |item: &Value| {
        vec![
            text(item, &["name"]),
            text(item, &["slug"]),
            text(item, &["owner", "name"]),
            reach(item),
            text(item, &["id"]),
        ]
    };
    context.show_page(page, "No such project.", &["NAME", "SLUG", "OWNER", "FOR", "ID"], row);
    Ok(())
}

async fn show(context: &mut Context<'_>, verb: One) -> Result<(), Failure> {
    let path = address(context, &verb.project).await?;
    let project = context.api.call(Call::get(path)).await?;
    let lines = [
        ("name", text(&project, &["name"])),
        ("slug", text(&project, &["slug"])),
        ("owner", text(&project, &["owner", "name"])),
        ("for", reach(&project)),
        ("description", text(&project, &["description"])),
        ("repository", repository(&project)),
        ("id", text(&project, &["id"])),
    ];
    let lines: Vec<String> = lines
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name:<12} {}", printable(value)))
        .collect();
    context.show(&project, lines.join("\n"));
    Ok(())
}

/// The path of a project of the chosen organization.
async fn address(context: &mut Context<'_>, project: &str) -> Result<String, Failure> {
    Ok(format!(
        "/organizations/{}/projects/{project}",
        context.organization().await?
    ))
}

fn reach(project: &Value) -> String {
    let open = project.get("open").and_then(Value::as_bool).unwrap_or_default();
    match text(project, &["visibility"]).as_str() {
        "everyone" if open => "everyone".to_owned(),
        "everyone" => "who is mapped".to_owned(),
        _ => "members only".to_owned(),
    }
}

fn repository(project: &Value) -> String {
    let (host, name) = (
        text(project, &["repository", "host"]),
        text(project, &["repository", "name"]),
    );
    if name.is_empty() {
        name
    } else {
        format!("{host}/{name}")
    }
}
