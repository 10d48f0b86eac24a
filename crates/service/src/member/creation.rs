//! Making a member without mail: a new account with a temporary password, or an account that exists already and is asked
//! to agree.

use domain::account::Account;
use domain::audit::{Action, Event, Target};
use domain::domain_name::DomainName;
use domain::effect::{Effect, Kind, Subject};
use domain::id::AccountId;
use domain::member::{Member, MemberStatus};
use domain::permission::MemberManage;
use domain::role::Role;
use domain::text::{EmailAddress, PersonName, Username};
use domain::{Refusal, Timestamp};
use secrecy::SecretString;
use store::account::NewAccount;
use store::job;
use store::member::NewMember;
use store::password::Password;

use crate::account::{future, own_address_only};
use crate::authorization::Outcome;
use crate::error::{Check, checked};
use crate::member::{claim_slot, state, subject, target};
use crate::role::grantable;
use crate::sign_in::temporary_password;
use crate::{Authorized, Error, OrganizationRef, Request, Result, Roster};

/// Who is to be made a member, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct NewPerson {
    pub name: String,
    pub email: Option<String>,
    pub username: Option<String>,
    pub role: Option<String>,
    pub until: Option<Timestamp>,
    pub temporary_password: Option<SecretString>,
}

pub struct Created {
    pub member: Member,
    /// To be shown once; none where an existing account was added.
    pub temporary_password: Option<SecretString>,
}

impl Created {
    /// How somebody who has yet to agree learns of it and answers; none of whoever is a member already.
    pub fn asked(&self, roster: &Roster) -> Option<&'static str> {
        (self.member.status() == MemberStatus::AwaitingConsent).then(|| asked(roster))
    }
}

/// How somebody learns that an organization added them and waits for their answer.
pub fn asked(roster: &Roster) -> &'static str {
    if roster.sends_mail() {
        "They are asked by mail, and under Your organizations when they sign in."
    } else {
        "No mail is sent, as no mail server is set up. Tell them to sign in and to answer under Your organizations."
    }
}

struct Wanted {
    name: Option<PersonName>,
    email: Option<EmailAddress>,
    username: Option<Username>,
    role: String,
    until: Option<Timestamp>,
}

/// # Errors
/// A field cannot be taken, the person is a member already, or no slot is free.
pub async fn create(
    roster: &Roster,
    request: &Request,
    organization: &OrganizationRef,
    new: NewPerson,
) -> Result<Outcome<Created>> {
    let wanted = parse(&new, request.now)?;
    // Refused before the costly hash where it would be refused after it.
    let mut seen = roster.see::<MemberManage>(request, organization).await?;
    let known = match &wanted.email {
        Some(email) => store::account::find_by_email(seen.scope().tx(), email).await?,
        None => None,
    };
    let least = seen.organization().policies.security.password_length;
    drop(seen);
    if let Some(typed) = &new.temporary_password {
        crate::security::of_length(least, "temporary_password", typed)?;
    }
    if known.is_some() {
        return add_existing(roster, request, organization, wanted).await;
    }
    let (password, kept) = if request.dry_run {
        (None, None)
    } else {
        let context = [new.name.as_str(), new.username.as_deref().unwrap_or_default()];
        let (password, kept) = temporary_password(roster, new.temporary_password, &context, request.now).await?;
        (Some(password), Some(kept))
    };
    let authorized = roster.authorize::<MemberManage>(request, organization).await?;
    let outcome = create_account(authorized, wanted, kept).await?;
    Ok(outcome.map(|member| Created {
        member,
        temporary_password: password,
    }))
}

fn parse(new: &NewPerson, now: Timestamp) -> Result<Wanted> {
    let mut check = Check::default();
    let email = check.optional("email", new.email.as_deref(), EmailAddress::parse);
    let username = check.optional("username", new.username.as_deref(), Username::parse);
    let name = check.optional("name", Some(&new.name), PersonName::parse);
    if new.email.as_deref().unwrap_or_default().trim().is_empty()
        && new.username.as_deref().unwrap_or_default().trim().is_empty()
    {
        check.wrong("email", "or a username is needed");
    }
    let until = future(&mut check, "until", new.until, now);
    check.done()?;
    own_address_only(username.as_ref(), email.as_ref().map(EmailAddress::as_str))?;
    let role = new
        .role
        .clone()
        .filter(|role| !role.is_empty())
        .unwrap_or_else(|| domain::role::MEMBER.to_owned());
    Ok(Wanted {
        name,
        email,
        username,
        role,
        until,
    })
}

