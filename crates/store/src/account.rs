//! Accounts: global, because a person is one person in many organizations.
// tidy: long because what an account is stored, searched and listed by stands together

use domain::account::{Account, AuthenticationMethod, SecondFactor, Suspension};
use domain::id::{AccountId, MemberId, OrganizationId};
use domain::organization::OrganizationStatus;
use domain::policy::Policies;
use domain::search::folded;
use domain::security::SecurityPolicy;
use domain::text::{EmailAddress, PersonName, Phone, Username};
use domain::words::Words;
use domain::{Refusal, Timestamp};

use crate::db::{Error, Maybe, Query, Result, Row, assembled, query};
use crate::{Mode, Tx, Writing};

/// The columns [`from_row`] reads, of an account named `a`.
pub(crate) const COLUMNS: &str =
    "a.id AS account_id, a.username, a.name, a.email, a.email_verified, a.phone, a.superuser,
    a.home_organization_id, a.authentication_method, a.time_zone, a.locale, a.suspended_at, a.suspended_by,
    a.suspended_reason, a.second_factors, a.last_sign_in_at, a.created_at AS account_created_at, a.revision AS account_revision";

pub(crate) fn from_row(row: &Row) -> Result<Account> {
    let suspended_at: Option<Timestamp> = row.get("suspended_at")?;
    let suspended = match suspended_at {
        Some(at) => Some(Suspension {
            at,
            by: row.get::<Option<String>>("suspended_by")?.unwrap_or_default(),
            reason: row.get("suspended_reason")?,
        }),
        None => None,
    };
    Ok(Account {
        id: row.id("account_id")?,
        username: row.get("username")?,
        name: row.get("name")?,
        email: row.get("email")?,
        email_verified: row.get("email_verified")?,
        phone: row.get("phone")?,
        superuser: row.get("superuser")?,
        suspended,
        home: row.maybe_id("home_organization_id")?,
        authentication_method: row.word("authentication_method", AuthenticationMethod::parse)?,
        second_factors: row
            .get::<String>("second_factors")?
            .split(',')
            .filter_map(SecondFactor::parse)
            .collect(),
        time_zone: row.get("time_zone")?,
        locale: row.get("locale")?,
        last_sign_in_at: row.get("last_sign_in_at")?,
        created_at: row.get("account_created_at")?,
        revision: row.get("account_revision")?,
    })
}

/// An account that does not exist yet.
pub struct NewAccount {
    pub id: AccountId,
    pub username: Username,
    pub name: PersonName,
    pub email: Option<EmailAddress>,
    pub email_verified: bool,
    pub superuser: bool,
    pub home: Option<OrganizationId>,
    pub created_at: Timestamp,
}

pub async fn insert(tx: &mut Tx<Writing>, new: &NewAccount) -> Result<Account> {
    query(
        "INSERT INTO account (id, username, username_key, name, name_key, email, email_key, email_verified, superuser,
             home_organization_id, authentication_method, created_at, revision)
         VALUES ($1, $2, $3, $4, $12, $5, $6, $7, $8, $9, $10, $11, 1)",
    )
    .bind(new.id)
    .bind(new.username.as_str())
    .bind(new.username.key())
    .bind(new.name.as_str())
    .bind(new.email.as_ref().map(EmailAddress::as_str))
    .bind(new.email.as_ref().map(EmailAddress::key))
    .bind(new.email_verified)
    .bind(new.superuser)
    .bind(Maybe(new.home))
    .bind(AuthenticationMethod::Password.name())
    .bind(new.created_at)
    .bind(new.name.as_str().to_lowercase())
    .conflict(Refusal::UsernameTaken {
        username: new.username.to_string(),
    })
    .execute(tx)
    .await?;
    let account = get(tx, new.id).await?;
    crate::account_search::insert(tx, &account).await?;
    Ok(account)
}

fn select(condition: &str) -> Query {
    assembled(format!("SELECT {COLUMNS} FROM account a WHERE {condition}"))
}

