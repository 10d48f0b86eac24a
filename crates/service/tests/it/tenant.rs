//! Whole organizations: disabled, deleted, brought back, and cleared away in the end.

use domain::effect::Kind;
use domain::organization::OrganizationStatus;
use domain::permission::{OrganizationDelete, OrganizationView};
use domain::time::DAY;
use service::instance::InstancePolicyChange;
use service::invitation_acceptance::Acceptance;
use service::organization::{FirstOwner, NewTenant};
use service::project::NewProject;
use service::tenant::deletion::delete;
use service::tenant::{Filter, Tenant};
use service::{OrganizationRef, Outcome, Result};
use testkit::app::origin;
use testkit::persona::{done, previewed, refused, request, sign_in};
use testkit::{App, Persona, on_both_databases};

use crate::story;

on_both_databases! {
    a_disabled_organization_lets_in_nobody_but_superusers,
    mail_of_a_disabled_organization_waits_until_it_is_enabled,
    a_deleted_organization_is_nowhere_at_once_and_comes_back_as_it_was,
    only_superusers_delete_organizations_unless_the_instance_lets_owners,
    a_deletion_is_told_beforehand_and_confirmed_by_name,
    after_thirty_days_a_deleted_organization_is_gone_with_everything,
    whoever_belongs_elsewhere_too_outlives_the_organization_they_began_in,
    of_two_nodes_that_clear_away_one_does_and_says_so_once,
    more_people_than_slots_are_not_brought_back,
    who_owned_something_in_a_deleted_organization_can_still_delete_their_account,
    organizations_are_found_by_name_and_status,
}

async fn enters(app: &App, persona: &Persona) -> Result<()> {
    let request = app.by(persona).await;
    app.roster.see::<OrganizationView>(&request, &app.acme).await.map(drop)
}

async fn disable(app: &App) -> Tenant {
    let request = app.by(&app.sid).await;
    done(
        app.roster
            .disable_organization(&request, &app.acme, Some(" Unpaid "))
            .await,
    )
}

async fn delete_acme(app: &App, by: &Persona) -> Result<Outcome<domain::organization::Organization>> {
    let request = app.by(by).await;
    let authorized = app.roster.authorize::<OrganizationDelete>(&request, &app.acme).await?;
    delete(authorized, "acme").await
}

async fn names(app: &App, status: Option<OrganizationStatus>, needle: Option<&str>) -> Vec<String> {
    let filter = Filter {
        status,
        needle: needle.map(str::to_owned),
        after: None,
    };
    let found = app.roster.tenants(&app.by(&app.sid).await, &filter, 50).await.unwrap();
    found.into_iter().map(|tenant| tenant.organization.slug).collect()
}

async fn a_disabled_organization_lets_in_nobody_but_superusers(app: App) {
    let peer = app.peer().await;
    enters(&app, &app.olivia).await.unwrap();
    assert_eq!(
        refused(
            app.roster
                .disable_organization(&app.by(&app.olivia).await, &app.acme, None)
                .await
        ),
        "superuser_required"
    );
    let tried = app.tried_by(&app.sid).await;
    previewed(app.roster.disable_organization(&tried, &app.acme, None).await);
    enters(&app, &app.olivia).await.unwrap();

    let disabled = disable(&app).await;
    let ending = disabled.organization.disabled.unwrap();
    assert_eq!((ending.by.as_str(), ending.reason.as_deref()), ("sid", Some("Unpaid")));
    for persona in [&app.olivia, &app.adam, &app.mia, &app.gus] {
        assert_eq!(refused(enters(&app, persona).await), "organization_not_active");
        let request = request(&peer, &persona.token).await;
        assert_eq!(
            refused(peer.see::<OrganizationView>(&request, &app.acme).await.map(drop)),
            "organization_not_active"
        );
    }
    assert_eq!(refused(enters(&app, &app.eve).await), "not_found");
    enters(&app, &app.sid).await.unwrap();
    // It is told beside what they do.
    while story::entries_for(&app, &app.sid).await[0].action != "superuser.entered" {
        tokio::task::yield_now().await;
    }

    done(app.roster.enable_organization(&app.by(&app.sid).await, &app.acme).await);
    enters(&app, &app.olivia).await.unwrap();
    let told = story::audited(&app).await;
    let expected = ["organization.enabled", "superuser.entered", "organization.disabled"];
    assert_eq!(told[..3], expected);
}

