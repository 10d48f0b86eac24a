//! Holding back those who guess. Only failures count; a success forgets them. An account that is guessed at from elsewhere
//! stays open to the addresses its owner has signed in from, so that nobody can lock an owner out.

use domain::Timestamp;
use domain::account::Account;
use domain::actor::Identity;
use domain::id::AccountId;
use domain::security::SecurityPolicy;
use domain::time::{DAY, HOUR, MINUTE, SECOND};
use sha2::{Digest, Sha256};
use store::failure::Failures;
use store::{Tx, Writing};

use crate::{Error, Result, Throttle};

/// Failures that are older no longer count: microseconds.
pub const MEMORY: i64 = HOUR;
/// How far the clocks of two nodes may be apart. What was counted later than that was so before the clock was set back: whoever
/// waited for it to pass would wait until the clock is there again.
const APART: i64 = MINUTE;
/// For how long an address counts as one the owner signs in from: microseconds.
const FAMILIAR: i64 = 30 * DAY;
/// Minutes that an account stays closed where a policy says how many tries it takes and not for how long.
const USUAL_LOCK_OUT: u32 = 15;

/// What a try is counted under. An unknown name is counted like a known one, so that neither tells which it is.
pub struct Keys {
    pair: [u8; 32],
    login: [u8; 32],
    address: [u8; 32],
}

impl Keys {
    /// By what was typed and not by whose it is: that two names are held back together would tell that they are one account.
    pub fn new(login: &str, address: &str) -> Self {
        let login = login.trim().to_lowercase();
        Self {
            pair: digest(&["login", &login, address]),
            login: digest(&["login", &login]),
            address: digest(&["address", address]),
        }
    }

    /// Counts the try as a failure before it is known to be one; [`Self::succeeded`] takes it back.
    ///
    /// # Errors
    /// There were too many failures too recently.
    pub async fn admit(
        &self,
        tx: &mut Tx<Writing>,
        account: Option<&Account>,
        address: &str,
        limits: Throttle,
        now: Timestamp,
    ) -> Result<()> {
        let pair = wait(
            store::failure::hold(tx, self.pair, now).await?,
            limits.tries,
            limits.longest_wait,
            now,
        );
        let login = wait(
            store::failure::hold(tx, self.login, now).await?,
            limits.account_tries,
            limits.longest_wait,
            now,
        );
        let anyone = wait(
            store::failure::hold(tx, self.address, now).await?,
            limits.address_tries,
            limits.longest_wait,
            now,
        );
        let elsewhere = login.max(anyone);
        let mut wait = pair;
        if elsewhere > pair {
            let familiar = match account {
                Some(account) => store::sign_in::succeeded_from(tx, account.id, address, now.plus(-FAMILIAR)).await?,
                None => false,
            };
            if !familiar {
                wait = elsewhere;
            }
        }
        if wait > 0 {
            return Err(Error::Throttled { retry_after: wait });
        }
        for key in [self.pair, self.login, self.address] {
            store::failure::add(tx, key, now).await?;
        }
        Ok(())
    }

    /// Whether the organizations of the account have closed it for a while, after as many failed tries as the strictest of
    /// them takes. To an address that its owner signed in from it is closed only by failures from there.
    pub async fn is_closed(
        &self,
        tx: &mut Tx<Writing>,
        account: AccountId,
        address: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let policies = store::account::security_policies(tx, account).await?;
        let Some((attempts, lock_out)) = strictest(policies.iter().map(|(policy, _)| policy)) else {
            return Ok(false);
        };
        let closed = |failures: Option<Failures>| {
            // One from a time to come was counted before the clock was set back.
            failures
                .is_some_and(|known| known.count >= attempts && (-APART..lock_out).contains(&now.since(known.last_at)))
        };
        if closed(store::failure::find(tx, self.pair).await?) {
            return Ok(true);
        }
        Ok(closed(store::failure::find(tx, self.login).await?)
            && !store::sign_in::succeeded_from(tx, account, address, now.plus(-FAMILIAR)).await?)
    }

    pub async fn succeeded(&self, tx: &mut Tx<Writing>) -> Result<()> {
        store::failure::forget(tx, self.pair).await?;
        // What others failed at from elsewhere, or this address at other accounts, stays counted.
        store::failure::take_back(tx, self.login).await?;
        Ok(store::failure::take_back(tx, self.address).await?)
    }

    /// Writes and changes nothing.
    pub async fn write_again(&self, tx: &mut Tx<Writing>, now: Timestamp) -> Result<()> {
        store::failure::hold(tx, self.pair, now).await?;
        Ok(())
    }

