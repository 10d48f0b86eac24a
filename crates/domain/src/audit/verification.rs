//! Whether an export of the audit log is what was written: every entry's own hash, and that each follows the one before.
//! Nothing but the export is needed for it.

use super::Entry;
use super::chain::{Chain, VERSION};
use super::digest::Digest;

/// How an export was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A whole stretch of the log: a missing entry is a misfit.
    Whole,
    /// Only what matched a filter: each entry is judged alone, and nothing tells what is missing between.
    Filtered,
}

/// Reads one line after the other.
#[derive(Debug)]
pub struct Verification {
    extent: Extent,
    count: u64,
    first: Option<Place>,
    last: Option<Place>,
}

/// Where a chain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub chain: Chain,
    pub number: i64,
    pub hash: Digest,
}

/// What an export holds that verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    pub count: u64,
    pub first: Place,
    /// The hash of the entry before the first: where the log's beginning was removed, the checkpoint that it left.
    pub last: Place,
}

/// Why a line does not fit.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    #[error("is no entry of an export: {0}")]
    Unreadable(String),
    #[error("has the form {0}, which this program does not know; verify it with a newer one")]
    Version(i64),
    #[error("entry {number}: its hash is not that of what stands in it; something of it was changed")]
    Changed { number: i64 },
    #[error("entry {number}: {reason}")]
    Unsalted { number: i64, reason: String },
    #[error("entry {number} follows entry {after}: {} missing", missing(*after, *number))]
    Gap { after: i64, number: i64 },
    #[error("entry {number} follows entry {after}: the order was changed, or an entry stands twice")]
    Order { after: i64, number: i64 },
    #[error("entry {number} does not continue entry {after}: it was made for another predecessor")]
    Broken { after: i64, number: i64 },
    #[error("entry {number} is of {found}, those before are of {expected}")]
    OtherChain { number: i64, expected: Chain, found: Chain },
}

fn missing(after: i64, number: i64) -> String {
    match number - after {
        2 => format!("entry {} is", after + 1),
        _ => format!("entries {} to {} are", after + 1, number - 1),
    }
}

impl Verification {
    pub fn new(extent: Extent) -> Self {
        Self {
            extent,
            count: 0,
            first: None,
            last: None,
        }
    }

    /// # Errors
    /// The line is not what was written, or not what has to follow.
    pub fn line(&mut self, text: &str) -> Result<(), Misfit> {
        let entry: Entry = serde_json::from_str(text).map_err(|error| Misfit::Unreadable(error.to_string()))?;
        self.entry(&entry)
    }

    /// # Errors
    /// As [`Self::line`].
    pub fn entry(&mut self, entry: &Entry) -> Result<(), Misfit> {
        let number = entry.number;
        if entry.version != VERSION {
            return Err(Misfit::Version(entry.version));
        }
        let computed = entry.computed_hash().map_err(|missing| Misfit::Unsalted {
            number,
            reason: missing.to_string(),
        })?;
        if computed != entry.hash {
            return Err(Misfit::Changed { number });
        }
        let first_of_all = number == 1;
        if first_of_all != (entry.previous_hash == Digest::NONE) {
            return Err(Misfit::Broken {
                after: number - 1,
                number,
            });
        }
        if let Some(last) = self.last {
            follows(entry, &last, self.extent)?;
        }
        let here = Place {
            chain: entry.chain,
            number,
            hash: entry.hash,
        };
        self.first.get_or_insert(here);
        self.last = Some(here);
        self.count += 1;
        Ok(())
    }

    /// What was read; none where there was no line.
    pub fn finish(self) -> Option<Verified> {
        Some(Verified {
            count: self.count,
            first: self.first?,
            last: self.last?,
        })
    }
}

