//! Hashes that other systems made. People keep the password they have: it is checked as that system would, and when it was
//! right its hash is made anew with today's parameters. One place reads every form a hash is stored in, and says before
//! any work what it would cost: a hash above the caps is not taken, and were one stored, it would be wrong unread.

mod form;
mod work;

pub(super) use form::Imported;

/// Why a hash cannot be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unimportable {
    #[error(
        "is no password hash that can be taken over; it must be of argon2, bcrypt, scrypt, PBKDF2, of Django's or of \
         Firebase's form"
    )]
    Unreadable,
    #[error("would take too long or too much memory to check; let the person set a new password instead")]
    TooCostly,
}

/// Bcrypt's work doubles with each step: 14 takes about a second.
const MOST_BCRYPT: u32 = 14;
/// In bytes, for one password: what scrypt asks for at 2^17 blocks of 8.
const MOST_SCRYPT_MEMORY: u64 = 128 * 1024 * 1024;
/// Blocks mixed in all: twice what is recommended today.
const MOST_SCRYPT_BLOCKS: u64 = 1 << 21;
/// Rounds of PBKDF2, counted for each block of the result: above what any framework sets today.
const MOST_PBKDF2: u64 = 3_000_000;
/// Salts and results are short; longer ones are none.
const LONGEST_PART: usize = 128;
