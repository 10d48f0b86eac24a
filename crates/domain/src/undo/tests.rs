//! Entries as they are kept, and what takes each back.

use serde_json::json;

use super::*;
use crate::Timestamp;
use crate::id::{Id, MemberId};
use crate::policy::PolicyChange;

fn somebody() -> MemberId {
    MemberId::new(Timestamp::from_micros(1), [1; 10])
}

fn entry(action: &str, before: Value, after: Value) -> Recorded {
    Recorded {
        id: EventId::new(Timestamp::from_micros(1), [2; 10]),
        action: action.to_owned(),
        target: Target::new("member", somebody(), "Ada"),
        before,
        after,
        undone_by: None,
    }
}

#[test]
fn a_role_goes_back_to_what_it_was_with_its_end() {
    let changed = entry(
        "member.role_changed",
        json!({"role": "guest", "role_until": "2027-01-01T00:00:00Z", "name": "Ada"}),
        json!({"role": "admin", "role_until": null, "name": "Ada"}),
    );
    let until = "2027-01-01T00:00:00Z".parse().ok();
    let (member, role) = (somebody(), "guest".to_owned());
    assert_eq!(changed.opposite(), Ok(Opposite::ChangeRole { member, role, until }));
}

#[test]
fn only_what_was_edited_is_edited_back() {
    let edited = entry(
        "member.edited",
        json!({"name": "Ada", "email": "a@example.com", "phone": null}),
        json!({"name": "Ada B", "email": "a@example.com", "phone": "+49 30 1"}),
    );
    let fields = MemberFields {
        name: Some("Ada".to_owned()),
        email: None,
        phone: Some(None),
    };
    assert_eq!(
        edited.opposite(),
        Ok(Opposite::EditMember {
            member: somebody(),
            fields
        })
    );
}

#[test]
fn of_policies_only_those_that_changed_go_back() {
    let mut changed = entry(
        "policies.changed",
        json!({"members_may_invite": false, "pam": true, "security": {"mfa_required": false, "password_length": null, "mfa_required_since": null}}),
        json!({"members_may_invite": true, "pam": true, "security": {"mfa_required": true, "password_length": null, "mfa_required_since": "2026-01-01T00:00:00Z"}}),
    );
    changed.target = Target::new("organization", "org_1", "Acme");
    let Ok(Opposite::ChangePolicies(change)) = changed.opposite() else {
        panic!("{:?}", changed.opposite());
    };
    let wanted: PolicyChange =
        serde_json::from_value(json!({"members_may_invite": false, "security": {"mfa_required": false}})).unwrap();
    assert_eq!(*change, wanted);
}

#[test]
fn what_was_put_in_comes_out_and_what_was_taken_out_goes_in_again() {
    let placed = json!({"member": {"type": "member", "id": "mem_1", "name": "Ada"}, "until": null, "origin": "hand"});
    let group = somebody().to_string();
    let who = "mem_1".to_owned();
    let added = entry("group.member_added", Value::Null, placed.clone());
    assert_eq!(
        added.opposite(),
        Ok(Opposite::TakeOutOfGroup {
            group: group.clone(),
            who: who.clone()
        })
    );
    let removed = entry("group.member_removed", placed, Value::Null);
    let until = None;
    assert_eq!(removed.opposite(), Ok(Opposite::PutIntoGroup { group, who, until }));
}

#[test]
fn what_is_not_kept_cannot_come_back_and_says_what_to_do() {
    for action in [
        "member.removed",
        "group.deleted",
        "password.reset",
        "invitation.sent",
        "invitation.revoked",
        "ownership.granted",
        "token.revoked",
        "session.ended",
        "member.created",
        "project.created",
        "signup_domain.proved",
        "something.new",
    ] {
        let refused = entry(action, json!({"name": "x"}), json!({"name": "y"})).opposite();
        assert!(refused.is_err_and(|why| why.0.ends_with('.')), "{action}");
    }
    let nothing = entry(
        "member.disabled",
        json!({"status": "disabled"}),
        json!({"status": "disabled"}),
    );
    assert!(nothing.opposite().is_err());
}

#[test]
fn what_moved_on_since_is_named_and_what_it_did_not_touch_may_differ() {
    let changed = entry(
        "member.role_changed",
        json!({"role": "guest", "name": "Ada"}),
        json!({"role": "admin", "name": "Ada", "undoes": "evt_1"}),
    );
    assert_eq!(
        changed.moved_on(&json!({"role": "admin", "name": "Ada B"})),
        Vec::<String>::new()
    );
    assert_eq!(
        changed.moved_on(&json!({"role": "member", "name": "Ada"})),
        ["role was admin then and is member now"]
    );
    assert_eq!(changed.moved_on(&Value::Null), ["it is no longer there"]);
}

#[test]
fn somebody_who_was_renamed_is_still_the_same() {
    let placed = |name: &str| json!({"member": {"type": "member", "id": "mem_1", "name": name}, "until": null});
    let added = entry("group.member_added", Value::Null, placed("Ada"));
    assert_eq!(added.moved_on(&placed("Ada B")), Vec::<String>::new());
    let removed = entry("group.member_removed", placed("Ada"), Value::Null);
    assert_eq!(removed.moved_on(&Value::Null), Vec::<String>::new());
    assert_eq!(removed.moved_on(&placed("Ada")), ["it is there again"]);
    let taken_back = entry("group.member_removed", placed("Ada"), json!({"undoes": "evt_1"}));
    assert_eq!(taken_back.moved_on(&Value::Null), Vec::<String>::new());
}
