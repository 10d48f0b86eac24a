//! Who gains and loses what on one project: those it names one by one, all others by signature.

use std::collections::{HashMap, HashSet};

use domain::Timestamp;
use domain::access::{ProjectFacts, Resource, holds};
use domain::id::{GroupId, MemberId};
use domain::project::Mapped;
use store::signature::{self, Holders, Named, Person, ProjectState, Signature};
use store::{Reading, Scope};

use super::teller::Teller;
use crate::Result;
use crate::model::{Difference, Model, difference, subject};

/// How many people of a mapped group are looked at one by one.
const MOST: i64 = 100_000;
/// As many as are named at all.
const CANDIDATES: i64 = 200;

type States = (Option<ProjectState>, Option<ProjectState>);

pub(super) async fn tell(
    teller: &mut Teller<'_>,
    scope: &mut Scope<Reading>,
    (before, after): (&Model, &Model),
    states: &States,
    now: Timestamp,
) -> Result<()> {
    let Some(known) = states.1.as_ref().or(states.0.as_ref()) else {
        return Ok(());
    };
    let (id, name) = (known.facts.id.to_string(), known.name.clone());
    let look = |signature: &Signature, who: Option<Mapped>| weigh((before, after), states, signature, who, now);

    let explicit = named_people(scope, states, now).await?;
    let mut apart: HashMap<&Signature, i64> = HashMap::new();
    for person in &explicit {
        teller.person(&subject(person), &id, &name, &look(&person.signature, Some(person.id)));
        if matches!(person.id, Mapped::Member(_)) {
            *apart.entry(&person.signature).or_default() += 1;
        }
    }

    let mut rest = false;
    for (signature, count) in signature::count(scope, &Holders::Everyone, now).await? {
        let others = count - apart.get(&signature).copied().unwrap_or(0);
        let changed = look(&signature, None);
        if others > 0 && !changed.is_empty() {
            rest = true;
            teller.counted(others, &changed);
        }
    }
    if rest {
        let known: HashSet<Mapped> = explicit.iter().map(|person| person.id).collect();
        for person in signature::people(scope, &Named::Everyone, now, CANDIDATES).await? {
            if !known.contains(&person.id) {
                teller.named(&subject(&person), &id, &name, &look(&person.signature, None));
            }
        }
    }
    Ok(())
}

fn weigh(
    (before, after): (&Model, &Model),
    (old, new): &States,
    signature: &Signature,
    who: Option<Mapped>,
    now: Timestamp,
) -> Difference {
    let held = |model: &Model, state: Option<&ProjectState>| match state {
        Some(state) => {
            let facts: &ProjectFacts = &state.facts;
            let holding = model.holding(signature, who, Some(state));
            holds(&model.access, &holding, Resource::Project(facts), now)
        }
        None => model.access.catalogue.none(),
    };
    difference(
        (&before.access.catalogue, &held(before, old.as_ref())),
        (&after.access.catalogue, &held(after, new.as_ref())),
    )
}

/// Owners, those mapped, and those in groups that are mapped, before or after.
async fn named_people(scope: &mut Scope<Reading>, (old, new): &States, now: Timestamp) -> Result<Vec<Person>> {
    let states = || old.iter().chain(new);
    let mut members: HashSet<MemberId> = states().map(|state| state.owner).collect();
    let mut groups: HashSet<GroupId> = HashSet::new();
    let mut programs = HashSet::new();
    for granted in states().flat_map(|state| &state.mappings) {
        match &granted.subject {
            Mapped::Member(member) => {
                members.insert(*member);
            }
            Mapped::Group(group) => {
                groups.insert(*group);
            }
            Mapped::ServiceAccount(_) => {
                programs.insert(granted.subject);
            }
        }
    }
    let mut people: HashMap<Mapped, Person> = HashMap::new();
    let members = Named::Members(members.into_iter().collect());
    for person in signature::people(scope, &members, now, MOST).await? {
        people.insert(person.id, person);
    }
    for group in &groups {
        for person in signature::people(scope, &Named::InGroup(*group), now, MOST).await? {
            people.insert(person.id, person);
        }
    }
    for person in signature::service_accounts(scope, now).await? {
        let grouped = person.signature.groups.iter().any(|group| groups.contains(group));
        if grouped || programs.contains(&person.id) {
            people.insert(person.id, person);
        }
    }
    let mut people: Vec<Person> = people.into_values().collect();
    people.sort_by_key(|person| person.name.to_lowercase());
    Ok(people)
}
