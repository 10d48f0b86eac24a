//! `role`: the roles of an organization, built-in and custom, and what each gives.

use std::collections::BTreeSet;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{self, printable, table, text};
use super::{Preview, name};

#[derive(Subcommand)]
pub enum Verb {
    /// List the roles of both levels
    List,
    /// Show a role and everything it gives
    Show(One),
    /// Make a custom role, from nothing or as a copy of another
    Create(Create),
    /// Change a custom role
    Edit(Edit),
    /// Delete a custom role
    Delete(Delete),
    /// Show two roles side by side
    Compare(Compare),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    Organization,
    Project,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Project => "project",
        }
    }
}

#[derive(Args)]
pub struct One {
    /// Slug or id of the role
    #[arg(value_parser = name)]
    role: String,
    /// Of which level the slug is
    #[arg(long, value_enum, default_value = "organization", value_name = "LEVEL")]
    applies_to: Level,
}

#[derive(Args)]
pub struct Create {
    /// What people call it
    name: String,
    #[arg(long)]
    description: Option<String>,
    /// Colour of its badge
    #[arg(long)]
    colour: Option<String>,
    /// Where it applies
    #[arg(long, value_enum, default_value = "organization", value_name = "LEVEL")]
    applies_to: Level,
    /// A permission it gives; repeat it for more
    #[arg(long = "permission", value_name = "PERMISSION")]
    permissions: Vec<String>,
    /// Begin with what this role of the same level gives
    #[arg(long, value_name = "ROLE", value_parser = name)]
    clone: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Edit {
    #[command(flatten)]
    one: One,
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    description: Option<String>,
    #[arg(long)]
    colour: Option<String>,
    /// A permission to add; repeat it for more
    #[arg(long, value_name = "PERMISSION")]
    add: Vec<String>,
    /// A permission to take out; repeat it for more
    #[arg(long, value_name = "PERMISSION")]
    remove: Vec<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Delete {
    #[command(flatten)]
    one: One,
    /// The role that whoever holds it gets instead
    #[arg(long, value_name = "ROLE", value_parser = name)]
    replace_with: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Compare {
    #[command(flatten)]
    one: One,
    /// Slug or id of the other, of the same level
    #[arg(value_parser = name)]
    other: String,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List => list(context).await,
        Verb::Show(verb) => show(context, verb).await,
        Verb::Create(verb) => create(context, verb).await,
        Verb::Edit(verb) => edit(context, verb).await,
        Verb::Delete(verb) => delete(context, verb).await,
        Verb::Compare(verb) => compare(context, verb).await,
    }
}

async fn list(context: &mut Context<'_>) -> Result<(), Failure> {
    let path = format!("/organizations/{}/roles", context.organization().await?);
    let answer = context.api.call(Call::get(path)).await?;
    let items = answer["items"].as_array().cloned().unwrap_or_default();
    let rows = items.iter().map(|item| {
        let built_in = if item["built_in"] == true { "built-in" } else { "custom" };
        let given = item["permissions"].as_array().map_or(0, Vec::len);
        let mut row: Vec<String> = ["slug", "name", "applies_to"]
            .iter()
            .map(|key| text(item, &[key]))
            .collect();
        row.extend([
            built_in.to_owned(),
            given.to_string(),
            text(item, &["members"]),
            text(item, &["groups"]),
        ]);
        row
    });
    let shown = table(
        &["SLUG", "NAME", "APPLIES TO", "KIND", "PERMISSIONS", "MEMBERS", "GROUPS"],
        rows.collect(),
    );
    context.show(&answer, shown);
    Ok(())
}

async fn show(context: &mut Context<'_>, verb: One) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let role = get(context, &organization, verb.applies_to, &verb.role).await?;
    let permissions: Vec<Vec<String>> = permissions(&role).into_iter().map(|name| vec![name]).collect();
    let mut words = printable(&text(&role, &["name"]));
    let description = text(&role, &["description"]);
    if !description.is_empty() {
        words.push_str(&format!(": {}", printable(&description)));
    }
    words.push('\n');
    words.push_str(&table(&["GIVES"], permissions));
    context.show(&role, words);
    Ok(())
}

async fn create(context: &mut Context<'_>, verb: Create) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let mut permissions: BTreeSet<String> = verb.permissions.into_iter().collect();
    if let Some(from) = &verb.clone {
        let from = get(context, &organization, verb.applies_to, from).await?;
        permissions.extend(self::permissions(&from));
    }
    let mut body = json!({
        "name": verb.name,
        "applies_to": verb.applies_to.word(),
        "permissions": permissions,
    });
    for (key, value) in [("description", verb.description), ("colour", verb.colour)] {
        if let Some(value) = value {
            body[key] = Value::from(value);
        }
    }
    let call = Call::post(format!("/organizations/{organization}/roles"), body);
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!(
        "The role {} is made; its slug is {}.",
        printable(&verb.name),
        printable(&text(&answer, &["slug"]))
    );
    context.show(&answer, sentence);
    Ok(())
}

async fn edit(context: &mut Context<'_>, verb: Edit) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let mut change = Map::new();
    for (key, value) in [
        ("name", verb.name),
        ("description", verb.description),
        ("colour", verb.colour),
    ] {
        if let Some(value) = value {
            change.insert(key.to_owned(), Value::from(value));
        }
    }
    if !verb.add.is_empty() || !verb.remove.is_empty() {
        let role = get(context, &organization, verb.one.applies_to, &verb.one.role).await?;
        let mut permissions = permissions(&role);
        permissions.extend(verb.add);
        permissions.retain(|name| !verb.remove.contains(name));
        change.insert("permissions".to_owned(), json!(permissions));
    }
    if change.is_empty() {
        return Err(Failure::usage(
            "Nothing to change; give --name, --description, --colour, --add or --remove",
        ));
    }
    let call = Call::patch(address(&organization, &verb.one.role), Value::Object(change))
        .query("applies_to", verb.one.applies_to.word());
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!("The role {} is changed.", printable(&text(&answer, &["name"])));
    context.show(&answer, sentence);
    Ok(())
}

async fn delete(context: &mut Context<'_>, verb: Delete) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let call = Call::delete(address(&organization, &verb.one.role))
        .query("applies_to", verb.one.applies_to.word())
        .query_if("replace_with", verb.replace_with.as_ref());
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let mut sentence = format!("The role {} is deleted.", printable(&verb.one.role));
    if let Some(other) = &verb.replace_with {
        sentence.push_str(&format!(" Whoever held it has {} now.", printable(other)));
    }
    context.show(&answer, sentence);
    Ok(())
}

async fn compare(context: &mut Context<'_>, verb: Compare) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let level = verb.one.applies_to;
    let left = get(context, &organization, level, &verb.one.role).await?;
    let right = get(context, &organization, level, &verb.other).await?;
    let (of_left, of_right) = (permissions(&left), permissions(&right));
    let mark = |held: bool| if held { "yes" } else { "-" }.to_owned();
    let rows = of_left.union(&of_right).map(|name| {
        vec![
            name.clone(),
            mark(of_left.contains(name)),
            mark(of_right.contains(name)),
        ]
    });
    let (left_name, right_name) = (text(&left, &["slug"]), text(&right, &["slug"]));
    let shown = table(&["PERMISSION", &left_name, &right_name], rows.collect());
    if context.is_json() {
        context.say(output::json(&json!([left, right])));
    } else {
        context.say(shown);
    }
    Ok(())
}

async fn get(context: &Context<'_>, organization: &str, level: Level, role: &str) -> Result<Value, Failure> {
    let call = Call::get(address(organization, role)).query("applies_to", level.word());
    context.api.call(call).await
}

fn permissions(role: &Value) -> BTreeSet<String> {
    let names = role["permissions"].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

fn address(organization: &str, role: &str) -> String {
    format!("/organizations/{organization}/roles/{role}")
}
