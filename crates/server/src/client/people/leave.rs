//! `people remove` and `people delete`: two acts that differ in what is left. At a terminal both
//! show what would happen and ask; a script has decided already.

use clap::Args;
use serde_json::Value;

use super::change::{address, on_each};
use super::find::{Member, member};
use crate::client::Preview;
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output::{printable, text};
use crate::client::prompt;

/// What becomes of what they own.
#[derive(Args)]
pub struct Belongings {
    /// Who gets what they own: id, username or e-mail of a member
    #[arg(long, value_name = "MEMBER")]
    transfer_to: Option<String>,
    /// Delete what they own with them
    #[arg(long, conflicts_with = "transfer_to")]
    delete_owned: bool,
}

impl Belongings {
    pub async fn settled(
        &self,
        context: &mut Context<'_>,
        organization: &str,
    ) -> Result<impl Fn(Call) -> Call + use<>, Failure> {
        let heir = match &self.transfer_to {
            Some(named) => Some(member(context, organization, named).await?.id),
            None => None,
        };
        let delete = self.delete_owned.then(|| "true".to_owned());
        Ok(move |call: Call| {
            call.query_if("transfer_to", heir.as_ref())
                .query_if("delete_owned", delete.as_ref())
        })
    }
}

#[derive(Args)]
pub struct Owned {
    /// Id, username or e-mail of the member
    member: String,
}

#[derive(Args)]
pub struct Remove {
    /// Ids, usernames or e-mails of members
    #[arg(required = true)]
    member: Vec<String>,
    #[command(flatten)]
    belongings: Belongings,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Delete {
    /// Id, username or e-mail of the member
    member: String,
    #[command(flatten)]
    belongings: Belongings,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    preview: Preview,
}

pub async fn remove(context: &mut Context<'_>, verb: Remove) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let mut members = Vec::new();
    for named in &verb.member {
        members.push(member(context, &organization, named).await?);
    }
    let settled = verb.belongings.settled(context, &organization).await?;
    let act = |member: &Member| settled(Call::delete(address(&organization, member)));
    if must_ask(verb.yes, verb.preview) {
        let question = format!(
            "Remove {} from {organization}? Disabling would keep them.",
            names(&members)
        );
        if !context.is_agreed(members.iter().map(&act), &question).await? {
            return Ok(());
        }
    }
    let outcome = format!("is removed from {organization}");
    on_each(context, &members, verb.preview, act, &outcome).await
}

pub async fn delete(context: &mut Context<'_>, verb: Delete) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let members = [member(context, &organization, &verb.member).await?];
    let settled = verb.belongings.settled(context, &organization).await?;
    let act = |member: &Member| settled(Call::delete(format!("{}/account", address(&organization, member))));
    if must_ask(verb.yes, verb.preview) {
        let question = format!(
            "Delete the account of {} for good? Suspending would keep it.",
            names(&members)
        );
        if !context.is_agreed(members.iter().map(&act), &question).await? {
            return Ok(());
        }
    }
    on_each(context, &members, verb.preview, act, "is deleted for good").await
}

pub async fn owned(context: &mut Context<'_>, verb: Owned) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let member = member(context, &organization, &verb.member).await?;
    let path = format!("{}/owned", address(&organization, &member));
    let page = context.list(Call::get(path), None, usize::MAX).await?;
    let none = format!("{} owns nothing.", printable(&member.name));
    let row = |item: &Value| ["type", "name", "id"].map(|key| text(item, &[key])).to_vec();
    context.show_list(page, none, &["TYPE", "NAME", "ID"], row);
    Ok(())
}

pub fn must_ask(is_agreed: bool, preview: Preview) -> bool {
    !is_agreed && !preview.dry_run && prompt::is_attended()
}

pub fn names(members: &[Member]) -> String {
    members
        .iter()
        .map(|member| printable(&member.name))
        .collect::<Vec<_>>()
        .join(", ")
}
