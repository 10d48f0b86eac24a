//! Who may call what: every route, as every persona and as nobody, in their own and in a foreign organization. Everything
//! that can be previewed is only previewed, so that one instance serves the whole walk.
// tidy: long because what to send to every route stands in one place

use domain::id::{Id, IdentityId, PasskeyId, TokenId};
use domain::permission::Permission;
use http_floor::api::route::{Access, Method, Route};
use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, PASSWORD, Person, Reply, create, email, invite, join, sign_in, text};

on_both_databases! {
    every_route_admits_whom_it_says_it_does,
    a_temporary_password_must_be_changed_before_anything_else,
    a_dry_run_of_whatever_can_be_previewed_leaves_nothing_behind,
    what_cannot_be_previewed_is_not_done_by_a_dry_run_either,
}

/// An organization, and what the paths of its routes name.
pub struct Place {
    slug: &'static str,
    owner: String,
    member: String,
    account: String,
    session: String,
    invitation: String,
    project_token: String,
    service_account: String,
    token: String,
    identity: String,
    passkey: String,
    event: String,
}

impl Place {
    pub async fn new(owner: &Person, slug: &'static str, spare: &str) -> Self {
        let member = join(owner, slug, spare, "member").await;
        let sessions = owner
            .get(&format!("/organizations/{slug}/members/{}/sessions", member.member))
            .await
            .is(200);
        let accounts = format!("/organizations/{slug}/service-accounts");
        let service_account = owner.post(&accounts, json!({ "name": "Robot" })).await.is(201);
        let (invitation, _) = invite(owner, slug, &format!("invited.to.{slug}"), false).await;
        // Closed to everyone but the one who is mapped, its owner, and whoever acts on every project.
        let projects = format!("/organizations/{slug}/projects");
        owner.post(&projects, json!({ "name": "Website" })).await.is(201);
        let access = format!("{projects}/website/access/{}", member.member);
        owner.put(&access, json!({ "role": "reader" })).await.is(200);
        let token = json!({ "name": "Uploads", "capabilities": ["roster.project.view"] });
        let token = owner.post(&format!("{projects}/website/tokens"), token).await.is(201);
        let path = format!("/organizations/{slug}");
        let role = json!({ "name": "Helper", "permissions": ["roster.organization.view"] });
        owner.post(&format!("{path}/roles"), role).await.is(201);
        let group = json!({ "name": "Crew", "role": "guest", "members": [member.member] });
        owner.post(&format!("{path}/groups"), group).await.is(201);
        let domain = json!({ "domain": "listed.example", "role": "guest" });
        owner.post(&format!("{path}/signup-domains"), domain).await.is(201);
        let events = owner
            .get(&format!("{path}/audit-events?action=group.created"))
            .await
            .is(200);
        Self {
            slug,
            event: text(&events["items"][0]["id"]),
            owner: owner.member.clone(),
            session: text(&sessions["items"][0]["id"]),
            member: member.member,
            account: member.account,
            invitation,
            project_token: text(&token["id"]),
            service_account: text(&service_account["id"]),
            // Nobody's.
            token: TokenId::new(testkit::app::MORNING, [7; 10]).to_string(),
            identity: IdentityId::new(testkit::app::MORNING, [7; 10]).to_string(),
            passkey: PasskeyId::new(testkit::app::MORNING, [7; 10]).to_string(),
        }
    }

    /// Without asking for a preview.
    pub fn plain(&self, route: &Route) -> String {
        let member = if route.id == "give_up_ownership" {
            &self.owner
        } else {
            &self.member
        };
        let token = if route.path.contains("/projects/") {
            &self.project_token
        } else {
            &self.token
        };
        let path = route
            .path
            .replace("{org}", self.slug)
            .replace("{member}", member)
            .replace("{session}", &self.session)
            .replace("{invitation}", &self.invitation)
            .replace("{account}", &self.account)
            .replace("{project}", "website")
            .replace("{subject}", &self.member)
            .replace("{svc}", &self.service_account)
            .replace("{token}", token)
            .replace("{domain}", "listed.example")
            .replace("{identity}", &self.identity)
            .replace("{passkey}", &self.passkey)
            .replace("{group}", "crew")
            .replace("{role}", "helper")
            .replace("{event}", &self.event)
            .replace("{permission}", "roster.member.view");
        assert!(!path.contains('{'), "the walk does not know what {} names", route.path);
        path
    }

