//! The worker: leases due jobs, makes each mail's link at that moment, sends it, and keeps what the server said. Two nodes
//! share the work; a crash between sending and noting it sends a mail twice rather than never.

use std::time::Duration;

use domain::id::OrganizationId;
use domain::invitation::{Delivery, DeliveryState};
use domain::time::MINUTE;
use futures_util::future::join_all;
use lettre::AsyncTransport;
use lettre::transport::smtp::Error as SmtpError;
use store::job::{Job, Kind, back_off};
use store::{Scope, Writing};
use tokio::task::JoinSet;

use crate::mail::Server;
use crate::mail::message::{Letter, compose};
use crate::{Result, Roster};

/// How long a worker may take for a job before another tries: microseconds.
const LEASE: i64 = 2 * MINUTE;
const AT_ONCE: usize = 8;
/// How long one mail may take in all, however often the server says something: less than the lease.
const SENDING: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// What a mail server answers that takes mail, only not to this address (RFC 5321 §4.2.3).
const RECIPIENT: [u16; 5] = [450, 550, 551, 552, 553];
/// After so many tries a passing failure counts as a lasting one.
const TRIES: i64 = 24;

enum Sent {
    Delivered,
    /// There is nothing to send any more.
    Moot,
    Failed {
        detail: String,
        lasting: bool,
        /// The server works, and takes no mail to that address.
        about_the_mail: bool,
    },
}

/// What a mail tells of the mail server.
enum Seen {
    Works,
    Fails(String),
}

impl Sent {
    fn seen(&self) -> Option<Seen> {
        match self {
            Self::Delivered => Some(Seen::Works),
            Self::Failed {
                about_the_mail: false,
                detail,
                ..
            } => Some(Seen::Fails(detail.clone())),
            Self::Moot | Self::Failed { .. } => None,
        }
    }
}

impl Roster {
    /// Works off jobs for as long as the program runs, a few at once: one that hangs takes one of the places, not the others'.
    pub async fn deliver(&self) {
        if let Err(error) = self.take_over().await {
            tracing::warn!(%error, "what was being sent at the last end is sent when its lease is over");
        }
        // Each a task of its own: one that has its turn to write goes on while the next ones are asked for, which wait for it.
        let mut going = JoinSet::new();
        loop {
            match self.lease_due(AT_ONCE - going.len()).await {
                Ok(jobs) => {
                    for job in jobs {
                        let roster = self.clone();
                        going.spawn(async move { roster.work_off(job).await });
                    }
                }
                Err(error) => tracing::warn!(%error, "the outbox could not be read; it is tried again"),
            }
            let woken = tokio::time::timeout(LOOK_EVERY, self.shared.jobs.notified());
            tokio::select! {
                Some(ended) = going.join_next() => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "a job broke off; it is tried again when its lease ends");
                    }
                }
                _ = woken, if going.len() < AT_ONCE => {}
            }
        }
    }

    /// A file is one process's: what another one was sending when it ended is nobody's any more.
    async fn take_over(&self) -> Result<()> {
        if !self.store().is_sqlite() {
            return Ok(());
        }
        let mut tx = self.store().job("take over mail").await?;
        store::job::release_all(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// Works off what is due now, at most a few. Returns how many jobs that were.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn deliver_due(&self) -> Result<usize> {
        let jobs = self.lease_due(AT_ONCE).await?;
        Ok(join_all(jobs.into_iter().map(|job| self.work_off(job))).await.len())
    }

    /// Takes up to so many jobs that are due, each with the server that its mail goes to: none while none is set.
    async fn lease_due(&self, most: usize) -> Result<Vec<(Server, Job)>> {
        // Also a node that nobody tells anything sends by what is set.
        self.refresh_settings().await?;
        let Some(server) = self.mail_server() else {
            return Ok(Vec::new());
        };
        if most == 0 {
            return Ok(Vec::new());
        }
        let now = self.now();
        let mut tx = self.store().job("lease mail").await?;
        let jobs = store::job::lease(&mut tx, now, now.plus(LEASE), most).await?;
        tx.commit().await?;
        Ok(jobs.into_iter().map(|job| (server.clone(), job)).collect())
    }

    async fn work_off(&self, (server, job): (Server, Job)) {
        let worked = async {
            match self.attempt(&server, &job).await? {
                Some(seen) => self.note_standing(&seen).await,
                None => Ok(()),
            }
        };
        if let Err(error) = worked.await {
            tracing::warn!(job = %job.id, %error, "a job failed; it is tried again when its lease ends");
        }
    }

    /// Returns what it tells of the mail server.
    async fn attempt(&self, server: &Server, job: &Job) -> Result<Option<Seen>> {
        let Some(organization) = job.organization else {
            return self.attempt_for_account(server, job).await;
        };
        let letter = match job.kind {
            Kind::InvitationMail => self.invitation_letter(organization, job).await?,
            Kind::ConsentMail => self.consent_letter(organization, job).await?,
            Kind::PasswordResetMail | Kind::SignUpMail | Kind::EmailChangeMail | Kind::NoticeMail => None,
        };
        let sent = match letter {
            None => Sent::Moot,
            Some(letter) => send(server, &letter).await,
        };
        let seen = sent.seen();
        self.note(organization, job, sent).await?;
        Ok(seen)
    }

    /// Whether mails go out, and since when: written where it is another than before, or a while ago.
    async fn note_standing(&self, seen: &Seen) -> Result<()> {
        let now = self.now();
        let (works, detail) = match seen {
            Seen::Works => (true, None),
            Seen::Fails(detail) => (false, Some(detail.as_str())),
        };
        let known = store::mail_standing::find(&mut *self.store().see_server().await?).await?;
        if known.is_some_and(|known| known.works == works && now.since(known.last_at) < MINUTE) {
            return Ok(());
        }
        let mut tx = self.store().job("note whether mail works").await?;
        store::mail_standing::note(&mut tx, works, detail, now).await?;
        Ok(tx.commit().await?)
    }

    /// A mail that belongs to no organization: nobody looks at what became of it, so that it is only logged.
    async fn attempt_for_account(&self, server: &Server, job: &Job) -> Result<Option<Seen>> {
        let sent = match self.account_letter(job).await? {
            None => Sent::Moot,
            Some(letter) => send(server, &letter).await,
        };
        let seen = sent.seen();
        match sent {
            Sent::Delivered | Sent::Moot => self.finish_account_job(job).await?,
            Sent::Failed { detail, lasting, .. } if lasting || job.attempts >= TRIES => {
                tracing::warn!(job = %job.id, detail, "a mail was refused");
                self.finish_account_job(job).await?;
            }
            Sent::Failed { .. } => {
                let mut tx = self.store().job("try a mail again").await?;
                store::job::postpone(&mut tx, job.id, self.now().plus(back_off(job.attempts))).await?;
                tx.commit().await?;
            }
        }
        Ok(seen)
    }

    async fn note(&self, organization: OrganizationId, job: &Job, sent: Sent) -> Result<()> {
        let Some(mut scope) = self.enter(organization).await? else {
            return self.drop_job(job).await;
        };
        let delivery = match sent {
            Sent::Delivered => Some(Delivery {
                state: DeliveryState::Sent,
                detail: None,
            }),
            Sent::Moot => None,
            Sent::Failed { detail, lasting, .. } if lasting || job.attempts >= TRIES => {
                tracing::warn!(job = %job.id, detail, "a mail was refused");
                Some(Delivery {
                    state: DeliveryState::Failed,
                    detail: Some(detail),
                })
            }
            Sent::Failed { detail, .. } => {
                let due = self.now().plus(back_off(job.attempts));
                store::job::postpone(scope.tx(), job.id, due).await?;
                let detail = format!("{detail} It is tried again.");
                let delivery = Delivery {
                    state: DeliveryState::Queued,
                    detail: Some(detail),
                };
                note_delivery(&mut scope, job, &delivery).await?;
                return Ok(scope.commit().await?);
            }
        };
        if let Some(delivery) = delivery {
            note_delivery(&mut scope, job, &delivery).await?;
        }
        store::job::finish(scope.tx(), job.id).await?;
        Ok(scope.commit().await?)
    }

    async fn drop_job(&self, job: &Job) -> Result<()> {
        let mut tx = self.store().job("drop a job without subject").await?;
        store::job::finish(&mut tx, job.id).await?;
        Ok(tx.commit().await?)
    }
}

