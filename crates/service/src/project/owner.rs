//! Whose a project is. Giving it away is giving the owner's role on it.

use domain::Refusal;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind};
use domain::id::MemberId;
use domain::member::MemberStatus;
use domain::permission::ProjectManage;
use domain::project::{Owner, Project};
use serde_json::json;

use crate::authorization::Outcome;
use crate::project::{Changed, gives, opened, target};
use crate::{Authorized, Result};

/// # Errors
/// The member is not active, or the caller lacks what an owner may on the project.
pub async fn transfer(mut authorized: Authorized<ProjectManage>, to: MemberId) -> Result<Outcome<Changed>> {
    let before = opened(&authorized)?;
    let receiver = store::member::get(authorized.scope(), to).await?;
    if receiver.status() != MemberStatus::Active {
        return Err(Refusal::NotAProjectOwner { project: before.name }.into());
    }
    let (facts, grants) = (authorized.facts()?, &authorized.actor().grants);
    let role = grants.access.owner_role();
    let missing = role.map(|role| grants.lacking_on(role, &facts)).unwrap_or_default();
    gives(authorized.actor(), role, missing)?;
    authorized.watch_project(before.id).await?;
    let granted = authorized.granting();
    store::project::set_owner(authorized.scope(), before.id, to, &granted).await?;
    let after = Project {
        owner: Owner {
            id: to,
            name: receiver.account.name.clone(),
            granted,
        },
        revision: authorized.scope().revision(),
        ..before.clone()
    };
    let effect = Effect::new(Kind::OwnershipTransferred, crate::member::subject(&receiver));
    authorized.effect(
        effect
            .resource(&after.name)
            .detail(format!("from {}", before.owner.name)),
    );
    authorized.touch_access().await?;
    let event = Event::new(Action::ProjectOwnerChanged, target(&after))
        .before(json!({ "owner": before.owner.name, "owner_id": before.owner.id }))
        .after(json!({ "owner": after.owner.name, "owner_id": after.owner.id }));
    let changed = Changed {
        project: after,
        open: facts.open,
    };
    authorized.commit(event, changed).await
}
