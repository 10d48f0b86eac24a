//! Mails that belong to no organization: about an account, or to somebody who has none yet. What they answer was asked by
//! whoever came to the sign-in page; only here it is looked up whom the address belongs to.

use domain::account::{Account, AuthenticationMethod};
use store::job::{Job, Kind};
use store::password_reset::{Asked, Link};
use store::sign_up::SignUp;

use crate::ambient::new_link_token;
use crate::mail::message::Letter;
use crate::password_reset::LINK_LIFETIME;
use crate::{Result, Roster};

impl Roster {
    /// The mail of such a job; none where there is nothing to say, or nobody to say it to.
    pub(super) async fn account_letter(&self, job: &Job) -> Result<Option<Letter>> {
        match job.kind {
            Kind::PasswordResetMail => self.password_reset_letter(job).await,
            Kind::SignUpMail => self.sign_up_letter(job).await,
            Kind::EmailChangeMail => self.email_change_letter(job).await,
            Kind::NoticeMail => self.notice_letter(job).await,
            Kind::InvitationMail | Kind::ConsentMail => Ok(None),
        }
    }

    /// What the job was about is over: mailed, or not to be.
    pub(super) async fn finish_account_job(&self, job: &Job) -> Result<()> {
        let mut tx = self.store().job("finish a mail about an account").await?;
        match job.kind {
            Kind::PasswordResetMail => store::password_reset::forget(&mut tx, job.subject()).await?,
            Kind::SignUpMail => store::sign_up::forget_unmailed(&mut tx, job.subject()).await?,
            Kind::NoticeMail => store::notice::forget(&mut tx, job.subject()).await?,
            // What waits for a mailbox is seen in the profile, mailed or not.
            Kind::EmailChangeMail | Kind::InvitationMail | Kind::ConsentMail => {}
        }
        store::job::finish(&mut tx, job.id).await?;
        Ok(tx.commit().await?)
    }

    async fn password_reset_letter(&self, job: &Job) -> Result<Option<Letter>> {
        let mut tx = self.store().job("mail a link to a new password").await?;
        let Some(asked) = store::password_reset::find(&mut tx, job.subject()).await? else {
            return Ok(None);
        };
        let Some(account) = store::account::find_by_email(&mut tx, &asked.email).await? else {
            return Ok(None);
        };
        if account.suspended.is_some() {
            return Ok(None);
        }
        let (Some(to), true) = (account.email.clone(), self.has_password(&mut tx, &account).await?) else {
            return Ok(Some(self.other_way_letter(&account, asked, job)));
        };
        let token = new_link_token();
        let link = Link {
            account: account.id,
            email_key: to.to_lowercase(),
            expires_at: self.now().plus(LINK_LIFETIME),
        };
        store::password_reset::insert_link(&mut tx, token.hash(), &link).await?;
        tx.commit().await?;
        Ok(Some(Letter {
            to,
            subject: format!("Set a new password for {}", self.settings().instance_name),
            paragraphs: vec![
                format!(
                    "{} for the account {}.",
                    match &asked.by {
                        Some(organization) =>
                            format!("An administrator of {organization} asks you to set a new password"),
                        None => "A new password was asked for".to_owned(),
                    },
                    account.username
                ),
                "The link is good for 30 minutes, and once. When you use it, all your sessions end.".to_owned(),
                "If you did not expect this mail, leave it alone: your password stays as it is.".to_owned(),
            ],
            action: "Set a new password".to_owned(),
            link: format!("{}/password-resets/{}", self.settings().public_url, token.expose()),
            message_id: job.id.to_string(),
        }))
    }

    /// The mail that asks a mailbox whether its owner wants an account. To whom no organization is open goes none, so that
    /// nobody can have mail sent to strangers.
    async fn sign_up_letter(&self, job: &Job) -> Result<Option<Letter>> {
        let mut tx = self.store().job("mail a link to verify an address").await?;
        let Some(sign_up) = store::sign_up::find(&mut tx, job.subject()).await? else {
            return Ok(None);
        };
        if let Some(account) = store::account::find_by_email(&mut tx, &sign_up.email).await? {
            return Ok(Some(self.has_account_letter(&account, &sign_up, job)));
        }
        let open = crate::sign_up::open_to(&mut tx, &sign_up.email).await?;
        if open.is_empty() {
            return Ok(None);
        }
        let token = new_link_token();
        store::sign_up::set_link(&mut tx, sign_up.id, token.hash()).await?;
        tx.commit().await?;
        Ok(Some(Letter {
            to: sign_up.email.to_string(),
            subject: format!("Verify your address for {}", self.settings().instance_name),
            paragraphs: vec![
                match open.as_slice() {
                    [only] => format!(
                        "Somebody, most likely you, wants an account in {} with this address.",
                        only.name
                    ),
                    _ => "Somebody, most likely you, wants an account with this address.".to_owned(),
                },
                "The link is good for 24 hours. Until it is used, there is no account.".to_owned(),
                "If you did not expect this mail, leave it alone.".to_owned(),
            ],
            action: "Verify the address".to_owned(),
            link: format!("{}/sign-ups/{}", self.settings().public_url, token.expose()),
            message_id: job.id.to_string(),
        }))
    }

