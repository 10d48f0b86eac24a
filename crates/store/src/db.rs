//! Both drivers behind one small query: portable SQL in, rows out. The only file that knows which database answers.
// tidy: long because what may be bound and read is one list, for both drivers

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Executor as _, Row as _};
use uuid::Uuid;

use domain::access::Principal;
use domain::actor::Identity;
use domain::grant::Granting;
use domain::id::{
    AccountId, EmailChangeId, EventId, GroupId, Id, IdentityId, InstanceId, InvitationId, JobId, MemberId, NoticeId,
    OrganizationId, PasskeyId, PasswordResetId, ProjectId, RoleId, ServiceAccountId, SessionId, SignUpId,
    SignupDomainId, TokenId,
};
use domain::project::Mapped;
use domain::{Refusal, Timestamp};

use crate::pulse::Pulse;
use crate::tx::{Mode, Tx, Writing};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was asked conflicts with what is.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The session by which a change was made has been ended.
    #[error("the session by which this was asked for has been ended")]
    SignedOut,
    /// The database was lost while it was committing: the change is there, or it is not.
    #[error("the database was lost while it was committing: {0}")]
    Uncertain(String),
    /// There is no room left where it writes.
    #[error("the database has no room to write: {0}")]
    Full(String),
    /// What is read of it is not what was written.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The database cannot be reached, or cannot write, right now.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    #[error("the database refused a statement: {0}")]
    Database(sqlx::Error),
    /// A row holds what no version of the program writes.
    #[error("the database holds what it cannot hold: {0}")]
    Corrupt(String),
    /// Reading, writing or opening it failed before any statement.
    #[error("{0}")]
    Unusable(String),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unavailable(error.to_string())
            }
            // SQLite: busy, input/output error, read-only; PostgreSQL: connection and resource classes (08, 53, 57).
            sqlx::Error::Database(cause) => match cause.code().as_deref() {
                Some(code) if is_full(code) => Self::Full(error.to_string()),
                Some(code) if is_damage(code) => Self::Damaged(error.to_string()),
                Some(code) if is_passing(code) => Self::Unavailable(error.to_string()),
                _ => Self::Database(error),
            },
            _ => Self::Database(error),
        }
    }
}

impl Error {
    /// Somebody else holds what this waited for: PostgreSQL's `lock_not_available` and `deadlock_detected`.
    pub(crate) fn is_held_up(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let code = error.as_database_error().and_then(|cause| cause.code());
        code.is_some_and(|code| ["55P03", "40P01"].contains(&&*code))
    }
}

/// A SQLite code's low byte is its class. PostgreSQL's codes have five characters.
fn sqlite_class(code: &str) -> Option<u32> {
    let number: u32 = code.parse().ok()?;
    (code.len() < 5).then_some(number & 0xff)
}

fn is_full(code: &str) -> bool {
    sqlite_class(code) == Some(13) || code == "53100"
}

/// Nothing can be written, whatever it is: no room, a disk that fails, or what may only be read.
pub(crate) fn is_unwritable(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|cause| cause.code());
    code.is_some_and(|code| is_full(&code) || is_unwritten(&code))
}

/// SQLite: read-only, input/output; PostgreSQL: `read_only_sql_transaction` and `io_error`.
fn is_unwritten(code: &str) -> bool {
    matches!(sqlite_class(code), Some(8 | 10)) || ["25006", "58030"].contains(&code)
}

/// SQLite: a page that is none, or no database at all; PostgreSQL: `data_corrupted` and `index_corrupted`.
fn is_damage(code: &str) -> bool {
    matches!(sqlite_class(code), Some(11 | 26)) || ["XX001", "XX002"].contains(&code)
}

fn is_passing(code: &str) -> bool {
    match sqlite_class(code) {
        // 5 busy, 6 locked.
        Some(class) => matches!(class, 5 | 6) || is_unwritten(code),
        None => is_unwritten(code) || ["08", "53", "57"].iter().any(|class| code.starts_with(class)),
    }
}

/// A value on its way into a statement. Always typed, also when it is absent.
#[derive(Clone, Debug)]
pub enum Value {
    Text(Option<String>),
    Integer(Option<i64>),
    Boolean(bool),
    Bytes(Option<Vec<u8>>),
    Uuid(Option<Uuid>),
}

/// Something a statement can take.
pub trait Bind {
    fn value(self) -> Value;
}

macro_rules! bind {
    ($($kind:ty => |$value:ident| $to:expr;)+) => {$(
        impl Bind for $kind {
            fn value(self) -> Value {
                let $value = self;
                $to
            }
        }
    )+};
}

bind! {
    &str => |text| Value::Text(Some(text.to_owned()));
    String => |text| Value::Text(Some(text));
    &String => |text| Value::Text(Some(text.clone()));
    Option<String> => |text| Value::Text(text);
    Option<&str> => |text| Value::Text(text.map(str::to_owned));
    i64 => |number| Value::Integer(Some(number));
    Option<i64> => |number| Value::Integer(number);
    bool => |truth| Value::Boolean(truth);
    &[u8] => |bytes| Value::Bytes(Some(bytes.to_vec()));
    [u8; 32] => |bytes| Value::Bytes(Some(bytes.to_vec()));
    Option<Vec<u8>> => |bytes| Value::Bytes(bytes);
    Timestamp => |time| Value::Integer(Some(time.micros()));
    Option<Timestamp> => |time| Value::Integer(time.map(Timestamp::micros));
    Uuid => |uuid| Value::Uuid(Some(uuid));
    Value => |value| value;
}

