//! `service-account`: what programs act as in an organization, and their tokens.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Preview;
use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::invitation::role;
use super::output::{minute, printable, text};
use super::own_token::{self, Wanted, find, show_list, show_secret};

#[derive(Subcommand)]
pub enum Verb {
    /// List the organization's service accounts
    List(List),
    /// Show a service account
    Show(Named),
    /// Create a service account; it has no token yet
    Create(Create),
    /// Change a service account's name, description or role
    Edit(Edit),
    /// Delete a service account for good; its tokens are dead at once
    Delete(One),
    /// Deactivate a service account: its tokens open nothing until it is reactivated
    Deactivate(One),
    /// Reactivate a service account: its tokens work again
    Reactivate(One),
    /// Replace all tokens of a service account by a new one, shown this once
    Regenerate(Issue),
    /// A service account's tokens
    #[command(subcommand)]
    Token(TokenVerb),
}

#[derive(Subcommand)]
pub enum TokenVerb {
    /// List its tokens
    List(Named),
    /// Create a further token, shown this once
    Create(Issue),
    /// Revoke a token: it is dead at once
    Revoke(Revoke),
}

#[derive(Args)]
pub struct List {
    /// Only those whose name has this in it
    #[arg(long)]
    query: Option<String>,
}

#[derive(Args)]
pub struct Named {
    /// Name or id of the service account
    service_account: String,
}

