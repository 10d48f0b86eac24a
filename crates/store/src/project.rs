//! Projects of an organization.

use domain::Refusal;
use domain::grant::Granting;
use domain::id::ProjectId;
use domain::project::{Owner, Project, Repository, Visibility};

use crate::db::{Error, Query, Result, Row, assembled};
use crate::{Mode, Scope};

fn from_row(row: &Row) -> Result<Project> {
    let repository = match (row.get("repository_host")?, row.get("repository_name")?) {
        (Some(host), Some(name)) => Some(Repository { host, name }),
        _ => None,
    };
    Ok(Project {
        id: row.id("id")?,
        slug: row.get("slug")?,
        name: row.get("name")?,
        description: row.get("description")?,
        visibility: row.word("visibility", Visibility::parse)?,
        owner: Owner {
            id: row.id("owner_id")?,
            name: row.get("owner_name")?,
            granted: Granting {
                by: row.json("owner_granted_by")?,
                at: row.get("owned_since")?,
            },
        },
        repository,
        created_at: row.get("created_at")?,
        revision: row.get("revision")?,
    })
}

fn select(condition: &str) -> Query {
    assembled(format!(
        "SELECT p.id, p.slug, p.name, p.description, p.visibility, p.repository_host, p.repository_name, p.owned_since,
             p.owner_granted_by, p.created_at, p.revision, p.name_key, o.member_id AS owner_id, a.name AS owner_name
         FROM project p
         JOIN ownership o ON o.organization_id = p.organization_id AND o.thing_id = p.id
         JOIN membership m ON m.organization_id = o.organization_id AND m.id = o.member_id
         JOIN account a ON a.id = m.account_id
         WHERE p.organization_id = $1 AND {condition}"
    ))
}

/// By id or slug.
///
/// # Errors
/// There is no such project in this organization.
pub async fn get(scope: &mut Scope<impl Mode>, reference: &str) -> Result<Project> {
    let organization = scope.organization().id;
    let statement = match reference.parse::<ProjectId>() {
        Ok(id) => select("p.id = $2").bind(organization).bind(id),
        Err(_) => select("p.slug = $2").bind(organization).bind(reference),
    };
    let found = statement.fetch_optional(scope.tx()).await?;
    found
        .as_ref()
        .map(from_row)
        .transpose()?
        .ok_or(Error::Refused(Refusal::NotFound { what: "project" }))
}
