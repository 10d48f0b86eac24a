//! Organizations, and the door to what is in one: a [`Scope`].

use domain::id::{AccountId, Id, OrganizationId};
use domain::organization::{AccessModel, Ending, Organization, OrganizationStatus};
use domain::policy::Policies;
use domain::text::{OrganizationSlug, Title};
use domain::words::Words;
use domain::{Refusal, Timestamp};

use crate::db::{Error, Query, Result, Row, assembled, json, query};
use crate::name_search;
use crate::open::Store;
use crate::tx::{Mode, Reading, Scope, Tx, Writing};

pub(crate) const COLUMNS: &str =
    "id, slug, name, preset, status, policies, words, access_model, created_at, revision, access_revision,
        changed_at_revision, disabled_at, disabled_by, disabled_reason, deleted_at, deleted_by";

pub(crate) fn from_row(row: &Row) -> Result<Organization> {
    Ok(Organization {
        id: row.id("id")?,
        slug: row.get("slug")?,
        name: row.get("name")?,
        preset: row.get("preset")?,
        status: row.word("status", OrganizationStatus::parse)?,
        disabled: ending(row, "disabled", Some("disabled_reason"))?,
        deleted: ending(row, "deleted", None)?,
        policies: row.json("policies")?,
        words: row.json("words")?,
        access_model: row.json("access_model")?,
        created_at: row.get("created_at")?,
        revision: row.get("revision")?,
        access_revision: row.get("access_revision")?,
        changed_at_revision: row.get("changed_at_revision")?,
    })
}

fn ending(row: &Row, what: &str, reason: Option<&str>) -> Result<Option<Ending>> {
    let Some(at) = row.get(&format!("{what}_at"))? else {
        return Ok(None);
    };
    Ok(Some(Ending {
        at,
        by: row.get(&format!("{what}_by"))?,
        reason: match reason {
            Some(reason) => row.get(reason)?,
            None => None,
        },
    }))
}

/// An organization as a path or a body names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OrganizationRef {
    Id(OrganizationId),
    Slug(String),
}

impl OrganizationRef {
    pub fn parse(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Slug(text.to_owned()), Self::Id)
    }
}

fn named(start: &str, reference: &OrganizationRef, end: &str) -> Query {
    named_where(start, reference, "status <> 'deleted'", end)
}

fn named_where(start: &str, reference: &OrganizationRef, condition: &str, end: &str) -> Query {
    let column = match reference {
        OrganizationRef::Id(_) => "id",
        OrganizationRef::Slug(_) => "slug",
    };
    let statement = assembled(format!("{start} WHERE {column} = $1 AND {condition} {end}"));
    match reference {
        OrganizationRef::Id(id) => statement.bind(*id),
        OrganizationRef::Slug(slug) => statement.bind(slug.as_str()),
    }
}

impl Store {
    /// Opens an organization for reading; no lock.
    ///
    /// # Errors
    /// There is none of that name.
    pub async fn see(&self, reference: &OrganizationRef) -> Result<Scope<Reading>> {
        look(self.read().await?, reference).await
    }

    /// Opens an organization for a change. The first statement locks it, which lines up the writers of one tenant.
    ///
    /// # Errors
    /// There is none of that name.
    pub async fn change(&self, reference: &OrganizationRef) -> Result<Scope<Writing>> {
        enter(self.write().await?, reference).await
    }
}

/// Looks into an organization, within the same transaction.
pub(crate) async fn look(mut tx: Tx<Reading>, reference: &OrganizationRef) -> Result<Scope<Reading>> {
    let row = named(&format!("SELECT {COLUMNS} FROM organization"), reference, "")
        .fetch_optional(&mut tx)
        .await?;
    scope(tx, row)
}

/// Goes from outside into an organization, within the same transaction.
pub async fn enter(mut tx: Tx<Writing>, reference: &OrganizationRef) -> Result<Scope<Writing>> {
    let returning = format!("RETURNING {COLUMNS}");
    let row = named("UPDATE organization SET revision = revision + 1", reference, &returning)
        .fetch_optional(&mut tx)
        .await?;
    scope(tx, row)
}

/// The same of one that was deleted and can still be restored, to which no other door leads.
pub async fn enter_deleted(mut tx: Tx<Writing>, reference: &OrganizationRef) -> Result<Scope<Writing>> {
    let returning = format!("RETURNING {COLUMNS}");
    let row = named_where(
        "UPDATE organization SET revision = revision + 1",
        reference,
        "status = 'deleted'",
        &returning,
    )
    .fetch_optional(&mut tx)
    .await?;
    scope(tx, row)
}

/// One of the instance's organizations, deleted ones too; outside of it.
pub async fn find_any(tx: &mut Tx<impl Mode>, reference: &OrganizationRef) -> Result<Option<Organization>> {
    let row = named_where(&format!("SELECT {COLUMNS} FROM organization"), reference, "TRUE", "")
        .fetch_optional(tx)
        .await?;
    row.as_ref().map(from_row).transpose()
}

fn scope<M: Mode>(tx: Tx<M>, row: Option<Row>) -> Result<Scope<M>> {
    let row = row.ok_or(Error::Refused(Refusal::NotFound { what: "organization" }))?;
    Ok(Scope::new(tx, from_row(&row)?))
}

pub struct NewOrganization {
    pub id: OrganizationId,
    pub slug: OrganizationSlug,
    pub name: Title,
    pub preset: String,
    pub status: OrganizationStatus,
    pub policies: Policies,
    pub words: Words,
    pub access_model: AccessModel,
    pub created_at: Timestamp,
}

