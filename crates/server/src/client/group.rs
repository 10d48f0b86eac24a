//! `group`: groups, their role and who is in them.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{self, minute, printable, table, text};
use super::people::find;
use super::{Preview, name};

#[derive(Subcommand)]
pub enum Verb {
    /// List groups
    List(List),
    /// Show a group and who is in it
    Show(One),
    /// Make a group
    Create(Create),
    /// Change a group's name, description or parent
    Edit(Edit),
    /// Delete a group
    Delete(Change),
    /// Give a group another role
    SetRole(SetRole),
    /// Put members or service accounts into a group, or change until when
    Add(Add),
    /// Take members or service accounts out of a group
    Remove(Remove),
}

#[derive(Args)]
pub struct List {
    /// Only those whose name or slug contains this
    #[arg(long, value_name = "TEXT")]
    query: Option<String>,
}

#[derive(Args)]
pub struct One {
    /// Slug or id of the group
    #[arg(value_parser = name)]
    group: String,
}

#[derive(Args)]
pub struct Change {
    #[command(flatten)]
    one: One,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Create {
    /// What people call it
    name: String,
    #[arg(long, value_parser = name)]
    slug: Option<String>,
    #[arg(long)]
    description: Option<String>,
    /// Slug or id of its role; member where left out
    #[arg(long)]
    role: Option<String>,
    /// Another group to show beside it; nothing is inherited
    #[arg(long, value_name = "GROUP")]
    parent: Option<String>,
    /// Somebody to put in: id, username or e-mail, or a service account's name; repeat it for more
    #[arg(long = "member", value_name = "MEMBER")]
    members: Vec<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Edit {
    #[command(flatten)]
    one: One,
    #[arg(long)]
    name: Option<String>,
    #[arg(long, value_parser = name)]
    slug: Option<String>,
    #[arg(long)]
    description: Option<String>,
    /// "" takes it away
    #[arg(long, value_name = "GROUP")]
    parent: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct SetRole {
    #[command(flatten)]
    one: One,
    /// Slug or id of the role
    role: String,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Add {
    #[command(flatten)]
    one: One,
    /// Ids, usernames or e-mails of members, ids or names of service accounts
    #[arg(required = true)]
    member: Vec<String>,
    /// When it ends, as 2026-12-31T18:00:00Z
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Remove {
    #[command(flatten)]
    one: One,
    /// Ids, usernames or e-mails of members, ids or names of service accounts
    #[arg(required = true)]
    member: Vec<String>,
    #[command(flatten)]
    preview: Preview,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List(verb) => list(context, verb).await,
        Verb::Show(verb) => show(context, verb).await,
        Verb::Create(verb) => create(context, verb).await,
        Verb::Edit(verb) => edit(context, verb).await,
        Verb::Delete(verb) => delete(context, verb).await,
        Verb::SetRole(verb) => set_role(context, verb).await,
        Verb::Add(verb) => add(context, verb).await,
        Verb::Remove(verb) => remove(context, verb).await,
    }
}

async fn list(context: &mut Context<'_>, verb: List) -> Result<(), Failure> {
    let path = format!("/organizations/{}/groups", context.organization().await?);
    let call = Call::get(path).query_if("query", verb.query.as_ref());
    let page = context.list(call, None, usize::MAX).await?;
    let row = |item: &Value| {
        vec![
            text(item, &["slug"]),
            text(item, &["name"]),
            text(item, &["role", "slug"]),
            text(item, &["members"]),
            text(item, &["parent", "slug"]),
            text(item, &["id"]),
        ]
    };
    context.show_list(
        page,
        "No such group.",
        &["SLUG", "NAME", "ROLE", "MEMBERS", "PARENT", "ID"],
        row,
    );
    Ok(())
}

async fn show(context: &mut Context<'_>, verb: One) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let path = address(&organization, &verb);
    let mut group = context.api.call(Call::get(path.as_str())).await?;
    let page = context
        .list(Call::get(format!("{path}/members")), None, usize::MAX)
        .await?;
    if context.is_json() {
        let items = page.json();
        group["people"] = items["items"].clone();
        context.say(output::json(&group));
        return Ok(());
    }
    let rows = page.items.iter().map(|item| {
        vec![
            text(item, &["name"]),
            text(item, &["username"]),
            text(item, &["type"]).replace('_', " "),
            until(item),
            text(item, &["origin"]),
            text(item, &["granted", "by", "name"]),
        ]
    });
    context.say(format!(
        "{} has the role {}.\n{}",
        printable(&text(&group, &["name"])),
        printable(&text(&group, &["role", "name"])),
        table(
            &["NAME", "USERNAME", "TYPE", "UNTIL", "ORIGIN", "ADDED BY"],
            rows.collect()
        )
    ));
    Ok(())
}

/// Ended ones are shown as such.
fn until(item: &Value) -> String {
    let time = minute(item, "until");
    if item["ended"] == true {
        format!("ended {time}")
    } else {
        time
    }
}

async fn create(context: &mut Context<'_>, verb: Create) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let mut members = Vec::new();
    for named in &verb.members {
        members.push(find::principal(context, &organization, named).await?.id);
    }
    let mut body = json!({ "name": verb.name, "members": members });
    for (key, value) in [
        ("slug", verb.slug),
        ("description", verb.description),
        ("role", verb.role),
        ("parent", verb.parent),
    ] {
        if let Some(value) = value {
            body[key] = Value::from(value);
        }
    }
    let call = Call::post(format!("/organizations/{organization}/groups"), body);
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!(
        "The group {} is made with the role {}; its slug is {}.",
        printable(&text(&answer, &["name"])),
        printable(&text(&answer, &["role", "name"])),
        printable(&text(&answer, &["slug"]))
    );
    context.show(&answer, sentence);
    Ok(())
}

async fn edit(context: &mut Context<'_>, verb: Edit) -> Result<(), Failure> {
    let mut change = Map::new();
    for (key, value) in [
        ("name", verb.name),
        ("slug", verb.slug),
        ("description", verb.description),
        ("parent", verb.parent),
    ] {
        if let Some(value) = value {
            let cleared = key == "parent" && value.is_empty();
            change.insert(key.to_owned(), if cleared { Value::Null } else { Value::from(value) });
        }
    }
    if change.is_empty() {
        return Err(Failure::usage(
            "Nothing to change; give --name, --slug, --description or --parent",
        ));
    }
    let organization = context.organization().await?;
    let call = Call::patch(address(&organization, &verb.one), Value::Object(change));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!("The group {} is changed.", printable(&text(&answer, &["name"])));
    context.show(&answer, sentence);
    Ok(())
}

async fn delete(context: &mut Context<'_>, verb: Change) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let call = Call::delete(address(&organization, &verb.one));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    context.show(&answer, format!("The group {} is deleted.", printable(&verb.one.group)));
    Ok(())
}

async fn set_role(context: &mut Context<'_>, verb: SetRole) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let path = format!("{}/role", address(&organization, &verb.one));
    let call = Call::put(path, json!({ "role": verb.role }));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!(
        "{} has the role {} now, and so has everyone in it.",
        printable(&text(&answer, &["name"])),
        printable(&text(&answer, &["role", "name"]))
    );
    context.show(&answer, sentence);
    Ok(())
}

async fn add(context: &mut Context<'_>, verb: Add) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let body = verb
        .until
        .as_ref()
        .map_or_else(|| json!({}), |until| json!({ "until": until }));
    let mut outcome = format!("is in {}", verb.one.group);
    if let Some(until) = &verb.until {
        outcome.push_str(&format!(" until {until}"));
    }
    let act = |path: String| Call::put(path, body.clone());
    each(
        context,
        &organization,
        &verb.one,
        &verb.member,
        verb.preview,
        act,
        &outcome,
    )
    .await
}

async fn remove(context: &mut Context<'_>, verb: Remove) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let outcome = format!("is no longer in {}", verb.one.group);
    each(
        context,
        &organization,
        &verb.one,
        &verb.member,
        verb.preview,
        Call::delete,
        &outcome,
    )
    .await
}

/// All are looked up first: a typing error in the third name must not be found after two have been changed.
async fn each(
    context: &mut Context<'_>,
    organization: &str,
    group: &One,
    named: &[String],
    preview: Preview,
    act: impl Fn(String) -> Call,
    outcome: &str,
) -> Result<(), Failure> {
    let mut found = Vec::new();
    for named in named {
        found.push(find::principal(context, organization, named).await?);
    }
    for who in found {
        let call = act(format!("{}/members/{}", address(organization, group), who.id));
        if let Some(answer) = context.write(call, preview).await? {
            context.show(&answer, format!("{} {}.", printable(&who.name), printable(outcome)));
        }
    }
    Ok(())
}

fn address(organization: &str, group: &One) -> String {
    format!("/organizations/{organization}/groups/{}", group.group)
}
