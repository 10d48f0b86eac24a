//! The key that secrets are sealed by: given by the operator, kept in a file beside the database, or kept in the database
//! that several nodes share.

use signin::seal::Key;
use store::Store;

use crate::Result;
use crate::ambient::entropy;

const CHECK: &str = "key check";

pub fn new() -> Key {
    Key::from_entropy(entropy())
}

/// The key that the database keeps, made by whoever comes first.
///
/// # Errors
/// The database does not answer.
pub async fn kept_in_database(store: &Store) -> Result<Key> {
    use secrecy::ExposeSecret;
    let mut tx = store.server().await?;
    let kept = store::instance::sealing_key(&mut tx, new().written().expose_secret()).await?;
    tx.commit().await?;
    Key::parse(&kept).map_err(|broken| crate::Error::Unexpected(format!("instance.sealing_key {broken}")))
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
