//! The worker: leases due jobs, makes each mail's link at that moment, sends it, and keeps what the server said. Two nodes
//! share the work; a crash between sending and noting it sends a mail twice rather than never.

use std::time::Duration;

use domain::Timestamp;
use domain::id::{InvitationId, MemberId, OrganizationId};
use domain::invitation::{Delivery, DeliveryState, Status};
use domain::member::MemberStatus;
use domain::time::MINUTE;
use lettre::AsyncTransport;
use lettre::transport::smtp::Error as SmtpError;
use store::job::{Job, Kind, back_off};
use store::organization::OrganizationRef;
use store::{Scope, Writing};

use crate::ambient::new_link_token;
use crate::mail::Server;
use crate::mail::message::{Letter, compose};
use crate::{Result, Roster};

/// How long a worker may take for a job before another tries: microseconds.
const LEASE: i64 = 2 * MINUTE;
const AT_ONCE: i64 = 8;
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
    /// Works off jobs for as long as the program runs.
    pub async fn deliver(&self) {
        if let Err(error) = self.take_over().await {
            tracing::warn!(%error, "what was being sent at the last end is sent when its lease is over");
        }
        loop {
            let busy = match self.deliver_due().await {
                Ok(done) => done > 0,
                Err(error) => {
                    tracing::warn!(%error, "the outbox could not be read; it is tried again");
                    false
                }
            };
            if !busy {
                let _woken = tokio::time::timeout(LOOK_EVERY, self.shared.jobs.notified()).await;
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

    /// Works off what is due now. Returns how many jobs that were.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn deliver_due(&self) -> Result<usize> {
        // Also a node that nobody tells anything sends by what is set.
        self.refresh_settings().await?;
        let Some(server) = self.mail_server() else {
            return Ok(0);
        };
        let now = self.now();
        let mut tx = self.store().job("lease mail").await?;
        let jobs = store::job::lease(&mut tx, now, now.plus(LEASE), AT_ONCE).await?;
        tx.commit().await?;
        let count = jobs.len();
        let work = jobs.into_iter().map(|job| {
            let server = &server;
            async move {
                let worked = self.work_off(server, &job).await.inspect_err(|error| {
                    tracing::warn!(job = %job.id, %error, "a job failed; it is tried again when its lease ends");
                });
                worked.ok().flatten()
            }
        });
        let told = futures_util::future::join_all(work).await;
        if let Some(last) = told.into_iter().flatten().next_back() {
            self.note_standing(&last).await?;
        }
        Ok(count)
    }

    /// Returns what it tells of the mail server.
    async fn work_off(&self, server: &Server, job: &Job) -> Result<Option<Seen>> {
        let Some(organization) = job.organization else {
            return self.work_off_for_account(server, job).await;
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
    async fn work_off_for_account(&self, server: &Server, job: &Job) -> Result<Option<Seen>> {
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

    /// The mail of a pending invitation, its link made and kept.
    async fn invitation_letter(&self, organization: OrganizationId, job: &Job) -> Result<Option<Letter>> {
        let Some(mut scope) = self.enter(organization).await? else {
            return Ok(None);
        };
        let id: InvitationId = job.subject();
        let Some(invitation) = store::invitation::find(&mut scope, id).await? else {
            return Ok(None);
        };
        if invitation.status(self.now()) != Status::Pending {
            return Ok(None);
        }
        let Some(to) = invitation.mail_to().map(str::to_owned) else {
            return Ok(None);
        };
        let token = new_link_token();
        store::invitation::insert_link(&mut scope, token.hash(), id, true).await?;
        let name = scope.organization().name.clone();
        scope.commit().await?;
        let until = match invitation.expires_at {
            Some(end) => format!("The invitation is good until {}.", readable(end)),
            None => "The invitation is good until it is revoked.".to_owned(),
        };
        Ok(Some(Letter {
            to,
            subject: format!("{} invites you to {name}", invitation.invited_by.name),
            paragraphs: vec![
                format!(
                    "{} invites you to join {name} as {}.",
                    invitation.invited_by.name, invitation.role.name
                ),
                until,
                "If you did not expect this mail, leave it alone: nothing happens until the invitation is accepted."
                    .to_owned(),
            ],
            action: "Accept the invitation".to_owned(),
            link: format!("{}/invitations/{}", self.settings().public_url, token.expose()),
            message_id: job.id.to_string(),
        }))
    }

    /// The mail that asks an existing account to agree to a membership.
    async fn consent_letter(&self, organization: OrganizationId, job: &Job) -> Result<Option<Letter>> {
        let Some(mut scope) = self.enter(organization).await? else {
            return Ok(None);
        };
        let id: MemberId = job.subject();
        let Some(member) = store::member::find(&mut scope, id).await? else {
            return Ok(None);
        };
        if member.status() != MemberStatus::AwaitingConsent {
            return Ok(None);
        }
        let Some(to) = member.account.email.clone() else {
            return Ok(None);
        };
        let token = new_link_token();
        store::member::insert_consent_link(&mut scope, token.hash(), id).await?;
        let (name, slug) = (scope.organization().name.clone(), scope.organization().slug.clone());
        scope.commit().await?;
        Ok(Some(Letter {
            to,
            subject: format!("{name} would like to add you"),
            paragraphs: vec![
                format!(
                    "{name} would like to add your account as {}. Sign in to agree or to decline.",
                    member.role.name
                ),
                "Until you agree, you are not a member.".to_owned(),
            ],
            action: "Look at the request".to_owned(),
            link: format!(
                "{}/organizations/{slug}/consent/{}",
                self.settings().public_url,
                token.expose()
            ),
            message_id: job.id.to_string(),
        }))
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

    async fn enter(&self, organization: OrganizationId) -> Result<Option<Scope<Writing>>> {
        match self.store().change(&OrganizationRef::Id(organization)).await {
            Ok(scope) => Ok(Some(scope)),
            Err(store::Error::Refused(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
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

pub(crate) fn readable(time: Timestamp) -> String {
    let text = time.plus(-(time.micros() % MINUTE)).to_string();
    let (date, clock) = text.split_once('T').unwrap_or((&text, ""));
    format!("{date}, {} UTC", clock.get(..5).unwrap_or(clock))
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

    #[test]
    fn a_time_in_a_mail_is_read_by_people() {
        assert_eq!(
            readable("2026-11-29T10:30:45Z".parse().unwrap()),
            "2026-11-29, 10:30 UTC"
        );
    }
}