async fn mail_of_a_disabled_organization_waits_until_it_is_enabled(app: App) {
    let mut new = story::unmailed("kim@example.net");
    new.send = true;
    story::invite(&app, &app.olivia, new).await;
    disable(&app).await;
    assert_eq!(app.roster.deliver_due().await.unwrap(), 0);
    assert!(app.mailbox.mails().is_empty());
    done(app.roster.enable_organization(&app.by(&app.sid).await, &app.acme).await);
    assert_eq!(app.roster.deliver_due().await.unwrap(), 1);
}

async fn a_deleted_organization_is_nowhere_at_once_and_comes_back_as_it_was(app: App) {
    let peer = app.peer().await;
    enters(&app, &app.mia).await.unwrap();
    disable(&app).await;
    done(delete_acme(&app, &app.sid).await);
    for persona in [&app.olivia, &app.mia, &app.sid] {
        assert_eq!(refused(enters(&app, persona).await), "not_found");
        let request = request(&peer, &persona.token).await;
        assert_eq!(
            refused(peer.see::<OrganizationView>(&request, &app.acme).await.map(drop)),
            "not_found"
        );
    }
    // Its name stays its own.
    let again = NewTenant {
        name: "Acme".to_owned(),
        slug: "acme".to_owned(),
        preset: None,
        owner: FirstOwner::Me,
    };
    let by_sid = app.by(&app.sid).await;
    assert_eq!(
        refused(app.roster.open_organization(&by_sid, &again).await),
        "slug_taken"
    );
    assert_eq!(names(&app, Some(OrganizationStatus::Deleted), None).await, ["acme"]);
    assert_eq!(names(&app, None, None).await, ["elsewhere"]);

    assert_eq!(
        refused(
            app.roster
                .restore_organization(&app.by(&app.olivia).await, &app.acme)
                .await
        ),
        "superuser_required"
    );
    let restored = done(
        app.roster
            .restore_organization(&app.by(&app.sid).await, &app.acme)
            .await,
    );
    assert_eq!(restored.organization.status, OrganizationStatus::Disabled);
    assert_eq!(restored.members, 4);
    assert_eq!(refused(enters(&app, &app.olivia).await), "organization_not_active");
    done(app.roster.enable_organization(&app.by(&app.sid).await, &app.acme).await);
    enters(&app, &app.mia).await.unwrap();
    let told = story::audited(&app).await;
    let expected = [
        "organization.enabled",
        "organization.restored",
        "organization.deleted",
        "organization.disabled",
    ];
    assert_eq!(told[..4], expected);
    assert_eq!(
        refused(
            app.roster
                .restore_organization(&app.by(&app.sid).await, &app.acme)
                .await
        ),
        "not_restorable"
    );
}

async fn only_superusers_delete_organizations_unless_the_instance_lets_owners(app: App) {
    assert_eq!(refused(delete_acme(&app, &app.olivia).await), "superuser_required");
    assert_eq!(refused(delete_acme(&app, &app.adam).await), "permission_required");
    let change = InstancePolicyChange {
        owners_may_delete: Some(true),
        ..InstancePolicyChange::default()
    };
    app.roster
        .change_instance_policies(&app.by(&app.sid).await, change)
        .await
        .unwrap();
    assert_eq!(refused(delete_acme(&app, &app.adam).await), "permission_required");
    app.pass(domain::time::HOUR);
    assert_eq!(refused(delete_acme(&app, &app.olivia).await), "proof_required");
    let olivia = Persona {
        token: sign_in(&app.roster, "olivia", testkit::persona::PASSWORD).await,
        ..app.olivia.clone()
    };
    done(delete_acme(&app, &olivia).await);
    assert_eq!(names(&app, Some(OrganizationStatus::Deleted), None).await, ["acme"]);
}

