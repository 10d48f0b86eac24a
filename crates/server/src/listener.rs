//! Sockets: the first one, and those that superusers set. Each is served by a task of its own until it is told to end.

pub mod crowd;
mod door;
mod greeting;

use std::collections::HashMap;
use std::future::Future;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum_server::Server;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use http_floor::{Router, listener};
use hyper_util::rt::TokioTimer;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use service::Roster;
use service::setting::Host;
use tokio::net::TcpSocket;
use tokio::task::JoinSet;

use crate::Refused;
use crate::configuration::Connections;
use crowd::Crowd;
pub use door::Exit;
use greeting::Greeted;

/// Bytes that are kept of a connection before they are understood: a head that is longer is refused.
const BUFFER: usize = 64 * 1024;

/// Requests that one connection of HTTP/2 may have open at once; whoever has more asks again. What a client takes back faster
/// than it is looked at ends its connection, by a limit of the protocol's implementation.
const STREAMS: u32 = 128;
/// Bytes of a request's head, all names and values of it together.
const HEADERS: u32 = 32 * 1024;
/// A connection of HTTP/2 that is silent is asked whether anybody is there.
const SILENCE: Duration = Duration::from_secs(60);

/// So many clients may wait at one socket to be let in; the system may allow fewer (`net.core.somaxconn`). Whoever comes when
/// all places are taken tries again after a second.
const BACKLOG: u32 = 4_096;

/// A second in all, until a socket that was told to end has ended.
const TRIES: u32 = 100;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// What is served, at which sockets.
pub struct Sockets {
    router: Router,
    roster: Roster,
    tls: Arc<ServerConfig>,
    crowd: Crowd,
    open: Mutex<HashMap<SocketAddr, Exit>>,
    tasks: Mutex<JoinSet<()>>,
}

impl Sockets {
    pub fn new(router: Router, roster: Roster, connections: Connections) -> Self {
        Self {
            router,
            crowd: Crowd::new(connections),
            tls: tls(roster.clone()),
            roster,
            open: Mutex::default(),
            tasks: Mutex::default(),
        }
    }

    /// Serves the first socket until it is told to end.
    pub async fn first(&self, listener: TcpListener, with_tls: bool, exit: &Exit) -> Result<(), Refused> {
        answer(
            listener,
            with_tls.then(|| Arc::clone(&self.tls)),
            exit,
            self.router.clone(),
            self.crowd.clone(),
        )
        .await?;
        Ok(())
    }

    /// All listen no more, the first one included; running requests may finish.
    pub async fn end(&self, first: Exit) {
        let exits: Vec<Exit> = self.exits().drain().map(|(_, exit)| exit).chain([first]).collect();
        futures_util::future::join_all(exits.iter().map(Exit::leave)).await;
    }

    /// Returns when what was running at any of them is done.
    pub async fn ended(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.join_all().await;
    }

    fn exits(&self) -> std::sync::MutexGuard<'_, HashMap<SocketAddr, Exit>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(&self, socket: SocketAddr, with_tls: bool) -> Result<(), String> {
        let listener = bind(&[socket]).map_err(|error| why(socket, &error))?;
        let exit = Exit::default();
        self.exits().insert(socket, exit.clone());
        let router = listener::at(socket, self.roster.clone(), self.router.clone());
        let tls = with_tls.then(|| Arc::clone(&self.tls));
        let crowd = self.crowd.clone();
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            if let Err(error) = answer(listener, tls, &exit, router, crowd).await {
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
            let exit = self.exits().remove(&socket);
            if let Some(exit) = exit {
                exit.leave().await;
                released(socket).await;
            }
        })
    }
}

/// Listens on the first of these addresses that can be listened on.
pub fn bind(sockets: &[SocketAddr]) -> std::io::Result<TcpListener> {
    let one = |address: &SocketAddr| {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        // What has just ended here keeps nobody from beginning.
        socket.set_reuseaddr(true)?;
        socket.bind(*address)?;
        socket.listen(BACKLOG)?.into_std()
    };
    let mut failed = std::io::Error::from(ErrorKind::AddrNotAvailable);
    for address in sockets {
        match one(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = error,
        }
    }
    Err(failed)
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
    socket: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    exit: &Exit,
    router: Router,
    crowd: Crowd,
) -> std::io::Result<()> {
    let service = listener::Connections {
        router,
        parting: exit.parting.clone(),
    };
    let mut server = Server::from_listener(exit.door(socket)?).handle(exit.handle.clone());
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .max_buf_size(BUFFER)
        .header_read_timeout(crowd.head());
    match tls {
        // Only the one version that is spoken: else a client that says nothing is waited for without end, to tell which it means.
        // No browser speaks HTTP/2 in the clear, and the proxies that are asked to can be asked for HTTP/1.1. It has to be said
        // last: another acceptor forgets it.
        None => server.acceptor(crowd).http1_only().serve(service).await,
        Some(config) => {
            server
                .http_builder()
                .http2()
                .timer(TokioTimer::new())
                .max_concurrent_streams(STREAMS)
                .max_header_list_size(HEADERS)
                .keep_alive_interval(SILENCE)
                .keep_alive_timeout(crowd.head());
            let head = crowd.head();
            let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(config)).acceptor(crowd);
            let acceptor = Greeted::new(acceptor, head);
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
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}
