//! `load --check`: for every person on every project, what Roster answers against what the file says: the union of what
//! they have themselves and through their groups.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::access::{members, text};
use super::client::Client;
use super::file::{Project, Record, role};

/// What tells the project roles apart, from the least of them to the greatest.
const ASKED: [(&str, &[&str]); 3] = [
    ("roster.project.view", &["reader", "contributor", "admin"]),
    ("roster.project.edit", &["contributor", "admin"]),
    ("roster.project.access.manage", &["admin"]),
];
/// Decisions of one call.
const AT_ONCE: usize = 900;

pub struct Compared {
    people: usize,
    projects: usize,
    decisions: usize,
    allowed: usize,
    pub differences: usize,
    first: Vec<String>,
}

impl fmt::Display for Compared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} people × {} projects, {} decisions, {} of them yes: {} differences.",
            self.people, self.projects, self.decisions, self.allowed, self.differences
        )?;
        for difference in &self.first {
            write!(out, "\n  {difference}")?;
        }
        Ok(())
    }
}

pub async fn compare(client: &Client, organization: &str, record: &Record) -> Result<Compared, String> {
    let members = members(client, organization).await?;
    let there = client.all(&format!("/organizations/{organization}/projects")).await?;
    let ids: BTreeMap<String, String> = there
        .iter()
        .filter_map(|project| Some((text(project, "name")?, text(project, "id")?)))
        .collect();
    let owners: BTreeSet<String> = record.owners.iter().map(|handle| handle.to_lowercase()).collect();
    let groups = places(record);
    let mut compared = Compared {
        people: record.people.len(),
        projects: record.projects.len(),
        decisions: 0,
        allowed: 0,
        differences: 0,
        first: Vec::new(),
    };
    let bar = ProgressBar::new(record.projects.len() as u64).with_message("projects");
    for project in &record.projects {
        bar.inc(1);
        let id = ids
            .get(&project.name)
            .ok_or_else(|| format!("the project {} is not there", project.name))?;
        let mut asked = Vec::new();
        for person in &record.people {
            let handle = person.username.to_lowercase();
            let (member, _) = members.get(&handle).ok_or_else(|| format!("{handle} is no member"))?;
            let mut roles = said(project, &handle, &groups)?;
            if owners.contains(&handle) {
                roles.insert("admin");
            }
            for (permission, by) in ASKED {
                let expected = by.iter().any(|role| roles.contains(role));
                asked.push((handle.clone(), permission, expected, question(member, permission, id)));
            }
        }
        for chunk in asked.chunks(AT_ONCE) {
            let questions: Vec<Value> = chunk.iter().map(|(_, _, _, question)| question.clone()).collect();
            let answers = client.evaluate(&questions).await?;
            if answers.len() != chunk.len() {
                return Err(format!("{} questions had {} answers", chunk.len(), answers.len()));
            }
            for ((handle, permission, expected, _), answer) in chunk.iter().zip(answers) {
                compared.take(handle, permission, &project.name, *expected, answer);
            }
        }
    }
    bar.finish_and_clear();
    Ok(compared)
}

impl Compared {
    fn take(&mut self, handle: &str, permission: &str, project: &str, expected: bool, answer: bool) {
        self.decisions += 1;
        self.allowed += usize::from(answer);
        if expected != answer {
            self.differences += 1;
            if self.first.len() < 20 {
                let said = if expected {
                    "may, and was denied"
                } else {
                    "may not, and was allowed"
                };
                self.first.push(format!("{handle} on {project}: {said} {permission}"));
            }
        }
    }
}

fn question(member: &str, permission: &str, project: &str) -> Value {
    json!({
        "subject": { "type": "member", "id": member },
        "action": { "name": permission },
        "resource": { "type": "project", "id": project },
    })
}

/// Which groups each person is in, by lower-cased handle.
fn places(record: &Record) -> BTreeMap<String, BTreeSet<&str>> {
    let mut places: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for group in &record.groups {
        for handle in &group.members {
            places.entry(handle.to_lowercase()).or_default().insert(&group.name);
        }
    }
    places
}

/// The roles somebody has on a project by what the file says.
fn said(
    project: &Project,
    handle: &str,
    groups: &BTreeMap<String, BTreeSet<&str>>,
) -> Result<BTreeSet<&'static str>, String> {
    let own = project
        .people
        .iter()
        .filter(|(known, _)| known.to_lowercase() == handle);
    let places = groups.get(handle);
    let through = project
        .groups
        .iter()
        .filter(|(name, _)| places.is_some_and(|places| places.contains(name.as_str())));
    own.chain(through).map(|(_, permission)| role(permission)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::file::parse;

    #[test]
    fn what_a_person_has_is_the_union_of_their_own_and_their_groups() {
        let record = parse(
            r#"{"people": [{"handle": "Ada"}],
                "groups": [{"name": "infra", "parent": null, "members": ["ada"]}],
                "projects": [
                    {"name": "a", "groups": {"infra": "write"}, "people": {"Ada": "triage"}},
                    {"name": "b", "people": {"bob": "write"}}
                ]}"#,
        )
        .expect("read");
        let places = places(&record);
        let roles = |index: usize| said(&record.projects[index], "ada", &places).expect("known");
        assert_eq!(roles(0), BTreeSet::from(["contributor", "reader"]));
        assert!(roles(1).is_empty());
    }
}