pub async fn find(tx: &mut Tx<impl Mode>, id: AccountId) -> Result<Option<Account>> {
    select("a.id = $1")
        .bind(id)
        .fetch_optional(tx)
        .await?
        .as_ref()
        .map(from_row)
        .transpose()
}

pub async fn get(tx: &mut Tx<impl Mode>, id: AccountId) -> Result<Account> {
    find(tx, id)
        .await?
        .ok_or(Error::Refused(Refusal::NotFound { what: "account" }))
}

/// By what people type when they sign in: a username or an e-mail address, in any case.
pub async fn find_by_login(tx: &mut Tx<impl Mode>, login: &str) -> Result<Option<Account>> {
    let key = login.trim().to_lowercase();
    select("a.username_key = $1 OR a.email_key = $1")
        .bind(key)
        .fetch_optional(tx)
        .await?
        .as_ref()
        .map(from_row)
        .transpose()
}

pub async fn find_by_email(tx: &mut Tx<impl Mode>, email: &EmailAddress) -> Result<Option<Account>> {
    select("a.email_key = $1")
        .bind(email.key())
        .fetch_optional(tx)
        .await?
        .as_ref()
        .map(from_row)
        .transpose()
}

pub async fn find_by_username(tx: &mut Tx<impl Mode>, username: &Username) -> Result<Option<Account>> {
    select("a.username_key = $1")
        .bind(username.key())
        .fetch_optional(tx)
        .await?
        .as_ref()
        .map(from_row)
        .transpose()
}

/// The wanted name, or the first free one with a number behind it.
pub async fn free_username(tx: &mut Tx<impl Mode>, wanted: &Username) -> Result<Username> {
    if find_by_username(tx, wanted).await?.is_none() {
        return Ok(wanted.clone());
    }
    let rows = query("SELECT username_key FROM account WHERE username_key LIKE $1 ESCAPE '!'")
        .bind(format!("{}%", escape_like(&wanted.key())))
        .fetch_all(tx)
        .await?;
    let taken: std::collections::BTreeSet<String> =
        rows.iter().map(|row| row.get("username_key")).collect::<Result<_>>()?;
    let free = (2..=u32::MAX)
        .map(|number| wanted.numbered(number))
        .find(|name| !taken.contains(&name.key()));
    free.ok_or_else(|| {
        Error::Refused(Refusal::UsernameTaken {
            username: wanted.to_string(),
        })
    })
}

/// What may be edited of an account. `None` leaves as it is.
#[derive(Default)]
pub struct Edit {
    pub name: Option<PersonName>,
    pub username: Option<Username>,
    /// A new address is unverified until its mailbox answered.
    pub email: Option<EmailAddress>,
    pub phone: Option<Option<Phone>>,
    pub time_zone: Option<Option<String>>,
    pub locale: Option<Option<String>>,
}

pub async fn edit(tx: &mut Tx<Writing>, account: &Account, edit: &Edit) -> Result<Account> {
    let username = edit
        .username
        .as_ref()
        .map_or(account.username.as_str(), Username::as_str);
    let name = edit.name.as_ref().map_or(account.name.as_str(), PersonName::as_str);
    let email = edit
        .email
        .as_ref()
        .map(EmailAddress::as_str)
        .or(account.email.as_deref());
    let same_email = email.map(str::to_lowercase) == account.email.as_deref().map(str::to_lowercase);
    let conflict = if same_email {
        Refusal::UsernameTaken {
            username: username.to_owned(),
        }
    } else {
        Refusal::EmailTaken {
            email: email.unwrap_or_default().to_owned(),
        }
    };
    query(
        "UPDATE account
         SET username = $2, username_key = $3, name = $4, name_key = $11, email = $5, email_key = $6, email_verified = $7, phone = $8,
             time_zone = $9, locale = $10, revision = revision + 1
         WHERE id = $1",
    )
    .bind(account.id)
    .bind(username)
    .bind(username.to_lowercase())
    .bind(name)
    .bind(email)
    .bind(email.map(str::to_lowercase))
    .bind(account.email_verified && same_email)
    .bind(edit.phone.as_ref().map_or(account.phone.as_deref(), |phone| phone.as_ref().map(Phone::as_str)))
    .bind(edit.time_zone.as_ref().map_or(account.time_zone.as_deref(), Option::as_deref))
    .bind(edit.locale.as_ref().map_or(account.locale.as_deref(), Option::as_deref))
    .bind(name.to_lowercase())
    .conflict(conflict)
    .execute(tx)
    .await?;
    let edited = get(tx, account.id).await?;
    crate::account_search::update(tx, &edited).await?;
    query("UPDATE membership SET name_key = $2, search = $3 WHERE account_id = $1")
        .bind(edited.id)
        .bind(name_key(&edited))
        .bind(search_text(&edited))
        .execute(tx)
        .await?;
    Ok(edited)
}

