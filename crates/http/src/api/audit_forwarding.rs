//! Where the audit log is forwarded to, and how that goes: of an organization, and of the instance.

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use domain::permission::{AuditLogManage, Permission};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use service::audit::forwarding::{self, NewForwarding, Start, View};
use utoipa::ToSchema;

use super::body::{Answer, Body, nothing, outcome, tagged};
use super::inside::Inside;
use super::page;
use super::route::{Access, Method, Routes};
use crate::App;
use crate::context::Caller;
use crate::problem::Problem;

const TAG: &str = "Audit";
const MANAGE: Access = Access::Permission(Permission::AuditLogManage);
const OF_ORGANIZATION: &str = "/organizations/{org}/audit-forwarding";
const OF_INSTANCE: &str = "/instance/audit-forwarding";

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, OF_ORGANIZATION),
        MANAGE,
        (
            TAG,
            "get_audit_forwarding",
            "See where the audit log is forwarded to, and how far behind it is",
        ),
        get,
        |route| route.answers::<ForwardingBody>(200, "Address, lag, and what went wrong last"),
    );
    routes.add(
        (Method::Put, OF_ORGANIZATION),
        MANAGE,
        (TAG, "set_audit_forwarding", "Forward the audit log as it is written"),
        put,
        |route| {
            route
                .conditional()
                .takes::<NewForwardingBody>()
                .answers::<ForwardingBody>(200, "The forwarding as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, OF_ORGANIZATION),
        MANAGE,
        (TAG, "stop_audit_forwarding", "Forward the audit log no more"),
        stop,
        |route| {
            route
                .conditional()
                .answers_nothing(204, "It is forwarded nowhere")
                .previews()
        },
    );
    routes.add(
        (Method::Get, OF_INSTANCE),
        Access::Superuser,
        (
            TAG,
            "get_instance_audit_forwarding",
            "See where all audit logs are forwarded to",
        ),
        get_of_instance,
        |route| route.answers::<ForwardingBody>(200, "Address, lag, and what went wrong last"),
    );
    routes.add(
        (Method::Put, OF_INSTANCE),
        Access::Superuser,
        (
            TAG,
            "set_instance_audit_forwarding",
            "Forward all audit logs, the instance's own among them",
        ),
        put_of_instance,
        |route| {
            route
                .conditional()
                .takes::<NewForwardingBody>()
                .answers::<ForwardingBody>(200, "The forwarding as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, OF_INSTANCE),
        Access::Superuser,
        (TAG, "stop_instance_audit_forwarding", "Forward all audit logs no more"),
        stop_of_instance,
        |route| {
            route
                .conditional()
                .answers_nothing(204, "They are forwarded nowhere")
                .previews()
        },
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewForwardingBody {
    /// `https://…`, `syslog+tls://host:6514`, `syslog+tcp://host:601` or `syslog+udp://host:514`; by HTTP a POST of NDJSON.
    url: String,
    /// none, bearer or signature (HMAC-SHA256 as Standard Webhooks has it); none where left out.
    authentication: Option<String>,
    /// At least 16 characters. Left out: the one that is kept, while the address stays the same.
    #[schema(value_type = Option<String>)]
    secret: Option<SecretString>,
    /// The authority to trust instead of the machine's own, as PEM.
    trusted_certificate: Option<String>,
    /// now (a new one from now on; the usual) or beginning (everything that is kept).
    start: Option<String>,
}

impl NewForwardingBody {
    fn parsed(self) -> Result<NewForwarding, Problem> {
        let start = match self.start.as_deref() {
            None | Some("now") => Start::GoOn,
            Some("beginning") => Start::Beginning,
            Some(_) => return Err(page::invalid("start", "must be now or beginning")),
        };
        Ok(NewForwarding {
            url: self.url,
            authentication: self.authentication,
            secret: self.secret,
            trusted_certificate: self.trusted_certificate,
            start,
        })
    }
}

#[derive(Serialize, ToSchema)]
struct ForwardingBody {
    url: String,
    authentication: String,
    has_secret: bool,
    trusted_certificate: Option<String>,
    /// working or failing
    state: &'static str,
    behind: BehindBody,
    last_error: Option<String>,
    failing_since: Option<String>,
    next_try_at: Option<String>,
    delivered_at: Option<String>,
    changed_at: String,
}

#[derive(Serialize, ToSchema)]
struct BehindBody {
    /// Entries that have not arrived.
    entries: i64,
    /// How old the oldest of them is.
    seconds: i64,
}

fn shape(view: View, now: Timestamp) -> ForwardingBody {
    let View { forwarding, lag } = view;
    let failing = forwarding.failing_since.is_some();
    let text = |at: Timestamp| at.to_string();
    ForwardingBody {
        url: forwarding.url,
        authentication: forwarding.authentication,
        has_secret: forwarding.sealed_secret.is_some(),
        trusted_certificate: forwarding.trusted_certificate,
        state: if failing { "failing" } else { "working" },
        behind: BehindBody {
            entries: lag.entries,
            seconds: lag
                .since
                .map_or(0, |since| now.since(since).max(0) / domain::time::SECOND),
        },
        last_error: forwarding.last_error,
        failing_since: forwarding.failing_since.map(text),
        next_try_at: failing.then(|| text(forwarding.due_at)),
        delivered_at: forwarding.delivered_at.map(text),
        changed_at: text(forwarding.changed_at),
    }
}

fn shown(view: View, now: Timestamp) -> Response {
    let tag = forwarding::etag(Some(&view.forwarding));
    tagged(&shape(view, now), &tag)
}

fn found(view: Option<View>, now: Timestamp) -> Answer {
    let view = view.ok_or(domain::Refusal::NotFound { what: "forwarding" })?;
    Ok(shown(view, now))
}

async fn get(inside: Inside) -> Answer {
    let seen = inside.see::<AuditLogManage>().await?;
    found(forwarding::see(seen).await?, inside.request.now)
}

async fn put(inside: Inside, Body(body): Body<NewForwardingBody>) -> Answer {
    let authorized = inside.change::<AuditLogManage>().await?;
    let set = forwarding::set(authorized, body.parsed()?).await?;
    Ok(outcome(set, |view| shown(view, inside.request.now)))
}

async fn stop(inside: Inside) -> Answer {
    let stopped = forwarding::stop(inside.change::<AuditLogManage>().await?).await?;
    Ok(outcome(stopped, |()| nothing()))
}

async fn get_of_instance(State(app): State<App>, Caller(request): Caller) -> Answer {
    found(app.roster.audit_forwarding(&request).await?, request.now)
}

async fn put_of_instance(
    State(app): State<App>,
    Caller(request): Caller,
    Body(body): Body<NewForwardingBody>,
) -> Answer {
    let set = app.roster.set_audit_forwarding(&request, &body.parsed()?).await?;
    Ok(outcome(set, |view| shown(view, request.now)))
}

async fn stop_of_instance(State(app): State<App>, Caller(request): Caller) -> Answer {
    let stopped = app.roster.stop_audit_forwarding(&request).await?;
    Ok(outcome(stopped, |()| nothing()))
}
