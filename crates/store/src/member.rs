//! Members of an organization.

use std::sync::Arc;

use domain::grant::Granting;
use domain::id::{AccountId, MemberId, RoleId};
use domain::member::{Disablement, Member, Removable, Standing};
use domain::role::{OWNER, Role};
use domain::{Refusal, Timestamp};

use crate::account::{name_key, search_text};
use crate::db::{Error, Query, Result, Row, assembled, json, query};
use crate::{Mode, Scope, Tx, Writing, account, role};

/// Members with their roles, the organization being `$1`.
fn select(condition: &str) -> Query {
    let source = source(
        role::COLUMNS,
        "JOIN role r ON r.organization_id = m.organization_id AND r.id = m.role_id",
    );
    assembled(format!("{source} WHERE m.organization_id = $1 AND {condition}"))
}

/// What every query over members selects and joins, and what it selects and joins besides.
pub(crate) fn source(columns: &str, joins: &str) -> String {
    format!(
        "SELECT m.id AS member_id, m.role_until, m.role_granted_by, m.role_granted_at, m.standing, m.joined_at, m.disabled_at,
             m.disabled_by, m.disabled_reason, m.name_key, m.revision AS member_revision, {}, {},
             (m.standing <> 'awaiting_consent' AND {}) AS managed,
             (m.standing <> 'awaiting_consent' AND a.home_organization_id = m.organization_id AND {}) AS sole_home
         FROM membership m
         JOIN account a ON a.id = m.account_id
         {joins}",
        account::COLUMNS,
        columns,
        managed("m.organization_id"),
        belongs_nowhere_else("m.organization_id")
    )
}

/// Whether the account `a` is managed by the organization of which `organization` is the expression: it began there, and
/// belongs nowhere else or has an address of a domain that the organization has proved.
pub(crate) fn managed(organization: &str) -> String {
    // A name of a domain has no letter that means something to LIKE.
    format!(
        "a.home_organization_id = {organization} AND ({} OR EXISTS (
             SELECT 1 FROM signup_domain d
             WHERE d.organization_id = {organization} AND d.proved_at IS NOT NULL AND a.email_key LIKE '%@' || d.domain
         ))",
        belongs_nowhere_else(organization)
    )
}

fn belongs_nowhere_else(organization: &str) -> String {
    format!(
        "NOT EXISTS (
             SELECT 1 FROM membership elsewhere
             WHERE elsewhere.account_id = a.id AND elsewhere.organization_id <> {organization}
                 AND elsewhere.standing <> 'awaiting_consent'
         )"
    )
}

pub(crate) fn from_row(row: &Row, role: Arc<Role>) -> Result<Member> {
    let standing = match row.get::<String>("standing")?.as_str() {
        "active" => Standing::Active,
        "awaiting_consent" => Standing::AwaitingConsent,
        "disabled" => Standing::Disabled(Disablement {
            at: row.get::<Option<Timestamp>>("disabled_at")?.unwrap_or_default(),
            by: row.get::<Option<String>>("disabled_by")?.unwrap_or_default(),
            reason: row.get("disabled_reason")?,
        }),
        other => return Err(Error::Corrupt(format!("column standing: {other:?}"))),
    };
    let account = account::from_row(row)?;
    Ok(Member {
        id: row.id("member_id")?,
        account: match standing {
            Standing::AwaitingConsent => account.before_consent(),
            Standing::Active | Standing::Disabled(_) => account,
        },
        role,
        role_until: row.get("role_until")?,
        role_granted: match row.get::<Option<String>>("role_granted_by")? {
            Some(_) => Some(row.granting("role_granted")?),
            None => None,
        },
        groups: Vec::new(),
        standing,
        joined_at: row.get("joined_at")?,
        managed: row.get::<Option<bool>>("managed")?.unwrap_or_default(),
        sole_home: row.get::<Option<bool>>("sole_home")?.unwrap_or_default(),
        revision: row.get("member_revision")?,
    })
}

impl crate::db::Column for Option<bool> {
    fn from_row(row: &Row, name: &str) -> Result<Self> {
        // SQLite has integers for truth values, and an unknown home makes the comparison unknown.
        match row {
            Row::Sqlite(_) => Ok(Option::<i64>::from_row(row, name)?.map(|truth| truth != 0)),
            Row::Postgres(row) => {
                sqlx::Row::try_get(row, name).map_err(|error| Error::Corrupt(format!("column {name}: {error}")))
            }
        }
    }
}

