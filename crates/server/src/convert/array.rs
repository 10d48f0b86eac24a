//! A JSON array of users, each handed on before the next is read, so that no more than one is held.

use std::fmt;
use std::io::BufRead;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use super::Unreadable;

/// Whether the input is one.
pub fn begins(input: &mut impl BufRead) -> std::io::Result<bool> {
    let first = input.fill_buf()?.iter().find(|byte| !byte.is_ascii_whitespace());
    Ok(first == Some(&b'['))
}

/// `each` is told the how-many-eth user it is.
pub fn read<U: DeserializeOwned>(
    product: &'static str,
    input: impl BufRead,
    each: impl FnMut(U, u64) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let mut failed = None;
    let mut reader = serde_json::Deserializer::from_reader(input);
    let users = Users {
        each,
        failed: &mut failed,
        user: PhantomData,
    };
    let read = users.deserialize(&mut reader).and_then(|()| reader.end());
    match failed {
        Some(failed) => Err(failed),
        None => read.map_err(|error| Unreadable::form(product, error)),
    }
}

struct Users<'a, U, F> {
    each: F,
    failed: &'a mut Option<Unreadable>,
    user: PhantomData<U>,
}

impl<'de, U: DeserializeOwned, F: FnMut(U, u64) -> Result<(), Unreadable>> DeserializeSeed<'de> for Users<'_, U, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, U: DeserializeOwned, F: FnMut(U, u64) -> Result<(), Unreadable>> Visitor<'de> for Users<'_, U, F> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of users")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut users: A) -> Result<(), A::Error> {
        let mut place = 0;
        while let Some(user) = users.next_element::<U>()? {
            place += 1;
            if let Err(failed) = (self.each)(user, place) {
                *self.failed = Some(failed);
                return Err(A::Error::custom("it ends here"));
            }
        }
        Ok(())
    }
}
