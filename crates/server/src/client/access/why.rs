//! Why somebody may do something, link by link, or what it would take; everything a member may do; everyone who may do
//! something.

use clap::Args;
use serde_json::{Value, json};

use super::{On, What};
use crate::client::api::Call;
use crate::client::context::{Context, Page};
use crate::client::failure::Failure;
use crate::client::output::{minute, printable, text};
use crate::client::people::find::{Principal, member, principal};

#[derive(Args)]
pub struct Why {
    /// Username, e-mail address or id of a member, or name or id of a service account
    #[arg(value_name = "SUBJECT")]
    subject: String,
    #[command(flatten)]
    what: What,
}

#[derive(Args)]
pub struct Who {
    /// Name of the permission
    #[arg(value_name = "PERMISSION", value_parser = permission)]
    permission: String,
    /// At most so many
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "all")]
    limit: u32,
    /// All of them, over as many calls as it takes
    #[arg(long)]
    all: bool,
    /// Go on where an earlier list ended
    #[arg(long)]
    cursor: Option<String>,
    #[command(flatten)]
    on: On,
}

#[derive(Args)]
pub struct Of {
    /// Username, e-mail address or id of a member
    member: String,
    #[command(flatten)]
    on: On,
}

pub async fn why(context: &mut Context<'_>, verb: Why) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let subject = principal(context, &organization, &verb.subject).await?;
    let mut body = json!({
        "subject": { "type": subject.kind, "id": subject.id },
        "permission": verb.what.permission,
    });
    if let Some(project) = &verb.what.on.on {
        body["resource"] = json!({ "type": "project", "id": project });
    }
    let call = Call::post(format!("/organizations/{organization}/explanations"), body);
    let answer = context.api.call(call).await?;
    let words = words(&answer, &subject, &verb.what.permission);
    context.show(&answer, words);
    Ok(())
}

pub async fn who(context: &mut Context<'_>, verb: Who) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let path = format!("/organizations/{organization}/permissions/{}/holders", verb.permission);
    let call = Call::get(path).query_if("project", verb.on.on.as_ref());
    let limit = if verb.all { usize::MAX } else { verb.limit as usize };
    let page = context.list(call, verb.cursor, limit).await?;
    let none = format!("Nobody in {organization} has {}.", printable(&verb.permission));
    let row = |item: &Value| {
        let ways = item["because"].as_array().into_iter().flatten().map(way);
        vec![
            text(item, &["name"]),
            text(item, &["type"]).replace('_', " "),
            ways.collect::<Vec<_>>().join("; "),
            text(item, &["id"]),
        ]
    };
    context.show_page(page, none, &["NAME", "TYPE", "BY", "ID"], row);
    Ok(())
}

pub async fn of(context: &mut Context<'_>, verb: Of) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let member = member(context, &organization, &verb.member).await?;
    let path = format!("/organizations/{organization}/members/{}/access", member.id);
    let call = Call::get(path).query_if("project", verb.on.on.as_ref());
    let answer = context.api.call(call).await?;
    let page = Page {
        items: answer["items"].as_array().cloned().unwrap_or_default(),
        next_cursor: None,
    };
    let none = format!("{} may do nothing here.", printable(&member.name));
    let row = |item: &Value| {
        let chains = item["because"].as_array().into_iter().flatten().map(chain);
        vec![text(item, &["permission"]), chains.collect::<Vec<_>>().join("; ")]
    };
    context.show_list(page, none, &["PERMISSION", "BY"], row);
    Ok(())
}

fn words(answer: &Value, subject: &Principal, permission: &str) -> String {
    let (name, permission) = (printable(&subject.name), printable(permission));
    let lines = |key: &str, line: fn(&Value) -> String| {
        let all = answer[key].as_array().into_iter().flatten();
        all.map(|one| format!("\n  {}", printable(&line(one))))
            .collect::<String>()
    };
    if answer["decision"] == true {
        return format!("yes: {name} has {permission} by{}", lines("because", chain));
    }
    let changes = lines("would_take", remedy);
    if changes.is_empty() {
        return format!("no: {name} does not have {permission}, and no single change would give it.");
    }
    format!("no: {name} does not have {permission}. Any of these would give it:{changes}")
}

