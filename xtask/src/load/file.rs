//! The file's shape: people with a handle and the name they really have, the groups they are in, and projects with what
//! people and groups may do there.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, PartialEq, Eq)]
pub struct Person {
    pub username: String,
    name: String,
    email: Option<String>,
}

impl Person {
    pub fn row(&self) -> Value {
        let mut row = json!({"username": self.username, "name": self.name, "role": "member"});
        if let Some(email) = &self.email {
            row["email"] = Value::from(email.as_str());
        }
        row
    }
}

/// What a file says of an organization.
pub struct Record {
    pub people: Vec<Person>,
    /// Handles of those who own it.
    pub owners: Vec<String>,
    pub groups: Vec<Group>,
    pub projects: Vec<Project>,
}

#[derive(Deserialize)]
pub struct Group {
    pub name: String,
    pub parent: Option<String>,
    #[serde(default)]
    pub description: String,
    /// Handles.
    #[serde(default)]
    pub members: Vec<String>,
}

#[derive(Deserialize)]
pub struct Project {
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// A group's name, and what it may do with the repository.
    #[serde(default)]
    pub groups: BTreeMap<String, String>,
    /// A person's handle, and the same.
    #[serde(default)]
    pub people: BTreeMap<String, String>,
}

/// What a repository's permission is as a project role: whoever may write contributes, whoever may look reads.
pub fn role(permission: &str) -> Result<&'static str, String> {
    match permission {
        "admin" | "maintain" | "write" | "push" => Ok("contributor"),
        "triage" | "read" | "pull" => Ok("reader"),
        other => Err(format!("{other:?} is no permission of a repository that is known here")),
    }
}

#[derive(Deserialize)]
struct File {
    people: Vec<Entry>,
    #[serde(default)]
    owners: Vec<String>,
    #[serde(default)]
    groups: Vec<Group>,
    #[serde(default)]
    projects: Vec<Project>,
}

#[derive(Deserialize)]
struct Entry {
    handle: String,
    name: Option<String>,
    email: Option<String>,
}

pub fn parse(text: &str) -> Result<Record, String> {
    let file: File = serde_json::from_str(text)
        .map_err(|error| format!("it takes {{\"people\": [{{\"handle\": …, \"name\": …}}, …]}}: {error}"))?;
    let person = |entry: Entry| Person {
        // A person without a name is called what they call themselves.
        name: entry
            .name
            .filter(|name| !name.trim().is_empty())
            .unwrap_or_else(|| entry.handle.clone()),
        username: entry.handle,
        email: entry.email.filter(|email| !email.is_empty()),
    };
    Ok(Record {
        people: file.people.into_iter().map(person).collect(),
        owners: file.owners,
        groups: file.groups,
        projects: file.projects,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_groups_and_projects_are_read() {
        let record = parse(
            r#"{"source": "x", "people": [{"handle": "ada", "name": "Ada"}, {"handle": "bob", "email": "b@example.com"}],
                "groups": [{"name": "infra", "parent": null, "members": ["ada"]}],
                "projects": [{"name": "x/site", "groups": {"infra": "write"}, "people": {"bob": "triage"}}]}"#,
        )
        .expect("read");
        let people = &record.people;
        assert_eq!(record.groups[0].members, ["ada"]);
        assert_eq!(role(&record.projects[0].groups["infra"]), Ok("contributor"));
        assert_eq!(role(&record.projects[0].people["bob"]), Ok("reader"));
        assert!(role("own").is_err());
        assert_eq!(
            people[0].row(),
            json!({"username": "ada", "name": "Ada", "role": "member"})
        );
        assert_eq!(
            people[1].row(),
            json!({"username": "bob", "name": "bob", "role": "member", "email": "b@example.com"})
        );
    }

    #[test]
    fn another_shape_is_refused_with_the_one_expected() {
        assert!(parse("[]").err().expect("refused").starts_with("it takes {\"people\""));
    }
}
