//! The organizations of the demonstration, and how each comes to its people.

use domain::Timestamp;
use domain::account::Account;
use domain::audit::{Action, Event, Target};
use domain::member::MemberStatus;
use domain::organization::{Organization, OrganizationStatus};
use domain::role::{GUEST, MEMBER, Role};
use domain::time::DAY;
use serde_json::json;
use store::member::NewMember;
use store::organization::OrganizationRef;
use store::{Scope, Tx, Writing};

use super::person::Person;
use super::{PAST, Stage, chance, group, history, invitation, person, project};
use crate::ambient::new_id;
use crate::error::{Check, checked};
use crate::organization::Wanted;
use crate::{Error, Result};

/// An organization before it is there.
pub struct Plan {
    name: &'static str,
    slug: &'static str,
    preset: &'static str,
    /// Besides the personas.
    people: usize,
    invitations: usize,
    /// Days after the first one.
    founded: i64,
    /// Where in the cast its people begin.
    cast: usize,
    /// Whether members of the others join it, as far as its member limit is not in the way.
    open: bool,
}

const fn plan(name: &'static str, slug: &'static str, preset: &'static str, cast: usize, people: usize) -> Plan {
    Plan {
        name,
        slug,
        preset,
        people,
        invitations: people / 3 + 2,
        founded: 0,
        cast,
        open: true,
    }
}

/// The home of the personas, and the others.
pub const OF_PRESETS: (&Plan, &[Plan]) = (
    &plan("Larkspur Works", "larkspur", "standard", 0, 92),
    &[
        Plan {
            founded: 40,
            ..plan("Tidewater Signals", "tidewater", "error-reporting", 92, 26)
        },
        Plan {
            founded: 300,
            open: false,
            ..plan("Copperleaf Modules", "copperleaf", "modules", 118, 6)
        },
        Plan {
            founded: 90,
            ..plan("Saltbox Delivery", "saltbox", "delivery", 124, 42)
        },
        Plan {
            founded: 420,
            ..plan("Nettle and Vine", "nettle", "delivery-small", 166, 14)
        },
        Plan {
            founded: 150,
            ..plan("Brightwater Desk", "brightwater", "service-desk", 180, 30)
        },
        Plan {
            founded: 210,
            ..plan("Foxglove Directory", "foxglove", "directory", 210, 28)
        },
    ],
);

/// Nobody of the others is in here.
pub const OF_EVE: Plan = Plan {
    founded: 360,
    invitations: 3,
    open: false,
    ..plan("Quarry Lane", "quarry-lane", "standard", 238, 6)
};

/// What has become of a plan.
pub struct Tenant {
    pub organization: Organization,
    pub people: Vec<Person>,
    pub invitations: usize,
    open: bool,
}

impl Plan {
    fn founded(&self, now: Timestamp) -> Timestamp {
        now.plus(self.founded * DAY - PAST)
    }
}

pub async fn found(tx: Tx<Writing>, plan: &Plan, now: Timestamp) -> Result<Scope<Writing>> {
    let mut check = Check::default();
    let fields = ("name", "slug", "preset");
    let wanted: Option<Wanted> =
        crate::organization::parse(&mut check, fields, plan.name, plan.slug, Some(plan.preset));
    check.done()?;
    crate::organization::found(tx, &checked(wanted)?, OrganizationStatus::Active, plan.founded(now)).await
}

pub async fn open(
    mut scope: Scope<Writing>,
    stage: &Stage,
    plan: &Plan,
    personas: &[(Account, &str)],
) -> Result<(Tx<Writing>, Tenant)> {
    let founded = plan.founded(stage.now);
    let organization = scope.organization().clone();
    let event = Event::new(
        Action::OrganizationCreated,
        Target::new("organization", organization.id, &organization.name),
    )
    .after(json!({ "slug": organization.slug, "preset": organization.preset, "status": organization.status }));
    history::record(&mut scope, &stage.sid, event, founded).await?;
    for (account, role) in personas {
        add_persona(&mut scope, stage, account, role, founded).await?;
    }
    let roles = Roles::of(&mut scope).await?;
    // Where the personas are strangers, its own Owner is who brings the people in.
    let host = if personas.len() > 1 {
        &stage.olivia
    } else {
        &personas.first().ok_or_else(nobody)?.0
    };
    let mut people = Vec::with_capacity(plan.people);
    for place in 0..plan.people {
        people.push(person::join(&mut scope, stage, host, &roles, plan.cast + place, place, founded).await?);
    }
    // Guests make no projects.
    let hosts = personas.iter().filter(|(_, role)| *role != GUEST);
    let hosts: Vec<Account> = hosts.map(|(account, _)| account.clone()).collect();
    project::start_all(&mut scope, stage, &hosts, &people, founded).await?;
    let member = personas.iter().find(|(_, role)| *role == MEMBER);
    let member = member.map(|(account, _)| account);
    group::found_all(&mut scope, stage, host, member, &people, founded).await?;
    invitation::send_all(&mut scope, stage, host, &roles, &people, plan.invitations).await?;
    let organization = scope.organization().clone();
    Ok((
        scope.leave(),
        Tenant {
            organization,
            people,
            invitations: plan.invitations,
            open: plan.open,
        },
    ))
}

