//! The door of a socket, and how it is left: first nobody new comes in, then those who are in are told that their next answer
//! is the last one here, and only then are connections closed. All at once would cut off whoever has just come, or has just
//! asked again over a connection that was kept.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::{AddrListener, Address, Handle};
use http_floor::listener::Parting;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// How long requests may go on once connections are closed.
pub const DRAIN: Duration = Duration::from_secs(8);
/// For the first word of whoever has just come, and the last one over connections that are kept.
const MOMENT: Duration = Duration::from_millis(400);
/// As many as the system keeps waiting.
const MOST_WAITING: usize = super::BACKLOG as usize;

/// Where clients come from.
#[derive(Clone, Copy, Debug)]
pub struct Peer(SocketAddr);

impl From<Peer> for SocketAddr {
    fn from(peer: Peer) -> Self {
        peer.0
    }
}

impl Address for Peer {
    type Stream = TcpStream;
    type Listener = Door;
}

#[derive(Debug)]
pub struct Door {
    state: Mutex<State>,
    closed: Arc<Notify>,
}

#[derive(Debug)]
enum State {
    Open(TcpListener),
    /// The port is free; these stood there when it closed, and have not come in yet.
    Closed(Vec<(TcpStream, Peer)>),
}

/// The other side of a door: ends what is served behind it.
#[derive(Clone, Debug, Default)]
pub struct Exit {
    closed: Arc<Notify>,
    pub parting: Parting,
    pub handle: Handle<Peer>,
}

impl Exit {
    /// The door that this is the exit of.
    ///
    /// # Errors
    /// The socket cannot be watched.
    pub fn door(&self, socket: std::net::TcpListener) -> io::Result<Door> {
        let state = Mutex::new(State::Open(TcpListener::from_std(socket)?));
        let closed = Arc::clone(&self.closed);
        Ok(Door { state, closed })
    }

    /// Returns when connections have been told to end; requests that are running may go on for a while.
    pub async fn leave(&self) {
        self.closed.notify_one();
        self.parting.begin();
        tokio::time::sleep(MOMENT).await;
        self.handle.graceful_shutdown(Some(DRAIN));
    }
}

impl Door {
    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, Peer)>> {
        match &mut *self.state() {
            State::Open(listener) => listener
                .poll_accept(cx)
                .map_ok(|(stream, address)| (stream, Peer(address))),
            State::Closed(waiting) => waiting.pop().map_or(Poll::Pending, |last| Poll::Ready(Ok(last))),
        }
    }

    fn close(&self) {
        let mut state = self.state();
        if let State::Open(listener) = std::mem::replace(&mut *state, State::Closed(Vec::new())) {
            *state = State::Closed(waiting(listener));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever has been connected by the system and not been let in. At once, so that those who come meanwhile cannot go on for
/// ever; without them the system would cut them off.
fn waiting(listener: TcpListener) -> Vec<(TcpStream, Peer)> {
    let Ok(listener) = listener.into_std() else {
        return Vec::new();
    };
    let let_in = || {
        let (stream, address) = listener.accept().ok()?;
        stream.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(stream).ok()?, Peer(address)))
    };
    std::iter::from_fn(let_in).take(MOST_WAITING).collect()
}

impl AddrListener<TcpStream, Peer> for Door {
    async fn bind_to(address: Peer) -> io::Result<Self> {
        Exit::default().door(super::bind(&[address.0])?)
    }

    async fn accept_stream(&self) -> io::Result<(TcpStream, Peer)> {
        tokio::select! {
            biased;
            () = self.closed.notified() => self.close(),
            accepted = poll_fn(|cx| self.poll_accept(cx)) => return accepted,
        }
        poll_fn(|cx| self.poll_accept(cx)).await
    }

    fn get_local_addr(&self) -> io::Result<Peer> {
        match &*self.state() {
            State::Open(listener) => listener.local_addr().map(Peer),
            State::Closed(_) => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}
