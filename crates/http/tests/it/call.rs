//! What is sent to every route by those who walk over all of them, and how it ends for whoever may.

use http_floor::api::route::Route;
use serde_json::{Value, json};

use crate::app::{PASSWORD, email};

/// How it ends for whoever may.
pub fn expected(route: &Route) -> u16 {
    request(route).1
}

/// What to send, and how it ends for whoever may. A route that is not here fails the walk.
pub fn request(route: &Route) -> (Option<Value>, u16) {
    let body = match route.id {
        "sign_in" => return (Some(json!({ "login": "tom", "password": PASSWORD })), 201),
        "ask_password_reset" => return (Some(json!({ "email": "nobody@example.net" })), 202),
        "redeem_password_reset" => return (Some(json!({ "token": "x", "new_password": PASSWORD })), 404),
        "ask_sign_up" => {
            let body = json!({ "email": "nobody@example.net", "name": "Nobody", "password": PASSWORD });
            return (Some(body), 202);
        }
        "verify_sign_up" => return (Some(json!({ "token": "x" })), 404),
        // There is no such record anywhere.
        "prove_signup_domain" => return (None, 409),
        "sign_out" | "end_my_other_sessions" => return (None, 204),
        "end_my_session" => return (None, 404),
        "verify_email_change" => return (Some(json!({ "token": "x" })), 404),
        "drop_my_email_change" => return (None, 404),
        "change_my_email" => Some(json!({ "email": "somewhere.else@example.net" })),
        "sign_in_with_passkey" => return (Some(credential()), 401),
        // Nobody on the walk has a second factor.
        "give_second_factor" => return (Some(json!({ "method": "totp", "code": "000000" })), 401),
        "prove_again" => return (Some(json!({ "password": PASSWORD })), 200),
        "ask_for_passkey" | "ask_for_my_passkey" | "begin_totp" | "begin_passkey" => return (None, 201),
        "confirm_totp" => return (Some(json!({ "code": "000000" })), 422),
        "confirm_passkey" => return (Some(credential()), 409),
        "remove_totp" | "remove_passkey" => return (None, 404),
        "renew_recovery_codes" | "reset_member_mfa" | "ask_project_repository" => return (None, 409),
        "change_my_password" => {
            return (
                Some(json!({ "current_password": "not this one", "new_password": "three calm geese" })),
                422,
            );
        }
        // Of an organization that the caller is in already, or is not in: see below.
        "consent" | "leave" => return (None, 409),
        "look_up_invitation" | "accept_invitation" => return (Some(json!({ "token": "x" })), 404),
        "set_up" => {
            let organization = json!({ "name": "Second", "slug": "second" });
            let account = json!({ "name": "Zoe", "username": "zoe", "email": email("zoe"), "password": PASSWORD });
            return (
                Some(json!({ "token": "x", "organization": organization, "account": account })),
                404,
            );
        }
        "test_smtp" => return (Some(json!({ "to": email("nobody") })), 200),
        "set_tls" => return (Some(json!({ "certificate": "x", "key": "x" })), 422),
        // There is none.
        "remove_tls" => return (None, 404),
        // Nothing is being tried.
        "confirm_listeners" => return (None, 409),
        "set_listeners" => Some(json!({ "listeners": [] })),
        // The operator has given it.
        "change_smtp" => return (Some(json!({ "from": "Roster <mail@example.com>" })), 409),
        // No host is set up.
        "list_handles" => return (None, 422),
        "add_by_handle" => return (Some(json!({ "provider": "github", "handles": ["x"] })), 422),
        // Acme's Owner is its only one.
        "give_up_ownership" => return (None, 409),
        "list_member_access" | "list_permission_holders" => return (None, 200),
        "explain_access" => {
            let subject = json!({ "type": "member", "id": "{member}" });
            return (
                Some(json!({ "subject": subject, "permission": "roster.member.view" })),
                200,
            );
        }
        // Nothing is set up.
        "get_service_metadata"
        | "remove_single_sign_on"
        | "get_audit_forwarding"
        | "stop_audit_forwarding"
        | "get_instance_audit_forwarding"
        | "stop_instance_audit_forwarding" => return (None, 404),
        "test_single_sign_on" => return (None, 422),
        "set_single_sign_on" => return (Some(json!({ "entity_id": "https://idp.example" })), 422),
        "create_my_token" => Some(json!({ "name": "Laptop", "scopes": ["roster.member.view"] })),
        "get_my_passkey"
        | "get_my_token"
        | "get_service_account_token"
        | "unlink_my_identity"
        | "revoke_my_token"
        | "rotate_my_token"
        | "revoke_service_account_token" => {
            return (None, 404);
        }
        "list_my_sessions"
        | "list_my_tokens"
        | "list_my_identities"
        | "list_service_accounts"
        | "get_service_account"
        | "delete_service_account"
        | "deactivate_service_account"
        | "reactivate_service_account"
        | "list_service_account_tokens"
        | "create_service_account_token"
        | "regenerate_service_account"
        | "get_me"
        | "get_my_mfa"
        | "list_my_passkeys"
        | "list_my_organizations"
        | "list_organizations"
        | "get_organization"
        | "get_policies"
        | "get_single_sign_on"
        | "get_limits"
        | "list_people"
        | "list_members"
        | "get_member"
        | "enable_member"
        | "lift_member_suspension"
        | "list_owned"
        | "remove_member"
        | "delete_member_account"
        | "list_member_sessions"
        | "end_member_sessions"
        | "end_member_session"
        | "list_member_activity"
        | "grant_ownership"
        | "list_invitations"
        | "get_invitation"
        | "resend_invitation"
        | "revoke_invitation"
        | "list_roles"
        | "get_role"
        | "delete_role"
        | "list_permissions"
        | "list_projects"
        | "get_project"
        | "delete_project"
        | "list_project_access"
        | "revoke_project_access"
        | "list_project_tokens"
        | "get_project_token"
        | "revoke_project_token"
        | "list_groups"
        | "get_group"
        | "delete_group"
        | "list_group_members"
        | "remove_group_member"
        | "delete_me"
        | "list_audit_events"
        | "export_organization"
        | "undo_audit_event"
        | "get_audit_chain"
        | "list_instance_audit_events"
        | "get_instance_audit_chain"
        | "list_signup_domains"
        | "get_signup_domain"
        | "remove_signup_domain"
        | "list_accounts"
        | "list_tenants"
        | "get_tenant"
        | "enable_organization"
        | "get_account"
        | "delete_account"
        | "lift_account_suspension"
        | "list_account_sessions"
        | "end_account_sessions"
        | "list_account_activity"
        | "mail_account_password_reset"
        | "list_superusers"
        | "grant_superuser"
        | "revoke_superuser"
        | "get_instance_policies"
        | "get_smtp"
        | "get_tls"
        | "get_listeners"
        | "get_mail" => None,
        "create_service_account" => Some(json!({ "name": "Deployer" })),
        "set_audit_forwarding" | "set_instance_audit_forwarding" => {
            Some(json!({ "url": "https://log.example.com/in" }))
        }
        "edit_service_account" => Some(json!({ "description": "Ships what was reviewed." })),
        "edit_me" => Some(json!({ "phone": "+31 20 1234567" })),
        // What is not deleted cannot be restored.
        "restore_organization" => return (None, 409),
        "delete_organization" => Some(json!({ "confirm": "{org}" })),
        "disable_organization" | "suspend_account" => Some(json!({ "reason": "Unpaid." })),
        "open_organization" => Some(json!({ "name": "Third", "slug": "third", "owner": "me" })),
        // No file: see the stories about moving.
        "import_organization" => return (Some(json!({ "type": "nothing" })), 422),
        "edit_organization" => Some(json!({ "name": "Renamed" })),
        "change_policies" => Some(json!({ "members_may_invite": true })),
        "create_member" => Some(json!({ "email": email("new"), "role": "member" })),
        "edit_member" => Some(json!({ "phone": "+31 20 7654321" })),
        "change_member_role" => Some(json!({ "role": "guest" })),
        "disable_member" | "suspend_member" => Some(json!({ "reason": "On leave." })),
        "reset_member_password" => Some(json!({ "delivery": "temporary" })),
        "send_invitation" => Some(json!({ "email": email("newer"), "role": "member" })),
        "create_members" => Some(json!({ "rows": [{ "email": email("new"), "role": "member" }] })),
        "send_invitations" => Some(json!({ "rows": [{ "email": email("newer"), "role": "member" }] })),
        "add_signup_domain" => Some(json!({ "domain": "own.example", "role": "guest" })),
        "edit_signup_domain" => Some(json!({ "role": "guest" })),
        "create_project" => Some(json!({ "name": "Handbook" })),
        "edit_project" => Some(json!({ "description": "What the world sees." })),
        "transfer_project" | "transfer_project_token" => Some(json!({ "member": "{member}" })),
        "grant_project_access" => Some(json!({ "role": "contributor" })),
        "create_project_token" => Some(json!({ "name": "Uploads", "capabilities": ["roster.project.view"] })),
        "create_role" => Some(json!({ "name": "Visitor", "permissions": ["roster.organization.view"] })),
        "edit_role" => Some(json!({ "description": "Helps out.", "permissions": [] })),
        "register_permissions" => {
            let permission = json!({ "name": "order.view", "applies_to": "organization", "description": "See orders" });
            Some(json!({ "application": "shop", "permissions": [permission] }))
        }
        "create_group" => Some(json!({ "name": "Night watch", "role": "guest" })),
        "edit_group" => Some(json!({ "name": "Day crew", "parent": null })),
        "change_group_role" => Some(json!({ "role": "guest" })),
        "add_group_member" => Some(json!({ "until": "2036-01-01T00:00:00Z" })),
        "change_instance_policies" => Some(json!({ "anyone_may_open": true })),
        unknown => panic!("the walk has no request for {unknown}: give it one, and say how it ends"),
    };
    (body, 200)
}

/// An answer of a passkey that nobody asked for.
fn credential() -> Value {
    let client = "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQUEifQ";
    json!({ "id": "AA", "rawId": "AA", "type": "public-key", "response": { "clientDataJSON": client } })
}
