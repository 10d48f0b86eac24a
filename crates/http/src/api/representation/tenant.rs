//! Organizations as superusers see them.

use domain::organization::{Ending as DomainEnding, Flag};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Organization, maybe, text};

#[derive(Debug, Serialize, ToSchema)]
pub struct Tenant {
    #[serde(flatten)]
    #[schema(inline)]
    pub organization: Organization,
    /// Whoever belongs to it, disabled members too.
    pub members: i64,
    pub member_limit: Option<u32>,
    pub disabled: Option<Ending>,
    pub deleted: Option<Ending>,
    /// Until when a deleted one can be restored; then it is gone for good.
    pub restorable_until: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Ending {
    pub at: String,
    pub by: String,
    pub reason: Option<String>,
}

impl From<DomainEnding> for Ending {
    fn from(ending: DomainEnding) -> Self {
        Self {
            at: text(ending.at),
            by: ending.by,
            reason: ending.reason,
        }
    }
}

impl Tenant {
    pub fn flagged(found: service::tenant::Tenant, flags: &[Flag]) -> Self {
        let organization = found.organization;
        Self {
            members: found.members,
            member_limit: organization.policies.member_limit,
            disabled: organization.disabled.clone().map(Ending::from),
            restorable_until: maybe(organization.deleted.as_ref().map(DomainEnding::final_at)),
            deleted: organization.deleted.clone().map(Ending::from),
            organization: Organization::flagged(organization, flags),
        }
    }
}
