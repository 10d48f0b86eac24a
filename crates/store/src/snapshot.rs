//! One moment of an organization that lasts: what is read page after page, at the pace of whoever takes it. It has a connection
//! of its own, so that whoever takes their time keeps no reader from others; and it ends, for as long as it lasts the database
//! keeps what has changed since.

use std::time::Duration;

use tokio::time::Instant;

use crate::audit_chain::Heads;
use crate::db::{Error, Result, query};
use crate::open::{Backend, Store};
use crate::organization::{OrganizationRef, look};
use crate::trace;
use crate::tx::{Connection, Reading, Scope, Tx};

/// So many at once on a node.
pub(crate) const MOST: u32 = 4;

pub struct Snapshot {
    scope: Scope<Reading>,
    ends: Instant,
}

impl Store {
    /// An organization as it is now, for as long as `longest`.
    ///
    /// # Errors
    /// There is none of that name, too many moments are kept already, or the database does not answer.
    pub async fn snapshot(&self, reference: &OrganizationRef, longest: Duration) -> Result<Snapshot> {
        let ends = Instant::now() + longest;
        let span = trace::reading(self.is_sqlite());
        let connection = match &self.backend {
            Backend::Sqlite { snapshots, .. } => Connection::SqliteReader(snapshots.acquire().await?),
            Backend::Postgres { snapshots, pulse, .. } => {
                let reader = pulse.while_there(snapshots.acquire()).await?;
                Connection::PostgresReader(reader, pulse.clone())
            }
            Backend::Staged(_) => return Err(Error::Unavailable("what is only tried has no moment".to_owned())),
        };
        let mut tx = Tx::new(connection, Heads::default()).traced(span);
        stand_still(&mut tx).await?;
        Ok(Snapshot {
            scope: look(tx, reference).await?,
            ends,
        })
    }
}

impl Snapshot {
    /// # Errors
    /// Its time is over.
    pub fn scope(&mut self) -> Result<&mut Scope<Reading>> {
        if Instant::now() >= self.ends {
            return Err(Error::Unavailable(
                "whoever reads of one moment has taken too long".to_owned(),
            ));
        }
        Ok(&mut self.scope)
    }
}

/// From the first statement behind it on, everything is of one moment.
pub(crate) async fn stand_still(tx: &mut Tx<Reading>) -> Result<()> {
    let sql = if tx.is_sqlite() {
        "BEGIN"
    } else {
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    };
    query(sql).fetch_all(tx).await?;
    Ok(())
}
