//! Removing people who own something.

use domain::id::MemberId;
use domain::member::MemberStatus;
use domain::permission::Permission;
use service::member::belongings::Belongings;
use service::member::disablement::disable;
use service::member::removal::{delete_account, remove};
use service::project;
use testkit::persona::{done, previewed, refused};
use testkit::{App, Persona, on_both_databases};

use crate::project::{creating, named, on, token_of};
use crate::story::{entries, manage, member};

on_both_databases! {
    what_somebody_owns_keeps_them_until_it_is_handed_over,
    whoever_leaves_says_who_gets_what_they_own,
    whoever_leaves_may_delete_what_they_own,
    disabling_works_whatever_is_owned,
    nothing_is_handed_to_somebody_who_cannot_take_it,
    a_deleted_account_is_gone_with_its_name_free_again,
    a_deleted_account_is_found_nowhere_any_more,
    what_somebody_owns_can_be_deleted_in_the_same_step,
    nobody_hands_over_a_project_that_is_greater_than_they_are,
    a_token_of_somebody_who_is_disabled_rests,
    a_project_closed_for_one_person_is_told_to_open_when_they_go,
    what_is_made_while_its_maker_is_removed_does_not_slip_through,
}

async fn give(app: &App, owner: &Persona, name: &str) {
    done(project::create(creating(app, owner).await, named(name)).await);
}

async fn owned(app: &App, owner: MemberId) -> Vec<String> {
    let mut scope = app.roster.store().see(&app.acme).await.unwrap();
    store::ownership::of_member(&mut scope, owner)
        .await
        .unwrap()
        .into_iter()
        .map(|thing| thing.name)
        .collect()
}

async fn what_somebody_owns_keeps_them_until_it_is_handed_over(app: App) {
    let (mia, gus) = (app.mia.id(), app.gus.id());
    give(&app, &app.mia, "Website").await;
    give(&app, &app.mia, "Handbook").await;
    let kept = remove(manage(&app, &app.adam).await, mia, Belongings::Block).await;
    let Err(service::Error::Refused(refusal)) = kept else {
        panic!("she was removed")
    };
    assert_eq!(
        refusal.to_string(),
        "Mia still owns 2 things. Transfer or delete what is owned, or disable access instead."
    );
    assert_eq!(
        refused(delete_account(manage(&app, &app.adam).await, mia, Belongings::Block).await),
        "still_owns"
    );
    assert_eq!(
        refused(app.roster.leave(&app.by(&app.mia).await, &app.acme).await),
        "still_owns"
    );
    assert_eq!(owned(&app, mia).await, ["Handbook", "Website"]);

    let request = app.tried_by(&app.adam).await;
    let tried = app.roster.authorize(&request, &app.acme).await.unwrap();
    let preview = previewed(remove(tried, mia, Belongings::TransferTo(gus)).await);
    assert_eq!(preview.counts["ownership_transferred"], 2);
    assert_eq!(owned(&app, mia).await.len(), 2);

    done(remove(manage(&app, &app.adam).await, mia, Belongings::TransferTo(gus)).await);
    assert_eq!(owned(&app, gus).await, ["Handbook", "Website"]);
    assert_eq!(entries(&app).await[0].after["transferred"], 2);
}

async fn whoever_leaves_says_who_gets_what_they_own(app: App) {
    let gus = app.gus.id();
    give(&app, &app.mia, "Website").await;
    token_of(&app, &app.mia, "website", &["roster.project.view"]).await;
    let leaving = async |request: service::Request, to| {
        app.roster
            .leave_with(&request, &app.acme, Belongings::TransferTo(to))
            .await
    };
    assert_eq!(
        refused(leaving(app.by(&app.mia).await, app.eve.id()).await),
        "not_found"
    );
    assert_eq!(
        refused(leaving(app.by(&app.mia).await, app.mia.id()).await),
        "not_a_transfer_target"
    );
    let preview = previewed(leaving(app.tried_by(&app.mia).await, gus).await);
    assert_eq!(
        (
            preview.counts["ownership_transferred"],
            preview.counts["member_removed"]
        ),
        (2, 1)
    );
    assert_eq!(owned(&app, app.mia.id()).await.len(), 2);
    done(leaving(app.by(&app.mia).await, gus).await);
    assert_eq!(owned(&app, gus).await, ["Website", "Uploads"]);
    let last = &entries(&app).await[0];
    assert_eq!(
        (last.action.as_str(), &last.after["to"]),
        ("member.left", &"Gus".into())
    );
    assert_eq!(
        refused(leaving(app.by(&app.olivia).await, gus).await),
        "last_owner",
        "whatever she owns"
    );
}

