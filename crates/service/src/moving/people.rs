//! Members, a batch of lines in one transaction: looked up by one question, decided one by one, written by few statements. The
//! rules are those of adding one by hand; an account that is here keeps everything that it has.
// tidy: long because looking up, deciding and writing a batch of people is one walk

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::actor::Identity;
use domain::audit::{Action, Event, Target};
use domain::domain_name::DomainName;
use domain::group::Group;
use domain::id::{AccountId, GroupId, MemberId};
use domain::moving::{Fault, Outcome, Row, State};
use domain::permission::{Level, MemberManage, Permission};
use domain::role::Role;
use domain::text::{EmailAddress, PersonName, Username};
use domain::{Refusal, Timestamp};
use serde_json::json;
use store::job;
use store::moving::{Known, NewAccount, NewMember};

use super::plan::Plan;
use super::told;
use crate::ambient::new_id;
use crate::member::whom_to_ask;
use crate::{Authorized, Error, OrganizationRef, Request, Result, Roster};

/// What became of a batch.
pub(super) struct Taken {
    pub rows: Vec<Row>,
    /// Logins of lines that are not the usernames that their people have here: the member, or nobody.
    pub aliases: Vec<(String, Option<MemberId>)>,
    /// Addresses of which the caller now knows that they are known here.
    pub looked_up: Vec<String>,
}

/// What the batch is decided by, read once for all of it.
struct Ground {
    roles: BTreeMap<String, std::result::Result<Role, Fault>>,
    groups: HashMap<String, std::result::Result<GroupId, Fault>>,
    by_email: HashMap<String, Known>,
    by_username: HashMap<String, Known>,
    /// Slots that are left, where there is a limit.
    free: Option<(u32, i64)>,
    adds_existing: bool,
    contact: String,
}

/// Nothing, where somebody elsewhere took one of the names meanwhile: to be tried again. `lookups` is of how many known
/// addresses the caller may still learn.
pub(super) async fn take(
    roster: &Roster,
    request: &Request,
    organization: &OrganizationRef,
    plans: &[Plan],
    mut lookups: usize,
) -> Result<Option<Taken>> {
    let mut authorized = roster.authorize::<MemberManage>(request, organization).await?;
    let mut ground = Ground::read(&mut authorized, plans).await?;
    let mut taken = Taken {
        rows: Vec::with_capacity(plans.len()),
        aliases: Vec::new(),
        looked_up: Vec::new(),
    };
    let mut people: Vec<NewMember> = Vec::with_capacity(plans.len());
    let mut events = Vec::with_capacity(plans.len());
    let mut used: HashSet<String> = HashSet::new();
    let mut owner = None;
    for plan in plans {
        let (line, who, login) = (plan.line, plan.login.clone(), plan.login.to_lowercase());
        let left_out = plan.left_out.clone();
        let at = request.now.plus(i64::try_from(line).unwrap_or_default());
        let decided = decide(&mut authorized, &mut ground, &mut used, plan, lookups, at).await?;
        let (outcome, fault) = match decided {
            Decided::In(member, role, outcome, looked_up) => {
                lookups -= usize::from(looked_up.is_some());
                taken.looked_up.extend(looked_up);
                if member.username.to_lowercase() != login {
                    taken.aliases.push((login, Some(member.id)));
                }
                let suspended = member.new.as_ref().is_some_and(|new| new.suspended.is_some());
                if role.is_owner() && member.state == State::Active && !suspended {
                    owner = Some(role.clone());
                }
                events.push((at, told_of(&member, &role)));
                people.push(*member);
                (outcome, None)
            }
            Decided::There(known) => {
                if known.username.to_lowercase() != login {
                    taken.aliases.push((login, known.member));
                }
                (Outcome::Skipped, None)
            }
            Decided::Refused(fault) => {
                if fault.code == USERNAME_TAKEN {
                    // Somebody else is called so, who may well be a member.
                    taken.aliases.push((login, None));
                }
                (Outcome::Refused, Some(fault))
            }
        };
        let left_out = if matches!(outcome, Outcome::Created) {
            left_out
        } else {
            Vec::new()
        };
        taken.rows.push(Row {
            line,
            kind: "member",
            who,
            outcome,
            fault,
            left_out,
        });
    }
    let written = people.is_empty() || write(authorized, &people, &events, owner).await?;
    Ok(written.then_some(taken))
}