async fn create_account(
    mut authorized: Authorized<MemberManage>,
    wanted: Wanted,
    password: Option<Password>,
) -> Result<Outcome<Member>> {
    let role = offered(&mut authorized, &wanted.role).await?;
    let username = match (&wanted.username, &wanted.email) {
        (Some(username), _) => {
            refuse_taken(&mut authorized, username).await?;
            username.clone()
        }
        (None, Some(email)) => {
            store::account::free_username(authorized.scope().tx(), &Username::inferred_from(email)).await?
        }
        (None, None) => return Err(Error::Unexpected("neither e-mail nor username".to_owned())),
    };
    let name = match wanted.name {
        Some(name) => name,
        None => checked(
            PersonName::parse(
                wanted
                    .email
                    .as_ref()
                    .map_or(username.as_str(), EmailAddress::local_part),
            )
            .ok(),
        )?,
    };
    if let Some(email) = &wanted.email {
        // Looked up before the hash, too; somebody may have made the account meanwhile.
        refuse_known(&mut authorized, email).await?;
    }
    let roster = authorized.roster().clone();
    claim_slot(authorized.scope(), roster.settings()).await?;
    let new = NewAccount {
        id: authorized.new_id(),
        username,
        name,
        email: wanted.email,
        email_verified: false,
        superuser: false,
        home: Some(authorized.organization().id),
        created_at: authorized.now(),
    };
    let account = store::account::insert(authorized.scope().tx(), &new).await?;
    if let Some(password) = password {
        let now = authorized.now();
        store::password::set(authorized.scope().tx(), account.id, &password, now).await?;
    }
    let created = Subject {
        kind: "account",
        id: account.id.to_string(),
        name: account.name.clone(),
    };
    authorized.effect(Effect::new(Kind::AccountCreated, created));
    let joined_at = Some(authorized.now());
    add(
        authorized,
        &account,
        &role,
        wanted.until,
        joined_at,
        Action::MemberCreated,
    )
    .await
}

async fn add_existing(
    roster: &Roster,
    request: &Request,
    organization: &OrganizationRef,
    wanted: Wanted,
) -> Result<Outcome<Created>> {
    let email = checked(wanted.email)?;
    roster.note_lookup(request, organization, email.as_str()).await?;
    let mut authorized = roster.authorize::<MemberManage>(request, organization).await?;
    let account = store::account::find_by_email(authorized.scope().tx(), &email).await?;
    let account = account.ok_or(Refusal::NotFound { what: "account" })?;
    let outcome = add_account(authorized, account.id, &wanted.role, wanted.until, email.as_str()).await?;
    Ok(outcome.map(|member| Created {
        member,
        temporary_password: None,
    }))
}

/// Makes a member of an account that is here already: at once where that is allowed, else once they agree. `who` is what the
/// caller calls them.
pub(crate) async fn add_account(
    mut authorized: Authorized<MemberManage>,
    account: AccountId,
    role: &str,
    until: Option<Timestamp>,
    who: &str,
) -> Result<Outcome<Member>> {
    let role = offered(&mut authorized, role).await?;
    let account = store::account::get(authorized.scope().tx(), account).await?;
    let who = who.to_owned();
    match store::member::find_by_account(authorized.scope(), account.id)
        .await?
        .map(|member| member.status())
    {
        Some(MemberStatus::AwaitingConsent) => return Err(Refusal::AlreadyAwaitingConsent { who }.into()),
        Some(_) => return Err(Refusal::AlreadyMember { who }.into()),
        None => {}
    }
    if account.suspended.is_some() {
        return Err(Refusal::SuspendedElsewhere.into());
    }
    // Only of a verified address: anybody could have made an account with one of the domain that is not theirs.
    let address = account.email.as_deref().filter(|_| account.email_verified);
    let belongs = match address.and_then(|email| EmailAddress::parse(email).ok()) {
        Some(email) => store::signup_domain::is_proved(authorized.scope(), &DomainName::of(&email)).await?,
        None => false,
    };
    let at_once = belongs || crate::instance::adds_existing_accounts(authorized.scope().tx()).await?;
    let joined_at = if at_once { Some(authorized.now()) } else { None };
    if at_once {
        let roster = authorized.roster().clone();
        claim_slot(authorized.scope(), roster.settings()).await?;
    }
    add(authorized, &account, &role, until, joined_at, Action::MemberCreated).await
}

