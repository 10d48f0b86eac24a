//! An instance that listens, and its people, who got in by the API itself as anybody would.
// tidy: long because every test shares this one instance

use std::future::{Future, IntoFuture};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use service::Roster;
use testkit::app::{Empty, On, Start};
use testkit::{Mailbox, tls};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// What all of them sign in with.
pub const PASSWORD: &str = "quiet heron wades at dawn";
pub const ACME: &str = "/organizations/acme";
pub const ELSEWHERE: &str = "/organizations/elsewhere";
/// Where people reach the instance, as far as it knows.
pub const PUBLIC_URL: &str = "https://roster.example";

/// An address that serves an instance until this value ends.
pub struct Server {
    pub url: String,
    serving: AbortHandle,
}

impl Server {
    pub async fn start(roster: &Roster, trusted_proxies: Vec<IpAddr>) -> Self {
        let app = http_floor::App::new(roster.clone(), trusted_proxies, Duration::from_secs(30));
        let router: Router = http_floor::router(app);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serving = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() }).abort_handle();
        Self { url, serving }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Somebody who asks, signed in or not.
#[derive(Clone)]
pub struct Person {
    pub name: String,
    pub token: Option<String>,
    /// In the organization they joined first; empty for sid.
    pub member: String,
    pub account: String,
    pub http: reqwest::Client,
    pub url: String,
}

impl Person {
    pub fn anonymous(server: &Server) -> Self {
        tls::ready();
        // No redirect is followed: the console's answers are looked at as they are.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            name: "anonymous".to_owned(),
            token: None,
            member: String::new(),
            account: String::new(),
            http,
            url: server.url.clone(),
        }
    }

    pub fn email(&self) -> String {
        email(&self.name)
    }

    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// The same person, asking another server.
    pub fn at(&self, server: &Server) -> Self {
        Self {
            url: server.url.clone(),
            ..self.clone()
        }
    }

    /// A request to any path, as the console's pages have them.
    pub fn ask(&self, method: Method, path: &str) -> Ask {
        let request = self.http.request(method, format!("{}{path}", self.url));
        Ask(match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    }

    pub fn get(&self, path: &str) -> Ask {
        self.ask(Method::GET, &api(path))
    }

    pub fn post(&self, path: &str, body: Value) -> Ask {
        self.ask(Method::POST, &api(path)).json(&body)
    }

    pub fn put(&self, path: &str, body: Value) -> Ask {
        self.ask(Method::PUT, &api(path)).json(&body)
    }

    pub fn patch(&self, path: &str, body: Value) -> Ask {
        self.ask(Method::PATCH, &api(path)).json(&body)
    }

    pub fn delete(&self, path: &str) -> Ask {
        self.ask(Method::DELETE, &api(path))
    }

    /// Everything that a list has, page by page.
    pub async fn all(&self, path: &str, limit: usize) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        let mark = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = self
                .get(&format!("{path}{mark}limit={limit}&cursor={cursor}"))
                .await
                .is(200);
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return items,
            }
        }
    }
}

fn api(path: &str) -> String {
    format!("/api/v1{path}")
}

pub fn email(name: &str) -> String {
    format!("{name}@example.com")
}

/// A request that is sent by awaiting it.
pub struct Ask(RequestBuilder);

impl Ask {
    pub fn json(self, body: &Value) -> Self {
        Self(self.0.json(body))
    }

    pub fn body(self, kind: &str, text: impl Into<String>) -> Self {
        Self(self.0.header(CONTENT_TYPE, kind).body(text.into()))
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }
}

impl IntoFuture for Ask {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let response = self.0.send().await.unwrap();
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let text = response.text().await.unwrap();
            Reply { status, headers, text }
        })
    }
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> String {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    }

    /// The body, of an answer with this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    /// The body of a refusal.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        let body = self.json();
        assert_eq!(
            (self.status, body["code"].as_str().unwrap_or_default()),
            (status, code),
            "{}",
            self.text
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(body["status"], status);
        body
    }

    /// The lines of a bulk answer.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        assert_eq!(
            (self.status, self.header("content-type").as_str()),
            (200, "application/x-ndjson"),
            "{}",
            self.text
        );
        self.text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// The last segment of a link.
pub fn token_of(link: &str) -> String {
    link.rsplit('/').next().unwrap().to_owned()
}

/// An instance with Acme in it, where olivia is Owner, adam Admin, mia Member and gus Guest, and with eve's Elsewhere; sid is
/// superuser and in neither.
pub struct App {
    pub roster: Roster,
    _server: Server,
    pub anonymous: Person,
    pub olivia: Person,
    pub adam: Person,
    pub mia: Person,
    pub gus: Person,
    pub sid: Person,
    pub eve: Person,
    empty: Empty,
}