async fn whoever_leaves_may_delete_what_they_own(app: App) {
    give(&app, &app.mia, "Website").await;
    give(&app, &app.adam, "Handbook").await;
    let request = app.by(&app.mia).await;
    done(app.roster.leave_with(&request, &app.acme, Belongings::Delete).await);
    let request = app.by(&app.olivia).await;
    let mut seen = app.roster.see(&request, &app.acme).await.unwrap();
    let left = project::list(&mut seen, None, None, 50).await.unwrap().projects;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].project.name, "Handbook");
}

async fn disabling_works_whatever_is_owned(app: App) {
    give(&app, &app.mia, "Website").await;
    done(disable(manage(&app, &app.adam).await, app.mia.id(), None).await);
    assert_eq!(member(&app, app.mia.id()).await.status(), MemberStatus::Disabled);
    assert_eq!(owned(&app, app.mia.id()).await, ["Website"]);
}

async fn nothing_is_handed_to_somebody_who_cannot_take_it(app: App) {
    let (mia, gus) = (app.mia.id(), app.gus.id());
    give(&app, &app.mia, "Website").await;
    done(disable(manage(&app, &app.adam).await, gus, None).await);
    for (receiver, code) in [
        (gus, "not_a_transfer_target"),
        (mia, "not_a_transfer_target"),
        (app.eve.id(), "not_found"),
    ] {
        assert_eq!(
            refused(remove(manage(&app, &app.adam).await, mia, Belongings::TransferTo(receiver)).await),
            code
        );
    }
    assert_eq!(owned(&app, mia).await, ["Website"]);
}

async fn a_deleted_account_is_gone_with_its_name_free_again(app: App) {
    done(delete_account(manage(&app, &app.adam).await, app.mia.id(), Belongings::Block).await);
    assert!(
        app.roster
            .authenticate(&app.mia.token, &testkit::app::origin())
            .await
            .is_err()
    );
    let again = testkit::persona::create(&app.roster, &app.adam, &app.acme, "mia", "guest").await;
    assert_ne!(again.account, app.mia.account);
    assert_eq!(member(&app, again.id()).await.role.slug, "guest");
}

async fn a_deleted_account_is_found_nowhere_any_more(app: App) {
    let asked = service::member::creation::NewPerson {
        email: Some(app.mia.email.clone()),
        ..Default::default()
    };
    done(service::member::creation::create(&app.roster, &app.by(&app.eve).await, &app.elsewhere, asked).await);
    done(delete_account(manage(&app, &app.adam).await, app.mia.id(), Belongings::Block).await);
    for organization in [&app.acme, &app.elsewhere] {
        let request = app.by(&app.sid).await;
        let mut seen = app
            .roster
            .see::<domain::permission::MemberView>(&request, organization)
            .await
            .unwrap();
        let question = service::people::Question {
            needle: Some("mia".to_owned()),
            shown: service::people::Shown::All,
            role: None,
            group: None,
            after: None,
            members_only: false,
            limit: 50,
        };
        assert!(
            service::people::list(&mut seen, question)
                .await
                .unwrap()
                .people
                .is_empty()
        );
    }
    // Her request for consent is not mailed.
    app.roster.deliver_due().await.unwrap();
    assert_eq!(app.mailbox.deliveries(), 0);
}

async fn what_somebody_owns_can_be_deleted_in_the_same_step(app: App) {
    give(&app, &app.mia, "Website").await;
    give(&app, &app.adam, "Handbook").await;
    token_of(&app, &app.mia, "website", &["roster.project.view"]).await;
    project::access::grant(
        on(&app, &app.adam, "handbook").await,
        &app.mia.id().to_string(),
        "admin",
        None,
    )
    .await
    .unwrap();
    token_of(&app, &app.mia, "handbook", &["roster.project.view"]).await;
    let request = app.tried_by(&app.adam).await;
    let tried = app.roster.authorize(&request, &app.acme).await.unwrap();
    let preview = previewed(remove(tried, app.mia.id(), Belongings::Delete).await);
    assert_eq!((preview.counts["deleted"], preview.counts["token_ended"]), (1, 2));
    assert_eq!(owned(&app, app.mia.id()).await.len(), 3);

    done(delete_account(manage(&app, &app.adam).await, app.mia.id(), Belongings::Delete).await);
    let entry = &entries(&app).await[0];
    assert_eq!(entry.after["deleted_projects"], serde_json::json!(["Website"]));
    assert_eq!(owned(&app, app.adam.id()).await, ["Handbook"]);
    let request = app.by(&app.adam).await;
    let seen = app
        .roster
        .see_on::<domain::permission::ProjectView>(&request, &app.acme, "website")
        .await;
    assert_eq!(refused(seen.map(|_| ())), "not_found");
    let mut seen = app.roster.see_on(&request, &app.acme, "handbook").await.unwrap();
    assert!(project::token::list(&mut seen, None, 50).await.unwrap().is_empty());
}

