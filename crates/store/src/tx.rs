//! Transactions and what they are good for. Reading and writing are different types, so that a statement that writes
//! cannot be run where no change was announced; and no function below takes an organization's id: a [`Scope`] is one.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Transaction};
use tracing::Span;

use domain::id::SessionId;
use domain::organization::Organization;

use crate::audit_chain::Heads;
use crate::db::{Driver, Error, Result};
use crate::pulse::Pulse;
use crate::readers::Reader;
use crate::stage::Step;
use crate::writer::Turn;

/// What a transaction may do.
pub trait Mode: Send + Sync + 'static {}

#[derive(Debug)]
pub struct Reading;
impl Mode for Reading {}

#[derive(Debug)]
pub struct Writing;
impl Mode for Writing {}

pub struct Tx<M: Mode> {
    connection: Connection,
    heads: Heads,
    /// By what it is made, as long as nobody has asked whether that lives.
    session: Option<SessionId>,
    mode: PhantomData<M>,
    /// Of the trace that it is part of; held, and never entered.
    _span: Span,
}

pub(crate) enum Connection {
    SqliteReader(Reader),
    SqliteWriter(Turn),
    PostgresReader(PoolConnection<Postgres>, Pulse),
    PostgresWriter(Transaction<'static, Postgres>, Pulse),
    /// A step of a transaction that will be taken back as a whole.
    Staged(Step),
    /// Left behind by commit and rollback, which take the connection away.
    Gone,
}

impl<M: Mode> Tx<M> {
    pub(crate) fn new(connection: Connection, heads: Heads) -> Self {
        Self {
            connection,
            heads,
            session: None,
            mode: PhantomData,
            _span: Span::none(),
        }
    }

    /// The same, whose span ends when it does.
    pub(crate) fn traced(self, span: Span) -> Self {
        Self { _span: span, ..self }
    }

    pub(crate) fn driver(&mut self) -> Driver<'_> {
        match &mut self.connection {
            Connection::SqliteReader(reader) => match reader.connection() {
                Some(connection) => Driver::Sqlite(connection),
                None => unreachable!("nothing is asked of a reader that was lost"),
            },
            Connection::SqliteWriter(turn) => match turn.connection() {
                Some(connection) => Driver::Sqlite(connection),
                None => unreachable!("a turn keeps its connection until it is committed"),
            },
            Connection::PostgresReader(connection, pulse) => Driver::Postgres(connection, pulse),
            Connection::PostgresWriter(transaction, pulse) => Driver::Postgres(transaction, pulse),
            Connection::Staged(step) => match step.connection() {
                Some(tx) => tx.driver(),
                None => unreachable!("a step is not begun on a stage that was cleared"),
            },
            Connection::Gone => unreachable!("a transaction is not used after its end"),
        }
    }

    /// The connection does not answer any more.
    pub(crate) fn lost(&mut self) {
        if let Connection::SqliteReader(reader) = &mut self.connection {
            reader.lost();
        }
    }

    /// What was to be written was not taken.
    pub(crate) fn refused(&self) {
        if let Connection::SqliteWriter(turn) = &self.connection {
            turn.refused();
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        match &self.connection {
            Connection::SqliteReader(_) | Connection::SqliteWriter(_) => true,
            Connection::Staged(step) => step.is_sqlite(),
            _ => false,
        }
    }
}

impl Tx<Writing> {
    /// Where the chains of the audit log are believed to end.
    pub(crate) fn heads(&self) -> &Heads {
        &self.heads
    }

    /// The change is made by a session. Whether it still lives is asked with the audit entry, before sessions are ended, or else
    /// by the commit: if not, nothing of the change remains.
    pub fn made_by(&mut self, session: SessionId) {
        self.session = Some(session);
    }

    /// What the next statement that can has to ask for.
    pub(crate) fn unproved(&self) -> Option<SessionId> {
        self.session
    }