/// What stands between the person and the permission, which are known.
fn chain(links: &Value) -> String {
    let links = links.as_array().map_or(&[][..], Vec::as_slice);
    let ends = ["member", "service_account", "account", "permission"];
    let between = links
        .iter()
        .filter(|link| !ends.contains(&link["type"].as_str().unwrap_or_default()));
    let told: Vec<String> = between.map(link).collect();
    if told.is_empty() {
        links.iter().map(link).collect::<Vec<_>>().join(" → ")
    } else {
        told.join(" → ")
    }
}

/// `group Auditors (by Olivia on 2026-01-02 03:04)`
fn link(link: &Value) -> String {
    let part = |word: &str, value: String| (!value.is_empty()).then(|| format!("{word} {value}"));
    let remarks: Vec<String> = [
        part("by", text(link, &["granted_by", "name"])),
        part("on", minute(link, "at")),
        part("until", minute(link, "until")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let (kind, name) = (text(link, &["type"]), text(link, &["name"]));
    let named = match kind.as_str() {
        "member" | "service_account" | "account" | "permission" => name,
        _ if kind.eq_ignore_ascii_case(&name) => kind,
        _ => format!("{kind} {name}"),
    };
    if remarks.is_empty() {
        named
    } else {
        format!("{named} ({})", remarks.join(" "))
    }
}

/// `Add Mia to the group Auditors (with 3 further permissions; not yours to change)`
fn remedy(remedy: &Value) -> String {
    let besides = match remedy["besides"].as_u64().unwrap_or_default() {
        0 => None,
        1 => Some("with 1 further permission".to_owned()),
        more => Some(format!("with {more} further permissions")),
    };
    let foreign = (remedy["possible"] != true).then(|| "not yours to change".to_owned());
    let remarks: Vec<String> = [besides, foreign].into_iter().flatten().collect();
    let detail = text(remedy, &["detail"]);
    if remarks.is_empty() {
        detail
    } else {
        format!("{detail} ({})", remarks.join("; "))
    }
}

/// What somebody holds a permission by, short enough for a column.
fn way(way: &Value) -> String {
    let role = text(way, &["role"]);
    let group = text(way, &["group"]);
    match (text(way, &["type"]).as_str(), group.is_empty()) {
        ("superuser", _) => "superuser".to_owned(),
        ("ownership", _) => format!("{role}, as its owner"),
        ("repository", _) => format!("{role}, by its repository"),
        ("everyone", _) => format!("{role}, like everyone"),
        ("every_project", true) => format!("{role}, on every project"),
        ("every_project", false) => format!("{role}, by {group} on every project"),
        (_, true) => role,
        (_, false) => format!("{role}, through {group}"),
    }
}

/// What may stand in an address without being taken for more than a name.
fn permission(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty()
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_' | ':'));
    if is_name && !text.starts_with('.') {
        Ok(text.to_owned())
    } else {
        Err("it takes the name of a permission, such as roster.member.manage".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_names_each_link_with_who_made_it() {
        let told = chain(&json!([
            {"type": "member", "name": "Mia"},
            {"type": "group", "name": "Auditors", "granted_by": {"name": "Olivia"}, "at": "2026-11-22T01:02:03Z",
             "until": "2036-12-31T18:00:00Z"},
            {"type": "role", "name": "Auditor"},
            {"type": "permission", "name": "roster.audit_log.view"},
        ]));
        assert_eq!(
            told,
            "group Auditors (by Olivia on 2026-11-22 01:02 until 2036-12-31 18:00) → role Auditor"
        );
    }

    #[test]
    fn a_change_says_what_comes_with_it_and_whether_one_may_make_it() {
        let told = remedy(&json!({"detail": "Add Mia to the group Auditors", "besides": 1, "possible": false}));
        assert_eq!(
            told,
            "Add Mia to the group Auditors (with 1 further permission; not yours to change)"
        );
    }
}
