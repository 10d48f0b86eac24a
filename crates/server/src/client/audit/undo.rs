//! `audit undo`: what an entry tells of is taken back by the opposite change.

use clap::Args;
use serde_json::json;

use crate::client::Preview;
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output::{printable, text};

#[derive(Args)]
pub struct Undo {
    /// Id of the entry, as `audit list --output json` shows it
    event: String,
    #[command(flatten)]
    preview: Preview,
}

pub async fn run(context: &mut Context<'_>, verb: Undo) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let path = format!("/organizations/{organization}/audit-events/{}/undo", verb.event);
    let Some(answer) = context.write(Call::post(path, json!({})), verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!(
        "Undone by {} of {}, which is the entry {}.",
        printable(&text(&answer, &["action"])),
        printable(&text(&answer, &["target", "name"])),
        printable(&text(&answer, &["id"]))
    );
    context.show(&answer, sentence);
    Ok(())
}
