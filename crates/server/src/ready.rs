//! `roster ready`: whether a server answers and its database does too, for whatever starts and watches it. A container has no
//! other program to ask with.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::say::{complain, say};

/// Whoever waits longer would not call it ready.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Args)]
pub struct Ready {
    /// The server
    #[arg(
        long,
        env = "ROSTER_SERVER",
        default_value = "http://localhost:8080",
        value_name = "URL"
    )]
    server: String,
}

/// Exits with 0 or 1 and nothing else, as health checks have it.
pub async fn run(ready: Ready) -> ExitCode {
    let server = ready.server.trim_end_matches('/');
    match ask(server).await {
        Ok(()) => {
            say(format_args!("{server} is ready"));
            ExitCode::SUCCESS
        }
        Err(reason) => {
            complain(format_args!("roster: {server} is not ready: {reason}"));
            ExitCode::from(1)
        }
    }
}

async fn ask(server: &str) -> Result<(), String> {
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| error.to_string())?;
    match client.get(format!("{server}/readyz")).send().await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("it answers {}", answer.status())),
        Err(error) => Err(format!(
            "{error}. Is it running, and does it listen there? Name another address by --server"
        )),
    }
}
