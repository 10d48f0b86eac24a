//! What an organization may decide for itself where products disagree: how long an invitation lasts, who may invite,
//! which roles are offered, how many members fit. A preset sets the first values; a change names only what it changes.

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};

use crate::Timestamp;
use crate::security::{SecurityChange, SecurityPolicy};

/// The policies in force. A missing lifetime or limit means that there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policies {
    /// Days until an invitation expires; `None`: it never does.
    #[serde(default)]
    pub invitation_lifetime_days: Option<u32>,
    /// Whether the Member role may invite besides whoever holds the permission.
    #[serde(default)]
    pub members_may_invite: bool,
    /// Slugs of the roles offered when inviting; `None`: every role that shows, but Owner.
    #[serde(default)]
    pub offered_roles: Option<Vec<String>>,
    /// How many members fit; `None`: any number. Only a superuser changes it.
    #[serde(default)]
    pub member_limit: Option<u32>,
    /// Whether people of the listed domains may sign up by themselves.
    #[serde(default)]
    pub self_sign_up: bool,
    #[serde(default)]
    pub invited_shown_in: InvitedShownIn,
    /// Whether people may be invited to sign in with their password of the system, where the instance can ask for it.
    #[serde(default)]
    pub pam: bool,
    /// Days that entries of the audit log are kept; `None`: for ever.
    #[serde(default)]
    pub audit_retention_days: Option<u32>,
    /// How people have to sign in before they come in.
    #[serde(default)]
    pub security: SecurityPolicy,
}

/// Where the people page shows those who are invited and have not come yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitedShownIn {
    /// Among the members, with a status of their own.
    #[default]
    People,
    /// In a card of their own below the members.
    Card,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            invitation_lifetime_days: Some(7),
            members_may_invite: false,
            offered_roles: None,
            member_limit: None,
            self_sign_up: false,
            invited_shown_in: InvitedShownIn::People,
            pam: false,
            audit_retention_days: None,
            security: SecurityPolicy::default(),
        }
    }
}

impl Policies {
    /// Ten years: longer than any invitation is meant to wait, short enough that its end is a date people can read.
    pub const LONGEST_INVITATION_DAYS: u32 = 3_650;

    /// A hundred years: whoever wants more says for ever.
    pub const LONGEST_RETENTION_DAYS: u32 = 36_500;

    /// Whether a role may be offered when inviting. Ownership never is, whatever the policy says.
    pub fn offers(&self, role: &str) -> bool {
        role != "owner"
            && self
                .offered_roles
                .as_ref()
                .is_none_or(|offered| offered.iter().any(|slug| slug == role))
    }

    /// What is wrong, as field and problem; reads as "`field` `problem`".
    pub fn problems(&self) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        let mut report = |field: &str, problem: String| problems.push((field.to_owned(), problem));

        if self
            .invitation_lifetime_days
            .is_some_and(|days| !(1..=Self::LONGEST_INVITATION_DAYS).contains(&days))
        {
            let longest = Self::LONGEST_INVITATION_DAYS;
            report(
                "invitation_lifetime_days",
                format!("must be 1 to {longest} days, or null for invitations that never expire"),
            );
        }
        if let Some(problem) = retention_problem(self.audit_retention_days) {
            report("audit_retention_days", problem);
        }
        if self.member_limit == Some(0) {
            report("member_limit", "must be at least 1, or null for no limit".to_owned());
        }
        if let Some(problem) = self.offered_roles.as_deref().and_then(offered_roles_problem) {
            report("offered_roles", problem);
        }
        for (field, problem) in self.security.problems() {
            report(&format!("security/{field}"), problem);
        }
        problems
    }
}

/// What is wrong with a number of days that entries of a log are kept.
pub fn retention_problem(days: Option<u32>) -> Option<String> {
    let longest = Policies::LONGEST_RETENTION_DAYS;
    days.is_some_and(|days| !(1..=longest).contains(&days))
        .then(|| format!("must be 1 to {longest} days, or null to keep entries for ever"))
}