    fn path(&self, route: &Route) -> String {
        let path = self.plain(route);
        if route.previews {
            format!("{path}?dry_run=true")
        } else {
            path
        }
    }

    /// A body names the place's own as paths do.
    fn fill(&self, body: &Value) -> Value {
        let text = body
            .to_string()
            .replace("{member}", &self.member)
            .replace("{org}", self.slug);
        serde_json::from_str(&text).unwrap()
    }

    pub async fn call(&self, person: &Person, route: &Route) -> Reply {
        self.call_at(self.path(route), person, route).await
    }

    /// Carried out, where it can be previewed too.
    pub async fn call_for_real(&self, person: &Person, route: &Route) -> Reply {
        self.call_at(self.plain(route), person, route).await
    }

    async fn call_at(&self, path: String, person: &Person, route: &Route) -> Reply {
        let body = request(route).0.map(|body| self.fill(&body));
        match (route.method, body) {
            (Method::Get, _) => person.get(&path).await,
            (Method::Delete, Some(body)) => person.delete(&path).json(&body).await,
            (Method::Delete, None) => person.delete(&path).await,
            (Method::Post, Some(body)) => person.post(&path, body).await,
            (Method::Put, Some(body)) => person.put(&path, body).await,
            (Method::Patch, Some(body)) => person.patch(&path, body).await,
            (_, None) => {
                person
                    .ask(
                        reqwest::Method::from_bytes(route.method.name().to_uppercase().as_bytes()).unwrap(),
                        &format!("/api/v1{path}"),
                    )
                    .await
            }
        }
    }
}

