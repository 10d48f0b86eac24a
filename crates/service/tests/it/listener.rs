//! New listeners are tried first: they revert by themselves, and are kept by who has come by one of them.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use domain::Refusal;
use domain::audit::Chain;
use domain::listener::{FIRST, Listener, Serves, TRIAL};
use service::setting::{Host, Listeners, NewTls, State};
use service::{Error, Roster};
use testkit::app::secret;
use testkit::certificate::Authority;
use testkit::persona::refused;
use testkit::{App, on_both_databases};

on_both_databases! {
    new_listeners_revert_unless_confirmed,
    whoever_came_by_a_new_one_may_keep_them,
    a_port_in_use_is_told_and_nothing_changes,
    a_start_begins_with_what_was_confirmed,
    another_node_follows,
    only_a_superuser_changes_them,
    trying_alone_opens_nothing_for_long,
    a_certificate_stays_as_long_as_a_listener_needs_it,
}

/// Sockets that are bound for real and answer nobody.
#[derive(Default)]
struct Bound(Mutex<BTreeMap<SocketAddr, TcpListener>>);

impl Bound {
    fn sockets(&self) -> Vec<SocketAddr> {
        self.0.lock().unwrap().keys().copied().collect()
    }
}

impl Host for Bound {
    fn open(&self, socket: SocketAddr, _tls: bool) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        let bound = TcpListener::bind(socket).map_err(|error| error.to_string());
        Box::pin(async move {
            self.0.lock().unwrap().insert(socket, bound?);
            Ok(())
        })
    }

    fn close(&self, socket: SocketAddr) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.lock().unwrap().remove(&socket);
        Box::pin(async {})
    }
}

fn first() -> SocketAddr {
    "127.0.0.1:1".parse().unwrap()
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn listener(name: &str, socket: SocketAddr, serves: &[Serves]) -> Listener {
    Listener {
        name: name.to_owned(),
        address: socket.ip(),
        port: socket.port(),
        tls: false,
        serves: serves.to_vec(),
    }
}

/// A node that listens.
async fn node(app: &App) -> (Roster, Arc<Bound>) {
    let roster = app.node(|_| {}).await;
    let bound = Arc::new(Bound::default());
    roster.refresh_settings().await.unwrap();
    roster.host_listeners(bound.clone()).await;
    (roster, bound)
}

fn states(listeners: &Listeners) -> Vec<(&str, State)> {
    listeners
        .all
        .iter()
        .map(|shown| (shown.listener.name.as_str(), shown.state))
        .collect()
}

async fn new_listeners_revert_unless_confirmed(app: App) {
    let (roster, bound) = node(&app).await;
    let new = listener("public", free(), &[Serves::Console, Serves::Api]);
    let tried = roster
        .try_listeners(&app.by(&app.sid).await, vec![new.clone()])
        .await
        .unwrap();
    assert_eq!(states(&tried), [(FIRST, State::Fixed), ("public", State::Tried)]);
    let running = tried.trial.unwrap();
    assert_eq!(running.confirm_at, [format!("http://{}", new.socket())]);
    assert_eq!(bound.sockets(), [new.socket()]);
    assert!(roster.is_served_at(new.socket(), Serves::Api) && !roster.is_served_at(new.socket(), Serves::Metrics));
    app.pass(TRIAL - 2);
    roster.revert_unconfirmed().await.unwrap();
    assert_eq!(bound.sockets(), [new.socket()]);
    app.pass(2);
    roster.revert_unconfirmed().await.unwrap();
    assert!(bound.sockets().is_empty());
    assert!(!roster.is_served_at(new.socket(), Serves::Api));
    let now = roster.listeners(&app.by(&app.sid).await).await.unwrap();
    assert_eq!((states(&now).len(), now.trial.is_none()), (1, true));
    let late = roster
        .confirm_listeners(&app.by(&app.sid).await, Some(new.socket()))
        .await;
    assert_eq!(refused(late), "nothing_tried");
    let mut tx = roster.store().see_server().await.unwrap();
    let told = store::audit::list(&mut tx, Chain::Instance, &service::audit::Filter::default(), 2)
        .await
        .unwrap();
    let actions: Vec<_> = told.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["listener.reverted", "listener.tried"]);
}

