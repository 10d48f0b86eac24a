//! `account`: the accounts of the whole server, for superusers.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::Preview;
use super::api::Call;
use super::context::{Context, Page};
use super::failure::Failure;
use super::output::{minute, printable, text};
use super::people::{self, leave::must_ask};

#[derive(Subcommand)]
pub enum Verb {
    /// List accounts, or those whose name, username or address has some letters
    List(List),
    /// List when and from where somebody signed in, or tried to: the latest fifty
    Activity(Which),
    /// Keep somebody from signing in anywhere, until it is lifted
    Suspend(Suspend),
    /// Lift the suspension of an account
    Unsuspend(One),
    /// Sign somebody out on every device
    EndSessions(One),
    /// Mail somebody a link to a new password
    ResetPassword(One),
    /// Delete an account for good
    Delete(Delete),
}

#[derive(Args)]
pub struct List {
    /// Letters of name, username or e-mail address
    #[arg(long)]
    query: Option<String>,
    /// Only these
    #[arg(long, value_enum)]
    status: Option<Status>,
    /// So many at most
    #[arg(long, default_value_t = 200)]
    limit: usize,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Status {
    Suspended,
    Superuser,
}

#[derive(Args)]
pub struct Which {
    /// Username, e-mail address or id
    account: String,
}

#[derive(Args)]
pub struct One {
    /// Username, e-mail address or id
    account: String,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Suspend {
    /// Username, e-mail address or id
    account: String,
    /// Shown to superusers and kept in the audit log
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Delete {
    /// Username, e-mail address or id
    account: String,
    /// Who gets what it owns: username, e-mail address or id
    #[arg(long, value_name = "ACCOUNT")]
    transfer_to: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    preview: Preview,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List(verb) => list(context, verb).await,
        Verb::Activity(verb) => {
            let (name, path) = found(context, &verb.account).await?;
            people::of_account(context, &path, &name).await
        }
        Verb::Suspend(verb) => {
            let (name, path) = found(context, &verb.account).await?;
            let call = Call::put(format!("{path}/suspension"), json!({ "reason": verb.reason }));
            told(context, call, verb.preview, format!("{name} is suspended.")).await
        }
        Verb::Unsuspend(verb) => {
            let (name, path) = found(context, &verb.account).await?;
            let call = Call::delete(format!("{path}/suspension"));
            told(
                context,
                call,
                verb.preview,
                format!("The suspension of {name} is lifted."),
            )
            .await
        }
        Verb::EndSessions(verb) => {
            let (name, path) = found(context, &verb.account).await?;
            let call = Call::delete(format!("{path}/sessions"));
            told(
                context,
                call,
                verb.preview,
                format!("All sessions of {name} have ended."),
            )
            .await
        }
        Verb::ResetPassword(verb) => {
            let (name, path) = found(context, &verb.account).await?;
            let call = Call::post(format!("{path}/password-reset"), json!({}));
            let done = format!("A mail with a link to a new password is on its way to {name}.");
            told(context, call, verb.preview, done).await
        }
        Verb::Delete(verb) => delete(context, verb).await,
    }
}

async fn list(context: &mut Context<'_>, verb: List) -> Result<(), Failure> {
    let status = verb.status.map(|status| match status {
        Status::Suspended => "suspended".to_owned(),
        Status::Superuser => "superuser".to_owned(),
    });
    let call = Call::get("/instance/accounts")
        .query_if("query", verb.query.as_ref())
        .query_if("status", status.as_ref());
    let page = context.list(call, None, verb.limit).await?;
    show_list(context, page, "No account matches.");
    Ok(())
}

pub fn show_list(context: &mut Context<'_>, page: Page, none: &str) {
    let row = |item: &Value| {
        let mut row: Vec<String> = ["username", "name", "email"]
            .iter()
            .map(|key| text(item, &[key]))
            .collect();
        row.push(standing(item).to_owned());
        row.push(minute(item, "last_sign_in_at"));
        row.push(text(item, &["id"]));
        row
    };
    let header = ["USERNAME", "NAME", "E-MAIL", "STATUS", "LAST SIGN-IN", "ID"];
    context.show_list(page, none, &header, row);
}

fn standing(item: &Value) -> &'static str {
    match (item["suspended"] == true, item["superuser"] == true) {
        (true, true) => "superuser, suspended",
        (true, false) => "suspended",
        (false, true) => "superuser",
        (false, false) => "active",
    }
}

async fn delete(context: &mut Context<'_>, verb: Delete) -> Result<(), Failure> {
    let (name, path) = found(context, &verb.account).await?;
    let heir = match &verb.transfer_to {
        Some(heir) => Some(find(context, heir).await?),
        None => None,
    };
    let heir = heir.map(|heir| text(&heir, &["id"]));
    let call = || Call::delete(path.as_str()).query_if("transfer_to", heir.as_ref());
    let question = format!("Delete the account of {name} for good?");
    if must_ask(verb.yes, verb.preview) && !context.is_agreed([call()], &question).await? {
        return Ok(());
    }
    told(
        context,
        call(),
        verb.preview,
        format!("The account of {name} is deleted."),
    )
    .await
}

async fn told(context: &mut Context<'_>, call: Call, preview: Preview, done: String) -> Result<(), Failure> {
    let Some(answer) = context.write(call, preview).await? else {
        return Ok(());
    };
    context.show(&answer, done);
    Ok(())
}

/// What the account is called, and where it stands in the API.
async fn found(context: &mut Context<'_>, named: &str) -> Result<(String, String), Failure> {
    let account = find(context, named).await?;
    let path = format!("/instance/accounts/{}", text(&account, &["id"]));
    Ok((printable(&text(&account, &["name"])), path))
}

/// The account of that username, address or id.
pub async fn find(context: &mut Context<'_>, named: &str) -> Result<Value, Failure> {
    if named.starts_with("acc_")
        && named
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    {
        return context.api.call(Call::get(format!("/instance/accounts/{named}"))).await;
    }
    let wanted = named.trim().to_lowercase();
    let call = Call::get("/instance/accounts").query("query", named.trim());
    let page = context.list(call, None, 1_000).await?;
    let is_meant = |item: &Value| {
        ["username", "email"]
            .iter()
            .any(|key| text(item, &[key]).to_lowercase() == wanted)
    };
    page.items.into_iter().find(is_meant).ok_or_else(|| {
        Failure::usage(format!(
            "There is no account with the username or address {}",
            printable(named)
        ))
    })
}