/// Makes the organization and goes into it.
pub async fn insert(mut tx: Tx<Writing>, new: &NewOrganization) -> Result<Scope<Writing>> {
    query(
        "INSERT INTO organization (id, slug, name, name_key, preset, status, policies, words, created_at, revision,
             access_revision, changed_at_revision, access_model, search)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 1, $10, $11)",
    )
    .bind(new.id)
    .bind(new.slug.as_str())
    .bind(new.name.as_str())
    .bind(new.name.as_str().to_lowercase())
    .bind(new.preset.as_str())
    .bind(new.status.name())
    .bind(json(&new.policies)?)
    .bind(json(&new.words)?)
    .bind(new.created_at)
    .bind(json(&new.access_model)?)
    .bind(crate::name_search::text(new.name.as_str()))
    .conflict(Refusal::SlugTaken {
        slug: new.slug.to_string(),
    })
    .execute(&mut tx)
    .await?;
    enter(tx, &OrganizationRef::Id(new.id)).await
}

/// Tells every cache that who may do what here has changed.
pub async fn touch_access(scope: &mut Scope<Writing>) -> Result<()> {
    let id = scope.organization().id;
    query("UPDATE organization SET access_revision = revision WHERE id = $1")
        .bind(id)
        .execute(scope.tx())
        .await?;
    let organization = scope.organization_mut();
    organization.access_revision = organization.revision;
    Ok(())
}

pub async fn rename(scope: &mut Scope<Writing>, name: &Title, slug: &OrganizationSlug) -> Result<()> {
    let id = scope.organization().id;
    query(
        "UPDATE organization SET name = $2, name_key = $3, slug = $4, search = $5, changed_at_revision = revision
         WHERE id = $1",
    )
    .bind(id)
    .bind(name.as_str())
    .bind(name.as_str().to_lowercase())
    .bind(slug.as_str())
    .bind(crate::name_search::text(name.as_str()))
    .conflict(Refusal::SlugTaken { slug: slug.to_string() })
    .execute(scope.tx())
    .await?;
    let organization = scope.organization_mut();
    organization.name = name.to_string();
    organization.slug = slug.to_string();
    organization.changed_at_revision = organization.revision;
    Ok(())
}

pub async fn set_policies(scope: &mut Scope<Writing>, policies: &Policies) -> Result<()> {
    let id = scope.organization().id;
    query("UPDATE organization SET policies = $2, changed_at_revision = revision WHERE id = $1")
        .bind(id)
        .bind(json(policies)?)
        .execute(scope.tx())
        .await?;
    let organization = scope.organization_mut();
    organization.policies = policies.clone();
    organization.changed_at_revision = organization.revision;
    Ok(())
}

pub async fn set_status(scope: &mut Scope<Writing>, status: OrganizationStatus) -> Result<()> {
    let id = scope.organization().id;
    query("UPDATE organization SET status = $2, changed_at_revision = revision WHERE id = $1")
        .bind(id)
        .bind(status.name())
        .execute(scope.tx())
        .await?;
    let organization = scope.organization_mut();
    organization.status = status;
    organization.changed_at_revision = organization.revision;
    Ok(())
}

/// Where a page of organizations begins: after this name and id.
pub type After = Option<(String, OrganizationId)>;

/// All of them for whoever runs the instance, by name.
pub async fn list_all(
    tx: &mut Tx<impl Mode>,
    needle: Option<&str>,
    after: After,
    limit: i64,
) -> Result<Vec<Organization>> {
    let (name, id) = after.map_or((String::new(), uuid::Uuid::nil()), |(name, id)| (name, id.uuid()));
    let rows = assembled(format!(
        "SELECT {COLUMNS} FROM organization
         WHERE status <> 'deleted' AND (name_key, id) > ($1, $2) AND ($4 IS NULL OR {})
         ORDER BY name_key, id
         LIMIT $3 + 0",
        name_search::finds("organization", "$4")
    ))
    .bind(name)
    .bind(id)
    .bind(limit)
    .bind(needle.map(name_search::pattern))
    .fetch_all(tx)
    .await?;
    rows.iter().map(from_row).collect()
}

/// The one that a token is for, as a list of one.
pub async fn list_one(
    tx: &mut Tx<impl Mode>,
    id: OrganizationId,
    needle: Option<&str>,
    after: After,
) -> Result<Option<Organization>> {
    let (name, past) = after.map_or((String::new(), uuid::Uuid::nil()), |(name, id)| (name, id.uuid()));
    let row = assembled(format!(
        "SELECT {COLUMNS} FROM organization WHERE status <> 'deleted' AND (name_key, id) > ($2, $3) AND id = $1
             AND ($4 IS NULL OR {})",
        name_search::finds("organization", "$4")
    ))
    .bind(id)
    .bind(name)
    .bind(past)
    .bind(needle.map(name_search::pattern))
    .fetch_optional(tx)
    .await?;
    row.as_ref().map(from_row).transpose()
}

/// Those an account belongs to, by name.
pub async fn list_of(
    tx: &mut Tx<impl Mode>,
    account: AccountId,
    needle: Option<&str>,
    after: After,
    limit: i64,
) -> Result<Vec<Organization>> {
    let (name, id) = after.map_or((String::new(), uuid::Uuid::nil()), |(name, id)| (name, id.uuid()));
    let rows = assembled(format!(
        "SELECT {COLUMNS} FROM organization
         WHERE status <> 'deleted' AND (name_key, id) > ($2, $3)
             AND id IN (SELECT organization_id FROM membership WHERE account_id = $1 AND standing = 'active')
             AND ($5 IS NULL OR {})
         ORDER BY name_key, id
         LIMIT $4 + 0",
        name_search::finds("organization", "$5")
    ))
    .bind(account)
    .bind(name)
    .bind(id)
    .bind(limit)
    .bind(needle.map(name_search::pattern))
    .fetch_all(tx)
    .await?;
    rows.iter().map(from_row).collect()
}
