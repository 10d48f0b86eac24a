//! Organizations as whoever runs the instance sees them: listed with those that were deleted, disabled, deleted, brought
//! back, and in the end cleared away.

use domain::Timestamp;
use domain::account::Account;
use domain::id::{AccountId, Id, MemberId, OrganizationId};
use domain::organization::{Ending, Organization, OrganizationStatus};

use crate::account;
use crate::db::{Result, assembled, query};
use crate::organization::{After, COLUMNS, from_row};
use crate::{Mode, Scope, Tx, Writing};

/// An organization and how many belong to it, disabled members too.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub organization: Organization,
    pub members: i64,
}

#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub needle: Option<String>,
    /// None: all but deleted ones.
    pub status: Option<OrganizationStatus>,
    pub after: After,
}

/// By name.
pub async fn list(tx: &mut Tx<impl Mode>, filter: &Filter, limit: i64) -> Result<Vec<Tenant>> {
    let (name, id) = filter
        .after
        .clone()
        .map_or((String::new(), uuid::Uuid::nil()), |(name, id)| (name, id.uuid()));
    let pattern = filter.needle.as_deref().map(crate::name_search::pattern);
    let matches = pattern.as_ref().map_or(
        "TRUE",
        |_| "(search LIKE $5 ESCAPE '!' OR name_key LIKE $5 ESCAPE '!' OR slug LIKE $5 ESCAPE '!')",
    );
    let status = match filter.status {
        Some(_) => "status = $4",
        None => "status <> $4",
    };
    let mut statement = assembled(format!(
        "SELECT {COLUMNS}
         FROM organization
         WHERE (name_key, id) > ($1, $2) AND {status} AND {matches}
         ORDER BY name_key, id
         LIMIT $3 + 0"
    ))
    .bind(name)
    .bind(id)
    .bind(limit)
    .bind(filter.status.unwrap_or(OrganizationStatus::Deleted).name());
    if let Some(pattern) = pattern {
        statement = statement.bind(pattern);
    }
    let rows = statement.fetch_all(tx).await?;
    let mut tenants = Vec::with_capacity(rows.len());
    for row in &rows {
        let organization = from_row(row)?;
        let members = count_members(tx, organization.id).await?;
        tenants.push(Tenant { organization, members });
    }
    Ok(tenants)
}

/// From the counts by role, which triggers keep: nobody is counted one by one.
pub async fn count_members(tx: &mut Tx<impl Mode>, organization: OrganizationId) -> Result<i64> {
    query(
        "SELECT CAST(COALESCE(SUM(members), 0) AS BIGINT) AS members FROM role_member_count WHERE organization_id = $1",
    )
    .bind(organization)
    .fetch_one(tx)
    .await?
    .get("members")
}

pub async fn disable(scope: &mut Scope<Writing>, ending: &Ending) -> Result<()> {
    let id = scope.organization().id;
    query(
        "UPDATE organization
         SET status_before = status, status = 'disabled', disabled_at = $2, disabled_by = $3, disabled_reason = $4,
             changed_at_revision = revision
         WHERE id = $1",
    )
    .bind(id)
    .bind(ending.at)
    .bind(ending.by.as_str())
    .bind(ending.reason.as_deref())
    .execute(scope.tx())
    .await?;
    reread(scope).await
}

pub async fn enable(scope: &mut Scope<Writing>) -> Result<()> {
    let id = scope.organization().id;
    query(
        "UPDATE organization
         SET status = status_before, status_before = NULL, disabled_at = NULL, disabled_by = NULL, disabled_reason = NULL,
             changed_at_revision = revision
         WHERE id = $1 AND status = 'disabled'",
    )
    .bind(id)
    .execute(scope.tx())
    .await?;
    reread(scope).await
}

/// What is still to be done for it is not done any more.
pub async fn delete(scope: &mut Scope<Writing>, ending: &Ending) -> Result<()> {
    let id = scope.organization().id;
    query(
        "UPDATE organization
         SET status_before = CASE WHEN status = 'disabled' THEN status_before ELSE status END, status = 'deleted',
             deleted_at = $2, deleted_by = $3, changed_at_revision = revision
         WHERE id = $1",
    )
    .bind(id)
    .bind(ending.at)
    .bind(ending.by.as_str())
    .execute(scope.tx())
    .await?;
    query("DELETE FROM job WHERE organization_id = $1")
        .bind(id)
        .execute(scope.tx())
        .await?;
    reread(scope).await
}

/// Back to what it was, disabled if it was that.
pub async fn restore(scope: &mut Scope<Writing>) -> Result<()> {
    let id = scope.organization().id;
    query(
        "UPDATE organization
         SET status = CASE WHEN disabled_at IS NULL THEN status_before ELSE 'disabled' END,
             status_before = CASE WHEN disabled_at IS NULL THEN NULL ELSE status_before END,
             deleted_at = NULL, deleted_by = NULL, changed_at_revision = revision
         WHERE id = $1 AND status = 'deleted'",
    )
    .bind(id)
    .execute(scope.tx())
    .await?;
    reread(scope).await
}