    /// Somebody has asked, and it lives.
    pub(crate) fn proved(&mut self) {
        self.session = None;
    }

    /// Asks now whether the session lives by which the change is made, where nobody has.
    ///
    /// # Errors
    /// It has ended, or the database does not answer.
    pub async fn prove(&mut self) -> Result<()> {
        if let Some(session) = self.session {
            if !crate::session::exists(self, session).await? {
                return Err(Error::SignedOut);
            }
            self.proved();
        }
        Ok(())
    }

    /// Returns once the change is on disk.
    pub async fn commit(mut self) -> Result<()> {
        self.prove().await?;
        match std::mem::replace(&mut self.connection, Connection::Gone) {
            Connection::SqliteWriter(turn) => turn.commit().await,
            Connection::PostgresWriter(transaction, pulse) => {
                // Whoever hears nothing of a commit does not know what became of it.
                let committed = pulse.while_there(transaction.commit()).await;
                committed.map_err(|error| match error.into() {
                    Error::Unavailable(reason) => Error::Uncertain(reason),
                    error => error,
                })
            }
            Connection::Staged(step) => step.keep().await,
            _ => Err(Error::Unavailable("nothing to commit".to_owned())),
        }
    }

    pub async fn rollback(mut self) -> Result<()> {
        match std::mem::replace(&mut self.connection, Connection::Gone) {
            Connection::SqliteWriter(turn) => {
                turn.rollback().await;
                Ok(())
            }
            Connection::PostgresWriter(transaction, pulse) => Ok(pulse.while_there(transaction.rollback()).await?),
            Connection::Staged(step) => step.take_back().await,
            _ => Ok(()),
        }
    }
}

/// A transaction inside one organization. What is read and written through it is that organization's.
pub struct Scope<M: Mode> {
    tx: Tx<M>,
    organization: Organization,
}

impl<M: Mode> Scope<M> {
    pub(crate) fn new(tx: Tx<M>, organization: Organization) -> Self {
        Self { tx, organization }
    }

    pub fn organization(&self) -> &Organization {
        &self.organization
    }

    /// For what belongs to accounts and not to the organization.
    pub fn tx(&mut self) -> &mut Tx<M> {
        &mut self.tx
    }
}

impl Scope<Writing> {
    pub(crate) fn organization_mut(&mut self) -> &mut Organization {
        &mut self.organization
    }

    /// The revision that this change brings about.
    pub fn revision(&self) -> i64 {
        self.organization.revision
    }

    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await
    }

    pub async fn rollback(self) -> Result<()> {
        self.tx.rollback().await
    }

    /// Goes back out of the organization within the same transaction, for a change that spans several.
    pub fn leave(self) -> Tx<Writing> {
        self.tx
    }
}

macro_rules! other_doors {
    ($($(#[$doc:meta])* $door:ident;)+) => {$(
        $(#[$doc])*
        pub struct $door<M: Mode>(pub(crate) Tx<M>);

        impl<M: Mode> Deref for $door<M> {
            type Target = Tx<M>;

            fn deref(&self) -> &Tx<M> {
                &self.0
            }
        }

        impl<M: Mode> DerefMut for $door<M> {
            fn deref_mut(&mut self) -> &mut Tx<M> {
                &mut self.0
            }
        }

        impl $door<Writing> {
            pub async fn commit(self) -> Result<()> {
                self.0.commit().await
            }

            pub async fn rollback(self) -> Result<()> {
                self.0.rollback().await
            }

            /// To go on into an organization within the same transaction.
            pub fn into_inner(self) -> Tx<Writing> {
                self.0
            }
        }
    )+};
}

other_doors! {
    /// Before anyone is known: signing in, links, set-up.
    SignInScope;
    /// The caller's own account.
    AccountScope;
    /// The whole instance: superusers, and commands on the machine itself.
    ServerScope;
    /// Work that happens later, without a caller.
    JobScope;
}
