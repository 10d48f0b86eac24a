//! Adding people by the handles they have on a host of repositories.

use domain::member::MemberStatus;
use domain::permission::ProjectCreate;
use domain::project::{Repository, Visibility};
use service::federation::Asked;
use service::handle::{Added, Row, add, list};
use service::sign_in::Errand;
use service::{Outcome, Request};
use testkit::elsewhere::Elsewhere;
use testkit::persona::refused;
use testkit::{Persona, on_both_databases};

on_both_databases! {
    people_seen_with_repository_access_are_there_to_choose_from,
    whoever_is_not_known_is_invited_for_the_hosts_own_id,
    whoever_is_known_is_asked_to_agree,
    a_handle_counts_letter_by_letter,
    a_broken_link_says_401_and_how_to_mend_it,
    who_may_only_invite_asks_those_who_are_known_too,
    nobody_is_added_by_who_may_not,
    a_nickname_of_bitbucket_is_looked_for_in_the_workspace,
}

async fn connect(world: &Elsewhere, who: &Persona, provider: &str, login: &str) -> Request {
    let request = world.app.by(who).await;
    let errand = Errand::Link { account: who.account };
    let back = world.go(provider, login, Asked::Repositories, errand).await;
    world.arrive(&back, Some(&request)).await.unwrap();
    world.app.by(who).await
}

/// A project of Acme whose repository three people work on.
async fn hosted(world: &Elsewhere, name: &str) {
    let host = world.host.url.trim_start_matches("http://").to_owned();
    let request = world.app.by(&world.app.olivia).await;
    let authorized = world
        .app
        .roster
        .authorize::<ProjectCreate>(&request, &world.app.acme)
        .await
        .unwrap();
    let new = service::project::NewProject {
        name: name.to_owned(),
        visibility: Some(Visibility::MembersOnly),
        repository: Some(Repository {
            host,
            name: format!("acme/{name}"),
        }),
        ..service::project::NewProject::default()
    };
    testkit::persona::done(service::project::create(authorized, new).await);
    for (handle, right) in [("OliviaCodes", "admin"), ("TomFern", "write"), ("gracehopper", "read")] {
        world.host.share(&format!("acme/{name}"), handle, right);
    }
}

async fn peopled(world: &Elsewhere) {
    world.host.add(1, "OliviaCodes", "olivia@elsewhere.example");
    world.host.add(2, "TomFern", "tom@elsewhere.example");
    world.host.add(3, "gracehopper", "grace@elsewhere.example");
}

async fn by_handle(world: &Elsewhere, request: &Request, handles: &[&str]) -> Vec<Row> {
    let handles = handles.iter().map(|handle| (*handle).to_owned()).collect();
    add(&world.app.roster, request, &world.app.acme, "github", handles, None)
        .await
        .unwrap()
}

async fn people_seen_with_repository_access_are_there_to_choose_from(world: Elsewhere) {
    peopled(&world).await;
    let olivia = connect(&world, &world.app.olivia, "github", "OliviaCodes").await;
    hosted(&world, "website").await;
    hosted(&world, "backend").await;
    let found = list(&world.app.roster, &olivia, &world.app.acme, "github", "")
        .await
        .unwrap();
    let told: Vec<_> = found
        .handles
        .iter()
        .map(|one| (one.seen.handle.as_str(), one.repositories.len(), one.is_member))
        .collect();
    assert_eq!(
        told,
        [
            ("gracehopper", 2, false),
            ("OliviaCodes", 2, true),
            ("TomFern", 2, false)
        ]
    );
    let some = list(&world.app.roster, &olivia, &world.app.acme, "github", "FERN")
        .await
        .unwrap();
    assert_eq!(some.handles.len(), 1);
}

async fn whoever_is_not_known_is_invited_for_the_hosts_own_id(world: Elsewhere) {
    peopled(&world).await;
    let olivia = connect(&world, &world.app.olivia, "github", "OliviaCodes").await;
    let mut rows = by_handle(&world, &olivia, &["TomFern", "@gracehopper", "TomFern"]).await;
    assert_eq!(rows.len(), 2);
    let Ok(Outcome::Done(Added::Invited(sent))) = rows.remove(0).outcome else {
        panic!("tom was not invited")
    };
    assert_eq!(sent.invitation.identity.subject.as_deref(), Some("2"));
    let again = by_handle(&world, &olivia, &["TomFern"]).await.remove(0);
    assert_eq!(refused(again.outcome), "already_invited");
    // The account may be renamed; whoever takes the old name is not the one who was meant.
    world.host.rename(2, "TomLeft");
    world.host.add(4, "TomFern", "mallory@elsewhere.example");
    let join = || Errand::Join {
        token: sent.link.expose().to_owned(),
        account: None,
    };
    let taken = world.travel("github", "TomFern", join(), None).await;
    assert_eq!(refused(taken), "invitation_for_other_identity");
    assert!(world.travel("github", "TomLeft", join(), None).await.is_ok());
}

