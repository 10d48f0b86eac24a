//! Beginning a transaction, and the scopes that need no caller: whoever signs in, an account, the server, a job.

use crate::db::{Error, Result};
use crate::open::{Backend, Store};
use crate::trace;
use crate::tx::{AccountScope, Connection, JobScope, Reading, ServerScope, SignInScope, Tx, Writing};

impl Store {
    pub(crate) async fn read(&self) -> Result<Tx<Reading>> {
        let span = trace::reading(self.is_sqlite());
        let connection = self.waits.reading.of(async {
            Ok::<_, Error>(match &self.backend {
                Backend::Sqlite { readers, .. } => Connection::SqliteReader(readers.acquire().await?),
                Backend::Postgres { readers, pulse, .. } => {
                    let reader = pulse.while_there(readers.acquire()).await?;
                    Connection::PostgresReader(reader, pulse.clone())
                }
                Backend::Staged(stage) => Connection::Staged(stage.step(false).await?),
            })
        });
        Ok(Tx::new(connection.await?, self.heads.clone()).traced(span))
    }

    pub(crate) async fn write(&self) -> Result<Tx<Writing>> {
        let span = trace::writing(self.is_sqlite());
        let connection = self.waits.writing.of(async {
            Ok::<_, Error>(match &self.backend {
                Backend::Sqlite { writer, .. } => Connection::SqliteWriter(writer.turn().await?),
                Backend::Postgres { writers, pulse, .. } => {
                    let writer = pulse.while_there(writers.begin()).await?;
                    Connection::PostgresWriter(writer, pulse.clone())
                }
                Backend::Staged(stage) => Connection::Staged(stage.step(true).await?),
            })
        });
        Ok(Tx::new(connection.await?, self.heads.clone()).traced(span))
    }

    pub async fn sign_in(&self) -> Result<SignInScope<Writing>> {
        Ok(SignInScope(self.write().await?))
    }

    pub async fn look_up(&self) -> Result<SignInScope<Reading>> {
        Ok(SignInScope(self.read().await?))
    }

    pub async fn account(&self) -> Result<AccountScope<Writing>> {
        Ok(AccountScope(self.write().await?))
    }

    pub async fn see_account(&self) -> Result<AccountScope<Reading>> {
        Ok(AccountScope(self.read().await?))
    }

    pub async fn server(&self) -> Result<ServerScope<Writing>> {
        Ok(ServerScope(self.write().await?))
    }

    pub async fn see_server(&self) -> Result<ServerScope<Reading>> {
        Ok(ServerScope(self.read().await?))
    }

    /// `name` says in the code which job it is; there is no caller to ask.
    pub async fn job(&self, _name: &'static str) -> Result<JobScope<Writing>> {
        Ok(JobScope(self.write().await?))
    }
}
