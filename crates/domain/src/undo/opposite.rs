//! The opposite of each kind of entry, read off its states before and after.

use serde_json::{Map, Value};

use super::change::{
    DomainFields, GroupFields, MemberFields, Opposite, ProjectFields, RoleFields, ServiceAccountFields,
};
use super::{Irreversible, Recorded};
use crate::Timestamp;
use crate::id::{MemberId, ServiceAccountId};
use crate::policy::PolicyChange;

type Found<T> = Result<T, Irreversible>;

const INCOMPLETE: Irreversible =
    Irreversible("The entry does not keep what was there before. Make the change you want by hand.");
const NOTHING: Irreversible = Irreversible("It changed nothing that could be changed back.");

pub(super) fn of(entry: &Recorded) -> Found<Opposite> {
    match entry.action.split_once('.').unwrap_or_default() {
        ("member", verb) => of_member(entry, verb),
        ("account", "suspended") => Ok(Opposite::LiftSuspension(turned(entry)?)),
        ("account", "suspension_lifted") => Ok(Opposite::Suspend(turned(entry)?)),
        ("group", verb) => of_group(entry, verb),
        ("role", verb) => of_role(entry, verb),
        ("project", verb) => of_project(entry, verb),
        ("policies", "changed") if entry.target.kind == "organization" => policies(entry),
        ("organization", "edited") => organization(entry),
        ("signup_domain", verb) => of_domain(entry, verb),
        ("service_account", verb) => of_service_account(entry, verb),
        ("catalogue", "registered") => catalogue(entry),
        _ => Err(irreversible(&entry.action)),
    }
}

fn of_member(entry: &Recorded, verb: &str) -> Found<Opposite> {
    match verb {
        "role_changed" => {
            something(entry)?;
            Ok(Opposite::ChangeRole {
                member: id(entry)?,
                role: text(&entry.before, "role")?,
                until: time(&entry.before, "role_until")?,
            })
        }
        "edited" => {
            let fields = MemberFields {
                name: differing(entry, "name").and_then(as_text),
                email: differing(entry, "email").and_then(as_text),
                phone: differing(entry, "phone").map(as_text),
            };
            if fields == MemberFields::default() {
                return Err(NOTHING);
            }
            Ok(Opposite::EditMember {
                member: id(entry)?,
                fields,
            })
        }
        "disabled" => Ok(Opposite::Enable(turned(entry)?)),
        "enabled" => Ok(Opposite::Disable(turned(entry)?)),
        _ => Err(irreversible(&entry.action)),
    }
}

/// Of a standing: disabling who was disabled already changed nothing.
fn turned(entry: &Recorded) -> Found<MemberId> {
    differing(entry, "status").ok_or(NOTHING)?;
    id(entry)
}

fn of_group(entry: &Recorded, verb: &str) -> Found<Opposite> {
    let group = entry.target.id.clone();
    Ok(match verb {
        "created" => Opposite::DeleteGroup(group),
        "edited" => {
            let fields = GroupFields {
                name: differing(entry, "name").and_then(as_text),
                slug: differing(entry, "slug").and_then(as_text),
                description: differing(entry, "description").and_then(as_text),
                parent: differing(entry, "parent").map(as_text),
            };
            if fields == GroupFields::default() {
                return Err(NOTHING);
            }
            Opposite::EditGroup { group, fields }
        }
        "role_changed" => {
            something(entry)?;
            let role = text(&entry.before, "role")?;
            Opposite::GiveGroupRole { group, role }
        }
        "member_added" if entry.before.is_null() => Opposite::TakeOutOfGroup {
            group,
            who: named(&entry.after, "member")?,
        },
        "member_added" | "member_removed" => {
            if verb == "member_added" {
                something(entry)?;
            }
            Opposite::PutIntoGroup {
                group,
                who: named(&entry.before, "member")?,
                until: time(&entry.before, "until")?,
            }
        }
        _ => return Err(irreversible(&entry.action)),
    })
}