fn offered_roles_problem(roles: &[String]) -> Option<String> {
    if roles.is_empty() {
        return Some("must name at least one role, or be null for every role but Owner".to_owned());
    }
    if roles.iter().any(|slug| slug == "owner") {
        return Some("must not hold owner: ownership is granted by an Owner, never offered".to_owned());
    }
    let is_slug = |slug: &str| {
        (1..=63).contains(&slug.len())
            && slug
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if roles.iter().any(|slug| !is_slug(slug)) {
        return Some("must hold role slugs such as member".to_owned());
    }
    let repeated = |(at, slug): (usize, &String)| roles.iter().take(at).any(|earlier| earlier == slug);
    roles
        .iter()
        .enumerate()
        .any(repeated)
        .then(|| "must not name a role twice".to_owned())
}

/// A change of some policies. An absent field leaves its policy as it is; `null` clears one that may be cleared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyChange {
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub invitation_lifetime_days: Option<Option<u32>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub members_may_invite: Option<bool>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub offered_roles: Option<Option<Vec<String>>>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub member_limit: Option<Option<u32>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub self_sign_up: Option<bool>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub invited_shown_in: Option<InvitedShownIn>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub pam: Option<bool>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub audit_retention_days: Option<Option<u32>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub security: Option<SecurityChange>,
}

impl PolicyChange {
    /// The policies after the change, made now, or every field that cannot be so.
    pub fn apply(self, policies: &Policies, now: Timestamp) -> Result<Policies, Vec<(String, String)>> {
        let before = policies.clone();
        let after = Policies {
            invitation_lifetime_days: self.invitation_lifetime_days.unwrap_or(before.invitation_lifetime_days),
            members_may_invite: self.members_may_invite.unwrap_or(before.members_may_invite),
            offered_roles: self.offered_roles.unwrap_or(before.offered_roles),
            member_limit: self.member_limit.unwrap_or(before.member_limit),
            self_sign_up: self.self_sign_up.unwrap_or(before.self_sign_up),
            invited_shown_in: self.invited_shown_in.unwrap_or(before.invited_shown_in),
            pam: self.pam.unwrap_or(before.pam),
            audit_retention_days: self.audit_retention_days.unwrap_or(before.audit_retention_days),
            security: match self.security {
                Some(change) => change.apply(&before.security, now),
                None => before.security,
            },
        };
        let problems = after.problems();
        if problems.is_empty() { Ok(after) } else { Err(problems) }
    }

    /// Whether it names the member limit, which is a superuser's to change, even to what it already is.
    pub fn touches_member_limit(&self) -> bool {
        self.member_limit.is_some()
    }

    /// Whether it names nothing but how people sign in, which has a permission of its own.
    pub fn is_of_security_alone(&self) -> bool {
        let rest = Self {
            security: None,
            ..self.clone()
        };
        self.security.is_some() && rest == Self::default()
    }

    /// Whether it names nothing but how long the audit log is kept, which has a permission of its own.
    pub fn is_of_audit_alone(&self) -> bool {
        let rest = Self {
            audit_retention_days: None,
            ..self.clone()
        };
        self.audit_retention_days.is_some() && rest == Self::default()
    }
}