bind! {
    AccountId => |id| Value::Uuid(Some(id.uuid()));
    EmailChangeId => |id| Value::Uuid(Some(id.uuid()));
    EventId => |id| Value::Uuid(Some(id.uuid()));
    GroupId => |id| Value::Uuid(Some(id.uuid()));
    IdentityId => |id| Value::Uuid(Some(id.uuid()));
    InstanceId => |id| Value::Uuid(Some(id.uuid()));
    InvitationId => |id| Value::Uuid(Some(id.uuid()));
    JobId => |id| Value::Uuid(Some(id.uuid()));
    MemberId => |id| Value::Uuid(Some(id.uuid()));
    NoticeId => |id| Value::Uuid(Some(id.uuid()));
    OrganizationId => |id| Value::Uuid(Some(id.uuid()));
    PasswordResetId => |id| Value::Uuid(Some(id.uuid()));
    PasskeyId => |id| Value::Uuid(Some(id.uuid()));
    ProjectId => |id| Value::Uuid(Some(id.uuid()));
    RoleId => |id| Value::Uuid(Some(id.uuid()));
    ServiceAccountId => |id| Value::Uuid(Some(id.uuid()));
    SessionId => |id| Value::Uuid(Some(id.uuid()));
    SignUpId => |id| Value::Uuid(Some(id.uuid()));
    SignupDomainId => |id| Value::Uuid(Some(id.uuid()));
    TokenId => |id| Value::Uuid(Some(id.uuid()));
    Identity => |identity| Value::Uuid(Some(match identity {
        Identity::Account(id) => id.uuid(),
        Identity::ServiceAccount(id) => id.uuid(),
        Identity::Project(id) => id.uuid(),
    }));
    Option<Identity> => |identity| identity.map_or(Value::Uuid(None), Bind::value);
    Mapped => |mapped| Value::Uuid(Some(match mapped {
        Mapped::Member(id) => id.uuid(),
        Mapped::ServiceAccount(id) => id.uuid(),
        Mapped::Group(id) => id.uuid(),
    }));
    Principal => |principal| Value::Uuid(Some(match principal {
        Principal::Account(id) => id.uuid(),
        Principal::Member(id) => id.uuid(),
        Principal::ServiceAccount(id) => id.uuid(),
    }));
}

/// An id that may be absent.
pub struct Maybe<I>(pub Option<I>);

impl<I: Id> Bind for Maybe<I> {
    fn value(self) -> Value {
        Value::Uuid(self.0.map(Id::uuid))
    }
}

/// A statement and its values. `$1` and so on are placeholders on both databases.
#[must_use]
pub struct Query {
    sql: sqlx::SqlStr,
    values: Vec<Value>,
    conflict: Option<Refusal>,
}

pub fn query(sql: &'static str) -> Query {
    Query {
        sql: sqlx::SqlSafeStr::into_sql_str(sql),
        values: Vec::new(),
        conflict: None,
    }
}

/// A statement put together from literals of this crate, never from input.
pub fn assembled(sql: String) -> Query {
    Query {
        sql: sqlx::SqlSafeStr::into_sql_str(sqlx::AssertSqlSafe(sql)),
        values: Vec::new(),
        conflict: None,
    }
}

macro_rules! bound {
    ($query:expr) => {{
        let mut statement = sqlx::query($query.sql);
        for value in $query.values {
            statement = match value {
                Value::Text(text) => statement.bind(text),
                Value::Integer(number) => statement.bind(number),
                Value::Boolean(truth) => statement.bind(truth),
                Value::Bytes(bytes) => statement.bind(bytes),
                Value::Uuid(uuid) => statement.bind(uuid),
            };
        }
        statement
    }};
}

impl Query {
    pub fn bind(mut self, value: impl Bind) -> Self {
        self.values.push(match value.value() {
            // PostgreSQL has no such character and refuses the statement: whoever looks for it finds nothing instead.
            Value::Text(Some(text)) if text.contains('\0') => Value::Text(Some(text.replace('\0', "\u{fffd}"))),
            value => value,
        });
        self
    }

    /// What a violated uniqueness means here; the driver's text is never parsed for it.
    pub fn conflict(mut self, refusal: Refusal) -> Self {
        self.conflict = Some(refusal);
        self
    }

    /// Returns how many rows it met.
    pub async fn execute(mut self, tx: &mut Tx<Writing>) -> Result<u64> {
        let conflict = self.conflict.take();
        let outcome = match tx.driver() {
            Driver::Sqlite(connection) => connection.execute(bound!(self)).await.map(|done| done.rows_affected()),
            Driver::Postgres(connection, pulse) => pulse
                .while_there(connection.execute(bound!(self)))
                .await
                .map(|done| done.rows_affected()),
        };
        outcome.map_err(|error| failed(tx, error, conflict))
    }

