//! What comes back to life when an older state of the instance is restored: everything that was taken away since. Told by
//! the audit entries that the older state does not have.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Timestamp;
use crate::audit::{Action, Target};

/// As much of an audit entry as tells what was taken away; also of one that was exported.
#[derive(Clone, Debug, Deserialize)]
pub struct Happened {
    pub id: String,
    pub at: Timestamp,
    pub action: String,
    pub target: Target,
    #[serde(default)]
    pub before: Value,
    #[serde(default)]
    pub after: Value,
}

/// Something that was taken away and is there again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Revived {
    /// When it was taken away.
    pub at: Timestamp,
    pub action: String,
    pub target: Target,
    /// What is so again, as a sentence without its end.
    pub told: String,
}

/// What takes something away, what gives it back, and what is so once the former never happened.
struct Taking {
    taken: Action,
    given: Option<Action>,
    told: &'static str,
}

const fn taking(taken: Action, given: Option<Action>, told: &'static str) -> Taking {
    Taking { taken, given, told }
}

/// `{name}` is the target's, `{role}` and `{owner}` are from the state before, `{who}` is the member or subject in it.
const TAKINGS: &[Taking] = &[
    taking(Action::AccountDeleted, None, "{name} has an account again"),
    taking(
        Action::AccountSuspended,
        Some(Action::AccountSuspensionLifted),
        "{name} is no longer suspended",
    ),
    taking(Action::EmailChanged, None, "{name} signs in with the address of before"),
    taking(
        Action::GroupDeleted,
        None,
        "the group {name} is there again, with everybody in it",
    ),
    taking(
        Action::GroupMemberRemoved,
        Some(Action::GroupMemberAdded),
        "{who} is in {name} again",
    ),
    taking(Action::GroupRoleChanged, None, "{name} gives the role {role} again"),
    taking(
        Action::IdentityUnlinked,
        Some(Action::IdentityLinked),
        "{name} can sign in by the disconnected account again",
    ),
    taking(
        Action::InvitationRevoked,
        None,
        "the invitation of {name} is open again; its links are not good",
    ),
    taking(
        Action::MemberDisabled,
        Some(Action::MemberEnabled),
        "{name} is active again",
    ),
    taking(Action::MemberLeft, None, "{name} is a member again"),
    taking(Action::MemberRemoved, None, "{name} is a member again"),
    taking(Action::MemberRoleChanged, None, "{name} has the role {role} again"),
    taking(Action::MfaReset, None, "{name} has the second factors of before"),
    taking(
        Action::OrganizationDeleted,
        Some(Action::OrganizationRestored),
        "the organization {name} is there again",
    ),
    taking(
        Action::OrganizationDisabled,
        Some(Action::OrganizationEnabled),
        "the organization {name} is open again",
    ),
    taking(
        Action::OwnershipGivenUp,
        Some(Action::OwnershipGranted),
        "{name} is an Owner again",
    ),
    taking(Action::PasskeyRemoved, None, "{name} has the removed passkey again"),
    taking(Action::PasswordChanged, None, "{name} has the password of before"),
    taking(Action::PasswordReset, None, "{name} has the password of before"),
    taking(Action::PoliciesChanged, None, "{name} has the policies of before"),
    taking(
        Action::ProjectAccessRevoked,
        Some(Action::ProjectAccessGranted),
        "{who} has the role {role} on {name} again",
    ),
    taking(Action::ProjectDeleted, None, "the project {name} is there again"),
    taking(Action::ProjectOwnerChanged, None, "{name} belongs to {owner} again"),
    taking(Action::RoleDeleted, None, "the role {name} is there again"),
    taking(Action::RoleEdited, None, "the role {name} gives what it gave before"),
    taking(
        Action::ServiceAccountDeactivated,
        Some(Action::ServiceAccountReactivated),
        "{name} is active again",
    ),
    taking(
        Action::ServiceAccountDeleted,
        None,
        "the service account {name} is there again, with its tokens",
    ),
    taking(
        Action::SignupDomainRemoved,
        Some(Action::SignupDomainAdded),
        "people of {name} may sign up again",
    ),
    taking(
        Action::SingleSignOnChanged,
        None,
        "{name} believes the identity provider of before",
    ),
    taking(
        Action::SingleSignOnRemoved,
        None,
        "{name} believes its identity provider again",
    ),
    taking(
        Action::SuperuserRevoked,
        Some(Action::SuperuserGranted),
        "{name} is a superuser again",
    ),
    taking(Action::TokenRevoked, None, "the token {name} is good again"),
    taking(
        Action::TokenRotated,
        None,
        "the earlier token {name} is good again, the later one is not",
    ),
    taking(
        Action::TotpRemoved,
        Some(Action::TotpEnrolled),
        "{name} has the authenticator app of before",
    ),
];

