//! What stands between a node and its PostgreSQL, so that a test can cut it, let it swallow everything, pass no notification
//! on, or cut it in the moment in which a commit is answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Open,
    /// Nothing passes, nothing ends, and nothing is lost: it arrives when it is open again.
    Frozen,
    /// Whoever is connected is cut off, and so is whoever connects.
    Cut,
}

#[derive(Clone, Debug)]
struct State {
    flow: Flow,
    deaf: bool,
    /// What a transaction says whose commit is the last thing to pass.
    last: Option<Arc<str>>,
}

pub struct Cable {
    address: SocketAddr,
    state: Arc<watch::Sender<State>>,
    passing: AbortHandle,
}

impl Cable {
    /// To the server that the URL names.
    pub async fn to(database: &str) -> Self {
        let url: Url = database.parse().unwrap_or_else(|error| panic!("{database}: {error}"));
        let target = format!(
            "{}:{}",
            url.host_str().unwrap_or("localhost"),
            url.port().unwrap_or(5432)
        );
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap_or_else(|error| panic!("no port: {error}"));
        let address = listener
            .local_addr()
            .unwrap_or_else(|error| panic!("no address: {error}"));
        let (state, _) = watch::channel(State {
            flow: Flow::Open,
            deaf: false,
            last: None,
        });
        let state = Arc::new(state);
        let passing = tokio::spawn(accept(listener, target, Arc::clone(&state))).abort_handle();
        Self {
            address,
            state,
            passing,
        }
    }

    /// The database's URL by way of this cable. Without TLS, so that it can tell what passes.
    pub fn url(&self, database: &str) -> String {
        let mut url: Url = database.parse().unwrap_or_else(|error| panic!("{database}: {error}"));
        let led = url
            .set_host(Some("127.0.0.1"))
            .is_ok_and(|()| url.set_port(Some(self.address.port())).is_ok());
        assert!(led, "{database} cannot be led elsewhere");
        url.query_pairs_mut().append_pair("sslmode", "disable");
        url.into()
    }

    pub fn cut(&self) {
        self.state.send_modify(|state| state.flow = Flow::Cut);
    }

    pub fn freeze(&self) {
        self.state.send_modify(|state| state.flow = Flow::Frozen);
    }

    /// All passes again.
    pub fn mend(&self) {
        self.state.send_modify(|state| {
            state.flow = Flow::Open;
            state.deaf = false;
        });
    }

    /// Notifications are swallowed, and nothing else.
    pub fn deafen(&self) {
        self.state.send_modify(|state| state.deaf = true);
    }

    /// Cuts as soon as the database has answered the commit of a transaction in which these words were said.
    pub fn cut_at_commit_of(&self, words: &str) {
        self.state.send_modify(|state| state.last = Some(words.into()));
    }

    /// Returns when it is cut.
    pub async fn is_cut(&self) {
        let mut state = self.state.subscribe();
        let _open_as_long_as_this = state.wait_for(|state| state.flow == Flow::Cut).await;
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.passing.abort();
    }
}

async fn accept(listener: TcpListener, target: String, state: Arc<watch::Sender<State>>) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let (target, state) = (target.clone(), Arc::clone(&state));
        connections.spawn(async move {
            let mut cut = state.subscribe();
            tokio::select! {
                () = pass(near, &target, &state) => {}
                _ = cut.wait_for(|state| state.flow == Flow::Cut) => {}
            }
        });
    }
}

async fn pass(near: TcpStream, target: &str, state: &watch::Sender<State>) {
    if open(&mut state.subscribe()).await.is_err() {
        return;
    }
    let Ok(far) = TcpStream::connect(target).await else {
        return;
    };
    // Else each small message waits for the one before to be acknowledged.
    for end in [&near, &far] {
        if end.set_nodelay(true).is_err() {
            return;
        }
    }
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let committing = AtomicBool::new(false);
    tokio::select! {
        _ = to_server(near_in, far_out, state, &committing) => {}
        _ = to_node(far_in, near_out, state, &committing) => {}
    }
}

type Passed = std::io::Result<()>;

/// Returns when something may pass.
async fn open(state: &mut watch::Receiver<State>) -> Passed {
    let open = state.wait_for(|state| state.flow != Flow::Frozen).await;
    match open.map(|state| state.flow) {
        Ok(Flow::Open) => Ok(()),
        _ => Err(std::io::ErrorKind::ConnectionAborted.into()),
    }
}

fn says(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}

async fn to_server(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: &watch::Sender<State>,
    committing: &AtomicBool,
) -> Passed {
    let mut receiver = state.subscribe();
    let (mut bytes, mut said) = (vec![0; 65_536], false);
    loop {
        let count = from.read(&mut bytes).await?;
        let Some(passed) = bytes.get(..count).filter(|passed| !passed.is_empty()) else {
            return Ok(());
        };
        open(&mut receiver).await?;
        if let Some(words) = state.borrow().last.clone() {
            said |= says(passed, words.as_bytes());
        }
        if says(passed, b"COMMIT\0") && std::mem::take(&mut said) {
            committing.store(true, Ordering::SeqCst);
        }
        to.write_all(passed).await?;
    }
}

/// Message by message: a letter, and a length that counts itself.
async fn to_node(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: &watch::Sender<State>,
    committing: &AtomicBool,
) -> Passed {
    const NOTIFICATION: u8 = b'A';
    let mut receiver = state.subscribe();
    let (mut bytes, mut held) = (vec![0; 65_536], Vec::new());
    loop {
        let count = from.read(&mut bytes).await?;
        if count == 0 {
            return Ok(());
        }
        open(&mut receiver).await?;
        if committing.load(Ordering::SeqCst) {
            state.send_modify(|state| (state.flow, state.last) = (Flow::Cut, None));
            return Ok(());
        }
        held.extend_from_slice(&bytes[..count]);
        while let Some(length) = whole(&held) {
            let message: Vec<u8> = held.drain(..length).collect();
            if message.first() != Some(&NOTIFICATION) || !state.borrow().deaf {
                to.write_all(&message).await?;
            }
        }
    }
}

/// How long the first message is, if all of it is there.
fn whole(held: &[u8]) -> Option<usize> {
    let length: [u8; 4] = held.get(1..5)?.try_into().ok()?;
    let length = 1 + usize::try_from(u32::from_be_bytes(length)).ok()?;
    (held.len() >= length).then_some(length)
}
