//! Domains whose people may sign up by themselves.

use domain::account::AuthenticationMethod;
use domain::domain_name::DomainName;
use domain::id::{OrganizationId, SignupDomainId};
use domain::signup_domain::SignupDomain;
use domain::{Refusal, Timestamp};

use crate::db::{Error, Query, Result, Row, assembled, json, query};
use crate::{Mode, Scope, Tx, Writing, role};

fn select(condition: &str) -> Query {
    assembled(format!(
        "SELECT d.id, d.domain, d.authentication_method, d.granted_by, d.granted_at, d.proof, d.proved_at, d.created_at,
             d.revision, {}
         FROM signup_domain d
         JOIN role r ON r.organization_id = d.organization_id AND r.id = d.role_id
         WHERE d.organization_id = $1 AND {condition}",
        role::COLUMNS
    ))
}

fn from_row(row: &Row) -> Result<SignupDomain> {
    Ok(SignupDomain {
        id: row.id("id")?,
        domain: row.word("domain", |text| DomainName::parse(text).ok())?,
        authentication_method: row.word("authentication_method", AuthenticationMethod::parse)?,
        role: role::from_row(row)?,
        granted: row.granting("granted")?,
        proof: row.get("proof")?,
        proved_at: row.get("proved_at")?,
        created_at: row.get("created_at")?,
        revision: row.get("revision")?,
    })
}

pub async fn list(scope: &mut Scope<impl Mode>) -> Result<Vec<SignupDomain>> {
    let organization = scope.organization().id;
    let rows = select("TRUE ORDER BY d.domain")
        .bind(organization)
        .fetch_all(scope.tx())
        .await?;
    rows.iter().map(from_row).collect()
}

/// By id or by its name.
///
/// # Errors
/// The organization does not list it.
pub async fn get(scope: &mut Scope<impl Mode>, reference: &str) -> Result<SignupDomain> {
    let organization = scope.organization().id;
    let statement = match reference.parse::<SignupDomainId>() {
        Ok(id) => select("d.id = $2").bind(organization).bind(id),
        Err(_) => select("d.domain = $2")
            .bind(organization)
            .bind(reference.to_lowercase()),
    };
    let row = statement.fetch_optional(scope.tx()).await?;
    let row = row.ok_or(Error::Refused(Refusal::NotFound { what: "domain" }))?;
    from_row(&row)
}

pub async fn insert(scope: &mut Scope<Writing>, new: &SignupDomain) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "INSERT INTO signup_domain (organization_id, id, domain, authentication_method, role_id, granted_by, granted_at, proof,
             created_at, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(organization)
    .bind(new.id)
    .bind(new.domain.as_str())
    .bind(new.authentication_method.name())
    .bind(new.role.id)
    .bind(json(&new.granted.by)?)
    .bind(new.granted.at)
    .bind(new.proof.as_str())
    .bind(new.created_at)
    .bind(revision)
    .conflict(Refusal::DomainListed {
        domain: new.domain.to_string(),
    })
    .execute(scope.tx())
    .await?;
    Ok(())
}

/// What its people become from now on.
pub async fn update(scope: &mut Scope<Writing>, changed: &SignupDomain) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "UPDATE signup_domain
         SET authentication_method = $3, role_id = $4, granted_by = $5, granted_at = $6, revision = $7
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(organization)
    .bind(changed.id)
    .bind(changed.authentication_method.name())
    .bind(changed.role.id)
    .bind(json(&changed.granted.by)?)
    .bind(changed.granted.at)
    .bind(revision)
    .execute(scope.tx())
    .await?;
    Ok(())
}

pub async fn prove(scope: &mut Scope<Writing>, domain: &SignupDomain, now: Timestamp) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query("UPDATE signup_domain SET proved_at = $3, revision = $4 WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(domain.id)
        .bind(now)
        .bind(revision)
        .conflict(Refusal::DomainProvedElsewhere {
            domain: domain.domain.to_string(),
        })
        .execute(scope.tx())
        .await?;
    Ok(())
}

pub async fn delete(scope: &mut Scope<Writing>, id: SignupDomainId) -> Result<()> {
    let organization = scope.organization().id;
    query("DELETE FROM signup_domain WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .execute(scope.tx())
        .await?;
    Ok(())
}

/// Whether the organization proved that a domain is its own.
pub async fn is_proved(scope: &mut Scope<impl Mode>, domain: &str) -> Result<bool> {
    let organization = scope.organization().id;
    let row = query(
        "SELECT 1 AS one FROM signup_domain WHERE organization_id = $1 AND domain = $2 AND proved_at IS NOT NULL",
    )
    .bind(organization)
    .bind(domain)
    .fetch_optional(scope.tx())
    .await?;
    Ok(row.is_some())
}

/// An organization that lists a domain and lets its people sign up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    pub organization: OrganizationId,
    pub slug: String,
    pub name: String,
    pub proved: bool,
}

/// Whether anybody could sign up at all.
pub async fn any_open(tx: &mut Tx<impl Mode>) -> Result<bool> {
    // Policies are kept as the program writes them, without spaces.
    let row = query(
        "SELECT 1 AS one FROM signup_domain d
         JOIN organization o ON o.id = d.organization_id
         WHERE o.status IN ('active', 'awaiting_owner') AND o.policies LIKE '%\"self_sign_up\":true%'
         LIMIT 1",
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.is_some())
}

/// All of them, whichever it is, by name; also one whose claim is proved and whose switch is off: it excludes the others.
pub async fn listing(tx: &mut Tx<impl Mode>, domain: &str) -> Result<Vec<(Listing, bool)>> {
    let rows = query(
        "SELECT o.id, o.slug, o.name, o.policies, d.proved_at
         FROM signup_domain d
         JOIN organization o ON o.id = d.organization_id
         WHERE d.domain = $1 AND o.status IN ('active', 'awaiting_owner')
         ORDER BY o.name_key, o.id",
    )
    .bind(domain)
    .fetch_all(tx)
    .await?;
    rows.iter()
        .map(|row| {
            let policies: domain::policy::Policies = row.json("policies")?;
            let proved_at: Option<Timestamp> = row.get("proved_at")?;
            let listing = Listing {
                organization: row.id("id")?,
                slug: row.get("slug")?,
                name: row.get("name")?,
                proved: proved_at.is_some(),
            };
            Ok((listing, policies.self_sign_up))
        })
        .collect()
}