fn follows(entry: &Entry, last: &Place, extent: Extent) -> Result<(), Misfit> {
    let (after, number) = (last.number, entry.number);
    if entry.chain != last.chain {
        return Err(Misfit::OtherChain {
            number,
            expected: last.chain,
            found: entry.chain,
        });
    }
    if number <= after {
        return Err(Misfit::Order { after, number });
    }
    if number > after + 1 {
        return match extent {
            Extent::Whole => Err(Misfit::Gap { after, number }),
            Extent::Filtered => Ok(()),
        };
    }
    if entry.previous_hash == last.hash {
        Ok(())
    } else {
        Err(Misfit::Broken { after, number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::audit::{Salting, Seed, Target};
    use crate::id::{EventId, Id};
    use serde_json::json;

    /// A log of so many entries, each a change of Mia's role.
    fn log(entries: u8) -> Vec<Entry> {
        let mut log: Vec<Entry> = Vec::new();
        for number in 1..=entries {
            let at = Timestamp::from_micros(i64::from(number) * 1_000_000);
            let mut entry = Entry {
                id: EventId::new(at, [number; 10]),
                at,
                actor: Target::new("account", "acc_1", "Adam"),
                action: "member.role_changed".to_owned(),
                target: Target::new("member", "mem_1", "Mia"),
                before: json!({ "role": "member", "name": "Mia", "phone": null }),
                after: json!({ "role": format!("role-{number}"), "name": "Mia", "phone": null }),
                address: "192.0.2.1".to_owned(),
                medium: "web".to_owned(),
                request_id: format!("{number:016x}"),
                chain: Chain::Instance,
                number: i64::from(number),
                version: VERSION,
                salting: Salting::Whole {
                    seed: Seed([number; 16]),
                },
                previous_hash: log.last().map_or(Digest::NONE, |last| last.hash),
                hash: Digest::NONE,
            };
            entry.hash = entry.computed_hash().unwrap();
            log.push(entry);
        }
        log
    }

    fn verify(log: &[Entry], extent: Extent) -> Result<Option<Verified>, (u64, Misfit)> {
        let mut verification = Verification::new(extent);
        for entry in log {
            let line = serde_json::to_string(entry).unwrap();
            verification
                .line(&line)
                .map_err(|misfit| (verification.count + 1, misfit))?;
        }
        Ok(verification.finish())
    }

    #[test]
    fn what_was_written_verifies_and_tells_where_it_ends() {
        let log = log(5);
        let verified = verify(&log, Extent::Whole).unwrap().unwrap();
        assert_eq!((verified.count, verified.first.number, verified.last.number), (5, 1, 5));
        assert_eq!(verified.last.hash, log[4].hash);
        // What is left after the oldest were removed.
        assert_eq!(verify(&log[2..], Extent::Whole).unwrap().unwrap().first.number, 3);
        assert_eq!(verify(&[], Extent::Whole), Ok(None));
    }

    #[test]
    fn whatever_is_changed_in_an_entry_is_found_there() {
        type Change = (&'static str, fn(&mut Entry));
        let changes: [Change; 12] = [
            ("actor", |entry| entry.actor.name = "Eve".to_owned()),
            ("actor's id", |entry| entry.actor.id = "acc_2".to_owned()),
            ("action", |entry| entry.action = "member.removed".to_owned()),
            ("target", |entry| entry.target.kind = "group".to_owned()),
            ("before", |entry| entry.before["role"] = json!("owner")),
            ("a field taken out", |entry| {
                entry.after.as_object_mut().unwrap().remove("phone");
            }),
            ("a field put in", |entry| entry.after["more"] = json!(1)),
            ("address", |entry| entry.address.clear()),
            ("time", |entry| entry.at = entry.at.plus(1)),
            ("medium", |entry| entry.medium = "api".to_owned()),
            ("request", |entry| entry.request_id.clear()),
            ("salt", |entry| entry.salting = Salting::Whole { seed: Seed([9; 16]) }),
        ];
        for (what, change) in changes {
            let mut log = log(4);
            change(&mut log[2]);
            assert_eq!(
                verify(&log, Extent::Whole),
                Err((3, Misfit::Changed { number: 3 })),
                "{what}"
            );
        }
        let mut forged = log(4);
        forged[1].after["role"] = json!("owner");
        forged[1].hash = forged[1].computed_hash().unwrap();
        let broken = Misfit::Broken { after: 2, number: 3 };
        assert_eq!(
            verify(&forged, Extent::Whole),
            Err((3, broken)),
            "with a hash of its own made anew"
        );
    }

    #[test]
    fn gaps_changed_order_repetition_and_another_log_are_found() {
        let whole = log(5);
        let picked = |numbers: &[usize]| {
            numbers
                .iter()
                .map(|number| whole[number - 1].clone())
                .collect::<Vec<_>>()
        };
        for (numbers, line, misfit) in [
            (&[1, 2, 4][..], 3, Misfit::Gap { after: 2, number: 4 }),
            (&[1, 3, 2][..], 2, Misfit::Gap { after: 1, number: 3 }),
            (&[2, 1][..], 2, Misfit::Order { after: 2, number: 1 }),
            (&[1, 2, 2][..], 3, Misfit::Order { after: 2, number: 2 }),
        ] {
            assert_eq!(verify(&picked(numbers), Extent::Whole), Err((line, misfit)));
        }
        assert_eq!(
            Misfit::Gap { after: 2, number: 4 }.to_string(),
            "entry 4 follows entry 2: entry 3 is missing"
        );
        assert_eq!(verify(&picked(&[1, 3, 5]), Extent::Filtered).unwrap().unwrap().count, 3);
        assert!(verify(&picked(&[3, 1]), Extent::Filtered).is_err());
        let mut other = whole.clone();
        other[1].chain = Chain::Organization(crate::id::OrganizationId::from_uuid(uuid::Uuid::max()));
        other[1].hash = other[1].computed_hash().unwrap();
        assert!(matches!(
            verify(&other, Extent::Whole),
            Err((2, Misfit::OtherChain { .. }))
        ));
    }

    #[test]
    fn a_log_that_only_seems_to_begin_at_one_is_found() {
        let mut log = log(3);
        log.remove(0);
        log[0].number = 1;
        log[0].hash = log[0].computed_hash().unwrap();
        assert_eq!(
            verify(&log, Extent::Whole),
            Err((1, Misfit::Broken { after: 0, number: 1 }))
        );
    }

    #[test]
    fn a_person_is_erased_and_the_chain_still_verifies() {
        let mut log = log(4);
        let personal = |field: &str, _: &serde_json::Value| field.ends_with("name") || field == "address";
        assert!(log[1].erase(personal));
        let text = serde_json::to_string(&log[1]).unwrap();
        assert!(
            !text.contains("Mia") && !text.contains("Adam") && !text.contains("192.0.2.1"),
            "{text}"
        );
        assert!(
            !text.contains("seed"),
            "the salts of what is gone could be computed from it"
        );
        assert_eq!(log[1].after["role"], "role-2");
        assert_eq!(verify(&log, Extent::Whole).unwrap().unwrap().count, 4);
        assert!(!log[1].erase(personal), "there is nothing left to erase");
        // Erasing goes on where it began, and what is left is still covered.
        assert!(log[1].erase(|field, _| field == "after.role"));
        assert_eq!(verify(&log, Extent::Whole).unwrap().unwrap().count, 4);
        log[1].before["role"] = json!("owner");
        assert_eq!(verify(&log, Extent::Whole), Err((2, Misfit::Changed { number: 2 })));
    }

    #[test]
    fn what_was_erased_cannot_be_put_back_as_something_else() {
        let mut log = log(2);
        log[0].erase(|field, _| field == "after.name");
        log[0].after["name"] = json!("Eve");
        assert!(verify(&log, Extent::Whole).is_err());
    }

    #[test]
    fn what_is_no_entry_is_told() {
        let mut verification = Verification::new(Extent::Whole);
        for line in ["", "{}", "[1]", "not json"] {
            assert!(matches!(verification.line(line), Err(Misfit::Unreadable(_))), "{line}");
        }
        let mut newer = log(1).remove(0);
        newer.version = 2;
        assert_eq!(verification.entry(&newer), Err(Misfit::Version(2)));
    }
}
