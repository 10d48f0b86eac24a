//! A member: an account in an organization, with one direct role. The rules of who may do what to whom are here.
// tidy: long because who may do what to whom stands together, with its tests

use std::sync::Arc;

use serde::Serialize;

use crate::account::Account;
use crate::actor::Actor;
pub use crate::belonging::Belonging;
use crate::grant::{Granting, Grants};
use crate::id::MemberId;
use crate::ownership::Owned;
use crate::role::Role;
use crate::{Refusal, Timestamp};

#[derive(Clone, Debug)]
pub struct Member {
    pub id: MemberId,
    pub account: Account,
    /// Shared by those of a list who have it.
    pub role: Arc<Role>,
    pub role_until: Option<Timestamp>,
    /// Unknown for members of before it was kept.
    pub role_granted: Option<Granting>,
    pub groups: Vec<Belonging>,
    pub standing: Standing,
    pub joined_at: Option<Timestamp>,
    /// Whether the organization's admins may touch the account: it is its home, and its only membership or of a proved domain.
    pub managed: bool,
    /// Whether the account began here and belongs nowhere else: only then what ends here ends altogether.
    pub sole_home: bool,
    pub revision: i64,
}

/// The membership's own state; an account's suspension comes on top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Active,
    Disabled(Disablement),
    AwaitingConsent,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disablement {
    pub at: Timestamp,
    /// The name of whoever did it, as it was then.
    pub by: String,
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    Active,
    Disabled,
    Suspended,
    AwaitingConsent,
}

impl MemberStatus {
    pub const ALL: &[Self] = &[Self::Active, Self::Disabled, Self::Suspended, Self::AwaitingConsent];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Suspended => "suspended",
            Self::AwaitingConsent => "awaiting_consent",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.name() == text)
    }
}

/// What can be done to a member by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    ChangeRole,
    Disable,
    Enable,
    Remove,
    Edit,
    Suspend,
    LiftSuspension,
    ResetPassword,
    /// Reaches the person's mailbox alone: what comes of it is theirs.
    MailPasswordReset,
    ResetMfa,
    EndSession,
    DeleteAccount,
    /// Of a service account: everything.
    Manage,
    ChangeProjectAccess,
}

impl Act {
    /// Whether it reaches the account and not just the membership.
    const fn touches_account(self) -> bool {
        matches!(
            self,
            Self::Edit
                | Self::Suspend
                | Self::LiftSuspension
                | Self::ResetPassword
                | Self::ResetMfa
                | Self::EndSession
                | Self::DeleteAccount
        )
    }

    const fn is_for_others_only(self) -> bool {
        !matches!(self, Self::ChangeRole | Self::Edit | Self::EndSession | Self::Manage)
    }

    pub const fn phrase(self) -> &'static str {
        match self {
            Self::ChangeRole => "change the role of",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Remove => "remove",
            Self::Edit => "edit",
            Self::Suspend => "suspend",
            Self::LiftSuspension => "lift the suspension of",
            Self::ResetPassword => "reset the password of",
            Self::MailPasswordReset => "mail a link to a new password to",
            Self::ResetMfa => "reset the multi-factor authentication of",
            Self::EndSession => "end the sessions of",
            Self::DeleteAccount => "delete the account of",
            Self::Manage => "manage",
            Self::ChangeProjectAccess => "change the access of",
        }
    }
}

/// A member who owns nothing and whom the actor may remove: the store deletes nobody else.
#[derive(Debug)]
pub struct Removable(MemberId);

impl Removable {
    pub fn id(&self) -> MemberId {
        self.0
    }
}

impl Member {
    pub fn status(&self) -> MemberStatus {
        match (&self.standing, &self.account.suspended) {
            (Standing::AwaitingConsent, _) => MemberStatus::AwaitingConsent,
            (_, Some(_)) => MemberStatus::Suspended,
            (Standing::Disabled(_), None) => MemberStatus::Disabled,
            (Standing::Active, None) => MemberStatus::Active,
        }
    }

