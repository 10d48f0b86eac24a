//! Entries go on to another place as they are written, and none is lost, whatever becomes of the place.

use domain::audit::Chain;
use domain::audit::verification::{Extent, Verification};
use domain::permission::AuditLogManage;
use domain::time::{DAY, MINUTE};
use service::audit::forwarding::{self, NewForwarding, Start, View};
use service::audit::retention;
use service::member::role_change::change_role;
use service::{Outcome, Roster};
use testkit::persona::{PASSWORD, done, refused, sign_in};
use testkit::receiver::{Receiver, Speaks};
use testkit::{App, on_both_databases};

use crate::story::manage;

on_both_databases! {
    entries_arrive_signed_over_https_and_verify_there,
    a_syslog_server_gets_each_entry_over_tcp_and_tls,
    a_receiver_that_is_down_gets_everything_later,
    a_receiver_that_dies_in_the_middle_gets_it_again,
    the_instances_forwarding_tells_of_every_log,
    of_two_nodes_one_sends,
    an_organization_does_not_send_inside_and_says_why,
    what_has_not_arrived_is_not_removed_for_its_age,
    only_who_may_sets_it_and_the_secret_stays_where_it_is,
}

fn to(url: String) -> NewForwarding {
    NewForwarding {
        url,
        start: Start::Beginning,
        ..NewForwarding::default()
    }
}

/// Where organizations may send inside, as these receivers are.
async fn inside(app: &App) -> Roster {
    app.node(|settings| settings.forward_inside = true).await
}

async fn set(app: &App, roster: &Roster, new: NewForwarding) -> View {
    let request = app.by(&app.olivia).await;
    let authorized = roster.authorize::<AuditLogManage>(&request, &app.acme).await.unwrap();
    done(forwarding::set(authorized, new).await)
}

async fn view(app: &App) -> View {
    let request = app.by(&app.olivia).await;
    let seen = app.roster.see::<AuditLogManage>(&request, &app.acme).await.unwrap();
    forwarding::see(seen).await.unwrap().unwrap()
}

/// Until nothing is due any more.
async fn forward(roster: &Roster) {
    while roster.forward_due("node").await.unwrap() > 0 {}
}

#[track_caller]
fn verified(entries: &[String]) -> u64 {
    let mut verification = Verification::new(Extent::Whole);
    for line in entries {
        verification.line(line).unwrap();
    }
    let verified = verification.finish().unwrap();
    assert_eq!(verified.first.number, 1);
    verified.count
}

async fn act(app: &App, role: &str) {
    done(change_role(manage(app, &app.adam).await, app.gus.id(), role, None).await);
}

async fn entries_arrive_signed_over_https_and_verify_there(app: App) {
    let receiver = Receiver::start_with_tls(Speaks::Http).await;
    let roster = inside(&app).await;
    let new = NewForwarding {
        authentication: Some("signature".to_owned()),
        secret: Some(testkit::app::secret("a-secret-of-both-of-us")),
        trusted_certificate: Some(receiver.certificate.clone()),
        ..to(format!("https://localhost:{}/in", receiver.address.port()))
    };
    let before = set(&app, &roster, new).await.lag.entries;
    assert!(before > 0);
    forward(&roster).await;
    let arrived = verified(&receiver.entries());
    assert_eq!(arrived, before.unsigned_abs() + 1, "setting it is an entry too");
    let head = receiver.received()[0].head.to_lowercase();
    assert!(head.starts_with("post /in http/1.1"), "{head}");
    assert!(
        head.contains("webhook-signature: v1,") && head.contains("webhook-id: evt_"),
        "{head}"
    );
    assert!(!head.contains("a-secret"), "{head}");
    // What follows goes on from there.
    act(&app, "member").await;
    forward(&roster).await;
    assert_eq!(verified(&receiver.entries()), arrived + 1);
    let view = view(&app).await;
    assert_eq!(
        (view.lag.entries, view.lag.since, view.forwarding.last_error),
        (0, None, None)
    );
    assert!(view.forwarding.delivered_at.is_some());
}

async fn a_syslog_server_gets_each_entry_over_tcp_and_tls(app: App) {
    let roster = inside(&app).await;
    let plain = Receiver::start(Speaks::Syslog).await;
    set(&app, &roster, to(format!("syslog+tcp://{}", plain.address))).await;
    forward(&roster).await;
    verified(&plain.entries());
    let message = plain.received()[0].body.clone();
    assert!(message.starts_with("<110>1 2026-11-22T09:"), "{message}");
    assert!(
        message.contains(" roster.example roster - organization.created - {"),
        "{message}"
    );
    let secured = Receiver::start_with_tls(Speaks::Syslog).await;
    let new = NewForwarding {
        trusted_certificate: Some(secured.certificate.clone()),
        ..to(format!("syslog+tls://localhost:{}", secured.address.port()))
    };
    set(&app, &roster, new).await;
    forward(&roster).await;
    assert_eq!(verified(&secured.entries()), verified(&plain.entries()) + 1);
    // Nobody else's certificate will do.
    set(
        &app,
        &roster,
        to(format!("syslog+tls://localhost:{}", secured.address.port())),
    )
    .await;
    forward(&roster).await;
    let error = view(&app).await.forwarding.last_error.unwrap();
    assert!(error.contains("no TLS with localhost"), "{error}");
}

