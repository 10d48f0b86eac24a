//! The catalogue: every permission there is in an organization.

use domain::permission::{Level, Permission, RoleView};
use store::Reading;

use crate::{Authorized, Result};

#[derive(Clone, Debug)]
pub struct Known {
    pub name: String,
    pub applies_to: Level,
    pub module: Option<String>,
    pub description: String,
    pub carries: Vec<String>,
}

/// Roster's own permissions, then the declared ones.
///
/// # Errors
/// The database does not answer.
pub async fn list(mut seen: Authorized<RoleView, Reading>) -> Result<Vec<Known>> {
    let own = Permission::ALL.iter().map(|permission| Known {
        name: permission.name().to_owned(),
        applies_to: permission.applies_to(),
        module: None,
        description: permission.description().to_owned(),
        carries: Vec::new(),
    });
    let declared = store::catalogue::list(seen.scope())
        .await?
        .into_iter()
        .map(|declared| Known {
            name: declared.name,
            applies_to: declared.applies_to,
            module: declared.module,
            description: declared.description,
            carries: declared.carries,
        });
    Ok(own.chain(declared).collect())
}
