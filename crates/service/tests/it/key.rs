//! What is sealed outlives the key: another takes its place, and the old one opens nothing any more.

use domain::audit::Chain;
use domain::setting::Name;
use secrecy::ExposeSecret;
use service::ambient::Clock;
use service::setting::SmtpChange;
use service::{Key, Roster, key};
use store::audit_forwarding::Kept;
use store::sealed::{Place, all};
use testkit::app::secret;
use testkit::{App, on_both_databases};

on_both_databases! {
    what_is_sealed_opens_by_the_new_key_and_by_it_alone,
    nothing_changes_where_something_does_not_open,
    a_key_in_the_database_is_replaced_there,
}

const OLD: [u8; 32] = [7; 32];
const NEW: [u8; 32] = [8; 32];

fn by_key(app: &App, roster: &Roster, bytes: [u8; 32]) -> Roster {
    let hasher = service::Hasher::new(service::Params::smallest(), 1);
    let clock = Clock::Manual(std::sync::Arc::new(app.roster.now().micros().into()));
    Roster::new(
        roster.store().clone(),
        hasher,
        clock,
        app.roster.settings().clone(),
        Key::from_entropy(bytes),
    )
}

/// A mail server's password, an authenticator app, a round trip that was begun, and where the log goes.
async fn seal_some(app: &App) -> Roster {
    let roster = app.node(|settings| settings.mail = None).await;
    let change = SmtpChange {
        url: Some(Some("smtps://mail.example.com".to_owned())),
        username: Some(Some("roster".to_owned())),
        password: Some(Some(secret("vermilion kettle"))),
        ..SmtpChange::default()
    };
    roster.change_smtp(&app.by(&app.sid).await, change).await.unwrap();
    roster.begin_totp(&app.by(&app.mia).await).await.unwrap();
    let mut tx = roster.store().sign_in().await.unwrap();
    roster.begin_ceremony(&mut tx, "trip", &"there and back").await.unwrap();
    let secret = roster.seal("audit forwarding instance", b"a token for the log");
    let kept = Kept {
        url: "https://log.example",
        authentication: "bearer",
        sealed_secret: Some(&secret),
        trusted_certificate: None,
    };
    store::audit_forwarding::put(&mut tx, Chain::Instance, &kept, roster.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    roster
}

async fn what_is_sealed_opens_by_the_new_key_and_by_it_alone(app: App) {
    let roster = seal_some(&app).await;
    let store = roster.store();
    let (old, new) = (Key::from_entropy(OLD), Key::from_entropy(NEW));
    assert!(key::fits(store, &old).await.unwrap());
    assert_eq!(key::rotate(store, &old, &new, false, roster.now()).await.unwrap(), 4);
    assert!(key::fits(store, &new).await.unwrap() && !key::fits(store, &old).await.unwrap());
    let later = by_key(&app, &roster, NEW);
    let mut tx = store.see_server().await.unwrap();
    let smtp = store::setting::find(&mut tx, Name::Smtp).await.unwrap().unwrap();
    let sealed = smtp.sealed.unwrap();
    assert_eq!(later.open_seal("setting smtp", &sealed).unwrap(), b"vermilion kettle");
    assert!(roster.open_seal("setting smtp", &sealed).is_err());
    let apps = all(&mut tx, Place::Totp).await.unwrap();
    let purpose = format!("totp {}", app.mia.account);
    assert_eq!(later.open_seal(&purpose, &apps[0].text).unwrap().len(), 20);
    let told = store::audit::list(&mut tx, Chain::Instance, &service::audit::Filter::default(), 1)
        .await
        .unwrap();
    assert_eq!(
        (told[0].action.as_str(), &told[0].after["secrets"]),
        ("key.rotated", &4.into())
    );
}

async fn nothing_changes_where_something_does_not_open(app: App) {
    let roster = seal_some(&app).await;
    let store = roster.store();
    let (other, new) = (Key::from_entropy([9; 32]), Key::from_entropy(NEW));
    let error = key::rotate(store, &other, &new, false, roster.now()).await.unwrap_err();
    assert!(service::superuser::one_line(&error).contains("nothing was changed"));
    let mut tx = store.see_server().await.unwrap();
    let smtp = store::setting::find(&mut tx, Name::Smtp).await.unwrap().unwrap();
    assert!(roster.open_seal("setting smtp", &smtp.sealed.unwrap()).is_ok());
}

async fn a_key_in_the_database_is_replaced_there(app: App) {
    let store = app.roster.store();
    let old = key::kept_in_database(store).await.unwrap();
    let new = key::new();
    // A node that serves stands in the way on PostgreSQL; on SQLite a file beside the database does.
    let listening = store.elsewhere().await.unwrap();
    if !store.is_sqlite() {
        let refused = key::rotate(store, &old, &new, true, app.roster.now())
            .await
            .unwrap_err();
        assert_eq!(service::superuser::one_line(&refused), key::SERVED);
    }
    listening.end().await;
    key::rotate(store, &old, &new, true, app.roster.now()).await.unwrap();
    let kept = key::kept_in_database(store).await.unwrap();
    assert_eq!(kept.written().expose_secret(), new.written().expose_secret());
}
