//! What somebody owns, and who could take it over before they go.

use domain::id::MemberId;
use domain::member::MemberStatus;
use domain::ownership;
use domain::permission::MemberView;
use service::people::{Person as Found, Question, Shown};
use service::{OrganizationRef, Request};

use crate::App;
use crate::console::part;
use crate::console::refusal::Page;
use crate::page::confirm::Owned;
use crate::page::form::Choice;

/// What is chosen for what is owned to go to nobody.
pub const DELETE: &str = "delete";

/// How many people are offered to take over what somebody owns.
const HEIRS: usize = 200;

/// Things of several organizations: each says which it is in.
pub fn owned_in_several(owned: &[ownership::Owned]) -> Vec<Owned> {
    let shown = |thing: &ownership::Owned| {
        let place = thing.organization.as_ref();
        let base = place.map(|place| format!("/o/{}", place.slug)).unwrap_or_default();
        let suffix = place.map(|place| format!(" in {}", place.name)).unwrap_or_default();
        shown_owned(&base, std::slice::from_ref(thing))
            .into_iter()
            .map(move |shown| Owned {
                name: format!("{}{suffix}", shown.name),
                ..shown
            })
    };
    owned.iter().flat_map(shown).collect()
}

/// `base` is where the organization's pages begin.
pub fn shown_owned(base: &str, owned: &[ownership::Owned]) -> Vec<Owned> {
    let noun = |kind: &str| {
        let mut letters = kind.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default()
    };
    owned
        .iter()
        .map(|thing| Owned {
            kind: noun(&thing.kind),
            name: thing.name.clone(),
            href: match thing.kind.as_str() {
                "project" => format!("{base}/projects/{}", thing.id),
                _ => String::new(),
            },
        })
        .collect()
}

/// Active members who could take over what is owned.
pub async fn heirs(
    app: &App,
    request: &Request,
    organization: &OrganizationRef,
    but: &[MemberId],
    chosen: &str,
) -> Result<Vec<Choice>, Page> {
    let mut seen = app.roster.see::<MemberView>(request, organization).await?;
    let question = Question {
        needle: None,
        shown: Shown::Members(MemberStatus::Active),
        role: None,
        group: None,
        after: None,
        members_only: true,
        limit: HEIRS,
    };
    let people = service::people::list(&mut seen, question).await?.people;
    let members = people.iter().filter_map(|person| match person {
        Found::Member(member) if !but.contains(&member.id) => Some(member),
        _ => None,
    });
    let each = members.map(|member| {
        let id = member.id.to_string();
        let selected = id == chosen;
        Choice::new(
            id,
            format!("{} ({})", member.account.name, part::contact(&member.account)),
        )
        .selected(selected)
    });
    let nobody = Choice::new(DELETE, "Nobody: delete all of it for good").selected(chosen == DELETE);
    Ok(std::iter::once(Choice::new("", "Choose a member"))
        .chain(each)
        .chain([nobody])
        .collect())
}
