//! `audit export`: the log as a file.

use clap::{Args, ValueEnum};

use super::{Filter, Whose, base};
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::saving;

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
    let response = context.api.open(call).await?;
    saving::save(context, response, &verb.file).await
}
