//! `audit verify`: whether an export is what was written. Reads one line after the other, asks nobody, and says where the
//! first one is that does not fit.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use clap::Args;
use domain::audit::verification::{Extent, Verification, Verified};
use serde_json::json;

use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output;

/// Bytes of a line: longer than any entry, short enough not to fill the memory with what is no export.
const LONGEST: u64 = 64 * 1024 * 1024;

#[derive(Args)]
pub struct Verify {
    /// An export in NDJSON; - reads it from standard input
    file: String,
    /// The export holds only what matched a filter: check each entry by itself, and not that none is missing
    #[arg(long)]
    filtered: bool,
    /// The hash that the last entry has to have, as `roster audit chain` shows it
    #[arg(long, value_name = "HASH")]
    last: Option<String>,
}

pub fn run(context: &mut Context<'_>, verb: &Verify) -> Result<(), Failure> {
    let extent = if verb.filtered { Extent::Filtered } else { Extent::Whole };
    let verified = if verb.file == "-" {
        read(std::io::stdin().lock(), extent)
    } else {
        let file =
            File::open(&verb.file).map_err(|error| Failure::usage(format!("{} cannot be read: {error}", verb.file)))?;
        read(BufReader::new(file), extent)
    }?;
    if let Some(last) = &verb.last
        && *last != verified.last.hash.to_string()
    {
        return Err(Failure::Unverified(format!(
            "the last entry, number {}, has the hash {} and not {last}: entries are missing at the end, or it is another log",
            verified.last.number, verified.last.hash
        )));
    }
    tell(context, &verified, extent);
    Ok(())
}

fn read(mut from: impl BufRead, extent: Extent) -> Result<Verified, Failure> {
    let mut verification = Verification::new(extent);
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let length = from
            .by_ref()
            .take(LONGEST)
            .read_until(b'\n', &mut line)
            .map_err(|error| Failure::usage(format!("the export cannot be read: {error}")))?;
        if length == 0 {
            break;
        }
        let misfit = |reason: String| Failure::Unverified(format!("line {number}: {reason}"));
        if line.last() != Some(&b'\n') {
            return Err(misfit(
                "it is cut off: every line of an export ends with a line break".to_owned(),
            ));
        }
        let text = std::str::from_utf8(&line).map_err(|_| misfit("it is no text".to_owned()))?;
        verification
            .line(text.trim_end_matches(['\n', '\r']))
            .map_err(|error| misfit(error.to_string()))?;
    }
    verification
        .finish()
        .ok_or_else(|| Failure::Unverified("it holds no entry".to_owned()))
}

fn tell(context: &mut Context<'_>, verified: &Verified, extent: Extent) {
    let (first, last) = (verified.first, verified.last);
    let answer = json!({
        "ok": true,
        "entries": verified.count,
        "chain": first.chain,
        "first": { "number": first.number, "hash": first.hash },
        "last": { "number": last.number, "hash": last.hash },
        "filtered": extent == Extent::Filtered,
    });
    if context.is_json() {
        context.say(output::json(&answer));
        return;
    }
    let count = match verified.count {
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    };
    context.say(format!("ok: {count} of the log of {}", first.chain));
    context.say(format!("first: number {}, hash {}", first.number, first.hash));
    context.say(format!("last:  number {}, hash {}", last.number, last.hash));
    match extent {
        Extent::Filtered => context.note(
            "Each entry is what was written. A filtered export does not show whether entries between them are missing.",
        ),
        Extent::Whole => context.note(
            "None is missing between them. Whether later ones are is told by the last hash: compare it with `roster audit chain`.",
        ),
    }
}
