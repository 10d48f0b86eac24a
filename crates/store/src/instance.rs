//! The instance itself: whether it was set up, and the mark beside a SQLite file that tells a lost database from a new
//! one.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use domain::Timestamp;
use domain::id::InstanceId;

use crate::db::{Error, Result, query};
use crate::open::Store;
use crate::{Mode, Tx, Writing};

#[derive(Clone, Debug)]
pub struct Instance {
    pub id: InstanceId,
    /// Filled by `--demo`.
    pub demo: bool,
}

pub async fn find(tx: &mut Tx<impl Mode>) -> Result<Option<Instance>> {
    let row = query("SELECT id, demo FROM instance").fetch_optional(tx).await?;
    row.map(|row| {
        Ok(Instance {
            id: row.id("id")?,
            demo: row.get("demo")?,
        })
    })
    .transpose()
}

/// Makes the instance's row. Exactly one node gets to do it.
pub async fn insert(tx: &mut Tx<Writing>, id: InstanceId, now: Timestamp) -> Result<()> {
    query("INSERT INTO instance (one, id, demo, policies, created_at) VALUES (TRUE, $1, FALSE, '{}', $2) ON CONFLICT (one) DO NOTHING")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn mark_as_demo(tx: &mut Tx<Writing>) -> Result<()> {
    query("UPDATE instance SET demo = TRUE").execute(tx).await?;
    Ok(())
}

/// Whether nobody has an account yet.
pub async fn is_empty(tx: &mut Tx<impl Mode>) -> Result<bool> {
    Ok(query("SELECT 1 AS one FROM account LIMIT 1")
        .fetch_optional(tx)
        .await?
        .is_none())
}

pub async fn policies(tx: &mut Tx<impl Mode>) -> Result<serde_json::Value> {
    match query("SELECT policies FROM instance").fetch_optional(tx).await? {
        Some(row) => row.json("policies"),
        None => Ok(serde_json::json!({})),
    }
}

pub async fn set_policies(tx: &mut Tx<Writing>, policies: &serde_json::Value) -> Result<()> {
    query("UPDATE instance SET policies = $1")
        .bind(policies.to_string())
        .execute(tx)
        .await?;
    Ok(())
}

/// The key that secrets are sealed by, where the database keeps it. The first to come decides which it is.
pub async fn sealing_key(tx: &mut Tx<Writing>, fresh: &str) -> Result<String> {
    query("UPDATE instance SET sealing_key = COALESCE(sealing_key, $1) RETURNING sealing_key")
        .bind(fresh)
        .fetch_one(tx)
        .await?
        .get("sealing_key")
}

/// Another key in place of the one in use: what it must open, and itself where the database keeps it.
pub async fn replace_key(tx: &mut Tx<Writing>, check: &str, kept: Option<&str>) -> Result<()> {
    query("UPDATE instance SET key_check = $1, sealing_key = $2")
        .bind(check)
        .bind(kept)
        .execute(tx)
        .await?;
    Ok(())
}

/// What the key in use must open. The first key to come seals it.
pub async fn key_check(tx: &mut Tx<Writing>, fresh: &str) -> Result<String> {
    query("UPDATE instance SET key_check = COALESCE(key_check, $1) RETURNING key_check")
        .bind(fresh)
        .fetch_one(tx)
        .await?
        .get("key_check")
}

/// Puts the hash of a set-up link in place of earlier ones.
pub async fn replace_set_up_link(tx: &mut Tx<Writing>, token_hash: [u8; 32], expires_at: Timestamp) -> Result<()> {
    // Of two nodes that start at once the later one waits here, and takes the other's link away.
    query("UPDATE instance SET demo = demo").execute(tx).await?;
    query("DELETE FROM set_up_link").execute(tx).await?;
    query("INSERT INTO set_up_link (token_hash, expires_at) VALUES ($1, $2)")
        .bind(token_hash)
        .bind(expires_at)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn is_set_up_link(tx: &mut Tx<impl Mode>, token_hash: [u8; 32], now: Timestamp) -> Result<bool> {
    let row = query("SELECT 1 AS one FROM set_up_link WHERE token_hash = $1 AND expires_at > $2")
        .bind(token_hash)
        .bind(now)
        .fetch_optional(tx)
        .await?;
    Ok(row.is_some())
}

/// Uses the link up. Returns whether it was still good.
pub async fn use_set_up_link(tx: &mut Tx<Writing>, token_hash: [u8; 32], now: Timestamp) -> Result<bool> {
    let met = query("DELETE FROM set_up_link WHERE token_hash = $1 AND expires_at > $2")
        .bind(token_hash)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(met > 0)
}

/// A file beside the database that names the instance. Where it stands and the database does not, or is another one, the
/// data was lost, and starting anew would open the doors to whoever comes first.
pub(crate) struct Marker(PathBuf);

impl Marker {
    pub fn beside(database: &Path) -> Self {
        Self(database.with_extension("instance"))
    }

    pub fn must_be_absent(&self, database: &Path) -> Result<()> {
        if self.0.exists() {
            return Err(Error::Unusable(format!(
                "The database {} is missing, though {} says that there was one. Restore it from a backup, or delete {} to begin anew.",
                database.display(),
                self.0.display(),
                self.0.display()
            )));
        }
        Ok(())
    }

    /// Writes the mark once the instance has an id; a database of another instance is refused.
    pub async fn agree_with(&self, store: &Store, database: &Path) -> Result<()> {
        let instance = find(&mut store.read().await?).await?;
        let marked = fs::read_to_string(&self.0).ok();
        match (marked, instance) {
            (Some(marked), Some(instance)) if marked.trim() == instance.id.to_string() => Ok(()),
            (Some(_), _) => Err(Error::Unusable(format!(
                "The database {} is not the one that {} names: it was emptied or replaced. Restore it from a backup, or delete {} if this is meant.",
                database.display(),
                self.0.display(),
                self.0.display()
            ))),
            (None, Some(instance)) => self.write(instance.id),
            (None, None) => Ok(()),
        }
    }

    pub fn write(&self, id: InstanceId) -> Result<()> {
        self.put(&format!("{id}\n"))
            .map_err(|error| Error::Unusable(format!("{} cannot be written: {error}.", self.0.display())))
    }

    /// Whole or not at all, and on disk: half a mark would be taken for that of another instance.
    fn put(&self, text: &str) -> std::io::Result<()> {
        let draft = self.0.with_added_extension("new");
        let mut file = fs::File::create(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        match fs::rename(&draft, &self.0) {
            // Another program that opens the same new database at the same time has put it there.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.0.exists() => {}
            renamed => renamed?,
        }
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty());
        fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}
