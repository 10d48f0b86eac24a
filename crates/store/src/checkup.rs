//! What a look at the whole database tells whoever runs it: whether what must hold does, told from what is there.

use domain::id::OrganizationId;
use domain::policy::Policies;

use crate::db::{Result, query};
use crate::tx::{Reading, ServerScope};

/// How many organizations are looked at by one query.
const AT_ONCE: usize = 200;

/// An organization with more members than it has slots.
#[derive(Clone, Debug)]
pub struct Crowded {
    pub name: String,
    pub slots: i64,
    pub limit: i64,
}

/// The database's own clock, which is this machine's where it is a file (microseconds); none there.
pub async fn clock(scope: &mut ServerScope<Reading>) -> Result<Option<i64>> {
    if scope.is_sqlite() {
        return Ok(None);
    }
    let row = query("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS now")
        .fetch_one(scope)
        .await?;
    row.get("now").map(Some)
}

/// Superusers who can sign in.
pub async fn active_superusers(scope: &mut ServerScope<Reading>) -> Result<i64> {
    query("SELECT COUNT(*) AS count FROM account WHERE superuser AND suspended_at IS NULL")
        .fetch_one(scope)
        .await?
        .get("count")
}

/// Names of active organizations that nobody can act for as their Owner.
pub async fn ownerless(scope: &mut ServerScope<Reading>) -> Result<Vec<String>> {
    let rows = query("SELECT id, name FROM organization WHERE status = 'active' ORDER BY name_key, id")
        .fetch_all(scope)
        .await?;
    let active: Vec<(OrganizationId, String)> = rows
        .iter()
        .map(|row| Ok((row.id("id")?, row.get("name")?)))
        .collect::<Result<_>>()?;
    let mut names = Vec::new();
    for some in active.chunks(AT_ONCE) {
        let ids: Vec<OrganizationId> = some.iter().map(|(id, _)| *id).collect();
        let ownerless = crate::flag::without_active_owner(scope, &ids).await?;
        names.extend(
            some.iter()
                .filter(|(id, _)| ownerless.contains(id))
                .map(|(_, name)| name.clone()),
        );
    }
    Ok(names)
}

/// Organizations whose hard limit of members is exceeded.
pub async fn crowded(scope: &mut ServerScope<Reading>) -> Result<Vec<Crowded>> {
    let rows = query(
        "SELECT o.name, o.policies, COUNT(*) AS slots
         FROM organization o
         JOIN membership m ON m.organization_id = o.id AND m.standing = 'active'
         GROUP BY o.id, o.name, o.policies",
    )
    .fetch_all(scope)
    .await?;
    let mut crowded = Vec::new();
    for row in rows {
        let (policies, slots): (Policies, i64) = (row.json("policies")?, row.get("slots")?);
        if let Some(limit) = policies.member_limit.map(i64::from).filter(|limit| slots > *limit) {
            crowded.push(Crowded {
                name: row.get("name")?,
                slots,
                limit,
            });
        }
    }
    Ok(crowded)
}

/// Sessions of accounts that are suspended: there must be none.
pub async fn sessions_of_the_suspended(scope: &mut ServerScope<Reading>) -> Result<i64> {
    query(
        "SELECT COUNT(*) AS count FROM session s JOIN account a ON a.id = s.account_id WHERE a.suspended_at IS NOT NULL",
    )
    .fetch_one(scope)
    .await?
    .get("count")
}

/// Mails that were due before this and were not sent.
pub async fn overdue_mails(scope: &mut ServerScope<Reading>, before: domain::Timestamp) -> Result<i64> {
    query("SELECT COUNT(*) AS count FROM job WHERE created_at < $1")
        .bind(before)
        .fetch_one(scope)
        .await?
        .get("count")
}

/// The certificates that organizations believe, as they were pasted, by the organization's name.
pub async fn pinned_certificates(scope: &mut ServerScope<Reading>) -> Result<Vec<(String, String)>> {
    let rows = query(
        "SELECT o.name, s.certificates FROM single_sign_on s JOIN organization o ON o.id = s.organization_id
         ORDER BY o.name_key, o.id",
    )
    .fetch_all(scope)
    .await?;
    rows.iter()
        .map(|row| Ok((row.get("name")?, row.get("certificates")?)))
        .collect()
}
