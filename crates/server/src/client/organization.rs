//! `organization`: open one, list them, leave one, read and change their policies.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{self, minute, printable, table, text};
use super::people::leave::{Belongings, must_ask};
use super::{Preview, effect, name, prompt, tenant};

/// Policies that hold several values; their present value may be null and tell nothing.
const LISTS: &[&str] = &["methods", "offered_roles"];

#[derive(Subcommand)]
pub enum Verb {
    /// Open an organization
    Create(Create),
    /// List the organizations you can see
    List,
    /// List all organizations of the server, for superusers
    ListAll(tenant::All),
    /// Let nobody in but superusers
    Disable(tenant::Disable),
    /// Let its people in again
    Enable(tenant::Plain),
    /// Delete an organization; superusers can restore it for thirty days
    Delete(tenant::Delete),
    /// Bring a deleted organization back
    Restore(tenant::Plain),
    /// Leave an organization, or decline to join it
    Leave(Leave),
    /// Show the policies of an organization, or change some with --set
    Policies(Policies),
}

#[derive(Args)]
pub struct Create {
    /// What people call it
    #[arg(long)]
    name: String,
    /// Its name in addresses: 2 to 40 of a-z, 0-9 and -
    #[arg(long, value_parser = name)]
    slug: String,
    /// Roles, policies and words it starts with
    #[arg(long, default_value = "standard")]
    preset: String,
    /// Who owns it: "me", or the e-mail address of somebody to invite
    #[arg(long, default_value = "me", value_name = "me|EMAIL")]
    owner: String,
    /// The name of the owner who is invited
    #[arg(long, value_name = "NAME")]
    owner_name: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Leave {
    #[command(flatten)]
    belongings: Belongings,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Policies {
    /// Change a policy, as in --set invitation_lifetime_days=14; null takes a limit away
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
    #[command(flatten)]
    preview: Preview,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Create(verb) => create(context, verb).await,
        Verb::List => list(context).await,
        Verb::ListAll(verb) => tenant::all(context, verb).await,
        Verb::Disable(verb) => tenant::disable(context, verb).await,
        Verb::Enable(verb) => tenant::enable(context, verb).await,
        Verb::Delete(verb) => tenant::delete(context, verb).await,
        Verb::Restore(verb) => tenant::restore(context, verb).await,
        Verb::Leave(verb) => leave(context, verb).await,
        Verb::Policies(verb) => policies(context, verb).await,
    }
}

async fn create(context: &mut Context<'_>, verb: Create) -> Result<(), Failure> {
    let owner = match (verb.owner.as_str(), &verb.owner_name) {
        ("me", None) => Value::from("me"),
        ("me", Some(_)) => {
            return Err(Failure::usage(
                "--owner-name goes with an --owner who is invited by e-mail",
            ));
        }
        (email, None) => json!({"email": email}),
        (email, Some(name)) => json!({"email": email, "name": name}),
    };
    let body = json!({"name": verb.name, "slug": verb.slug, "preset": verb.preset, "owner": owner});
    let Some(answer) = context.write(Call::post("/organizations", body), verb.preview).await? else {
        return Ok(());
    };
    let mut sentence = format!("{} is open as {}.", printable(&verb.name), verb.slug);
    if text(&answer, &["status"]) == "awaiting_owner" {
        sentence.push_str(" Its owner is invited and has not joined yet.");
    }
    let link = text(&answer, &["link"]);
    if !link.is_empty() {
        sentence.push_str(&format!("\nLink for the owner: {}", printable(&link)));
    }
    context.show(&answer, sentence);
    Ok(())
}

async fn list(context: &mut Context<'_>) -> Result<(), Failure> {
    let page = context.list(Call::get("/organizations"), None, usize::MAX).await?;
    if context.is_json() {
        context.say(output::json(&page.json()));
        return Ok(());
    }
    if page.items.is_empty() {
        context.note("You are in no organization; open one with: roster organization create");
        return Ok(());
    }
    let rows = page.items.iter().map(|item| {
        let mut row: Vec<String> = ["slug", "name", "preset", "status"]
            .iter()
            .map(|key| text(item, &[key]))
            .collect();
        row.push(flags(item));
        row.push(minute(item, "created_at"));
        row.push(text(item, &["id"]));
        row
    });
    context.say(table(
        &["SLUG", "NAME", "PRESET", "STATUS", "FLAGS", "CREATED", "ID"],
        rows.collect(),
    ));
    Ok(())
}

fn flags(item: &Value) -> String {
    let all = item["flags"].as_array().into_iter().flatten();
    all.filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

async fn leave(context: &mut Context<'_>, verb: Leave) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let settled = verb.belongings.settled(context, &organization).await?;
    let path = format!("/me/organizations/{organization}");
    if must_ask(verb.yes, verb.preview) {
        let preview = settled(Call::delete(path.as_str())).query("dry_run", "true");
        context.note(effect::words(&context.api.call(preview).await?));
        if !prompt::is_confirmed(&format!("Leave {organization}?"))? {
            context.note("Left as it was.");
            return Ok(());
        }
    }
    let Some(answer) = context.write(settled(Call::delete(path)), verb.preview).await? else {
        return Ok(());
    };
    context.show(&answer, format!("You left {organization}."));
    Ok(())
}

async fn policies(context: &mut Context<'_>, verb: Policies) -> Result<(), Failure> {
    let path = format!("/organizations/{}/policies", context.organization().await?);
    let mut answer = context.api.call(Call::get(path.as_str())).await?;
    if !verb.set.is_empty() {
        let mut change = Map::new();
        for (key, value) in verb.set {
            match key.split_once('.') {
                // Those on security stand together: `security.mfa_required=true`.
                Some((group, key)) => {
                    let typed = typed(key, &value, answer.get(group).and_then(|group| group.get(key)));
                    change.entry(group).or_insert_with(|| json!({}))[key] = typed;
                }
                None => {
                    let typed = typed(&key, &value, answer.get(&key));
                    change.insert(key, typed);
                }
            }
        }
        let call = Call::patch(path.as_str(), Value::Object(change));
        let Some(changed) = context.write(call, verb.preview).await? else {
            return Ok(());
        };
        answer = if changed.is_null() {
            context.api.call(Call::get(path)).await?
        } else {
            changed
        };
    } else if verb.preview.dry_run {
        return Err(Failure::usage(
            "--dry-run goes with --set; without it nothing is changed anyway",
        ));
    }
    let mut rows = Vec::new();
    for (key, value) in answer.as_object().into_iter().flatten() {
        match value.as_object() {
            Some(group) => rows.extend(group.iter().map(|(inner, value)| row(&format!("{key}.{inner}"), value))),
            None => rows.push(row(key, value)),
        }
    }
    let table = table(&["POLICY", "VALUE"], rows);
    context.show(&answer, table);
    Ok(())
}

fn row(key: &str, value: &Value) -> Vec<String> {
    let shown = if value.is_null() {
        "null".to_owned()
    } else {
        text(value, &[])
    };
    vec![key.to_owned(), shown]
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("it takes KEY=VALUE, as in invitation_lifetime_days=14".to_owned()),
    }
}

/// What was typed, as the kind of value the policy has; a list may be written with commas.
fn typed(key: &str, value: &str, current: Option<&Value>) -> Value {
    let json = serde_json::from_str::<Value>(value).ok();
    if LISTS.contains(&key) && !matches!(json, Some(Value::Array(_) | Value::Null)) {
        return value
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(Value::from)
            .collect();
    }
    match (current, json) {
        (Some(Value::String(_)), Some(Value::Number(_) | Value::Bool(_))) | (_, None) => Value::from(value),
        (_, Some(json)) => json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_value_takes_the_kind_the_policy_has() {
        assert_eq!(typed("days", "14", Some(&json!(7))), json!(14));
        assert_eq!(typed("days", "null", Some(&json!(7))), Value::Null);
        assert_eq!(typed("days", "true", Some(&json!(false))), json!(true));
        assert_eq!(typed("days", "card", Some(&json!("people"))), json!("card"));
        assert_eq!(typed("days", "7", Some(&json!("people"))), json!("7"));
        assert_eq!(
            typed("offered_roles", "admin, member", Some(&Value::Null)),
            json!(["admin", "member"])
        );
        assert_eq!(
            typed("offered_roles", "[\"admin\"]", Some(&json!([]))),
            json!(["admin"])
        );
    }
}
