//! A file of passwords that were stolen somewhere: SHA-1 in hexadecimal, a line for each, in order, as the list that is
//! handed around for the purpose is written (`HASH:COUNT`, or the hash alone). It may be larger than any memory, so it is
//! searched where it lies. What was typed is hashed and compared here; it leaves the machine in no form.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};
use unicode_normalization::UnicodeNormalization;

/// Letters of a hash.
const HEX: usize = 40;
/// Longer than a hash with its count and the end of a line; what is longer is no line of the list.
const LONGEST_LINE: usize = 80;
/// So many bytes are read line by line when the search has come near; a few of the longest lines.
const NEAR: u64 = 512;
/// How many lines are looked at before the list is believed.
const SAMPLES: u64 = 1_000;

type Hash = [u8; 20];

/// The opened list. It stays the one that was opened, also when another file takes its name.
#[derive(Debug)]
pub struct Breached {
    file: File,
    path: PathBuf,
    bytes: u64,
}

/// Why a file cannot be used as the list.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error("cannot be read: {0}. Check the path and its permissions")]
    Unreadable(#[from] io::Error),
    #[error("is no file")]
    NoFile,
    #[error("is empty")]
    Empty,
    #[error(
        "has no SHA-1 hash in hexadecimal at the beginning of the line at byte {at}. Each line is a hash of {HEX} letters, \
         alone or as HASH:COUNT; lists of NTLM hashes have 32 and cannot be used"
    )]
    Form { at: u64 },
    #[error("is not in the order of its hashes at byte {at}. Take the list that is ordered by hash, or sort it")]
    Unordered { at: u64 },
}

impl Breached {
    /// Opens the list and looks at its beginning, its end and many lines between.
    ///
    /// # Errors
    /// It cannot be read, or is no such list.
    pub fn open(path: &Path) -> Result<Self, Unusable> {
        let file = File::open(path)?;
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(Unusable::NoFile);
        }
        let list = Self {
            file,
            path: path.to_owned(),
            bytes: about.len(),
        };
        if list.bytes == 0 {
            return Err(Unusable::Empty);
        }
        list.look_over()?;
        Ok(list)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether somebody's stolen password is this one, as it was typed or in the form that is hashed here.
    ///
    /// # Errors
    /// The list cannot be read any more.
    pub fn has(&self, password: &str) -> io::Result<bool> {
        let normalized: String = password.nfc().collect();
        if self.has_hash(&Sha1::digest(normalized.as_bytes()).into())? {
            return Ok(true);
        }
        Ok(normalized != password && self.has_hash(&Sha1::digest(password.as_bytes()).into())?)
    }

    fn look_over(&self) -> Result<(), Unusable> {
        let mut last: Option<(u64, Hash)> = None;
        for sample in 0..=SAMPLES {
            // In 128 bits, so that no file is too large for the product.
            let offset = u128::from(self.bytes) * u128::from(sample) / u128::from(SAMPLES);
            let at = self.line_at_or_after(u64::try_from(offset).unwrap_or(u64::MAX))?;
            if last.is_some_and(|(before, _)| before == at) {
                continue;
            }
            let Some(hash) = self.hash_at(at)? else {
                // Behind the last line is nothing more to look at.
                return if at >= self.bytes {
                    Ok(())
                } else {
                    Err(Unusable::Form { at })
                };
            };
            if last.is_some_and(|(_, before)| before >= hash) {
                return Err(Unusable::Unordered { at });
            }
            last = Some((at, hash));
        }
        Ok(())
    }

    /// Halves what is left until it is near, then reads that line by line.
    fn has_hash(&self, wanted: &Hash) -> io::Result<bool> {
        // The line wanted, if there is one, begins in low..high; both are beginnings of lines, or the end.
        let (mut low, mut high) = (0, self.bytes);
        while high - low > NEAR {
            let at = self.line_at_or_after(low + (high - low) / 2)?;
            if at >= high {
                // One line fills the rest, which no line of a list does.
                return Err(damaged(at));
            }
            match self.hash_at(at)? {
                Some(hash) if hash == *wanted => return Ok(true),
                Some(hash) if hash < *wanted => low = at,
                Some(_) => high = at,
                None => return Err(damaged(at)),
            }
        }
        while low < high {
            match self.hash_at(low)? {
                Some(hash) if hash == *wanted => return Ok(true),
                Some(hash) if hash > *wanted => return Ok(false),
                Some(_) => low = self.line_at_or_after(low + 1)?,
                None => return Err(damaged(low)),
            }
        }
        Ok(false)
    }

    /// Where the line begins that begins there or is the next to begin; the end, where there is none.
    fn line_at_or_after(&self, offset: u64) -> io::Result<u64> {
        if offset == 0 {
            return Ok(0);
        }
        let mut from = offset - 1;
        while from < self.bytes {
            let (read, length) = self.read(from)?;
            let read = read.get(..length).unwrap_or_default();
            if read.is_empty() {
                break;
            }
            if let Some(end) = read.iter().position(|byte| *byte == b'\n') {
                return Ok((from + end as u64 + 1).min(self.bytes));
            }
            from += read.len() as u64;
            if from - offset > NEAR {
                // No line is so long: whoever reads it there is told of its form.
                return Ok(offset);
            }
        }
        Ok(self.bytes)
    }

