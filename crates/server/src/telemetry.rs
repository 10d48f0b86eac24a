//! Traces for an OpenTelemetry collector, where the operator names one. The floors make spans (`domain::trace`); here they are
//! taken, put into a queue of limited length, and sent in batches over OTLP/HTTP. Nobody waits for it: what does not fit is
//! counted and given up. Why without the usual crates: docs/decisions/0022.

mod configuration;
mod exporter;
mod span;
mod wire;

use std::time::Duration;

use domain::trace::TARGET;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::Level;
use tracing_subscriber::filter::Targets;

pub use configuration::{Section, Telemetry};
use exporter::Exporter;
pub use span::Spans;

/// Spans that may wait to be sent.
const QUEUE: usize = 8_192;
/// How long the end of the program waits for the last ones.
const LAST: Duration = Duration::from_secs(1);

/// Whoever sends; ended before the program ends.
pub struct Sending {
    end: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Telemetry {
    /// What takes spans, and whoever sends them on.
    ///
    /// # Errors
    /// The machine has no certificates to trust.
    pub fn begin(&self) -> Result<(Spans, Sending), String> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (end, told) = oneshot::channel();
        let exporter = Exporter::new(self)?;
        let task = tokio::spawn(exporter.run(waiting, told));
        Ok((Spans::new(queue, self.sampler), Sending { end, task }))
    }
}

impl Sending {
    /// Sends what still waits, unless that takes long.
    pub async fn end(self) {
        let _gone_already = self.end.send(());
        let stop = self.task.abort_handle();
        if tokio::time::timeout(LAST, self.task).await.is_err() {
            stop.abort();
        }
    }
}

/// Nothing but what is meant to leave the house.
pub fn filter() -> Targets {
    Targets::new().with_target(TARGET, Level::TRACE)
}
