//! The first word of a connection on which more than one version of HTTP may be spoken: until it is said, nothing else counts
//! the time, for nobody knows yet whose rules hold.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Lets connections in as another acceptor does, and gives up those that say nothing for so long.
#[derive(Clone)]
pub struct Greeted<A> {
    acceptor: A,
    patience: Duration,
}

impl<A> Greeted<A> {
    pub fn new(acceptor: A, patience: Duration) -> Self {
        Self { acceptor, patience }
    }
}

impl<I, S, A> Accept<I, S> for Greeted<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
{
    type Stream = Greeting<A::Stream>;
    type Service = A::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let accepted = self.acceptor.accept(stream, service);
        let patience = self.patience;
        Box::pin(async move {
            let (stream, service) = accepted.await?;
            let greeting = Greeting {
                stream,
                silence: Some(Box::pin(sleep(patience))),
            };
            Ok((greeting, service))
        })
    }
}

pub struct Greeting<I> {
    stream: I,
    /// Until the first word.
    silence: Option<Pin<Box<Sleep>>>,
}

impl<I: AsyncRead + Unpin> AsyncRead for Greeting<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        if read.is_ready() {
            self.silence = None;
        }
        match &mut self.silence {
            Some(end) => end
                .as_mut()
                .poll(cx)
                .map(|()| Err(io::Error::from(io::ErrorKind::TimedOut))),
            None => read,
        }
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Greeting<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