async fn whoever_came_by_a_new_one_may_keep_them(app: App) {
    let (roster, bound) = node(&app).await;
    let old = listener("old", free(), &Serves::ALL);
    let new = listener("new", free(), &[Serves::Api]);
    let metrics = listener("metrics", free(), &[Serves::Metrics]);
    roster
        .try_listeners(&app.by(&app.sid).await, vec![old.clone()])
        .await
        .unwrap();
    roster
        .confirm_listeners(&app.by(&app.sid).await, Some(old.socket()))
        .await
        .unwrap();
    let set = vec![new.clone(), metrics.clone()];
    let tried = roster.try_listeners(&app.by(&app.sid).await, set).await.unwrap();
    assert_eq!(
        states(&tried)[1..],
        [
            ("old", State::Leaving),
            ("new", State::Tried),
            ("metrics", State::Tried)
        ]
    );
    assert!(
        roster.is_served_at(old.socket(), Serves::Console),
        "old and new serve side by side"
    );
    for elsewhere in [None, Some(old.socket()), Some(metrics.socket())] {
        let confirmed = roster.confirm_listeners(&app.by(&app.sid).await, elsewhere).await;
        assert_eq!(refused(confirmed), "confirm_elsewhere");
    }
    let confirmed = roster
        .confirm_listeners(&app.by(&app.sid).await, Some(new.socket()))
        .await
        .unwrap();
    assert_eq!(
        states(&confirmed)[1..],
        [("new", State::Serving), ("metrics", State::Serving)]
    );
    let mut left = [new.socket(), metrics.socket()];
    left.sort();
    assert_eq!(bound.sockets(), left);
    app.pass(2 * TRIAL);
    roster.revert_unconfirmed().await.unwrap();
    assert_eq!(bound.sockets(), left);
    // Without any, the first one is left, and confirms.
    roster.try_listeners(&app.by(&app.sid).await, Vec::new()).await.unwrap();
    let none = roster.confirm_listeners(&app.by(&app.sid).await, None).await.unwrap();
    assert_eq!(states(&none), [(FIRST, State::Fixed)]);
    assert!(bound.sockets().is_empty());
}

async fn a_port_in_use_is_told_and_nothing_changes(app: App) {
    let (roster, bound) = node(&app).await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let good = listener("good", free(), &Serves::ALL);
    let bad = listener("bad", taken.local_addr().unwrap(), &Serves::ALL);
    let tried = roster
        .try_listeners(&app.by(&app.sid).await, vec![good.clone(), bad])
        .await;
    let error = tried.unwrap_err();
    assert!(
        error.to_string().starts_with("The listener bad cannot be opened: "),
        "{error}"
    );
    assert_eq!(refused(Err::<(), _>(error)), "listener_unavailable");
    assert!(bound.sockets().is_empty());
    let first = listener("twice", first(), &Serves::ALL);
    let twice = roster.try_listeners(&app.by(&app.sid).await, vec![good, first]).await;
    let Err(Error::Invalid(fields)) = twice else {
        panic!("{twice:?}")
    };
    assert_eq!(fields[0].pointer, "/listeners/1/port");
}

async fn a_start_begins_with_what_was_confirmed(app: App) {
    let (roster, bound) = node(&app).await;
    let (kept, tried) = (
        listener("kept", free(), &Serves::ALL),
        listener("tried", free(), &Serves::ALL),
    );
    roster
        .try_listeners(&app.by(&app.sid).await, vec![kept.clone()])
        .await
        .unwrap();
    roster
        .confirm_listeners(&app.by(&app.sid).await, Some(kept.socket()))
        .await
        .unwrap();
    roster
        .try_listeners(&app.by(&app.sid).await, vec![kept.clone(), tried])
        .await
        .unwrap();
    assert_eq!(bound.sockets().len(), 2);
    bound.0.lock().unwrap().clear();
    let (later, bound) = node(&app).await;
    assert_eq!(bound.sockets(), [kept.socket()]);
    assert!(later.listeners(&app.by(&app.sid).await).await.unwrap().trial.is_none());
}