pub async fn verify_email(tx: &mut Tx<Writing>, id: AccountId) -> Result<()> {
    query("UPDATE account SET email_verified = TRUE, revision = revision + 1 WHERE id = $1")
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn set_authentication_method(
    tx: &mut Tx<Writing>,
    id: AccountId,
    method: AuthenticationMethod,
) -> Result<()> {
    query("UPDATE account SET authentication_method = $2, revision = revision + 1 WHERE id = $1")
        .bind(id)
        .bind(method.name())
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn suspend(tx: &mut Tx<Writing>, id: AccountId, suspension: &Suspension) -> Result<()> {
    query(
        "UPDATE account
         SET suspended_at = $2, suspended_by = $3, suspended_reason = $4, revision = revision + 1
         WHERE id = $1",
    )
    .bind(id)
    .bind(suspension.at)
    .bind(suspension.by.as_str())
    .bind(suspension.reason.as_deref())
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn lift_suspension(tx: &mut Tx<Writing>, id: AccountId) -> Result<()> {
    query(
        "UPDATE account
         SET suspended_at = NULL, suspended_by = NULL, suspended_reason = NULL, revision = revision + 1
         WHERE id = $1",
    )
    .bind(id)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn set_superuser(tx: &mut Tx<Writing>, id: AccountId, superuser: bool) -> Result<()> {
    query("UPDATE account SET superuser = $2, revision = revision + 1 WHERE id = $1")
        .bind(id)
        .bind(superuser)
        .execute(tx)
        .await?;
    Ok(())
}

/// Locks the instance's superusers by reading them for a change, and counts the active ones.
pub async fn count_active_superusers(tx: &mut Tx<Writing>) -> Result<u64> {
    query("UPDATE instance SET demo = demo").execute(tx).await?;
    let row = query("SELECT COUNT(*) AS count FROM account WHERE superuser AND suspended_at IS NULL")
        .fetch_one(tx)
        .await?;
    Ok(row.get::<i64>("count")?.unsigned_abs())
}

pub async fn signed_in(tx: &mut Tx<Writing>, id: AccountId, at: Timestamp) -> Result<()> {
    // Moves no revision: a sign-in changes nothing that anyone may do.
    query("UPDATE account SET last_sign_in_at = $2 WHERE id = $1")
        .bind(id)
        .bind(at)
        .execute(tx)
        .await?;
    Ok(())
}

/// What the audit log tells of the person is erased afterwards.
pub async fn delete(tx: &mut Tx<Writing>, id: AccountId) -> Result<()> {
    tx.prove().await?;
    crate::audit_erasure::ask(tx, id).await?;
    query("DELETE FROM account WHERE id = $1").bind(id).execute(tx).await?;
    Ok(())
}

/// One of an account's memberships, as its owner sees it.
#[derive(Clone, Debug)]
pub struct Membership {
    pub member: MemberId,
    pub organization: OrganizationId,
    pub slug: String,
    pub name: String,
    pub status: OrganizationStatus,
    pub role: String,
    pub role_colour: String,
    pub standing: String,
    pub joined_at: Option<Timestamp>,
}

pub async fn memberships(tx: &mut Tx<impl Mode>, id: AccountId) -> Result<Vec<Membership>> {
    let rows = query(
        "SELECT m.id AS member_id, o.id AS organization_id, o.slug, o.name, o.status, r.name AS role, r.colour,
             m.standing, m.joined_at
         FROM membership m
         JOIN organization o ON o.id = m.organization_id
         JOIN role r ON r.organization_id = m.organization_id AND r.id = m.role_id
         WHERE m.account_id = $1 AND o.status <> 'deleted'
         ORDER BY o.name_key, o.id",
    )
    .bind(id)
    .fetch_all(tx)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Membership {
                member: row.id("member_id")?,
                organization: row.id("organization_id")?,
                slug: row.get("slug")?,
                name: row.get("name")?,
                status: row.word("status", OrganizationStatus::parse)?,
                role: row.get("role")?,
                role_colour: row.get("colour")?,
                standing: row.get("standing")?,
                joined_at: row.get("joined_at")?,
            })
        })
        .collect()
}

/// What the organizations ask of whoever enters, of which the account is an accepted member, and since when it is one.
pub async fn security_policies(
    tx: &mut Tx<impl Mode>,
    id: AccountId,
) -> Result<Vec<(SecurityPolicy, Option<Timestamp>)>> {
    let rows = query(
        "SELECT o.policies, m.joined_at
         FROM membership m
         JOIN organization o ON o.id = m.organization_id
         WHERE m.account_id = $1 AND m.standing <> 'awaiting_consent' AND o.status <> 'deleted'",
    )
    .bind(id)
    .fetch_all(tx)
    .await?;
    rows.iter()
        .map(|row| Ok((row.json::<Policies>("policies")?.security, row.get("joined_at")?)))
        .collect()
}

/// The words of the organization that the account has its home in, while it belongs to it.
pub async fn home_words(tx: &mut Tx<impl Mode>, id: AccountId) -> Result<Option<Words>> {
    let row = query(
        "SELECT o.words
         FROM account a
         JOIN organization o ON o.id = a.home_organization_id
         JOIN membership m ON m.organization_id = o.id AND m.account_id = a.id
         WHERE a.id = $1 AND m.standing <> 'awaiting_consent' AND o.status <> 'deleted'",
    )
    .bind(id)
    .fetch_optional(tx)
    .await?;
    row.map(|row| row.json("words")).transpose()
}

/// How people are sorted: by lower-cased name.
pub(crate) fn name_key(account: &Account) -> String {
    account.name.to_lowercase()
}

/// What a search looks through: name, username and address, folded, a line each so that no match spans two.
pub(crate) fn search_text(account: &Account) -> String {
    searched(&account.name, &account.username, account.email.as_deref())
}

pub(crate) fn searched(name: &str, username: &str, email: Option<&str>) -> String {
    folded(&format!("{name}\n{username}\n{}", email.unwrap_or_default()))
}

/// Writes anew what is searched of accounts with letters that fold: once, for those who were there before texts were folded.
pub(crate) async fn fold_searches(tx: &mut Tx<Writing>) -> Result<()> {
    let mut after = uuid::Uuid::nil();
    loop {
        let rows = query(
            "SELECT id, name, username, email FROM account
             WHERE id > $1
                 AND (OCTET_LENGTH(name) <> LENGTH(name) OR OCTET_LENGTH(username) <> LENGTH(username)
                     OR OCTET_LENGTH(email) <> LENGTH(email))
             ORDER BY id
             LIMIT 500",
        )
        .bind(after)
        .fetch_all(tx)
        .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.get("id")?;
        for row in &rows {
            let (name, username): (String, String) = (row.get("name")?, row.get("username")?);
            let email: Option<String> = row.get("email")?;
            query("UPDATE membership SET search = $2 WHERE account_id = $1")
                .bind(row.id::<AccountId>("id")?)
                .bind(searched(&name, &username, email.as_deref()))
                .execute(tx)
                .await?;
        }
    }
}

/// For `LIKE … ESCAPE '!'`.
pub(crate) fn escape_like(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// Every superuser, by name.
pub async fn list_superusers(tx: &mut Tx<impl Mode>) -> Result<Vec<Account>> {
    let rows = select("a.superuser ORDER BY a.name_key, a.id").fetch_all(tx).await?;
    rows.iter().map(from_row).collect()
}
