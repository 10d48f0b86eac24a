//! What a change would do, in plain sentences: from the preview that the change itself made.

use domain::effect::{Effect, Kind, Preview, Subject};

use crate::console::part::counted;
use crate::page::confirm::{Consequence, ConsequenceKind};

/// `limited`: whether the organization's member slots are counted against a limit, so that one more or less matters.
pub fn consequences(preview: &Preview, organization: &str, limited: bool) -> Vec<Consequence> {
    let count = |kind: Kind| {
        usize::try_from(preview.counts.get(kind.name()).copied().unwrap_or_default()).unwrap_or(usize::MAX)
    };
    let mut told = Vec::new();
    let mut tell = |kind, text: String| told.push(Consequence::new(kind, text));

    for detail in details(preview, Kind::Changed) {
        tell(ConsequenceKind::Note, changed(&detail));
    }
    match count(Kind::AccountCreated) {
        0 => {}
        number => tell(
            ConsequenceKind::Gain,
            format!("{} made", counted(number, "account is", "accounts are")),
        ),
    }
    match count(Kind::SessionEnded) {
        0 => {}
        number => tell(ConsequenceKind::Ends, counted(number, "session ends", "sessions end")),
    }
    match count(Kind::TokenEnded) {
        0 => {}
        number => {
            let text = format!(
                "{} nothing any more",
                counted(number, "API token opens", "API tokens open")
            );
            told.push(Consequence::new(ConsequenceKind::Ends, text).details(details(preview, Kind::TokenEnded)));
        }
    }
    let mut tell = |kind, text: String| told.push(Consequence::new(kind, text));
    match count(Kind::InvitationEnded) {
        0 => {}
        number => tell(
            ConsequenceKind::Ends,
            format!("{} nothing any more", counted(number, "link opens", "links open")),
        ),
    }
    if count(Kind::AccountDeleted) > 0 {
        tell(
            ConsequenceKind::Ends,
            "The account and every way to sign in with it are gone for good".to_owned(),
        );
    }
    if limited {
        let frees = details(preview, Kind::Seat).iter().any(|detail| detail == FREES);
        match (count(Kind::Seat), frees) {
            (0, _) => {}
            (1, true) => tell(ConsequenceKind::Note, "A member slot becomes free".to_owned()),
            (number, true) => tell(ConsequenceKind::Note, format!("{number} member slots become free")),
            (1, false) => tell(ConsequenceKind::Note, "Takes a member slot".to_owned()),
            (number, false) => tell(ConsequenceKind::Note, format!("Takes {number} member slots")),
        }
    }
    if count(Kind::MemberRemoved) > 0 {
        tell(
            ConsequenceKind::Keeps,
            "The audit log keeps what was done until now".to_owned(),
        );
    }
    told.splice(0..0, permissions(preview, organization));
    if count(Kind::OwnershipTransferred) > 0 {
        let things = preview
            .effects
            .iter()
            .filter(|effect| effect.kind == Kind::OwnershipTransferred);
        let heir = things
            .clone()
            .next()
            .map(|effect| effect.subject.name.clone())
            .unwrap_or_default();
        let names = things.filter_map(|effect| effect.resource.clone()).collect();
        let number = counted(count(Kind::OwnershipTransferred), "thing goes", "things go");
        told.push(Consequence::new(ConsequenceKind::Note, format!("{number} to {heir}")).details(names));
    }
    told
}

/// What would become of one person among several, in one line; `None` where nothing of their own would change.
pub fn of_one(name: &str, preview: &Preview, organization: &str) -> Option<Consequence> {
    let mut own = preview.clone();
    own.counts
        .retain(|kind, _| PERSONAL.iter().any(|own| own.name() == *kind));
    own.effects.retain(|effect| PERSONAL.contains(&effect.kind));
    let told = consequences(&own, organization, false);
    let kind = told.first()?.kind;
    let texts: Vec<String> = told.iter().map(|told| lowered(&told.text)).collect();
    let names = told.into_iter().flat_map(|told| told.details).collect();
    Some(Consequence::new(kind, format!("{name}: {}", texts.join(", "))).details(names))
}

