//! What a change would do, told before it is made.

use std::collections::BTreeMap;

use serde::Serialize;

/// How many effects of one kind are told by name; all are counted.
pub const NAMED: usize = 50;

macro_rules! kinds {
    ($($variant:ident = $name:literal,)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($variant,)+ }

        impl Kind {
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

kinds! {
    PermissionGained = "permission_gained",
    PermissionLost = "permission_lost",
    SessionEnded = "session_ended",
    TokenEnded = "token_ended",
    Seat = "seat",
    InvitationSent = "invitation_sent",
    InvitationEnded = "invitation_ended",
    AccountCreated = "account_created",
    AccountDeleted = "account_deleted",
    MemberAdded = "member_added",
    MemberRemoved = "member_removed",
    LockedOut = "locked_out",
    MustEnrol = "must_enrol",
    EnrolmentDue = "enrolment_due",
    OwnershipTransferred = "ownership_transferred",
    Created = "created",
    Changed = "changed",
    Deleted = "deleted",
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subject {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub id: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    pub kind: Kind,
    pub subject: Subject,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Effect {
    pub fn new(kind: Kind, subject: Subject) -> Self {
        Self {
            kind,
            subject,
            permission: None,
            resource: None,
            detail: None,
        }
    }

    #[must_use]
    pub fn permission(mut self, name: &str) -> Self {
        self.permission = Some(name.to_owned());
        self
    }

    #[must_use]
    pub fn resource(mut self, name: &str) -> Self {
        self.resource = Some(name.to_owned());
        self
    }

    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = Some(text.into());
        self
    }
}

/// The effects of one change: at most [`NAMED`] of a kind by name, all of them counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Preview {
    pub effects: Vec<Effect>,
    pub counts: BTreeMap<&'static str, u64>,
}

impl Preview {
    pub fn add(&mut self, effect: Effect) {
        let count = self.counts.entry(effect.kind.name()).or_default();
        *count += 1;
        if *count <= NAMED as u64 {
            self.effects.push(effect);
        }
    }

    /// So many of a kind that are told apart by [`Self::name`], if at all.
    pub fn count(&mut self, kind: Kind, number: u64) {
        if number > 0 {
            *self.counts.entry(kind.name()).or_default() += number;
        }
    }

    /// Names one that is counted already. Returns whether there was room for it.
    pub fn name(&mut self, effect: Effect) -> bool {
        let named = self.effects.iter().filter(|known| known.kind == effect.kind).count();
        let room = named < NAMED;
        if room {
            self.effects.push(effect);
        }
        room
    }

    pub fn merge(&mut self, other: Self) {
        for effect in other.effects {
            let named = self.effects.iter().filter(|known| known.kind == effect.kind).count();
            if named < NAMED {
                self.effects.push(effect);
            }
        }
        for (kind, count) in other.counts {
            *self.counts.entry(kind).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_of_a_kind_are_named_and_all_are_counted() {
        let subject = Subject {
            kind: "member",
            id: "mem_1".into(),
            name: "Ada".into(),
        };
        let mut preview = Preview::default();
        for _ in 0..60 {
            preview.add(Effect::new(Kind::Seat, subject.clone()));
        }
        let mut twice = preview.clone();
        twice.merge(preview);
        assert_eq!((twice.effects.len(), twice.counts["seat"]), (50, 120));
    }
}
