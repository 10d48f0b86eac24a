//! A file's lines, read one after the other and written one after the other. Nothing is kept of a line but its place in
//! the order, how many there were and a digest, however long the file is.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{End, FORMAT, Header, Line, VERSION};
use crate::audit::Digest;

/// Bytes of one line; no honest one comes near.
pub const LONGEST_LINE: usize = 1024 * 1024;
/// Bytes of the last line that are kept until it is known to be the last.
const LONGEST_END: usize = 64 * 1024;

/// Why a line, or a whole file, cannot be taken, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{detail}")]
pub struct Fault {
    pub code: &'static str,
    pub detail: String,
}

impl Fault {
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    pub fn too_long() -> Self {
        Self::new(
            "line_too_long",
            "The line is longer than 1 MiB. Nothing that is exported is; leave it out.",
        )
    }
}

/// Reads a file line by line.
#[derive(Debug, Default)]
pub struct Document {
    rank: Option<usize>,
    ended: bool,
}

impl Document {
    /// The first line, without which nothing else is read.
    ///
    /// # Errors
    /// It is no such file, or one of a later version.
    pub fn header(&mut self, line: &[u8]) -> Result<Header, Fault> {
        // Only the version is looked at first: of another one, nothing else need be as it is today.
        let stranger = || {
            Fault::new(
                "not_an_export",
                format!(
                    "The first line must be {{\"type\": \"roster\", \"format\": \"{FORMAT}\", \"version\": {VERSION}, …}}. \
                     Take a file that was exported by Roster."
                ),
            )
        };
        let value: serde_json::Value = serde_json::from_slice(unmarked(line)).map_err(|_| stranger())?;
        if value["type"] != "roster" || value["format"] != FORMAT {
            return Err(stranger());
        }
        let version = value["version"].as_u64().ok_or_else(stranger)?;
        if version > u64::from(VERSION) {
            return Err(Fault::new(
                "newer_export",
                format!(
                    "The file was written in version {version} of the format, and this Roster reads up to {VERSION}. \
                     Upgrade this instance first."
                ),
            ));
        }
        let header = serde_json::from_value(value).map_err(|error| unreadable(&error))?;
        self.rank = Some(0);
        Ok(header)
    }

    /// Any further line. After one that cannot be taken, the next may be.
    ///
    /// # Errors
    /// It cannot be read, or stands where it must not.
    pub fn read(&mut self, line: &[u8]) -> Result<Line, Fault> {
        if line.len() > LONGEST_LINE {
            return Err(Fault::too_long());
        }
        let line: Line = serde_json::from_slice(line).map_err(|error| unreadable(&error))?;
        self.place(&line)?;
        Ok(line)
    }

    /// Whether a line may stand here, however it was read.
    ///
    /// # Errors
    /// What it names could come later.
    pub fn place(&mut self, line: &Line) -> Result<(), Fault> {
        let rank = line.rank();
        let repeated =
            matches!(line, Line::Roster(_)) || (matches!(line, Line::Organization(_)) && self.rank == Some(rank));
        if self.ended || repeated || self.rank.is_some_and(|last| rank < last) {
            return Err(Fault::new(
                "out_of_order",
                format!(
                    "A line of the type {} must not stand here: the order is {}. Sort the lines.",
                    line.kind(),
                    Line::KINDS.join(", ")
                ),
            ));
        }
        self.rank = Some(rank);
        self.ended = matches!(line, Line::End(_));
        Ok(())
    }
}

/// Some programs put a mark of their encoding before the first letter.
fn unmarked(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
}

fn unreadable(error: &serde_json::Error) -> Fault {
    let said = error.to_string();
    // Its place is that within the line, which the reader of a report takes for one of the file.
    let said = said.split(" at line ").next().unwrap_or_default();
    if said.starts_with("unknown field") || said.starts_with("unknown variant") {
        return Fault::new(
            "unknown_field",
            format!(
                "The line has something that this Roster does not know: {said}. Leave it out, or upgrade this instance."
            ),
        );
    }
    Fault::new(
        "invalid_line",
        format!("The line cannot be read: {said}. Mend it, or leave it out."),
    )
}

/// Takes a file's bytes as they come and tells at their end whether the file is whole.
#[derive(Clone, Default)]
pub struct Seal {
    /// Of all lines that are complete, and of those with the one that is not.
    settled: Sha256,
    running: Sha256,
    /// The last line so far, as much as is kept of it.
    last: Vec<u8>,
    /// Whether the next byte begins a line.
    fresh: bool,
    any: bool,
}

impl Seal {
    pub fn take(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.fresh {
                self.settled = self.running.clone();
                self.last.clear();
            }
            self.any = true;
            self.running.update(part);
            let room = LONGEST_END.saturating_sub(self.last.len());
            self.last
                .extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
            self.fresh = part.ends_with(b"\n");
        }
    }

    /// # Errors
    /// The file was cut off, or is not as it was written.
    pub fn whole(self) -> Result<End, Fault> {
        let cut_off = || {
            Fault::new(
                "cut_off",
                "The file ends before its last line, {\"type\": \"end\", …}. It was cut off on its way: take it again.",
            )
        };
        if !self.any {
            return Err(cut_off());
        }
        let Ok(Line::End(end)) = serde_json::from_slice::<Line>(&self.last) else {
            return Err(cut_off());
        };
        let found = Digest::from_bytes(self.settled.finalize().into());
        if end.sha256.is_some_and(|sha256| sha256 != found) {
            return Err(Fault::new(
                "altered",
                "The file is not as it was written: its last line tells another SHA-256. Take it again; if it was changed on \
                 purpose, make the last line {\"type\": \"end\"}.",
            ));
        }
        Ok(end)
    }
}

