//! What admins do by the command line besides managing people: security, single sign-on, domains, roles, groups, projects,
//! service accounts, the audit log. Each verb, once, against a server.

use serde_json::{Value, json};
use testkit::Phone;
use testkit::identity_provider::IdentityProvider;

use crate::desk::Desk;
use crate::house::{Caller, PASSWORD, answer};

/// Olivia's desk with mia in the organization, who has chosen a password.
pub async fn peopled() -> (Desk, Caller) {
    let desk = Desk::new().await;
    desk.sign_in().await;
    let words = [
        "people",
        "create",
        "--name",
        "Mia Marsh",
        "--username",
        "mia",
        "--email",
        "mia@example.net",
    ];
    let made = desk.ask(&words).await;
    let temporary = made["temporary_password"].as_str().unwrap();
    let (_, session) = desk.node.anyone().sign_in("mia", temporary).await;
    let mia = Caller::new(&desk.node.url, session["token"].as_str().unwrap());
    let change = json!({ "current_password": temporary, "new_password": PASSWORD });
    let (status, changed) = answer(mia.request("PUT", "/api/v1/me/password").json(&change)).await;
    assert_eq!(status, 200, "{changed}");
    let mia = Caller::new(&desk.node.url, changed["token"].as_str().unwrap());
    (desk, mia)
}