/// Of what happened after the state that was restored, the earliest first: what is alive again by name.
pub fn revived(happened: &[Happened]) -> Vec<Revived> {
    let mut courses: BTreeMap<(usize, String, String), Vec<&Happened>> = BTreeMap::new();
    for entry in happened {
        let concerns = TAKINGS.iter().position(|taking| taking.concerns(&entry.action));
        if let Some(place) = concerns {
            let key = (place, entry.target.id.clone(), entry.who("id").to_owned());
            courses.entry(key).or_default().push(entry);
        }
    }
    let mut revived: Vec<Revived> = courses
        .into_iter()
        .filter_map(|((place, ..), course)| TAKINGS.get(place)?.revives(&course))
        .collect();
    revived.sort_by(|one, other| one.at.cmp(&other.at).then_with(|| one.told.cmp(&other.told)));
    revived
}

impl Taking {
    fn concerns(&self, action: &str) -> bool {
        self.taken.name() == action || self.given.is_some_and(|given| given.name() == action)
    }

    /// It was there when the state was kept if it was first taken away, and is missing now if that also came last.
    fn revives(&self, course: &[&Happened]) -> Option<Revived> {
        let (first, last) = (course.first()?, course.last()?);
        let is_taken = |entry: &Happened| entry.action == self.taken.name();
        if !is_taken(first) || !is_taken(last) {
            return None;
        }
        let of_before = |field: &str| first.before.get(field).and_then(Value::as_str).unwrap_or("of before");
        let told = self
            .told
            .replace("{role}", of_before("role"))
            .replace("{owner}", of_before("owner"))
            .replace("{who}", first.who("name"))
            .replace("{name}", &last.target.name);
        Some(Revived {
            at: last.at,
            action: last.action.clone(),
            target: last.target.clone(),
            told,
        })
    }
}

impl Happened {
    /// Of the member or subject that it is about besides its target.
    fn who(&self, field: &str) -> &str {
        let states = [&self.before, &self.after];
        let named = states
            .iter()
            .find_map(|state| state.get("member").or_else(|| state.get("subject")));
        named
            .and_then(|named| named.get(field))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn happened(second: i64, action: Action, name: &str, before: Value) -> Happened {
        Happened {
            id: format!("evt_{second}"),
            at: Timestamp::from_micros(second),
            action: action.name().to_owned(),
            target: Target::new("member", name, name),
            before,
            after: Value::Null,
        }
    }

    fn told(happened: &[Happened]) -> Vec<String> {
        revived(happened).into_iter().map(|revived| revived.told).collect()
    }

    #[test]
    fn whoever_was_disabled_since_is_active_again() {
        let course = [happened(1, Action::MemberDisabled, "Ada", Value::Null)];
        assert_eq!(told(&course), ["Ada is active again"]);
    }

    #[test]
    fn whoever_was_enabled_again_meanwhile_is_not_named() {
        let course = [
            happened(1, Action::MemberDisabled, "Ada", Value::Null),
            happened(2, Action::MemberEnabled, "Ada", Value::Null),
        ];
        assert_eq!(told(&course), Vec::<String>::new());
    }

    #[test]
    fn whoever_was_disabled_before_the_backup_already_stays_so() {
        let course = [
            happened(1, Action::MemberEnabled, "Ada", Value::Null),
            happened(2, Action::MemberDisabled, "Ada", Value::Null),
        ];
        assert_eq!(told(&course), Vec::<String>::new());
    }

    #[test]
    fn two_people_who_left_one_group_are_two_lines_and_the_role_is_the_one_of_the_backup() {
        let member = |name: &str| json!({"member": {"type": "member", "id": name, "name": name}});
        let course = [
            happened(1, Action::GroupMemberRemoved, "Crew", member("Ada")),
            happened(2, Action::GroupMemberRemoved, "Crew", member("Bo")),
            happened(3, Action::MemberRoleChanged, "Cy", json!({"role": "admin"})),
            happened(4, Action::MemberRoleChanged, "Cy", json!({"role": "member"})),
            happened(5, Action::GroupCreated, "Late", Value::Null),
        ];
        assert_eq!(
            told(&course),
            [
                "Ada is in Crew again",
                "Bo is in Crew again",
                "Cy has the role admin again"
            ]
        );
    }
}