/// Only called for a field that is there, so `null` becomes `Some(None)` and an absent field stays `None`.
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// The same of what cannot be cleared: `null` is refused.
pub fn given<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let value = Option::<T>::deserialize(deserializer)?;
    value
        .map(Some)
        .ok_or_else(|| D::Error::invalid_type(Unexpected::Unit, &"a value"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(0);

    fn change(json: &str) -> PolicyChange {
        serde_json::from_str(json).unwrap()
    }

    fn refused(json: &str) -> Vec<String> {
        let problems = change(json).apply(&Policies::default(), NOW).unwrap_err();
        problems.into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn an_empty_change_leaves_everything_as_it_is() {
        assert_eq!(change("{}").apply(&Policies::default(), NOW), Ok(Policies::default()));
    }

    #[test]
    fn null_clears_and_absent_leaves() {
        let limited = Policies {
            member_limit: Some(10),
            offered_roles: Some(vec!["member".to_owned()]),
            ..Policies::default()
        };
        let after = change(r#"{"invitation_lifetime_days": null, "offered_roles": null}"#)
            .apply(&limited, NOW)
            .unwrap();
        assert_eq!(
            after,
            Policies {
                invitation_lifetime_days: None,
                member_limit: Some(10),
                ..Policies::default()
            }
        );
    }

    #[test]
    fn a_change_names_only_what_it_changes() {
        let after = change(r#"{"members_may_invite": true, "invited_shown_in": "card"}"#)
            .apply(&Policies::default(), NOW)
            .unwrap();
        let expected = Policies {
            members_may_invite: true,
            invited_shown_in: InvitedShownIn::Card,
            ..Policies::default()
        };
        assert_eq!(after, expected);
    }

    #[test]
    fn an_unknown_policy_is_refused() {
        assert!(serde_json::from_str::<PolicyChange>(r#"{"member_limits": 3}"#).is_err());
        assert!(serde_json::from_str::<Policies>(r#"{"member_limits": 3}"#).is_err());
    }

    #[test]
    fn values_out_of_range_are_refused_all_at_once() {
        assert_eq!(
            refused(r#"{"invitation_lifetime_days": 0, "member_limit": 0, "offered_roles": []}"#),
            ["invitation_lifetime_days", "member_limit", "offered_roles"]
        );
        assert_eq!(
            refused(r#"{"invitation_lifetime_days": 3651}"#),
            ["invitation_lifetime_days"]
        );
        for days in [1, 14, 3_650] {
            assert!(
                change(&format!(r#"{{"invitation_lifetime_days": {days}}}"#))
                    .apply(&Policies::default(), NOW)
                    .is_ok()
            );
        }
    }

    #[test]
    fn ownership_is_never_offered() {
        for roles in [
            r#"["member", "owner"]"#,
            r#"["Member"]"#,
            r#"["member", "member"]"#,
            r#"[""]"#,
        ] {
            assert_eq!(refused(&format!(r#"{{"offered_roles": {roles}}}"#)), ["offered_roles"]);
        }
        assert!(!Policies::default().offers("owner"));
        assert!(Policies::default().offers("support"));
        let narrow = Policies {
            offered_roles: Some(vec!["guest".to_owned()]),
            ..Policies::default()
        };
        assert!(narrow.offers("guest") && !narrow.offers("member"));
    }

    #[test]
    fn naming_the_member_limit_is_seen_even_when_it_clears_it() {
        assert!(change(r#"{"member_limit": null}"#).touches_member_limit());
        assert!(change(r#"{"member_limit": 10}"#).touches_member_limit());
        assert!(!change(r#"{"self_sign_up": true}"#).touches_member_limit());
    }

    #[test]
    fn a_change_survives_being_sent() {
        let sent = change(r#"{"member_limit": null, "self_sign_up": true}"#);
        assert_eq!(
            serde_json::to_string(&sent).unwrap(),
            r#"{"member_limit":null,"self_sign_up":true}"#
        );
    }

    #[test]
    fn how_long_the_log_is_kept_is_changed_by_itself_or_with_the_rest() {
        assert!(change(r#"{"audit_retention_days": null}"#).is_of_audit_alone());
        assert!(!change(r#"{"audit_retention_days": 30, "pam": true}"#).is_of_audit_alone());
        for days in [0, 36_501] {
            let wrong = format!(r#"{{"audit_retention_days": {days}}}"#);
            assert_eq!(refused(&wrong), ["audit_retention_days"]);
        }
    }

    #[test]
    fn how_people_sign_in_is_changed_by_itself_or_with_the_rest() {
        assert!(change(r#"{"security": {"mfa_required": true}}"#).is_of_security_alone());
        assert!(!change(r#"{"security": {}, "self_sign_up": true}"#).is_of_security_alone());
        assert!(!change("{}").is_of_security_alone());
        assert_eq!(
            refused(r#"{"security": {"password_length": 3}}"#),
            ["security/password_length"]
        );
    }
}
