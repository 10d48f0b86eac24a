//! Settings of the whole instance. They are kept in the database, what is secret of them sealed, and every node serves by
//! them as soon as it hears of a change. What the operator gave from outside goes first, and is changed there.

mod listener;
mod reader;
mod smtp;
mod tls;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use domain::Refusal;
use domain::audit::Event;
use domain::listener::Listener;
use domain::setting::{Fixed, FixedBy, Name};
use serde_json::Value;
use store::setting::Kept;
use store::{ServerScope, Writing};

use crate::instance::superusers_only;
use crate::mail::Server;
use crate::session::record_own;
use crate::superuser::still_superuser;
use crate::tls::Identity;
use crate::{Request, Result, Roster};

pub(crate) use listener::Listening;
pub use listener::{First, Host, Listeners, Running, Shown, State};
pub use reader::{Reader, host_of};
pub use smtp::{Mail, MailStanding, Smtp, SmtpChange, Tested, for_organization as mail_of_organization};
pub use tls::{NewTls, Tls, sentences, told};

/// What this node serves by at this moment.
#[derive(Default)]
pub(crate) struct Current {
    revisions: BTreeMap<Name, i64>,
    pub mail: Option<Server>,
    pub tls: Option<Arc<Identity>>,
    pub listeners: Vec<Listener>,
}

/// Something that is read by every request and replaced now and then.
#[derive(Default)]
pub(crate) struct Replaced<T>(RwLock<T>);

impl<T: Clone> Replaced<T> {
    pub fn get(&self) -> T {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set(&self, value: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = value;
    }
}

/// What a change leaves behind.
pub(crate) struct NewValue<'a> {
    pub name: Name,
    pub value: &'a Value,
    pub sealed: Option<&'a str>,
    pub event: Event,
}

pub(crate) fn purpose(name: Name) -> String {
    format!("setting {}", name.name())
}

/// # Errors
/// The operator has given it from outside.
pub(crate) fn free<T>(fixed: Option<&Fixed<T>>, what: &'static str, name: &str) -> Result<()> {
    match fixed {
        None => Ok(()),
        Some(fixed) => Err(Refusal::SettingFixed {
            what,
            place: fixed.by.place(name),
        }
        .into()),
    }
}

pub(crate) fn etag(kept: Option<&Kept>) -> String {
    format!("\"{}\"", kept.map_or(0, |kept| kept.revision))
}

pub(crate) fn fixed_by<T>(fixed: Option<&Fixed<T>>) -> Option<FixedBy> {
    fixed.map(|fixed| fixed.by)
}

impl Roster {
    pub(crate) fn current(&self) -> Arc<Current> {
        self.shared.settled.get()
    }

    /// What kept settings are read by here.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader {
            key: self.key(),
            sender: self.settings().sender.as_ref().map(|fixed| fixed.value.as_str()),
            public_url: &self.settings().public_url,
        }
    }

    /// Takes over what is kept, where it is not what this node serves by.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn refresh_settings(&self) -> Result<()> {
        let mut tx = self.store().see_server().await?;
        let kept = store::setting::all(&mut tx).await?;
        drop(tx);
        let revisions: BTreeMap<Name, i64> = kept.iter().map(|kept| (kept.name, kept.revision)).collect();
        if revisions == self.current().revisions {
            return Ok(());
        }
        let of = |name: Name| kept.iter().find(|kept| kept.name == name);
        self.shared.settled.set(Arc::new(Current {
            mail: of(Name::Smtp).and_then(|kept| self.told(kept, self.reader().mail(kept)).flatten()),
            listeners: of(Name::Listeners)
                .and_then(|kept| self.told(kept, self.reader().listeners(kept)))
                .unwrap_or_default(),
            tls: of(Name::Tls).and_then(|kept| self.told(kept, self.reader().identity(kept)).flatten()),
            revisions,
        }));
        Ok(())
    }

    /// What cannot be read is as good as not set, but somebody has to know.
    fn told<T>(&self, kept: &Kept, read: Result<T>) -> Option<T> {
        read.inspect_err(|error| {
            tracing::error!(
                setting = kept.name.name(),
                cause = crate::superuser::one_line(error),
                "a setting cannot be used; set it again"
            );
        })
        .ok()
    }

    /// Opens a change of a setting: by a superuser who has proved it lately, alone with it, as it was when they looked.
    pub(crate) async fn change_setting(
        &self,
        request: &Request,
        name: Name,
    ) -> Result<(ServerScope<Writing>, Option<Kept>)> {
        superusers_only(request)?;
        request.proved()?;
        let mut tx = self.store().server().await?;
        store::setting::line_up(&mut tx).await?;
        still_superuser(&mut tx, request).await?;
        let kept = store::setting::find(&mut tx, name).await?;
        request.matches(&etag(kept.as_ref()))?;
        Ok((tx, kept))
    }

    /// Ends it: nothing stays of one that is only tried.
    pub(crate) async fn keep_setting(
        &self,
        mut tx: ServerScope<Writing>,
        request: &Request,
        new: NewValue<'_>,
    ) -> Result<()> {
        store::setting::put(&mut tx, new.name, new.value, new.sealed, request.now).await?;
        record_own(&mut tx, request, &new.event).await?;
        if request.dry_run {
            return Ok(tx.rollback().await?);
        }
        tx.commit().await?;
        self.refresh_settings().await
    }
}