fn of_role(entry: &Recorded, verb: &str) -> Found<Opposite> {
    let role = entry.target.id.clone();
    let level = |state: &Value| state.get("applies_to").and_then(parsed).ok_or(INCOMPLETE);
    match verb {
        "created" => {
            let level = level(&entry.after)?;
            Ok(Opposite::DeleteRole { role, level })
        }
        "edited" => {
            something(entry)?;
            let level = level(&entry.before)?;
            let fields = RoleFields {
                name: differing(entry, "name").and_then(as_text),
                slug: differing(entry, "slug").and_then(as_text),
                description: differing(entry, "description").and_then(as_text),
                colour: differing(entry, "colour").and_then(as_text),
                permissions: differing(entry, "permissions").and_then(parsed),
            };
            Ok(Opposite::EditRole { role, level, fields })
        }
        _ => Err(irreversible(&entry.action)),
    }
}

fn of_project(entry: &Recorded, verb: &str) -> Found<Opposite> {
    let project = entry.target.id.clone();
    Ok(match verb {
        "edited" => {
            something(entry)?;
            let fields = ProjectFields {
                name: differing(entry, "name").and_then(as_text),
                slug: differing(entry, "slug").and_then(as_text),
                description: differing(entry, "description").and_then(as_text),
                visibility: differing(entry, "visibility").and_then(parsed),
                repository: differing(entry, "repository").map(parsed),
            };
            Opposite::EditProject { project, fields }
        }
        "access_granted" if entry.before.is_null() => Opposite::TakeAccess {
            project,
            who: named(&entry.after, "subject")?,
        },
        "access_granted" | "access_revoked" => {
            if verb == "access_granted" {
                something(entry)?;
            }
            Opposite::GiveAccess {
                project,
                who: named(&entry.before, "subject")?,
                role: text(&entry.before, "role")?,
                until: time(&entry.before, "until")?,
            }
        }
        "owner_changed" => {
            let to = text(&entry.before, "owner_id")?;
            let to = to.parse().map_err(|_| INCOMPLETE)?;
            Opposite::HandProject { project, to }
        }
        _ => return Err(irreversible(&entry.action)),
    })
}

/// Only those that it changed: what others changed since stays.
fn policies(entry: &Recorded) -> Found<Opposite> {
    let mut change = differing_of(&entry.before, &entry.after);
    if let Some(security) = change.get_mut("security") {
        let before = entry.before.get("security").unwrap_or(&Value::Null);
        let mut fields = differing_of(before, entry.after.get("security").unwrap_or(&Value::Null));
        // Kept by the program.
        fields.remove("mfa_required_since");
        *security = Value::Object(fields);
    }
    if change.is_empty() {
        return Err(NOTHING);
    }
    let change: PolicyChange = serde_json::from_value(Value::Object(change)).map_err(|_| INCOMPLETE)?;
    Ok(Opposite::ChangePolicies(Box::new(change)))
}

fn organization(entry: &Recorded) -> Found<Opposite> {
    something(entry)?;
    Ok(Opposite::RenameOrganization {
        name: differing(entry, "name").and_then(as_text),
        slug: differing(entry, "slug").and_then(as_text),
    })
}

fn of_domain(entry: &Recorded, verb: &str) -> Found<Opposite> {
    match verb {
        "added" => Ok(Opposite::UnlistDomain(entry.target.id.clone())),
        "edited" => {
            something(entry)?;
            Ok(Opposite::EditDomain {
                domain: entry.target.id.clone(),
                fields: DomainFields {
                    authentication_method: differing(entry, "authentication_method").and_then(parsed),
                    role: differing(entry, "role").and_then(as_text),
                },
            })
        }
        "removed" if entry.before.get("proved_at").is_some_and(Value::is_null) => Ok(Opposite::ListDomain {
            domain: text(&entry.before, "domain")?,
            fields: DomainFields {
                authentication_method: entry.before.get("authentication_method").and_then(parsed),
                role: Some(text(&entry.before, "role")?),
            },
        }),
        "removed" => Err(Irreversible(
            "Its proof ended with it. List the domain anew, and prove it again.",
        )),
        _ => Err(irreversible(&entry.action)),
    }
}

