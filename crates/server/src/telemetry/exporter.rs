//! Sends spans in batches. A collector that is away or slow costs traces and nothing else: what is not taken after some tries
//! is counted and given up, and meanwhile the queue fills and no more is put into it.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use service::metrics::{spans_dropped, spans_sent};
use tokio::sync::mpsc::Receiver;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::configuration::Telemetry;
use super::span::Span;
use super::wire;

/// Spans that are sent at once.
const BATCH: usize = 512;
/// How long a batch waits to be filled.
const LINGER: Duration = Duration::from_secs(1);
/// Until the next try; after the last of them the batch is given up.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

pub struct Exporter {
    client: Client,
    telemetry: Telemetry,
    /// Whether the collector took the batch before: what changes is told in the log, and no more.
    well: bool,
}

/// Why a batch was not taken.
struct NotTaken {
    why: String,
    may_pass: bool,
}

impl Exporter {
    pub fn new(telemetry: &Telemetry) -> Result<Self, String> {
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(telemetry.timeout)
            .default_headers(telemetry.headers.clone())
            .user_agent(concat!("roster/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("traces cannot be sent: {error}"))?;
        Ok(Self {
            client,
            telemetry: telemetry.clone(),
            well: true,
        })
    }

    /// Sends what comes until it is told to end, and then what is left, once.
    pub async fn run(mut self, mut queue: Receiver<Span>, mut end: oneshot::Receiver<()>) {
        loop {
            let mut batch = Vec::with_capacity(BATCH);
            tokio::select! {
                () = gather(&mut queue, &mut batch) => {}
                _ = &mut end => {
                    self.send_the_rest(&mut queue, batch).await;
                    return;
                }
            }
            tokio::select! {
                () = self.send_patiently(&batch) => {}
                _ = &mut end => {
                    self.send_the_rest(&mut queue, batch).await;
                    return;
                }
            }
        }
    }

    async fn send_the_rest(&mut self, queue: &mut Receiver<Span>, mut batch: Vec<Span>) {
        while let Ok(span) = queue.try_recv() {
            batch.push(span);
        }
        if !batch.is_empty() && self.send(&batch).await.is_err() {
            let given_up = batch.len();
            tracing::warn!(given_up, "the last traces were not taken");
        }
    }

    async fn send_patiently(&mut self, batch: &[Span]) {
        let number = batch.len() as u64;
        let mut pauses = PAUSES.iter();
        loop {
            let NotTaken { why, may_pass } = match self.send(batch).await {
                Ok(()) => {
                    spans_sent(number);
                    return self.told(true, "");
                }
                Err(not_taken) => not_taken,
            };
            self.told(false, &why);
            match pauses.next().filter(|_| may_pass) {
                Some(pause) => sleep(*pause).await,
                None => return spans_dropped(number),
            }
        }
    }

    async fn send(&self, batch: &[Span]) -> Result<(), NotTaken> {
        post(
            &self.client,
            &self.telemetry,
            wire::request(&self.telemetry.resource, batch),
        )
        .await
    }

    fn told(&mut self, well: bool, why: &str) {
        if well != self.well && well {
            tracing::info!("the collector takes traces again");
        } else if well != self.well {
            tracing::warn!(why, "the collector takes no traces; Roster goes on without");
        }
        self.well = well;
    }
}

impl Telemetry {
    /// Whether the collector takes what we send, by sending it nothing.
    ///
    /// # Errors
    /// In words, what it did instead.
    pub async fn try_out(&self) -> Result<(), String> {
        let exporter = Exporter::new(self)?;
        let answer = post(&exporter.client, self, wire::request(&self.resource, &[])).await;
        answer.map_err(|NotTaken { why, .. }| why)
    }
}

async fn post(client: &Client, telemetry: &Telemetry, body: Vec<u8>) -> Result<(), NotTaken> {
    let request = client
        .post(telemetry.url.clone())
        .header("content-type", "application/x-protobuf")
        .body(body);
    let answer = request.send().await.map_err(|error| NotTaken {
        why: if error.is_timeout() {
            "no answer came in time".to_owned()
        } else {
            format!("no answer came: {}", cause(&error))
        },
        may_pass: true,
    })?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let may_pass = matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    );
    Err(NotTaken {
        why: format!("it answered {status}"),
        may_pass,
    })
}

/// The innermost reason, which holds no address.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Waits for the first span, and a while for more.
async fn gather(queue: &mut Receiver<Span>, batch: &mut Vec<Span>) {
    if queue.recv_many(batch, BATCH).await == 0 {
        // Nobody makes any more: whoever tells us to end will.
        return std::future::pending().await;
    }
    let filled = async {
        while batch.len() < BATCH {
            let room = BATCH - batch.len();
            if queue.recv_many(batch, room).await == 0 {
                return;
            }
        }
    };
    let _time_is_over = timeout(LINGER, filled).await;
}
