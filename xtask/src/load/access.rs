//! Owners, groups, projects and who has access to them: whatever is not there yet is brought, so that a second run changes
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::client::Client;
use super::file::{Group, Project, Record, role};

/// Returns how many changes it took.
pub async fn bring(client: &Client, organization: &str, record: &Record) -> Result<usize, String> {
    let base = format!("/organizations/{organization}");
    let members = members(client, organization).await?;
    let mut changes = owners(client, &base, record, &members).await?;
    let groups = groups(client, &base, &record.groups, &members, &mut changes).await?;
    projects(client, &base, &record.projects, &members, &groups, &mut changes).await?;
    Ok(changes)
}

/// Members by lower-cased username: id and role.
pub type Members = BTreeMap<String, (String, String)>;

pub async fn members(client: &Client, organization: &str) -> Result<Members, String> {
    let members = client.all(&format!("/organizations/{organization}/members")).await?;
    let known = members.iter().filter_map(|member| {
        let role = member.pointer("/role/slug").and_then(Value::as_str)?;
        Some((
            text(member, "username")?.to_lowercase(),
            (text(member, "id")?, role.to_owned()),
        ))
    });
    Ok(known.collect())
}

pub fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn id<'a>(members: &'a Members, handle: &str) -> Result<&'a str, String> {
    let known = members.get(&handle.to_lowercase()).map(|(id, _)| id.as_str());
    known.ok_or_else(|| format!("{handle} is named in a group or project and is no member"))
}

async fn owners(client: &Client, base: &str, record: &Record, members: &Members) -> Result<usize, String> {
    let mut changes = 0;
    for handle in &record.owners {
        let known = members.get(&handle.to_lowercase());
        if known.is_some_and(|(_, role)| role != "owner") {
            let path = format!("{base}/owners/{}", id(members, handle)?);
            client.put(&path, &json!({})).await?;
            changes += 1;
        }
    }
    Ok(changes)
}

/// Ids of the groups by name.
async fn groups(
    client: &Client,
    base: &str,
    wanted: &[Group],
    members: &Members,
    changes: &mut usize,
) -> Result<BTreeMap<String, String>, String> {
    let mut there = named(&client.all(&format!("{base}/groups")).await?);
    let bar = ProgressBar::new(wanted.len() as u64).with_message("groups");
    for group in wanted {
        bar.inc(1);
        let ids: Vec<&str> = group
            .members
            .iter()
            .map(|handle| id(members, handle))
            .collect::<Result<_, _>>()?;
        if let Some(known) = there.get(&group.name) {
            let path = format!("{base}/groups/{known}/members");
            let present: BTreeSet<String> = client
                .all(&path)
                .await?
                .iter()
                .filter_map(|member| text(member, "id"))
                .collect();
            for absent in ids.iter().filter(|id| !present.contains(**id)) {
                client.put(&format!("{path}/{absent}"), &json!({})).await?;
                *changes += 1;
            }
            continue;
        }
        let body = json!({ "name": group.name, "description": group.description, "members": ids });
        let made = client.post(&format!("{base}/groups"), &body).await?;
        *changes += 1;
        there.insert(group.name.clone(), text(&made, "id").unwrap_or_default());
    }
    bar.finish_and_clear();
    for group in wanted {
        let parent = group.parent.as_ref().and_then(|parent| there.get(parent));
        if let (Some(parent), Some(known)) = (parent, there.get(&group.name)) {
            let path = format!("{base}/groups/{known}");
            let shown = client.find(&path).await?.unwrap_or_default();
            let current = shown.pointer("/parent/id").or_else(|| shown.get("parent"));
            if current.and_then(Value::as_str) != Some(parent) {
                client.patch(&path, &json!({ "parent": parent })).await?;
                *changes += 1;
            }
        }
    }
    Ok(there)
}

fn named(items: &[Value]) -> BTreeMap<String, String> {
    items
        .iter()
        .filter_map(|item| Some((text(item, "name")?, text(item, "id")?)))
        .collect()
}

async fn projects(
    client: &Client,
    base: &str,
    wanted: &[Project],
    members: &Members,
    groups: &BTreeMap<String, String>,
    changes: &mut usize,
) -> Result<(), String> {
    let mut there = named(&client.all(&format!("{base}/projects")).await?);
    let bar = ProgressBar::new(wanted.len() as u64).with_message("projects");
    for project in wanted {
        bar.inc(1);
        if !there.contains_key(&project.name) {
            // What the record says is all there is: nobody else reaches it.
            let body = json!({
                "name": project.name, "description": project.description, "visibility": "members_only",
            });
            let made = client.post(&format!("{base}/projects"), &body).await?;
            *changes += 1;
            there.insert(project.name.clone(), text(&made, "id").unwrap_or_default());
        }
        let path = format!("{base}/projects/{}/access", there[&project.name]);
        let present = mapped(&client.all(&path).await?);
        for (subject, permission) in subjects(project, members, groups)? {
            let role = role(permission)?;
            if present.get(&subject).map(String::as_str) != Some(role) {
                client
                    .put(&format!("{path}/{subject}"), &json!({ "role": role }))
                    .await?;
                *changes += 1;
            }
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// Who has which role already.
fn mapped(items: &[Value]) -> BTreeMap<String, String> {
    items
        .iter()
        .filter_map(|item| {
            let id = item.pointer("/subject/id").and_then(Value::as_str)?;
            let role = item.pointer("/role/slug").and_then(Value::as_str)?;
            Some((id.to_owned(), role.to_owned()))
        })
        .collect()
}

fn subjects<'a>(
    project: &'a Project,
    members: &Members,
    groups: &BTreeMap<String, String>,
) -> Result<Vec<(String, &'a str)>, String> {
    let mut subjects = Vec::new();
    for (handle, permission) in &project.people {
        subjects.push((id(members, handle)?.to_owned(), permission.as_str()));
    }
    for (name, permission) in &project.groups {
        let group = groups
            .get(name)
            .ok_or_else(|| format!("{} names the unknown group {name}", project.name))?;
        subjects.push((group.clone(), permission.as_str()));
    }
    Ok(subjects)
}
