//! The audit log as a page: who did what to whom, with what it was before.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use domain::audit::{Action, Entry};
use domain::id::EventId;
use domain::permission::AuditLogView;
use serde::Deserialize;
use serde_json::Value;
use service::audit::Filter;

use crate::App;
use crate::console::inside::{Inside, enter};
use crate::console::part::{self, filled};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::audit::{Change, List, Row};
use crate::page::form::Choice;
use crate::page::part::Pager;
use crate::page::shell::Section;

const PAGE: usize = 50;

pub fn router() -> Router<App> {
    Router::new().route("/o/{organization}/audit", get(list))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    query: String,
    action: String,
    cursor: String,
}

async fn list(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    let (seen, inside) = enter::<AuditLogView>(&app, &request, &slug, Section::Audit, shown).await?;
    let after: Option<EventId> = asked.cursor.parse().ok();
    let known = Action::ALL
        .iter()
        .map(|action| action.name())
        .find(|name| *name == asked.action);
    let filter = Filter {
        query: filled(&asked.query),
        action: known.map(str::to_owned),
        older_than: after,
        ..Filter::default()
    };
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let mut entries = service::audit::list(seen, &filter, limit).await?;
    let more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let href = |cursor: &str| {
        let pairs = [
            ("query", asked.query.as_str()),
            ("action", &asked.action),
            ("cursor", cursor),
        ];
        part::href(&format!("{}/audit", inside.base), &pairs)
    };
    let any = Choice::new("", "Any action").selected(known.is_none());
    let actions = Action::ALL
        .iter()
        .map(|action| Choice::new(action.name(), named(action.name())).selected(known == Some(action.name())));
    let page = List {
        shell: inside.shell("Audit log"),
        base: inside.base.clone(),
        actions: std::iter::once(any).chain(actions).collect(),
        filtered: filter.query.is_some() || known.is_some(),
        rows: entries.iter().map(|entry| row(&inside, entry)).collect(),
        pager: Pager {
            first: if after.is_some() { href("") } else { String::new() },
            next: entries
                .last()
                .filter(|_| more)
                .map(|last| href(&last.id.to_string()))
                .unwrap_or_default(),
        },
        query: asked.query.clone(),
    };
    Ok(view::html(&page))
}

/// "member.role_changed" as "Member: role changed".
fn named(action: &str) -> String {
    let (noun, verb) = action.split_once('.').unwrap_or((action, ""));
    let mut letters = noun.chars();
    let noun: String = letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default();
    format!("{noun}: {}", verb.replace('_', " "))
}

fn row(inside: &Inside, entry: &Entry) -> Row {
    let gone = [
        "member.removed",
        "member.left",
        "member.consent_declined",
        "account.deleted",
    ]
    .contains(&entry.action.as_str());
    Row {
        id: entry.id.to_string(),
        at: inside.time(entry.at),
        actor: if entry.actor.kind == service::audit::SUPERUSER {
            format!("{} (superuser)", entry.actor.name)
        } else {
            entry.actor.name.clone()
        },
        sentence: sentence(&entry.action),
        action: entry.action.clone(),
        target: entry.target.name.clone(),
        target_href: match entry.target.kind.as_str() {
            "member" if !gone => format!("{}/people/{}", inside.base, entry.target.id),
            "project" if entry.action != "project.deleted" => format!("{}/projects/{}", inside.base, entry.target.id),
            "invitation" => format!("{}/invitations?status=all", inside.base),
            _ => String::new(),
        },
        medium: medium(&entry.medium).to_owned(),
        address: entry.address.clone(),
        request_id: entry.request_id.clone(),
        changes: changes(&entry.before, &entry.after),
    }
}

fn medium(name: &str) -> &str {
    match name {
        "web" => "Web",
        "api" => "API",
        "cli" => "CLI",
        "system" => "System",
        other => other,
    }
}

/// What stands between who did it and to whom.
fn sentence(action: &str) -> String {
    let text = match action {
        "account.created" => "made the account of",
        "account.deleted" => "deleted the account of",
        "account.edited" => "edited the profile of",
        "account.signed_up" => "signed up, and made the account of",
        "account.suspended" => "suspended",
        "account.suspension_lifted" => "lifted the suspension of",
        "address.looked_up" => "looked up the address",
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
        "instance.set_up" => "set up",
        "invitation.accepted" => "accepted the invitation of",
        "invitation.resent" => "sent a new invitation to",
        "invitation.revoked" => "revoked the invitation of",
        "invitation.sent" => "invited",
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
        "token.created" => "made a token for",
        "token.owner_changed" => "changed the owner of",
        "token.revoked" => "revoked a token of",
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
            field: field.replace('_', " "),
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
                .map(|(name, value)| format!("{}: {}", name.replace('_', " "), text(Some(value))))
                .collect::<Vec<_>>()
                .join(", ")
        }
        Some(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn every_action_has_a_sentence_of_its_own() {
        for action in Action::ALL {
            assert_ne!(
                sentence(action.name()),
                named(action.name()).to_lowercase(),
                "{}",
                action.name()
            );
        }
    }
}
