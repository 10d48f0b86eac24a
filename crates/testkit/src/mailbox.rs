//! A mail server for tests: it speaks SMTP on a port of its own, keeps what it takes, and misbehaves on request.

mod conversation;
mod mail;
mod mime;

use std::collections::HashMap;
use std::future::Future;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};

pub use mail::Mail;

const PATIENCE: Duration = Duration::from_secs(10);

/// What the server does with mail from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Behavior {
    #[default]
    Accept,
    /// Answers every RCPT with this reply, such as `550 5.1.1 No such user`.
    RefuseRecipient(String),
    /// Answers every MAIL with this reply.
    RefuseSender(String),
    /// Answers so many messages `451 4.7.1 Try again later`, then accepts.
    RefuseTemporarily(usize),
    /// Takes connections and never says a word.
    Hang,
    /// Goes as far as this word of the client's (`EHLO`, `MAIL`, `RCPT`, `DATA`, or `.` for the end of a message), and never
    /// answers it.
    HangAt(&'static str),
    /// As far, and closes the connection there.
    CloseAt(&'static str),
    /// Reads a message and closes the connection instead of acknowledging it; the message is not kept.
    CloseAfterData,
}

/// A mail server that ends with this value, connections included.
#[derive(Debug)]
pub struct Mailbox {
    port: u16,
    shared: Arc<Shared>,
    listening: AbortHandle,
}

impl Mailbox {
    /// Starts a server that accepts everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("no free port for a mail server");
        let port = listener.local_addr().expect("a mail server without a port").port();
        let shared = Arc::new(Shared::default());
        let listening = tokio::spawn(serve(listener, Arc::clone(&shared))).abort_handle();
        Self {
            port,
            shared,
            listening,
        }
    }

    /// Its address, as a configuration wants it: `smtp://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Changes what happens to mail from now on.
    pub fn behave(&self, behavior: Behavior) {
        self.shared.state().behavior = behavior;
    }

    /// Refuses one recipient with a reply such as `550 5.1.1 No such user`, and goes on with the others.
    pub fn refuse(&self, address: &str, reply: &str) {
        self.shared
            .state()
            .refused
            .insert(address.to_lowercase(), reply.to_owned());
    }

    /// Takes mail for that recipient again.
    pub fn forgive(&self, address: &str) {
        self.shared.state().refused.remove(&address.to_lowercase());
    }

    /// The oldest mail to this recipient that was not asked for before, as soon as it is there.
    #[track_caller]
    pub fn next_to(&self, address: &str) -> impl Future<Output = Mail> {
        let asked_at = Location::caller();
        async move {
            match tokio::time::timeout(PATIENCE, self.arrival(address)).await {
                Ok(mail) => mail,
                Err(_) => panic!(
                    "{asked_at}: no mail to {address} within {PATIENCE:?}. {}",
                    self.summary()
                ),
            }
        }
    }

    /// Every mail taken so far, in order of arrival, also those already asked for.
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.state().mails.iter().map(|kept| kept.mail.clone()).collect()
    }

    /// How many connections were opened.
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// How many messages were taken and acknowledged.
    pub fn deliveries(&self) -> usize {
        self.shared.state().mails.len()
    }

    async fn arrival(&self, address: &str) -> Mail {
        loop {
            let arrived = self.shared.arrived.notified();
            tokio::pin!(arrived);
            // Listening begins before looking: a mail in between is not missed.
            arrived.as_mut().enable();
            if let Some(mail) = self.shared.state().take(address) {
                return mail;
            }
            arrived.await;
        }
    }

    fn summary(&self) -> String {
        let state = self.shared.state();
        let arrived: Vec<_> = state
            .mails
            .iter()
            .map(|kept| format!("“{}” to {}", kept.mail.subject, kept.mail.to.join(", ")))
            .collect();
        let arrived = if arrived.is_empty() {
            "nothing".to_owned()
        } else {
            arrived.join("; ")
        };
        format!(
            "Behavior {:?}, {} connections, arrived: {arrived}",
            state.behavior, state.connections
        )
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    arrived: Notify,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, mail: Mail) {
        let untaken = mail.to.iter().map(|address| address.to_lowercase()).collect();
        self.state().mails.push(Kept { mail, untaken });
        self.arrived.notify_waiters();
    }
}

#[derive(Debug, Default)]
struct State {
    behavior: Behavior,
    refused: HashMap<String, String>,
    mails: Vec<Kept>,
    connections: usize,
}

/// A mail, and the recipients for whom nobody has asked for it yet.
#[derive(Debug)]
struct Kept {
    mail: Mail,
    untaken: Vec<String>,
}

impl State {
    fn take(&mut self, address: &str) -> Option<Mail> {
        let address = address.to_lowercase();
        self.mails.iter_mut().find_map(|kept| {
            let place = kept.untaken.iter().position(|recipient| *recipient == address)?;
            kept.untaken.remove(place);
            Some(kept.mail.clone())
        })
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // The set ends with this task, and the conversations with the set.
    let mut conversations = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        shared.state().connections += 1;
        // Short answers go out at once instead of waiting for company.
        let _ = stream.set_nodelay(true);
        conversations.spawn(conversation::hold(stream, Arc::clone(&shared)));
        while conversations.try_join_next().is_some() {}
    }
}
