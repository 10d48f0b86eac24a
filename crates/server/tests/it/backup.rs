//! Backups of running servers: whole, of one moment, and seen by nobody else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};
use testkit::app::Start;
use testkit::{On, on_both_databases};

use crate::house::{Caller, Ended, House, PASSWORD, exists};

on_both_databases! {
    what_was_acknowledged_before_a_backup_is_in_it_whoever_goes_on_writing,
    what_was_taken_away_since_is_told_by_name_and_no_session_comes_back,
    a_backup_goes_into_an_empty_place_only,
    the_key_goes_along_only_when_it_is_asked_for,
}

/// How many backups are made at most until something is written during one.
const TRIES: usize = 50;

/// Another empty place of the same kind.
pub async fn elsewhere(house: &House) -> House {
    let on = if house.database().is_some() {
        On::Postgres
    } else {
        On::Sqlite
    };
    House::start(on).await.expect("what started once starts again")
}

pub async fn backup(house: &House, name: &str, more: &[&str]) -> Ended {
    let file = house.path(name);
    let mut arguments = vec!["backup", file.to_str().unwrap()];
    arguments.extend(more);
    house.run(&arguments, "").await
}

pub async fn restore(from: &House, name: &str, to: &House, more: &[&str]) -> Ended {
    let file = from.path(name);
    let mut arguments = vec!["restore", file.to_str().unwrap()];
    arguments.extend(more);
    to.run(&arguments, "").await
}

pub fn done(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
}

/// Makes a member, who signs in with a temporary password.
pub async fn member(olivia: &Caller, name: &str) -> (u16, Value) {
    let email = format!("{}@example.net", name.to_lowercase());
    let person = json!({ "name": name, "username": name.to_lowercase(), "email": email, "role": "member" });
    olivia.post("/api/v1/organizations/acme/members", &person).await
}

async fn signed_in(url: &str) -> Caller {
    let (status, session) = Caller::new(url, "").sign_in("olivia", PASSWORD).await;
    assert_eq!(status, 201, "{session}");
    Caller::new(url, session["token"].as_str().unwrap())
}

/// Makes groups as fast as it can until it is told to stop; `made` counts those that were acknowledged.
async fn keep_making_groups(olivia: &Caller, made: &AtomicUsize, stop: &AtomicBool) {
    while !stop.load(Ordering::SeqCst) {
        let number = made.load(Ordering::SeqCst);
        let group = json!({ "name": format!("Group {number}"), "role": "guest" });
        let (status, answer) = olivia.post("/api/v1/organizations/acme/groups", &group).await;
        assert_eq!(status, 201, "{answer}");
        made.fetch_add(1, Ordering::SeqCst);
    }
}

