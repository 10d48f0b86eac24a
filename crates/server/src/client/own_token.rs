//! `token`: one's own tokens, which programs carry instead of signing in.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Preview;
use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{minute, printable, text};

#[derive(Subcommand)]
pub enum Verb {
    /// List your tokens
    List,
    /// Create a token; its secret is shown this once
    Create(Create),
    /// Reset a token: a new secret, shown this once; the old one is dead at once
    Rotate(One),
    /// Revoke a token: it is dead at once
    Revoke(One),
}

/// What a token is asked for with.
#[derive(Args)]
pub struct Wanted {
    /// When it expires by itself, such as 2026-12-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// Only this permission of what its holder may; repeat it for more
    #[arg(long = "scope", value_name = "PERMISSION")]
    scopes: Vec<String>,
}

#[derive(Args)]
pub struct Create {
    /// What it is for
    name: String,
    /// Slug or id of the one organization it is for; all of yours where left out
    #[arg(long = "for", value_parser = super::name, value_name = "ORGANIZATION")]
    organization: Option<String>,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct One {
    /// Name or id of the token
    token: String,
    #[command(flatten)]
    preview: Preview,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List => list(context).await,
        Verb::Create(verb) => create(context, verb).await,
        Verb::Rotate(verb) => rotate(context, verb).await,
        Verb::Revoke(verb) => revoke(context, verb).await,
    }
}

async fn list(context: &mut Context<'_>) -> Result<(), Failure> {
    let page = context.list(Call::get("/me/tokens"), None, usize::MAX).await?;
    show_list(context, page, true);
    Ok(())
}

pub fn show_list(context: &mut Context<'_>, page: super::context::Page, places: bool) {
    let place = |item: &Value| {
        let slug = text(item, &["organization", "slug"]);
        if slug.is_empty() { "all".to_owned() } else { slug }
    };
    let row = |item: &Value| {
        let mut row = vec![text(item, &["name"])];
        if places {
            row.push(place(item));
        }
        row.extend([
            scopes(item),
            minute(item, "expires_at"),
            minute(item, "last_used_at"),
            text(item, &["id"]),
        ]);
        row
    };
    let mut header = vec!["NAME"];
    if places {
        header.push("ORGANIZATION");
    }
    header.extend(["SCOPES", "EXPIRES", "LAST USED", "ID"]);
    context.show_list(page, "No tokens.", &header, row);
}

fn scopes(item: &Value) -> String {
    let scopes = text(item, &["scopes"]);
    if scopes.is_empty() { "all".to_owned() } else { scopes }
}

pub fn body(wanted: Wanted) -> Value {
    let mut body = json!({});
    if let Some(expires) = wanted.expires {
        body["expires_at"] = Value::from(expires);
    }
    if !wanted.scopes.is_empty() {
        body["scopes"] = Value::from(wanted.scopes);
    }
    body
}

async fn create(context: &mut Context<'_>, verb: Create) -> Result<(), Failure> {
    let mut body = body(verb.wanted);
    body["name"] = Value::from(verb.name);
    if let Some(organization) = verb.organization {
        body["organization"] = Value::from(organization);
    }
    let Some(answer) = context.write(Call::post("/me/tokens", body), verb.preview).await? else {
        return Ok(());
    };
    show_secret(context, &answer, "is made");
    Ok(())
}

async fn rotate(context: &mut Context<'_>, verb: One) -> Result<(), Failure> {
    let page = context.list(Call::get("/me/tokens"), None, usize::MAX).await?;
    let id = find(page.items, &verb.token)?;
    let call = Call::post(format!("/me/tokens/{id}/rotation"), json!({}));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    show_secret(context, &answer, "has a new secret, the old one is dead");
    Ok(())
}

async fn revoke(context: &mut Context<'_>, verb: One) -> Result<(), Failure> {
    let page = context.list(Call::get("/me/tokens"), None, usize::MAX).await?;
    let id = find(page.items, &verb.token)?;
    let call = Call::delete(format!("/me/tokens/{id}"));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    context.show(&answer, format!("The token {} is dead.", printable(&verb.token)));
    Ok(())
}

/// The secret of an answer, which nobody shows again.
pub fn show_secret(context: &mut Context<'_>, answer: &Value, outcome: &str) {
    let name = printable(&text(answer, &["name"]));
    let secret = printable(&text(answer, &["token"]));
    context.show(
        answer,
        format!("The token {name} {outcome}. It is shown this once:\n  {secret}"),
    );
}

/// The id of the one of that name or id.
pub fn find(items: Vec<Value>, named: &str) -> Result<String, Failure> {
    let same =
        |item: &&Value| text(item, &["id"]) == named || text(item, &["name"]).to_lowercase() == named.to_lowercase();
    let found: Vec<String> = items.iter().filter(same).map(|item| text(item, &["id"])).collect();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Failure::usage(format!(
            "there is no {named} here; see what there is with: list"
        ))),
        several => Err(Failure::usage(format!(
            "there are several called {named}; name one by its id: {}",
            several.join(", ")
        ))),
    }
}
