//! Where this instance listens besides the first address, which the operator gives. A new set is tried first: old and new
//! serve side by side, and the old one alone again unless somebody confirms by the new one in time. What is tried is kept in
//! memory only, so that a start always begins with what was confirmed.

mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use domain::audit::{Action, Event, Target};
use domain::listener::{Listener, Serves, Surroundings, TRIAL, Trial, check};
use domain::setting::{FixedBy, Name};
use domain::{Refusal, Timestamp};
use serde_json::json;
use store::setting::Kept;
use tokio::sync::{Mutex, MutexGuard};

use super::{NewValue, etag};
use crate::instance::superusers_only;
use crate::session::record_own;
use crate::superuser::{from_the_machine, still_superuser};
use crate::{Error, FieldError, Request, Result, Roster};
pub use stage::Host;
use stage::Stage;

/// The first address, which is always there.
#[derive(Clone, Debug)]
pub struct First {
    pub listener: Listener,
    /// None where it is the usual one.
    pub by: Option<FixedBy>,
}

/// What each socket besides the first one serves at this moment.
pub(crate) type Table = BTreeMap<SocketAddr, BTreeSet<Serves>>;

#[derive(Default)]
pub(crate) struct Listening {
    stage: Mutex<Stage>,
    table: super::Replaced<Arc<Table>>,
}

/// How one listener stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Given by the operator.
    Fixed,
    Serving,
    /// New in a set that waits to be confirmed.
    Tried,
    /// Not in that set any more.
    Leaving,
    Failed,
}

