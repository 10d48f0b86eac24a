//! `measure`: what the program costs and what it survives, in numbers, on this machine. Loopback only, in a folder of its
//! own that is gone afterwards.

mod access;
mod audit;
mod backup;
mod disk;
mod fill;
mod idle;
mod import;
mod invite;
mod kill;
mod list;
mod node;
mod page;
mod revocation;
mod role;
mod rolling;
mod sign_in;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, ValueEnum};

#[derive(Args)]
pub struct Measure {
    /// The program to measure, built for release
    #[arg(default_value = "target/release/roster")]
    binary: PathBuf,
    /// An empty PostgreSQL database to measure on, in place of a SQLite file
    #[arg(long, value_name = "URL", hide_env_values = true, env = "ROSTER_MEASURE_DATABASE")]
    database: Option<String>,
    /// What to measure; everything where left out
    #[arg(long, value_enum)]
    part: Vec<Part>,
    /// Members of the large organization; the small one has 100
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(2_000..=1_000_000))]
    members: u32,
    /// Requests for each page of each organization
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    requests: u32,
    /// Organizations of the crowd that asks
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    organizations: u32,
    /// Members of each of them
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    each: u32,
    /// Refused sign-ins with and without an account; tokens that are revoked
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    tries: u32,
    /// Entries of the audit log that is exported
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..=100_000_000))]
    entries: u64,
    /// How often the program is killed
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The people page of a small and a large organization
    Page,
    /// Memory, start, size
    Idle,
    /// Kill -9 in the middle of a bulk
    Kill,
    /// Pages of members next to a bare handler, and deep pages next to the first: only by name, and of a program built
    /// with --features yardstick
    List,
    /// A preview and a change of a role that nearly all members have, next to one that ten have: only by name
    Role,
    /// A backup while people change things, and what it does to their changes: only by name
    Backup,
    /// A file of as many members taken in and written out: only by name
    Import,
    /// Access checks, next to a bare handler: only by name, and of a program built with --features yardstick
    Access,
    /// Sign-ins next to hashing alone, checks meanwhile, and what refusals take: only by name
    SignIn,
    /// How long a token that one node has revoked is good on another: only by name, and with --database
    Revocation,
    /// Requests that fail while two nodes behind a proxy are replaced: only by name, and with --database
    Rolling,
    /// Writes with the audit log on and off, and the export of a long one: only by name, and of a program built with
    /// --features yardstick
    Audit,
    /// Invitations of many clients at once, next to one after the other, and how often the disk is waited for: only by name
    Invite,
}

pub async fn run(measure: Measure) -> ExitCode {
    // An error means that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match carry_out(&measure).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("measure: {reason}");
            ExitCode::from(2)
        }
    }
}

async fn carry_out(measure: &Measure) -> Result<(), String> {
    let wanted = |part| measure.part.is_empty() || measure.part.contains(&part);
    let mut house = node::House::new(&measure.binary, measure.database.as_deref())?;
    println!(
        "on {}",
        if measure.database.is_some() {
            "PostgreSQL"
        } else {
            "SQLite"
        }
    );
    let owner = house.set_up().await?;
    if wanted(Part::Idle) {
        idle::run(&house).await?;
    }
    if wanted(Part::Kill) {
        kill::run(&house, &owner, measure.rounds).await?;
    }
    if wanted(Part::Page) {
        page::run(&house, &owner, measure.members, measure.requests).await?;
    }
    if measure.part.contains(&Part::Role) {
        role::run(&house, &owner, measure.members, measure.requests).await?;
    }
    if measure.part.contains(&Part::Backup) {
        backup::run(&house, &owner, measure.members).await?;
    }
    if measure.part.contains(&Part::Import) {
        import::run(&house, &owner, measure.members).await?;
    }
    if measure.part.contains(&Part::List) {
        list::run(&mut house, &owner, measure.members).await?;
    }
    if measure.part.contains(&Part::Access) {
        access::run(&mut house, &owner, measure.organizations, measure.each).await?;
    }
    if measure.part.contains(&Part::SignIn) {
        sign_in::run(&mut house, &owner, measure.tries).await?;
    }
    if measure.part.contains(&Part::Revocation) {
        revocation::run(&house, &owner, measure.tries).await?;
    }
    if measure.part.contains(&Part::Rolling) {
        rolling::run(&house, &owner).await?;
    }
    if measure.part.contains(&Part::Audit) {
        audit::run(&house, &owner, measure.entries).await?;
    }
    if measure.part.contains(&Part::Invite) {
        invite::run(&house, &owner).await?;
    }
    Ok(())
}

/// The stopwatch; what it says decides nothing.
#[expect(clippy::disallowed_methods, reason = "measuring time is what this is for")]
fn started() -> Instant {
    Instant::now()
}

/// Error texts with what was being done.
fn while_doing<E: std::fmt::Display>(what: &str) -> impl FnOnce(E) -> String {
    move |error| format!("{what}: {error}")
}
