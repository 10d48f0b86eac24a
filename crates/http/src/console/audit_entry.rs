//! An entry of the audit log in words: who did what to whom, and what differs.

use domain::Timestamp;
use domain::audit::Entry;
use serde_json::Value;

use crate::page::audit::{Change, Row};
use crate::page::part::Time;

/// "member.role_changed" as "Member: role changed".
pub fn named(action: &str) -> String {
    let (noun, verb) = action.split_once('.').unwrap_or((action, ""));
    let noun = spoken(noun);
    let mut letters = noun.chars();
    let noun: String = letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default();
    format!("{noun}: {}", spoken(verb))
}

/// A machine's name as people say it: "audit_log" as "audit log", "mfa" as "MFA".
fn spoken(name: &str) -> String {
    let words = name.split(['_', '.']).map(|word| match word {
        "api" | "csv" | "id" | "mfa" | "pam" | "saml" | "smtp" | "sso" | "tls" | "url" => word.to_uppercase(),
        "totp" => "authenticator app".to_owned(),
        "email" => "e-mail".to_owned(),
        word => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// `home` is where the organization's pages begin; the instance's log has none. `log` is where the log itself stands.
pub fn row(home: Option<&str>, log: &str, time: impl Fn(Timestamp) -> Time, entry: &Entry) -> Row {
    let erased = |name: &str| {
        if name.is_empty() && entry.salting.erased().next().is_some() {
            ERASED.to_owned()
        } else {
            name.to_owned()
        }
    };
    let only = |field: &str, id: &str| match id {
        "" => String::new(),
        id => super::part::href(log, &[(field, id)]),
    };
    let gone = [
        "member.removed",
        "member.left",
        "member.consent_declined",
        "account.deleted",
    ]
    .contains(&entry.action.as_str());
    Row {
        id: entry.id.to_string(),
        at: time(entry.at),
        actor: if entry.actor.kind == service::audit::SUPERUSER {
            format!("{} (superuser)", erased(&entry.actor.name))
        } else {
            erased(&entry.actor.name)
        },
        actor_href: only("actor", &entry.actor.id),
        about_href: only("target", &entry.target.id),
        sentence: sentence(&entry.action, &entry.target.kind),
        action: entry.action.clone(),
        target: match entry.target.kind.as_str() {
            "instance" => "this server".to_owned(),
            _ => erased(&entry.target.name),
        },
        target_href: match (home, entry.target.kind.as_str()) {
            (Some(home), "member") if !gone => format!("{home}/people/{}", entry.target.id),
            (Some(home), "project") if entry.action != "project.deleted" => {
                format!("{home}/projects/{}", entry.target.id)
            }
            (Some(home), "invitation") => format!("{home}/invitations?status=all"),
            _ => String::new(),
        },
        number: entry.number.to_string(),
        hash: entry.hash.to_string(),
        medium: medium(&entry.medium).to_owned(),
        address: entry.address.clone(),
        request_id: entry.request_id.clone(),
        changes: changes(&entry.before, &entry.after),
        undo_href: match home {
            Some(_) if service::undo::is_reversible(entry) => format!("{log}/{}/undo", entry.id),
            _ => String::new(),
        },
        undone: false,
        erased: entry.salting.erased().map(spoken).collect::<Vec<_>>().join(", "),
    }
}

/// Stands for the name of somebody whose account was deleted.
const ERASED: &str = "(erased)";

pub fn medium(name: &str) -> &str {
    match name {
        "web" => "Web",
        "api" => "API",
        "cli" => "CLI",
        "system" => "System",
        other => other,
    }
}

/// What stands between who did it and to whom.
fn sentence(action: &str, target: &str) -> String {
    let text = match action {
        "account.created" => "made the account of",
        "account.deleted" => "deleted the account of",
        "account.edited" => "edited the profile of",
        "account.signed_up" => "signed up, and made the account of",
        "account.suspended" => "suspended",
        "account.suspension_lifted" => "lifted the suspension of",
        "address.looked_up" => "looked up the address",
        "audit_log.forwarding_changed" => "changed where the audit log is forwarded to for",
        "audit_log.forwarding_stopped" => "stopped forwarding the audit log of",
        "audit_log.pruned" => "removed old entries from the audit log of",
        "catalogue.registered" => "declared the permissions of",
        "email.change_dropped" => "took back a new address of",
        "email.changed" => "changed the e-mail address of",
        "group.created" => "made the group",
        "group.deleted" => "deleted the group",
        "group.edited" => "edited the group",
        "group.member_added" => "put somebody into the group",
        "group.member_removed" => "took somebody out of the group",
        "group.role_changed" => "changed the role of the group",
        "identity.linked" => "connected an account elsewhere to",
        "identity.unlinked" => "disconnected an account elsewhere from",
        "instance.restored" => "restored from a backup",
        "instance.set_up" => "set up",
        "invitation.accepted" => "accepted the invitation of",
        "invitation.resent" => "sent a new invitation to",
        "invitation.revoked" => "revoked the invitation of",
        "invitation.sent" => "invited",
        "listener.confirmed" => "confirmed new listeners of",
        "listener.reverted" => "went back to the listeners before, for nobody confirmed the new ones, on",
        "listener.tried" => "began to try new listeners of",
        "key.rotated" => "replaced the key of sealed secrets of",
        "smtp.changed" => "changed the mail server of",
        "smtp.tested" => "sent a test mail from",
        "tls.changed" => "changed the certificate of",
        "tls.removed" => "removed the certificate of",
        "member.consent_declined" => "declined to join as",
        "member.consented" => "agreed to join as",
        "member.created" => "added",
        "member.disabled" => "disabled the access of",
        "member.edited" => "edited the profile of",
        "member.enabled" => "enabled the access of",
        "member.left" => "left as",
        "member.provisioned" => "came in by single sign-on as",
        "member.removed" => "removed",
        "member.role_changed" => "changed the role of",
        "mfa.reset" => "reset the second factors of",
        "organization.created" => "opened",
        "organization.deleted" => "deleted",
        "organization.disabled" => "disabled",
        "organization.edited" => "edited",
        "organization.enabled" => "enabled",
        "organization.exported" => "exported",
        "organization.imported" => "imported a file into",
        "organization.purged" => "cleared away",
        "organization.restored" => "restored",
        "ownership.given_up" => "gave up ownership as",
        "ownership.granted" => "granted ownership to",
        "passkey.added" => "added a passkey for",
        "passkey.removed" => "removed a passkey of",
        "password.changed" => "changed the password of",
        "password.reset" => "reset the password of",
        "password.reset_mailed" => "had a link to a new password mailed to",
        "policies.changed" => "changed the policies of",
        "project.access_granted" => "gave somebody access to",
        "project.repository_asked" => "had the host asked who works on the repository of",
        "project.repository_told" => "was told by the host who works on the repository of",
        "project.access_revoked" => "took somebody's access away from",
        "project.created" => "created the project",
        "project.deleted" => "deleted the project",
        "project.edited" => "edited the project",
        "project.owner_changed" => "changed the owner of",
        "recovery_code.renewed" => "renewed the recovery codes of",
        "role.created" => "made the role",
        "role.deleted" => "deleted the role",
        "role.edited" => "changed the role",
        "service_account.created" => "made the service account",
        "service_account.deactivated" => "deactivated the service account",
        "service_account.deleted" => "deleted the service account",
        "service_account.edited" => "edited the service account",
        "service_account.reactivated" => "reactivated the service account",
        "session.ended" => "ended sessions of",
        "signup_domain.added" => "let people sign up from",
        "signup_domain.edited" => "changed what people become who sign up from",
        "signup_domain.proved" => "proved the organization's claim on",
        "signup_domain.removed" => "lets nobody sign up any more from",
        "single_sign_on.changed" => "changed single sign-on of",
        "single_sign_on.linked" => "tied to single sign-on the account of",
        "single_sign_on.removed" => "removed single sign-on of",
        "superuser.entered" => "looked into",
        "superuser.granted" => "made a superuser of",
        "superuser.revoked" => "took superuser away from",
        "token.created" => "made the token",
        "token.owner_changed" => "changed the owner of",
        "token.revoked" => "revoked the token",
        // That of a service account is known by the account.
        "token.rotated" if target == "token" => "replaced the token",
        "token.rotated" => "replaced a token of",
        "totp.enrolled" => "set up an authenticator app for",
        "totp.removed" => "removed the authenticator app of",
        other => return named(other).to_lowercase(),
    };
    text.to_owned()
}

/// The fields that differ, in the order of their names.
fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let empty = serde_json::Map::new();
    let (before, after) = (
        before.as_object().unwrap_or(&empty),
        after.as_object().unwrap_or(&empty),
    );
    let fields: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    fields
        .into_iter()
        .filter(|field| before.get(*field) != after.get(*field))
        .map(|field| Change {
            field: spoken(field),
            before: text(before.get(field)),
            after: text(after.get(field)),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(true)) => "yes".to_owned(),
        Some(Value::Bool(false)) => "no".to_owned(),
        Some(Value::Array(items)) => items.iter().map(|item| text(Some(item))).collect::<Vec<_>>().join(", "),
        Some(Value::Object(fields)) => {
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            fields
                .map(|(name, value)| format!("{}: {}", spoken(name), text(Some(value))))
                .collect::<Vec<_>>()
                .join(", ")
        }
        Some(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::audit::Action;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_told_in_words() {
        let before = json!({ "role": "member", "name": "Ada", "offered_roles": null, "self_sign_up": false });
        let after =
            json!({ "role": "admin", "name": "Ada", "offered_roles": ["member", "guest"], "self_sign_up": true });
        let told: Vec<_> = changes(&before, &after)
            .into_iter()
            .map(|change| (change.field, change.before, change.after))
            .collect();
        let expected = [
            ("offered roles", "", "member, guest"),
            ("role", "member", "admin"),
            ("self sign up", "no", "yes"),
        ];
        assert_eq!(
            told,
            expected.map(|(field, before, after)| (field.to_owned(), before.to_owned(), after.to_owned()))
        );
        assert!(changes(&Value::Null, &Value::Null).is_empty());
    }

    #[test]
    fn actions_are_named_as_people_say_them() {
        for (action, told) in [
            ("audit_log.pruned", "Audit log: pruned"),
            ("mfa.reset", "MFA: reset"),
            ("totp.enrolled", "Authenticator app: enrolled"),
            ("email.change_dropped", "E-mail: change dropped"),
            ("service_account.created", "Service account: created"),
        ] {
            assert_eq!(named(action), told);
        }
        assert_eq!(sentence("token.rotated", "token"), "replaced the token");
        assert_eq!(sentence("token.rotated", "service_account"), "replaced a token of");
    }

    #[test]
    fn every_action_has_a_sentence_of_its_own() {
        for action in Action::ALL {
            assert_ne!(
                sentence(action.name(), ""),
                named(action.name()).to_lowercase(),
                "{}",
                action.name()
            );
        }
    }
}