/// What a change to a role or a group means for each whom it reaches, and first what it is itself.
pub fn of_people(preview: &Preview, organization: &str) -> Vec<Consequence> {
    let changes = preview.effects.iter().filter(|effect| effect.kind == Kind::Changed);
    let mut told: Vec<Consequence> = changes
        .filter_map(|effect| Some(of_whom(effect, effect.detail.as_deref()?)))
        .map(|text| Consequence::new(ConsequenceKind::Note, text))
        .collect();
    told.extend(of_each(preview, organization));
    if !gives_or_takes(preview) {
        let nobody = "Nobody gains or loses a permission by it".to_owned();
        told.push(Consequence::new(ConsequenceKind::Note, nobody));
    }
    told
}

/// "Ada: in Crew"; what is changed of the role or the group itself stands alone.
fn of_whom(effect: &Effect, detail: &str) -> String {
    match effect.subject.kind {
        "member" | "service_account" if detail.starts_with("role: ") => {
            format!("{}: {}", effect.subject.name, lowered(&changed(detail)))
        }
        "member" | "service_account" => format!("{}: {detail}", effect.subject.name),
        _ => changed(detail),
    }
}

/// Whether anybody gains or loses something at once: what is looked at before it is done.
pub fn gives_or_takes(preview: &Preview) -> bool {
    [Kind::PermissionGained, Kind::PermissionLost]
        .iter()
        .any(|kind| preview.counts.contains_key(kind.name()))
}

fn is_reached(effect: &Effect) -> bool {
    matches!(effect.kind, Kind::PermissionGained | Kind::PermissionLost)
}

/// Who gains or loses something, each once.
fn reached(preview: &Preview) -> Vec<&Subject> {
    let mut subjects: Vec<&Subject> = Vec::new();
    for effect in preview.effects.iter().filter(|effect| is_reached(effect)) {
        if !subjects.contains(&&effect.subject) {
            subjects.push(&effect.subject);
        }
    }
    subjects
}

/// What each of them gains and loses, and how much that is in all where not everybody is named.
fn of_each(preview: &Preview, organization: &str) -> Vec<Consequence> {
    let mut told = Vec::new();
    for subject in reached(preview) {
        let mut own = Preview::default();
        let theirs = preview.effects.iter().filter(|effect| is_reached(effect));
        theirs
            .filter(|effect| effect.subject == *subject)
            .for_each(|effect| own.add(effect.clone()));
        told.extend(of_one(&subject.name, &own, organization));
    }
    for (kind, verb, shown) in [
        (Kind::PermissionGained, "gained", ConsequenceKind::Gain),
        (Kind::PermissionLost, "lost", ConsequenceKind::Loss),
    ] {
        let all = preview.counts.get(kind.name()).copied().unwrap_or_default();
        let named = preview.effects.iter().filter(|effect| effect.kind == kind).count();
        if all > named as u64 {
            told.push(Consequence::new(shown, format!("In all {all} permissions are {verb}")));
        }
    }
    told
}

/// What of several people's previews is told of all of them together.
pub fn of_all(mut preview: Preview, organization: &str, limited: bool) -> Vec<Consequence> {
    preview
        .counts
        .retain(|kind, _| PERSONAL.iter().all(|own| own.name() != *kind));
    preview.effects.retain(|effect| !PERSONAL.contains(&effect.kind));
    consequences(&preview, organization, limited)
}

const PERSONAL: [Kind; 5] = [
    Kind::PermissionGained,
    Kind::PermissionLost,
    Kind::SessionEnded,
    Kind::TokenEnded,
    Kind::Changed,
];

fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

/// How the effect on slots says that one becomes free.
pub const FREES: &str = "a slot becomes free";

/// What is gained and lost: of one person by where it is, of several by who they are.
fn permissions(preview: &Preview, organization: &str) -> Vec<Consequence> {
    if reached(preview).len() > 1 {
        return of_each(preview, organization);
    }
    [
        (Kind::PermissionGained, ConsequenceKind::Gain, "Gains"),
        (Kind::PermissionLost, ConsequenceKind::Loss, "Loses"),
    ]
    .into_iter()
    .flat_map(|(kind, shown, verb)| {
        let mut places = by_place(preview, kind, organization);
        let named: usize = places.iter().map(|(_, names)| names.len()).sum();
        let all = preview.counts.get(kind.name()).copied().unwrap_or_default();
        let left = usize::try_from(all).unwrap_or(usize::MAX).saturating_sub(named);
        let elsewhere = match places.as_mut_slice() {
            [(_, names)] if left > 0 => {
                names.push(format!("and {left} more"));
                left
            }
            _ => 0,
        };
        let mut told: Vec<Consequence> = places
            .into_iter()
            .map(|(place, names)| {
                let number = names.len() - usize::from(elsewhere > 0) + elsewhere;
                let number = counted(number, "permission", "permissions");
                Consequence::new(shown, format!("{verb} {number} {place}")).details(names)
            })
            .collect();
        if left > elsewhere {
            told.push(Consequence::new(shown, format!("{verb} {left} more permissions")));
        }
        told
    })
    .collect()
}