async fn write(
    mut authorized: Authorized<MemberManage>,
    people: &[NewMember],
    events: &[(Timestamp, Event)],
    owner: Option<Role>,
) -> Result<bool> {
    let granted = authorized.granting();
    if !store::moving::insert(authorized.scope(), people, &granted).await? {
        return Ok(false);
    }
    for person in people {
        if person.new.is_none() {
            // It may belong to one organization more: who manages it changes.
            authorized.touch_account(person.account);
        }
        let asked = person.state == State::AwaitingConsent && person.email.is_some();
        if asked && authorized.roster().sends_mail() {
            authorized.later(job::Kind::ConsentMail, person.id).await?;
        }
    }
    if let Some(role) = owner {
        crate::member::owner_came(authorized.scope(), &role).await?;
    }
    authorized.touch_access().await?;
    authorized.commit_all(events).await?;
    Ok(true)
}

const USERNAME_TAKEN: &str = "username_taken";

fn too_many() -> Fault {
    let detail = "So many addresses that are known here were named within the hour that no more are told of. Import the \
                  file again later: what is there is skipped.";
    Fault::new("too_many_tries", detail)
}

enum Decided {
    /// With the address of which the caller now knows that it is known.
    In(Box<NewMember>, Role, Outcome, Option<String>),
    There(Known),
    Refused(Fault),
}

impl From<Refusal> for Decided {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Fault::new(refusal.code(), refusal.to_string()))
    }
}

async fn decide(
    authorized: &mut Authorized<MemberManage>,
    ground: &mut Ground,
    used: &mut HashSet<String>,
    plan: &Plan,
    lookups: usize,
    at: Timestamp,
) -> Result<Decided> {
    let known = match ground.known(plan) {
        Ok(known) => known.cloned(),
        Err(refusal) => return Ok(refusal.into()),
    };
    if let Some(member) = known.as_ref().filter(|known| known.member.is_some()) {
        return Ok(Decided::There(member.clone()));
    }
    let role = match ground.role(&plan.role, authorized) {
        Ok(role) => role,
        Err(fault) => return Ok(Decided::Refused(fault)),
    };
    let mut groups = Vec::with_capacity(plan.groups.len());
    for belonging in &plan.groups {
        match ground.groups.get(&belonging.group) {
            Some(Ok(group)) => groups.push((*group, belonging.until, belonging.origin.clone().unwrap_or_default())),
            Some(Err(fault)) => return Ok(Decided::Refused(fault.clone())),
            None => {
                return Ok(Decided::Refused(Fault::new(
                    "not_found",
                    "A group of the line is not there.",
                )));
            }
        }
    }
    let mut state = plan.state.clone();
    let mut looked_up = None;
    if let Some(known) = &known {
        let oneself = authorized.request().caller.identity == Identity::Account(known.account);
        if known.suspended {
            return Ok(Refusal::SuspendedElsewhere.into());
        }
        if !oneself && !authorized.actor().superuser {
            if lookups == 0 {
                return Ok(Decided::Refused(too_many()));
            }
            looked_up.clone_from(&known.email);
        }
        if !oneself && !ground.at_once(authorized, known).await? {
            state = State::AwaitingConsent;
        }
    }
    if state == State::Active
        && let Err(refusal) = ground.claim_slot()
    {
        return Ok(refusal.into());
    }
    let outcome = match (&known, &state) {
        (_, State::AwaitingConsent) => Outcome::Invited,
        (Some(_), _) => Outcome::Joined,
        (None, _) => Outcome::Created,
    };
    let joined_at = (state != State::AwaitingConsent).then_some(plan.joined_at);
    let (id, role_until) = (new_id(at), plan.until);
    let person = match known {
        Some(known) => NewMember {
            id,
            account: known.account,
            new: None,
            username: known.username,
            name: known.name,
            email: known.email,
            role: role.id,
            role_until,
            state,
            joined_at,
            groups,
        },
        None => {
            let account = new_account(authorized, ground, used, plan).await?;
            NewMember {
                id,
                account: new_id::<AccountId>(at),
                username: account.username.to_string(),
                name: account.name.to_string(),
                email: account.email.as_ref().map(EmailAddress::to_string),
                new: Some(account),
                role: role.id,
                role_until,
                state,
                joined_at,
                groups,
            }
        }
    };
    Ok(Decided::In(Box::new(person), role, outcome, looked_up))
}

