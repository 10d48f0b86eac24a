//! The catalogue: every permission there is in an organization.

pub mod registration;

use domain::permission::{Level, Permission, RoleView};
use domain::preset::DeclaredPermission;
use store::Mode;

use crate::{Authorized, Result};

#[derive(Clone, Debug)]
pub struct Known {
    pub name: String,
    pub applies_to: Level,
    pub module: Option<String>,
    pub description: String,
    pub carries: Vec<String>,
    /// The host application that declared it; none for Roster's own and the preset's.
    pub application: Option<String>,
}

impl From<DeclaredPermission> for Known {
    fn from(declared: DeclaredPermission) -> Self {
        Self {
            name: declared.name,
            applies_to: declared.applies_to,
            module: declared.module,
            description: declared.description,
            carries: declared.carries,
            application: declared.application,
        }
    }
}

/// Roster's own permissions, then the declared ones.
///
/// # Errors
/// The database does not answer.
pub async fn list<M: Mode>(seen: &mut Authorized<RoleView, M>) -> Result<Vec<Known>> {
    let own = Permission::ALL.iter().map(|permission| Known {
        name: permission.name().to_owned(),
        applies_to: permission.applies_to(),
        module: None,
        description: permission.description().to_owned(),
        carries: Vec::new(),
        application: None,
    });
    let declared = store::catalogue::list(seen.scope()).await?.into_iter().map(Known::from);
    Ok(own.chain(declared).collect())
}
