//! Policies as they are listed and set: those of an organization and those of the instance, in the same words.

use clap::Args;
use serde_json::{Map, Value, json};

use super::Preview;
use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{printable, table, text};

/// Policies that hold several values; their present value may be null and tell nothing.
const LISTS: &[&str] = &["methods", "offered_roles"];

/// What is told beside policies and follows from them.
const TOLD: &[&str] = &["security.mfa_required_since"];

#[derive(Args)]
pub struct Policies {
    /// Change a policy, as in --set KEY=VALUE with a KEY that is listed without this; null takes a limit away
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
    #[command(flatten)]
    preview: Preview,
}

/// Lists those at a path of the API, after they are changed if that is asked for.
pub async fn run(context: &mut Context<'_>, path: &str, verb: Policies) -> Result<(), Failure> {
    let mut answer = context.api.call(Call::get(path)).await?;
    if !verb.set.is_empty() {
        let change = change(verb.set, &answer)?;
        let Some(changed) = context.write(Call::patch(path, change), verb.preview).await? else {
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
    let rows = each(&answer)
        .into_iter()
        .map(|(key, value)| vec![key, shown(value)])
        .collect();
    context.show(&answer, table(&["POLICY", "VALUE"], rows));
    Ok(())
}

/// Every policy by the name it is set by; those that stand together have the name of what they are on before their own.
fn each(policies: &Value) -> Vec<(String, &Value)> {
    let mut all = Vec::new();
    for (key, value) in policies.as_object().into_iter().flatten() {
        match value.as_object() {
            Some(group) => all.extend(group.iter().map(|(inner, value)| (format!("{key}.{inner}"), value))),
            None => all.push((key.clone(), value)),
        }
    }
    all
}

fn shown(value: &Value) -> String {
    if value.is_null() {
        "null".to_owned()
    } else {
        text(value, &[])
    }
}

fn change(set: Vec<(String, String)>, policies: &Value) -> Result<Value, Failure> {
    let there = each(policies);
    let mut change = Map::new();
    for (key, value) in set {
        let Some((_, current)) = there.iter().find(|(name, _)| *name == key) else {
            return Err(unknown(&key, &there));
        };
        match key.split_once('.') {
            Some((group, key)) => {
                change.entry(group).or_insert_with(|| json!({}))[key] = typed(key, &value, current);
            }
            None => {
                let typed = typed(&key, &value, current);
                change.insert(key, typed);
            }
        }
    }
    Ok(Value::Object(change))
}

/// Names them as they are typed here, which the server cannot.
fn unknown(key: &str, there: &[(String, &Value)]) -> Failure {
    let names: Vec<&str> = there.iter().map(|(name, _)| name.as_str()).collect();
    let meant = names.iter().find(|name| name.ends_with(&format!(".{key}")));
    let meant = meant.map_or_else(String::new, |name| format!(" Did you mean {name}?"));
    let settable: Vec<&str> = names.into_iter().filter(|name| !TOLD.contains(name)).collect();
    Failure::usage(format!(
        "There is no policy {}.{meant} There are: {}",
        printable(key),
        settable.join(", ")
    ))
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("it takes KEY=VALUE, as in invitation_lifetime_days=14".to_owned()),
    }
}

/// What was typed, as the kind of value the policy has; a list may be written with commas.
fn typed(key: &str, value: &str, current: &Value) -> Value {
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
        (Value::String(_), Some(Value::Number(_) | Value::Bool(_))) | (_, None) => Value::from(value),
        (_, Some(json)) => json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_value_takes_the_kind_the_policy_has() {
        assert_eq!(typed("days", "14", &json!(7)), json!(14));
        assert_eq!(typed("days", "null", &json!(7)), Value::Null);
        assert_eq!(typed("days", "true", &json!(false)), json!(true));
        assert_eq!(typed("days", "card", &json!("people")), json!("card"));
        assert_eq!(typed("days", "7", &json!("people")), json!("7"));
        assert_eq!(
            typed("offered_roles", "admin, member", &Value::Null),
            json!(["admin", "member"])
        );
        assert_eq!(typed("offered_roles", "[\"admin\"]", &json!([])), json!(["admin"]));
    }

    #[test]
    fn a_policy_that_is_not_there_is_told_with_those_that_are() {
        let policies = json!({"pam": false, "security": {"mfa_required": false, "mfa_required_since": null}});
        let set = |key: &str| change(vec![(key.to_owned(), "true".to_owned())], &policies);
        let told = set("mfa_required").expect_err("it is one of security").words();
        assert_eq!(
            told,
            "There is no policy mfa_required. Did you mean security.mfa_required? There are: pam, security.mfa_required"
        );
        assert!(set("nonsense").expect_err("none").words().contains("There are: pam"));
        assert!(set("security").is_err(), "a group is set by what is in it");
        assert_eq!(
            set("security.mfa_required").expect("one"),
            json!({"security": {"mfa_required": true}})
        );
    }
}
