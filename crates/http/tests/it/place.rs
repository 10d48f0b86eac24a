//! An organization for walks over all routes: one of everything that a path names, and how a route is called there.

use domain::id::{Id, IdentityId, PasskeyId, TokenId};
use http_floor::api::route::{Method, Route};
use serde_json::{Value, json};

use crate::app::{Ask, Person, Reply, invite, join, text};
use crate::call::request;

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

    pub fn path(&self, route: &Route) -> String {
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
        self.ask(person, route).await
    }

    pub fn ask(&self, person: &Person, route: &Route) -> Ask {
        self.ask_at(&self.path(route), person, route)
    }

    /// Carried out, where it can be previewed too.
    pub async fn call_for_real(&self, person: &Person, route: &Route) -> Reply {
        self.ask_at(&self.plain(route), person, route).await
    }

    fn ask_at(&self, path: &str, person: &Person, route: &Route) -> Ask {
        let body = request(route).0.map(|body| self.fill(&body));
        match (route.method, body) {
            (Method::Get, _) => person.get(path),
            (Method::Delete, Some(body)) => person.delete(path).json(&body),
            (Method::Delete, None) => person.delete(path),
            (Method::Post, Some(body)) => person.post(path, body),
            (Method::Put, Some(body)) => person.put(path, body),
            (Method::Patch, Some(body)) => person.patch(path, body),
            (_, None) => person.ask(
                reqwest::Method::from_bytes(route.method.name().to_uppercase().as_bytes()).unwrap(),
                &format!("/api/v1{path}"),
            ),
        }
    }
}
