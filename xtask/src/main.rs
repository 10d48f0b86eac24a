//! The workshop: what keeps the house in order and fills it with real people. Nothing of it is
//! part of the program.

mod load;
mod measure;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The workshop of Roster")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Test the style rules that a program can check; one line per finding
    Tidy,
    /// Put the people of a file into a running instance, through its REST API
    Load(load::Load),
    /// Measure a release build: the people page, memory, start, and what a kill leaves
    Measure(measure::Measure),
}

#[tokio::main]
async fn main() -> ExitCode {
    match CommandLine::parse().command {
        Command::Tidy => tidy::run(),
        Command::Load(load) => load::run(load).await,
        Command::Measure(measure) => measure::run(measure).await,
    }
}
