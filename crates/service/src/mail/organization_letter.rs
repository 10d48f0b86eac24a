//! The mails of an organization: an invitation's, and the one that asks an account to agree. Each link is made and kept when
//! its mail is written.

use domain::Timestamp;
use domain::id::{InvitationId, MemberId, OrganizationId};
use domain::invitation::Status;
use domain::member::MemberStatus;
use domain::time::MINUTE;
use store::job::Job;
use store::organization::OrganizationRef;
use store::{Scope, Writing};

use crate::ambient::new_link_token;
use crate::mail::message::Letter;
use crate::{Result, Roster};

impl Roster {
    /// The mail of a pending invitation, its link made and kept.
    pub(super) async fn invitation_letter(&self, organization: OrganizationId, job: &Job) -> Result<Option<Letter>> {
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
    pub(super) async fn consent_letter(&self, organization: OrganizationId, job: &Job) -> Result<Option<Letter>> {
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

    /// None where the organization is gone.
    pub(super) async fn enter(&self, organization: OrganizationId) -> Result<Option<Scope<Writing>>> {
        match self.store().change(&OrganizationRef::Id(organization)).await {
            Ok(scope) => Ok(Some(scope)),
            Err(store::Error::Refused(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

pub(crate) fn readable(time: Timestamp) -> String {
    let text = time.plus(-(time.micros() % MINUTE)).to_string();
    let (date, clock) = text.split_once('T').unwrap_or((&text, ""));
    format!("{date}, {} UTC", clock.get(..5).unwrap_or(clock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_a_mail_is_read_by_people() {
        assert_eq!(
            readable("2026-11-29T10:30:45Z".parse().unwrap()),
            "2026-11-29, 10:30 UTC"
        );
    }
}
