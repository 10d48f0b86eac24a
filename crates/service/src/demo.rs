//! An instance to look at: one organization for each preset, some 250 made-up people in every state, and a few personas to
//! sign in as. Filled in one transaction, so that there is never half of it.

mod cast;
mod chance;
mod group;
mod history;
mod invitation;
mod person;
mod project;
mod tenant;

use domain::Refusal;
use domain::account::Account;
use domain::organization::Organization;
use domain::role::{ADMIN, GUEST, MEMBER, OWNER};
use domain::text::{EmailAddress, PersonName, Username};
use domain::time::DAY;
use domain::{Timestamp, id::OrganizationId};
use secrecy::SecretString;
use store::account::NewAccount;
use store::password::Password;
use store::{Tx, Writing};

use crate::ambient::{entropy, new_id};
use crate::error::checked;
use crate::{Result, Roster};

/// Somebody to sign in as.
#[derive(Clone, Copy, Debug)]
pub struct Persona {
    pub username: &'static str,
    pub name: &'static str,
    pub email: &'static str,
    /// What they are: "Owner".
    pub part: &'static str,
}

const fn persona(username: &'static str, name: &'static str, email: &'static str, part: &'static str) -> Persona {
    Persona {
        username,
        name,
        email,
        part,
    }
}

pub const PERSONAS: [Persona; 6] = [
    persona("olivia", "Olivia Marchetti", "olivia@example.com", "Owner"),
    persona("adam", "Adam Okonjo", "adam@example.com", "Admin"),
    persona("mia", "Mia Sandqvist", "mia@example.com", "Member"),
    persona("gus", "Gus Teixeira", "gus@example.com", "Guest"),
    persona("sid", "Sid Ramanathan", "sid@example.com", "superuser of the instance"),
    persona(
        "eve",
        "Eve Novotná",
        "eve@example.org",
        "Owner of an organization of her own",
    ),
];

/// What an instance is, before anything is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoState {
    /// Nobody has an account.
    Empty,
    /// It was filled with the demonstration before.
    Demo,
    /// It has people of its own.
    Other,
}

/// What there is to look at. The first organization is where the personas are at home.
#[derive(Debug)]
pub struct Filled {
    pub organizations: Vec<Organization>,
    pub people: usize,
    pub invitations: usize,
}

/// What everything filled in has in common.
struct Stage {
    now: Timestamp,
    password: Password,
    olivia: Account,
    adam: Account,
    sid: Account,
}

/// How long ago the first organization was opened: microseconds.
const PAST: i64 = 730 * DAY;

impl Roster {
    /// # Errors
    /// The database does not answer.
    pub async fn demo_state(&self) -> Result<DemoState> {
        let mut tx = self.store().see_server().await?;
        if store::instance::is_empty(&mut tx).await? {
            return Ok(DemoState::Empty);
        }
        let demo = store::instance::find(&mut tx)
            .await?
            .is_some_and(|instance| instance.demo);
        Ok(if demo { DemoState::Demo } else { DemoState::Other })
    }

    /// Fills an empty instance. All of its people share the one password.
    ///
    /// # Errors
    /// The password is too weak, or somebody has an account already.
    pub async fn fill_demo(&self, password: SecretString) -> Result<Filled> {
        let usernames = PERSONAS.map(|persona| persona.username);
        self.check_password("password", &password, &usernames).await?;
        let hash = self.hasher().hash(password, entropy()).await?;
        let password = Password {
            hash: hash.as_str().to_owned(),
            must_change: false,
            expires_at: None,
        };

        let now = self.now();
        let mut tx = self.store().server().await?.into_inner();
        // First, because it locks the instance: of two programs that fill the same one, the second finds it full.
        store::instance::mark_as_demo(&mut tx).await?;
        if !store::instance::is_empty(&mut tx).await? {
            return Err(Refusal::AlreadySetUp.into());
        }
        let (tx, filled) = fill(tx, password, now).await?;
        tx.commit().await?;
        self.memory().everything_changed();
        Ok(filled)
    }
}

async fn fill(mut tx: Tx<Writing>, password: Password, now: Timestamp) -> Result<(Tx<Writing>, Filled)> {
    let [olivia, adam, mia, gus, sid, eve] = &PERSONAS;
    let sid = enter_as(&mut tx, sid, None, &password, now).await?;
    let (home, others) = tenant::OF_PRESETS;
    let mut scope = tenant::found(tx, home, now).await?;
    let at_home = Some(scope.organization().id);
    let olivia = enter_as(scope.tx(), olivia, at_home, &password, now).await?;
    let adam = enter_as(scope.tx(), adam, at_home, &password, now).await?;
    let mia = enter_as(scope.tx(), mia, at_home, &password, now).await?;
    let gus = enter_as(scope.tx(), gus, at_home, &password, now).await?;
    let stage = Stage {
        now,
        password,
        olivia: olivia.clone(),
        adam: adam.clone(),
        sid,
    };

    // They hold the same role everywhere, so that each preset can be looked at with the same eyes.
    let everywhere = [(olivia, OWNER), (adam, ADMIN), (mia, MEMBER), (gus, GUEST)];
    let (mut tx, tenant) = tenant::open(scope, &stage, home, &everywhere).await?;
    let mut tenants = vec![tenant];
    for plan in others {
        let scope = tenant::found(tx, plan, now).await?;
        let tenant;
        (tx, tenant) = tenant::open(scope, &stage, plan, &everywhere).await?;
        tenants.push(tenant);
    }
    let tx = tenant::visit_each_other(tx, &stage, &tenants).await?;

    let mut scope = tenant::found(tx, &tenant::OF_EVE, now).await?;
    let at_home = Some(scope.organization().id);
    let eve = enter_as(scope.tx(), eve, at_home, &stage.password, now).await?;
    let (tx, own) = tenant::open(scope, &stage, &tenant::OF_EVE, &[(eve, OWNER)]).await?;
    tenants.push(own);

    let filled = Filled {
        people: PERSONAS.len() + tenants.iter().map(|tenant| tenant.people.len()).sum::<usize>(),
        invitations: tenants.iter().map(|tenant| tenant.invitations).sum(),
        organizations: tenants.into_iter().map(|tenant| tenant.organization).collect(),
    };
    Ok((tx, filled))
}

async fn enter_as(
    tx: &mut Tx<Writing>,
    persona: &Persona,
    home: Option<OrganizationId>,
    password: &Password,
    now: Timestamp,
) -> Result<Account> {
    let created_at = now.plus(-PAST);
    let new = NewAccount {
        id: new_id(created_at),
        username: checked(Username::parse(persona.username).ok())?,
        name: checked(PersonName::parse(persona.name).ok())?,
        email: EmailAddress::parse(persona.email).ok(),
        email_verified: true,
        // The one persona that belongs nowhere is the one who runs the instance.
        superuser: home.is_none(),
        home,
        created_at,
    };
    let account = store::account::insert(tx, &new).await?;
    store::password::set(tx, account.id, password, created_at).await?;
    Ok(account)
}

/// For whoever names none.
pub fn generated_password() -> SecretString {
    SecretString::from(signin::password::temporary::from_entropy(&entropy()))
}