async fn nobody_hands_over_a_project_that_is_greater_than_they_are(app: App) {
    give(&app, &app.mia, "Website").await;
    // Whoever may remove people, and nothing of projects.
    let wanda = crate::project::with_role(
        &app,
        "wanda",
        &[
            Permission::OrganizationView,
            Permission::MemberView,
            Permission::MemberManage,
            Permission::GroupView,
            Permission::RoleView,
            Permission::ProjectCreate,
            Permission::SecretUse,
        ],
    )
    .await;
    for (belongings, code) in [
        (Belongings::TransferTo(wanda.id()), "cannot_grant"),
        (Belongings::TransferTo(app.gus.id()), "cannot_grant"),
        (Belongings::Delete, "permission_required"),
        (Belongings::Block, "still_owns"),
    ] {
        assert_eq!(
            refused(remove(manage(&app, &wanda).await, app.mia.id(), belongings).await),
            code
        );
    }
    assert_eq!(owned(&app, app.mia.id()).await, ["Website"]);
}

async fn a_token_of_somebody_who_is_disabled_rests(app: App) {
    give(&app, &app.mia, "Website").await;
    token_of(&app, &app.mia, "website", &["roster.project.view"]).await;
    let request = app.tried_by(&app.adam).await;
    let tried = app.roster.authorize(&request, &app.acme).await.unwrap();
    let preview = previewed(disable(tried, app.mia.id(), None).await);
    assert_eq!(preview.counts["token_ended"], 1);
    done(disable(manage(&app, &app.adam).await, app.mia.id(), None).await);
    let request = app.by(&app.adam).await;
    let mut seen = app.roster.see_on(&request, &app.acme, "website").await.unwrap();
    let tokens = project::token::list(&mut seen, None, 50).await.unwrap();
    assert!(!tokens[0].works(app.roster.now()) && tokens[0].owner_name == "Mia");
}

async fn a_project_closed_for_one_person_is_told_to_open_when_they_go(app: App) {
    give(&app, &app.adam, "Website").await;
    project::access::grant(
        on(&app, &app.adam, "website").await,
        &app.gus.id().to_string(),
        "reader",
        None,
    )
    .await
    .unwrap();
    let request = app.tried_by(&app.adam).await;
    let tried = app.roster.authorize(&request, &app.acme).await.unwrap();
    let preview = previewed(remove(tried, app.gus.id(), Belongings::Block).await);
    let told = preview.effects.iter().any(|effect| {
        effect.subject.name == "Website"
            && effect
                .detail
                .as_deref()
                .is_some_and(|detail| detail.starts_with("opens"))
    });
    assert!(told, "{preview:?}");
}

async fn what_is_made_while_its_maker_is_removed_does_not_slip_through(app: App) {
    let second = app.peer().await;
    for round in 0..5 {
        let name = format!("maker{round}");
        let maker = testkit::persona::create(&app.roster, &app.adam, &app.acme, &name, "member").await;
        let making: Vec<_> = (0..4)
            .map(|number| {
                let roster = if number % 2 == 0 {
                    app.roster.clone()
                } else {
                    second.clone()
                };
                let (acme, token) = (app.acme.clone(), maker.token.clone());
                tokio::spawn(async move {
                    let Ok(caller) = roster.authenticate(&token, &testkit::app::origin()).await else {
                        return;
                    };
                    let request = service::Request {
                        caller,
                        origin: testkit::app::origin(),
                        now: roster.now(),
                        dry_run: false,
                        if_match: None,
                        idempotency: None,
                        undoing: None,
                    };
                    let Ok(authorized) = roster.authorize(&request, &acme).await else {
                        return;
                    };
                    let _ = project::create(authorized, named(&format!("Made {round} {number}"))).await;
                })
            })
            .collect();
        let belongings = if round % 2 == 0 {
            Belongings::TransferTo(app.olivia.id())
        } else {
            Belongings::Delete
        };
        done(remove(manage(&app, &app.adam).await, maker.id(), belongings).await);
        for one in making {
            one.await.unwrap();
        }
        assert!(owned(&app, maker.id()).await.is_empty());
    }
    // Each project that is left has an owner who is there.
    let request = app.by(&app.adam).await;
    let mut seen = app.roster.see(&request, &app.acme).await.unwrap();
    let left = project::list(&mut seen, None, None, 200).await.unwrap().projects;
    assert!(left.iter().all(|seen| seen.project.owner.name == "Olivia"));
}
