//! What a change says beforehand of whom it may touch, and what is told when it was only tried.

use domain::access::Principal;
use domain::effect::Subject;
use domain::id::{GroupId, ProjectId, RoleId};
use domain::member::Member;
use domain::permission::Needs;

use super::{Authorized, Outcome};
use crate::{OrganizationRef, Result};

impl<P: Needs> Authorized<P> {
    /// Says that this change may alter what the member holds; to be called before it.
    pub async fn watch(&mut self, member: &Member) -> Result<()> {
        self.watch_principal(Principal::Member(member.id), crate::member::subject(member))
            .await
    }

    /// The same of a member that the change has made.
    pub async fn watch_new(&mut self, member: &Member) -> Result<()> {
        self.watch(member).await?;
        self.watched.last_held_nothing();
        Ok(())
    }

    /// The same of all who have the role, directly or through a group.
    pub async fn watch_role_holders(&mut self, role: RoleId) -> Result<()> {
        if self.request.dry_run {
            self.watched.role(&mut self.scope, role).await?;
        }
        Ok(())
    }

    /// Says that whoever has one role gets another instead.
    pub fn watch_role_replacement(&mut self, role: RoleId, by: RoleId) {
        self.watched.role_replaced(role, by);
    }

    /// The same of all who are in the group.
    pub async fn watch_group(&mut self, group: GroupId) -> Result<()> {
        if self.request.dry_run {
            self.watched.group(&mut self.scope, group).await?;
        }
        Ok(())
    }

    /// The same of all who reach the project before or after it.
    pub async fn watch_project(&mut self, project: ProjectId) -> Result<()> {
        if self.request.dry_run {
            self.watched.project(&mut self.scope, project).await?;
        }
        Ok(())
    }

    /// The same of anybody.
    pub async fn watch_principal(&mut self, principal: Principal, subject: Subject) -> Result<()> {
        if self.request.dry_run {
            self.watched.principal(&mut self.scope, principal, subject).await?;
        }
        Ok(())
    }

    /// The change is undone before its effects are weighed: nobody waits for that.
    pub(super) async fn take_back<T>(mut self) -> Result<Outcome<T>> {
        let organization = OrganizationRef::Id(self.scope.organization().id);
        self.scope.tx().prove().await?;
        let changed = self.watched.look_again(&mut self.scope).await?;
        self.scope.rollback().await?;
        let mut scope = self.roster.store().see(&organization).await?;
        changed.tell(&mut scope, self.request.now, &mut self.preview).await?;
        Ok(Outcome::Previewed(self.preview))
    }
}