async fn add(
    mut authorized: Authorized<MemberManage>,
    account: &Account,
    role: &Role,
    role_until: Option<Timestamp>,
    joined_at: Option<Timestamp>,
    action: Action,
) -> Result<Outcome<Member>> {
    let granted = authorized.granting();
    let new = NewMember {
        id: authorized.new_id(),
        account,
        role,
        role_until,
        role_granted: &granted,
        joined_at,
    };
    let member = store::member::insert(authorized.scope(), &new).await?;
    authorized.effect(Effect::new(Kind::MemberAdded, subject(&member)));
    if joined_at.is_some() {
        authorized.effect(Effect::new(Kind::Seat, subject(&member)));
        authorized.watch_new(&member).await?;
    } else if account.email.is_some() && authorized.roster().sends_mail() {
        authorized.later(job::Kind::ConsentMail, member.id).await?;
    }
    authorized.touch_access().await?;
    // It may belong to one organization more: who manages it changes.
    authorized.touch_account(account.id);
    let event = Event::new(action, target(&member)).after(state(&member));
    authorized.commit(event, member).await
}

async fn offered(authorized: &mut Authorized<MemberManage>, reference: &str) -> Result<Role> {
    let role = grantable(authorized, "role", reference).await?;
    if role.is_offered(authorized.organization().policies.offered_roles.as_deref()) {
        return Ok(role);
    }
    Err(Refusal::RoleNotOffered { role: role.name }.into())
}

async fn refuse_known(authorized: &mut Authorized<MemberManage>, email: &EmailAddress) -> Result<()> {
    let Some(account) = store::account::find_by_email(authorized.scope().tx(), email).await? else {
        return Ok(());
    };
    if store::member::find_by_account(authorized.scope(), account.id)
        .await?
        .is_some()
    {
        return Err(Refusal::AlreadyMember { who: email.to_string() }.into());
    }
    Err(Refusal::EmailTaken {
        email: email.to_string(),
    }
    .into())
}

async fn refuse_taken(authorized: &mut Authorized<MemberManage>, username: &Username) -> Result<()> {
    let Some(account) = store::account::find_by_username(authorized.scope().tx(), username).await? else {
        return Ok(());
    };
    if store::member::find_by_account(authorized.scope(), account.id)
        .await?
        .is_some()
    {
        return Err(Refusal::AlreadyMember {
            who: username.to_string(),
        }
        .into());
    }
    Err(Refusal::UsernameTaken {
        username: username.to_string(),
    }
    .into())
}

/// How often one person may learn within the hour that an address is known here.
const LOOKUPS: i64 = 200;

impl Roster {
    /// How many known addresses the caller may still learn of.
    pub(crate) async fn lookups_left(&self, request: &Request) -> Result<usize> {
        if request.caller.superuser {
            return Ok(usize::MAX);
        }
        let key = crate::throttle::lookup_key(request.caller.identity);
        let mut tx = self.store().sign_in().await?;
        let counted = store::failure::find(&mut tx, key).await?;
        tx.rollback().await?;
        let recent = counted.filter(|counted| request.now.since(counted.last_at) < crate::throttle::MEMORY);
        Ok(usize::try_from(LOOKUPS - recent.map_or(0, |recent| recent.count)).unwrap_or_default())
    }

    /// Adding somebody tells that their address is known. That is counted and kept, also where the change is only tried.
    pub(crate) async fn note_lookup(
        &self,
        request: &Request,
        organization: &OrganizationRef,
        email: &str,
    ) -> Result<()> {
        let key = crate::throttle::lookup_key(request.caller.identity);
        let mut tx = self.store().sign_in().await?;
        let counted = store::failure::find(&mut tx, key).await?;
        let recent = counted.filter(|counted| request.now.since(counted.last_at) < crate::throttle::MEMORY);
        if recent.is_some_and(|recent| recent.count >= LOOKUPS) {
            return Err(Error::Throttled { retry_after: 3_600 });
        }
        store::failure::add(&mut tx, key, request.now).await?;
        tx.commit().await?;
        if !request.dry_run {
            return Ok(());
        }
        let mut scope = self.store().change(organization).await?;
        let event = Event::new(Action::AddressLookedUp, Target::new("email", "", email));
        let organization = scope.organization().id;
        crate::audit::record(scope.tx(), Some(organization), &event, request).await?;
        Ok(scope.commit().await?)
    }
}
