//! `people list`: members and those who are invited, as the People page shows them.

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::invitation::role;
use crate::client::output::{minute, text};

#[derive(Args)]
pub struct List {
    /// Only those whose name, username or e-mail contains this
    #[arg(long, value_name = "TEXT")]
    query: Option<String>,
    /// Only those in this state
    #[arg(long)]
    status: Option<Status>,
    /// Only those with this role
    #[arg(long)]
    role: Option<String>,
    /// Only those in this group, or joining it by their invitation
    #[arg(long)]
    group: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "all")]
    limit: u32,
    /// All of them, over as many calls as it takes
    #[arg(long)]
    all: bool,
    /// Go on where an earlier list ended
    #[arg(long)]
    cursor: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Status {
    Active,
    Disabled,
    Suspended,
    Invited,
    AwaitingConsent,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Suspended => "suspended",
            Self::Invited => "invited",
            Self::AwaitingConsent => "awaiting_consent",
        }
    }
}

pub async fn list(context: &mut Context<'_>, verb: List) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let mut call = Call::get(format!("/organizations/{organization}/people"))
        .query_if("query", verb.query.as_ref())
        .query_if("role", verb.role.as_ref())
        .query_if("group", verb.group.as_ref());
    if let Some(status) = verb.status {
        call = call.query("status", status.word());
    }
    let limit = if verb.all { usize::MAX } else { verb.limit as usize };
    let page = context.list(call, verb.cursor, limit).await?;
    let header = ["NAME", "USERNAME", "E-MAIL", "ROLE", "GROUPS", "STATUS", "JOINED", "ID"];
    context.show_page(page, format!("Nobody in {organization} matches."), &header, row);
    Ok(())
}

fn row(item: &Value) -> Vec<String> {
    let is_invited = text(item, &["type"]) == "invitation";
    let status = if is_invited {
        "invited".to_owned()
    } else {
        text(item, &["status"])
    };
    vec![
        text(item, &["name"]),
        text(item, &["username"]),
        text(item, &["email"]),
        role_until(item),
        groups(item),
        status.replace('_', " "),
        minute(item, "joined_at"),
        text(item, &["id"]),
    ]
}

/// Slugs of the groups, with when a place in one ends.
fn groups(item: &Value) -> String {
    let groups = item["groups"].as_array().into_iter().flatten();
    let named = groups.map(|group| match minute(group, "until").as_str() {
        "" => text(group, &["slug"]),
        until => format!("{} until {until}", text(group, &["slug"])),
    });
    named.collect::<Vec<_>>().join(", ")
}

/// A role that ends by itself says when.
fn role_until(item: &Value) -> String {
    let until = item.get("role").map(|role| minute(role, "until")).unwrap_or_default();
    if until.is_empty() {
        role(item)
    } else {
        format!("{} until {until}", role(item))
    }
}