async fn reread(scope: &mut Scope<Writing>) -> Result<()> {
    let id = scope.organization().id;
    let row = assembled(format!("SELECT {COLUMNS} FROM organization WHERE id = $1"))
        .bind(id)
        .fetch_one(scope.tx())
        .await?;
    *scope.organization_mut() = from_row(&row)?;
    Ok(())
}

/// What goes with an organization, by its noun.
pub async fn contents(scope: &mut Scope<impl Mode>) -> Result<Vec<(&'static str, i64)>> {
    let id = scope.organization().id;
    let mut contents = vec![("member", count_members(scope.tx(), id).await?)];
    for (noun, sql) in [
        (
            "invitation",
            "SELECT COUNT(*) AS count FROM invitation
             WHERE organization_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL",
        ),
        (
            "project",
            "SELECT COUNT(*) AS count FROM project WHERE organization_id = $1",
        ),
        (
            "group",
            "SELECT COUNT(*) AS count FROM \"group\" WHERE organization_id = $1",
        ),
        (
            "role",
            "SELECT COUNT(*) AS count FROM role WHERE organization_id = $1 AND NOT built_in AND deleted_at IS NULL",
        ),
        (
            "service_account",
            "SELECT COUNT(*) AS count FROM service_account WHERE organization_id = $1",
        ),
        (
            "token",
            "SELECT COUNT(*) AS count FROM token WHERE organization_id = $1",
        ),
        (
            "signup_domain",
            "SELECT COUNT(*) AS count FROM signup_domain WHERE organization_id = $1",
        ),
        (
            "audit_event",
            "SELECT COUNT(*) AS count FROM audit_event WHERE organization_id = $1",
        ),
    ] {
        let count = query(sql).bind(id).fetch_one(scope.tx()).await?.get("count")?;
        contents.push((noun, count));
    }
    let accounts = assembled(format!("SELECT COUNT(*) AS count FROM account a WHERE {ENDS_WITH_IT}"))
        .bind(id)
        .fetch_one(scope.tx())
        .await?
        .get("count")?;
    contents.push(("account", accounts));
    Ok(contents)
}

/// Whose account ends with the organization `$1`: it began there and belongs nowhere else. Whoever runs the instance stays.
const ENDS_WITH_IT: &str = "a.home_organization_id = $1 AND NOT a.superuser AND NOT EXISTS (
    SELECT 1 FROM membership elsewhere WHERE elsewhere.account_id = a.id AND elsewhere.organization_id <> $1
)";

/// Deleted organizations that can be restored no longer.
pub async fn due_for_purge(tx: &mut Tx<impl Mode>, deleted_before: Timestamp) -> Result<Vec<Organization>> {
    let rows = assembled(format!(
        "SELECT {COLUMNS} FROM organization WHERE deleted_at <= $1 AND status = 'deleted' ORDER BY deleted_at"
    ))
    .bind(deleted_before)
    .fetch_all(tx)
    .await?;
    rows.iter().map(from_row).collect()
}

/// Some of the accounts that end with the organization.
pub async fn ending_accounts(tx: &mut Tx<impl Mode>, id: OrganizationId, limit: i64) -> Result<Vec<Account>> {
    let rows = assembled(format!(
        "SELECT {} FROM account a WHERE {ENDS_WITH_IT} LIMIT $2 + 0",
        account::COLUMNS
    ))
    .bind(id)
    .bind(limit)
    .fetch_all(tx)
    .await?;
    rows.iter().map(account::from_row).collect()
}

/// Keeps a deleted organization for this transaction alone, so that of two nodes that clear it away one waits for the other.
/// Returns whether it is still there, and deleted.
pub async fn hold(tx: &mut Tx<Writing>, id: OrganizationId) -> Result<bool> {
    let alone = if tx.is_sqlite() { "" } else { "FOR UPDATE" };
    let sql = format!("SELECT 1 AS one FROM organization WHERE id = $1 AND status = 'deleted' {alone}");
    Ok(assembled(sql).bind(id).fetch_optional(tx).await?.is_some())
}

