//! How one person of the demonstration joined, and what happened to them since.

use domain::account::{Account, Suspension};
use domain::audit::{Action, Event};
use domain::member::{Disablement, Member, MemberStatus};
use domain::role::Role;
use domain::text::{EmailAddress, PersonName, Phone, Username};
use domain::time::{DAY, HOUR};
use domain::{Timestamp, member};
use store::account::{Edit, NewAccount};
use store::member::NewMember;
use store::password::Password;
use store::{Scope, Writing};

use super::tenant::Roles;
use super::{Stage, cast, chance, history};
use crate::Result;
use crate::ambient::new_id;
use crate::error::checked;
use crate::member::{state, target};
use crate::sign_in::TEMPORARY_LIFETIME;

pub struct Person {
    pub account: Account,
    pub member: member::Member,
    pub joined_at: Timestamp,
    pub status: MemberStatus,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Active,
    Disabled,
    Suspended,
    /// Has a temporary password and has not come yet; the older ones of these passwords have expired.
    New {
        expired: bool,
    },
}

const REASONS_TO_DISABLE: &[&str] = &[
    "On parental leave until the autumn.",
    "Contract ended; keep the account for questions.",
    "Moved to another team.",
    "Asked to pause access while travelling.",
    "Laptop reported lost.",
];

const REASONS_TO_SUSPEND: &[&str] = &[
    "Unusual sign-ins from two countries within an hour.",
    "Left the company; account kept for the handover.",
    "Password found in a leaked list.",
];

const ZONES: &[&str] = &[
    "Europe/Lisbon",
    "Africa/Lagos",
    "Asia/Kolkata",
    "America/Lima",
    "Pacific/Auckland",
    "Asia/Tokyo",
];

/// `number` is who it is, `place` the how-manieth in this organization.
pub async fn join(
    scope: &mut Scope<Writing>,
    stage: &Stage,
    host: &Account,
    roles: &Roles,
    number: usize,
    place: usize,
    founded: Timestamp,
) -> Result<Person> {
    let fate = fate(place);
    let joined_at = match fate {
        Fate::New { expired: true } => stage
            .now
            .plus(-chance::number(number, "late", 30 * DAY) - TEMPORARY_LIFETIME - DAY),
        Fate::New { expired: false } => stage.now.plus(-chance::number(number, "soon", 5 * DAY) - HOUR),
        _ => chance::time(number, "joined", founded.plus(DAY), stage.now.plus(-2 * DAY)),
    };
    let account = make_account(scope, stage, number, fate, joined_at).await?;
    let role = role(place, roles);
    let new = NewMember {
        id: new_id(joined_at),
        account: &account,
        role,
        role_until: None,
        role_granted: &history::granted(host, joined_at),
        joined_at: Some(joined_at),
    };
    let member = store::member::insert(scope, &new).await?;
    history::member_created(scope, host, &member, joined_at).await?;
    let until = chance::time(number, "until", joined_at, stage.now);
    match fate {
        Fate::New { expired: true } => {
            history::failure(
                scope,
                &account,
                "temporary_password_expired",
                stage.now.plus(-DAY),
                number,
            )
            .await?;
        }
        Fate::New { expired: false } => {}
        Fate::Active => history::sign_ins(scope, &account, joined_at, stage.now, number).await?,
        Fate::Disabled => {
            history::sign_ins(scope, &account, joined_at, until, number).await?;
            disable(scope, stage, &member, number, until).await?;
        }
        Fate::Suspended => {
            history::sign_ins(scope, &account, joined_at, until, number).await?;
            suspend(scope, stage, &member, number, until).await?;
            history::failure(scope, &account, "account_suspended", stage.now.plus(-HOUR), number).await?;
        }
    }
    let status = match fate {
        Fate::Active | Fate::New { .. } => MemberStatus::Active,
        Fate::Disabled => MemberStatus::Disabled,
        Fate::Suspended => MemberStatus::Suspended,
    };
    Ok(Person {
        account,
        member,
        joined_at,
        status,
    })
}