async fn a_deletion_is_told_beforehand_and_confirmed_by_name(app: App) {
    let request = app.by(&app.sid).await;
    let authorized = app.roster.authorize(&request, &app.acme).await.unwrap();
    let told = refused(delete(authorized, "elsewhere").await);
    assert!(told.contains("acme"), "{told}");
    let tried = request.with_dry_run(true);
    let preview = previewed(delete(app.roster.authorize(&tried, &app.acme).await.unwrap(), "acme").await);
    let told: Vec<String> = preview
        .effects
        .iter()
        .filter(|effect| effect.kind == Kind::Deleted)
        .filter_map(|effect| effect.detail.clone())
        .collect();
    assert!(told.contains(&"4 members".to_owned()), "{told:?}");
    assert!(
        told.iter().any(|text| text.contains("accounts that began here")),
        "{told:?}"
    );
    enters(&app, &app.olivia).await.unwrap();
}

async fn after_thirty_days_a_deleted_organization_is_gone_with_everything(app: App) {
    let request = app.by(&app.olivia).await;
    let authorized = app.roster.authorize(&request, &app.acme).await.unwrap();
    let new = NewProject {
        name: "Website".to_owned(),
        ..NewProject::default()
    };
    done(service::project::create(authorized, new).await);
    story::invite(&app, &app.olivia, story::unmailed("kim@example.net")).await;
    done(delete_acme(&app, &app.sid).await);
    app.pass(30 * DAY - 60_000_000);
    assert_eq!(app.roster.purge_deleted().await.unwrap(), 0);
    app.pass(60_000_000);
    assert_eq!(app.roster.purge_deleted().await.unwrap(), 1);
    assert_eq!(app.roster.purge_deleted().await.unwrap(), 0);

    let sid = Persona {
        token: sign_in(&app.roster, "sid", testkit::persona::PASSWORD).await,
        ..app.sid.clone()
    };
    let by_sid = app.by(&sid).await;
    assert_eq!(
        refused(app.roster.tenant(&by_sid, &app.acme).await.map(drop)),
        "not_found"
    );
    let accounts = app
        .roster
        .accounts(&by_sid, &service::superuser::Filter::default(), 50)
        .await
        .unwrap();
    let left: Vec<String> = accounts.into_iter().map(|account| account.username).collect();
    assert_eq!(left, ["eve", "sid"]);
    // Who takes the name begins with nothing.
    let again = NewTenant {
        name: "Acme".to_owned(),
        slug: "acme".to_owned(),
        preset: None,
        owner: FirstOwner::Me,
    };
    done(app.roster.open_organization(&by_sid, &again).await);
    let request = app.by(&sid).await;
    let seen = app
        .roster
        .see::<domain::permission::AuditLogView>(&request, &app.acme)
        .await
        .unwrap();
    let told = service::audit::list(seen, &store::audit::Filter::default(), 50)
        .await
        .unwrap();
    assert_eq!(told.len(), 1);
}

async fn whoever_belongs_elsewhere_too_outlives_the_organization_they_began_in(app: App) {
    let by_eve = app.by(&app.eve).await;
    let authorized = app.roster.authorize(&by_eve, &app.elsewhere).await.unwrap();
    let sent = done(service::invitation::send(authorized, story::unmailed("mia@example.com")).await);
    let by_mia = app.by(&app.mia).await;
    let token = sent.link.expose().to_owned();
    let accepted = app
        .roster
        .accept_invitation(&token, Some(&by_mia), Acceptance::default(), &origin())
        .await;
    assert!(accepted.is_ok());
    done(delete_acme(&app, &app.sid).await);
    app.pass(31 * DAY);
    assert_eq!(app.roster.purge_deleted().await.unwrap(), 1);
    let token = sign_in(&app.roster, "mia", testkit::persona::PASSWORD).await;
    let me = app.roster.me(&request(&app.roster, &token).await).await.unwrap();
    assert_eq!(me.account.home, None);
    assert_eq!(me.memberships.len(), 1);
    assert_eq!(me.memberships[0].slug, "elsewhere");
}

