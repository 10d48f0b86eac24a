//! How long a request's body is waited for. Time in which a handler does not ask for more does not count: a long import is
//! read as fast as it is worked off. A body that is there already costs no look at the clock.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::{BoxError, Router};
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};
use tower_http::map_request_body::MapRequestBodyLayer;

/// So many bytes are worth a second of patience.
const BYTES_A_SECOND: u64 = 4 * 1024;

/// Each body is waited for so long in all, and a second longer for every 4 KiB that come.
pub fn within(router: Router, patience: Duration) -> Router {
    router.layer(MapRequestBodyLayer::new(move |body: Body| {
        if body.is_end_stream() {
            body
        } else {
            Body::new(Paced::new(body, patience))
        }
    }))
}

/// A body that is waited for so long.
pub struct Paced {
    body: Body,
    left: Duration,
    longest: Duration,
    waiting: Option<Wait>,
}

struct Wait {
    since: Instant,
    end: Pin<Box<Sleep>>,
}

impl Paced {
    pub fn new(body: Body, patience: Duration) -> Self {
        Self {
            body,
            left: patience,
            longest: patience,
            waiting: None,
        }
    }

    fn came(&mut self, bytes: usize) {
        let waited = self.waiting.take().map_or(Duration::ZERO, |wait| wait.since.elapsed());
        self.left = after(self.left, waited, bytes).min(self.longest);
    }
}

/// What is left of the patience when so many bytes came after that wait.
fn after(left: Duration, waited: Duration, bytes: usize) -> Duration {
    let earned = u64::try_from(bytes).unwrap_or(0).saturating_mul(1_000_000) / BYTES_A_SECOND;
    left.saturating_sub(waited) + Duration::from_micros(earned)
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
            this.came(data.map_or(0, Bytes::len));
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let wait = this.waiting.get_or_insert_with(|| Wait {
            since: Instant::now(),
            end: Box::pin(sleep(this.left)),
        });
        ready!(wait.end.as_mut().poll(context));
        let told = "it came too slowly, and was not waited for any longer";
        Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::TimedOut, told).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[test]
    fn what_comes_earns_its_own_time() {
        let second = Duration::from_secs(1);
        assert_eq!(after(second, second, 0), Duration::ZERO);
        assert_eq!(after(second, second / 2, 2 * 1024), second);
        assert_eq!(after(second, 2 * second, 8 * 1024), 2 * second);
    }

    #[tokio::test]
    async fn what_is_there_is_given_and_what_never_comes_is_not_waited_for() {
        let there = Paced::new(Body::from("there"), Duration::ZERO);
        assert_eq!(there.collect().await.unwrap().to_bytes(), "there");
        let never = Body::from_stream(futures_util::stream::pending::<io::Result<Bytes>>());
        let refused = Paced::new(never, Duration::ZERO).collect().await.unwrap_err();
        assert!(refused.to_string().contains("too slowly"), "{refused}");
    }
}