async fn another_node_follows(app: App) {
    let ((one, ours), (other, theirs)) = (node(&app).await, node(&app).await);
    let socket = free();
    let new = listener("public", socket, &Serves::ALL);
    one.try_listeners(&app.by(&app.sid).await, vec![new]).await.unwrap();
    one.confirm_listeners(&app.by(&app.sid).await, Some(socket))
        .await
        .unwrap();
    // Both nodes are on one machine here: the other gets the port once the first has let go of it.
    other.refresh_settings().await.unwrap();
    other.open_confirmed().await;
    let seen = other.listeners(&app.by(&app.sid).await).await.unwrap();
    assert_eq!(states(&seen)[1], ("public", State::Failed));
    assert!(seen.all[1].problem.is_some());
    ours.0.lock().unwrap().clear();
    other.open_confirmed().await;
    assert_eq!(theirs.sockets(), [socket]);
}

async fn only_a_superuser_changes_them(app: App) {
    let (roster, _) = node(&app).await;
    let request = app.by(&app.olivia).await;
    assert_eq!(refused(roster.listeners(&request).await), "superuser_required");
    assert_eq!(
        refused(roster.try_listeners(&request, Vec::new()).await),
        "superuser_required"
    );
    assert_eq!(
        refused(roster.confirm_listeners(&request, None).await),
        "superuser_required"
    );
}

async fn trying_alone_opens_nothing_for_long(app: App) {
    let (roster, bound) = node(&app).await;
    let new = listener("public", free(), &Serves::ALL);
    let seen = roster
        .try_listeners(&app.tried_by(&app.sid).await, vec![new])
        .await
        .unwrap();
    assert_eq!(states(&seen)[1], ("public", State::Tried));
    assert!(bound.sockets().is_empty());
    assert!(roster.listeners(&app.by(&app.sid).await).await.unwrap().trial.is_none());
}

async fn a_certificate_stays_as_long_as_a_listener_needs_it(app: App) {
    let (roster, _bound) = node(&app).await;
    let root = Authority::new("Root");
    let issued = root.issue(roster.host());
    let certificate = NewTls {
        certificate: issued.certificate,
        key: Some(secret(&issued.key)),
        chain: root.pem(),
    };
    roster.set_tls(&app.by(&app.sid).await, certificate).await.unwrap();
    let new = Listener {
        tls: true,
        ..listener("public", free(), &[Serves::Console, Serves::Api])
    };
    let removal = async || roster.remove_tls(&app.by(&app.sid).await).await.map(drop);
    let in_use = |removed: service::Result<()>| match removed {
        Err(Error::Refused(Refusal::CertificateInUse { listeners })) => listeners,
        other => panic!("{other:?}"),
    };
    roster
        .try_listeners(&app.by(&app.sid).await, vec![new.clone()])
        .await
        .unwrap();
    let named = [format!("public ({})", new.socket())];
    assert_eq!(in_use(removal().await), named, "it is being tried");
    roster
        .confirm_listeners(&app.by(&app.sid).await, Some(new.socket()))
        .await
        .unwrap();
    assert_eq!(in_use(removal().await), named, "it is confirmed");
    roster.try_listeners(&app.by(&app.sid).await, Vec::new()).await.unwrap();
    assert_eq!(in_use(removal().await), named, "it may come back");
    roster.confirm_listeners(&app.by(&app.sid).await, None).await.unwrap();
    removal().await.unwrap();
    assert!(roster.identity().is_none());
}