    /// The try was never judged.
    pub async fn not_judged(&self, tx: &mut Tx<Writing>) -> Result<()> {
        for key in [self.pair, self.login, self.address] {
            store::failure::take_back(tx, key).await?;
        }
        Ok(())
    }
}

/// The fewest tries that any of the policies takes, and the longest that one closes the account for (microseconds).
fn strictest<'a>(policies: impl Iterator<Item = &'a SecurityPolicy> + Clone) -> Option<(i64, i64)> {
    let attempts = policies.clone().filter_map(|policy| policy.sign_in_attempts).min()?;
    let minutes = policies.filter_map(|policy| policy.lock_out_minutes).max();
    Some((
        i64::from(attempts),
        i64::from(minutes.unwrap_or(USUAL_LOCK_OUT)) * MINUTE,
    ))
}

/// Seconds to wait: none up to the limit, then one, doubling with each further failure.
fn wait(failures: Failures, limit: i64, longest: u64, now: Timestamp) -> u64 {
    let age = now.since(failures.last_at);
    if failures.count < limit || !(-APART..=MEMORY).contains(&age) {
        return 0;
    }
    let doublings = u32::try_from(failures.count - limit).unwrap_or(u32::MAX);
    let delay = 1_u64
        .checked_shl(doublings)
        .filter(|_| doublings < 32)
        .unwrap_or(u64::MAX)
        .min(longest);
    let passed = u64::try_from(age.max(0) / SECOND).unwrap_or(0);
    delay.saturating_sub(passed)
}

/// How many mails of a kind anybody may have sent to one mailbox within the hour, and from one place to all of them.
const MAILS_TO_ONE: i64 = 5;
const MAILS_FROM_ONE: i64 = 100;

/// Counts a mail that a stranger asks for, and says whether it may be sent. Who asks is not told: the answer would say
/// that somebody else asked for the same mailbox.
pub async fn admit_mail(
    tx: &mut Tx<Writing>,
    purpose: &str,
    email_key: &str,
    address: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let mailbox = (digest(&["mail", purpose, email_key]), MAILS_TO_ONE);
    let place = address.map(|address| (digest(&["mail from", purpose, address]), MAILS_FROM_ONE));
    let mut admitted = true;
    for (key, most) in [Some(mailbox), place].into_iter().flatten() {
        let counted = store::failure::hold(tx, key, now).await?;
        if now.since(counted.last_at) >= MEMORY {
            store::failure::forget(tx, key).await?;
        } else if counted.count >= most {
            admitted = false;
        }
    }
    if admitted {
        store::failure::add(tx, mailbox.0, now).await?;
        if let Some((key, _)) = place {
            store::failure::add(tx, key, now).await?;
        }
    }
    Ok(admitted)
}

/// Under which somebody's look-ups of known addresses are counted.
pub fn lookup_key(caller: Identity) -> [u8; 32] {
    let caller = match caller {
        Identity::Account(id) => id.to_string(),
        Identity::ServiceAccount(id) => id.to_string(),
        Identity::Project(id) => id.to_string(),
    };
    digest(&["lookup", &caller])
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_of_several_policies_counts() {
        let policy = |sign_in_attempts, lock_out_minutes| SecurityPolicy {
            sign_in_attempts,
            lock_out_minutes,
            ..SecurityPolicy::default()
        };
        assert_eq!(strictest([policy(None, Some(60))].iter()), None);
        assert_eq!(strictest([policy(Some(5), None)].iter()), Some((5, 15 * MINUTE)));
        let several = [policy(Some(5), Some(10)), policy(None, Some(30)), policy(Some(3), None)];
        assert_eq!(strictest(several.iter()), Some((3, 30 * MINUTE)));
    }

    #[test]
    fn the_wait_doubles_up_to_its_bound_and_passes() {
        let now = Timestamp::from_micros(1_000 * SECOND);
        let after = |count, seconds_ago: i64| {
            wait(
                Failures {
                    count,
                    last_at: now.plus(-seconds_ago * SECOND),
                },
                10,
                60,
                now,
            )
        };
        assert_eq!((after(9, 0), after(10, 0), after(11, 0), after(13, 0)), (0, 1, 2, 8));
        // The clock was set back by an hour, or another node's is a second ahead.
        assert_eq!((after(100, -3_600), after(100, -1)), (0, 60));
        assert_eq!(
            (after(16, 0), after(100, 0), after(100, 59), after(100, 60)),
            (60, 60, 1, 0)
        );
    }
}
