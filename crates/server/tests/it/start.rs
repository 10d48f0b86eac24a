//! The first start, set-up, and the first superuser without it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use testkit::app::Start;
use testkit::breached::{STOLEN, list};
use testkit::{On, on_both_databases};

use crate::house::{House, PASSWORD};

on_both_databases! {
    an_empty_instance_is_set_up_by_the_latest_link_once,
    a_superuser_made_on_the_database_signs_in_without_ceremony,
}

#[tokio::test]
async fn the_first_start_makes_a_folder_that_is_its_owners_alone() {
    let house = House::new();
    let node = house.serve(&[]).await;
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&house.data()), 0o700);
    assert!(house.file().is_file());
    assert_eq!(node.anyone().get("/healthz").await.0, 200);
    assert_eq!(node.anyone().get("/readyz").await.0, 200);
    node.stop().await;
}

async fn an_empty_instance_is_set_up_by_the_latest_link_once(house: House) {
    let first = house.serve(&[]).await;
    let old = first.link().expect("an empty instance prints a link").to_owned();
    first.stop().await;
    let second = house.serve(&[]).await;
    let link = second.link().expect("it is still empty").to_owned();
    assert_ne!(old, link);
    // Whoever opens the link, a mail scanner for one, uses nothing up.
    for _ in 0..2 {
        assert_eq!(second.anyone().get(&format!("/set-up/{link}")).await.0, 200);
    }
    assert_ne!(second.anyone().get(&format!("/set-up/{old}")).await.0, 200);
    assert_eq!(second.anyone().set_up(&old).await.0 / 100, 4);
    let olivia = second.set_up().await;
    assert_eq!(olivia.get("/api/v1/organizations/acme").await.0, 200);
    assert_eq!(second.anyone().set_up(&link).await.0 / 100, 4);
    assert_ne!(second.anyone().get(&format!("/set-up/{link}")).await.0, 200);
    second.stop().await;
    let third = house.serve(&[]).await;
    assert_eq!(third.link(), None, "{}", third.said);
    assert_eq!(third.anyone().sign_in("olivia", PASSWORD).await.0, 201);
    third.stop().await;
}

async fn a_superuser_made_on_the_database_signs_in_without_ceremony(house: House) {
    let create = |username: &'static str| {
        let email = format!("{username}@example.com");
        [
            "superuser",
            "create",
            "--username",
            username,
            "--email",
            &email,
            "--password-stdin",
        ]
        .map(str::to_owned)
    };
    let run = async |username: &'static str, password: &str| {
        let arguments = create(username);
        house
            .run(&arguments.each_ref().map(String::as_str), &format!("{password}\n"))
            .await
    };
    run("sid", "short").await.is_refused(&["password", "15"]);
    let made = run("sid", PASSWORD).await;
    assert_eq!((made.code, made.err.as_str()), (Some(0), ""));
    assert!(!made.out.contains(PASSWORD));
    run("sid", PASSWORD).await.is_refused(&["sid"]);
    let node = house.serve(&[]).await;
    assert_eq!(node.link(), None, "{}", node.said);
    let (status, answer) = node.anyone().sign_in("sid@example.com", PASSWORD).await;
    assert_eq!((status, &answer["next"]), (201, &json!("done")), "{answer}");
    assert_eq!(answer["account"]["superuser"], json!(true), "{answer}");
    node.stop().await;
}

/// The list counts from the first password on, and tells of nothing it has seen.
#[tokio::test]
async fn the_first_superuser_has_no_stolen_password_either() {
    let house = House::new();
    let list = list();
    let path = list.path().to_str().unwrap();
    let create = [
        "superuser",
        "create",
        "--username",
        "sid",
        "--email",
        "sid@example.com",
        "--password-stdin",
        "--password-breached-list",
        path,
    ];
    let refused = house.run(&create, &format!("{STOLEN}\n")).await;
    refused.is_refused(&["password", "stolen"]);
    assert!(!refused.err.contains(STOLEN));
    fs::write(
        house.path("roster.toml"),
        format!("[password]\nbreached_list = {path:?}\n"),
    )
    .unwrap();
    let node = house
        .serve(&["--config", house.path("roster.toml").to_str().unwrap()])
        .await;
    let wanted = |password: &str| {
        json!({
            "token": node.link().unwrap(),
            "organization": { "name": "Acme", "slug": "acme" },
            "account": { "name": "Olivia", "username": "olivia", "email": "olivia@example.com", "password": password },
        })
    };
    let (status, answer) = node.anyone().post("/api/v1/set-up", &wanted(STOLEN)).await;
    assert_eq!(status, 422, "{answer}");
    assert_eq!(answer["errors"][0]["pointer"], json!("/account/password"), "{answer}");
    assert!(answer.to_string().contains("stolen"), "{answer}");
    assert!(!node.log().contains(STOLEN), "{}", node.log());
    assert_eq!(node.anyone().post("/api/v1/set-up", &wanted(PASSWORD)).await.0, 201);
    node.stop().await;
}

/// Two nodes that start on one empty database at the same moment make it once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_start_at_once_on_one_database() {
    let Some(house) = House::start(On::Postgres).await else {
        return;
    };
    let (left, right) = tokio::join!(house.serve(&[]), house.serve(&[]));
    let mut good = 0;
    for node in [&left, &right] {
        assert_eq!(node.anyone().get("/readyz").await.0, 200);
        let link = node.link().unwrap();
        good += usize::from(left.anyone().get(&format!("/set-up/{link}")).await.0 == 200);
    }
    assert_eq!(good, 1, "the later link is the only one");
    let mut set_up = Vec::new();
    for node in [&left, &right] {
        set_up.push(right.anyone().set_up(node.link().unwrap()).await.0);
    }
    set_up.sort_unstable();
    assert_eq!(set_up[0], 201, "{set_up:?}");
    assert_ne!(set_up[1], 201);
    for node in [left, right] {
        assert_eq!(node.anyone().sign_in("olivia", PASSWORD).await.0, 201);
        node.stop().await;
    }
}
