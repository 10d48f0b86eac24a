//! An organization's single sign-on: its settings, the people its identity provider has signed in, and what was said
//! already.

use domain::Timestamp;
use domain::id::{AccountId, OrganizationId, RoleId};
use domain::single_sign_on::{Binding, SealedKey, SingleSignOn};

use crate::db::{Query, Result, assembled, json, query};
use crate::{Mode, Scope, Tx, Writing, role};

pub async fn find(scope: &mut Scope<impl Mode>) -> Result<Option<SingleSignOn>> {
    let row = assembled(format!(
        "SELECT s.entity_id, s.sign_on_url, s.binding, s.certificates, s.sign_requests, s.provisioning, s.role_granted_by,
             s.role_granted_at, s.admin_contact, s.signing_key, s.certificate, s.revision, {}
         FROM single_sign_on s
         JOIN role r ON r.organization_id = s.organization_id AND r.id = s.role_id
         WHERE s.organization_id = $1",
        role::COLUMNS
    ))
    .bind(scope.organization().id)
    .fetch_optional(scope.tx())
    .await?;
    row.map(|row| {
        Ok(SingleSignOn {
            entity_id: row.get("entity_id")?,
            sign_on_url: row.get("sign_on_url")?,
            binding: row.word("binding", Binding::parse)?,
            certificates: row.get("certificates")?,
            sign_requests: row.get("sign_requests")?,
            provisioning: row.get("provisioning")?,
            role: role::from_row(&row)?,
            role_granted: row.granting("role_granted")?,
            admin_contact: row.get("admin_contact")?,
            key: SealedKey {
                sealed: row.get("signing_key")?,
                certificate: row.get("certificate")?,
            },
            revision: row.get("revision")?,
        })
    })
    .transpose()
}

pub async fn exists(scope: &mut Scope<impl Mode>) -> Result<bool> {
    let row = query("SELECT organization_id FROM single_sign_on WHERE organization_id = $1")
        .bind(scope.organization().id)
        .fetch_optional(scope.tx())
        .await?;
    Ok(row.is_some())
}

/// The short names of organizations that people sign in to by it and that have proved this domain to be their own.
pub async fn of_domain(tx: &mut Tx<impl Mode>, domain: &str) -> Result<Vec<String>> {
    let rows = query(
        "SELECT o.slug
         FROM signup_domain d
         JOIN organization o ON o.id = d.organization_id
         JOIN single_sign_on s ON s.organization_id = o.id
         WHERE d.domain = $1 AND d.proved_at IS NOT NULL AND o.status = 'active'
         ORDER BY o.slug",
    )
    .bind(domain)
    .fetch_all(tx)
    .await?;
    rows.iter().map(|row| row.get("slug")).collect()
}

/// The short name of one that people sign in to by it.
pub async fn slug(tx: &mut Tx<impl Mode>, organization: OrganizationId) -> Result<Option<String>> {
    let row = query(
        "SELECT o.slug
         FROM organization o
         JOIN single_sign_on s ON s.organization_id = o.id
         WHERE o.id = $1 AND o.status = 'active'",
    )
    .bind(organization)
    .fetch_optional(tx)
    .await?;
    row.map(|row| row.get("slug")).transpose()
}

pub async fn put(scope: &mut Scope<Writing>, settings: &SingleSignOn) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "INSERT INTO single_sign_on (organization_id, entity_id, sign_on_url, binding, certificates, sign_requests, provisioning,
             role_id, role_granted_by, role_granted_at, admin_contact, signing_key, certificate, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (organization_id) DO UPDATE SET entity_id = excluded.entity_id, sign_on_url = excluded.sign_on_url,
             binding = excluded.binding, certificates = excluded.certificates, sign_requests = excluded.sign_requests,
             provisioning = excluded.provisioning, role_id = excluded.role_id, role_granted_by = excluded.role_granted_by,
             role_granted_at = excluded.role_granted_at, admin_contact = excluded.admin_contact,
             signing_key = excluded.signing_key, certificate = excluded.certificate, revision = excluded.revision",
    )
    .bind(organization)
    .bind(settings.entity_id.as_str())
    .bind(settings.sign_on_url.as_str())
    .bind(settings.binding.name())
    .bind(settings.certificates.as_str())
    .bind(settings.sign_requests)
    .bind(settings.provisioning)
    .bind(settings.role.id)
    .bind(json(&settings.role_granted.by)?)
    .bind(settings.role_granted.at)
    .bind(settings.admin_contact.as_deref())
    .bind(settings.key.sealed.as_str())
    .bind(settings.key.certificate.as_str())
    .bind(revision)
    .execute(scope.tx())
    .await?;
    Ok(())
}