impl Desk {
    /// What the server refuses, by words of its answer.
    pub async fn refused(&self, words: &[&str], told: &str) {
        let ended = self.try_with("", words).await;
        assert_eq!(ended.code, Some(1), "{words:?}: {}{}", ended.out, ended.err);
        assert!(ended.err.contains(told), "{words:?}: {}", ended.err);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_security_policy_is_tried_and_set_and_second_factors_are_reset() {
    let (desk, mia) = peopled().await;
    let passkeys = [
        "organization",
        "policies",
        "--set",
        "security.methods=passkey",
        "--dry-run",
    ];
    desk.refused(&passkeys, "keeps_you_out").await;
    let grace = [
        "--set",
        "security.mfa_required=true",
        "--set",
        "security.mfa_grace_days=7",
    ];
    desk.run(&[&["organization", "policies"], &grace[..], &["--dry-run"]].concat())
        .await;
    let policies = desk.ask(&["organization", "policies"]).await;
    assert_eq!(policies["security"]["mfa_required"], json!(false), "{policies}");
    let lifetime = "security.session_idle_minutes=60";
    desk.run(&["organization", "policies", "--set", lifetime]).await;
    let policies = desk.ask(&["organization", "policies"]).await;
    assert_eq!(policies["security"]["session_idle_minutes"], json!(60), "{policies}");
    desk.refused(
        &["organization", "policies", "--set", "security.password_length=3"],
        "8 to 64",
    )
    .await;

    desk.refused(&["people", "reset-mfa", "mia"], "no_second_factor").await;
    let (status, begun) = mia.post("/api/v1/me/mfa/totp", &json!({})).await;
    assert_eq!(status, 201, "{begun}");
    let phone = Phone::with(begun["secret"].as_str().unwrap());
    let code = phone.shows(service::ambient::Clock::System.now());
    let confirmed = mia
        .post("/api/v1/me/mfa/totp/confirmation", &json!({ "code": code }))
        .await;
    assert_eq!(confirmed.0, 200, "{}", confirmed.1);
    desk.run(&["people", "reset-mfa", "mia", "--dry-run"]).await;
    assert_eq!(mia.get("/api/v1/me").await.0, 200);
    let told = desk.run(&["people", "reset-mfa", "MIA@example.net"]).await;
    assert!(told.contains("Mia Marsh"), "{told}");
    assert_eq!(mia.get("/api/v1/me").await.0, 401);
    desk.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_sign_on_is_set_up_shown_tried_and_removed() {
    let Some(provider) = IdentityProvider::start() else {
        return;
    };
    let (desk, _) = peopled().await;
    let shown = desk.ask(&["single-sign-on", "show"]).await;
    assert_eq!(shown["enabled"], json!(false), "{shown}");
    std::fs::write(desk.house.path("metadata.xml"), provider.metadata().await).unwrap();
    let set = [
        "single-sign-on",
        "set",
        "--metadata",
        "metadata.xml",
        "--default-role",
        "guest",
        "--provisioning",
    ];
    desk.run(&[&set[..], &["--dry-run"]].concat()).await;
    assert_eq!(desk.ask(&["single-sign-on", "show"]).await["enabled"], json!(false));
    let told = desk.run(&set).await;
    assert!(told.contains("callback URL") && told.contains("guest"), "{told}");
    let tried = desk.ask(&["single-sign-on", "test"]).await;
    let link = tried["url"].as_str().unwrap();
    assert!(link.starts_with("http"), "{tried}");
    desk.run(&["people", "edit", "mia", "--authentication-method", "saml"])
        .await;
    let member = desk.ask(&["people", "list", "--query", "mia@"]).await;
    assert!(member.to_string().contains("saml"), "{member}");
    let tried = desk.run(&["single-sign-on", "remove", "--dry-run"]).await;
    assert!(
        tried.contains("Mia Marsh"),
        "who could not sign in any more is told: {tried}"
    );
    desk.run(&["people", "edit", "mia", "--authentication-method", "password"])
        .await;
    desk.run(&["single-sign-on", "remove"]).await;
    assert_eq!(desk.ask(&["single-sign-on", "show"]).await["enabled"], json!(false));
    desk.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn domains_are_listed_changed_and_taken_off() {
    let (desk, _) = peopled().await;
    desk.run(&["signup-domain", "add", "example.org", "--role", "guest", "--dry-run"])
        .await;
    assert_eq!(desk.ask(&["signup-domain", "list"]).await["items"], json!([]));
    desk.run(&["signup-domain", "add", "example.org", "--role", "guest"])
        .await;
    desk.run(&["signup-domain", "edit", "Example.org", "--role", "member"])
        .await;
    let listed = desk.ask(&["signup-domain", "list"]).await;
    let domain = &listed["items"][0];
    assert_eq!(
        (&domain["domain"], &domain["role"]["slug"]),
        (&json!("example.org"), &json!("member")),
        "{listed}"
    );
    desk.run(&["signup-domain", "allow"]).await;
    let policies = desk.ask(&["organization", "policies"]).await;
    assert_eq!(policies["self_sign_up"], json!(true));
    desk.run(&["signup-domain", "forbid"]).await;
    desk.refused(&["signup-domain", "add", "gmail.com"], "public mail")
        .await;
    desk.run(&["signup-domain", "remove", "example.org"]).await;
    assert!(!desk.run(&["signup-domain", "list"]).await.contains("example.org"));
    desk.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_groups_and_programs_are_made_and_named_as_people_call_them() {
    let (desk, _) = peopled().await;
    roles(&desk).await;
    service_accounts(&desk).await;
    let create = [
        "group", "create", "Señores", "--slug", "senores", "--role", "auditor", "--member", "mia",
    ];
    desk.run(&[&create[..], &["--dry-run"]].concat()).await;
    desk.run(&create).await;
    desk.run(&["group", "add", "senores", "deployer", "--until", "2036-12-31T18:00:00Z"])
        .await;
    let shown = desk.run(&["group", "show", "senores"]).await;
    assert!(shown.contains("Mia Marsh") && shown.contains("Deployer"), "{shown}");
    let found = desk.ask(&["group", "list", "--query", "señ"]).await;
    assert_eq!(found["items"][0]["slug"], json!("senores"), "{found}");
    let may = desk
        .run(&["access", "check", "Deployer", "roster.audit_log.view"])
        .await;
    assert!(may.starts_with("yes"), "{may}");
    desk.run(&["group", "remove", "senores", "DEPLOYER"]).await;
    let may_not = desk
        .run(&["access", "check", "deployer", "roster.audit_log.view"])
        .await;
    assert!(may_not.starts_with("no"), "{may_not}");
    desk.run(&["group", "set-role", "senores", "guest"]).await;
    desk.run(&["group", "edit", "senores", "--name", "Elders"]).await;
    projects(&desk).await;
    desk.run(&["group", "delete", "senores"]).await;
    desk.run(&["service-account", "delete", "deployer"]).await;
    desk.node.stop().await;
}

async fn roles(desk: &Desk) {
    let give = [
        "--permission",
        "roster.organization.view",
        "--permission",
        "roster.audit_log.view",
    ];
    let create = [&["role", "create", "Auditor"], &give[..]].concat();
    desk.run(&create).await;
    let compared = desk.run(&["role", "compare", "auditor", "guest"]).await;
    assert!(compared.contains("roster.audit_log.view"), "{compared}");
    desk.run(&["role", "edit", "auditor", "--add", "roster.member.view"])
        .await;
    assert!(
        desk.run(&["role", "show", "auditor"])
            .await
            .contains("roster.member.view")
    );
    desk.run(&["role", "create", "Passing", "--clone", "auditor"]).await;
    desk.run(&["role", "delete", "passing"]).await;
    assert!(!desk.run(&["role", "list"]).await.contains("Passing"));
    assert!(
        desk.run(&["permission", "list", "--query", "audit"])
            .await
            .contains("roster.audit_log.view")
    );
}

async fn service_accounts(desk: &Desk) {
    desk.run(&["service-account", "create", "Deployer", "--role", "guest"])
        .await;
    let issued = desk
        .ask(&["service-account", "token", "create", "deployer", "--name", "nightly"])
        .await;
    assert!(issued["token"].is_string(), "{issued}");
    desk.run(&["service-account", "deactivate", "Deployer"]).await;
    let shown = desk.ask(&["service-account", "show", "DEPLOYER"]).await;
    assert_ne!(shown["status"], json!("active"), "{shown}");
    desk.run(&["service-account", "reactivate", "Deployer"]).await;
    desk.run(&["service-account", "token", "revoke", "Deployer", "nightly"])
        .await;
    desk.run(&["service-account", "regenerate", "Deployer"]).await;
    desk.run(&["service-account", "edit", "Deployer", "--description", "Ships it"])
        .await;
}

async fn projects(desk: &Desk) {
    desk.run(&["project", "create", "Façade"]).await;
    let found = desk.ask(&["project", "list", "--query", "FACADE"]).await;
    let slug = found["items"][0]["slug"].as_str().unwrap().to_owned();
    let roles = desk.ask(&["role", "list"]).await;
    let project_role = roles["items"].as_array().unwrap().iter();
    let mut project_role = project_role.filter(|role| role["applies_to"] == json!("project"));
    let role = project_role.next().expect("a role of projects")["slug"]
        .as_str()
        .unwrap();
    desk.run(&["project", "access", "grant", &slug, "deployer", role]).await;
    let access = desk.run(&["project", "access", "list", &slug]).await;
    assert!(access.contains("Deployer"), "{access}");
    desk.run(&["project", "access", "revoke", &slug, "Deployer"]).await;
    desk.run(&["project", "transfer", &slug, "mia"]).await;
    desk.run(&["project", "delete", &slug, "--yes"]).await;
    let none: Value = desk.ask(&["project", "list", "--query", "facade"]).await;
    assert_eq!(none["items"], json!([]), "{none}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_listed_exported_verified_and_an_entry_taken_back() {
    let (desk, _) = peopled().await;
    desk.run(&["people", "set-role", "mia", "admin"]).await;
    let listed = desk.ask(&["audit", "list", "--action", "member.role_changed"]).await;
    let entry = listed["items"][0]["id"].as_str().unwrap();
    desk.run(&["audit", "undo", entry, "--dry-run"]).await;
    desk.run(&["audit", "undo", entry]).await;
    let mia = desk.ask(&["people", "list", "--query", "mia@"]).await;
    assert_eq!(mia["items"][0]["role"]["slug"], json!("member"), "{mia}");
    desk.run(&["audit", "export", "log.ndjson"]).await;
    desk.run(&["audit", "verify", "log.ndjson"]).await;
    desk.run(&["audit", "keep", "--days", "400"]).await;
    assert!(!desk.run(&["audit", "chain"]).await.is_empty());
    desk.run(&["token", "create", "laptop"]).await;
    assert!(desk.run(&["token", "list"]).await.contains("laptop"));
    desk.run(&["token", "revoke", "laptop"]).await;
    desk.node.stop().await;
}
