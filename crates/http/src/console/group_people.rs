//! People to be put into a group: offered while typing, and found by what was typed.

use domain::permission::MemberView;
use service::people::{Person as Found, Question, Shown};
use service::{Error, OrganizationRef, Request};

use crate::App;
use crate::console::refusal::Page;
use crate::page::form::Choice;

/// How many people are offered while typing.
const KNOWN: usize = 200;

/// Members to be offered while typing; none to whom may not see them.
pub async fn known(app: &App, request: &Request, slug: &str) -> Result<Vec<Choice>, Page> {
    let seen = app
        .roster
        .see::<MemberView>(request, &OrganizationRef::parse(slug))
        .await;
    let mut seen = match seen {
        Err(Error::Refused(domain::Refusal::Forbidden { .. })) => return Ok(Vec::new()),
        seen => seen?,
    };
    let page = service::people::list(&mut seen, question(None, KNOWN)).await?;
    let choices = page.people.into_iter().filter_map(|found| match found {
        Found::Member(member) => Some(Choice::new(&member.account.username, &member.account.name)),
        Found::Invitation(_) => None,
    });
    Ok(choices.collect())
}

fn question(needle: Option<String>, limit: usize) -> Question {
    Question {
        needle,
        shown: Shown::All,
        role: None,
        after: None,
        members_only: true,
        limit,
    }
}

/// Ids and names of the people that were typed, or who of them is not one.
pub async fn named(
    app: &App,
    request: &Request,
    slug: &str,
    typed: &str,
) -> Result<Result<Vec<(String, String)>, String>, Page> {
    let mut found = Vec::new();
    let words = typed
        .split([',', ';', '\n'])
        .map(str::trim)
        .filter(|word| !word.is_empty());
    for word in words {
        if word.starts_with("svc_") {
            found.push((word.to_owned(), word.to_owned()));
            continue;
        }
        let mut seen = app
            .roster
            .see::<MemberView>(request, &OrganizationRef::parse(slug))
            .await?;
        let needle = word.trim_start_matches('@');
        let page = service::people::list(&mut seen, question(Some(needle.to_owned()), 50)).await?;
        let wanted = needle.to_lowercase();
        let mut matching = page.people.into_iter().filter_map(|found| match found {
            Found::Member(member) => {
                let account = &member.account;
                let known = [Some(&account.username), Some(&account.name), account.email.as_ref()];
                known
                    .into_iter()
                    .flatten()
                    .any(|text| text.to_lowercase() == wanted)
                    .then(|| (member.id.to_string(), account.name.clone()))
            }
            Found::Invitation(_) => None,
        });
        match (matching.next(), matching.next()) {
            (Some(only), None) => found.push(only),
            (None, _) => return Ok(Err(format!("{word} is nobody of this organization."))),
            (Some(_), Some(_)) => {
                return Ok(Err(format!("{word} are several people: give a username.")));
            }
        }
    }
    Ok(Ok(found))
}