/// What is owned in it is owned by nobody any more, so that its people can go.
pub async fn disown(tx: &mut Tx<Writing>, id: OrganizationId) -> Result<()> {
    query("DELETE FROM ownership WHERE organization_id = $1")
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Clears some of what there may be very much of. Returns whether there may be more.
pub async fn clear_some(tx: &mut Tx<Writing>, id: OrganizationId, limit: i64) -> Result<bool> {
    let events = query(
        "DELETE FROM audit_event
         WHERE organization_id = $1 AND id IN (SELECT id FROM audit_event WHERE organization_id = $1 LIMIT $2 + 0)",
    )
    .bind(id)
    .bind(limit)
    .execute(tx)
    .await?;
    let members = query(
        "DELETE FROM membership
         WHERE organization_id = $1 AND id IN (SELECT id FROM membership WHERE organization_id = $1 LIMIT $2 + 0)",
    )
    .bind(id)
    .bind(limit)
    .execute(tx)
    .await?;
    Ok(events > 0 || members > 0)
}

/// Clears the rest: whatever stands below the organization goes with its row.
pub async fn clear_rest(tx: &mut Tx<Writing>, id: OrganizationId) -> Result<()> {
    tx.prove().await?;
    for statement in [
        "DELETE FROM job WHERE organization_id = $1",
        "DELETE FROM audit_forwarding WHERE organization_id = $1",
        "DELETE FROM audit_forwarded WHERE chain_id = $1",
        "DELETE FROM audit_chain WHERE organization_id = $1",
        "DELETE FROM sign_in WHERE organization_id = $1",
        "DELETE FROM session WHERE proved_by_organization_id = $1",
        "UPDATE account SET home_organization_id = NULL WHERE home_organization_id = $1",
        "DELETE FROM organization WHERE id = $1",
    ] {
        query(statement).bind(id).execute(tx).await?;
    }
    Ok(())
}

/// In which tables something of the organization is left. Whoever takes its name inherits nothing, and a table that is added
/// later is not forgotten.
pub async fn remains(tx: &mut Tx<impl Mode>, id: OrganizationId) -> Result<Vec<String>> {
    let columns = if tx.is_sqlite() {
        "SELECT m.name AS table_name, c.name AS column_name
         FROM sqlite_master m
         JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND c.name LIKE '%organization_id'"
    } else {
        "SELECT CAST(table_name AS TEXT) AS table_name, CAST(column_name AS TEXT) AS column_name
         FROM information_schema.columns
         WHERE table_schema = current_schema() AND column_name LIKE '%organization_id'"
    };
    let mut left = Vec::new();
    for row in query(columns).fetch_all(tx).await? {
        let (table, column): (String, String) = (row.get("table_name")?, row.get("column_name")?);
        // Names of our own migrations.
        let found = assembled(format!("SELECT 1 AS one FROM \"{table}\" WHERE {column} = $1 LIMIT 1"))
            .bind(id)
            .fetch_optional(tx)
            .await?;
        if found.is_some() {
            left.push(table);
        }
    }
    Ok(left)
}

/// What an account owns in deleted organizations goes to another Owner there; where there is none, it goes with the account,
/// whose owner sees that organization no more and could do nothing about it.
pub async fn give_up_in_deleted(tx: &mut Tx<Writing>, account: AccountId) -> Result<()> {
    let rows = query(
        "SELECT m.organization_id, m.id AS member_id, (
             SELECT other.id FROM membership other
             JOIN role r ON r.organization_id = other.organization_id AND r.id = other.role_id
             WHERE other.organization_id = m.organization_id AND other.id <> m.id AND r.slug = 'owner'
                 AND r.applies_to = 'organization'
             ORDER BY other.standing, other.id
             LIMIT 1
         ) AS heir_id
         FROM membership m
         JOIN organization o ON o.id = m.organization_id
         WHERE m.account_id = $1 AND o.status = 'deleted'",
    )
    .bind(account)
    .fetch_all(tx)
    .await?;
    for row in &rows {
        let organization: OrganizationId = row.id("organization_id")?;
        let member: MemberId = row.id("member_id")?;
        match row.maybe_id::<MemberId>("heir_id")? {
            Some(heir) => {
                query("UPDATE ownership SET member_id = $3 WHERE organization_id = $1 AND member_id = $2")
                    .bind(organization)
                    .bind(member)
                    .bind(heir)
                    .execute(tx)
                    .await?;
            }
            None => drop_owned(tx, organization, member).await?,
        }
    }
    Ok(())
}

async fn drop_owned(tx: &mut Tx<Writing>, organization: OrganizationId, member: MemberId) -> Result<()> {
    let owned = query("SELECT thing_id FROM ownership WHERE organization_id = $1 AND member_id = $2")
        .bind(organization)
        .bind(member)
        .fetch_all(tx)
        .await?;
    for row in &owned {
        let thing: uuid::Uuid = row.get("thing_id")?;
        query("DELETE FROM ownership WHERE organization_id = $1 AND thing_id = $2")
            .bind(organization)
            .bind(thing)
            .execute(tx)
            .await?;
        // What stands in a project is owned by others, maybe: their rows go with the things.
        query(
            "DELETE FROM ownership
             WHERE organization_id = $1 AND thing_id IN (SELECT id FROM token WHERE organization_id = $1 AND project_id = $2)",
        )
        .bind(organization)
        .bind(thing)
        .execute(tx)
        .await?;
        query("DELETE FROM token WHERE organization_id = $1 AND id = $2")
            .bind(organization)
            .bind(thing)
            .execute(tx)
            .await?;
        query("DELETE FROM project WHERE organization_id = $1 AND id = $2")
            .bind(organization)
            .bind(thing)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Where a page of tenants that ends with this one goes on.
pub fn place(organization: &Organization) -> (String, OrganizationId) {
    (organization.name.to_lowercase(), organization.id)
}
