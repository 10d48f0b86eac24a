//! Listeners: added and closed by trying a new set, which is kept by way of one of it.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Extension, Router};
use axum_extra::extract::Form as Repeating;
use domain::Refusal;
use domain::listener::{Listener, Serves};
use serde::Deserialize;
use service::Request;
use service::setting::{Listeners as Kept, Shown, State as Standing};

use super::fixed;
use crate::App;
use crate::console::address::Path;
use crate::console::instance::{Instance, enter};
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::listener::Via;
use crate::page::confirm;
use crate::page::form::{Choice, Errors};
use crate::page::instance::Place;
use crate::page::setting::{Form, Listeners, Row, Trial};

const HERE: &str = "/instance/settings/listeners";
const TRIED: &str = "The new listeners are being tried. Keep them by way of one of them within two minutes.";

pub fn router() -> Router<App> {
    Router::new()
        .route(HERE, get(show).post(add))
        .route("/instance/settings/listeners/confirmation", post(confirm))
        .route(
            "/instance/settings/listeners/{name}/removal",
            get(ask_removal).post(remove),
        )
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    address: String,
    port: String,
    tls: bool,
    serves: Vec<String>,
}

type Came = Option<Extension<Via>>;

async fn show(State(app): State<App>, via: Came, Person(request): Person, shown: Once) -> Answer {
    let typed = Typed {
        serves: vec!["console".to_owned(), "api".to_owned()],
        ..Typed::default()
    };
    Ok(view::html(&page(&app, &request, &via, typed, shown).await?))
}

async fn page(app: &App, request: &Request, via: &Came, typed: Typed, shown: Once) -> Result<Listeners, Page> {
    let instance = enter(app, request, Place::Listeners, shown).await?;
    let listeners = app.roster.listeners(request).await?;
    let rows = listeners.all.iter().map(|one| row(one, listeners.trial.is_some()));
    Ok(Listeners {
        shell: instance.shell("Listeners"),
        rows: rows.collect(),
        trial: trial(&instance, &listeners, via),
        form: Form {
            serves: Serves::ALL
                .map(|serves| {
                    let chosen = typed.serves.iter().any(|name| name == serves.name());
                    Choice::new(serves.name(), serves.label()).selected(chosen)
                })
                .to_vec(),
            name: typed.name,
            address: typed.address,
            port: typed.port,
            tls: typed.tls,
            no_tls: match app.roster.identity() {
                Some(_) => String::new(),
                None => "There is no certificate yet: set one on the page TLS first.".to_owned(),
            },
        },
        errors: Errors::none(),
    })
}

fn row(shown: &Shown, being_tried: bool) -> Row {
    let (state, tone) = match shown.state {
        Standing::Fixed => ("Always there", "active"),
        Standing::Serving => ("Serving", "active"),
        Standing::Tried => ("New, being tried", "invited"),
        Standing::Leaving => ("Goes when the new ones stay", "waiting"),
        Standing::Failed => ("Not open", "suspended"),
    };
    let remark = match (&shown.problem, shown.state) {
        (Some(problem), _) => format!("{problem}."),
        (None, Standing::Fixed) => fixed(shown.fixed_by, "listen"),
        (None, _) => String::new(),
    };
    Row {
        name: shown.listener.name.clone(),
        url: shown.url.clone(),
        serves: shown.listener.serves.iter().map(|serves| serves.label()).collect(),
        state,
        tone,
        remark,
        is_bad: shown.problem.is_some(),
        may_go: !being_tried && shown.state != Standing::Fixed,
    }
}

fn trial(instance: &Instance, listeners: &Kept, via: &Came) -> Option<Trial> {
    let running = listeners.trial.as_ref()?;
    let came = match via {
        Some(Extension(Via(socket))) => listeners.all.iter().find(|shown| shown.listener.socket() == *socket),
        None => listeners.all.first(),
    };
    Some(Trial {
        until: instance.time_or(Some(running.until), ""),
        is_here: came.is_some_and(|came| running.confirm_at.contains(&came.url)),
        confirm_at: running.confirm_at.iter().map(|url| format!("{url}{HERE}")).collect(),
    })
}