async fn a_receiver_that_is_down_gets_everything_later(app: App) {
    let receiver = Receiver::start(Speaks::Http).await;
    let roster = inside(&app).await;
    let request = app.by(&app.sid).await;
    let new = to(format!("http://{}/in", receiver.address));
    done(roster.set_audit_forwarding(&request, &new).await);
    receiver.behave(false);
    forward(&roster).await;
    assert_eq!(receiver.entries().len(), 0);
    let by_sid = app.by(&app.sid).await;
    let failing = roster.audit_forwarding(&by_sid).await.unwrap().unwrap();
    assert_eq!(
        failing.forwarding.last_error.as_deref(),
        Some("it answered 503 Service Unavailable")
    );
    assert_eq!(failing.forwarding.attempts, 1);
    let since = failing.forwarding.failing_since;
    // It is not asked again before its time, and then less and less often.
    for attempt in 1..=9 {
        assert_eq!(roster.forward_due("node").await.unwrap(), 0);
        let by_sid = app.by(&app.sid).await;
        let failing = roster.audit_forwarding(&by_sid).await.unwrap().unwrap();
        assert_eq!(failing.forwarding.attempts, attempt);
        let wait = failing.forwarding.due_at.since(roster.now());
        assert!(wait > 0 && wait <= 5 * MINUTE);
        app.pass(wait);
        if attempt < 9 {
            roster.forward_due("node").await.unwrap();
        }
    }
    act(&app, "member").await;
    receiver.behave(true);
    forward(&roster).await;
    let by_sid = app.by(&app.sid).await;
    let well = roster.audit_forwarding(&by_sid).await.unwrap().unwrap();
    assert_eq!((well.lag.entries, well.forwarding.failing_since), (0, None));
    assert!(since.is_some());
    assert!(receiver.entries().len() > 10);
}

async fn a_receiver_that_dies_in_the_middle_gets_it_again(app: App) {
    let receiver = Receiver::start(Speaks::Syslog).await;
    let roster = inside(&app).await;
    receiver.behave(false);
    set(&app, &roster, to(format!("syslog+tcp://{}", receiver.address))).await;
    assert_eq!(roster.forward_due("node").await.unwrap(), 0);
    let failing = view(&app).await;
    let error = failing.forwarding.last_error.clone().unwrap();
    assert!(error.contains("broke"), "{error}");
    assert!(failing.lag.entries > 0 && failing.lag.since.is_some());
    receiver.behave(true);
    app.pass(MINUTE);
    // Another node goes on where this one was: how far it had come is in the database.
    let other = inside(&app).await;
    forward(&other).await;
    verified(&receiver.entries());
    assert_eq!(view(&app).await.lag.entries, 0);
}

async fn the_instances_forwarding_tells_of_every_log(app: App) {
    let receiver = Receiver::start(Speaks::Http).await;
    let new = to(format!("http://{}/", receiver.address));
    done(app.roster.set_audit_forwarding(&app.by(&app.sid).await, &new).await);
    forward(&app.roster).await;
    act(&app, "member").await;
    // An organization that is opened afterwards too.
    testkit::persona::open(&app.roster, &app.sid, "third", "tom", "standard").await;
    forward(&app.roster).await;
    let mut logs: std::collections::BTreeMap<Chain, Vec<String>> = std::collections::BTreeMap::new();
    for line in receiver.entries() {
        let entry: domain::audit::Entry = serde_json::from_str(&line).unwrap();
        logs.entry(entry.chain).or_default().push(line);
    }
    assert_eq!(logs.len(), 4, "the instance, acme, elsewhere and the third");
    assert!(logs.contains_key(&Chain::Instance));
    for entries in logs.values() {
        verified(entries);
    }
    let by_sid = app.by(&app.sid).await;
    done(app.roster.stop_audit_forwarding(&by_sid).await);
    assert!(app.roster.audit_forwarding(&by_sid).await.unwrap().is_none());
    assert_eq!(refused(app.roster.stop_audit_forwarding(&by_sid).await), "not_found");
    let by_olivia = app.by(&app.olivia).await;
    assert_eq!(
        refused(app.roster.set_audit_forwarding(&by_olivia, &new).await),
        "superuser_required"
    );
}

