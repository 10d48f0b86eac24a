//! Invitations, and the links that open them.

use domain::actor;
use domain::id::{InvitationId, MemberId, OrganizationId};
use domain::invitation::{Delivery, DeliveryState, Identity, IdentityProvider, Invitation, Inviter, Outcome, Status};
use domain::text::EmailAddress;
use domain::{Refusal, Timestamp};

use crate::db::{Error, Maybe, Query, Result, Row, assembled, query};
use crate::{Mode, Scope, Tx, Writing, invitation_group, role};

fn select(condition: &str) -> Query {
    assembled(format!(
        "SELECT i.id, i.email, i.username, i.provider, i.tenant, i.subject, i.notify, i.inviter_type, i.inviter_id, i.inviter_name, i.created_at, i.sent_at,
             i.expires_at, i.accepted_by, i.accepted_at, i.revoked_by, i.revoked_at, i.delivery, i.delivery_detail,
             i.makes_owner, i.name_key, i.revision, {}
         FROM invitation i
         JOIN role r ON r.organization_id = i.organization_id AND r.id = i.role_id
         WHERE i.organization_id = $1 AND {condition}",
        role::COLUMNS
    ))
}

pub(crate) fn from_row(row: &Row) -> Result<Invitation> {
    let accepted_by: Option<MemberId> = row.maybe_id("accepted_by")?;
    let accepted_at: Option<Timestamp> = row.get("accepted_at")?;
    let revoked_at: Option<Timestamp> = row.get("revoked_at")?;
    let outcome = match (accepted_by, accepted_at, revoked_at) {
        (Some(by), Some(at), _) => Outcome::Accepted { by, at },
        (_, _, Some(at)) => Outcome::Revoked {
            by: row.get::<Option<String>>("revoked_by")?.unwrap_or_default(),
            at,
        },
        _ => Outcome::Open,
    };
    Ok(Invitation {
        id: row.id("id")?,
        email: row.get("email")?,
        username: row.get("username")?,
        role: role::from_row(row)?,
        groups: Vec::new(),
        identity: Identity {
            provider: row.word("provider", IdentityProvider::parse)?,
            tenant: row.get("tenant")?,
            subject: row.get("subject")?,
        },
        notify: row.get("notify")?,
        invited_by: Inviter {
            identity: row.identity("inviter_type", "inviter_id")?,
            name: row.get("inviter_name")?,
        },
        created_at: row.get("created_at")?,
        sent_at: row.get("sent_at")?,
        expires_at: row.get("expires_at")?,
        outcome,
        delivery: Delivery {
            state: row.word("delivery", DeliveryState::parse)?,
            detail: row.get("delivery_detail")?,
        },
        revision: row.get("revision")?,
    })
}

/// `makes_owner` marks the invitation of an organization's first Owner, which only a superuser sends.
pub async fn insert(scope: &mut Scope<Writing>, new: &Invitation, makes_owner: bool) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "INSERT INTO invitation (organization_id, id, email, email_key, username, username_key, name_key, role_id, provider,
             tenant, notify, inviter_type, inviter_id, inviter_name, created_at, sent_at, expires_at, delivery, delivery_detail,
             makes_owner, revision, subject)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
    )
    .bind(organization)
    .bind(new.id)
    .bind(new.email.as_deref())
    .bind(new.email.as_deref().map(str::to_lowercase))
    .bind(new.username.as_deref())
    .bind(new.username.as_deref().map(str::to_lowercase))
    .bind(new.invitee().to_lowercase())
    .bind(new.role.id)
    .bind(new.identity.provider.name())
    .bind(new.identity.tenant.as_deref())
    .bind(new.notify.as_deref())
    .bind(new.invited_by.identity.kind())
    .bind(new.invited_by.identity)
    .bind(new.invited_by.name.as_str())
    .bind(new.created_at)
    .bind(new.sent_at)
    .bind(new.expires_at)
    .bind(new.delivery.state.name())
    .bind(new.delivery.detail.as_deref())
    .bind(makes_owner)
    .bind(revision)
    .bind(new.identity.subject.as_deref())
    .execute(scope.tx())
    .await?;
    invitation_group::insert(scope, new.id, &new.groups).await
}

pub async fn find(scope: &mut Scope<impl Mode>, id: InvitationId) -> Result<Option<Invitation>> {
    let organization = scope.organization().id;
    let row = select("i.id = $2")
        .bind(organization)
        .bind(id)
        .fetch_optional(scope.tx())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut found = from_row(&row)?;
    invitation_group::fill(scope, &mut [&mut found]).await?;
    Ok(Some(found))
}

/// # Errors
/// There is no such invitation in this organization.
pub async fn get(scope: &mut Scope<impl Mode>, id: InvitationId) -> Result<Invitation> {
    find(scope, id)
        .await?
        .ok_or(Error::Refused(Refusal::NotFound { what: "invitation" }))
}

