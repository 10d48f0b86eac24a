//! What the program says when it is no server's answer. Whoever reads it may have seen enough and closed the pipe, as
//! `roster doctor | head -1` does: what was done is done all the same, so a line nobody reads is no failure.

use std::fmt::Display;
use std::io::Write;

/// A line of the answer.
pub fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A line beside the answer: why something was not done.
pub fn complain(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A line that must not be lost, for what cannot be had a second time.
///
/// # Errors
/// Nobody reads it.
pub fn say_for_sure(line: impl Display) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}