/// What to send, and how it ends for whoever may. A route that is not here fails the walk.
fn request(route: &Route) -> (Option<Value>, u16) {
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
        "unlink_my_identity" | "revoke_my_token" | "rotate_my_token" | "revoke_service_account_token" => {
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
        | "revoke_project_token"
        | "list_groups"
        | "get_group"
        | "delete_group"
        | "list_group_members"
        | "remove_group_member"
        | "delete_me"
        | "list_audit_events"
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

/// What each role of the preset `standard` may do, said once more and not read from the preset.
fn holds(person: &Person, permission: Permission) -> bool {
    use Permission as P;
    match person.name.as_str() {
        "olivia" | "eve" | "sid" => true,
        // On every project, too.
        "adam" => !matches!(permission, P::OrganizationDelete | P::OrganizationChangeOwner),
        "mia" => matches!(
            permission,
            P::OrganizationView | P::MemberView | P::GroupView | P::RoleView | P::ProjectCreate | P::SecretUse
        ),
        "gus" => permission == P::OrganizationView,
        _ => false,
    }
}

#[track_caller]
fn check(person: &Person, route: &Route, own: bool, reply: &Reply) {
    let told = || {
        format!(
            "{} {} as {}, {}: {} {}",
            route.method.name(),
            route.path,
            person.name,
            if own { "at home" } else { "elsewhere" },
            reply.status,
            reply.text
        )
    };
    let body = reply.json();
    let (_, done) = request(route);
    match route.access {
        Access::Public(_) => assert_eq!(reply.status, done, "{}", told()),
        _ if person.token.is_none() => {
            assert_eq!(
                (reply.status, &body["code"]),
                (401, &json!("sign_in_required")),
                "{}",
                told()
            );
            assert_eq!(reply.header("www-authenticate"), "Bearer", "{}", told());
        }
        Access::SignedIn => match route.id {
            "open_organization" if person.name != "sid" => assert_eq!(body["code"], "superuser_required", "{}", told()),
            "consent" if !own || person.name == "sid" => assert_eq!(reply.status, 404, "{}", told()),
            "leave" if !own || person.name == "sid" => assert_eq!(reply.status, 404, "{}", told()),
            // Only Owners cannot leave here.
            "delete_me" if person.name == "sid" => assert_eq!(body["code"], "last_superuser", "{}", told()),
            // Owners are the only ones here.
            "delete_me" if person.name == "olivia" || person.name == "eve" => {
                assert_eq!(reply.status, 409, "{}", told())
            }
            "leave" if person.name != "olivia" && person.name != "eve" => assert_eq!(reply.status, 200, "{}", told()),
            _ => assert_eq!(reply.status, done, "{}", told()),
        },
        Access::Superuser if person.name == "sid" => assert_eq!(reply.status, done, "{}", told()),
        Access::Superuser => assert_eq!(
            (reply.status, &body["code"]),
            (403, &json!("superuser_required")),
            "{}",
            told()
        ),
        Access::Permission(_) if !own && person.name != "sid" => {
            assert_eq!((reply.status, &body["code"]), (404, &json!("not_found")), "{}", told());
        }
        // Owners only where the instance lets them.
        Access::Permission(_) if route.id == "delete_organization" && holds(person, Permission::OrganizationDelete) => {
            if person.name == "sid" {
                assert_eq!(reply.status, done, "{}", told());
            } else {
                assert_eq!(body["code"], "superuser_required", "{}", told());
            }
        }
        // A superuser from outside is no member, and owns nothing here.
        Access::Permission(_) if person.name == "sid" && route.id == "create_project" => {
            assert_eq!(reply.status, 422, "{}", told());
        }
        Access::Permission(_) if person.name == "sid" && route.id == "create_project_token" => {
            assert_eq!(body["code"], "member_required", "{}", told());
        }
        Access::Permission(permission) if !holds(person, permission) && route.path.contains("{project}") => {
            assert_eq!((reply.status, &body["code"]), (404, &json!("not_found")), "{}", told());
        }
        Access::Permission(permission) if holds(person, permission) => assert_eq!(reply.status, done, "{}", told()),
        Access::Permission(permission) => {
            let refused = (reply.status, &body["code"], &body["permission"]);
            assert_eq!(
                refused,
                (403, &json!("permission_required"), &json!(permission.name())),
                "{}",
                told()
            );
        }
    }
}

async fn every_route_admits_whom_it_says_it_does(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    let elsewhere = Place::new(&app.eve, "elsewhere", "tea").await;
    let mut people: Vec<Person> = app.personas().into_iter().chain([&app.anonymous]).cloned().collect();
    for route in http_floor::api::routes().0 {
        for person in &mut people {
            // What is done to sessions is done to one that is made for it; when it ended all others, it is the one left.
            let known = match (route.access, &person.token) {
                (Access::SignedIn, Some(_)) => Some(std::mem::replace(person, app.sign_in(person).await)),
                _ => None,
            };
            let (own, foreign) = if person.name == "eve" {
                (&elsewhere, &acme)
            } else {
                (&acme, &elsewhere)
            };
            check(person, &route, true, &own.call(person, &route).await);
            if route.path.contains("{org}") {
                check(person, &route, false, &foreign.call(person, &route).await);
            }
            if let Some(known) = known.filter(|_| route.id != "end_my_other_sessions") {
                *person = known;
            }
        }
    }
}

async fn a_temporary_password_must_be_changed_before_anything_else(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    let (tess, temporary) = create(&app.olivia, "acme", "tess", "admin").await;
    let session = tess
        .post("/sessions", json!({ "login": "tess", "password": temporary }))
        .await
        .is(201);
    assert_eq!(session["next"], "change_password");
    let tess = tess.with_token(session["token"].as_str().unwrap());
    let mut walked = 0;
    for route in http_floor::api::routes().0 {
        if matches!(route.access, Access::Public(_)) || route.id == "sign_out" {
            continue;
        }
        let reply = acme.call(&tess, &route).await;
        match route.id {
            "get_me" => assert_eq!(reply.is(200)["must_change_password"], true),
            "change_my_password" => drop(reply.refused(422, "invalid")),
            _ => drop(reply.refused(403, "password_change_required")),
        }
        walked += 1;
    }
    assert!(walked > 40, "{walked}");
    // Accepting an invitation to somewhere else is no way around it.
    let (_, link) = invite(&app.eve, "elsewhere", "tess", false).await;
    let token = crate::app::token_of(&link);
    tess.post("/invitation-acceptances", json!({ "token": token }))
        .await
        .refused(403, "password_change_required");
    tess.delete("/sessions/current").await.is(204);
    tess.get("/me").await.refused(401, "sign_in_required");
    let again = sign_in(&tess, &temporary).await;
    let change = json!({ "current_password": temporary, "new_password": PASSWORD });
    let changed = again.put("/me/password", change).await.is(200);
    again.get("/me").await.refused(401, "sign_in_required");
    again
        .with_token(changed["token"].as_str().unwrap())
        .get(ACME)
        .await
        .is(200);
}

/// All that can be seen of the instance.
async fn all_there_is(app: &App) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in [
        "people",
        "invitations",
        "policies",
        "limits",
        "roles",
        "groups",
        "groups/crew/members",
        "permissions",
        "audit-events",
        "members",
        "projects",
        "projects/website/access",
        "projects/website/tokens",
    ] {
        seen.push(app.olivia.get(&format!("{ACME}/{path}?limit=200")).await.is(200));
    }
    for path in [
        "/me",
        "/me/sessions",
        "/organizations?limit=200",
        "/instance/accounts?limit=200",
        "/instance/policies",
    ] {
        seen.push(app.sid.get(path).await.is(200));
    }
    seen.push(app.olivia.get("/me").await.is(200));
    seen.push(app.olivia.get("/me/sessions").await.is(200));
    seen
}

async fn a_dry_run_of_whatever_can_be_previewed_leaves_nothing_behind(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    // Whoever gives up ownership is not the last.
    app.olivia
        .put(&format!("{ACME}/owners/{}", app.adam.member), Value::Null)
        .await
        .is(200);
    let before = all_there_is(&app).await;
    let mut previewed = 0;
    for route in http_floor::api::routes().0.iter().filter(|route| route.previews) {
        let superuser =
            route.access == Access::Superuser || matches!(route.id, "open_organization" | "delete_organization");
        let person = match route.id {
            // Of what is there: see the stories about them.
            "consent"
            | "prove_signup_domain"
            | "revoke_my_token"
            | "rotate_my_token"
            | "revoke_service_account_token"
            | "unlink_my_identity"
            | "change_smtp"
            | "set_tls"
            | "set_single_sign_on"
            | "remove_single_sign_on"
            | "stop_audit_forwarding"
            | "stop_instance_audit_forwarding"
            | "restore_organization"
            | "add_by_handle" => continue,
            // Whoever owns something does not leave.
            "leave" | "delete_me" => &app.mia,
            _ if superuser => &app.sid,
            _ => &app.olivia,
        };
        let reply = acme.call(person, route).await;
        if route.id == "reset_member_mfa" {
            // Who has nothing to reset is told so; the effects are told of where somebody has.
            reply.refused(409, "no_second_factor");
            continue;
        }
        if route.id == "ask_project_repository" {
            reply.refused(409, "no_repository");
            continue;
        }
        if route.path.ends_with("/bulk") {
            let lines = reply.lines();
            assert!(
                lines
                    .iter()
                    .all(|line| line["status"] == 200 && line["counts"].is_object()),
                "{lines:?}"
            );
        } else {
            let preview = reply.is(200);
            assert!(
                preview["effects"].is_array() && preview["counts"].is_object(),
                "{} {preview}",
                route.id
            );
        }
        for secret in ["temporary_password", "\"token\":", "\"link\":"] {
            assert!(
                !reply.text.contains(secret),
                "{} tells {secret}: {}",
                route.id,
                reply.text
            );
        }
        previewed += 1;
    }
    assert!(previewed > 25, "{previewed}");
    let after = all_there_is(&app).await;
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
    assert!(app.mailbox().mails().is_empty());
}

async fn what_cannot_be_previewed_is_not_done_by_a_dry_run_either(app: App) {
    let mia = app.sign_in(&app.mia).await;
    let other = app.sign_in(&app.mia).await;
    mia.delete("/me/sessions?dry_run=true").await.refused(400, "no_preview");
    other
        .delete("/sessions/current?dry_run=true")
        .await
        .refused(400, "no_preview");
    let change = json!({ "current_password": PASSWORD, "new_password": "eleven brave turnips hum" });
    mia.put("/me/password?dry_run=true", change)
        .await
        .refused(400, "no_preview");
    other.get("/me").await.is(200);
    // Reading is what it always is.
    other.get("/me?dry_run=true").await.is(200);
}
