//! What the program tells while it runs: lines on standard error, and traces where somebody wants them.

use tracing::Subscriber;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::Refused;
use crate::telemetry::{self, Sending, Telemetry};

/// Begins to tell. Returned is what has to be ended for the last traces to leave.
///
/// # Errors
/// Traces cannot be sent from here.
pub fn log(telemetry: Option<&Telemetry>) -> Result<Option<Sending>, Refused> {
    let filter = EnvFilter::try_from_env("ROSTER_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let traces = match telemetry {
        None => {
            tracing_subscriber::registry().with(filter).with(lines()).init();
            None
        }
        Some(telemetry) => {
            let (spans, sending) = telemetry.begin()?;
            tracing_subscriber::registry()
                .with(lines().with_filter(filter))
                .with(spans.with_filter(telemetry::filter()))
                .init();
            Some(sending)
        }
    };
    told_panics();
    Ok(traces)
}

fn lines<S>() -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
}

/// A panic is a line of the log like any other.
fn told_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let text = panic.payload_as_str().unwrap_or_default().replace('\n', " ");
        tracing::error!(place, text, "a panic");
    }));
}
