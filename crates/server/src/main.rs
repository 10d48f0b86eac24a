//! The binary `roster`: configuration, command line, wiring.

// They end the program where its reader has seen enough; `say` does not.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod backup;
mod client;
mod configuration;
mod convert;
mod doctor;
mod key;
mod listener;
mod log;
#[cfg(test)]
mod packaging_test;
mod ready;
mod restore;
mod say;
mod serve;
mod superuser;
mod telemetry;
mod tls;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Bytes of a worker's stack, of which only what is used takes memory: a request goes through many floors, and without
/// optimisation each keeps everything of the one below.
const STACK: usize = 8 << 20;

/// The people of your product: organizations, members, invitations, roles.
#[derive(Parser)]
#[command(name = "roster", version, propagate_version = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve console and API
    Serve(serve::Serve),
    /// Superusers: made on the database directly, or by another one on a running server
    Superuser {
        #[command(subcommand)]
        verb: superuser::Verb,
    },
    /// Copy a running instance into a file
    Backup(backup::Backup),
    /// Bring an instance back from a file, into an empty place
    Restore(restore::Restore),
    /// Look at everything a server needs and say how to mend what is wrong; nothing is changed
    Doctor(doctor::Doctor),
    /// Ask a server whether it is ready; the exit code is 0 if it is and 1 if not
    Ready(ready::Ready),
    /// The key of sealed secrets, on the database directly
    Key {
        #[command(subcommand)]
        verb: key::Verb,
    },
    #[command(flatten)]
    Client(client::Command),
}

/// What could not be begun, in one line that says what, where and the fix.
pub struct Refused(String);

impl<E: std::fmt::Display> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

fn main() -> ExitCode {
    // Before anything else: the helper is this program, but shares nothing with it.
    if std::env::args().nth(1).as_deref() == Some(signin::pam::helper::WORD) {
        return match signin::pam::helper::run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => refuse(&Refused(error.to_string())),
        };
    }
    let command = CommandLine::parse().command;
    // One provider for every TLS connection; a second installation cannot happen here.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_stack_size(STACK)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&Refused(format!("no threads can be started: {error}"))),
    };
    let outcome = runtime.block_on(async {
        match command {
            Command::Serve(serve) => serve::run(serve).await,
            Command::Key { verb } => key::run(verb).await,
            Command::Superuser {
                verb: superuser::Verb::Create(create),
            } => superuser::create(create).await,
            Command::Superuser {
                verb: superuser::Verb::Served(verb),
            } => {
                let command = client::Command::Superuser(verb);
                return client::run(command, CommandLine::command(), service::ambient::request_id).await;
            }
            Command::Backup(backup) => backup::run(backup).await,
            Command::Restore(restore) => restore::run(restore).await,
            Command::Doctor(doctor) => return doctor::run(doctor).await,
            Command::Ready(ready) => return ready::run(ready).await,
            Command::Client(command) => {
                return client::run(command, CommandLine::command(), service::ambient::request_id).await;
            }
        }
        .map_or_else(|refused| refuse(&refused), |()| ExitCode::SUCCESS)
    });
    // Nothing that still runs in the background may hold up the end.
    runtime.shutdown_background();
    outcome
}

fn refuse(refused: &Refused) -> ExitCode {
    say::complain(format_args!("roster: {}", refused.0));
    ExitCode::from(2)
}