    /// Accepted and not disabled: what a member slot counts.
    pub fn takes_a_slot(&self) -> bool {
        matches!(self.standing, Standing::Active)
    }

    pub fn is_active_owner(&self) -> bool {
        self.role.is_owner() && self.status() == MemberStatus::Active
    }

    /// Whether `actor` may do `act` to this member. One rule for every way in.
    ///
    /// # Errors
    /// The member is the actor, an Owner, greater than the actor, or not the organization's to touch.
    pub fn may_be_subject_to(&self, act: Act, actor: &Actor) -> Result<(), Refusal> {
        let oneself = actor.is(self.account.id);
        if oneself && act.is_for_others_only() {
            return Err(Refusal::NotYourself { act });
        }
        if self.role.is_owner() && !actor.superuser && !(oneself && act == Act::EndSession) {
            return Err(Refusal::OwnerProtected {
                name: self.account.name.clone(),
                act,
            });
        }
        if act.touches_account() && !actor.superuser {
            if self.account.superuser && !oneself {
                return Err(Refusal::GreaterThanYou {
                    name: self.account.name.clone(),
                    act,
                });
            }
            if !self.managed {
                return Err(Refusal::NotManaged {
                    name: self.account.name.clone(),
                    act,
                });
            }
        }
        if self.is_greater_than(&actor.grants) {
            return Err(Refusal::GreaterThanYou {
                name: self.account.name.clone(),
                act,
            });
        }
        Ok(())
    }

    /// Whether the member holds what these grants do not, by their own role or a group's.
    fn is_greater_than(&self, grants: &Grants) -> bool {
        let now = grants.now();
        let groups = self.groups.iter().filter(|belonging| belonging.is_live(now));
        !grants.lacking(&self.role).is_empty()
            || groups.map(|belonging| belonging.role).any(|role| !grants.covers(role))
    }

    /// # Errors
    /// As [`Self::may_be_subject_to`], or the member still owns something, or is the last active Owner.
    pub fn removable_by(&self, actor: &Actor, owned: &[Owned], active_owners: u64) -> Result<Removable, Refusal> {
        self.may_be_subject_to(Act::Remove, actor)?;
        let still_owns = || Refusal::StillOwns {
            name: self.account.name.clone(),
            owned: owned.to_vec(),
        };
        self.removable(owned, active_owners, still_owns)
    }

    /// Leaving on one's own account.
    ///
    /// # Errors
    /// The member still owns something, or is the last active Owner.
    pub fn may_leave(&self, owned: &[Owned], active_owners: u64) -> Result<Removable, Refusal> {
        let own = || Refusal::YouStillOwn { owned: owned.to_vec() };
        self.removable(owned, active_owners, own)
    }

    fn removable(
        &self,
        owned: &[Owned],
        active_owners: u64,
        refusal: impl FnOnce() -> Refusal,
    ) -> Result<Removable, Refusal> {
        self.not_the_last_owner(active_owners)?;
        if owned.is_empty() {
            return Ok(Removable(self.id));
        }
        Err(refusal())
    }

