//! Which member is meant by an id, a username or an e-mail address. A change to the wrong person
//! is worse than none: only an exact match counts, and two matches are an error.

use serde_json::Value;

use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output::text;

#[derive(Debug)]
pub struct Member {
    pub id: String,
    /// What to call them in a sentence.
    pub name: String,
}

impl Member {
    fn from(value: &Value) -> Self {
        Self {
            id: text(value, &["id"]),
            name: display_name(value),
        }
    }
}

/// Name, else username, else address, else id: whatever is there first.
pub fn display_name(value: &Value) -> String {
    ["name", "username", "email", "id"]
        .iter()
        .map(|key| text(value, &[key]))
        .find(|word| !word.is_empty())
        .unwrap_or_default()
}

pub async fn member(context: &Context<'_>, organization: &str, named: &str) -> Result<Member, Failure> {
    if named.starts_with("mem_") {
        let id = crate::client::name(named).map_err(|reason| Failure::usage(format!("{named}: {reason}")))?;
        let value = context
            .api
            .call(Call::get(format!("/organizations/{organization}/members/{id}")))
            .await?;
        return Ok(Member {
            id,
            name: display_name(&value),
        });
    }
    let call = Call::get(format!("/organizations/{organization}/people")).query("query", named);
    let page = context.list(call, None, usize::MAX).await?;
    let matching: Vec<&Value> = page.items.iter().filter(|item| is_named(item, named)).collect();
    let members: Vec<&Value> = matching
        .iter()
        .copied()
        .filter(|item| text(item, &["type"]) != "invitation")
        .collect();
    match members.as_slice() {
        [only] => Ok(Member::from(only)),
        [] if !matching.is_empty() => Err(Failure::usage(format!(
            "{named} is invited to {organization} but not a member yet; use: roster invitation resend|revoke"
        ))),
        [] => Err(Failure::usage(format!(
            "{organization} has no member with exactly the username or e-mail {named}; search with: roster people list \
             --query {named}"
        ))),
        several => Err(Failure::usage(format!(
            "{named} names several members of {organization}; use an id: {}",
            several
                .iter()
                .map(|item| text(item, &["id"]))
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}

fn is_named(item: &Value, named: &str) -> bool {
    ["username", "email"].iter().any(|key| {
        let value = text(item, &[key]);
        !value.is_empty() && value.to_lowercase() == named.to_lowercase()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn part_of_a_name_is_not_the_name() {
        let ada = json!({"username": "Ada", "email": "ada@example.com", "name": "Ada Lovelace"});
        assert!(is_named(&ada, "ada"));
        assert!(is_named(&ada, "ADA@example.com"));
        assert!(!is_named(&ada, "ad"));
        assert!(!is_named(&ada, "Ada Lovelace"));
        assert!(!is_named(&json!({"username": null}), ""));
    }
}
