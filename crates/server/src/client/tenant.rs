//! `organization disable`, `enable`, `delete`, `restore`: whole organizations, for superusers.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::Preview;
use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{minute, text};
use super::people::leave::must_ask;
use super::{effect, prompt};

#[derive(Args)]
pub struct Disable {
    /// Shown to superusers and kept in the audit log
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Plain {
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Delete {
    /// The organization's slug once more, instead of being asked for it
    #[arg(long, value_name = "SLUG")]
    confirm: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct All {
    /// Letters of name or slug
    #[arg(long)]
    query: Option<String>,
    /// Only these; without it all but deleted ones
    #[arg(long, value_enum)]
    status: Option<Status>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Status {
    Active,
    AwaitingOwner,
    Disabled,
    Deleted,
}

pub async fn disable(context: &mut Context<'_>, verb: Disable) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let path = format!("/instance/organizations/{organization}/disablement");
    let call = Call::put(path, json!({ "reason": verb.reason }));
    told(context, call, verb.preview, format!("{organization} is disabled.")).await
}

pub async fn enable(context: &mut Context<'_>, verb: Plain) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let call = Call::delete(format!("/instance/organizations/{organization}/disablement"));
    told(context, call, verb.preview, format!("{organization} is enabled.")).await
}

pub async fn restore(context: &mut Context<'_>, verb: Plain) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let call = Call::post(format!("/instance/organizations/{organization}/restoration"), json!({}));
    told(context, call, verb.preview, format!("{organization} is restored.")).await
}

pub async fn delete(context: &mut Context<'_>, verb: Delete) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let path = format!("/organizations/{organization}");
    let slug = text(&context.api.call(Call::get(path.as_str())).await?, &["slug"]);
    let call = |confirm: &str| Call::delete(path.as_str()).body(json!({ "confirm": confirm }));
    let confirm = match verb.confirm {
        Some(confirm) => confirm,
        None if verb.preview.dry_run => slug.clone(),
        None => {
            if must_ask(false, verb.preview) {
                let preview = call(&slug).query("dry_run", "true");
                context.note(effect::words(&context.api.call(preview).await?));
            }
            prompt::line(&format!("Type {slug} to delete it:"), "give --confirm with its slug")?
        }
    };
    let done = format!("{slug} is deleted. Superusers can restore it for thirty days.");
    told(context, call(&confirm), verb.preview, done).await
}

pub async fn all(context: &mut Context<'_>, verb: All) -> Result<(), Failure> {
    let status = verb.status.map(|status| {
        match status {
            Status::Active => "active",
            Status::AwaitingOwner => "awaiting_owner",
            Status::Disabled => "disabled",
            Status::Deleted => "deleted",
        }
        .to_owned()
    });
    let call = Call::get("/instance/organizations")
        .query_if("query", verb.query.as_ref())
        .query_if("status", status.as_ref());
    let page = context.list(call, None, usize::MAX).await?;
    let row = |item: &Value| {
        let mut row: Vec<String> = ["slug", "name", "status"]
            .iter()
            .map(|key| text(item, &[key]))
            .collect();
        row.push(members(item));
        row.push(minute(item, "created_at"));
        row.push(minute(item, "restorable_until"));
        row
    };
    context.show_list(
        page,
        "No organization matches.",
        &["SLUG", "NAME", "STATUS", "MEMBERS", "CREATED", "RESTORABLE UNTIL"],
        row,
    );
    Ok(())
}

fn members(item: &Value) -> String {
    let members = text(item, &["members"]);
    match item["member_limit"].as_u64() {
        Some(limit) => format!("{members} of {limit}"),
        None => members,
    }
}

async fn told(context: &mut Context<'_>, call: Call, preview: Preview, done: String) -> Result<(), Failure> {
    let Some(answer) = context.write(call, preview).await? else {
        return Ok(());
    };
    context.show(&answer, done);
    Ok(())
}
