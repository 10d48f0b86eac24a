//! What a change would do to who may do what. A change says beforehand whom it may touch; when it is only tried, what they
//! hold is read before and after, and the difference is told.

use domain::access::{Holding, OrganizationAccess, Principal, Resource, holds};
use domain::effect::{Effect, Kind, Preview, Subject};
use store::{Mode, Scope};

use domain::Timestamp;

use crate::Result;
use crate::access::holding_now;

/// Somebody whose grants a change may alter, with what they held before it.
pub struct Watched {
    principal: Principal,
    subject: Subject,
    access: OrganizationAccess,
    before: Holding,
}

impl Watched {
    pub async fn read<M: Mode>(scope: &mut Scope<M>, principal: Principal, subject: Subject) -> Result<Self> {
        let (access, before) = holding_now(scope, principal).await?;
        Ok(Self {
            principal,
            subject,
            access,
            before,
        })
    }

    pub fn held_nothing_before(&mut self) {
        self.before = Holding::default();
    }

    /// Reads again, after the change, and tells who gains and loses what.
    pub async fn tell<M: Mode>(self, scope: &mut Scope<M>, now: Timestamp, preview: &mut Preview) -> Result<()> {
        let (access, after) = holding_now(scope, self.principal).await?;
        let resource = scope.organization().name.clone();
        let before = self
            .access
            .catalogue
            .set(&holds(&self.access, &self.before, Resource::Organization, now));
        let after = access
            .catalogue
            .set(&holds(&access, &after, Resource::Organization, now));
        let mut add = |kind, name: &str| {
            preview.add(
                Effect::new(kind, self.subject.clone())
                    .permission(name)
                    .resource(&resource),
            );
        };
        after
            .missing_from(&before)
            .for_each(|name| add(Kind::PermissionGained, name));
        before
            .missing_from(&after)
            .for_each(|name| add(Kind::PermissionLost, name));
        Ok(())
    }
}