#[derive(Args)]
pub struct One {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Create {
    /// What it is called
    name: String,
    /// What it is for
    #[arg(long)]
    description: Option<String>,
    /// Its role; member where left out
    #[arg(long)]
    role: Option<String>,
    /// When the role ends by itself, such as 2026-12-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Edit {
    #[command(flatten)]
    named: Named,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// Another description
    #[arg(long)]
    description: Option<String>,
    /// Another role
    #[arg(long)]
    role: Option<String>,
    /// When the role ends by itself, such as 2026-12-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Issue {
    #[command(flatten)]
    named: Named,
    /// What the token is for
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Revoke {
    #[command(flatten)]
    named: Named,
    /// Name or id of the token
    token: String,
    #[command(flatten)]
    preview: Preview,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List(verb) => list(context, verb).await,
        Verb::Show(verb) => show(context, verb).await,
        Verb::Create(verb) => create(context, verb).await,
        Verb::Edit(verb) => edit(context, verb).await,
        Verb::Delete(verb) => act(context, verb, Call::delete, "", "is deleted, its tokens are dead").await,
        Verb::Deactivate(verb) => act(context, verb, put, "/deactivation", "is deactivated").await,
        Verb::Reactivate(verb) => act(context, verb, Call::delete, "/deactivation", "is active again").await,
        Verb::Regenerate(verb) => issue(context, verb, "rotation", "is the only one now").await,
        Verb::Token(TokenVerb::List(verb)) => tokens(context, verb).await,
        Verb::Token(TokenVerb::Create(verb)) => issue(context, verb, "tokens", "is made").await,
        Verb::Token(TokenVerb::Revoke(verb)) => revoke(context, verb).await,
    }
}

fn put(path: String) -> Call {
    Call::put(path, json!({}))
}

async fn list(context: &mut Context<'_>, verb: List) -> Result<(), Failure> {
    let call = Call::get(all(context).await?).query_if("query", verb.query.as_ref());
    let page = context.list(call, None, usize::MAX).await?;
    let row = |item: &Value| {
        vec![
            text(item, &["name"]),
            role_until(item),
            text(item, &["status"]),
            minute(item, "last_used_at"),
            text(item, &["id"]),
        ]
    };
    context.show_list(
        page,
        "No service account.",
        &["NAME", "ROLE", "STATUS", "LAST USED", "ID"],
        row,
    );
    Ok(())
}

fn role_until(item: &Value) -> String {
    let until = item.get("role").map(|role| minute(role, "until")).unwrap_or_default();
    if until.is_empty() {
        role(item)
    } else {
        format!("{} until {until}", role(item))
    }
}

async fn show(context: &mut Context<'_>, verb: Named) -> Result<(), Failure> {
    let at = one(context, &verb).await?;
    let answer = context.api.call(Call::get(at)).await?;
    let mut lines = vec![format!(
        "{}  {}  {}",
        printable(&text(&answer, &["name"])),
        printable(&role_until(&answer)),
        printable(&text(&answer, &["status"]))
    )];
    let description = text(&answer, &["description"]);
    if !description.is_empty() {
        lines.push(printable(&description));
    }
    context.show(&answer, lines.join("\n"));
    Ok(())
}

async fn create(context: &mut Context<'_>, verb: Create) -> Result<(), Failure> {
    let mut body = changes([
        ("description", verb.description),
        ("role", verb.role),
        ("until", verb.until),
    ]);
    body["name"] = Value::from(verb.name);
    let call = Call::post(all(context).await?, body);
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let name = printable(&text(&answer, &["name"]));
    let sentence = format!(
        "{name} is created as {}. Give it a token with: roster service-account token create {}",
        printable(&role(&answer)),
        printable(&text(&answer, &["id"]))
    );
    context.show(&answer, sentence);
    Ok(())
}

async fn edit(context: &mut Context<'_>, verb: Edit) -> Result<(), Failure> {
    let body = changes([
        ("name", verb.name),
        ("description", verb.description),
        ("role", verb.role),
        ("until", verb.until),
    ]);
    let call = Call::patch(one(context, &verb.named).await?, body);
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!("{} is changed.", printable(&text(&answer, &["name"])));
    context.show(&answer, sentence);
    Ok(())
}

fn changes<const N: usize>(fields: [(&str, Option<String>); N]) -> Value {
    let mut body = json!({});
    for (name, value) in fields {
        if let Some(value) = value {
            body[name] = Value::from(value);
        }
    }
    body
}

async fn act(
    context: &mut Context<'_>,
    verb: One,
    call: impl Fn(String) -> Call,
    noun: &str,
    outcome: &str,
) -> Result<(), Failure> {
    let at = one(context, &verb.named).await?;
    let Some(answer) = context.write(call(format!("{at}{noun}")), verb.preview).await? else {
        return Ok(());
    };
    context.show(
        &answer,
        format!("{} {outcome}.", printable(&verb.named.service_account)),
    );
    Ok(())
}

async fn issue(context: &mut Context<'_>, verb: Issue, noun: &str, outcome: &str) -> Result<(), Failure> {
    let at = one(context, &verb.named).await?;
    let mut body = own_token::body(verb.wanted);
    if let Some(name) = verb.name {
        body["name"] = Value::from(name);
    }
    let call = Call::post(format!("{at}/{noun}"), body);
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    show_secret(context, &answer, outcome);
    Ok(())
}

async fn tokens(context: &mut Context<'_>, verb: Named) -> Result<(), Failure> {
    let at = one(context, &verb).await?;
    let page = context
        .list(Call::get(format!("{at}/tokens")), None, usize::MAX)
        .await?;
    show_list(context, page, false);
    Ok(())
}

async fn revoke(context: &mut Context<'_>, verb: Revoke) -> Result<(), Failure> {
    let at = one(context, &verb.named).await?;
    let page = context
        .list(Call::get(format!("{at}/tokens")), None, usize::MAX)
        .await?;
    let id = find(page.items, &verb.token)?;
    let call = Call::delete(format!("{at}/tokens/{id}"));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    context.show(&answer, format!("The token {} is dead.", printable(&verb.token)));
    Ok(())
}

async fn all(context: &mut Context<'_>) -> Result<String, Failure> {
    Ok(format!(
        "/organizations/{}/service-accounts",
        context.organization().await?
    ))
}

/// The address of the one of that name or id.
async fn one(context: &mut Context<'_>, named: &Named) -> Result<String, Failure> {
    let all = all(context).await?;
    let named = &named.service_account;
    let id = if named.starts_with("svc_") {
        super::name(named).map_err(|reason| Failure::usage(format!("{named}: {reason}")))?
    } else {
        find(
            context.list(Call::get(all.clone()), None, usize::MAX).await?.items,
            named,
        )?
    };
    Ok(format!("{all}/{id}"))
}
