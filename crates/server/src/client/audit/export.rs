//! `audit export`: the log as a file. It is written as it comes, so that its length costs no memory, and appears under its
//! name when it is whole.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Filter, Whose, base};
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;

#[derive(Args)]
pub struct Export {
    /// Where to save it; - writes it to standard output
    file: String,
    /// What it is written as: only ndjson can be verified
    #[arg(long, value_enum, default_value = "ndjson")]
    format: Format,
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    filter: Filter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Ndjson,
    Csv,
}

impl Format {
    fn accepted(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
        }
    }
}

pub async fn run(context: &mut Context<'_>, verb: Export) -> Result<(), Failure> {
    let path = format!("{}/audit-events", base(context, verb.whose).await?);
    let call = verb.filter.on(Call::get(path)).accept(verb.format.accepted()).long();
    let mut response = context.api.open(call).await?;
    let mut target = Target::open(&verb.file)?;
    let mut length = 0_u64;
    loop {
        let chunk = response.chunk().await.map_err(|error| context.api.lost(&error))?;
        let Some(chunk) = chunk else { break };
        length += chunk.len() as u64;
        match &mut target {
            Target::Output => context.pass_on(&chunk)?,
            Target::File { file, name, .. } => {
                std::io::Write::write_all(file, &chunk).map_err(|error| unwritable(name, &error))?;
            }
        }
    }
    if let Target::File { file, partial, name } = target {
        file.sync_all().map_err(|error| unwritable(&name, &error))?;
        std::fs::rename(&partial, &name).map_err(|error| unwritable(&name, &error))?;
        context.note(format!("{length} bytes are saved to {}.", name.display()));
    }
    Ok(())
}

enum Target {
    Output,
    File {
        file: std::fs::File,
        partial: PathBuf,
        name: PathBuf,
    },
}

impl Target {
    fn open(name: &str) -> Result<Self, Failure> {
        if name == "-" {
            return Ok(Self::Output);
        }
        let partial = PathBuf::from(format!("{name}.partial"));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // It tells of people: nobody else on the machine is to read it.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&partial).map_err(|error| unwritable(&partial, &error))?;
        Ok(Self::File {
            file,
            partial,
            name: PathBuf::from(name),
        })
    }
}

fn unwritable(name: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{} cannot be written: {error}", name.display()))
}