impl Start for App {
    async fn start(on: On) -> Option<Self> {
        let empty = Empty::start(on).await?;
        let roster = empty.roster.clone();
        let server = Server::start(&roster, Vec::new()).await;
        let anonymous = Person::anonymous(&server);
        let link = roster.offer_set_up().await.unwrap().unwrap();
        let set_up = json!({
            "token": link.expose(),
            "organization": { "name": "Acme", "slug": "acme" },
            "account": { "name": "Sid", "username": "sid", "email": email("sid"), "password": PASSWORD },
        });
        let ready = anonymous.post("/set-up", set_up).await.is(201);
        let mut sid = anonymous.with_token(ready["token"].as_str().unwrap());
        "sid".clone_into(&mut sid.name);
        sid.account = text(&ready["account"]["id"]);
        let olivia = join(&sid, "acme", "olivia", "admin").await;
        let owners = format!("{ACME}/owners/{}", olivia.member);
        sid.put(&owners, Value::Null).await.is(200);
        sid.delete("/me/organizations/acme").await.is(204);
        let owner = json!({ "name": "Elsewhere", "slug": "elsewhere", "owner": { "email": email("eve") } });
        let opened = sid.post("/organizations", owner).await.is(201);
        assert_eq!(opened["status"], "awaiting_owner");
        let eve = accept(&anonymous, "eve", opened["link"].as_str().unwrap()).await;
        let adam = join(&olivia, "acme", "adam", "admin").await;
        let mia = join(&adam, "acme", "mia", "member").await;
        let gus = join(&adam, "acme", "gus", "guest").await;
        Some(Self {
            roster,
            _server: server,
            anonymous,
            olivia,
            adam,
            mia,
            gus,
            sid,
            eve,
            empty,
        })
    }
}

impl App {
    pub fn mailbox(&self) -> &Mailbox {
        &self.empty.mailbox
    }

    /// Another node on the same database, and its address.
    pub async fn node(&self) -> (Roster, Server) {
        let roster = self.empty.node().await;
        let server = Server::start(&roster, Vec::new()).await;
        (roster, server)
    }

    /// Moves the clock: microseconds.
    pub fn pass(&self, micros: i64) {
        self.empty.pass(micros);
    }

    /// Sends the mail that is due.
    pub async fn deliver(&self) {
        while self.roster.deliver_due().await.unwrap() > 0 {}
    }

    pub async fn sign_in(&self, person: &Person) -> Person {
        sign_in(person, PASSWORD).await
    }

    /// Who is who in Acme, by role.
    pub fn personas(&self) -> [&Person; 6] {
        [&self.olivia, &self.adam, &self.mia, &self.gus, &self.sid, &self.eve]
    }

    /// The member as somebody sees them now.
    pub async fn member(&self, person: &Person) -> Value {
        self.olivia
            .get(&format!("{ACME}/members/{}", person.member))
            .await
            .is(200)
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// Their session's successor, with a password that may be another.
pub async fn sign_in(person: &Person, password: &str) -> Person {
    let anyone = Person {
        token: None,
        ..person.clone()
    };
    let session = anyone
        .post("/sessions", json!({ "login": person.name, "password": password }))
        .await
        .is(201);
    person.with_token(session["token"].as_str().unwrap())
}

/// Made a member with a temporary password, which is not changed yet.
pub async fn create(by: &Person, organization: &str, name: &str, role: &str) -> (Person, String) {
    let body = json!({ "name": capitalized(name), "username": name, "email": email(name), "role": role });
    let created = by
        .post(&format!("/organizations/{organization}/members"), body)
        .await
        .is(201);
    let person = Person {
        name: name.to_owned(),
        token: None,
        member: text(&created["member"]["id"]),
        account: text(&created["member"]["account_id"]),
        ..by.clone()
    };
    (person, text(&created["temporary_password"]))
}

/// Made a member, and signed in with a password of their own.
pub async fn join(by: &Person, organization: &str, name: &str, role: &str) -> Person {
    let (person, temporary) = create(by, organization, name, role).await;
    let person = sign_in(&person, &temporary).await;
    let change = json!({ "current_password": temporary, "new_password": PASSWORD });
    let changed = person.put("/me/password", change).await.is(200);
    person.with_token(changed["token"].as_str().unwrap())
}

/// An invitation that is not mailed, or is: id and link.
pub async fn invite(by: &Person, organization: &str, name: &str, send: bool) -> (String, String) {
    let body = json!({ "email": email(name), "role": "member", "send": send });
    let sent = by
        .post(&format!("/organizations/{organization}/invitations"), body)
        .await
        .is(201);
    (text(&sent["invitation"]["id"]), text(&sent["link"]))
}

/// Accepts with a new account, and is signed in.
pub async fn accept(anyone: &Person, name: &str, link: &str) -> Person {
    let accepted = anyone
        .post("/invitation-acceptances", acceptance(name, link))
        .await
        .is(201);
    Person {
        name: name.to_owned(),
        token: Some(text(&accepted["token"])),
        member: text(&accepted["member"]["id"]),
        account: text(&accepted["member"]["account_id"]),
        ..anyone.clone()
    }
}

pub fn acceptance(name: &str, link: &str) -> Value {
    json!({ "token": token_of(link), "name": capitalized(name), "username": name, "password": PASSWORD })
}

fn capitalized(name: &str) -> String {
    let mut shown = name.to_owned();
    shown[..1].make_ascii_uppercase();
    shown
}