async fn new_account(
    authorized: &mut Authorized<MemberManage>,
    ground: &Ground,
    used: &mut HashSet<String>,
    plan: &Plan,
) -> Result<NewAccount> {
    let username = match (&plan.username, &plan.email) {
        (Some(username), _) => username.clone(),
        (None, Some(email)) => {
            let mut username = Username::inferred_from(email);
            if ground.by_username.contains_key(&username.key()) {
                username = store::account::free_username(authorized.scope().tx(), &username).await?;
            }
            // Others of the batch are not written yet.
            let wanted = username.clone();
            let mut number = 2;
            while used.contains(&username.key()) {
                username = store::account::free_username(authorized.scope().tx(), &wanted.numbered(number)).await?;
                number += 1;
            }
            username
        }
        (None, None) => return Err(Error::Unexpected("neither e-mail nor username".to_owned())),
    };
    used.insert(username.key());
    let name = match &plan.name {
        Some(name) => name.clone(),
        None => {
            let called = plan.email.as_ref().map_or(username.as_str(), EmailAddress::local_part);
            PersonName::parse(called).map_err(|problem| Error::Unexpected(problem.to_string()))?
        }
    };
    Ok(NewAccount {
        username,
        name,
        email: plan.email.clone(),
        email_verified: plan.email_verified,
        phone: plan.phone.clone(),
        time_zone: plan.time_zone.clone(),
        locale: plan.locale.clone(),
        method: plan.method,
        suspended: plan.suspended.clone(),
        created_at: plan.created_at,
        password_hash: plan.hash.clone(),
    })
}

/// As somebody who was made a member by hand is told of.
fn told_of(person: &NewMember, role: &Role) -> Event {
    let suspended = person.new.as_ref().is_some_and(|new| new.suspended.is_some());
    let status = match &person.state {
        State::AwaitingConsent => "awaiting_consent",
        _ if suspended => "suspended",
        State::Disabled(_) => "disabled",
        State::Active => "active",
    };
    let phone = person.new.as_ref().and_then(|new| new.phone.as_ref());
    let state = json!({
        "name": person.name,
        "username": person.username,
        "email": person.email,
        "phone": phone.map(domain::text::Phone::as_str),
        "role": role.slug,
        "role_until": person.role_until,
        "status": status,
    });
    Event::new(Action::MemberCreated, Target::new("member", person.id, &person.name)).after(state)
}

impl Ground {
    async fn read(authorized: &mut Authorized<MemberManage>, plans: &[Plan]) -> Result<Self> {
        let emails: Vec<String> = plans
            .iter()
            .filter_map(|plan| plan.email.as_ref().map(EmailAddress::key))
            .collect();
        let inferred = |plan: &Plan| plan.email.as_ref().map(Username::inferred_from);
        let username = |plan: &Plan| plan.username.clone().or_else(|| inferred(plan));
        let usernames: Vec<String> = plans
            .iter()
            .filter_map(username)
            .map(|username| username.key())
            .collect();
        let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
        let usernames: Vec<&str> = usernames.iter().map(String::as_str).collect();
        let (by_email, by_username) = store::moving::known(authorized.scope(), &emails, &usernames).await?;
        let mut roles = BTreeMap::new();
        for role in store::role::list(authorized.scope()).await? {
            if role.applies_to == Level::Organization {
                let given = grantable(authorized, &role);
                roles.insert(role.slug.clone(), given.map(|()| role));
            }
        }
        let mut groups = HashMap::new();
        for slug in plans
            .iter()
            .flat_map(|plan| &plan.groups)
            .map(|belonging| &belonging.group)
        {
            if !groups.contains_key(slug) {
                let found = joinable(authorized, slug).await?;
                groups.insert(slug.clone(), found);
            }
        }
        let limit = authorized.organization().policies.member_limit;
        let free = match limit {
            Some(limit) => {
                let taken = store::member::count_slots(authorized.scope(), i64::from(limit)).await?;
                Some((limit, i64::from(limit) - taken))
            }
            None => None,
        };
        Ok(Self {
            roles,
            groups,
            by_email,
            by_username,
            free,
            adds_existing: crate::instance::adds_existing_accounts(authorized.scope().tx()).await?,
            contact: whom_to_ask(authorized.roster().settings()),
        })
    }