/// Writes a file line by line.
#[derive(Default)]
pub struct Composer {
    digest: Sha256,
    counts: BTreeMap<String, u64>,
}

impl Composer {
    /// Puts a line behind what `out` has.
    ///
    /// # Errors
    /// Never: every line can be written as JSON.
    pub fn write(&mut self, line: &Line, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        let from = out.len();
        serde_json::to_writer(&mut *out, line)?;
        out.push(b'\n');
        self.digest.update(out.get(from..).unwrap_or_default());
        *self.counts.entry(line.kind().to_owned()).or_default() += 1;
        Ok(())
    }

    /// The last line.
    ///
    /// # Errors
    /// Never: every line can be written as JSON.
    pub fn end(self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        let end = End {
            counts: self.counts,
            sha256: Some(Digest::from_bytes(self.digest.finalize().into())),
        };
        serde_json::to_writer(&mut *out, &Line::End(end))?;
        out.push(b'\n');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::moving::{Belonging, Group, Member, Named, State};

    fn header() -> Header {
        Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            organization: Named {
                slug: "acme".to_owned(),
                name: "Acme".to_owned(),
            },
            exported_at: Timestamp::default(),
        }
    }

    fn group() -> Group {
        Group {
            slug: "crew".to_owned(),
            name: "Crew".to_owned(),
            description: String::new(),
            role: "member".to_owned(),
            parent: None,
        }
    }

    fn ada() -> Member {
        Member {
            username: Some("ada".to_owned()),
            email: Some("ada@example.com".to_owned()),
            groups: vec![Belonging {
                group: "crew".to_owned(),
                until: None,
                origin: None,
            }],
            state: State::Disabled(crate::moving::Ended::default()),
            ..Member::default()
        }
    }

    fn written() -> Vec<u8> {
        let mut composer = Composer::default();
        let mut out = Vec::new();
        for line in [header().into(), group().into(), Box::new(ada()).into()] {
            composer.write(&line, &mut out).unwrap();
        }
        composer.end(&mut out).unwrap();
        out
    }

    fn whole(bytes: &[u8]) -> Result<End, &'static str> {
        let mut seal = Seal::default();
        // Bytes come as the network cuts them.
        for part in bytes.chunks(7) {
            seal.take(part);
        }
        seal.whole().map_err(|fault| fault.code)
    }

    #[test]
    fn what_was_written_is_read_again() {
        let written = written();
        let mut lines = written.split_inclusive(|byte| *byte == b'\n');
        let mut document = Document::default();
        assert_eq!(document.header(lines.next().unwrap()).unwrap(), header());
        assert_eq!(document.read(lines.next().unwrap()).unwrap(), group().into());
        assert_eq!(document.read(lines.next().unwrap()).unwrap(), Box::new(ada()).into());
        assert!(matches!(document.read(lines.next().unwrap()), Ok(Line::End(_))));
        assert!(whole(&written).is_ok());
    }

    #[test]
    fn a_file_that_lost_its_end_or_was_altered_is_noticed() {
        let written = written();
        for length in [0, 1, written.len() / 2, written.len() - 3] {
            assert_eq!(whole(&written[..length]), Err("cut_off"), "{length}");
        }
        let altered = String::from_utf8(written).unwrap().replace("ada@", "eve@");
        assert_eq!(whole(altered.as_bytes()), Err("altered"));
    }

    #[test]
    fn whoever_edits_a_file_says_so_at_its_end() {
        assert!(whole(b"{\"type\":\"roster\"}\n{\"type\":\"end\"}").is_ok());
    }

    #[test]
    fn a_file_of_another_kind_or_of_a_later_version_is_refused() {
        let refused = |line: &str| Document::default().header(line.as_bytes()).unwrap_err().code;
        assert_eq!(refused("name,email"), "not_an_export");
        assert_eq!(refused("{}"), "not_an_export");
        let later = r#"{"type":"roster","format":"roster.organization","version":2,"what":"ever"}"#;
        assert_eq!(refused(later), "newer_export");
    }

    #[test]
    fn a_line_says_what_is_wrong_with_it_and_the_next_is_read() {
        let mut document = Document::default();
        let mut code = |line: &str| document.read(line.as_bytes()).map_err(|fault| fault.code);
        assert_eq!(code(r#"{"type":"member","shoe_size":9}"#), Err("unknown_field"));
        assert_eq!(code(r#"{"type":"pet"}"#), Err("unknown_field"));
        assert_eq!(code(r#"{"type":"member""#), Err("invalid_line"));
        assert_eq!(code(&" ".repeat(LONGEST_LINE + 1)), Err("line_too_long"));
        assert!(code(r#"{"type":"member","username":"ada"}"#).is_ok());
        assert_eq!(
            code(r#"{"type":"group","slug":"crew","name":"Crew","role":"member"}"#),
            Err("out_of_order")
        );
        assert!(code(r#"{"type":"end"}"#).is_ok());
        assert_eq!(code(r#"{"type":"member","username":"eve"}"#), Err("out_of_order"));
    }
}