async fn of_two_nodes_that_clear_away_one_does_and_says_so_once(app: App) {
    done(delete_acme(&app, &app.sid).await);
    app.pass(30 * DAY);
    let second = app.peer().await;
    let (one, other) = tokio::join!(app.roster.purge_deleted(), second.purge_deleted());
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    let sid = Persona {
        token: sign_in(&app.roster, "sid", testkit::persona::PASSWORD).await,
        ..app.sid.clone()
    };
    let by_sid = app.by(&sid).await;
    let told = app
        .roster
        .instance_audit(&by_sid, &store::audit::Filter::default(), 50)
        .await
        .unwrap();
    let of = |action: &str| told.iter().filter(|entry| entry.action == action).count();
    // Olivia, Adam, Mia and Gus began there and belong nowhere else.
    assert_eq!((of("organization.purged"), of("account.deleted")), (1, 4));
}

async fn more_people_than_slots_are_not_brought_back(app: App) {
    let limit = |slots| domain::policy::PolicyChange {
        member_limit: Some(Some(slots)),
        ..domain::policy::PolicyChange::default()
    };
    story::change_policies(&app, &app.sid, limit(2)).await.unwrap();
    done(delete_acme(&app, &app.sid).await);
    let request = app.by(&app.sid).await;
    assert_eq!(
        refused(app.roster.restore_organization(&request, &app.acme).await),
        "member_limit_reached"
    );
}

async fn who_owned_something_in_a_deleted_organization_can_still_delete_their_account(app: App) {
    for persona in [&app.olivia, &app.mia] {
        let request = app.by(persona).await;
        let authorized = app.roster.authorize(&request, &app.acme).await.unwrap();
        let new = NewProject {
            name: format!("Of {}", persona.username),
            ..NewProject::default()
        };
        done(service::project::create(authorized, new).await);
    }
    done(delete_acme(&app, &app.sid).await);
    for persona in [&app.mia, &app.olivia] {
        done(app.roster.delete_me(&app.by(persona).await).await);
    }
    done(
        app.roster
            .restore_organization(&app.by(&app.sid).await, &app.acme)
            .await,
    );
    let request = app.by(&app.sid).await;
    let mut seen = app.roster.see::<OrganizationView>(&request, &app.acme).await.unwrap();
    let page = service::project::list(&mut seen, None, None, 50).await.unwrap();
    assert!(page.projects.is_empty());
}

async fn organizations_are_found_by_name_and_status(app: App) {
    assert_eq!(names(&app, None, None).await, ["acme", "elsewhere"]);
    assert_eq!(names(&app, None, Some("ELSE")).await, ["elsewhere"]);
    assert_eq!(names(&app, None, Some("%")).await, Vec::<String>::new());
    disable(&app).await;
    assert_eq!(names(&app, Some(OrganizationStatus::Disabled), None).await, ["acme"]);
    assert_eq!(names(&app, Some(OrganizationStatus::Active), None).await, ["elsewhere"]);
    let by = app.by(&app.adam).await;
    assert_eq!(
        refused(app.roster.tenants(&by, &Filter::default(), 10).await.map(drop)),
        "superuser_required"
    );
    let found = app
        .roster
        .tenant(&app.by(&app.sid).await, &OrganizationRef::parse("acme"))
        .await;
    assert_eq!(found.unwrap().members, 4);
}
