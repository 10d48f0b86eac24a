//! A host of repositories as GitHub and Bitbucket document theirs: authorization codes that are good once and only with the
//! verifier of their challenge, and the few questions of their APIs that Roster asks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Redirect, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

pub const CLIENT: &str = "roster";
pub const SECRET: &str = "known to the client alone";

/// Somebody who has an account there.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: u64,
    pub handle: String,
    pub email: String,
    pub verified: bool,
}

#[derive(Clone, Debug, Default)]
struct World {
    people: Vec<Person>,
    /// Repository, then handle to what they may: `read`, `write` or `admin`.
    repositories: BTreeMap<String, BTreeMap<String, String>>,
    /// Who is signed in in the browser that comes.
    signed_in: String,
    /// Code to whose it is, its challenge and where it was sent.
    codes: BTreeMap<String, (String, String, String)>,
    /// Access token to whose it is.
    tokens: BTreeMap<String, String>,
    scopes: String,
    issued: u64,
}

type Shared = Arc<Mutex<World>>;

/// A running host, gone with this value.
pub struct Host {
    pub url: String,
    world: Shared,
    serving: AbortHandle,
}

impl Host {
    pub async fn start() -> Self {
        let world = Shared::default();
        let router = Router::new()
            .route("/login/oauth/authorize", get(authorize))
            .route("/site/oauth2/authorize", get(authorize))
            .route("/login/oauth/access_token", post(github_token))
            .route("/site/oauth2/access_token", post(bitbucket_token))
            .route("/api/v3/user", get(github_user))
            .route("/api/v3/user/emails", get(github_emails))
            .route("/api/v3/users/{handle}", get(github_find))
            .route("/api/v3/repos/{owner}/{name}/collaborators", get(github_collaborators))
            .route("/2.0/user", get(bitbucket_user))
            .route("/2.0/user/emails", get(bitbucket_emails))
            .route("/2.0/workspaces/{workspace}/members", get(bitbucket_members))
            .route(
                "/2.0/workspaces/{workspace}/permissions/repositories/{name}",
                get(bitbucket_permissions),
            )
            .with_state(Arc::clone(&world));
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.unwrap_or_else(|error| panic!("no port for the host: {error}"));
        let address = listener
            .local_addr()
            .unwrap_or_else(|error| panic!("no address: {error}"));
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self {
            url: format!("http://{address}"),
            world,
            serving: serving.abort_handle(),
        }
    }

    pub fn add(&self, id: u64, handle: &str, email: &str) {
        self.world().people.push(Person {
            id,
            handle: handle.to_owned(),
            email: email.to_owned(),
            verified: true,
        });
    }

    /// Gives an account another handle, which somebody else may take.
    pub fn rename(&self, id: u64, handle: &str) {
        for person in self.world().people.iter_mut().filter(|person| person.id == id) {
            handle.clone_into(&mut person.handle);
        }
    }

    /// `right`: `read`, `write` or `admin`; an empty text takes it away.
    pub fn share(&self, repository: &str, handle: &str, right: &str) {
        let mut world = self.world();
        let people = world.repositories.entry(repository.to_owned()).or_default();
        if right.is_empty() {
            people.remove(handle);
        } else {
            people.insert(handle.to_owned(), right.to_owned());
        }
    }

    /// Whoever comes next is signed in there as this person.
    pub fn signed_in(&self, handle: &str) {
        handle.clone_into(&mut self.world().signed_in);
    }

    /// Takes back every access that was given.
    pub fn forget_access(&self) {
        self.world().tokens.clear();
    }

    fn world(&self) -> MutexGuard<'_, World> {
        locked(&self.world)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn locked(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

type Asked = BTreeMap<String, String>;

fn of<'a>(asked: &'a Asked, name: &str) -> &'a str {
    asked.get(name).map(String::as_str).unwrap_or_default()
}

async fn authorize(State(world): State<Shared>, Query(asked): Query<Asked>) -> Response {
    let mut world = locked(&world);
    let is_whole = of(&asked, "response_type") == "code"
        && of(&asked, "client_id") == CLIENT
        && of(&asked, "code_challenge_method") == "S256"
        && !of(&asked, "state").is_empty();
    if !is_whole {
        return StatusCode::BAD_REQUEST.into_response();
    }
    world.issued += 1;
    let code = format!("code-{}", world.issued);
    let whose = world.signed_in.clone();
    let redirect = of(&asked, "redirect_uri").to_owned();
    world.codes.insert(
        code.clone(),
        (whose, of(&asked, "code_challenge").to_owned(), redirect.clone()),
    );
    of(&asked, "scope").clone_into(&mut world.scopes);
    Redirect::to(&format!("{redirect}?code={code}&state={}", of(&asked, "state"))).into_response()
}

fn exchange(world: &mut World, asked: &Asked) -> Option<String> {
    let (whose, challenge, redirect) = world.codes.remove(of(asked, "code"))?;
    let verifier = URL_SAFE_NO_PAD.encode(Sha256::digest(of(asked, "code_verifier")));
    if verifier != challenge || redirect != of(asked, "redirect_uri") {
        return None;
    }
    world.issued += 1;
    let token = format!("access-{}", world.issued);
    world.tokens.insert(token.clone(), whose);
    Some(token)
}

