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
    let matching = called(context, organization, named).await?;
    only(&matching, organization, named)
}

/// The one member among whoever is called so.
fn only(matching: &[Value], organization: &str, named: &str) -> Result<Member, Failure> {
    let members: Vec<&Value> = matching.iter().filter(|item| is_member(item)).collect();
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

/// A member or a service account.
pub struct Principal {
    pub kind: &'static str,
    pub id: String,
    /// What to call it in a sentence.
    pub name: String,
}

/// By id, by a member's username or e-mail address, or by a service account's name. Where a name is somebody's and a service
/// account's as well, neither is meant.
pub async fn principal(context: &Context<'_>, organization: &str, named: &str) -> Result<Principal, Failure> {
    let robot = |id: String, name: String| Principal {
        kind: "service_account",
        id,
        name,
    };
    let person = |member: Member| Principal {
        kind: "member",
        id: member.id,
        name: member.name,
    };
    if named.starts_with("svc_") {
        let id = crate::client::name(named).map_err(|reason| Failure::usage(format!("{named}: {reason}")))?;
        return Ok(robot(id.clone(), id));
    }
    if named.starts_with("mem_") {
        return member(context, organization, named).await.map(person);
    }
    let robots = robots(context, organization, named).await?;
    let people = called(context, organization, named).await?;
    match (robots.as_slice(), people.is_empty()) {
        ([], _) => only(&people, organization, named).map(person),
        ([one], true) => Ok(robot(text(one, &["id"]), text(one, &["name"]))),
        (several, _) => {
            let ids = people.iter().chain(several).map(|item| text(item, &["id"]));
            Err(Failure::usage(format!(
                "{named} names several of {organization}; use an id: {}",
                ids.collect::<Vec<_>>().join(", ")
            )))
        }
    }
}

/// Service accounts of exactly this name; none where the caller may not see them.
async fn robots(context: &Context<'_>, organization: &str, named: &str) -> Result<Vec<Value>, Failure> {
    let call = Call::get(format!("/organizations/{organization}/service-accounts")).query("query", named);
    let page = match context.list(call, None, usize::MAX).await {
        Err(Failure::Refused(problem)) if problem.status == 403 => return Ok(Vec::new()),
        page => page?,
    };
    let same = |item: &Value| text(item, &["name"]).to_lowercase() == named.to_lowercase();
    Ok(page.items.into_iter().filter(same).collect())
}

/// Whoever is called exactly so, members and invited.
async fn called(context: &Context<'_>, organization: &str, named: &str) -> Result<Vec<Value>, Failure> {
    let call = Call::get(format!("/organizations/{organization}/people")).query("query", named);
    let page = context.list(call, None, usize::MAX).await?;
    Ok(page.items.into_iter().filter(|item| is_named(item, named)).collect())
}

fn is_member(item: &Value) -> bool {
    text(item, &["type"]) != "invitation"
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