async fn whoever_is_known_is_asked_to_agree(world: Elsewhere) {
    peopled(&world).await;
    world.host.add(5, "EveCodes", "eve@elsewhere.example");
    connect(&world, &world.app.eve, "github", "EveCodes").await;
    let olivia = connect(&world, &world.app.olivia, "github", "OliviaCodes").await;
    let row = by_handle(&world, &olivia, &["EveCodes"]).await.remove(0);
    let Ok(Outcome::Done(Added::Member(member))) = row.outcome else {
        panic!("eve was not asked")
    };
    assert_eq!(member.account.id, world.app.eve.account);
    assert_eq!(member.status(), MemberStatus::AwaitingConsent);
    let again = by_handle(&world, &olivia, &["EveCodes"]).await.remove(0);
    assert_eq!(refused(again.outcome), "already_awaiting_consent");
    let own = by_handle(&world, &olivia, &["OliviaCodes"]).await.remove(0);
    assert_eq!(refused(own.outcome), "already_member");
}

async fn a_handle_counts_letter_by_letter(world: Elsewhere) {
    peopled(&world).await;
    let olivia = connect(&world, &world.app.olivia, "github", "OliviaCodes").await;
    let rows = by_handle(&world, &olivia, &["tomfern", "nobody"]).await;
    for row in rows {
        let error = row.outcome.err().unwrap().to_string();
        assert!(error.starts_with(&format!("error finding {}: ", row.handle)), "{error}");
        assert!(error.contains("case-sensitive"), "{error}");
    }
}

async fn a_broken_link_says_401_and_how_to_mend_it(world: Elsewhere) {
    peopled(&world).await;
    let adam = world.app.by(&world.app.adam).await;
    let unconnected = by_handle(&world, &adam, &["TomFern"]).await.remove(0).outcome;
    let text = unconnected.err().unwrap().to_string();
    assert!(text.starts_with("error finding TomFern: 401. "), "{text}");
    let olivia = connect(&world, &world.app.olivia, "github", "OliviaCodes").await;
    world.host.forget_access();
    let broken = by_handle(&world, &olivia, &["TomFern"]).await.remove(0).outcome;
    let text = broken.err().unwrap().to_string();
    assert!(
        text.starts_with("error finding TomFern: 401. ") && text.contains("connect GitHub"),
        "{text}"
    );
    let mine = world.app.roster.my_identities(&olivia).await.unwrap();
    assert!(mine[0].broken_at.is_some());
    let again = connect(&world, &world.app.olivia, "github", "OliviaCodes").await;
    assert!(
        world.app.roster.my_identities(&again).await.unwrap()[0]
            .broken_at
            .is_none()
    );
    assert!(by_handle(&world, &again, &["TomFern"]).await.remove(0).outcome.is_ok());
}

async fn who_may_only_invite_asks_those_who_are_known_too(world: Elsewhere) {
    let change = domain::policy::PolicyChange {
        members_may_invite: Some(true),
        ..domain::policy::PolicyChange::default()
    };
    crate::story::change_policies(&world.app, &world.app.olivia, change)
        .await
        .unwrap();
    world.host.add(5, "EveCodes", "eve@elsewhere.example");
    connect(&world, &world.app.eve, "github", "EveCodes").await;
    world.host.add(6, "MiaCodes", "mia@elsewhere.example");
    let mia = connect(&world, &world.app.mia, "github", "MiaCodes").await;
    let row = by_handle(&world, &mia, &["EveCodes"]).await.remove(0);
    assert!(matches!(row.outcome, Ok(Outcome::Done(Added::Invited(_)))));
}

async fn nobody_is_added_by_who_may_not(world: Elsewhere) {
    let gus = world.app.by(&world.app.gus).await;
    let handles = vec!["TomFern".to_owned()];
    let added = add(&world.app.roster, &gus, &world.app.acme, "github", handles, None).await;
    assert_eq!(refused(added), "permission_required");
    let seen = list(&world.app.roster, &gus, &world.app.acme, "github", "").await;
    assert_eq!(refused(seen), "permission_required");
    let owner = connect_nobody(&world).await;
    let role = add(
        &world.app.roster,
        &owner,
        &world.app.acme,
        "github",
        vec!["gracehopper".to_owned()],
        Some("owner"),
    )
    .await
    .unwrap();
    assert_eq!(refused(role.into_iter().next().unwrap().outcome), "owner_never_offered");
}

async fn connect_nobody(world: &Elsewhere) -> Request {
    peopled(world).await;
    connect(world, &world.app.olivia, "github", "OliviaCodes").await
}

async fn a_nickname_of_bitbucket_is_looked_for_in_the_workspace(world: Elsewhere) {
    peopled(&world).await;
    let olivia = connect(&world, &world.app.olivia, "bitbucket", "OliviaCodes").await;
    hosted(&world, "website").await;
    let handles = vec!["TomFern".to_owned(), "tomfern".to_owned()];
    let mut rows = add(&world.app.roster, &olivia, &world.app.acme, "bitbucket", handles, None)
        .await
        .unwrap();
    assert!(rows.pop().unwrap().outcome.is_err());
    let Ok(Outcome::Done(Added::Invited(sent))) = rows.remove(0).outcome else {
        panic!("tom was not invited")
    };
    assert_eq!(sent.invitation.identity.subject.as_deref(), Some("{uuid-2}"));
}