    pub async fn fetch_all(mut self, tx: &mut Tx<impl Mode>) -> Result<Vec<Row>> {
        let conflict = self.conflict.take();
        let outcome = match tx.driver() {
            Driver::Sqlite(connection) => connection
                .fetch_all(bound!(self))
                .await
                .map(|rows| rows.into_iter().map(Row::Sqlite).collect()),
            Driver::Postgres(connection, pulse) => pulse
                .while_there(connection.fetch_all(bound!(self)))
                .await
                .map(|rows| rows.into_iter().map(Row::Postgres).collect()),
        };
        outcome.map_err(|error| failed(tx, error, conflict))
    }

    pub async fn fetch_optional(mut self, tx: &mut Tx<impl Mode>) -> Result<Option<Row>> {
        let conflict = self.conflict.take();
        let outcome = match tx.driver() {
            Driver::Sqlite(connection) => connection
                .fetch_optional(bound!(self))
                .await
                .map(|row| row.map(Row::Sqlite)),
            Driver::Postgres(connection, pulse) => pulse
                .while_there(connection.fetch_optional(bound!(self)))
                .await
                .map(|row| row.map(Row::Postgres)),
        };
        outcome.map_err(|error| failed(tx, error, conflict))
    }

    pub async fn fetch_one(self, tx: &mut Tx<impl Mode>) -> Result<Row> {
        self.fetch_optional(tx)
            .await?
            .ok_or_else(|| Error::Corrupt("a row that must exist is missing".to_owned()))
    }
}

fn failed(tx: &mut Tx<impl Mode>, error: sqlx::Error, conflict: Option<Refusal>) -> Error {
    if matches!(error, sqlx::Error::WorkerCrashed) {
        tx.lost();
    }
    if is_unwritable(&error) {
        tx.refused();
    }
    named(error, conflict)
}

fn named(error: sqlx::Error, conflict: Option<Refusal>) -> Error {
    match (conflict, &error) {
        (Some(refusal), sqlx::Error::Database(cause)) if cause.is_unique_violation() => Error::Refused(refusal),
        _ => Error::from(error),
    }
}

/// The connection a statement goes to.
pub enum Driver<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection, &'a Pulse),
}

pub enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// Something a row can give.
pub trait Column: Sized {
    fn from_row(row: &Row, name: &str) -> Result<Self>;
}

macro_rules! column {
    ($($kind:ty),+) => {$(
        impl Column for $kind {
            fn from_row(row: &Row, name: &str) -> Result<Self> {
                let value = match row {
                    Row::Sqlite(row) => row.try_get(name),
                    Row::Postgres(row) => row.try_get(name),
                };
                value.map_err(|error| Error::Corrupt(format!("column {name}: {error}")))
            }
        }
    )+};
}

column!(
    String,
    Option<String>,
    i64,
    Option<i64>,
    bool,
    Vec<u8>,
    Option<Vec<u8>>,
    Uuid,
    Option<Uuid>
);

impl Column for Timestamp {
    fn from_row(row: &Row, name: &str) -> Result<Self> {
        i64::from_row(row, name).map(Self::from_micros)
    }
}

impl Column for Option<Timestamp> {
    fn from_row(row: &Row, name: &str) -> Result<Self> {
        Ok(Option::<i64>::from_row(row, name)?.map(Timestamp::from_micros))
    }
}

impl Row {
    pub fn get<T: Column>(&self, name: &str) -> Result<T> {
        T::from_row(self, name)
    }

    pub fn id<I: Id>(&self, name: &str) -> Result<I> {
        self.get::<Uuid>(name).map(I::from_uuid)
    }

    pub fn maybe_id<I: Id>(&self, name: &str) -> Result<Option<I>> {
        Ok(self.get::<Option<Uuid>>(name)?.map(I::from_uuid))
    }

    /// A text that only certain words can be.
    pub fn word<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
        let text: String = self.get(name)?;
        parse(&text).ok_or_else(|| Error::Corrupt(format!("column {name}: {text:?}")))
    }

    /// Who it was, by the columns of kind and id.
    pub fn identity(&self, kind: &str, id: &str) -> Result<Identity> {
        Ok(match self.get::<String>(kind)?.as_str() {
            "service_account" => Identity::ServiceAccount(self.id(id)?),
            "project" => Identity::Project(self.id(id)?),
            _ => Identity::Account(self.id(id)?),
        })
    }

    /// Who granted and when, of the columns `{name}_by` and `{name}_at`.
    pub fn granting(&self, name: &str) -> Result<Granting> {
        Ok(Granting {
            by: self.json(&format!("{name}_by"))?,
            at: self.get(&format!("{name}_at"))?,
        })
    }

    /// A text that is JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T> {
        let text: String = self.get(name)?;
        serde_json::from_str(&text).map_err(|error| Error::Corrupt(format!("column {name}: {error}")))
    }
}

/// A value as the JSON text that a column keeps.
pub fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(error.to_string()))
}
