//! `people activity`: when and from where a member signed in, or tried to.

use clap::Args;
use serde_json::Value;

use super::change::address;
use super::find::member;
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output::{minute, printable, text};

#[derive(Args)]
pub struct Activity {
    /// Id, username or e-mail of the member
    member: String,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "all")]
    limit: u32,
    /// All of it, over as many calls as it takes
    #[arg(long)]
    all: bool,
    /// Go on where an earlier list ended
    #[arg(long)]
    cursor: Option<String>,
}

pub async fn activity(context: &mut Context<'_>, verb: Activity) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let member = member(context, &organization, &verb.member).await?;
    let call = Call::get(format!("{}/activity", address(&organization, &member)));
    let limit = if verb.all { usize::MAX } else { verb.limit as usize };
    let page = context.list(call, verb.cursor, limit).await?;
    let none = format!("{} has not signed in yet.", printable(&member.name));
    context.show_page(page, none, HEADER, row);
    Ok(())
}

/// Of an account of the server, which tells its latest fifty.
pub async fn of_account(context: &mut Context<'_>, account: &str, name: &str) -> Result<(), Failure> {
    let page = context.list(Call::get(format!("{account}/activity")), None, 50).await?;
    context.show_list(page, format!("{name} has not signed in yet."), HEADER, row);
    Ok(())
}

const HEADER: &[&str] = &["TIME", "ACTION", "OUTCOME", "REASON", "ADDRESS", "DEVICE"];

fn row(item: &Value) -> Vec<String> {
    let outcome = if item["success"] == true { "success" } else { "failure" };
    vec![
        minute(item, "at"),
        text(item, &["action"]),
        outcome.to_owned(),
        text(item, &["reason"]),
        text(item, &["address"]),
        text(item, &["user_agent"]),
    ]
}
