//! The instance's own policies.

use domain::Refusal;
use domain::audit::{Action, Event, Target};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Mode, Tx};

use crate::session::record_own;
use crate::{Error, FieldError, Request, Result, Roster, ambient};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InstancePolicies {
    /// Whether everybody may open an organization, or only superusers.
    pub anyone_may_open: bool,
    /// Whether Owners may delete their organization, or only superusers.
    pub owners_may_delete: bool,
    pub existing_accounts: ExistingAccounts,
    /// Days that entries of the instance's own log are kept; `None`: for ever.
    pub audit_retention_days: Option<u32>,
}

/// What happens when an organization adds an account that exists already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExistingAccounts {
    /// The person is asked.
    #[default]
    Ask,
    /// They are a member at once.
    Add,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstancePolicyChange {
    #[serde(default, deserialize_with = "domain::policy::given")]
    pub anyone_may_open: Option<bool>,
    #[serde(default, deserialize_with = "domain::policy::given")]
    pub owners_may_delete: Option<bool>,
    #[serde(default, deserialize_with = "domain::policy::given")]
    pub existing_accounts: Option<ExistingAccounts>,
    #[serde(default, deserialize_with = "domain::policy::present")]
    pub audit_retention_days: Option<Option<u32>>,
}

async fn policies(tx: &mut Tx<impl Mode>) -> Result<InstancePolicies> {
    let kept = store::instance::policies(tx).await?;
    serde_json::from_value(kept).map_err(|error| Error::Unexpected(format!("instance policies: {error}")))
}

pub(crate) async fn anyone_may_open(tx: &mut Tx<impl Mode>) -> Result<bool> {
    Ok(policies(tx).await?.anyone_may_open)
}

pub(crate) async fn owners_may_delete(tx: &mut Tx<impl Mode>) -> Result<bool> {
    Ok(policies(tx).await?.owners_may_delete)
}

pub(crate) async fn adds_existing_accounts(tx: &mut Tx<impl Mode>) -> Result<bool> {
    Ok(policies(tx).await?.existing_accounts == ExistingAccounts::Add)
}

impl Roster {
    /// Days that the instance's own log is kept.
    pub(crate) async fn instance_audit_retention(&self) -> Result<Option<u32>> {
        Ok(policies(&mut *self.store().see_server().await?)
            .await?
            .audit_retention_days)
    }

    /// # Errors
    /// The caller is no superuser.
    pub async fn instance_policies(&self, request: &Request) -> Result<InstancePolicies> {
        superusers_only(request)?;
        policies(&mut *self.store().see_server().await?).await
    }

    /// # Errors
    /// The caller is no superuser.
    pub async fn change_instance_policies(
        &self,
        request: &Request,
        change: InstancePolicyChange,
    ) -> Result<InstancePolicies> {
        superusers_only(request)?;
        let mut tx = self.store().server().await?;
        store::setting::line_up(&mut tx).await?;
        crate::superuser::still_superuser(&mut tx, request).await?;
        let before = policies(&mut tx).await?;
        request.matches(&etag(&before))?;
        let after = InstancePolicies {
            anyone_may_open: change.anyone_may_open.unwrap_or(before.anyone_may_open),
            owners_may_delete: change.owners_may_delete.unwrap_or(before.owners_may_delete),
            existing_accounts: change.existing_accounts.unwrap_or(before.existing_accounts),
            audit_retention_days: change.audit_retention_days.unwrap_or(before.audit_retention_days),
        };
        if let Some(problem) = domain::policy::retention_problem(after.audit_retention_days) {
            return Err(Error::Invalid(vec![FieldError::new("audit_retention_days", problem)]));
        }
        store::instance::set_policies(&mut tx, &json!(after)).await?;
        let event = Event::new(Action::PoliciesChanged, Target::new("instance", "", "instance"))
            .before(json!(before))
            .after(json!(after));
        record_own(&mut tx, request, &event).await?;
        if request.dry_run {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        Ok(after)
    }
}

/// They are few, and told apart by what they say.
pub fn etag(policies: &InstancePolicies) -> String {
    ambient::tag_of(&json!(policies))
}

pub(crate) fn superusers_only(request: &Request) -> Result<()> {
    request.settled()?;
    if request.caller.superuser {
        Ok(())
    } else {
        Err(Refusal::SuperuserOnly.into())
    }
}

/// What can be asked of an instance at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    Ready,
    /// The database answers, and takes no change.
    ReadOnly,
    /// The database does not answer.
    Silent,
}

impl Roster {
    /// Whether the database answers, and takes changes.
    pub async fn readiness(&self) -> Readiness {
        if !self.answers().await {
            return Readiness::Silent;
        }
        if !self.store().takes_changes().await {
            return Readiness::ReadOnly;
        }
        Readiness::Ready
    }

    async fn answers(&self) -> bool {
        match self.store().see_server().await {
            Ok(mut tx) => store::instance::find(&mut tx)
                .await
                .is_ok_and(|instance| instance.is_some()),
            Err(_) => false,
        }
    }
}
