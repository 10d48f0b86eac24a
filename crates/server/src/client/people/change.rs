//! Changes to members that can be taken back: profile, role, disabled, suspended.

use clap::Args;
use serde_json::{Map, Value, json};

use super::find::{Member, display_name, member};
use crate::client::Preview;
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output::printable;

#[derive(Args)]
pub struct Edit {
    /// Id, username or e-mail of the member
    member: String,
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    email: Option<String>,
    /// "" takes it away
    #[arg(long)]
    phone: Option<String>,
    #[arg(long, value_name = "METHOD")]
    authentication_method: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct SetRole {
    /// Id, username or e-mail of the member
    member: String,
    /// Slug or id of the role
    role: String,
    /// When the role ends, as 2026-12-31T18:00:00Z
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Hold {
    /// Ids, usernames or e-mails of members
    #[arg(required = true)]
    member: Vec<String>,
    /// Why, for the audit log and whoever lifts it
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Several {
    /// Ids, usernames or e-mails of members
    #[arg(required = true)]
    member: Vec<String>,
    #[command(flatten)]
    preview: Preview,
}

pub async fn edit(context: &mut Context<'_>, verb: Edit) -> Result<(), Failure> {
    let mut change = Map::new();
    for (key, value) in [
        ("name", verb.name),
        ("email", verb.email),
        ("authentication_method", verb.authentication_method),
    ] {
        if let Some(value) = value {
            change.insert(key.to_owned(), Value::from(value));
        }
    }
    if let Some(phone) = verb.phone {
        change.insert(
            "phone".to_owned(),
            if phone.is_empty() {
                Value::Null
            } else {
                Value::from(phone)
            },
        );
    }
    if change.is_empty() {
        return Err(Failure::usage(
            "Nothing to change; give --name, --email, --phone or --authentication-method",
        ));
    }
    let organization = context.organization().await?;
    let member = member(context, &organization, &verb.member).await?;
    let call = Call::patch(address(&organization, &member), Value::Object(change));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let name = display_name(&answer);
    context.show(
        &answer,
        format!(
            "{} is changed.",
            printable(if name.is_empty() { &member.name } else { &name })
        ),
    );
    Ok(())
}

pub async fn set_role(context: &mut Context<'_>, verb: SetRole) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let member = member(context, &organization, &verb.member).await?;
    let mut body = json!({"role": verb.role});
    let mut sentence = format!(
        "{} has the role {} in {organization}",
        printable(&member.name),
        printable(&verb.role)
    );
    if let Some(until) = verb.until {
        sentence.push_str(&format!(" until {}", printable(&until)));
        body["until"] = Value::from(until);
    }
    let call = Call::put(format!("{}/role", address(&organization, &member)), body);
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    context.show(&answer, format!("{sentence}."));
    Ok(())
}

pub async fn disable(context: &mut Context<'_>, verb: Hold) -> Result<(), Failure> {
    hold(context, verb, "disablement", "is disabled here and signed out").await
}

pub async fn suspend(context: &mut Context<'_>, verb: Hold) -> Result<(), Failure> {
    hold(context, verb, "suspension", "is suspended and signed out").await
}

pub async fn enable(context: &mut Context<'_>, verb: Several) -> Result<(), Failure> {
    lift(context, verb, "disablement", "has access again").await
}

pub async fn unsuspend(context: &mut Context<'_>, verb: Several) -> Result<(), Failure> {
    lift(context, verb, "suspension", "can sign in again").await
}

async fn hold(context: &mut Context<'_>, verb: Hold, noun: &str, outcome: &str) -> Result<(), Failure> {
    let body = verb
        .reason
        .map_or_else(|| json!({}), |reason| json!({"reason": reason}));
    let act = |path: String| Call::put(format!("{path}/{noun}"), body.clone());
    each(context, &verb.member, verb.preview, act, outcome).await
}

async fn lift(context: &mut Context<'_>, verb: Several, noun: &str, outcome: &str) -> Result<(), Failure> {
    each(
        context,
        &verb.member,
        verb.preview,
        |path| Call::delete(format!("{path}/{noun}")),
        outcome,
    )
    .await
}

/// The same act on each member. All are looked up first: a typing error in the third name must not
/// be found after two have been changed.
pub async fn each(
    context: &mut Context<'_>,
    named: &[String],
    preview: Preview,
    act: impl Fn(String) -> Call,
    outcome: &str,
) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let mut members = Vec::new();
    for named in named {
        members.push(member(context, &organization, named).await?);
    }
    let act = |member: &Member| act(address(&organization, member));
    on_each(context, &members, preview, act, outcome).await
}

pub async fn on_each(
    context: &mut Context<'_>,
    members: &[Member],
    preview: Preview,
    act: impl Fn(&Member) -> Call,
    outcome: &str,
) -> Result<(), Failure> {
    let mut refused = 0;
    for member in members {
        let name = printable(&member.name);
        if preview.dry_run && members.len() > 1 && !context.is_json() {
            context.say(format!("{name}:"));
        }
        match context.write(act(member), preview).await {
            Ok(Some(answer)) => context.show(&answer, format!("{name} {outcome}.")),
            Ok(None) => {}
            Err(Failure::Refused(problem)) if members.len() > 1 => {
                refused += 1;
                context.note(format!("error: {name}: {}", problem.words()));
            }
            Err(failure) => return Err(failure),
        }
    }
    Failure::of_many(refused, members.len(), preview.dry_run)
}

pub fn address(organization: &str, member: &Member) -> String {
    format!("/organizations/{organization}/members/{}", member.id)
}
