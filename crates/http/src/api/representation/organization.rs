//! Organizations.

use domain::organization::{Flag, Organization as DomainOrganization};
use serde::Serialize;
use utoipa::ToSchema;

use super::text;

#[derive(Debug, Serialize, ToSchema)]
pub struct Organization {
    pub id: String,
    pub name: String,
    pub slug: String,
    pub preset: String,
    /// active, awaiting_owner, disabled or deleted
    pub status: String,
    /// no_active_owner: its first Owner has not joined yet, or a superuser suspended the only one
    pub flags: Vec<String>,
    pub created_at: String,
}

impl Organization {
    pub fn flagged(organization: DomainOrganization, flags: &[Flag]) -> Self {
        Self {
            id: organization.id.to_string(),
            name: organization.name,
            slug: organization.slug,
            preset: organization.preset,
            status: organization.status.name().to_owned(),
            flags: flags.iter().map(|flag| flag.name().to_owned()).collect(),
            created_at: text(organization.created_at),
        }
    }
}
