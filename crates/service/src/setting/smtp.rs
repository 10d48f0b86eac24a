//! The mail server: its settings, a test mail, and whether mails go out.

use domain::Timestamp;
use domain::audit::{Action, Event, Target};
use domain::permission::InvitationSend;
use domain::setting::{FixedBy, Name};
use domain::text::EmailAddress;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::mail_standing::Standing;
use store::setting::Kept;
use store::{Mode, Reading, Tx};

use super::reader::Reader;
use super::{NewValue, etag, fixed_by, free, purpose};
use crate::error::Check;
use crate::instance::superusers_only;
use crate::mail::{Address, BadServer, Server, default_sender};
use crate::session::record_own;
use crate::{Authorized, Error, FieldError, Request, Result, Roster};

/// As superusers see it. The password is never told.
#[derive(Clone, Debug)]
pub struct Smtp {
    pub url: Option<String>,
    pub username: Option<String>,
    pub has_password: bool,
    pub from: String,
    pub fixed_by: Option<FixedBy>,
    /// Of the sender alone.
    pub from_fixed_by: Option<FixedBy>,
    pub mail: Mail,
    /// Mails that wait to be sent, or to be tried again.
    pub queued: i64,
    pub etag: String,
}

/// Absent leaves as it is, `None` clears.
#[derive(Clone, Debug, Default)]
pub struct SmtpChange {
    pub url: Option<Option<String>>,
    pub username: Option<Option<String>>,
    pub password: Option<Option<SecretString>>,
    pub from: Option<Option<String>>,
}

/// Whether mails go out: what everybody may know who sends invitations.
#[derive(Clone, Debug)]
pub struct Mail {
    pub state: MailStanding,
    pub since: Option<Timestamp>,
    pub last_at: Option<Timestamp>,
    /// What the mail server said, for superusers.
    pub detail: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailStanding {
    NotSetUp,
    /// No mail was sent since it was set.
    Untried,
    Works,
    Fails,
}

impl MailStanding {
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotSetUp => "not_set_up",
            Self::Untried => "untried",
            Self::Works => "works",
            Self::Fails => "fails",
        }
    }
}

/// What became of a test mail.
#[derive(Clone, Debug)]
pub struct Tested {
    pub delivered: bool,
    /// In the mail server's own words.
    pub answer: String,
}

/// The value as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Value {
    url: Option<String>,
    username: Option<String>,
    from: Option<String>,
}

impl Roster {
    /// Whether there is a mail server.
    pub fn sends_mail(&self) -> bool {
        self.settings().mail.is_some() || self.current().mail.is_some()
    }

    pub(crate) fn mail_server(&self) -> Option<Server> {
        match &self.settings().mail {
            Some(fixed) => Some(fixed.value.clone()),
            None => self.current().mail.clone(),
        }
    }

    /// # Errors
    /// The caller is no superuser.
    pub async fn smtp(&self, request: &Request) -> Result<Smtp> {
        superusers_only(request)?;
        let mut tx = self.store().see_server().await?;
        let kept = store::setting::find(&mut tx, Name::Smtp).await?;
        let standing = store::mail_standing::find(&mut tx).await?;
        let queued = store::job::count(&mut tx).await?;
        let value = kept.as_ref().map(value).transpose()?.unwrap_or_default();
        let smtp = Smtp {
            from: sender(&self.reader(), &value),
            url: value.url,
            username: value.username,
            has_password: kept.as_ref().is_some_and(|kept| kept.sealed.is_some()),
            fixed_by: fixed_by(self.settings().mail.as_ref()),
            from_fixed_by: fixed_by(self.settings().sender.as_ref()),
            mail: self.mail(standing),
            queued,
            etag: etag(kept.as_ref()),
        };
        Ok(match &self.settings().mail {
            None => smtp,
            Some(fixed) => Smtp {
                url: Some(fixed.value.url.clone()),
                username: fixed.value.username.clone(),
                has_password: fixed.value.has_password,
                from: fixed.value.from.to_string(),
                ..smtp
            },
        })
    }

    /// # Errors
    /// The caller is no superuser, the operator has fixed it, or a field cannot be taken.
    pub async fn change_smtp(&self, request: &Request, change: SmtpChange) -> Result<Smtp> {
        superusers_only(request)?;
        free(self.settings().mail.as_ref(), "mail server", "smtp")?;
        if change.from.is_some() {
            free(self.settings().sender.as_ref(), "sender of mails", "smtp_from")?;
        }
        let (mut tx, kept) = self.change_setting(request, Name::Smtp).await?;
        let before = kept.as_ref().map(value).transpose()?.unwrap_or_default();
        let known = match &kept {
            Some(kept) => self.reader().secret(kept)?,
            None => None,
        };
        let (after, password) = changed(&before, known, change)?;
        server(&self.reader(), &after, password.clone())
            .map_err(|BadServer { field, detail }| Error::Invalid(vec![FieldError::new(field, detail)]))?;
        let sealed = password.map(|password| self.seal(&purpose(Name::Smtp), password.expose_secret().as_bytes()));
        // Of another mail server nothing is known yet.
        store::mail_standing::forget(&mut tx).await?;
        let told = |value: &Value, password: bool| json!({ "url": value.url, "username": value.username, "from": value.from, "password": password });
        let had = kept.as_ref().is_some_and(|kept| kept.sealed.is_some());
        let event = Event::new(Action::SmtpChanged, Target::new("instance", "", "instance"))
            .before(told(&before, had))
            .after(told(&after, sealed.is_some()));
        let new = NewValue {
            name: Name::Smtp,
            value: &json!(after),
            sealed: sealed.as_deref(),
            event,
        };
        self.keep_setting(tx, request, new).await?;
        // What has waited for a mail server waits no longer.
        self.jobs_added();
        let shown = self.smtp(request).await?;
        if !request.dry_run {
            return Ok(shown);
        }
        Ok(Smtp {
            from: sender(&self.reader(), &after),
            url: after.url,
            username: after.username,
            has_password: sealed.is_some(),
            ..shown
        })
    }

