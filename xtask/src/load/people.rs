//! The file's shape: a list of people with a handle and the name they really have. Groups and
//! projects stand beside them and are left alone.

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

#[derive(Deserialize)]
struct File {
    people: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    handle: String,
    name: Option<String>,
    email: Option<String>,
}

pub fn parse(text: &str) -> Result<Vec<Person>, String> {
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
    Ok(file.people.into_iter().map(person).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_read_and_the_rest_is_left_alone() {
        let people = parse(
            r#"{"source": "x", "people": [{"handle": "ada", "name": "Ada"}, {"handle": "bob", "email": "b@example.com"}], "groups": []}"#,
        )
        .expect("read");
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
        assert!(parse("[]").expect_err("refused").starts_with("it takes {\"people\""));
    }
}