async fn what_was_acknowledged_before_a_backup_is_in_it_whoever_goes_on_writing(house: House) {
    let (node, olivia) = house.settled().await;
    let (stop, made) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writing = tokio::spawn({
        let (stop, made) = (Arc::clone(&stop), Arc::clone(&made));
        async move { keep_making_groups(&olivia, &made, &stop).await }
    });
    // On a machine that is busy elsewhere nothing may have been written during one backup.
    let mut before = 0;
    for round in 0.. {
        assert!(round < TRIES, "nothing is ever written while a backup is made");
        before = made.load(Ordering::SeqCst);
        let _none_yet = fs::remove_file(house.path("first.tar"));
        done(&backup(&house, "first.tar", &["--with-key"]).await);
        if before > 0 && made.load(Ordering::SeqCst) > before {
            break;
        }
    }
    stop.store(true, Ordering::SeqCst);
    writing.await.unwrap();
    let mode = fs::metadata(house.path("first.tar")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    node.stop().await;

    let other = elsewhere(&house).await;
    done(&restore(&house, "first.tar", &other, &[]).await);
    // The chains of the log fit, the entry of the restoration among them.
    done(&other.run(&["doctor", "--listen", "127.0.0.1:0"], "").await);
    let node = other.serve(&[]).await;
    assert!(node.link().is_none(), "{}", node.said);
    let olivia = signed_in(&node.url).await;
    let groups = olivia.all("/api/v1/organizations/acme/groups").await;
    for number in 0..before {
        let name = json!(format!("Group {number}"));
        assert!(
            groups.iter().any(|group| group["name"] == name),
            "{number} of {before} is missing"
        );
    }
    assert_eq!(member(&olivia, "Later").await.0, 201);
    node.stop().await;
}

async fn what_was_taken_away_since_is_told_by_name_and_no_session_comes_back(house: House) {
    let (node, olivia) = house.settled().await;
    let (_, mia) = member(&olivia, "Mia").await;
    let (_, noor) = member(&olivia, "Noor").await;
    let invited = json!({ "email": "ida@example.com", "role": "member" });
    let (_, invitation) = olivia.post("/api/v1/organizations/acme/invitations", &invited).await;
    let link = invitation["link"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    done(&backup(&house, "first.tar", &["--with-key"]).await);

    let path = |person: &Value| {
        let id = person["member"]["id"].as_str().unwrap();
        format!("/api/v1/organizations/acme/members/{id}/disablement")
    };
    for person in [&mia, &noor] {
        let (status, answer) = crate::house::answer(olivia.request("PUT", &path(person)).json(&json!({}))).await;
        assert_eq!(status, 200, "{answer}");
    }
    crate::house::answer(olivia.request("DELETE", &path(&noor))).await;
    node.stop().await;

    let other = elsewhere(&house).await;
    let data = house.data();
    let former = house.database().unwrap_or_else(|| data.to_str().unwrap());
    let restored = restore(&house, "first.tar", &other, &["--former", former]).await;
    done(&restored);
    assert!(restored.out.contains("Mia is active again"), "{}", restored.out);
    assert!(!restored.out.contains("Noor"), "{}", restored.out);
    assert!(restored.out.contains("1 open invitations"), "{}", restored.out);

    let node = other.serve(&[]).await;
    let old = Caller::new(&node.url, &olivia.token);
    assert_eq!(old.get("/api/v1/me").await.0, 401, "the session of before has ended");
    let looked = node
        .anyone()
        .post("/api/v1/invitation-lookups", &json!({ "token": link }))
        .await;
    assert_eq!(looked.0, 404, "{}", looked.1);
    let olivia = signed_in(&node.url).await;
    let (status, found) = olivia.get("/api/v1/organizations/acme/members?query=mia").await;
    assert_eq!(
        (status, &found["items"][0]["status"]),
        (200, &json!("active")),
        "{found}"
    );
    node.stop().await;
}

async fn a_backup_goes_into_an_empty_place_only(house: House) {
    let (node, _) = house.settled().await;
    done(&backup(&house, "first.tar", &["--with-key"]).await);
    backup(&house, "first.tar", &[])
        .await
        .is_refused(&["first.tar", "exists"]);
    node.stop().await;
    restore(&house, "first.tar", &house, &[])
        .await
        .is_refused(&["already", "empty"]);
    let node = house.serve(&[]).await;
    assert_eq!(
        node.anyone().sign_in("olivia", PASSWORD).await.0,
        201,
        "nothing was touched"
    );
    node.stop().await;
    let hidden = fs::read_dir(house.path("")).unwrap();
    let hidden = hidden.filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with('.'));
    assert_eq!(hidden.count(), 0, "no draft is left behind");
}

async fn the_key_goes_along_only_when_it_is_asked_for(house: House) {
    let (node, _) = house.settled().await;
    let without = backup(&house, "without.tar", &[]).await;
    done(&without);
    assert!(without.out.contains("NOT"), "{}", without.out);
    done(&backup(&house, "with.tar", &["--with-key"]).await);
    node.stop().await;

    let shut = elsewhere(&house).await;
    let told = restore(&house, "without.tar", &shut, &[]).await;
    done(&told);
    assert!(told.out.contains("ROSTER_KEY"), "{}", told.out);
    if house.database().is_none() {
        let key = fs::read(house.data().join("roster.key")).unwrap();
        let key = key.trim_ascii();
        let holds = |name: &str| {
            fs::read(house.path(name))
                .unwrap()
                .windows(key.len())
                .any(|part| part == key)
        };
        assert_eq!((holds("without.tar"), holds("with.tar")), (false, true));
        assert!(!exists(&shut.data().join("roster.key")));
    }
    shut.run(&["serve", "--listen", "127.0.0.1:0"], "")
        .await
        .is_refused(&["key", "sealed"]);

    let open = elsewhere(&house).await;
    done(&restore(&house, "with.tar", &open, &[]).await);
    let node = open.serve(&[]).await;
    assert_eq!(node.anyone().sign_in("olivia", PASSWORD).await.0, 201);
    node.stop().await;
}
