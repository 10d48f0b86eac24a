//! Sockets: the first one, and those that superusers set. Each is served by a task of its own until it is told to end.

use std::collections::HashMap;
use std::future::Future;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use http_floor::{Router, listener};
use hyper_util::rt::TokioTimer;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use service::Roster;
use service::setting::Host;
use tokio::task::JoinSet;

use crate::Refused;

/// How long requests may go on after their listener was told to end.
pub const DRAIN: Duration = Duration::from_secs(8);
/// How long a client may take to send its request's head.
const HEAD: Duration = Duration::from_secs(15);

/// A second in all, until a socket that was told to end has ended.
const TRIES: u32 = 100;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// What is served, at which sockets.
pub struct Sockets {
    router: Router,
    roster: Roster,
    tls: Arc<ServerConfig>,
    open: Mutex<HashMap<SocketAddr, Handle<SocketAddr>>>,
    tasks: Mutex<JoinSet<()>>,
}

impl Sockets {
    pub fn new(router: Router, roster: Roster) -> Self {
        Self {
            router,
            tls: tls(roster.clone()),
            roster,
            open: Mutex::default(),
            tasks: Mutex::default(),
        }
    }

    /// Serves the first socket until it is told to end.
    pub async fn first(
        &self,
        listener: TcpListener,
        with_tls: bool,
        handle: Handle<SocketAddr>,
    ) -> Result<(), Refused> {
        answer(
            listener,
            with_tls.then(|| Arc::clone(&self.tls)),
            handle,
            self.router.clone(),
        )
        .await?;
        Ok(())
    }

    /// All but the first listen no more; running requests may finish.
    pub fn end(&self) {
        for (_, handle) in self.handles().drain() {
            handle.graceful_shutdown(Some(DRAIN));
        }
    }

    /// Returns when what was running at any of them is done.
    pub async fn ended(&self) {
        self.end();
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.join_all().await;
    }

    fn handles(&self) -> std::sync::MutexGuard<'_, HashMap<SocketAddr, Handle<SocketAddr>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(&self, socket: SocketAddr, with_tls: bool) -> Result<(), String> {
        let listener = TcpListener::bind(socket)
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
            .map_err(|error| why(socket, &error))?;
        let handle = Handle::new();
        self.handles().insert(socket, handle.clone());
        let router = listener::at(socket, self.roster.clone(), self.router.clone());
        let tls = with_tls.then(|| Arc::clone(&self.tls));
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            if let Err(error) = answer(listener, tls, handle, router).await {
                tracing::error!(%socket, %error, "a listener ended");
            }
        });
        Ok(())
    }
}

impl Host for Sockets {
    fn open(&self, socket: SocketAddr, tls: bool) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(async move { self.listen(socket, tls) })
    }

    fn close(&self, socket: SocketAddr) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let handle = self.handles().remove(&socket);
            if let Some(handle) = handle {
                handle.graceful_shutdown(Some(DRAIN));
                released(socket).await;
            }
        })
    }
}

/// Returns once the port is free again, for it may be wanted anew at once.
async fn released(socket: SocketAddr) {
    for _ in 0..TRIES {
        if TcpListener::bind(socket).is_ok() {
            return;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
}

/// What a socket cannot be listened on for, and what to do.
pub fn why(socket: impl std::fmt::Display, error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => format!("{socket} is in use by another program: end it, or choose another port"),
        ErrorKind::PermissionDenied => format!("{socket} may not be listened on ({error}): choose a port above 1023"),
        ErrorKind::AddrNotAvailable => format!("{socket} is no address of this machine: choose one that it has"),
        _ => format!("{socket} cannot be listened on ({error}): choose another address or port"),
    }
}

async fn answer(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    handle: Handle<SocketAddr>,
    router: Router,
) -> std::io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut server = axum_server::from_tcp(listener)?.handle(handle);
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD);
    match tls {
        None => server.serve(service).await,
        Some(config) => {
            let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(config));
            server.acceptor(acceptor).serve(service).await
        }
    }
}

/// For every connection the certificate of that moment: a new one closes nothing.
struct Served(Roster);

impl std::fmt::Debug for Served {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Served")
    }
}

impl ResolvesServerCert for Served {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.identity().map(|identity| identity.certified())
    }
}

fn tls(roster: Roster) -> Arc<ServerConfig> {
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Served(roster)));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}
