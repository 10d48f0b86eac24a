//! The groups that an invitation is joined with. A group that is deleted meanwhile is left out.

use std::collections::HashMap;

use domain::grant::Granting;
use domain::group::{BY_INVITATION, GroupName};
use domain::id::{GroupId, InvitationId, MemberId};
use domain::invitation::Invitation;

use crate::db::{Result, assembled, json, query};
use crate::{Mode, Scope, Writing};

pub async fn insert(scope: &mut Scope<Writing>, invitation: InvitationId, groups: &[GroupName]) -> Result<()> {
    let organization = scope.organization().id;
    for group in groups {
        query("INSERT INTO invitation_group (organization_id, invitation_id, group_id) VALUES ($1, $2, $3)")
            .bind(organization)
            .bind(invitation)
            .bind(group.id)
            .execute(scope.tx())
            .await?;
    }
    Ok(())
}

/// Fills in the groups of these invitations, by name.
pub async fn fill(scope: &mut Scope<impl Mode>, invitations: &mut [&mut Invitation]) -> Result<()> {
    if invitations.is_empty() {
        return Ok(());
    }
    let places: Vec<String> = (0..invitations.len()).map(|index| format!("${}", index + 2)).collect();
    let mut statement = assembled(format!(
        "SELECT ig.invitation_id, g.id, g.slug, g.name
         FROM invitation_group ig
         JOIN \"group\" g ON g.organization_id = ig.organization_id AND g.id = ig.group_id
         WHERE ig.organization_id = $1 AND ig.invitation_id IN ({})
         ORDER BY g.name_key, g.id",
        places.join(", ")
    ))
    .bind(scope.organization().id);
    for invitation in invitations.iter() {
        statement = statement.bind(invitation.id);
    }
    let mut groups: HashMap<InvitationId, Vec<GroupName>> = HashMap::new();
    for row in statement.fetch_all(scope.tx()).await? {
        let group = GroupName {
            id: row.id::<GroupId>("id")?,
            slug: row.get("slug")?,
            name: row.get("name")?,
        };
        groups.entry(row.id("invitation_id")?).or_default().push(group);
    }
    for invitation in invitations {
        invitation.groups = groups.remove(&invitation.id).unwrap_or_default();
    }
    Ok(())
}

/// The member goes into the groups of the accepted invitation, where they are not in them already.
pub async fn join(
    scope: &mut Scope<Writing>,
    invitation: InvitationId,
    member: MemberId,
    granted: &Granting,
) -> Result<()> {
    let organization = scope.organization().id;
    query(
        "INSERT INTO group_member (organization_id, group_id, principal_id, member_id, origin, granted_by, granted_at)
         SELECT ig.organization_id, ig.group_id, $3, $3, $4, $5, $6
         FROM invitation_group ig
         WHERE ig.organization_id = $1 AND ig.invitation_id = $2
         ON CONFLICT (organization_id, group_id, principal_id) DO NOTHING",
    )
    .bind(organization)
    .bind(invitation)
    .bind(member)
    .bind(BY_INVITATION)
    .bind(json(&granted.by)?)
    .bind(granted.at)
    .execute(scope.tx())
    .await?;
    Ok(())
}