/// With everybody who was signed in by it: whatever is set up later starts anew.
pub async fn delete(scope: &mut Scope<Writing>) -> Result<()> {
    let organization = scope.organization().id;
    for statement in [
        "DELETE FROM saml_identity WHERE organization_id = $1",
        "DELETE FROM single_sign_on WHERE organization_id = $1",
    ] {
        assembled(statement.to_owned())
            .bind(organization)
            .execute(scope.tx())
            .await?;
    }
    Ok(())
}

/// Names of members who sign in by it, or can by no other way.
pub async fn people(scope: &mut Scope<impl Mode>, only_way: bool, limit: i64) -> Result<Vec<String>> {
    let linked = if only_way {
        "FALSE"
    } else {
        "EXISTS (SELECT 1 FROM saml_identity i WHERE i.organization_id = m.organization_id AND i.account_id = a.id)"
    };
    let rows = assembled(format!(
        "SELECT a.name
         FROM membership m
         JOIN account a ON a.id = m.account_id
         WHERE m.organization_id = $1
             AND ({linked} OR (a.authentication_method = 'saml' AND a.home_organization_id = $1))
         ORDER BY m.name_key, m.id
         LIMIT $2 + 0"
    ))
    .bind(scope.organization().id)
    .bind(limit)
    .fetch_all(scope.tx())
    .await?;
    rows.iter().map(|row| row.get("name")).collect()
}

/// Somebody whom the identity provider signs in or could, and who has one of these roles, directly or through a group.
pub async fn find_person_with(scope: &mut Scope<impl Mode>, roles: &[RoleId]) -> Result<Option<String>> {
    if roles.is_empty() {
        return Ok(None);
    }
    let places: Vec<String> = (0..roles.len()).map(|index| format!("${}", index + 2)).collect();
    let places = places.join(", ");
    let mut statement: Query = assembled(format!(
        "SELECT a.name
         FROM membership m
         JOIN account a ON a.id = m.account_id
         WHERE m.organization_id = $1
             AND (EXISTS (SELECT 1 FROM saml_identity i WHERE i.organization_id = m.organization_id AND i.account_id = a.id)
                 OR (a.authentication_method = 'saml' AND a.home_organization_id = $1))
             AND (m.role_id IN ({places}) OR EXISTS (
                 SELECT 1
                 FROM group_member gm
                 JOIN \"group\" g ON g.organization_id = gm.organization_id AND g.id = gm.group_id
                 WHERE gm.organization_id = m.organization_id AND gm.member_id = m.id AND g.role_id IN ({places})
             ))
         LIMIT 1"
    ))
    .bind(scope.organization().id);
    for role in roles {
        statement = statement.bind(*role);
    }
    let found = statement.fetch_optional(scope.tx()).await?;
    found.map(|row| row.get("name")).transpose()
}

pub async fn find_account(scope: &mut Scope<impl Mode>, issuer: &str, name_id: &str) -> Result<Option<AccountId>> {
    let row = query("SELECT account_id FROM saml_identity WHERE organization_id = $1 AND issuer = $2 AND name_id = $3")
        .bind(scope.organization().id)
        .bind(issuer)
        .bind(name_id)
        .fetch_optional(scope.tx())
        .await?;
    row.map(|row| row.id("account_id")).transpose()
}

/// Links the identity, or notes that it was used.
pub async fn link(
    scope: &mut Scope<Writing>,
    issuer: &str,
    name_id: &str,
    account: AccountId,
    now: Timestamp,
) -> Result<()> {
    query(
        "INSERT INTO saml_identity (organization_id, issuer, name_id, account_id, linked_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $5)
         ON CONFLICT (organization_id, issuer, name_id) DO UPDATE SET last_used_at = excluded.last_used_at",
    )
    .bind(scope.organization().id)
    .bind(issuer)
    .bind(name_id)
    .bind(account)
    .bind(now)
    .execute(scope.tx())
    .await?;
    Ok(())
}

/// Whether the assertion had not been taken before; it is now.
pub async fn take_assertion(tx: &mut Tx<Writing>, digest: [u8; 32], good_until: Timestamp) -> Result<bool> {
    let taken =
        query("INSERT INTO saml_assertion (digest, good_until) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING")
            .bind(digest)
            .bind(good_until)
            .execute(tx)
            .await?;
    Ok(taken == 1)
}

pub async fn forget_assertions(tx: &mut Tx<Writing>, now: Timestamp) -> Result<u64> {
    query("DELETE FROM saml_assertion WHERE good_until <= $1")
        .bind(now)
        .execute(tx)
        .await
}
