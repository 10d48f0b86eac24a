//! Superusers: a flag on an account, given and taken only by superusers, never from the last active one.

use domain::Refusal;
use domain::account::Account;
use domain::actor::{Medium, Origin};
use domain::audit::{Action, Event, Target};
use domain::id::AccountId;
use domain::text::{EmailAddress, PersonName, Username};
use secrecy::SecretString;
use store::account::NewAccount;
pub use store::account_search::{Filter, Which, place};
use store::password::Password;
use store::{Tx, Writing};

use crate::ambient::new_id;
use crate::error::{Check, checked};
use crate::instance::superusers_only;
use crate::session::record_own;
use crate::{Error, Request, Result, Roster};

/// # Errors
/// The account is the last superuser who can act.
pub(crate) async fn not_the_last(tx: &mut Tx<Writing>, account: &Account) -> Result<()> {
    let active = store::account::count_active_superusers(tx).await?;
    if account.suspended.is_none() && active <= 1 {
        return Err(Refusal::LastSuperuser.into());
    }
    Ok(())
}

/// Asked inside the write: the flag may have been taken since the request began.
pub(crate) async fn still_superuser(tx: &mut Tx<Writing>, request: &Request) -> Result<()> {
    crate::session::goes_on(tx, request).await?;
    let account = store::account::find(tx, request.caller.whole()?).await?;
    match account {
        Some(account) if account.superuser && account.suspended.is_none() => Ok(()),
        _ => Err(Refusal::SuperuserOnly.into()),
    }
}

impl Roster {
    /// Makes an account superuser, or takes that away.
    ///
    /// # Errors
    /// The caller is no superuser, or nobody else would be left.
    pub async fn set_superuser(&self, request: &Request, id: AccountId, superuser: bool) -> Result<Account> {
        superusers_only(request)?;
        request.caller.session()?;
        request.proved()?;
        let mut tx = self.store().server().await?;
        still_superuser(&mut tx, request).await?;
        let account = store::account::get(&mut tx, id).await?;
        request.matches(&crate::account::etag(&account))?;
        if account.superuser == superuser {
            return Ok(account);
        }
        if !superuser {
            not_the_last(&mut tx, &account).await?;
        }
        store::account::set_superuser(&mut tx, id, superuser).await?;
        let action = if superuser {
            Action::SuperuserGranted
        } else {
            Action::SuperuserRevoked
        };
        record_own(
            &mut tx,
            request,
            &Event::new(action, Target::new("account", id, &account.name)),
        )
        .await?;
        let changed = store::account::get(&mut tx, id).await?;
        if request.dry_run {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
            self.memory().account_changed(id);
        }
        Ok(changed)
    }

    /// Every superuser, by name.
    ///
    /// # Errors
    /// The caller is no superuser.
    pub async fn superusers(&self, request: &Request) -> Result<Vec<Account>> {
        superusers_only(request)?;
        let mut tx = self.store().see_server().await?;
        Ok(store::account::list_superusers(&mut tx).await?)
    }

    /// One account of the instance.
    ///
    /// # Errors
    /// The caller is no superuser, or there is none.
    pub async fn account(&self, request: &Request, id: AccountId) -> Result<Account> {
        superusers_only(request)?;
        let mut tx = self.store().see_server().await?;
        Ok(store::account::get(&mut tx, id).await?)
    }

    /// The account that signs in by that username or address.
    ///
    /// # Errors
    /// The caller is no superuser.
    pub async fn find_account(&self, request: &Request, login: &str) -> Result<Option<Account>> {
        superusers_only(request)?;
        let mut tx = self.store().see_server().await?;
        Ok(store::account::find_by_login(&mut tx, login).await?)
    }

    /// All accounts of the instance, by name.
    ///
    /// # Errors
    /// The caller is no superuser.
    pub async fn accounts(&self, request: &Request, filter: &Filter, limit: i64) -> Result<Vec<Account>> {
        superusers_only(request)?;
        let mut tx = self.store().see_server().await?;
        Ok(store::account_search::find(&mut tx, filter, limit).await?)
    }

    /// Makes a superuser from the machine itself: whoever can write the database needs no permission.
    ///
    /// # Errors
    /// A field cannot be taken, or username or address belong to an account already.
    pub async fn create_superuser(
        &self,
        username: &str,
        email: &str,
        name: Option<&str>,
        password: SecretString,
    ) -> Result<Account> {
        let mut check = Check::default();
        let username = check.field("username", Username::parse(username));
        let email = check.field("email", EmailAddress::parse(email));
        let name = check.optional("name", name, PersonName::parse);
        check.done()?;
        let (username, email) = (checked(username)?, checked(email)?);
        let name = match name {
            Some(name) => name,
            None => checked(PersonName::parse(username.as_str()).ok())?,
        };
        crate::account::own_address_only(Some(&username), Some(email.as_str()))?;
        let hash = self
            .hash_new(
                "password",
                password,
                &[username.as_str(), name.as_str(), email.local_part()],
            )
            .await?;
        let now = self.now();
        let mut tx = self.store().server().await?;
        if store::account::find_by_email(&mut tx, &email).await?.is_some() {
            return Err(Refusal::EmailTaken {
                email: email.to_string(),
            }
            .into());
        }
        let new = NewAccount {
            id: new_id(now),
            username,
            name,
            email: Some(email),
            email_verified: true,
            superuser: true,
            home: None,
            created_at: now,
        };
        let account = store::account::insert(&mut tx, &new).await?;
        let kept = Password {
            hash: hash.as_str().to_owned(),
            must_change: false,
            expires_at: None,
        };
        store::password::set(&mut tx, account.id, &kept, now).await?;
        let target = Target::new("account", account.id, &account.name);
        let event = Event::new(Action::SuperuserGranted, target);
        let by = Target::new("system", "", "command line");
        crate::audit::record_by(&mut tx, None, &event, (&by, &from_the_machine()), now).await?;
        tx.commit().await?;
        self.memory().account_changed(account.id);
        Ok(account)
    }
}

/// Where a command that works on the database comes from.
pub fn from_the_machine() -> Origin {
    Origin {
        address: String::new(),
        user_agent: String::new(),
        medium: Medium::System,
        request_id: String::new(),
    }
}

/// An error as one line for a terminal.
pub fn one_line(error: &Error) -> String {
    match error {
        Error::Invalid(fields) => {
            let told: Vec<_> = fields
                .iter()
                .map(|field| format!("{} {}", field.pointer.trim_start_matches('/'), field.detail))
                .collect();
            told.join("; ")
        }
        Error::Unexpected(detail)
        | Error::Unavailable(detail)
        | Error::Uncertain(detail)
        | Error::NoSpace(detail)
        | Error::Damaged(detail) => detail.clone(),
        other => other.to_string(),
    }
}