fn nobody() -> Error {
    Error::Unexpected("an organization of the demonstration has no Owner".to_owned())
}

async fn add_persona(
    scope: &mut Scope<Writing>,
    stage: &Stage,
    account: &Account,
    role: &str,
    at: Timestamp,
) -> Result<()> {
    let role = store::role::get(scope, role).await?;
    let new = NewMember {
        id: new_id(at),
        account,
        role: &role,
        role_until: None,
        role_granted: &history::granted(&stage.sid, at),
        joined_at: Some(at),
    };
    let member = store::member::insert(scope, &new).await?;
    history::member_created(scope, &stage.sid, &member, at).await?;
    if account.home != Some(scope.organization().id) {
        return Ok(());
    }
    history::sign_ins(scope, account, at, stage.now, account.name.len()).await
}

/// The roles that people here have.
pub struct Roles {
    pub admin: Role,
    pub member: Role,
    /// What stands in its place where the preset shows no guests.
    pub guest: Role,
}

impl Roles {
    async fn of(scope: &mut Scope<Writing>) -> Result<Self> {
        let guest = store::role::get(scope, GUEST).await?;
        let member = store::role::get(scope, MEMBER).await?;
        let guest = if guest.shown { guest } else { member.clone() };
        Ok(Self {
            admin: store::role::get(scope, domain::role::ADMIN).await?,
            member,
            guest,
        })
    }
}

/// Some people of each organization are in the next one too, and some are asked to be.
pub async fn visit_each_other(mut tx: Tx<Writing>, stage: &Stage, tenants: &[Tenant]) -> Result<Tx<Writing>> {
    for (place, tenant) in tenants.iter().enumerate().filter(|(_, tenant)| tenant.open) {
        let from = &tenants[(place + 1) % tenants.len()];
        let mut scope = store::organization::enter(tx, &OrganizationRef::Id(tenant.organization.id)).await?;
        let role = store::role::get(&mut scope, MEMBER).await?;
        for (number, person) in from.people.iter().enumerate() {
            let joins = number % 9 == 1;
            if person.status != MemberStatus::Active || !(joins || number % 9 == 4) {
                continue;
            }
            let seed = number + 1_000 * place;
            let opened = tenant.organization.created_at.max(person.joined_at);
            let at = chance::time(
                seed,
                "visit",
                if joins { opened } else { stage.now.plus(-3 * DAY) },
                stage.now,
            );
            let new = NewMember {
                id: new_id(at),
                account: &person.account,
                role: &role,
                role_until: None,
                role_granted: &history::granted(&stage.olivia, at),
                joined_at: joins.then_some(at),
            };
            let member = store::member::insert(&mut scope, &new).await?;
            history::member_created(&mut scope, &stage.olivia, &member, at).await?;
        }
        tx = scope.leave();
    }
    Ok(tx)
}

#[cfg(test)]
mod tests {
    use domain::preset;

    use super::*;

    #[test]
    fn every_preset_has_an_organization_and_nobody_is_cast_twice() {
        let (home, others) = OF_PRESETS;
        let plans: Vec<_> = std::iter::once(home).chain(others).collect();
        let presets: Vec<_> = plans.iter().map(|plan| plan.preset).collect();
        assert_eq!(
            presets,
            preset::all()
                .iter()
                .map(|preset| preset.slug.as_str())
                .collect::<Vec<_>>()
        );
        let ends: Vec<_> = plans.iter().map(|plan| plan.cast + plan.people).collect();
        let begins: Vec<_> = plans
            .iter()
            .skip(1)
            .map(|plan| plan.cast)
            .chain([OF_EVE.cast])
            .collect();
        assert_eq!(ends, begins);
    }
}