impl State {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Serving => "serving",
            Self::Tried => "tried",
            Self::Leaving => "leaving",
            Self::Failed => "failed",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Shown {
    pub listener: Listener,
    pub state: State,
    pub fixed_by: Option<FixedBy>,
    pub url: String,
    /// Why it cannot be listened on.
    pub problem: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Listeners {
    pub all: Vec<Shown>,
    pub trial: Option<Running>,
    pub etag: String,
}

/// A set that waits to be confirmed.
#[derive(Clone, Debug)]
pub struct Running {
    pub until: Timestamp,
    /// Where it may be confirmed.
    pub confirm_at: Vec<String>,
}

pub(super) fn kept_listeners(kept: &Kept) -> Result<Vec<Listener>> {
    serde_json::from_value(kept.value.clone()).map_err(|error| Error::Unexpected(format!("setting listeners: {error}")))
}

/// One that would last longer than any was begun before the clock was set back.
fn is_over(trial: &Trial, now: Timestamp) -> bool {
    trial.until <= now || trial.until.since(now) > TRIAL
}

impl Roster {
    /// What the socket of a request serves; none for the first one, which serves all.
    pub fn is_served_at(&self, socket: SocketAddr, asked: Serves) -> bool {
        self.shared
            .listening
            .table
            .get()
            .get(&socket)
            .is_some_and(|serves| serves.contains(&asked))
    }

    fn first(&self) -> Result<&First> {
        let first = self.settings().first.as_ref();
        first.ok_or_else(|| Error::Unexpected("nothing listens".to_owned()))
    }

    async fn stage(&self) -> MutexGuard<'_, Stage> {
        self.shared.listening.stage.lock().await
    }

    /// Those of a set that waits to be confirmed.
    pub(super) async fn tried_listeners(&self) -> Vec<Listener> {
        let trial = self.stage().await.trial.clone();
        trial.map(|trial| trial.listeners).unwrap_or_default()
    }

    /// Hands over who holds the sockets, and opens what was confirmed before.
    pub async fn host_listeners(&self, host: Arc<dyn Host>) {
        self.stage().await.host = Some(host);
        self.open_confirmed().await;
    }

    /// Brings the sockets in line with what is confirmed, which another node may have changed. What is being tried here stays
    /// as it is.
    pub async fn open_confirmed(&self) {
        let mut stage = self.stage().await;
        let confirmed = self.current().listeners.clone();
        if stage.trial.is_none() {
            let sockets: BTreeSet<SocketAddr> = confirmed.iter().map(Listener::socket).collect();
            stage.close_all_but(&sockets).await;
        }
        stage.failed.clear();
        for listener in &confirmed {
            if let Err(problem) = stage.open(listener).await {
                tracing::error!(name = listener.name, address = %listener.socket(), problem, "a listener cannot be opened");
                stage.failed.insert(listener.socket(), problem);
            }
        }
        self.lay_out(&stage);
    }

    /// Who serves what, from now on.
    fn lay_out(&self, stage: &Stage) {
        let tried = stage.trial.as_ref().map_or(&[][..], |trial| &trial.listeners);
        let mut table = Table::new();
        for listener in self.current().listeners.iter().chain(tried) {
            table.entry(listener.socket()).or_default().extend(&listener.serves);
        }
        self.shared.listening.table.set(Arc::new(table));
    }

    /// # Errors
    /// The caller is no superuser.
    pub async fn listeners(&self, request: &Request) -> Result<Listeners> {
        superusers_only(request)?;
        self.refresh_settings().await?;
        let kept = store::setting::find(&mut *self.store().see_server().await?, Name::Listeners).await?;
        self.shown_listeners(&*self.stage().await, kept.as_ref())
    }

    fn shown_listeners(&self, stage: &Stage, kept: Option<&Kept>) -> Result<Listeners> {
        let first = self.first()?;
        let confirmed = kept.map(kept_listeners).transpose()?.unwrap_or_default();
        let tried = stage.trial.as_ref().map(|trial| trial.listeners.as_slice());
        let shown = |listener: &Listener, state: State| Shown {
            url: listener.url(self.host()),
            problem: stage.failed.get(&listener.socket()).cloned(),
            listener: listener.clone(),
            state,
            fixed_by: None,
        };
        let mut all = vec![Shown {
            fixed_by: first.by,
            ..shown(&first.listener, State::Fixed)
        }];
        all.extend(
            confirmed
                .iter()
                .filter(|old| tried.is_none_or(|tried| !tried.contains(old)))
                .map(|old| {
                    let state = match (tried, stage.failed.contains_key(&old.socket())) {
                        (Some(_), _) => State::Leaving,
                        (None, true) => State::Failed,
                        (None, false) => State::Serving,
                    };
                    shown(old, state)
                }),
        );
        all.extend(tried.unwrap_or_default().iter().map(|new| {
            let state = if confirmed.contains(new) {
                State::Serving
            } else {
                State::Tried
            };
            shown(new, state)
        }));
        let ways_in = |trial: &Trial| {
            let ways = trial.ways_in(first.listener.socket(), &confirmed);
            let of = |socket: &SocketAddr| all.iter().find(|shown| shown.listener.socket() == *socket);
            ways.iter().filter_map(of).map(|shown| shown.url.clone()).collect()
        };
        let trial = stage.trial.as_ref().map(|trial| Running {
            until: trial.until,
            confirm_at: ways_in(trial),
        });
        Ok(Listeners {
            all,
            trial,
            etag: etag(kept),
        })
    }

    /// Tries a new set, beside the one there is. A set that is being tried gives way.
    ///
    /// # Errors
    /// The caller is no superuser, something of the set cannot be served, or an address cannot be listened on.
    pub async fn try_listeners(&self, request: &Request, new: Vec<Listener>) -> Result<Listeners> {
        let (mut tx, kept) = self.change_setting(request, Name::Listeners).await?;
        let first = self.first()?;
        let before = kept.as_ref().map(kept_listeners).transpose()?.unwrap_or_default();
        let around = Surroundings {
            first: &first.listener,
            before: &before,
            has_certificate: self.identity().is_some(),
            behind_proxy: self.settings().behind_proxy,
        };
        check(&new, around).map_err(|wrong| Error::Invalid(wrong.into_iter().map(field).collect()))?;
        let event = Event::new(Action::ListenersTried, Target::new("instance", "", "instance"))
            .before(json!(before))
            .after(json!(new));
        record_own(&mut tx, request, &event).await?;
        // Nothing is waited for while a change is open, and opening a socket is waiting.
        tx.rollback().await?;

        let mut stage = self.stage().await;
        if !request.dry_run {
            self.take_back(&mut stage).await;
        }
        let fresh: Vec<Listener> = new
            .iter()
            .filter(|new| !stage.open.contains_key(&new.socket()))
            .cloned()
            .collect();
        for (number, listener) in fresh.iter().enumerate() {
            if let Err(problem) = stage.open(listener).await {
                for opened in &fresh[..number] {
                    stage.close(opened.socket()).await;
                }
                let name = listener.name.clone();
                return Err(Refusal::ListenerUnavailable { name, problem }.into());
            }
        }
        let trial = Trial {
            listeners: new,
            until: request.now.plus(TRIAL),
        };
        if request.dry_run {
            let opened: Vec<SocketAddr> = fresh.iter().map(Listener::socket).collect();
            let running = stage.trial.replace(trial);
            let shown = self.shown_listeners(&stage, kept.as_ref());
            stage.trial = running;
            for socket in opened {
                stage.close(socket).await;
            }
            return shown;
        }
        let mut tx = self.store().server().await?;
        still_superuser(&mut tx, request).await?;
        record_own(&mut tx, request, &event).await?;
        tx.commit().await?;
        stage.trial = Some(trial);
        self.lay_out(&stage);
        self.shown_listeners(&stage, kept.as_ref())
    }

    /// Keeps the set that is being tried. `via` is the socket that the request came by; none is the first one.
    ///
    /// # Errors
    /// The caller is no superuser, nothing is being tried any more, or the request came by another way.
    pub async fn confirm_listeners(&self, request: &Request, via: Option<SocketAddr>) -> Result<Listeners> {
        self.revert_unconfirmed().await?;
        let (tx, kept) = self.change_setting(request, Name::Listeners).await?;
        let first = self.first()?.listener.socket();
        let before = kept.as_ref().map(kept_listeners).transpose()?.unwrap_or_default();
        let mut stage = match self.shared.listening.stage.try_lock() {
            Ok(stage) => stage,
            // Somebody opens sockets at this moment: what they try is not what is meant.
            Err(_) => return Err(Error::Stale),
        };
        let Some(trial) = stage.trial.clone() else {
            return Err(Refusal::NothingTried.into());
        };
        if !trial.may_be_confirmed_by(via.unwrap_or(first), first, &before) {
            let running = self.shown_listeners(&stage, kept.as_ref())?.trial;
            let places = running.map(|running| running.confirm_at).unwrap_or_default();
            return Err(Refusal::ConfirmElsewhere { places }.into());
        }
        let event = Event::new(Action::ListenersConfirmed, Target::new("instance", "", "instance"))
            .before(json!(before))
            .after(json!(trial.listeners));
        let value = json!(trial.listeners);
        let new = NewValue {
            name: Name::Listeners,
            value: &value,
            sealed: None,
            event,
        };
        self.keep_setting(tx, request, new).await?;
        if !request.dry_run {
            stage.trial = None;
        }
        drop(stage);
        self.open_confirmed().await;
        self.listeners(request).await
    }

    /// Goes back to the set that was confirmed, where the time to confirm the new one is over.
    ///
    /// # Errors
    /// The database does not answer; the sockets are closed all the same.
    pub async fn revert_unconfirmed(&self) -> Result<()> {
        let now = self.now();
        let mut stage = self.stage().await;
        let Some(trial) = stage.trial.clone().filter(|trial| is_over(trial, now)) else {
            return Ok(());
        };
        self.take_back(&mut stage).await;
        drop(stage);
        tracing::warn!("new listeners were not confirmed in time; what was before serves alone again");
        let event = Event::new(Action::ListenersReverted, Target::new("instance", "", "instance"))
            .before(json!(trial.listeners))
            .after(json!(self.current().listeners));
        let by = Target::new("system", "", "Roster");
        let mut tx = self.store().server().await?;
        crate::audit::record_by(&mut tx, None, &event, (&by, &from_the_machine()), now).await?;
        Ok(tx.commit().await?)
    }

    /// Ends a trial: what only it had is closed.
    async fn take_back(&self, stage: &mut Stage) {
        if stage.trial.take().is_some() {
            let confirmed = self.current().listeners.iter().map(Listener::socket).collect();
            stage.close_all_but(&confirmed).await;
            self.lay_out(stage);
        }
    }
}

fn field((number, field, detail): domain::listener::Wrong) -> FieldError {
    FieldError {
        pointer: format!("/listeners/{number}/{field}"),
        detail,
    }
}