    fn has_account_letter(&self, account: &Account, sign_up: &SignUp, job: &Job) -> Letter {
        Letter {
            to: sign_up.email.to_string(),
            subject: format!("You have an account at {} already", self.settings().instance_name),
            paragraphs: vec![
                format!(
                    "Somebody, most likely you, wanted an account with this address. There is one: {}. Sign in with it.",
                    account.username
                ),
                "If you have forgotten its password, ask for a new one on the sign-in page.".to_owned(),
                "If you did not expect this mail, leave it alone: nothing was changed.".to_owned(),
            ],
            action: "Go to the sign-in page".to_owned(),
            link: format!("{}/sign-in", self.settings().public_url),
            message_id: job.id.to_string(),
        }
    }

    /// The mail that asks a mailbox whether it is the account's from now on.
    async fn email_change_letter(&self, job: &Job) -> Result<Option<Letter>> {
        let mut tx = self.store().job("mail a link to verify an address").await?;
        let Some(change) = store::email_change::find(&mut tx, job.subject()).await? else {
            return Ok(None);
        };
        let Some(account) = store::account::find(&mut tx, change.account).await? else {
            return Ok(None);
        };
        let to = change.email.to_string();
        if let Some(other) = store::account::find_by_email(&mut tx, &change.email).await?
            && other.id != account.id
        {
            return Ok(Some(Letter {
                to,
                subject: format!("Your address at {}", self.settings().instance_name),
                paragraphs: vec![
                    format!(
                        "Somebody wanted this address for another account. It belongs to yours, {}, and stays there.",
                        other.username
                    ),
                    "If that was you, sign in with that account.".to_owned(),
                ],
                action: "Go to the sign-in page".to_owned(),
                link: format!("{}/sign-in", self.settings().public_url),
                message_id: job.id.to_string(),
            }));
        }
        let token = new_link_token();
        store::email_change::set_link(&mut tx, change.id, token.hash()).await?;
        tx.commit().await?;
        Ok(Some(Letter {
            to,
            subject: format!("Verify your address for {}", self.settings().instance_name),
            paragraphs: vec![
                format!("This is to be the address of the account {}.", account.username),
                "The link is good for 24 hours. Until it is used, nothing changes.".to_owned(),
                "If you did not expect this mail, leave it alone.".to_owned(),
            ],
            action: "Verify the address".to_owned(),
            link: format!("{}/email-changes/{}", self.settings().public_url, token.expose()),
            message_id: job.id.to_string(),
        }))
    }

    async fn notice_letter(&self, job: &Job) -> Result<Option<Letter>> {
        let mut tx = self.store().job("mail a notice").await?;
        let notice = store::notice::find(&mut tx, job.subject()).await?;
        Ok(notice.map(|notice| Letter {
            to: notice.to,
            subject: notice.subject,
            paragraphs: notice.paragraphs,
            action: "Go to your profile".to_owned(),
            link: format!("{}/me", self.settings().public_url),
            message_id: job.id.to_string(),
        }))
    }

    /// For whoever signs in without a password: how they do. It has no link that opens anything.
    fn other_way_letter(&self, account: &Account, asked: Asked, job: &Job) -> Letter {
        let way = match account.authentication_method {
            AuthenticationMethod::Saml => "You sign in by your organization's single sign-on.",
            AuthenticationMethod::Pam => "You sign in with the password that you have on your organization's machines.",
            AuthenticationMethod::Password => "You sign in with an account of yours elsewhere that is linked to it.",
        };
        Letter {
            to: asked.email.to_string(),
            subject: format!("How you sign in to {}", self.settings().instance_name),
            paragraphs: vec![
                format!(
                    "A new password was asked for the account {}, which has none here. {way}",
                    account.username
                ),
                "If you did not expect this mail, leave it alone: nothing was changed.".to_owned(),
            ],
            action: "Go to the sign-in page".to_owned(),
            link: format!("{}/sign-in", self.settings().public_url),
            message_id: job.id.to_string(),
        }
    }
}
