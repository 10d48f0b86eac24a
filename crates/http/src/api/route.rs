//! A route with all that is said about it.

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use domain::permission::Permission;
use serde_json::Value;
use utoipa::openapi::{RefOr, schema::Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::App;
use crate::context::query_says;
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

/// A schema and those it refers to.
pub struct Described {
    pub name: String,
    pub schemas: Vec<(String, RefOr<Schema>)>,
}

impl Described {
    fn of<T: ToSchema + PartialSchema>() -> Self {
        let name = T::name().into_owned();
        let mut schemas = vec![(name.clone(), T::schema())];
        T::schemas(&mut schemas);
        Self { name, schemas }
    }
}

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
    /// Whether it changes something that can be previewed by `dry_run`.
    pub previews: bool,
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

    pub fn previews(mut self) -> Self {
        self.previews = true;
        self
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
            previews: false,
            handler: Some(on(at.0.filter(), handler)),
        };
        self.0.push(describe(route));
    }

    /// The handlers, once: the table stays for whoever reads it.
    pub fn router(&mut self) -> Router<App> {
        self.0
            .iter_mut()
            .fold(Router::new(), |router, route| match route.handler.take() {
                Some(handler) if route.previews || route.method == Method::Get => router.route(route.path, handler),
                Some(handler) => router.route(route.path, handler.layer(middleware::from_fn(no_preview))),
                None => router,
            })
    }
}

/// Who only wants to try what cannot be tried must not find it done.
async fn no_preview(request: Request, next: Next) -> Response {
    if query_says(request.uri(), "dry_run", "true") {
        let detail = "This call cannot be previewed. Leave dry_run out to carry it out.";
        return Problem::new(StatusCode::BAD_REQUEST, "no_preview", detail).into_response();
    }
    next.run(request).await
}

/// A component of the document by name.
pub fn reference(name: &str) -> Value {
    serde_json::json!({ "$ref": format!("#/components/schemas/{name}") })
}
