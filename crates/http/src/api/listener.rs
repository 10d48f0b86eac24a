//! Where the instance listens, and trying a new set of listeners.

use std::net::IpAddr;

use axum::Extension;
use axum::extract::State;
use domain::Timestamp;
use domain::effect::Kind;
use domain::listener::{Listener, Serves};
use serde::{Deserialize, Serialize};
use service::setting;
use utoipa::ToSchema;

use super::body::{Answer, Body, tagged, would};
use super::route::{Access, Method, Routes};
use super::smtp::instance;
use crate::App;
use crate::context::Caller;
use crate::listener::Via;

const TAG: &str = "Instance";

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/instance/listeners"),
        Access::Superuser,
        (TAG, "get_listeners", "See where the instance listens"),
        get,
        |route| route.answers::<Listeners>(200, "The first one is given by the operator"),
    );
    routes.add(
        (Method::Put, "/instance/listeners"),
        Access::Superuser,
        (TAG, "set_listeners", "Try new listeners"),
        set,
        |route| {
            route
                .conditional()
                .takes::<ListenersBody>()
                .answers::<Listeners>(
                    200,
                    "Old and new ones serve side by side until the new set is confirmed, two minutes at most",
                )
                .previews()
        },
    );
    routes.add(
        (Method::Post, "/instance/listeners/confirmation"),
        Access::Superuser,
        (TAG, "confirm_listeners", "Confirm new listeners, by way of one of them"),
        confirm,
        |route| route.answers::<Listeners>(200, "The new set alone"),
    );
}

#[derive(Serialize, ToSchema)]
struct Listeners {
    listeners: Vec<Shown>,
    /// The set that waits to be confirmed
    trial: Option<Running>,
}

#[derive(Serialize, ToSchema)]
struct Shown {
    name: String,
    #[schema(value_type = String)]
    address: IpAddr,
    port: u16,
    tls: bool,
    /// console, api, access, metrics
    serves: Vec<&'static str>,
    /// fixed, serving, tried, leaving or failed
    state: &'static str,
    /// flag, environment or file, of the first one
    fixed_by: Option<&'static str>,
    url: String,
    /// Why it cannot be listened on
    problem: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Running {
    /// When it reverts
    #[schema(value_type = String)]
    until: Timestamp,
    /// Where POST /instance/listeners/confirmation is to be sent
    confirm_at: Vec<String>,
}

impl From<&setting::Listeners> for Listeners {
    fn from(listeners: &setting::Listeners) -> Self {
        Self {
            listeners: listeners.all.iter().map(Shown::from).collect(),
            trial: listeners.trial.as_ref().map(|trial| Running {
                until: trial.until,
                confirm_at: trial.confirm_at.clone(),
            }),
        }
    }
}

impl From<&setting::Shown> for Shown {
    fn from(shown: &setting::Shown) -> Self {
        let listener = &shown.listener;
        Self {
            name: listener.name.clone(),
            address: listener.address,
            port: listener.port,
            tls: listener.tls,
            serves: listener.serves.iter().map(|serves| serves.name()).collect(),
            state: shown.state.name(),
            fixed_by: shown.fixed_by.map(service::FixedBy::name),
            url: shown.url.clone(),
            problem: shown.problem.clone(),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ListenersBody {
    /// All but the first one
    listeners: Vec<ListenerBody>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ListenerBody {
    name: String,
    #[schema(value_type = String)]
    address: IpAddr,
    port: u16,
    #[serde(default)]
    tls: bool,
    /// console, api, access, metrics
    #[schema(value_type = Vec<String>)]
    serves: Vec<Serves>,
}

impl From<ListenerBody> for Listener {
    fn from(body: ListenerBody) -> Self {
        Self {
            name: body.name,
            address: body.address,
            port: body.port,
            tls: body.tls,
            serves: body.serves,
        }
    }
}

async fn get(State(app): State<App>, Caller(request): Caller) -> Answer {
    let listeners = app.roster.listeners(&request).await?;
    Ok(tagged(&Listeners::from(&listeners), &listeners.etag))
}

async fn set(State(app): State<App>, Caller(request): Caller, Body(body): Body<ListenersBody>) -> Answer {
    let new = body.listeners.into_iter().map(Listener::from).collect();
    let listeners = app.roster.try_listeners(&request, new).await?;
    if request.dry_run {
        let changes: Vec<String> = listeners
            .all
            .iter()
            .filter(|shown| matches!(shown.state, setting::State::Tried | setting::State::Leaving))
            .map(|shown| {
                format!(
                    "{} {}",
                    shown.url,
                    if shown.state == setting::State::Tried {
                        "is opened"
                    } else {
                        "is closed"
                    }
                )
            })
            .collect();
        return Ok(would(Kind::Changed, instance(), &changes.join(", ")));
    }
    Ok(tagged(&Listeners::from(&listeners), &listeners.etag))
}

async fn confirm(State(app): State<App>, via: Option<Extension<Via>>, Caller(request): Caller) -> Answer {
    let via = via.map(|Extension(Via(socket))| socket);
    let listeners = app.roster.confirm_listeners(&request, via).await?;
    Ok(tagged(&Listeners::from(&listeners), &listeners.etag))
}
