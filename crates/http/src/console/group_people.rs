//! People and service accounts to be put into a group: found by what was typed.

use domain::permission::GroupView;
use service::{OrganizationRef, Request};

use crate::App;
use crate::console::refusal::Page;
use crate::console::suggestion::{Kind, meant, suggestions};
use crate::page::form::Choice;

const KINDS: [Kind; 2] = [Kind::Member, Kind::ServiceAccount];

/// Those to be offered while typing; none to whom may not see them.
pub async fn known(app: &App, request: &Request, slug: &str) -> Result<Vec<Choice>, Page> {
    let mut seen = app
        .roster
        .see::<GroupView>(request, &OrganizationRef::parse(slug))
        .await?;
    suggestions(&mut seen, &KINDS).await
}

/// Ids and names of those that were typed, or who of them is not one.
pub async fn named(
    app: &App,
    request: &Request,
    slug: &str,
    typed: &str,
) -> Result<Result<Vec<(String, String)>, String>, Page> {
    let mut seen = app
        .roster
        .see::<GroupView>(request, &OrganizationRef::parse(slug))
        .await?;
    let mut found = Vec::new();
    let words = typed
        .split([',', ';', '\n'])
        .map(str::trim)
        .filter(|word| !word.is_empty());
    for word in words {
        match meant(&mut seen, &KINDS, word).await? {
            Ok(named) => found.push((named.who.public_id(), named.name)),
            Err(problem) => return Ok(Err(problem)),
        }
    }
    Ok(Ok(found))
}