/// Whether accepting it makes its holder the organization's first Owner.
pub async fn makes_owner(scope: &mut Scope<impl Mode>, id: InvitationId) -> Result<bool> {
    let organization = scope.organization().id;
    select("i.id = $2")
        .bind(organization)
        .bind(id)
        .fetch_one(scope.tx())
        .await?
        .get("makes_owner")
}

/// One that is pending for the same address or username.
pub async fn find_pending(
    scope: &mut Scope<impl Mode>,
    email: Option<&EmailAddress>,
    username: Option<&str>,
    now: Timestamp,
) -> Result<Option<Invitation>> {
    // One after the other, each by its index: asked for at once, every invitation of the organization would be looked at.
    if let Some(email) = email
        && let Some(found) = pending(scope, "i.email_key = $3", &email.key(), now).await?
    {
        return Ok(Some(found));
    }
    let Some(username) = username else { return Ok(None) };
    let by_username = "i.email_key IS NULL AND i.username_key = $3";
    pending(scope, by_username, &username.to_lowercase(), now).await
}

async fn pending(scope: &mut Scope<impl Mode>, whose: &str, key: &str, now: Timestamp) -> Result<Option<Invitation>> {
    let organization = scope.organization().id;
    select(&format!(
        "i.accepted_at IS NULL AND i.revoked_at IS NULL AND (i.expires_at IS NULL OR i.expires_at > $2) AND {whose} LIMIT 1"
    ))
    .bind(organization)
    .bind(now)
    .bind(key)
    .fetch_optional(scope.tx())
    .await?
    .as_ref()
    .map(from_row)
    .transpose()
}

/// Whether one is pending for this account of a host.
pub async fn find_pending_for(
    scope: &mut Scope<impl Mode>,
    provider: IdentityProvider,
    subject: &str,
    now: Timestamp,
) -> Result<bool> {
    let organization = scope.organization().id;
    let row = query(
        "SELECT id
         FROM invitation
         WHERE organization_id = $1 AND provider = $2 AND subject = $3 AND accepted_at IS NULL AND revoked_at IS NULL
             AND (expires_at IS NULL OR expires_at > $4)
         LIMIT 1",
    )
    .bind(organization)
    .bind(provider.name())
    .bind(subject)
    .bind(now)
    .fetch_optional(scope.tx())
    .await?;
    Ok(row.is_some())
}

/// Which invitations are asked for: those that fulfil all that is given.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    pub status: Option<Status>,
    pub invited_by: Option<actor::Identity>,
    /// Part of an address or a username.
    pub needle: Option<String>,
}

/// The latest first; `before` is the last one seen.
pub async fn list(
    scope: &mut Scope<impl Mode>,
    sought: &Sought,
    now: Timestamp,
    before: Option<InvitationId>,
    limit: i64,
) -> Result<Vec<Invitation>> {
    let condition = match sought.status {
        None => "$2 = $2",
        Some(Status::Accepted) => "$2 = $2 AND i.accepted_at IS NOT NULL",
        Some(Status::Revoked) => "$2 = $2 AND i.revoked_at IS NOT NULL",
        Some(Status::Expired) => "i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at <= $2",
        Some(Status::Pending) => {
            "i.accepted_at IS NULL AND i.revoked_at IS NULL AND (i.expires_at IS NULL OR i.expires_at > $2)"
        }
    };
    let organization = scope.organization().id;
    let rows = select(&format!(
        "{condition} AND i.id < $3 AND ($4 IS NULL OR i.inviter_id = $4)
         AND ($6 IS NULL OR i.email_key LIKE $6 ESCAPE '!' OR i.username_key LIKE $6 ESCAPE '!')
         ORDER BY i.id DESC LIMIT $5 + 0"
    ))
    .bind(organization)
    .bind(now)
    .bind(before.map_or(uuid::Uuid::max(), domain::id::Id::uuid))
    .bind(sought.invited_by)
    .bind(limit)
    .bind(sought.needle.as_deref().map(pattern))
    .fetch_all(scope.tx())
    .await?;
    let mut found = rows.iter().map(from_row).collect::<Result<Vec<_>>>()?;
    invitation_group::fill(scope, &mut found.iter_mut().collect::<Vec<_>>()).await?;
    Ok(found)
}

/// What the keys of an address and a username are compared with.
fn pattern(needle: &str) -> String {
    format!("%{}%", crate::account::escape_like(&needle.trim().to_lowercase()))
}

