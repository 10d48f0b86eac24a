//! The worker: sends what has not arrived, in the order it was written. How far each chain has come is kept after the
//! receiver has it, so that a crash sends entries twice rather than never; their ids tell.

use std::time::Duration;

use domain::audit::{Chain, Entry};
use domain::time::{MINUTE, SECOND};
use secrecy::SecretString;
use store::audit_forwarding::{self as kept, Forwarding};

use super::delivery::Delivery;
use super::destination::{Authentication, Destination};
use super::purpose;
use crate::audit::Filter;
use crate::{Error, Result, Roster};

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long one may work before another node tries: microseconds.
const LEASE: i64 = MINUTE;
/// Entries of one delivery.
const AT_ONCE: usize = 500;
/// The longest time between two tries: microseconds.
const LONGEST: i64 = 5 * MINUTE;

impl Roster {
    /// Forwards for as long as the program runs.
    pub async fn keep_forwarding(&self) {
        let node = crate::ambient::request_id();
        loop {
            match self.forward_due(&node).await {
                Ok(0) => tokio::time::sleep(LOOK_EVERY).await,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "what is to be forwarded could not be read; it is tried again");
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    }

    /// Sends what is due now, each to its receiver, all of them at once. Returns how many deliveries arrived.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forward_due(&self, node: &str) -> Result<usize> {
        let mut tx = self.store().see_server().await?;
        let due = kept::due(&mut tx, self.now(), LONGEST + MINUTE).await?;
        drop(tx);
        let work = due.into_iter().map(|forwarding| async move {
            let of = forwarding.of;
            match self.forward(&forwarding, node).await {
                Ok(sent) => usize::from(sent),
                Err(error) => {
                    tracing::warn!(%of, %error, "an audit log was not forwarded; it is tried again");
                    0
                }
            }
        });
        Ok(futures_util::future::join_all(work).await.into_iter().sum())
    }

    /// One delivery. Returns whether something was sent.
    async fn forward(&self, forwarding: &Forwarding, node: &str) -> Result<bool> {
        let of = forwarding.of;
        if self.unsent(of).await?.is_empty() {
            return Ok(false);
        }
        let now = self.now();
        let mut tx = self.store().job("forward the audit log").await?;
        let free = kept::lease(&mut tx, of, node, now, now.plus(LEASE)).await?;
        tx.commit().await?;
        if !free {
            return Ok(false);
        }
        // Another node may have sent some before it let go.
        let entries = self.unsent(of).await?;
        let outcome = self.deliver_entries(forwarding, &entries).await;
        let now = self.now();
        let mut tx = self.store().job("forward the audit log").await?;
        match &outcome {
            Ok(()) => {
                for (chain, number) in reached(&entries) {
                    kept::advance(&mut tx, of, chain, number, now).await?;
                }
                kept::release(&mut tx, of, node).await?;
            }
            Err(reason) => {
                let wait = LONGEST.min(SECOND << forwarding.attempts.clamp(0, 20));
                kept::failed(&mut tx, of, reason, now, now.plus(wait)).await?;
            }
        }
        tx.commit().await?;
        Ok(outcome.is_ok())
    }

    /// The next entries of all chains that are behind, each chain's in its order.
    async fn unsent(&self, of: Chain) -> Result<Vec<Entry>> {
        let everything = Filter::default();
        let mut tx = self.store().see_server().await?;
        let mut entries: Vec<Entry> = Vec::new();
        for behind in kept::behind(&mut tx, of, 100).await? {
            let room = i64::try_from(AT_ONCE - entries.len()).unwrap_or(0);
            entries.extend(store::audit::follow(&mut tx, behind.chain, &everything, behind.arrived, room).await?);
            if entries.len() >= AT_ONCE {
                break;
            }
        }
        Ok(entries)
    }

    async fn deliver_entries(&self, forwarding: &Forwarding, entries: &[Entry]) -> std::result::Result<(), String> {
        if entries.is_empty() {
            return Ok(());
        }
        let inside = forwarding.of == Chain::Instance || self.settings().forward_inside;
        let destination = Destination::parse(&forwarding.url, inside)?;
        let secret = self.forwarding_secret(forwarding).map_err(|error| error.to_string())?;
        let delivery = Delivery {
            destination: &destination,
            authentication: Authentication::parse(&forwarding.authentication).unwrap_or_default(),
            secret,
            trusted_certificate: forwarding.trusted_certificate.as_deref(),
            host: &self.settings().own_words()[1],
            now: self.now(),
        };
        delivery.send(entries).await
    }

    fn forwarding_secret(&self, forwarding: &Forwarding) -> Result<Option<SecretString>> {
        let Some(sealed) = &forwarding.sealed_secret else {
            return Ok(None);
        };
        let opened = self.open_seal(&purpose(forwarding.of), sealed)?;
        let text = String::from_utf8(opened).map_err(|error| Error::Unexpected(error.to_string()))?;
        Ok(Some(SecretString::from(text)))
    }
}

/// The last entry of each chain that is among them.
fn reached(entries: &[Entry]) -> impl Iterator<Item = (Chain, i64)> {
    let mut reached: Vec<(Chain, i64)> = Vec::new();
    for entry in entries {
        match reached.last_mut() {
            Some((chain, number)) if *chain == entry.chain => *number = entry.number,
            _ => reached.push((entry.chain, entry.number)),
        }
    }
    reached.into_iter()
}
