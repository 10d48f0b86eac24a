//! `project token`: what a project's programs carry.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::address;
use crate::client::Preview;
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output::{minute, printable, text};
use crate::client::own_token;
use crate::client::people::find::member;

#[derive(Subcommand)]
pub enum Verb {
    /// List a project's tokens
    List(super::One),
    /// Create a token; it is shown this once
    Create(Create),
    /// Revoke a token: it stops working at once
    Revoke(Revoke),
    /// Let another member answer for a token; its secret stays the same
    Transfer(Transfer),
}

#[derive(Args)]
pub struct Create {
    /// Slug or id of the project
    #[arg(value_parser = crate::client::name)]
    project: String,
    /// What to call it
    name: String,
    /// A permission of projects that it has; may be given several times
    #[arg(long = "capability", required = true, value_name = "PERMISSION")]
    capabilities: Vec<String>,
    /// When it ends, as 2026-12-31T18:00:00Z
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Revoke {
    /// Slug or id of the project
    #[arg(value_parser = crate::client::name)]
    project: String,
    /// Name or id of the token
    token: String,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Transfer {
    /// Slug or id of the project
    #[arg(value_parser = crate::client::name)]
    project: String,
    /// Name or id of the token
    token: String,
    /// Id, username or e-mail of the member who answers for it from now on
    member: String,
    #[command(flatten)]
    preview: Preview,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List(verb) => list(context, &verb.project).await,
        Verb::Create(verb) => create(context, verb).await,
        Verb::Revoke(verb) => revoke(context, verb).await,
        Verb::Transfer(verb) => transfer(context, verb).await,
    }
}

async fn list(context: &mut Context<'_>, project: &str) -> Result<(), Failure> {
    let call = Call::get(format!("{}/tokens", address(context, project).await?));
    let page = context.list(call, None, usize::MAX).await?;
    let row = |item: &Value| {
        vec![
            text(item, &["name"]),
            text(item, &["capabilities"]),
            text(item, &["owner", "name"]),
            minute(item, "expires_at"),
            minute(item, "last_used_at"),
            text(item, &["id"]),
        ]
    };
    context.show_list(
        page,
        "The project has no tokens.",
        &["NAME", "CAPABILITIES", "OWNER", "EXPIRES", "LAST USED", "ID"],
        row,
    );
    Ok(())
}

async fn create(context: &mut Context<'_>, verb: Create) -> Result<(), Failure> {
    let path = format!("{}/tokens", address(context, &verb.project).await?);
    let mut body = json!({ "name": verb.name, "capabilities": verb.capabilities });
    if let Some(end) = verb.expires_at {
        body["expires_at"] = json!(end);
    }
    let Some(answer) = context.write(Call::post(path, body), verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!(
        "{} is created. Its token is shown this once:\n  {}",
        printable(&text(&answer, &["name"])),
        printable(&text(&answer, &["token"]))
    );
    context.show(&answer, sentence);
    Ok(())
}

async fn revoke(context: &mut Context<'_>, verb: Revoke) -> Result<(), Failure> {
    let path = one(context, &verb.project, &verb.token).await?;
    let Some(answer) = context.write(Call::delete(path), verb.preview).await? else {
        return Ok(());
    };
    context.show(
        &answer,
        format!("{} is revoked: it signs nobody in any more.", printable(&verb.token)),
    );
    Ok(())
}

async fn transfer(context: &mut Context<'_>, verb: Transfer) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let heir = member(context, &organization, &verb.member).await?;
    let path = format!("{}/owner", one(context, &verb.project, &verb.token).await?);
    let call = Call::put(path, json!({ "member": heir.id }));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!(
        "{} now answers for {}.",
        printable(&heir.name),
        printable(&text(&answer, &["name"]))
    );
    context.show(&answer, sentence);
    Ok(())
}

/// The address of the token of that name or id.
async fn one(context: &mut Context<'_>, project: &str, named: &str) -> Result<String, Failure> {
    let all = format!("{}/tokens", address(context, project).await?);
    let id = if named.starts_with("tok_") {
        crate::client::name(named).map_err(|reason| Failure::usage(format!("{named}: {reason}")))?
    } else {
        let page = context.list(Call::get(all.clone()), None, usize::MAX).await?;
        own_token::find(page.items, named)?
    };
    Ok(format!("{all}/{id}"))
}
