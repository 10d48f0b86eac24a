//! The certificate: what is wrong with one is told before it is served, and the key is kept to oneself.

use domain::audit::Chain;
use domain::setting::Name;
use service::setting::NewTls;
use service::{Error, Outcome, Roster};
use testkit::app::secret;
use testkit::certificate::{Authority, Issued, self_signed};
use testkit::persona::refused;
use testkit::{App, on_both_databases};

on_both_databases! {
    a_certificate_that_fits_is_served_at_once,
    other_nodes_serve_it_too,
    what_does_not_fit_is_refused_with_how_to_mend_it,
    a_certificate_that_ends_soon_is_taken_with_a_warning,
    only_a_superuser_sets_it,
    the_key_is_kept_to_oneself,
    a_certificate_that_nobody_needs_is_removed_with_its_key,
    other_nodes_serve_it_no_more_and_notice_another,
}

const HOST: &str = "roster.example";

fn new(issued: &Issued, chain: &[&Authority]) -> NewTls {
    NewTls {
        certificate: issued.certificate.clone(),
        key: Some(secret(&issued.key)),
        chain: chain.iter().map(|authority| authority.pem()).collect(),
    }
}

fn served(roster: &Roster) -> Option<String> {
    roster
        .identity()
        .map(|identity| identity.certificate.fingerprint.clone())
}

async fn a_certificate_that_fits_is_served_at_once(app: App) {
    let root = Authority::new("Root");
    let middle = root.below("Middle");
    let issued = middle.issue(HOST);
    assert_eq!(served(&app.roster), None);
    let tried = app
        .roster
        .set_tls(&app.tried_by(&app.sid).await, new(&issued, &[&middle, &root]))
        .await
        .unwrap();
    assert_eq!(tried.identity.unwrap().certificate.names, [HOST]);
    assert_eq!(served(&app.roster), None, "trying sets nothing");
    let set = app
        .roster
        .set_tls(&app.by(&app.sid).await, new(&issued, &[&middle]))
        .await
        .unwrap();
    let identity = set.identity.unwrap();
    assert_eq!(
        (identity.certificate.issuer.as_str(), set.warnings.len()),
        ("CN=Middle", 0)
    );
    assert_eq!(served(&app.roster), Some(identity.certificate.fingerprint.clone()));
    // The next one by the same key needs none again; another needs its own.
    let again = NewTls {
        key: None,
        ..new(&issued, &[&middle, &root])
    };
    assert_eq!(
        app.roster
            .set_tls(&app.by(&app.sid).await, again)
            .await
            .unwrap()
            .identity
            .unwrap()
            .chain
            .len(),
        2
    );
    let other = NewTls {
        key: None,
        ..new(&middle.issue(HOST), &[&middle])
    };
    assert_eq!(
        field(app.roster.set_tls(&app.by(&app.sid).await, other).await).0,
        "/key"
    );
}

async fn other_nodes_serve_it_too(app: App) {
    let other = app.node(|_| {}).await;
    let root = Authority::new("Root");
    app.roster
        .set_tls(&app.by(&app.sid).await, new(&root.issue(HOST), &[&root]))
        .await
        .unwrap();
    other.refresh_settings().await.unwrap();
    assert!(served(&other).is_some());
    assert_eq!(served(&other), served(&app.roster));
}

/// Where it was refused, and why.
fn field<T: std::fmt::Debug>(set: Result<T, Error>) -> (String, String) {
    match set {
        Err(Error::Invalid(fields)) => (fields[0].pointer.clone(), fields[0].detail.clone()),
        other => panic!("not refused: {other:?}"),
    }
}

