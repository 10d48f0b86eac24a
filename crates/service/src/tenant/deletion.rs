//! Deleting an organization: told beforehand what goes with it, out of reach at once for everybody, restorable for a while.

use domain::Refusal;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind, Preview};
use domain::organization::Organization;
use domain::permission::OrganizationDelete;

use super::{ending, state, subject};
use crate::authorization::Outcome;
use crate::organization::{etag, target};
use crate::{Authorized, Error, FieldError, OrganizationRef, Result, Roster};

/// Deletes the organization. Takes a superuser, unless the instance lets Owners delete their own; `confirm` is its slug.
///
/// # Errors
/// The caller may not, did not prove lately who they are, or did not type the slug.
pub async fn delete(mut authorized: Authorized<OrganizationDelete>, confirm: &str) -> Result<Outcome<Organization>> {
    let before = authorized.organization().clone();
    authorized.request().matches(&etag(&before))?;
    if !authorized.actor().superuser && !crate::instance::owners_may_delete(authorized.scope().tx()).await? {
        return Err(Refusal::SuperuserOnly.into());
    }
    authorized.request().proved()?;
    if confirm.trim() != before.slug {
        let detail = format!("must be {}, the slug of what is to be deleted", before.slug);
        return Err(Error::Invalid(vec![FieldError::new("confirm", detail)]));
    }
    let ending = ending(authorized.request(), None);
    store::tenant::delete(authorized.scope(), &ending).await?;
    authorized.touch_access().await?;
    let after = authorized.organization().clone();
    let event = Event::new(Action::OrganizationDeleted, target(&before))
        .before(state(&before))
        .after(state(&after));
    let roster = authorized.roster().clone();
    match authorized.commit(event, after).await? {
        Outcome::Previewed(mut preview) => {
            preview.merge(roster.contents(&before).await?);
            Ok(Outcome::Previewed(preview))
        }
        done => Ok(done),
    }
}

impl Roster {
    /// What goes with an organization. Counted outside the change, which nobody has to wait for.
    async fn contents(&self, organization: &Organization) -> Result<Preview> {
        let mut scope = self.store().see(&OrganizationRef::Id(organization.id)).await?;
        let contents = store::tenant::contents(&mut scope).await?;
        drop(scope);
        let mut preview = Preview::default();
        for (noun, count) in contents {
            let Ok(number @ 1..) = u64::try_from(count) else {
                continue;
            };
            preview.count(Kind::Deleted, number);
            let told = Effect::new(Kind::Deleted, subject(organization));
            preview.name(told.detail(counted(noun, number)));
        }
        Ok(preview)
    }
}

/// "1 project", "3 service accounts".
fn counted(noun: &str, number: u64) -> String {
    let (one, many) = match noun {
        "invitation" => ("open invitation", "open invitations"),
        "role" => ("role of its own", "roles of its own"),
        "service_account" => ("service account", "service accounts"),
        "signup_domain" => ("sign-up domain", "sign-up domains"),
        "audit_event" => ("entry in the audit log", "entries in the audit log"),
        "account" => (
            "account that began here and belongs nowhere else",
            "accounts that began here and belong nowhere else",
        ),
        "token" => ("API token", "API tokens"),
        "member" => ("member", "members"),
        "group" => ("group", "groups"),
        "project" => ("project", "projects"),
        other => (other, other),
    };
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn what_goes_is_told_in_words() {
        assert_eq!(counted("project", 1), "1 project");
        assert_eq!(counted("service_account", 3), "3 service accounts");
    }
}