pub async fn find(scope: &mut Scope<impl Mode>, id: MemberId) -> Result<Option<Member>> {
    let organization = scope.organization().id;
    let row = select("m.id = $2")
        .bind(organization)
        .bind(id)
        .fetch_optional(scope.tx())
        .await?;
    whole(scope, row).await
}

/// The member of a row, groups included.
async fn whole(scope: &mut Scope<impl Mode>, row: Option<Row>) -> Result<Option<Member>> {
    let Some(row) = row else { return Ok(None) };
    let mut member = from_row(&row, Arc::new(role::from_row(&row)?))?;
    crate::belonging::fill(scope, &mut [&mut member]).await?;
    Ok(Some(member))
}

/// # Errors
/// There is no such member in this organization.
pub async fn get(scope: &mut Scope<impl Mode>, id: MemberId) -> Result<Member> {
    find(scope, id)
        .await?
        .ok_or(Error::Refused(Refusal::NotFound { what: "member" }))
}

pub async fn find_by_account(scope: &mut Scope<impl Mode>, id: AccountId) -> Result<Option<Member>> {
    let organization = scope.organization().id;
    let row = select("m.account_id = $2")
        .bind(organization)
        .bind(id)
        .fetch_optional(scope.tx())
        .await?;
    whole(scope, row).await
}

pub struct NewMember<'a> {
    pub id: MemberId,
    pub account: &'a domain::account::Account,
    pub role: &'a Role,
    pub role_until: Option<Timestamp>,
    pub role_granted: &'a Granting,
    /// `None` as long as the person has not agreed.
    pub joined_at: Option<Timestamp>,
}

pub async fn insert(scope: &mut Scope<Writing>, new: &NewMember<'_>) -> Result<Member> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "INSERT INTO membership (organization_id, id, account_id, role_id, role_until, standing, joined_at, name_key, search,
             revision, role_granted_by, role_granted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(organization)
    .bind(new.id)
    .bind(new.account.id)
    .bind(new.role.id)
    .bind(new.role_until)
    .bind(if new.joined_at.is_some() { "active" } else { "awaiting_consent" })
    .bind(new.joined_at)
    .bind(name_key(new.account))
    .bind(search_text(new.account))
    .bind(revision)
    .bind(json(&new.role_granted.by)?)
    .bind(new.role_granted.at)
    .conflict(Refusal::AlreadyMember { who: new.account.name.clone() })
    .execute(scope.tx())
    .await?;
    get(scope, new.id).await
}

pub async fn set_role(
    scope: &mut Scope<Writing>,
    id: MemberId,
    role: &Role,
    until: Option<Timestamp>,
    granted: &Granting,
) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "UPDATE membership
         SET role_id = $3, role_until = $4, revision = $5, role_granted_by = $6, role_granted_at = $7
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(organization)
    .bind(id)
    .bind(role.id)
    .bind(until)
    .bind(revision)
    .bind(json(&granted.by)?)
    .bind(granted.at)
    .execute(scope.tx())
    .await?;
    Ok(())
}

pub async fn disable(scope: &mut Scope<Writing>, id: MemberId, disablement: &Disablement) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "UPDATE membership
         SET standing = 'disabled', disabled_at = $3, disabled_by = $4, disabled_reason = $5, revision = $6
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(organization)
    .bind(id)
    .bind(disablement.at)
    .bind(disablement.by.as_str())
    .bind(disablement.reason.as_deref())
    .bind(revision)
    .execute(scope.tx())
    .await?;
    Ok(())
}

/// Makes a disabled or agreeing member active; `joined_at` is set where it was not.
pub async fn activate(scope: &mut Scope<Writing>, id: MemberId, now: Timestamp) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "UPDATE membership
         SET standing = 'active', disabled_at = NULL, disabled_by = NULL, disabled_reason = NULL,
             joined_at = COALESCE(joined_at, $3), revision = $4
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(organization)
    .bind(id)
    .bind(now)
    .bind(revision)
    .execute(scope.tx())
    .await?;
    Ok(())
}