async fn what_does_not_fit_is_refused_with_how_to_mend_it(app: App) {
    let root = Authority::new("Root");
    let (middle, namesake) = (root.below("Middle"), root.below("Middle"));
    let good = middle.issue(HOST);
    let other = middle.issue(HOST);
    let with = |certificate: &str, key: &str, chain: &str| NewTls {
        certificate: certificate.to_owned(),
        key: Some(secret(key)),
        chain: chain.to_owned(),
    };
    let chain = format!("{}{}", middle.pem(), root.pem());
    let cut: String = good.certificate.lines().take(4).collect::<Vec<_>>().join("\n") + "\n-----END CERTIFICATE-----\n";
    let late = middle.issue_for(HOST, (2020, 1, 1), (2026, 11, 1));
    let early = middle.issue_for(HOST, (2027, 1, 1), (2040, 1, 1));
    let elsewhere = middle.issue("elsewhere.example");
    let locked = good.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let cases = [
        (with("", &good.key, ""), "/certificate", "-----BEGIN CERTIFICATE-----"),
        (with(&cut, &good.key, ""), "/certificate", "cut off or broken"),
        (
            with(&good.certificate, "", &chain),
            "/key",
            "-----BEGIN PRIVATE KEY-----",
        ),
        (with(&good.certificate, &locked, &chain), "/key", "openssl pkey"),
        (
            with(&good.certificate, &other.key, &chain),
            "/key",
            "belongs to another certificate",
        ),
        (
            with(&late.certificate, &late.key, &chain),
            "/certificate",
            "ended at 2026-11-01",
        ),
        (
            with(&early.certificate, &early.key, &chain),
            "/certificate",
            "begins at 2027-01-01",
        ),
        (
            with(&elsewhere.certificate, &elsewhere.key, &chain),
            "/certificate",
            "is for elsewhere.example, and people open roster.example",
        ),
        (
            with(&good.certificate, &good.key, &format!("{}{}", root.pem(), middle.pem())),
            "/chain",
            "out of order",
        ),
        (
            with(&good.certificate, &good.key, &namesake.pem()),
            "/chain",
            "did not sign this certificate",
        ),
        (
            with(&good.certificate, &good.key, "nonsense"),
            "/chain",
            "has no certificate in it",
        ),
    ];
    for (new, pointer, words) in cases {
        let (at, detail) = field(app.roster.set_tls(&app.by(&app.sid).await, new).await);
        assert_eq!(at, pointer, "{detail}");
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
    assert_eq!(served(&app.roster), None);
}

async fn a_certificate_that_ends_soon_is_taken_with_a_warning(app: App) {
    let root = Authority::new("Root");
    let soon = root.issue_for(HOST, (2020, 1, 1), (2026, 12, 2));
    let set = app
        .roster
        .set_tls(&app.by(&app.sid).await, new(&soon, &[&root]))
        .await
        .unwrap();
    assert!(set.warnings[0].starts_with("It ends in 9 days"), "{:?}", set.warnings);
    let alone = app
        .roster
        .set_tls(&app.by(&app.sid).await, new(&root.issue(HOST), &[]))
        .await
        .unwrap();
    assert!(
        alone.warnings[0].starts_with("There is no chain"),
        "{:?}",
        alone.warnings
    );
    let own = app
        .roster
        .set_tls(&app.by(&app.sid).await, new(&self_signed(HOST), &[]))
        .await
        .unwrap();
    assert!(
        own.warnings[0].starts_with("It is signed by itself"),
        "{:?}",
        own.warnings
    );
}

async fn only_a_superuser_sets_it(app: App) {
    let root = Authority::new("Root");
    for persona in [&app.olivia, &app.mia] {
        let request = app.by(persona).await;
        assert_eq!(refused(app.roster.tls(&request).await), "superuser_required");
        let set = app.roster.set_tls(&request, new(&root.issue(HOST), &[&root])).await;
        assert_eq!(refused(set), "superuser_required");
    }
}

async fn the_key_is_kept_to_oneself(app: App) {
    let root = Authority::new("Root");
    let issued = root.issue(HOST);
    let set = app
        .roster
        .set_tls(&app.by(&app.sid).await, new(&issued, &[&root]))
        .await
        .unwrap();
    let middle = issued.key.lines().nth(1).unwrap();
    assert!(!format!("{set:?}").contains(middle));
    let mut tx = app.roster.store().see_server().await.unwrap();
    let kept = store::setting::find(&mut tx, Name::Tls).await.unwrap().unwrap();
    assert!(!format!("{kept:?}").contains(middle));
    let told = store::audit::list(&mut tx, Chain::Instance, &service::audit::Filter::default(), 10)
        .await
        .unwrap();
    assert_eq!(
        (told[0].action.as_str(), &told[0].after["subject"]),
        ("tls.changed", &"CN=roster.example".into())
    );
    assert!(!format!("{told:?}").contains(middle));
}

async fn a_certificate_that_nobody_needs_is_removed_with_its_key(app: App) {
    let root = Authority::new("Root");
    let none = app.roster.remove_tls(&app.by(&app.sid).await).await;
    assert_eq!(refused(none), "not_found");
    let set = new(&root.issue(HOST), &[&root]);
    app.roster.set_tls(&app.by(&app.sid).await, set).await.unwrap();
    let stranger = app.roster.remove_tls(&app.by(&app.olivia).await).await;
    assert_eq!(refused(stranger), "superuser_required");
    let tried = app.roster.remove_tls(&app.tried_by(&app.sid).await).await.unwrap();
    assert!(matches!(tried, Outcome::Previewed(_)));
    assert!(served(&app.roster).is_some(), "trying removes nothing");
    app.roster.remove_tls(&app.by(&app.sid).await).await.unwrap();
    assert_eq!(served(&app.roster), None);
    let mut tx = app.roster.store().see_server().await.unwrap();
    let kept = store::setting::find(&mut tx, Name::Tls).await.unwrap().unwrap();
    assert!(kept.value.is_null() && kept.sealed.is_none());
    let told = store::audit::list(&mut tx, Chain::Instance, &service::audit::Filter::default(), 1)
        .await
        .unwrap();
    assert_eq!(
        (told[0].action.as_str(), &told[0].before["subject"]),
        ("tls.removed", &"CN=roster.example".into())
    );
    drop(tx);
    let again = app.roster.remove_tls(&app.by(&app.sid).await).await;
    assert_eq!(refused(again), "not_found");
    // No key is left that another certificate could do with.
    let alone = NewTls {
        key: None,
        ..new(&root.issue(HOST), &[&root])
    };
    let (at, detail) = field(app.roster.set_tls(&app.by(&app.sid).await, alone).await);
    assert_eq!((at.as_str(), detail.as_str()), ("/key", "is missing"));
}

async fn other_nodes_serve_it_no_more_and_notice_another(app: App) {
    let other = app.node(|_| {}).await;
    let root = Authority::new("Root");
    for _ in 0..2 {
        let set = new(&root.issue(HOST), &[&root]);
        app.roster.set_tls(&app.by(&app.sid).await, set).await.unwrap();
        other.refresh_settings().await.unwrap();
        assert_eq!(served(&other), served(&app.roster));
        app.roster.remove_tls(&app.by(&app.sid).await).await.unwrap();
        other.refresh_settings().await.unwrap();
        assert_eq!(served(&other), None);
    }
}