fn of_service_account(entry: &Recorded, verb: &str) -> Found<Opposite> {
    let service_account: ServiceAccountId = entry.target.id.parse().map_err(|_| INCOMPLETE)?;
    match verb {
        "deactivated" | "reactivated" => {
            differing(entry, "deactivated_at").ok_or(NOTHING)?;
            if verb == "deactivated" {
                Ok(Opposite::Reactivate(service_account))
            } else {
                Ok(Opposite::Deactivate(service_account))
            }
        }
        "edited" => {
            something(entry)?;
            let until = || time(&entry.before, "role_until");
            let regranted = differing(entry, "role").is_some() || differing(entry, "role_until").is_some();
            Ok(Opposite::EditServiceAccount {
                service_account,
                fields: ServiceAccountFields {
                    name: differing(entry, "name").and_then(as_text),
                    description: differing(entry, "description").map(as_text),
                    role: differing(entry, "role").and_then(as_text),
                    until: if regranted { Some(until()?) } else { None },
                },
            })
        }
        _ => Err(irreversible(&entry.action)),
    }
}

fn catalogue(entry: &Recorded) -> Found<Opposite> {
    let declared = entry.before.get("declared").and_then(parsed).ok_or(INCOMPLETE)?;
    Ok(Opposite::Register {
        application: entry.target.id.clone(),
        permissions: declared,
    })
}

fn irreversible(action: &str) -> Irreversible {
    Irreversible(match action.split_once('.').unwrap_or_default() {
        (_, "deleted") | ("member", "removed" | "left" | "consent_declined") => {
            "What was deleted is gone, and nothing of it is kept to be brought back."
        }
        ("password" | "mfa" | "passkey" | "totp" | "recovery_code", _) => {
            "Passwords and second factors are not kept, so that nobody can bring an old one back."
        }
        ("invitation", "revoked") => "The links of a revoked invitation are dead. Send a new one.",
        ("invitation", _) => {
            "A mail cannot be called back. Revoke the invitation instead, or remove whoever accepted it."
        }
        ("ownership", _) => "Ownership moves only by its own acts: grant it, or give it up, on the member's page.",
        ("superuser", _) => "Superusers are made and unmade only by their own acts.",
        ("token", _) => "A token that has ended stays ended. Make a new one, or revoke the one that was made.",
        ("session", _) => "A session that has ended stays ended. People sign in again.",
        ("email" | "identity", _) => "It is the account's owner who decides this, in their own profile.",
        ("single_sign_on", _) => "The keys of before are not kept. Set single sign-on up again as it was.",
        ("organization", _) => {
            "Superusers disable, enable and restore organizations, in the pages of the whole server."
        }
        ("signup_domain", "proved") => "Take the domain off the list instead; its proof ends with that.",
        ("account", _) | ("member", _) => {
            "Whoever came in is disabled or removed on their own page, which says what becomes of what they own."
        }
        ("project" | "service_account", "created") => {
            "Delete it instead, on its own page, which says what goes with it."
        }
        _ => "It is no change that an ordinary change could take back.",
    })
}

fn something(entry: &Recorded) -> Found<()> {
    if entry.changed().is_empty() {
        Err(NOTHING)
    } else {
        Ok(())
    }
}

fn id(entry: &Recorded) -> Found<MemberId> {
    entry.target.id.parse().map_err(|_| INCOMPLETE)
}

/// A field's value before, where it was another one after.
fn differing<'a>(entry: &'a Recorded, field: &str) -> Option<&'a Value> {
    let before = entry.before.get(field)?;
    (entry.after.get(field)? != before).then_some(before)
}

fn differing_of(before: &Value, after: &Value) -> Map<String, Value> {
    let fields = after.as_object().into_iter().flatten();
    fields
        .filter(|(field, value)| field.as_str() != super::UNDOES && before.get(field.as_str()) != Some(*value))
        .map(|(field, _)| (field.clone(), before.get(field).cloned().unwrap_or(Value::Null)))
        .collect()
}

fn as_text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn parsed<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

fn text(state: &Value, field: &str) -> Found<String> {
    state.get(field).and_then(as_text).ok_or(INCOMPLETE)
}

fn time(state: &Value, field: &str) -> Found<Option<Timestamp>> {
    match state.get(field) {
        None => Err(INCOMPLETE),
        Some(Value::Null) => Ok(None),
        Some(value) => parsed(value).map(Some).ok_or(INCOMPLETE),
    }
}

/// The id of the member, group or service account that a state names.
fn named(state: &Value, field: &str) -> Found<String> {
    let id = state.get(field).and_then(|named| named.get("id"));
    id.and_then(as_text).ok_or(INCOMPLETE)
}