/// Marks a member as changed where the change itself was in the account.
pub async fn touch(scope: &mut Scope<Writing>, id: MemberId) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query("UPDATE membership SET revision = $3 WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .bind(revision)
        .execute(scope.tx())
        .await?;
    Ok(())
}

pub async fn remove(scope: &mut Scope<Writing>, member: &Removable) -> Result<()> {
    delete(scope, member.id()).await
}

/// Takes back a membership that was never agreed to.
pub async fn decline(scope: &mut Scope<Writing>, id: MemberId) -> Result<()> {
    delete(scope, id).await
}

/// The account's own tokens for this organization go with the membership, and who its identity provider took it for: it may
/// come back, they do not.
async fn delete(scope: &mut Scope<Writing>, id: MemberId) -> Result<()> {
    let organization = scope.organization().id;
    query(
        "DELETE FROM token
         WHERE organization_id = $1
             AND account_id = (SELECT account_id FROM membership WHERE organization_id = $1 AND id = $2)",
    )
    .bind(organization)
    .bind(id)
    .execute(scope.tx())
    .await?;
    query(
        "DELETE FROM saml_identity
         WHERE organization_id = $1
             AND account_id = (SELECT account_id FROM membership WHERE organization_id = $1 AND id = $2)",
    )
    .bind(organization)
    .bind(id)
    .execute(scope.tx())
    .await?;
    query("DELETE FROM membership WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .execute(scope.tx())
        .await?;
    Ok(())
}

/// Owners who can act: active members whose account is not suspended.
pub async fn count_active_owners(scope: &mut Scope<impl Mode>) -> Result<u64> {
    let organization = scope.organization().id;
    let role = query("SELECT id FROM role WHERE organization_id = $1 AND applies_to = 'organization' AND slug = $2")
        .bind(organization)
        .bind(OWNER)
        .fetch_one(scope.tx())
        .await?;
    // The role is bound, not joined, so that PostgreSQL knows how few hold it; and the standing is no bare column, as SQLite
    // would take its index, in which nearly all members are.
    let row = query(
        "SELECT COUNT(*) AS count
         FROM membership m
         JOIN account a ON a.id = m.account_id
         WHERE m.organization_id = $1 AND m.role_id = $2 AND m.standing || '' = 'active' AND a.suspended_at IS NULL",
    )
    .bind(organization)
    .bind(role.id::<RoleId>("id")?)
    .fetch_one(scope.tx())
    .await?;
    Ok(row.get::<i64>("count")?.unsigned_abs())
}

/// How many slots are taken: accepted memberships that are not disabled. Counts no further than `up_to`.
pub async fn count_slots(scope: &mut Scope<impl Mode>, up_to: i64) -> Result<i64> {
    let organization = scope.organization().id;
    let row = query(
        "SELECT COUNT(*) AS count
         FROM (SELECT 1 AS one FROM membership WHERE organization_id = $1 AND standing = 'active' LIMIT $2 + 0) slots",
    )
    .bind(organization)
    .bind(up_to)
    .fetch_one(scope.tx())
    .await?;
    row.get("count")
}

pub async fn insert_consent_link(scope: &mut Scope<Writing>, token_hash: [u8; 32], member: MemberId) -> Result<()> {
    let organization = scope.organization().id;
    query("INSERT INTO consent_link (token_hash, organization_id, member_id) VALUES ($1, $2, $3)")
        .bind(token_hash)
        .bind(organization)
        .bind(member)
        .execute(scope.tx())
        .await?;
    Ok(())
}

/// To which organization and membership a mailed consent link leads.
pub async fn find_by_consent_link(
    tx: &mut Tx<impl Mode>,
    token_hash: [u8; 32],
) -> Result<Option<(domain::id::OrganizationId, MemberId)>> {
    let row = query("SELECT organization_id, member_id FROM consent_link WHERE token_hash = $1")
        .bind(token_hash)
        .fetch_optional(tx)
        .await?;
    row.map(|row| Ok((row.id("organization_id")?, row.id("member_id")?)))
        .transpose()
}

pub async fn drop_consent_links(scope: &mut Scope<Writing>, member: MemberId) -> Result<()> {
    let organization = scope.organization().id;
    query("DELETE FROM consent_link WHERE organization_id = $1 AND member_id = $2")
        .bind(organization)
        .bind(member)
        .execute(scope.tx())
        .await?;
    Ok(())
}
