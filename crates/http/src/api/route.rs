//! A route with all that is said about it.

use std::borrow::Cow;

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::http::header::IF_MATCH;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use domain::permission::Permission;
use serde_json::Value;
use utoipa::openapi::{RefOr, schema::Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::App;
use crate::context::is_dry_run;
use crate::problem::Problem;

/// Who may call a route. There is no default: a route without one does not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever holds this in the organization of the path.
    Permission(Permission),
    /// Everybody who is signed in, about themselves.
    SignedIn,
    Superuser,
    /// Nobody need be known; with the reason.
    Public(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }

    const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// How a schema and those it refers to are made: by whoever reads the document, and not when the program starts.
#[derive(Clone, Copy)]
pub struct Described {
    pub name: fn() -> Cow<'static, str>,
    pub schemas: fn() -> Vec<(String, RefOr<Schema>)>,
}

impl Described {
    pub fn of<T: ToSchema + PartialSchema>() -> Self {
        Self {
            name: T::name,
            schemas: || {
                let mut schemas = vec![(T::name().into_owned(), T::schema())];
                T::schemas(&mut schemas);
                schemas
            },
        }
    }
}

pub const JSON: &str = "application/json";
pub const LINES: &str = "application/x-ndjson";
pub const TABLE: &str = "text/csv";

/// A query parameter: its name and what it does.
pub type Parameter = (&'static str, &'static str);

pub struct Route {
    pub method: Method,
    /// Below `/api/v1`.
    pub path: &'static str,
    pub access: Access,
    pub tag: &'static str,
    /// Unique; made of verb and noun.
    pub id: &'static str,
    pub summary: &'static str,
    pub query: Vec<Parameter>,
    pub body: Option<Described>,
    pub answers: Vec<(u16, &'static str, Option<Described>)>,
    /// What an answer that has a body may be.
    pub kinds: &'static [&'static str],
    /// What a body is that is sent.
    pub taken: &'static str,
    /// Whether it changes something that can be previewed by `dry_run`.
    pub previews: bool,
    /// Whether it heeds `If-Match`: what it changes has an `ETag`.
    pub conditional: bool,
    handler: Option<MethodRouter<App>>,
}

impl Route {
    pub fn query(mut self, parameters: &[Parameter]) -> Self {
        self.query.extend_from_slice(parameters);
        self
    }

    pub fn takes<T: ToSchema>(mut self) -> Self {
        self.body = Some(Described::of::<T>());
        self
    }

    pub fn answers<T: ToSchema>(mut self, status: u16, what: &'static str) -> Self {
        self.answers.push((status, what, Some(Described::of::<T>())));
        self
    }

    pub fn answers_nothing(mut self, status: u16, what: &'static str) -> Self {
        self.answers.push((status, what, None));
        self
    }

    /// Its answer has a line for each thing, or what is asked for by `Accept`.
    pub fn as_kinds(mut self, kinds: &'static [&'static str]) -> Self {
        self.kinds = kinds;
        self
    }

    /// What is sent has a line for each thing.
    pub fn takes_lines<T: ToSchema>(self) -> Self {
        Self {
            taken: LINES,
            ..self.takes::<T>()
        }
    }

    pub fn previews(mut self) -> Self {
        self.previews = true;
        self
    }

    pub fn conditional(mut self) -> Self {
        self.conditional = true;
        self
    }

    /// What it does not heed it refuses: whoever only wants to try, or only if nothing has changed, must not find it done.
    fn guarded(&self, mut handler: MethodRouter<App>) -> MethodRouter<App> {
        if self.method == Method::Get {
            return handler;
        }
        if !self.previews {
            handler = handler.layer(middleware::from_fn(no_preview));
        }
        if !self.conditional {
            handler = handler.layer(middleware::from_fn(no_condition));
        }
        handler
    }
}

#[derive(Default)]
pub struct Routes(pub Vec<Route>);

/// Method and path of a route.
pub type At = (Method, &'static str);
/// Tag, id and summary of a route.
pub type About = (&'static str, &'static str, &'static str);

impl Routes {
    pub fn add<H, T>(&mut self, at: At, access: Access, about: About, handler: H, describe: impl FnOnce(Route) -> Route)
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let route = Route {
            method: at.0,
            path: at.1,
            access,
            tag: about.0,
            id: about.1,
            summary: about.2,
            query: Vec::new(),
            body: None,
            answers: Vec::new(),
            kinds: &[JSON],
            taken: JSON,
            previews: false,
            conditional: false,
            handler: Some(on(at.0.filter(), handler)),
        };
        self.0.push(describe(route));
    }

    /// The handlers, once: the table stays for whoever reads it.
    pub fn router(&mut self) -> Router<App> {
        self.0
            .iter_mut()
            .fold(Router::new(), |router, route| match route.handler.take() {
                Some(handler) => router.route(route.path, route.guarded(handler)),
                None => router,
            })
    }
}

async fn no_preview(request: Request, next: Next) -> Response {
    match is_dry_run(request.uri()) {
        Ok(false) => next.run(request).await,
        Ok(true) => {
            let detail = "This call cannot be previewed. Leave dry_run out to carry it out.";
            Problem::new(StatusCode::BAD_REQUEST, "no_preview", detail).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

/// `*` holds: without it there would be nothing to change (RFC 9110 §13.1.1).
async fn no_condition(request: Request, next: Next) -> Response {
    let condition = request.headers().get(IF_MATCH);
    if condition.is_none_or(|condition| condition == "*") {
        return next.run(request).await;
    }
    let detail = "What this call changes has no ETag to compare with. Leave If-Match out.";
    Problem::new(StatusCode::PRECONDITION_FAILED, "no_etag", detail).into_response()
}

/// A component of the document by name.
pub fn reference(name: &str) -> Value {
    serde_json::json!({ "$ref": format!("#/components/schemas/{name}") })
}
