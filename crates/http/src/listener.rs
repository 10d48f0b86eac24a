//! Listeners: each connection gets the one router, and those besides the first answer what they serve and know that a request
//! came by them.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, Version, header};
use axum::middleware::{self, AddExtension, Next};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use domain::listener::Serves;
use futures_util::future::{BoxFuture, Either};
use service::Roster;
use tower::{Layer, Service};

use crate::problem::Problem;

/// The router for each connection, whose other end requests are told. `Router::into_make_service_with_connect_info` would copy
/// all routes of a router that others have too.
#[derive(Clone)]
pub struct Connections {
    pub router: Router,
    pub parting: Parting,
}

/// Whether what is answered from now on is the last answer on its connection, so that its client goes elsewhere by itself.
#[derive(Clone, Debug, Default)]
pub struct Parting(Arc<AtomicBool>);

impl Parting {
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What answers on one connection.
#[derive(Clone)]
pub struct Connection<S> {
    service: S,
    parting: Parting,
}

impl<S, B> Service<axum::http::Request<B>> for Connection<S>
where
    S: Service<axum::http::Request<B>, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: axum::http::Request<B>) -> Self::Future {
        // HTTP/2 has words of its own for it.
        let is_last = self.parting.has_begun() && request.version() <= Version::HTTP_11;
        let answered = self.service.call(request);
        if !is_last {
            return Either::Left(answered);
        }
        Either::Right(Box::pin(async move {
            let mut response = answered.await?;
            let headers = response.headers_mut();
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            Ok(response)
        }))
    }
}

impl<P: Into<SocketAddr>> Service<P> for Connections {
    type Response = Connection<AddExtension<Router, ConnectInfo<SocketAddr>>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, peer: P) -> Self::Future {
        let service = Extension(ConnectInfo(peer.into())).layer(self.router.clone());
        let parting = self.parting.clone();
        ready(Ok(Connection { service, parting }))
    }
}

/// The socket that a request came by. The first listener's requests have none.
#[derive(Clone, Copy, Debug)]
pub struct Via(pub SocketAddr);

/// Everything this instance serves, as far as the listener at this socket does.
pub fn at(socket: SocketAddr, roster: Roster, router: Router) -> Router {
    router
        .layer(Extension(Via(socket)))
        .layer(middleware::from_fn_with_state((roster, socket), served))
}

async fn served(State((roster, socket)): State<(Roster, SocketAddr)>, request: Request, next: Next) -> Response {
    match Serves::of(request.uri().path()) {
        Some(asked) if !roster.is_served_at(socket, asked) => not_here(asked),
        _ => next.run(request).await,
    }
}

fn not_here(asked: Serves) -> Response {
    let detail = format!("{} is not served at this address.", asked.label());
    match asked {
        Serves::Console | Serves::Metrics => (StatusCode::NOT_FOUND, format!("{detail}\n")).into_response(),
        Serves::Api | Serves::Access => Problem::new(StatusCode::NOT_FOUND, "not_found", detail).into_response(),
    }
}