async fn github_token(State(world): State<Shared>, Form(asked): Form<Asked>) -> Json<Value> {
    let mut world = locked(&world);
    let known = of(&asked, "client_id") == CLIENT && of(&asked, "client_secret") == SECRET;
    let token = known.then(|| exchange(&mut world, &asked)).flatten();
    // An error comes with status 200.
    Json(match token {
        Some(token) => json!({"access_token": token, "token_type": "bearer", "scope": world.scopes.replace(' ', ",")}),
        None => {
            json!({"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."})
        }
    })
}

async fn bitbucket_token(State(world): State<Shared>, headers: HeaderMap, Form(asked): Form<Asked>) -> Response {
    let mut world = locked(&world);
    let secret = url_encoded(SECRET);
    let wanted = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{secret}")));
    let known = headers
        .get("authorization")
        .is_some_and(|value| value == wanted.as_str());
    match known.then(|| exchange(&mut world, &asked)).flatten() {
        Some(token) => {
            let body = json!({"access_token": token, "refresh_token": "none", "expires_in": 7200, "token_type": "bearer",
                "scopes": world.scopes});
            Json(body).into_response()
        }
        None => (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response(),
    }
}

fn url_encoded(text: &str) -> String {
    text.replace(' ', "+")
}

/// Who asks, by their token.
fn caller(world: &World, headers: &HeaderMap) -> Result<Person, StatusCode> {
    let token = headers.get("authorization").and_then(|value| value.to_str().ok());
    let token = token
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let handle = world.tokens.get(token).ok_or(StatusCode::UNAUTHORIZED)?;
    person(world, handle).ok_or(StatusCode::UNAUTHORIZED)
}

fn person(world: &World, handle: &str) -> Option<Person> {
    world.people.iter().find(|person| person.handle == handle).cloned()
}

async fn github_user(State(world): State<Shared>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let own = caller(&locked(&world), &headers)?;
    Ok(Json(github(&own)))
}

fn github(person: &Person) -> Value {
    json!({"login": person.handle, "id": person.id, "type": "User", "name": null})
}

async fn github_emails(State(world): State<Shared>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let own = caller(&locked(&world), &headers)?;
    Ok(Json(json!([
        {"email": "other@example.net", "primary": false, "verified": true},
        {"email": own.email, "primary": true, "verified": own.verified},
    ])))
}

async fn github_find(
    State(world): State<Shared>,
    Path(handle): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    let world = locked(&world);
    caller(&world, &headers)?;
    // As there, in any case of letters.
    let found = world
        .people
        .iter()
        .find(|person| person.handle.eq_ignore_ascii_case(&handle));
    Ok(Json(github(found.ok_or(StatusCode::NOT_FOUND)?)))
}

async fn github_collaborators(
    State(world): State<Shared>,
    Path((owner, name)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    let world = locked(&world);
    let people = rights(&world, &headers, &format!("{owner}/{name}"))?;
    if of(&asked, "page") != "1" {
        return Ok(Json(json!([])));
    }
    let rows = people.iter().map(|(person, right)| {
        let writes = right != "read";
        let permissions =
            json!({"admin": right == "admin", "maintain": false, "push": writes, "triage": writes, "pull": true});
        json!({"login": person.handle, "id": person.id, "permissions": permissions})
    });
    Ok(Json(rows.collect()))
}

fn rights(world: &World, headers: &HeaderMap, repository: &str) -> Result<Vec<(Person, String)>, StatusCode> {
    caller(world, headers)?;
    let people = world.repositories.get(repository).ok_or(StatusCode::NOT_FOUND)?;
    Ok(people
        .iter()
        .filter_map(|(handle, right)| Some((person(world, handle)?, right.clone())))
        .collect())
}

fn bitbucket(person: &Person) -> Value {
    json!({"uuid": format!("{{uuid-{}}}", person.id), "nickname": person.handle, "display_name": person.handle})
}

async fn bitbucket_user(State(world): State<Shared>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let own = caller(&locked(&world), &headers)?;
    Ok(Json(bitbucket(&own)))
}

async fn bitbucket_emails(State(world): State<Shared>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let own = caller(&locked(&world), &headers)?;
    let emails = json!([{"email": own.email, "is_primary": true, "is_confirmed": own.verified}]);
    Ok(Json(json!({ "values": emails })))
}

async fn bitbucket_members(
    State(world): State<Shared>,
    Path(_): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    let world = locked(&world);
    caller(&world, &headers)?;
    let members: Vec<Value> = world
        .people
        .iter()
        .map(|person| json!({"user": bitbucket(person)}))
        .collect();
    Ok(Json(json!({ "values": members })))
}

async fn bitbucket_permissions(
    State(world): State<Shared>,
    Path((workspace, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    let world = locked(&world);
    let people = rights(&world, &headers, &format!("{workspace}/{name}"))?;
    let rows: Vec<Value> = people
        .iter()
        .map(|(person, right)| json!({"permission": right, "user": bitbucket(person)}))
        .collect();
    Ok(Json(json!({ "values": rows })))
}
