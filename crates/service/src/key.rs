//! The key that secrets are sealed by: given by the operator, kept in a file beside the database, or kept in the database
//! that several nodes share.

use domain::Timestamp;
use domain::audit::{Action, Event, Target};
use secrecy::ExposeSecret;
use serde_json::json;
use signin::seal::Key;
use store::Store;
use store::sealed::{Owner, Place};

use crate::ambient::entropy;
use crate::{Error, Result};

const CHECK: &str = "key check";

pub fn new() -> Key {
    Key::from_entropy(entropy())
}

/// The key that the database keeps, made by whoever comes first.
///
/// # Errors
/// The database does not answer.
pub async fn kept_in_database(store: &Store) -> Result<Key> {
    let mut tx = store.server().await?;
    let kept = store::instance::sealing_key(&mut tx, new().written().expose_secret()).await?;
    tx.commit().await?;
    Key::parse(&kept).map_err(|broken| Error::Unexpected(format!("instance.sealing_key {broken}")))
}

/// Whether what the database holds was sealed by this key. Of an instance that holds nothing yet it is so from now on.
///
/// # Errors
/// The database does not answer.
pub async fn fits(store: &Store, key: &Key) -> Result<bool> {
    let mut tx = store.server().await?;
    let check = store::instance::key_check(&mut tx, &key.seal(CHECK, b"roster", entropy())).await?;
    tx.commit().await?;
    Ok(opens(key, &check))
}

/// Whether it opens what the first key to come has sealed.
pub fn opens(key: &Key, check: &str) -> bool {
    key.open(CHECK, check).is_ok()
}

/// Seals everything by another key, in one transaction: before its commit the old key opens all of it, after it the new one
/// does. `kept` says that the database keeps the key itself. Returns how many secrets that were.
///
/// # Errors
/// Somebody serves the instance, the old key does not open something, or the database does not answer. Then nothing has
/// changed.
pub async fn rotate(store: &Store, old: &Key, new: &Key, kept: bool, now: Timestamp) -> Result<usize> {
    let mut tx = store.server().await?;
    if !store::elsewhere::nobody_serves(&mut tx).await? {
        return Err(Error::Unexpected(SERVED.to_owned()));
    }
    store::setting::line_up(&mut tx).await?;
    let mut count = 0;
    for place in Place::ALL {
        for sealed in store::sealed::all(&mut tx, *place).await? {
            let purpose = purpose(&sealed.owner);
            let secret = old
                .open(&purpose, &sealed.text)
                .map_err(|broken| Error::Unexpected(format!("a secret for {purpose} {broken}; nothing was changed")))?;
            let text = new.seal(&purpose, &secret, entropy());
            store::sealed::replace(&mut tx, &sealed.owner, &text).await?;
            count += 1;
        }
    }
    let written = new.written();
    let check = new.seal(CHECK, b"roster", entropy());
    store::instance::replace_key(&mut tx, &check, kept.then(|| written.expose_secret())).await?;
    let event =
        Event::new(Action::KeyRotated, Target::new("instance", "", "instance")).after(json!({ "secrets": count }));
    let by = Target::new("system", "", "command line");
    crate::audit::record_by(&mut tx, None, &event, (&by, &crate::superuser::from_the_machine()), now).await?;
    tx.commit().await?;
    Ok(count)
}

/// Why a key is not rotated while somebody uses it: what is sealed meanwhile would be sealed by the old one.
pub const SERVED: &str =
    "The instance is being served. End every node first, then rotate the key and start them again.";

fn purpose(owner: &Owner) -> String {
    match owner {
        Owner::Totp(account) => crate::mfa::totp::purpose(*account),
        Owner::Identity(identity) => crate::identity::purpose(*identity),
        Owner::SingleSignOn(organization) => crate::single_sign_on::purpose(*organization),
        Owner::Ceremony(_, kind) => crate::ceremony::purpose(kind),
        Owner::AuditForwarding(of) => crate::audit::forwarding::purpose(*of),
        Owner::Setting(name) => crate::setting::purpose(*name),
    }
}