/// Permissions by where they hold: in the organization, on a project, on every project.
fn by_place(preview: &Preview, kind: Kind, organization: &str) -> Vec<(String, Vec<String>)> {
    let mut places: Vec<(String, Vec<String>)> = Vec::new();
    for effect in preview.effects.iter().filter(|effect| effect.kind == kind) {
        let Some(permission) = effect.permission.clone() else {
            continue;
        };
        let place = match effect.resource.as_deref() {
            Some(resource) if resource != organization => format!("on {resource}"),
            _ => format!("in {organization}"),
        };
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, names)) => names.push(permission),
            None => places.push((place, vec![permission])),
        }
    }
    places
}

fn details(preview: &Preview, kind: Kind) -> Vec<String> {
    preview
        .effects
        .iter()
        .filter(|effect| effect.kind == kind)
        .filter_map(|effect| effect.detail.clone())
        .collect()
}

/// "role: Member → Admin" as a sentence; whatever else changes says so itself.
fn changed(detail: &str) -> String {
    if let Some((before, after)) = detail.strip_prefix("role: ").and_then(|roles| roles.split_once(" → ")) {
        return if before == after {
            format!("Stays {after}")
        } else {
            format!("Is {after} instead of {before}")
        };
    }
    let mut letters = detail.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_reads_as_sentences_the_gravest_first() {
        let ada = Subject {
            kind: "member",
            id: "mem_1".into(),
            name: "Ada".into(),
        };
        let mut preview = Preview::default();
        preview.add(Effect::new(Kind::Changed, ada.clone()).detail("role: Member → Admin"));
        preview.add(Effect::new(Kind::PermissionLost, ada.clone()).permission("roster.member.view"));
        preview.add(Effect::new(Kind::SessionEnded, ada.clone()));
        preview.add(Effect::new(Kind::SessionEnded, ada.clone()));
        preview.add(Effect::new(Kind::Seat, ada).detail(FREES));
        let texts = |limited| {
            consequences(&preview, "Acme", limited)
                .into_iter()
                .map(|told| told.text)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            texts(true),
            [
                "Loses 1 permission in Acme",
                "Is Admin instead of Member",
                "2 sessions end",
                "A member slot becomes free"
            ]
        );
        assert_eq!(texts(false).len(), 3);
    }
    #[test]
    fn what_a_role_gives_is_told_by_where_it_gives_it() {
        let ada = Subject {
            kind: "member",
            id: "mem_1".into(),
            name: "Ada".into(),
        };
        let gains = |permission: &str, resource: &str| {
            Effect::new(Kind::PermissionGained, ada.clone())
                .permission(permission)
                .resource(resource)
        };
        let mut preview = Preview::default();
        preview.add(gains("roster.member.view", "Acme"));
        preview.add(gains("roster.project.view", "every project"));
        preview.add(gains("roster.project.edit", "every project"));
        let texts = |told: Vec<Consequence>| told.into_iter().map(|told| told.text).collect::<Vec<_>>();
        assert_eq!(
            texts(consequences(&preview, "Acme", false)),
            ["Gains 1 permission in Acme", "Gains 2 permissions on every project"]
        );
        let bob = Subject {
            name: "Bob".into(),
            id: "mem_2".into(),
            ..ada.clone()
        };
        preview.add(
            Effect::new(Kind::PermissionLost, bob)
                .permission("roster.project.view")
                .resource("Ledger"),
        );
        assert_eq!(
            texts(consequences(&preview, "Acme", false)),
            [
                "Ada: gains 1 permission in Acme, gains 2 permissions on every project",
                "Bob: loses 1 permission on Ledger"
            ]
        );
    }
}