async fn note_delivery(scope: &mut Scope<Writing>, job: &Job, delivery: &Delivery) -> Result<()> {
    if job.kind == Kind::InvitationMail {
        store::invitation::set_delivery(scope, job.subject(), delivery).await?;
    }
    Ok(())
}

async fn send(server: &Server, letter: &Letter) -> Sent {
    let message = match compose(server, letter) {
        Ok(message) => message,
        Err(error) => {
            return Sent::Failed {
                detail: crate::superuser::one_line(&error),
                lasting: true,
                about_the_mail: true,
            };
        }
    };
    let Ok(answered) = tokio::time::timeout(SENDING, server.transport.send(message)).await else {
        return Sent::Failed {
            detail: format!(
                "The mail server did not take the mail within {} seconds.",
                SENDING.as_secs()
            ),
            lasting: false,
            about_the_mail: false,
        };
    };
    match answered {
        Ok(_) => Sent::Delivered,
        Err(error) => Sent::Failed {
            lasting: error.is_permanent(),
            about_the_mail: error.status().is_some_and(|code| RECIPIENT.contains(&u16::from(code))),
            detail: told(&error),
        },
    }
}

/// What the mail server answered, or why it could not be reached: with its causes, without addresses of ours.
pub(super) fn told(error: &SmtpError) -> String {
    use std::error::Error as _;
    let mut text = match error.status() {
        Some(code) => format!("The mail server answered {code}"),
        None => "The mail server could not be reached".to_owned(),
    };
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    let told: String = text.chars().filter(|letter| !letter.is_control()).take(400).collect();
    if told.ends_with('.') { told } else { format!("{told}.") }
}

#[cfg(test)]
mod tests {
    use domain::time::{DAY, HOUR, SECOND};

    use super::*;

    #[test]
    fn tries_grow_further_apart_up_to_an_hour() {
        assert_eq!(back_off(1), 10 * SECOND);
        assert_eq!(back_off(2), 20 * SECOND);
        assert_eq!(back_off(30), HOUR);
        let whole: i64 = (1..TRIES).map(back_off).sum();
        assert!(whole > DAY / 2, "a mail server may be down over night");
    }
}