    /// # Errors
    /// No other active Owner would be left.
    pub fn not_the_last_owner(&self, active_owners: u64) -> Result<(), Refusal> {
        if self.is_active_owner() && active_owners <= 1 {
            return Err(Refusal::LastOwner);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::AuthenticationMethod;
    use crate::actor::Identity;
    use crate::id::{AccountId, Id};
    use crate::role::tests::{grants, role};

    fn account(number: u8) -> Account {
        Account {
            id: AccountId::new(Timestamp::default(), [number; 10]),
            username: format!("person{number}"),
            name: format!("Person {number}"),
            email: None,
            email_verified: false,
            phone: None,
            superuser: false,
            suspended: None,
            home: None,
            authentication_method: AuthenticationMethod::Password,
            second_factors: Vec::new(),
            time_zone: None,
            locale: None,
            last_sign_in_at: None,
            created_at: Timestamp::default(),
            revision: 1,
        }
    }

    fn member(number: u8, slug: &str) -> Member {
        let permissions: &[&str] = match slug {
            "owner" => &["view", "manage", "own"],
            "admin" => &["view", "manage"],
            _ => &["view"],
        };
        Member {
            id: MemberId::new(Timestamp::default(), [number; 10]),
            account: account(number),
            role: Arc::new(role(slug, permissions)),
            role_until: None,
            role_granted: None,
            groups: Vec::new(),
            standing: Standing::Active,
            joined_at: None,
            managed: true,
            sole_home: true,
            revision: 1,
        }
    }

    fn actor(member: &Member) -> Actor {
        Actor {
            identity: Identity::Account(member.account.id),
            member: Some(member.id),
            name: member.account.name.clone(),
            superuser: member.account.superuser,
            owner: member.role.is_owner(),
            grants: grants(&member.role),
        }
    }

    const EVERY_ACT: &[Act] = &[
        Act::ChangeRole,
        Act::Disable,
        Act::Enable,
        Act::Remove,
        Act::Edit,
        Act::Suspend,
        Act::LiftSuspension,
        Act::ResetPassword,
        Act::EndSession,
        Act::DeleteAccount,
    ];

    #[test]
    fn an_owner_is_out_of_reach_of_everyone_in_the_organization() {
        let olivia = member(1, "owner");
        for other in [member(2, "admin"), member(3, "owner")] {
            for act in EVERY_ACT {
                let refusal = olivia.may_be_subject_to(*act, &actor(&other));
                assert!(matches!(refusal, Err(Refusal::OwnerProtected { .. })), "{act:?}");
            }
        }
    }

    #[test]
    fn nobody_disables_suspends_removes_or_deletes_themselves() {
        let adam = member(1, "admin");
        for act in [
            Act::Disable,
            Act::Suspend,
            Act::Remove,
            Act::DeleteAccount,
            Act::ResetPassword,
        ] {
            assert_eq!(
                adam.may_be_subject_to(act, &actor(&adam)),
                Err(Refusal::NotYourself { act })
            );
        }
    }

    #[test]
    fn the_lesser_never_acts_on_the_greater() {
        let adam = member(1, "admin");
        let mut mia = member(2, "member");
        assert!(matches!(
            adam.may_be_subject_to(Act::Disable, &actor(&mia)),
            Err(Refusal::GreaterThanYou { .. })
        ));
        assert_eq!(mia.may_be_subject_to(Act::Suspend, &actor(&adam)), Ok(()));
        mia.account.superuser = true;
        assert!(matches!(
            mia.may_be_subject_to(Act::ResetPassword, &actor(&adam)),
            Err(Refusal::GreaterThanYou { .. })
        ));
    }

    #[test]
    fn an_account_that_is_not_the_organizations_own_is_touched_as_a_membership_only() {
        let adam = actor(&member(1, "admin"));
        let mut mia = member(2, "member");
        (mia.managed, mia.sole_home) = (false, false);
        for act in EVERY_ACT {
            let refused = matches!(mia.may_be_subject_to(*act, &adam), Err(Refusal::NotManaged { .. }));
            assert_eq!(refused, act.touches_account(), "{act:?}");
        }
    }

    #[test]
    fn whoever_owns_something_stays_until_it_is_given_away() {
        let adam = actor(&member(1, "admin"));
        let mia = member(2, "member");
        let owned = [Owned {
            kind: "project".into(),
            id: "prj_1".into(),
            name: "Website".into(),
            organization: None,
        }];
        assert!(matches!(
            mia.removable_by(&adam, &owned, 1),
            Err(Refusal::StillOwns { .. })
        ));
        assert_eq!(
            mia.removable_by(&adam, &[], 1).map(|removable| removable.id()).unwrap(),
            mia.id
        );
    }

    #[test]
    fn the_last_active_owner_stays() {
        let olivia = member(1, "owner");
        assert_eq!(olivia.not_the_last_owner(1), Err(Refusal::LastOwner));
        assert_eq!(olivia.not_the_last_owner(2), Ok(()));
        assert!(olivia.may_leave(&[], 2).is_ok());
    }
}
