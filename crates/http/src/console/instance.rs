//! What every page of the instance begins with: a superuser, and the places they can go to. Then the instance's policies.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use domain::{Refusal, Timestamp};
use serde::Deserialize;
use service::Request;
use service::account::Me;
use service::instance::{ExistingAccounts, InstancePolicies, InstancePolicyChange};

use crate::App;
use crate::console::form::Form;
use crate::console::refusal::Page;
use crate::console::time;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::form::{Choice, Errors};
use crate::page::instance::{Place, Policies};
use crate::page::part::Time;
use crate::page::shell::{Section, Shell};

pub fn router() -> Router<App> {
    Router::new()
        .route("/instance", get(start))
        .route("/instance/policies", get(policies).post(change_policies))
}

/// What the pages of one request have in common.
pub struct Instance {
    shell: Shell,
    zone: Option<String>,
    pub me: domain::id::AccountId,
    /// The viewer's own address; empty where there is none.
    pub email: String,
}

/// # Errors
/// The viewer is no superuser.
pub async fn enter(app: &App, request: &Request, place: Place, shown: Once) -> Result<Instance, Page> {
    let me: Me = app.roster.me(request).await?;
    if !request.caller.superuser || !me.account.superuser {
        return Err(Refusal::SuperuserOnly.into());
    }
    let (zone, id) = (me.account.time_zone.clone(), me.account.id);
    let email = me.account.email.clone().unwrap_or_default();
    let mut shell = view::shell_of(app, me, place.about().label, shown);
    shell.current = Some(Section::Instance(place));
    Ok(Instance {
        shell,
        zone,
        me: id,
        email,
    })
}

impl Instance {
    pub fn shell(&self, title: &str) -> Shell {
        Shell {
            title: title.to_owned(),
            ..self.shell.clone()
        }
    }

    /// The viewer's time zone.
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    pub fn time(&self, at: Timestamp) -> Time {
        time::time(at, self.zone.as_deref())
    }

    pub fn day(&self, at: Timestamp) -> Time {
        time::day(at, self.zone.as_deref())
    }

    pub fn time_or(&self, at: Option<Timestamp>, otherwise: &str) -> Time {
        at.map_or_else(|| Time::never(otherwise), |at| time::time(at, self.zone.as_deref()))
    }
}

/// The first page there is.
async fn start(State(app): State<App>, Person(request): Person) -> Answer {
    enter(&app, &request, Place::ALL[0], Once::default()).await?;
    Ok(Redirect::to(Place::ALL[0].about().path).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entered {
    anyone_may_open: bool,
    owners_may_delete: bool,
    existing_accounts: String,
}

async fn policies(State(app): State<App>, Person(request): Person, shown: Once) -> Answer {
    let instance = enter(&app, &request, Place::Policies, shown).await?;
    let policies = app.roster.instance_policies(&request).await?;
    Ok(view::html(&page(&instance, &policies, Errors::none())))
}

async fn change_policies(State(app): State<App>, Person(request): Person, Form(entered): Form<Entered>) -> Answer {
    let existing_accounts = match entered.existing_accounts.as_str() {
        "add" => ExistingAccounts::Add,
        _ => ExistingAccounts::Ask,
    };
    let change = InstancePolicyChange {
        anyone_may_open: Some(entered.anyone_may_open),
        owners_may_delete: Some(entered.owners_may_delete),
        existing_accounts: Some(existing_accounts),
        ..InstancePolicyChange::default()
    };
    app.roster.change_instance_policies(&request, change).await?;
    Ok(view::done(Place::Policies.about().path, "The policies are saved."))
}

fn page(instance: &Instance, policies: &InstancePolicies, errors: Errors) -> Policies {
    let chosen = policies.existing_accounts;
    Policies {
        shell: instance.shell("Policies"),
        errors,
        anyone_may_open: policies.anyone_may_open,
        owners_may_delete: policies.owners_may_delete,
        existing_accounts: vec![
            Choice::new("ask", "They are asked first")
                .hint("The membership waits until they agree. A proved domain of the organization needs no question.")
                .selected(chosen == ExistingAccounts::Ask),
            Choice::new("add", "They are members at once")
                .hint("For a server on which all organizations belong together.")
                .selected(chosen == ExistingAccounts::Add),
        ],
    }
}
