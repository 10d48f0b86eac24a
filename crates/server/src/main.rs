//! The binary `roster`: configuration, command line, wiring.

mod backup;
mod client;
mod configuration;
mod doctor;
mod key;
mod listener;
mod restore;
mod serve;
mod superuser;
mod tls;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// The people of your product: organizations, members, invitations, roles.
/// Bytes of a worker's stack, of which only what is used takes memory: a request goes through many floors, and without
/// optimisation each keeps everything of the one below.
const STACK: usize = 8 << 20;

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
    eprintln!("roster: {}", refused.0);
    ExitCode::from(2)
}
