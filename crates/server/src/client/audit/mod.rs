//! `audit`: the audit log as a list and as a file, whether such a file is whole, and where the log is forwarded to.

mod export;
mod forwarding;
mod undo;
mod verify;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::Preview;
use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{minute, printable, text};

#[derive(Subcommand)]
pub enum Verb {
    /// List what happened, the latest first
    List(List),
    /// Save the log to a file, the whole of it or what matches
    Export(export::Export),
    /// Check an export: that nothing in it was changed, left out, or put in. Needs no server
    Verify(verify::Verify),
    /// Show where the log begins and ends: what an export's last hash is compared with
    Chain(Whose),
    /// Take back what an entry tells of, by the opposite change
    Undo(undo::Undo),
    /// Say for how many days entries are kept
    Keep(Keep),
    /// Where entries are sent to as they are written
    Forwarding {
        #[command(subcommand)]
        verb: forwarding::Verb,
    },
}

/// Which log is meant.
#[derive(Args, Clone, Copy, Debug)]
pub struct Whose {
    /// The instance's own log, for superusers
    #[arg(long)]
    instance: bool,
}

/// What to look for; everything given must fit.
#[derive(Args, Clone, Debug)]
pub struct Filter {
    /// Id of who did it
    #[arg(long, value_name = "ID")]
    actor: Option<String>,
    /// Such as member.role_changed
    #[arg(long, value_name = "NAME")]
    action: Option<String>,
    /// Id of what it was done to
    #[arg(long, value_name = "ID")]
    target: Option<String>,
    /// web, api, cli or system
    #[arg(long, value_name = "NAME")]
    medium: Option<String>,
    /// From this time on, such as 2026-11-22T09:30:00Z
    #[arg(long, value_name = "TIME")]
    after: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    before: Option<String>,
    /// Part of a name, of an address or of a request's id
    #[arg(long, value_name = "TEXT")]
    query: Option<String>,
}

impl Filter {
    fn on(&self, call: Call) -> Call {
        call.query_if("actor", self.actor.as_ref())
            .query_if("action", self.action.as_ref())
            .query_if("target", self.target.as_ref())
            .query_if("medium", self.medium.as_ref())
            .query_if("after", self.after.as_ref())
            .query_if("before", self.before.as_ref())
            .query_if("query", self.query.as_ref())
    }
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    filter: Filter,
    /// How many at most
    #[arg(long, default_value_t = 50, value_name = "NUMBER")]
    limit: usize,
}

#[derive(Args)]
pub struct Keep {
    #[command(flatten)]
    whose: Whose,
    /// Days; left out: for ever
    #[arg(
        long,
        value_name = "NUMBER",
        required_unless_present = "forever",
        conflicts_with = "forever"
    )]
    days: Option<u32>,
    /// Remove nothing for its age
    #[arg(long)]
    forever: bool,
    #[command(flatten)]
    preview: Preview,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List(verb) => list(context, verb).await,
        Verb::Export(verb) => export::run(context, verb).await,
        Verb::Verify(verb) => verify::run(context, &verb),
        Verb::Chain(whose) => chain(context, whose).await,
        Verb::Undo(verb) => undo::run(context, verb).await,
        Verb::Keep(verb) => keep(context, verb).await,
        Verb::Forwarding { verb } => forwarding::run(context, verb).await,
    }
}

/// Where the log's routes begin.
async fn base(context: &mut Context<'_>, whose: Whose) -> Result<String, Failure> {
    if whose.instance {
        return Ok("/instance".to_owned());
    }
    Ok(format!("/organizations/{}", context.organization().await?))
}

async fn list(context: &mut Context<'_>, verb: List) -> Result<(), Failure> {
    let path = format!("{}/audit-events", base(context, verb.whose).await?);
    let page = context.list(verb.filter.on(Call::get(path)), None, verb.limit).await?;
    let row = |item: &Value| {
        vec![
            item["number"].to_string(),
            minute(item, "at"),
            text(item, &["actor", "name"]),
            text(item, &["action"]),
            text(item, &["target", "name"]),
            text(item, &["medium"]),
            text(item, &["address"]),
        ]
    };
    let header = ["NUMBER", "TIME", "WHO", "ACTION", "ON WHAT", "MEDIUM", "ADDRESS"];
    context.show_list(page, "No entry matches.", &header, row);
    Ok(())
}

async fn chain(context: &mut Context<'_>, whose: Whose) -> Result<(), Failure> {
    let path = format!("{}/audit-chain", base(context, whose).await?);
    let answer = context.api.call(Call::get(path)).await?;
    let mut sentence = format!(
        "The last entry is number {}, its hash {}.",
        answer["number"],
        printable(&text(&answer, &["hash"]))
    );
    if answer["pruned_number"].as_i64().unwrap_or(0) > 0 {
        sentence.push_str(&format!(
            "\nEntries up to number {} were removed for their age; the last of them had the hash {}.",
            answer["pruned_number"],
            printable(&text(&answer, &["pruned_hash"]))
        ));
    }
    context.show(&answer, sentence);
    Ok(())
}

async fn keep(context: &mut Context<'_>, verb: Keep) -> Result<(), Failure> {
    let path = format!("{}/policies", base(context, verb.whose).await?);
    let body = serde_json::json!({ "audit_retention_days": verb.days });
    let Some(answer) = context.write(Call::patch(path, body), verb.preview).await? else {
        return Ok(());
    };
    let sentence = match answer.get("audit_retention_days").and_then(Value::as_u64) {
        Some(days) => format!("Entries are kept for {days} days."),
        None => "Entries are kept for ever.".to_owned(),
    };
    context.show(&answer, sentence);
    Ok(())
}
