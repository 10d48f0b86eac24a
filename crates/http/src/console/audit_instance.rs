//! The instance's own audit log, for superusers, and where all logs are forwarded to.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::Timestamp;
use service::Request;
use service::audit::Filter;
use service::audit::forwarding::View;
use service::instance::InstancePolicyChange;

use crate::App;
use crate::audit_export::{self, Format};
use crate::console::address::Query;
use crate::console::audit::{Asked, FETCHED, Log, Typed as Kept, kept};
use crate::console::audit_forwarding::{At, TITLE, Typed};
use crate::console::form::Form;
use crate::console::instance::{Instance, enter};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::audit::Retention;
use crate::page::form::Errors;
use crate::page::instance::Place;

const BASE: &str = "/instance/audit-events";
const LEAD: &str = "Every entry of every log, the instance's own among them, is sent on as it is written, again and again until \
                    it has arrived.";

pub fn router() -> Router<App> {
    Router::new()
        .route("/instance/audit-events", get(list))
        .route("/instance/audit-events/export", get(export))
        .route("/instance/audit-events/retention", get(retained).post(retain))
        .route("/instance/audit-events/forwarding", get(show).post(set))
        .route("/instance/audit-events/forwarding/stop", get(ask_stop).post(stop))
}

async fn list(State(app): State<App>, Person(request): Person, Query(asked): Query<Asked>, shown: Once) -> Answer {
    let instance = enter(&app, &request, Place::Audit, shown).await?;
    let filter = asked.filter(instance.zone());
    let log = Log {
        home: None,
        base: BASE.to_owned(),
        chain: app.roster.instance_audit_state(&request).await?,
        kept_days: app.roster.instance_policies(&request).await?.audit_retention_days,
        may_manage: true,
        entries: app.roster.instance_audit(&request, &filter, FETCHED).await?,
        asked: &asked,
        filter: &filter,
    };
    Ok(view::html(
        &log.page(instance.shell("Audit log"), |at: Timestamp| instance.time(at)),
    ))
}

async fn export(State(app): State<App>, Person(request): Person, Query(asked): Query<Asked>) -> Answer {
    let instance = enter(&app, &request, Place::Audit, Once::default()).await?;
    let filter = Filter {
        older_than: None,
        ..asked.filter(instance.zone())
    };
    let format = Format::named(&asked.format).unwrap_or(Format::Lines);
    let export = app.roster.export_instance_audit(&request, filter).await?;
    Ok(audit_export::file(export, format, "instance"))
}

fn retention(instance: &Instance, typed: &Kept, errors: Errors) -> Retention {
    typed.page(instance.shell("Keeping the audit log"), BASE.to_owned(), errors)
}

async fn retained(State(app): State<App>, Person(request): Person, shown: Once) -> Answer {
    let instance = enter(&app, &request, Place::Audit, shown).await?;
    let days = app.roster.instance_policies(&request).await?.audit_retention_days;
    Ok(view::html(&retention(&instance, &Kept::of(days), Errors::none())))
}

async fn retain(State(app): State<App>, Person(request): Person, Form(typed): Form<Kept>) -> Answer {
    let instance = enter(&app, &request, Place::Audit, Once::default()).await?;
    let days = match typed.parse() {
        Ok(days) => days,
        Err(errors) => return Ok(view::again(&retention(&instance, &typed, errors))),
    };
    let change = InstancePolicyChange {
        audit_retention_days: Some(days),
        ..InstancePolicyChange::default()
    };
    // What cannot be saved is told first.
    let asks = days.is_some() && !typed.seen;
    let request = if asks { request.with_dry_run(true) } else { request };
    if let Err(error) = app.roster.change_instance_policies(&request, change).await {
        return Ok(view::again(&retention(&instance, &typed, view::errors(error)?)));
    }
    match days.filter(|_| asks) {
        Some(days) => {
            let gone = app.roster.instance_audit_would_remove(&request, days).await?;
            let shell = instance.shell("Keeping the audit log");
            Ok(view::html(&typed.question(shell, BASE, days, gone)))
        }
        None => Ok(view::done(BASE, kept(days))),
    }
}

fn at(instance: &Instance, now: Timestamp) -> At<'_> {
    At {
        shell: instance.shell(TITLE),
        base: BASE.to_owned(),
        lead: LEAD.to_owned(),
        now,
        zone: instance.zone(),
    }
}

async fn opened(app: &App, request: &Request, shown: Once) -> Result<(Instance, Option<View>), super::refusal::Page> {
    let instance = enter(app, request, Place::Audit, shown).await?;
    Ok((instance, app.roster.audit_forwarding(request).await?))
}

async fn show(State(app): State<App>, Person(request): Person, shown: Once) -> Answer {
    let (instance, view) = opened(&app, &request, shown).await?;
    let page = Typed::of(view.as_ref()).page(&at(&instance, request.now), view.as_ref(), Errors::none());
    Ok(view::html(&page))
}

async fn set(State(app): State<App>, Person(request): Person, Form(typed): Form<Typed>) -> Answer {
    let (instance, kept) = opened(&app, &request, Once::default()).await?;
    match app.roster.set_audit_forwarding(&request, &typed.wanted()).await {
        Ok(_) => Ok(view::done(
            &format!("{BASE}/forwarding"),
            format!("Entries go to {}.", typed.address()),
        )),
        Err(error) => {
            let errors = view::errors(error)?;
            Ok(view::again(&typed.page(
                &at(&instance, request.now),
                kept.as_ref(),
                errors,
            )))
        }
    }
}

async fn ask_stop(State(app): State<App>, Person(request): Person, shown: Once) -> Answer {
    let (instance, _) = opened(&app, &request, shown).await?;
    Ok(view::html(&at(&instance, request.now).question()))
}

async fn stop(State(app): State<App>, Person(request): Person) -> Answer {
    app.roster.stop_audit_forwarding(&request).await?;
    Ok(view::done(
        &format!("{BASE}/forwarding"),
        "Entries are forwarded no more.",
    ))
}
