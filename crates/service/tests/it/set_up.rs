//! The first minutes of an instance.

use domain::time::HOUR;
use service::demo::DemoState;
use service::set_up::SetUp;
use testkit::app::{Empty, origin, secret};
use testkit::on_both_databases;
use testkit::persona::{PASSWORD, refused, request};

on_both_databases! {
    the_first_link_makes_superuser_and_organization_once,
    a_set_up_link_is_good_for_an_hour_and_until_the_next,
    an_instance_with_people_is_never_set_up_again,
    of_two_who_follow_the_link_at_once_one_sets_up,
}

fn wishes() -> SetUp {
    SetUp {
        organization_name: "Acme".to_owned(),
        slug: "acme".to_owned(),
        preset: None,
        name: "Olivia".to_owned(),
        username: "olivia".to_owned(),
        email: "olivia@example.com".to_owned(),
        password: secret(PASSWORD),
    }
}

async fn the_first_link_makes_superuser_and_organization_once(app: Empty) {
    let link = app.roster.offer_set_up().await.unwrap().unwrap();
    app.roster.look_up_set_up(link.expose()).await.unwrap();
    let weak = SetUp {
        password: secret("acme acme acme acme"),
        slug: "A!".to_owned(),
        ..wishes()
    };
    assert!(refused(app.roster.set_up(link.expose(), weak, &origin()).await).starts_with("/organization/slug"));
    let of_somebody_else = SetUp {
        username: "adam@example.com".to_owned(),
        ..wishes()
    };
    assert_eq!(
        refused(app.roster.set_up(link.expose(), of_somebody_else, &origin()).await),
        "/account/username with @ must be the account's own e-mail address"
    );
    let ready = app.roster.set_up(link.expose(), wishes(), &origin()).await.unwrap();
    assert!(ready.account.superuser);
    let olivia = request(&app.roster, ready.token.expose()).await;
    let me = app.roster.me(&olivia).await.unwrap();
    assert_eq!(
        (me.memberships[0].slug.as_str(), me.memberships[0].role.as_str()),
        ("acme", "Owner")
    );
    assert_eq!(
        refused(app.roster.set_up(link.expose(), wishes(), &origin()).await),
        "link_invalid"
    );
    assert!(app.roster.offer_set_up().await.unwrap().is_none());
    assert_eq!(app.roster.demo_state().await.unwrap(), DemoState::Other);
}

async fn a_set_up_link_is_good_for_an_hour_and_until_the_next(app: Empty) {
    let first = app.roster.offer_set_up().await.unwrap().unwrap();
    let second = app.roster.offer_set_up().await.unwrap().unwrap();
    assert_eq!(refused(app.roster.look_up_set_up(first.expose()).await), "link_invalid");
    app.pass(HOUR);
    assert_eq!(
        refused(app.roster.look_up_set_up(second.expose()).await),
        "link_invalid"
    );
    assert_eq!(
        refused(app.roster.set_up(second.expose(), wishes(), &origin()).await),
        "link_invalid"
    );
}

async fn an_instance_with_people_is_never_set_up_again(app: Empty) {
    let link = app.roster.offer_set_up().await.unwrap().unwrap();
    app.roster
        .create_superuser("sid", "sid@example.com", None, secret(PASSWORD))
        .await
        .unwrap();
    assert_eq!(
        refused(app.roster.set_up(link.expose(), wishes(), &origin()).await),
        "already_set_up"
    );
}

async fn of_two_who_follow_the_link_at_once_one_sets_up(app: Empty) {
    let link = app.roster.offer_set_up().await.unwrap().unwrap();
    let other = SetUp {
        slug: "other".to_owned(),
        username: "eve".to_owned(),
        email: "eve@example.com".to_owned(),
        ..wishes()
    };
    let origin = origin();
    let (one, two) = tokio::join!(
        app.roster.set_up(link.expose(), wishes(), &origin),
        app.roster.set_up(link.expose(), other, &origin)
    );
    assert!(one.is_ok() != two.is_ok());
    let mut tx = app.roster.store().see_server().await.unwrap();
    assert_eq!(
        store::organization::list_all(&mut tx, None, None, 5)
            .await
            .unwrap()
            .len(),
        1
    );
}