async fn of_two_nodes_one_sends(app: App) {
    let receiver = Receiver::start(Speaks::Http).await;
    let (one, other) = (app.roster.clone(), app.peer().await);
    let new = to(format!("http://{}/", receiver.address));
    done(app.roster.set_audit_forwarding(&app.by(&app.sid).await, &new).await);
    for turn in 0..5 {
        act(&app, if turn % 2 == 0 { "member" } else { "guest" }).await;
        let (first, second) = tokio::join!(one.forward_due("one"), other.forward_due("other"));
        first.unwrap();
        second.unwrap();
    }
    forward(&one).await;
    let entries = receiver.entries();
    let ids: std::collections::BTreeSet<_> = entries.iter().collect();
    assert_eq!(ids.len(), entries.len(), "none twice while nobody fails");
}

async fn an_organization_does_not_send_inside_and_says_why(app: App) {
    let request = app.by(&app.olivia).await;
    let refusal = |url: &'static str| {
        let (app, request) = (&app, &request);
        async move {
            let authorized = app
                .roster
                .authorize::<AuditLogManage>(request, &app.acme)
                .await
                .unwrap();
            refused(forwarding::set(authorized, to(url.to_owned())).await)
        }
    };
    let told = refusal("https://169.254.169.254/latest").await;
    assert!(told.starts_with("/url 169.254.169.254 is an address inside"), "{told}");
    assert!(refusal("http://log.example.com").await.contains("must be https://"));
    assert!(refusal("log.example.com").await.contains("must be https://host/path"));
    // A name that turns out to be inside is not connected to.
    let receiver = Receiver::start(Speaks::Syslog).await;
    let url = format!("syslog+tcp://localhost:{}", receiver.address.port());
    set(&app, &app.roster, to(url)).await;
    assert_eq!(app.roster.forward_due("node").await.unwrap(), 0);
    let error = view(&app).await.forwarding.last_error.unwrap();
    assert!(error.contains("inside this server's network"), "{error}");
    assert_eq!(receiver.received().len(), 0);
}

async fn what_has_not_arrived_is_not_removed_for_its_age(mut app: App) {
    let receiver = Receiver::start(Speaks::Http).await;
    let roster = inside(&app).await;
    receiver.behave(false);
    done(
        roster
            .set_audit_forwarding(&app.by(&app.sid).await, &to(format!("http://{}/", receiver.address)))
            .await,
    );
    let request = app.by(&app.olivia).await;
    let authorized = app
        .roster
        .authorize::<AuditLogManage>(&request, &app.acme)
        .await
        .unwrap();
    done(retention::change(authorized, Some(1)).await);
    app.pass(3 * DAY);
    forward(&roster).await;
    roster.tend_audit_log().await.unwrap();
    receiver.behave(true);
    app.pass(5 * MINUTE);
    forward(&roster).await;
    let acme: Vec<String> = receiver
        .entries()
        .into_iter()
        .filter(|line| line.contains("\"Acme\""))
        .collect();
    assert!(acme[0].contains("\"number\":1,"), "{}", acme[0]);
    roster.tend_audit_log().await.unwrap();
    app.olivia.token = sign_in(&app.roster, "olivia", PASSWORD).await;
    let request = app.by(&app.olivia).await;
    let mut seen = app.roster.see(&request, &app.acme).await.unwrap();
    let state = service::audit::state(&mut seen).await.unwrap().unwrap();
    assert!(state.checkpoint.number > 1);
}

async fn only_who_may_sets_it_and_the_secret_stays_where_it_is(app: App) {
    let request = app.by(&app.mia).await;
    assert_eq!(
        refused(app.roster.authorize::<AuditLogManage>(&request, &app.acme).await),
        "permission_required"
    );
    let receiver = Receiver::start(Speaks::Http).await;
    let roster = inside(&app).await;
    let new = |url: String, secret: Option<&str>| NewForwarding {
        authentication: Some("bearer".to_owned()),
        secret: secret.map(testkit::app::secret),
        ..to(url)
    };
    let url = format!("http://{}/a", receiver.address);
    let elsewhere = format!("http://{}/b", receiver.address);
    set(&app, &roster, new(url.clone(), Some("a-secret-of-both-of-us"))).await;
    // The same address keeps it; another has to be told it.
    set(&app, &roster, new(url, None)).await;
    forward(&roster).await;
    assert!(receiver.received()[0].head.contains("Bearer a-secret-of-both-of-us"));
    for (url, secret) in [(elsewhere.clone(), None), (elsewhere, Some("short"))] {
        let request = app.by(&app.olivia).await;
        let authorized = roster.authorize::<AuditLogManage>(&request, &app.acme).await.unwrap();
        let told = refused(forwarding::set(authorized, new(url, secret)).await);
        assert!(told.starts_with("/secret is needed"), "{told}");
    }
    assert!(
        !receiver.entries().concat().contains("a-secret-of-both-of-us"),
        "the log tells no secret"
    );
    let tried = app.tried_by(&app.olivia).await;
    let authorized = roster.authorize::<AuditLogManage>(&tried, &app.acme).await.unwrap();
    assert!(matches!(forwarding::stop(authorized).await, Ok(Outcome::Previewed(_))));
    view(&app).await;
}
