//! A session: an account's proof of who it is, for the whole instance.

use crate::Timestamp;
use crate::id::{AccountId, SessionId};
use crate::time::{DAY, MINUTE};

/// How long a session lasts without use, and at most: microseconds.
pub const IDLE_LIFETIME: i64 = 14 * DAY;
pub const ABSOLUTE_LIFETIME: i64 = 60 * DAY;
/// How old the kept time of last use may be before it is written again: microseconds.
pub const LAST_SEEN_GRAIN: i64 = 5 * MINUTE;

#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub account: AccountId,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub address: String,
    pub user_agent: String,
}

impl Session {
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires_at && now.since(self.last_seen_at) < IDLE_LIFETIME
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    #[test]
    fn a_session_ends_when_unused_and_at_last() {
        let start = Timestamp::from_micros(0);
        let session = |last_seen_at| Session {
            id: SessionId::new(start, [0; 10]),
            account: AccountId::new(start, [0; 10]),
            created_at: start,
            last_seen_at,
            expires_at: start.plus(ABSOLUTE_LIFETIME),
            address: String::new(),
            user_agent: String::new(),
        };
        assert!(session(start).is_live(start.plus(IDLE_LIFETIME - 1)));
        assert!(!session(start).is_live(start.plus(IDLE_LIFETIME)));
        let late = start.plus(ABSOLUTE_LIFETIME);
        assert!(!session(late).is_live(late));
    }
}
