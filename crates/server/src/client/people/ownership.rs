//! `people grant-ownership` and `people give-up-ownership`: an Owner makes others Owners, and is the one to end it. At a
//! terminal both show what would happen and ask.

use clap::Args;

use super::change::on_each;
use super::find::{Member, member};
use super::leave::{must_ask, names};
use crate::client::Preview;
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output::text;

#[derive(Args)]
pub struct Grant {
    /// Ids, usernames or e-mails of members
    #[arg(required = true)]
    member: Vec<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct GiveUp {
    /// Id, username or e-mail of the Owner; yourself where left out. Somebody else's takes a superuser
    member: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    preview: Preview,
}

pub async fn grant(context: &mut Context<'_>, verb: Grant) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let mut members = Vec::new();
    for named in &verb.member {
        members.push(member(context, &organization, named).await?);
    }
    let act = |member: &Member| Call::new(reqwest::Method::PUT, address(&organization, member));
    if must_ask(verb.yes, verb.preview) {
        let question = format!(
            "Make {} Owner of {organization}? You cannot take it back: an Owner gives it up.",
            names(&members)
        );
        if !context.is_agreed(members.iter().map(&act), &question).await? {
            return Ok(());
        }
    }
    let outcome = format!("is an Owner of {organization}");
    on_each(context, &members, verb.preview, act, &outcome).await
}

pub async fn give_up(context: &mut Context<'_>, verb: GiveUp) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let named = match verb.member {
        Some(named) => named,
        None => text(&context.api.call(Call::get("/me")).await?, &["username"]),
    };
    let members = [member(context, &organization, &named).await?];
    let act = |member: &Member| Call::delete(address(&organization, member));
    if must_ask(verb.yes, verb.preview) {
        let question = format!(
            "End the ownership of {}, who stays in {organization} as an Admin?",
            names(&members)
        );
        if !context.is_agreed(members.iter().map(&act), &question).await? {
            return Ok(());
        }
    }
    let outcome = format!("is an Owner of {organization} no more, and an Admin now");
    on_each(context, &members, verb.preview, act, &outcome).await
}

fn address(organization: &str, member: &Member) -> String {
    format!("/organizations/{organization}/owners/{}", member.id)
}
