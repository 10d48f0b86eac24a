//! `identity`: one's own accounts elsewhere that sign one in here. Connecting one takes a browser.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::Preview;
use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{minute, printable, text};

#[derive(Subcommand)]
pub enum Verb {
    /// List the accounts elsewhere that sign you in; connect one in the console, under your profile
    List,
    /// Disconnect one: it signs you in no more
    Unlink(Unlink),
}

#[derive(Args)]
pub struct Unlink {
    /// The provider, such as github; the username or address there, or the id, where several are connected
    identity: String,
    #[command(flatten)]
    preview: Preview,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List => list(context).await,
        Verb::Unlink(verb) => unlink(context, verb).await,
    }
}

async fn list(context: &mut Context<'_>) -> Result<(), Failure> {
    let page = context.list(Call::get("/me/identities"), None, usize::MAX).await?;
    let row = |item: &Value| {
        vec![
            text(item, &["provider"]),
            account(item),
            text(item, &["tenant"]),
            access(item),
            minute(item, "linked_at"),
            minute(item, "last_used_at"),
            text(item, &["id"]),
        ]
    };
    let header = [
        "PROVIDER",
        "ACCOUNT",
        "TENANT",
        "ACCESS",
        "CONNECTED",
        "LAST USED",
        "ID",
    ];
    context.show_list(page, "No accounts elsewhere are connected.", &header, row);
    Ok(())
}

/// What it is called there.
fn account(item: &Value) -> String {
    let username = text(item, &["username"]);
    if username.is_empty() {
        text(item, &["email"])
    } else {
        username
    }
}

fn access(item: &Value) -> String {
    if item["broken_at"].is_null() {
        text(item, &["scopes"])
    } else {
        "refused: connect it again".to_owned()
    }
}

async fn unlink(context: &mut Context<'_>, verb: Unlink) -> Result<(), Failure> {
    let page = context.list(Call::get("/me/identities"), None, usize::MAX).await?;
    let found = find(&page.items, &verb.identity)?;
    let (id, provider) = (text(found, &["id"]), text(found, &["provider_name"]));
    let whom = account(found);
    let call = Call::delete(format!("/me/identities/{id}"));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!("The {provider} account {whom} is disconnected: it signs you in no more.");
    context.show(&answer, printable(&sentence));
    Ok(())
}

fn find<'a>(items: &'a [Value], named: &str) -> Result<&'a Value, Failure> {
    let wanted = named.to_lowercase();
    let is_called = |item: &&Value| {
        ["provider", "username", "email", "id"]
            .iter()
            .any(|key| text(item, &[key]).to_lowercase() == wanted)
    };
    let found: Vec<&Value> = items.iter().filter(is_called).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Failure::usage(format!(
            "No account at {} is connected; see which are with: roster identity list",
            printable(named)
        ))),
        several => {
            let each = several
                .iter()
                .map(|item| format!("{} ({})", account(item), text(item, &["id"])));
            Err(Failure::usage(printable(&format!(
                "Several accounts at {named} are connected; name one by its id: {}",
                each.collect::<Vec<_>>().join(", ")
            ))))
        }
    }
}