/// Pending ones by name for the people list, which merges them with the members.
pub(crate) async fn list_pending(
    scope: &mut Scope<impl Mode>,
    filter: &crate::people::Filter,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(String, Invitation)>> {
    let organization = scope.organization().id;
    let crate::people::Place { name_key, id } = filter.after();
    let rows = select(
        "i.accepted_at IS NULL AND i.revoked_at IS NULL AND (i.expires_at IS NULL OR i.expires_at > $2)
         AND (i.name_key, i.id) > ($3, $4)
         AND ($5 IS NULL OR i.email_key LIKE $5 ESCAPE '!' OR i.username_key LIKE $5 ESCAPE '!')
         AND ($6 IS NULL OR i.role_id = $6)
         AND ($8 IS NULL OR EXISTS (
             SELECT 1 FROM invitation_group ig
             WHERE ig.organization_id = i.organization_id AND ig.invitation_id = i.id AND ig.group_id = $8
         ))
         ORDER BY i.name_key, i.id
         LIMIT $7 + 0",
    )
    .bind(organization)
    .bind(now)
    .bind(name_key)
    .bind(id)
    .bind(filter.needle.as_deref().map(pattern))
    .bind(Maybe(filter.role))
    .bind(limit)
    .bind(Maybe(filter.group.map(|(group, _)| group)))
    .fetch_all(scope.tx())
    .await?;
    let mut found = rows
        .iter()
        .map(|row| Ok((row.get("name_key")?, from_row(row)?)))
        .collect::<Result<Vec<(String, Invitation)>>>()?;
    let mut invitations: Vec<&mut Invitation> = found.iter_mut().map(|(_, invitation)| invitation).collect();
    invitation_group::fill(scope, &mut invitations).await?;
    Ok(found)
}

pub async fn resend(
    scope: &mut Scope<Writing>,
    id: InvitationId,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query("UPDATE invitation SET sent_at = $3, expires_at = $4, revision = $5 WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .bind(now)
        .bind(expires_at)
        .bind(revision)
        .execute(scope.tx())
        .await?;
    drop_links(scope, id).await
}

pub async fn revoke(scope: &mut Scope<Writing>, id: InvitationId, by: &str, now: Timestamp) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "UPDATE invitation SET revoked_by = $3, revoked_at = $4, revision = $5 WHERE organization_id = $1 AND id = $2",
    )
    .bind(organization)
    .bind(id)
    .bind(by)
    .bind(now)
    .bind(revision)
    .execute(scope.tx())
    .await?;
    drop_links(scope, id).await
}

pub async fn accept(scope: &mut Scope<Writing>, id: InvitationId, by: MemberId, now: Timestamp) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query("UPDATE invitation SET accepted_by = $3, accepted_at = $4, revision = $5 WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .bind(by)
        .bind(now)
        .bind(revision)
        .execute(scope.tx())
        .await?;
    drop_links(scope, id).await
}

/// Delivery is no change of the invitation itself and moves no revision.
pub async fn set_delivery(scope: &mut Scope<Writing>, id: InvitationId, delivery: &Delivery) -> Result<()> {
    let organization = scope.organization().id;
    query("UPDATE invitation SET delivery = $3, delivery_detail = $4 WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .bind(delivery.state.name())
        .bind(delivery.detail.as_deref())
        .execute(scope.tx())
        .await?;
    Ok(())
}

pub async fn insert_link(
    scope: &mut Scope<Writing>,
    token_hash: [u8; 32],
    id: InvitationId,
    mailed: bool,
) -> Result<()> {
    let organization = scope.organization().id;
    query("INSERT INTO invitation_link (token_hash, organization_id, invitation_id, mailed) VALUES ($1, $2, $3, $4)")
        .bind(token_hash)
        .bind(organization)
        .bind(id)
        .bind(mailed)
        .execute(scope.tx())
        .await?;
    Ok(())
}

async fn drop_links(scope: &mut Scope<Writing>, id: InvitationId) -> Result<()> {
    let organization = scope.organization().id;
    query("DELETE FROM invitation_link WHERE organization_id = $1 AND invitation_id = $2")
        .bind(organization)
        .bind(id)
        .execute(scope.tx())
        .await?;
    Ok(())
}

/// Where a link leads, before anyone is known.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    pub organization: OrganizationId,
    pub invitation: InvitationId,
    /// Whether it went to the mailbox, and so proves it.
    pub mailed: bool,
}

pub async fn find_link(tx: &mut Tx<impl Mode>, token_hash: [u8; 32]) -> Result<Option<Link>> {
    let row = query("SELECT organization_id, invitation_id, mailed FROM invitation_link WHERE token_hash = $1")
        .bind(token_hash)
        .fetch_optional(tx)
        .await?;
    row.map(|row| {
        Ok(Link {
            organization: row.id("organization_id")?,
            invitation: row.id("invitation_id")?,
            mailed: row.get("mailed")?,
        })
    })
    .transpose()
}

impl Link {
    /// # Errors
    /// The link was used, replaced or revoked since it was found.
    pub async fn still_good(tx: &mut Tx<impl Mode>, token_hash: [u8; 32]) -> Result<Self> {
        find_link(tx, token_hash)
            .await?
            .ok_or(Error::Refused(Refusal::LinkInvalid))
    }
}
