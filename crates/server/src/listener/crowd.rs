//! How many clients are connected at once, and how patient each connection is with one that does not take its answer. The
//! head of a request has its own time (hyper's), the body another (`http_floor::pace`).

use std::future::{Future, Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::accept::Accept;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

use crate::configuration::Connections;

/// Files that are open besides: the database's, and connections to elsewhere.
const BESIDES: u64 = 256;
const FEWEST: usize = 16;
/// So many bytes are worth a second of patience.
const BYTES_A_SECOND: u64 = 4 * 1024;

/// Shared by all sockets: a client that is turned away at one of them finds no place at another.
#[derive(Clone)]
pub struct Crowd {
    places: Arc<Semaphore>,
    turns_away: Arc<AtomicBool>,
    most: usize,
    head: Duration,
    reader: Duration,
}

/// Many clients are many open files, of which a process may have few by default and many if it asks.
pub fn raise_limit_of_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the number of open files could not be raised");
    }
}

impl Crowd {
    pub fn new(connections: Connections) -> Self {
        let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        let room = usize::try_from(files.saturating_sub(BESIDES)).unwrap_or(usize::MAX);
        let most = connections.most.min(room).clamp(FEWEST, Semaphore::MAX_PERMITS);
        if most < connections.most {
            tracing::warn!(
                most,
                "fewer clients can be connected at once than are allowed: raise the limit of open files"
            );
        }
        Self {
            places: Arc::new(Semaphore::new(most)),
            turns_away: Arc::default(),
            most,
            head: Duration::from_secs(connections.head_seconds),
            reader: Duration::from_secs(connections.reader_seconds),
        }
    }

    pub fn head(&self) -> Duration {
        self.head
    }

    fn place(&self) -> io::Result<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        if place.is_err() && !self.turns_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(connected = self.most, "no more clients are let in until others leave");
        }
        if place.is_ok() && self.places.available_permits() > self.most / 10 {
            self.turns_away.store(false, Ordering::Relaxed);
        }
        place.map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))
    }
}

impl<I, S> Accept<I, S> for Crowd {
    type Stream = Patient<I>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let patient = self.place().map(|place| Patient {
            stream,
            left: self.reader,
            longest: self.reader,
            waiting: None,
            _place: place,
        });
        ready(patient.map(|patient| (patient, service)))
    }
}

/// A connection that is given up when its client does not take what it is sent.
pub struct Patient<I> {
    stream: I,
    /// How long it may still be waited for.
    left: Duration,
    longest: Duration,
    /// Since when it is, and until when.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    _place: OwnedSemaphorePermit,
}

impl<I> Patient<I> {
    /// What comes of a try to write so many bytes.
    fn judged<T>(
        &mut self,
        cx: &mut Context<'_>,
        tried: Poll<io::Result<T>>,
        taken: fn(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        match tried {
            Poll::Pending => {
                let (_, end) = self
                    .waiting
                    .get_or_insert_with(|| (Instant::now(), Box::pin(sleep(self.left))));
                end.as_mut()
                    .poll(cx)
                    .map(|()| Err(io::Error::from(io::ErrorKind::TimedOut)))
            }
            Poll::Ready(outcome) => {
                if let Some((since, _)) = self.waiting.take() {
                    self.left = self.left.saturating_sub(since.elapsed());
                }
                let bytes = outcome.as_ref().map_or(0, taken);
                self.earn(u64::try_from(bytes).unwrap_or(0));
                Poll::Ready(outcome)
            }
        }
    }

    fn earn(&mut self, bytes: u64) {
        let earned = Duration::from_micros(bytes.saturating_mul(1_000_000) / BYTES_A_SECOND);
        self.left = self.left.saturating_add(earned).min(self.longest);
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Patient<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Patient<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.judged(cx, tried, |taken| *taken)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.judged(cx, tried, |taken| *taken)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Says nothing of what was taken: the system holds nothing back.
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tried = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.judged(cx, tried, |()| 0)
    }
}
