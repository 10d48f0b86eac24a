//! What happens later, mail above all. A job is written in the change's transaction and holds no secret: a mail's link is
//! made when the mail is.

use domain::Timestamp;
use domain::id::{Id, JobId, OrganizationId};
use domain::time::{HOUR, SECOND};
use uuid::Uuid;

use crate::db::{Maybe, Result, assembled, query};
use crate::{Mode, Tx, Writing};

macro_rules! kinds {
    ($($variant:ident = $name:literal,)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($variant,)+ }

        impl Kind {
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            fn parse(text: &str) -> Option<Self> {
                [$(Self::$variant,)+].into_iter().find(|kind| kind.name() == text)
            }

            /// All of them, as a list of SQL: what a later version has put there is left to that one.
            const KNOWN: &'static str = concat!("(" $(, "'", $name, "', ")+, "'')");
        }
    };
}

kinds! {
    InvitationMail = "invitation_mail",
    ConsentMail = "consent_mail",
    PasswordResetMail = "password_reset_mail",
    SignUpMail = "sign_up_mail",
    EmailChangeMail = "email_change_mail",
    NoticeMail = "notice_mail",
}

/// `subject` is what the job is about: an invitation, a membership.
#[derive(Clone, Debug)]
pub struct Job {
    pub id: JobId,
    pub organization: Option<OrganizationId>,
    pub kind: Kind,
    pub subject: Uuid,
    pub attempts: i64,
}

impl Job {
    pub fn subject<I: Id>(&self) -> I {
        I::from_uuid(self.subject)
    }
}

pub async fn enqueue(
    tx: &mut Tx<Writing>,
    id: JobId,
    organization: Option<OrganizationId>,
    kind: Kind,
    subject: impl Id,
    now: Timestamp,
) -> Result<()> {
    query(
        "INSERT INTO job (id, organization_id, kind, subject_id, due_at, leased_until, attempts, created_at)
         VALUES ($1, $2, $3, $4, $5, 0, 0, $5)",
    )
    .bind(id)
    .bind(Maybe(organization))
    .bind(kind.name())
    .bind(subject.uuid())
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// How long after the n-th try the next one is made: ten seconds, doubling, up to an hour (microseconds).
pub fn back_off(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    (10 * SECOND).saturating_mul(1 << doublings).min(HOUR)
}

/// Due, and nobody's. What is put off for longer than [`back_off`] says, or leased for longer than anybody leases ($2), was so
/// before the clock was set back; clocks of two nodes may be a minute apart.
const DUE: &str = "(due_at <= $1 OR due_at > $1 + 60000000 + CASE
                 WHEN attempts < 1 THEN 0
                 WHEN attempts > 9 THEN 3600000000
                 ELSE CAST(10000000 AS BIGINT) * (1 << CAST(attempts - 1 AS INTEGER)) END)
             AND (leased_until <= $1 OR leased_until > $2 + 60000000)";

/// What a process that is no more had taken. Only who is alone with the database can know.
pub async fn release_all(tx: &mut Tx<Writing>) -> Result<()> {
    query("UPDATE job SET leased_until = 0 WHERE leased_until <> 0")
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes up to so many due jobs for so long; who does not finish by then leaves them to others. Those of a disabled
/// organization wait.
pub async fn lease(tx: &mut Tx<Writing>, now: Timestamp, until: Timestamp, most: usize) -> Result<Vec<Job>> {
    let alone = if tx.is_sqlite() { "" } else { "FOR UPDATE SKIP LOCKED" };
    let sql = format!(
        "UPDATE job SET leased_until = $2, attempts = attempts + 1
         WHERE id IN (
             SELECT id FROM job
             WHERE {DUE} AND kind IN {} AND NOT EXISTS (
                 SELECT 1 FROM organization o WHERE o.id = job.organization_id AND o.status = 'disabled'
             )
             ORDER BY due_at, id
             LIMIT $3 + 0
             {alone}
         )
         RETURNING id, organization_id, kind, subject_id, attempts",
        Kind::KNOWN
    );
    let rows = assembled(sql)
        .bind(now)
        .bind(until)
        .bind(i64::try_from(most).unwrap_or(1))
        .fetch_all(tx)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Job {
                id: row.id("id")?,
                organization: row.maybe_id("organization_id")?,
                kind: row.word("kind", Kind::parse)?,
                subject: row.get("subject_id")?,
                attempts: row.get("attempts")?,
            })
        })
        .collect()
}

pub async fn finish(tx: &mut Tx<Writing>, id: JobId) -> Result<()> {
    query("DELETE FROM job WHERE id = $1").bind(id).execute(tx).await?;
    Ok(())
}

pub async fn postpone(tx: &mut Tx<Writing>, id: JobId, due_at: Timestamp) -> Result<()> {
    query("UPDATE job SET due_at = $2, leased_until = 0 WHERE id = $1")
        .bind(id)
        .bind(due_at)
        .execute(tx)
        .await?;
    Ok(())
}

/// Drops what was still to be done about a subject.
pub async fn cancel(tx: &mut Tx<Writing>, kind: Kind, subject: impl Id) -> Result<()> {
    query("DELETE FROM job WHERE kind = $1 AND subject_id = $2")
        .bind(kind.name())
        .bind(subject.uuid())
        .execute(tx)
        .await?;
    Ok(())
}

/// Drops those of a kind that nobody worked off in time.
pub async fn forget_before(tx: &mut Tx<Writing>, kind: Kind, time: Timestamp) -> Result<()> {
    query("DELETE FROM job WHERE kind = $1 AND created_at <= $2")
        .bind(kind.name())
        .bind(time)
        .execute(tx)
        .await?;
    Ok(())
}

/// How many wait, due or not.
pub async fn count(tx: &mut Tx<impl Mode>) -> Result<i64> {
    query("SELECT COUNT(*) AS count FROM job")
        .fetch_one(tx)
        .await?
        .get("count")
}