    /// Whom the line means of those who are here. An address tells an account; a username alone does so only where the line
    /// has no address.
    fn known(&self, plan: &Plan) -> std::result::Result<Option<&Known>, Refusal> {
        if let Some(known) = plan.email.as_ref().and_then(|email| self.by_email.get(&email.key())) {
            return Ok(Some(known));
        }
        let Some(username) = &plan.username else {
            return Ok(None);
        };
        match self.by_username.get(&username.key()) {
            Some(known) if plan.email.is_none() && known.member.is_some() => Ok(Some(known)),
            Some(_) => Err(Refusal::UsernameTaken {
                username: username.to_string(),
            }),
            None => Ok(None),
        }
    }

    fn role(&self, slug: &str, authorized: &Authorized<MemberManage>) -> std::result::Result<Role, Fault> {
        match self.roles.get(slug) {
            Some(found) => found.clone(),
            None => {
                let organization = &authorized.organization().slug;
                let detail =
                    format!("{organization} has no role “{slug}” for its members. Import it first, or name another.");
                Err(Fault::new("not_found", detail))
            }
        }
    }

    /// Whether somebody is a member without being asked.
    async fn at_once(&self, authorized: &mut Authorized<MemberManage>, known: &Known) -> Result<bool> {
        if self.adds_existing {
            return Ok(true);
        }
        // Only of a verified address: anybody could have made an account with one of the domain that is not theirs.
        let address = known.email.as_deref().filter(|_| known.email_verified);
        match address.and_then(|email| EmailAddress::parse(email).ok()) {
            Some(email) => Ok(store::signup_domain::is_proved(authorized.scope(), &DomainName::of(&email)).await?),
            None => Ok(false),
        }
    }

    fn claim_slot(&mut self) -> std::result::Result<(), Refusal> {
        match &mut self.free {
            Some((limit, free)) if *free <= 0 => Err(Refusal::MemberLimitReached {
                limit: *limit,
                contact: self.contact.clone(),
            }),
            Some((_, free)) => {
                *free -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// Ownership is given by whoever may give it; any other role as it always is.
fn grantable(authorized: &Authorized<MemberManage>, role: &Role) -> std::result::Result<(), Fault> {
    let grants = &authorized.actor().grants;
    let may = if role.is_owner() && grants.has(Permission::OrganizationChangeOwner) {
        Ok(())
    } else {
        role.can_be_granted_by(grants)
    };
    may.map_err(|refusal| Fault::new(refusal.code(), refusal.to_string()))
}

async fn joinable(
    authorized: &mut Authorized<MemberManage>,
    slug: &str,
) -> Result<std::result::Result<GroupId, Fault>> {
    match joined(authorized, slug).await {
        Ok(group) => Ok(Ok(group.id)),
        Err(error) => Ok(Err(told(error)?)),
    }
}

async fn joined(authorized: &mut Authorized<MemberManage>, slug: &str) -> Result<Group> {
    if !authorized.actor().grants.has(Permission::GroupManage) {
        let permission = Permission::GroupManage;
        return Err(Refusal::Forbidden { permission }.into());
    }
    let now = authorized.now();
    let group = store::group::get(authorized.scope(), slug, now).await?;
    crate::group::gives_what_the_caller_holds(authorized, &group).await?;
    Ok(group)
}