fn fate(place: usize) -> Fate {
    match place {
        _ if place % 13 == 5 => Fate::Disabled,
        _ if place % 19 == 12 => Fate::Suspended,
        _ if place % 11 == 9 => Fate::New {
            expired: place.is_multiple_of(2),
        },
        _ => Fate::Active,
    }
}

fn role(place: usize, roles: &Roles) -> &Role {
    match place {
        _ if place % 14 == 3 => &roles.admin,
        _ if place % 8 == 6 => &roles.guest,
        _ => &roles.member,
    }
}

async fn make_account(
    scope: &mut Scope<Writing>,
    stage: &Stage,
    number: usize,
    fate: Fate,
    at: Timestamp,
) -> Result<Account> {
    let part = cast::person(number);
    let domain = if number % 5 == 2 { "example.org" } else { "example.com" };
    let new = NewAccount {
        id: new_id(at),
        username: checked(Username::parse(&part.handle).ok())?,
        name: checked(PersonName::parse(&part.name).ok())?,
        email: EmailAddress::parse(&format!("{}@{domain}", part.handle)).ok(),
        email_verified: !matches!(fate, Fate::New { .. }),
        superuser: false,
        home: Some(scope.organization().id),
        created_at: at,
    };
    let mut account = store::account::insert(scope.tx(), &new).await?;
    if number.is_multiple_of(3) {
        // These numbers are kept free for films and examples by the United Kingdom's regulator.
        let phone = format!("+44 20 7946 0{:03}", number % 1_000);
        let zone = chance::pick(number, "zone", ZONES).map(|zone| (*zone).to_owned());
        let edit = Edit {
            phone: Some(Phone::parse(&phone).ok()),
            time_zone: Some(zone),
            ..Edit::default()
        };
        account = store::account::edit(scope.tx(), &account, &edit).await?;
    }
    let temporary = matches!(fate, Fate::New { .. });
    let password = Password {
        must_change: temporary,
        expires_at: temporary.then(|| at.plus(TEMPORARY_LIFETIME)),
        ..stage.password.clone()
    };
    store::password::set(scope.tx(), account.id, &password, at).await?;
    Ok(account)
}

async fn disable(
    scope: &mut Scope<Writing>,
    stage: &Stage,
    member: &Member,
    number: usize,
    at: Timestamp,
) -> Result<()> {
    let by = if number.is_multiple_of(2) {
        &stage.adam
    } else {
        &stage.olivia
    };
    let reason = chance::pick(number, "disabled", REASONS_TO_DISABLE).map(|reason| (*reason).to_owned());
    store::member::disable(
        scope,
        member.id,
        &Disablement {
            at,
            by: by.name.clone(),
            reason,
        },
    )
    .await?;
    changed(scope, by, member, Action::MemberDisabled, at).await
}

async fn suspend(
    scope: &mut Scope<Writing>,
    stage: &Stage,
    member: &Member,
    number: usize,
    at: Timestamp,
) -> Result<()> {
    let by = &stage.olivia;
    let reason = chance::pick(number, "suspended", REASONS_TO_SUSPEND).map(|reason| (*reason).to_owned());
    store::account::suspend(
        scope.tx(),
        member.account.id,
        &Suspension {
            at,
            by: by.name.clone(),
            reason,
        },
    )
    .await?;
    store::session::end_all(scope.tx(), member.account.id, None).await?;
    changed(scope, by, member, Action::AccountSuspended, at).await
}

async fn changed(
    scope: &mut Scope<Writing>,
    by: &Account,
    before: &Member,
    action: Action,
    at: Timestamp,
) -> Result<()> {
    let after = store::member::get(scope, before.id).await?;
    let event = Event::new(action, target(&after))
        .before(state(before))
        .after(state(&after));
    history::record(scope, by, event, at).await
}