/// The set that is confirmed, without the first one.
fn confirmed(listeners: &Kept) -> Vec<Listener> {
    let kept = |shown: &&Shown| !matches!(shown.state, Standing::Fixed | Standing::Tried);
    listeners
        .all
        .iter()
        .filter(kept)
        .map(|shown| shown.listener.clone())
        .collect()
}

async fn add(State(app): State<App>, via: Came, Person(request): Person, Repeating(typed): Repeating<Typed>) -> Answer {
    let mut all = confirmed(&app.roster.listeners(&request).await?);
    let number = all.len();
    let tried = match listener(&typed) {
        Ok(new) => {
            all.push(new);
            app.roster.try_listeners(&request, all).await.map(|_| ())
        }
        Err(error) => Err(error),
    };
    let Err(error) = tried else {
        return Ok(view::done(HERE, TRIED));
    };
    let errors = view::errors(of_the_new(error, number))?;
    let page = page(&app, &request, &via, typed, Once::default()).await?;
    Ok(view::again(&Listeners { errors, ..page }))
}

fn listener(typed: &Typed) -> Result<Listener, service::Error> {
    let wrong = |field: &str, detail: &str| service::FieldError::new(field, detail);
    let address = typed.address.trim().parse();
    let port = typed.port.trim().parse();
    let serves = typed.serves.iter().filter_map(|name| Serves::parse(name)).collect();
    match (address, port) {
        (Ok(address), Ok(port)) => Ok(Listener {
            name: typed.name.trim().to_owned(),
            address,
            port,
            tls: typed.tls,
            serves,
        }),
        (address, port) => {
            let mut errors = Vec::new();
            if address.is_err() {
                errors.push(wrong("address", "must be an IP address, such as 127.0.0.1 or 0.0.0.0"));
            }
            if port.is_err() {
                errors.push(wrong("port", "must be a number from 1 to 65535"));
            }
            Err(service::Error::Invalid(errors))
        }
    }
}

/// The form has fields for the new one alone.
fn of_the_new(error: service::Error, number: usize) -> service::Error {
    match error {
        service::Error::Invalid(mut fields) => {
            let place = format!("/listeners/{number}");
            for field in &mut fields {
                if let Some(rest) = field.pointer.strip_prefix(&place) {
                    field.pointer = rest.to_owned();
                }
            }
            service::Error::Invalid(fields)
        }
        other => other,
    }
}

async fn confirm(State(app): State<App>, via: Came, Person(request): Person) -> Answer {
    let via = via.map(|Extension(Via(socket))| socket);
    app.roster.confirm_listeners(&request, via).await?;
    Ok(view::done(HERE, "The new listeners stay."))
}

async fn ask_removal(State(app): State<App>, Person(request): Person, Path(name): Path<String>, shown: Once) -> Answer {
    let instance = enter(&app, &request, Place::Listeners, shown).await?;
    let listeners = app.roster.listeners(&request).await?;
    let gone = found(&listeners, &name)?;
    Ok(view::html(&confirm::Page {
        shell: instance.shell("Close a listener"),
        heading: format!("Close the listener {name}?"),
        lead: format!(
            "Nobody reaches this server by {} any more. It goes on for two minutes and closes when you keep the others by \
             way of one of them; if you do not, it stays.",
            gone.url
        ),
        action: format!("{HERE}/{name}/removal"),
        submit: format!("Try it without {name}"),
        danger: true,
        cancel_href: HERE.to_owned(),
        ..confirm::Page::default()
    }))
}

fn found<'a>(listeners: &'a Kept, name: &str) -> Result<&'a Shown, Page> {
    let is_meant = |shown: &&Shown| shown.listener.name == name && shown.state != Standing::Fixed;
    let found = listeners.all.iter().find(is_meant);
    found.ok_or_else(|| Refusal::NotFound { what: "listener" }.into())
}

async fn remove(State(app): State<App>, Person(request): Person, Path(name): Path<String>) -> Answer {
    let listeners = app.roster.listeners(&request).await?;
    found(&listeners, &name)?;
    let mut left = confirmed(&listeners);
    left.retain(|listener| listener.name != name);
    app.roster.try_listeners(&request, left).await?;
    Ok(view::done(HERE, TRIED))
}