    /// Sends a mail by what is set and tells what the mail server says, also where it takes none.
    ///
    /// # Errors
    /// The caller is no superuser, the address cannot be taken, or there is no mail server.
    pub async fn test_mail(&self, request: &Request, to: &str) -> Result<Tested> {
        superusers_only(request)?;
        let mut check = Check::default();
        let to = check.field("to", EmailAddress::parse(to));
        check.done()?;
        let to = crate::error::checked(to)?;
        self.refresh_settings().await?;
        let server = self.mail_server().ok_or(domain::Refusal::MailNotSetUp)?;
        let tested = crate::mail::test(self, &server, &to).await;
        let mut tx = self.store().server().await?;
        let event = Event::new(Action::SmtpTested, Target::new("instance", "", "instance"))
            .after(json!({ "to": to.to_string(), "delivered": tested.delivered, "answer": tested.answer }));
        crate::idempotency::claim(&mut tx, request).await?;
        record_own(&mut tx, request, &event).await?;
        tx.commit().await?;
        Ok(tested)
    }

    fn mail(&self, standing: Option<Standing>) -> Mail {
        let state = match &standing {
            _ if !self.sends_mail() => MailStanding::NotSetUp,
            None => MailStanding::Untried,
            Some(standing) if standing.works => MailStanding::Works,
            Some(_) => MailStanding::Fails,
        };
        let standing = standing.filter(|_| state != MailStanding::NotSetUp);
        Mail {
            state,
            since: standing.as_ref().map(|standing| standing.since),
            last_at: standing.as_ref().map(|standing| standing.last_at),
            detail: standing.and_then(|standing| standing.detail),
        }
    }
}

/// Whether mails go out, for who sends invitations: without the mail server's words, which may name it.
///
/// # Errors
/// The database does not answer.
pub async fn for_organization(seen: &mut Authorized<InvitationSend, Reading>) -> Result<Mail> {
    let roster = seen.roster().clone();
    let standing = of_instance(seen.scope().tx()).await?;
    Ok(Mail {
        detail: None,
        ..roster.mail(standing)
    })
}

async fn of_instance(tx: &mut Tx<impl Mode>) -> Result<Option<Standing>> {
    Ok(store::mail_standing::find(tx).await?)
}

pub(super) fn kept_mail(reader: &Reader<'_>, kept: &Kept) -> Result<Option<Server>> {
    server(reader, &value(kept)?, reader.secret(kept)?).map_err(unreadable)
}

fn server(
    reader: &Reader<'_>,
    value: &Value,
    password: Option<SecretString>,
) -> std::result::Result<Option<Server>, BadServer> {
    let Some(url) = &value.url else { return Ok(None) };
    let address = Address {
        username: value.username.clone(),
        password,
        ..Address::parse(url)?
    };
    Server::new(&address, &sender(reader, value)).map(Some)
}

/// Whom mails are from: what the operator says, what is kept, or the public URL's host.
fn sender(reader: &Reader<'_>, value: &Value) -> String {
    let fixed = reader.sender.map(str::to_owned);
    fixed
        .or_else(|| value.from.clone())
        .unwrap_or_else(|| default_sender(reader.public_url))
}

fn value(kept: &Kept) -> Result<Value> {
    serde_json::from_value(kept.value.clone()).map_err(unreadable)
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::Unexpected(format!("setting smtp: {error}"))
}

/// The value as it is after the change, with the password that belongs to it.
fn changed(before: &Value, known: Option<SecretString>, change: SmtpChange) -> Result<(Value, Option<SecretString>)> {
    let filled = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let mut after = Value {
        username: change.username.map_or_else(|| before.username.clone(), filled),
        from: change.from.map_or_else(|| before.from.clone(), filled),
        url: before.url.clone(),
    };
    let mut password = change
        .password
        .map(|given| given.filter(|text| !text.expose_secret().is_empty()));
    if let Some(url) = change.url.map(filled) {
        let told = |BadServer { field, detail }| Error::Invalid(vec![FieldError::new(field, detail)]);
        let address = url.as_deref().map(Address::parse).transpose().map_err(told)?;
        after.url = address.as_ref().map(|address| address.url.clone());
        if let Some(Address {
            username: Some(name),
            password: given,
            ..
        }) = address
        {
            after.username = Some(name);
            password = password.or(given.map(Some));
        }
    }
    let elsewhere = after.url.is_some() && before.url.is_some() && after.url != before.url;
    if password.is_none() && known.is_some() && elsewhere {
        // Else whoever may set the server could have the password sent to one of their own.
        let detail = "is to be given again: it was given for another server";
        return Err(Error::Invalid(vec![FieldError::new("password", detail)]));
    }
    let password = password.unwrap_or(known).filter(|_| after.url.is_some());
    if password.is_some() && after.username.is_none() {
        let detail = "is missing: a password belongs to a username";
        return Err(Error::Invalid(vec![FieldError::new("username", detail)]));
    }
    Ok((after, password))
}