    /// The hash that the line which begins there begins with.
    fn hash_at(&self, offset: u64) -> io::Result<Option<Hash>> {
        let (read, length) = self.read(offset)?;
        let read = read.get(..length).unwrap_or_default();
        let Some((hex, rest)) = read.split_at_checked(HEX) else {
            return Ok(None);
        };
        let ends = matches!(rest.first(), None | Some(b':' | b'\r' | b'\n'));
        Ok(parsed(hex).filter(|_| ends))
    }

    fn read(&self, offset: u64) -> io::Result<([u8; LONGEST_LINE], usize)> {
        let mut into = [0; LONGEST_LINE];
        let mut length = 0;
        while let Some(rest) = into.get_mut(length..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, offset + length as u64) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok((into, length))
    }
}

fn damaged(at: u64) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the list of breached passwords is damaged at byte {at}"),
    )
}

fn parsed(hex: &[u8]) -> Option<Hash> {
    let mut hash = Hash::default();
    for (byte, pair) in hash.iter_mut().zip(hex.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        // It would take a sign, too.
        if pair.starts_with('+') {
            return None;
        }
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::io::Write as _;

    use super::*;

    struct Listed {
        path: PathBuf,
    }

    impl Drop for Listed {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    impl Listed {
        fn new(name: &str, text: &str) -> Self {
            let path = std::env::temp_dir().join(format!("breached-{}-{name}", std::process::id()));
            File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
            Self { path }
        }

        fn open(&self) -> Result<Breached, Unusable> {
            Breached::open(&self.path)
        }
    }

    fn hex(password: &str) -> String {
        let hash = Sha1::digest(password.as_bytes());
        hash.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02X}");
            text
        })
    }

    /// A list of so many made-up passwords.
    fn many(count: u32, line: impl Fn(&str, u32) -> String) -> String {
        let mut all: Vec<(String, u32)> = (0..count)
            .map(|number| (hex(&format!("stolen {number}")), number))
            .collect();
        all.sort();
        all.iter().map(|(hash, number)| line(hash, *number)).collect()
    }

    #[test]
    fn every_password_of_the_list_is_found_and_no_other_in_each_way_it_is_written() {
        let with_counts = |hash: &str, number: u32| format!("{hash}:{}\r\n", 1_u64 << (number % 40));
        let plain = |hash: &str, _| format!("{}\n", hash.to_lowercase());
        for (name, text) in [
            ("counts", many(1_500, with_counts)),
            ("plain", many(1_500, plain)),
            ("open", many(700, plain).trim_end().to_owned()),
            ("one", many(1, with_counts)),
            ("two", many(2, plain)),
        ] {
            let count = u32::try_from(text.lines().count()).unwrap();
            let list = Listed::new(name, &text);
            let list = list.open().unwrap_or_else(|why| panic!("{name} {why}"));
            for number in 0..count {
                assert!(list.has(&format!("stolen {number}")).unwrap(), "{name}: {number}");
                assert!(!list.has(&format!("unheard of {number}")).unwrap(), "{name}: {number}");
            }
        }
    }

    #[test]
    fn an_accent_is_the_same_in_both_ways_to_type_it() {
        let list = Listed::new("accent", &format!("{}:3\n", hex("caf\u{e9} au lait")));
        let list = list.open().unwrap();
        assert!(list.has("caf\u{e9} au lait").unwrap());
        assert!(list.has("cafe\u{301} au lait").unwrap());
        let apart = Listed::new("apart", &format!("{}:3\n", hex("cafe\u{301} au lait")));
        assert!(apart.open().unwrap().has("cafe\u{301} au lait").unwrap());
    }

    #[test]
    fn what_is_no_such_list_is_refused_with_what_to_do() {
        let ordered = many(3_000, |hash, number| format!("{hash}:{number}\n"));
        let mut lines: Vec<&str> = ordered.lines().collect();
        lines.reverse();
        let reversed = lines.join("\n");
        let mut middle: Vec<&str> = ordered.lines().collect();
        middle.rotate_left(1_500);
        let ntlm = "8846F7EAEE8FB117AD06BDD830B7586C:9\n".repeat(20);
        let words = "password\n123456\n".repeat(200);
        let long = format!("{}{}", ordered, "A".repeat(100_000));
        for (name, text, told) in [
            ("empty", "", "empty"),
            ("reversed", &reversed, "order"),
            ("rotated", &middle.join("\n"), "order"),
            ("ntlm", &ntlm, "NTLM"),
            ("words", &words, "SHA-1"),
            ("long", &long, "SHA-1"),
        ] {
            let refused = Listed::new(name, text).open().unwrap_err().to_string();
            assert!(refused.contains(told), "{name}: {refused}");
            assert!(!refused.contains('\n'), "{name}: {refused}");
        }
        assert!(matches!(
            Breached::open(&std::env::temp_dir()),
            Err(Unusable::NoFile | Unusable::Unreadable(_))
        ));
        assert!(matches!(
            Breached::open(Path::new("/nowhere/at/all")),
            Err(Unusable::Unreadable(_))
        ));
    }

    #[test]
    fn a_list_that_was_cut_short_meanwhile_is_an_error_and_no_answer() {
        let listed = Listed::new("cut", &many(5_000, |hash, number| format!("{hash}:{number}\n")));
        let list = listed.open().unwrap();
        File::options()
            .write(true)
            .open(&listed.path)
            .unwrap()
            .set_len(100)
            .unwrap();
        assert!(list.has("stolen 7").is_err());
    }
}
