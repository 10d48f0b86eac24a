//! Who is mapped to a project.

use domain::permission::{Permission, ProjectAccessManage, ProjectAccessView, ProjectView};
use domain::time::DAY;
use service::project::access::{self, Access};
use testkit::persona::{done, previewed, refused};
use testkit::{App, Persona, on_both_databases};

use crate::project::{make, on};
use crate::story::audited;

on_both_databases! {
    the_first_who_is_mapped_shuts_everyone_else_out,
    what_is_given_until_a_time_ends_by_itself_and_can_be_extended,
    nobody_gives_a_project_role_that_they_do_not_hold_there,
    the_lesser_does_not_touch_what_the_greater_has,
    an_access_list_is_walked_page_by_page,
}

async fn access(app: &App, by: &Persona, project: &str) -> Access {
    let request = app.by(by).await;
    let mut seen = app
        .roster
        .see_on::<ProjectAccessView>(&request, &app.acme, project)
        .await
        .unwrap();
    access::list(&mut seen, None, None, 50).await.unwrap()
}

async fn can(app: &App, who: &Persona, permission: Permission, project: &str) -> bool {
    match app
        .roster
        .see_on::<ProjectView>(&app.by(who).await, &app.acme, project)
        .await
    {
        Ok(seen) => seen.actor().grants.has_on(permission, &seen.facts().unwrap()),
        Err(_) => false,
    }
}

async fn map(app: &App, by: &Persona, project: &str, who: &Persona, role: &str) -> service::Result<()> {
    let authorized = on::<ProjectAccessManage>(app, by, project).await;
    access::grant(authorized, &who.id().to_string(), role, None)
        .await
        .map(|_| ())
}

async fn the_first_who_is_mapped_shuts_everyone_else_out(app: App) {
    make(&app, &app.adam, "Website").await;
    assert!(can(&app, &app.mia, Permission::ProjectView, "website").await);
    let before = access(&app, &app.mia, "website").await;
    assert_eq!(before.everyone.map(|role| role.slug).as_deref(), Some("reader"));

    let tried = app
        .roster
        .authorize_on(&app.tried_by(&app.adam).await, &app.acme, "website")
        .await
        .unwrap();
    let preview = previewed(access::grant(tried, &app.gus.id().to_string(), "contributor", None).await);
    let told: Vec<_> = preview
        .effects
        .iter()
        .filter_map(|effect| effect.detail.clone())
        .collect();
    assert!(
        told.iter().any(|detail| detail.starts_with("everyone was Reader")),
        "{told:?}"
    );

    map(&app, &app.adam, "website", &app.gus, "contributor").await.unwrap();
    assert!(!can(&app, &app.mia, Permission::ProjectView, "website").await);
    assert!(can(&app, &app.gus, Permission::ProjectEdit, "website").await);
    let after = access(&app, &app.gus, "website").await;
    assert!(after.everyone.is_none());
    let mapping = &after.mappings[0];
    assert_eq!(
        (mapping.name.as_str(), mapping.granted.by.name.as_str()),
        ("Gus", "Adam")
    );

    done(access::revoke(on(&app, &app.adam, "website").await, &app.gus.id().to_string()).await);
    assert!(can(&app, &app.mia, Permission::ProjectView, "website").await);
    assert_eq!(
        audited(&app).await[..2],
        ["project.access_revoked", "project.access_granted"]
    );
    let gone = access::revoke(on(&app, &app.adam, "website").await, &app.gus.id().to_string()).await;
    assert_eq!(refused(gone), "not_found");
}

async fn what_is_given_until_a_time_ends_by_itself_and_can_be_extended(app: App) {
    make(&app, &app.adam, "Website").await;
    let gus = app.gus.id().to_string();
    let start = app.roster.now();
    let grant = async |until| {
        let authorized = on::<ProjectAccessManage>(&app, &app.adam, "website").await;
        access::grant(authorized, &gus, "reader", Some(until)).await
    };
    assert_eq!(refused(grant(start).await), "/until must lie in the future");
    done(grant(start.plus(DAY)).await);
    assert!(can(&app, &app.gus, Permission::ProjectView, "website").await);
    app.pass(2 * DAY);
    assert!(!can(&app, &app.gus, Permission::ProjectView, "website").await);
    // It has ended, and still stands in the list until it is taken off.
    assert!(!access(&app, &app.adam, "website").await.mappings[0].is_live(app.roster.now()));
    done(grant(app.roster.now().plus(DAY)).await);
    assert!(can(&app, &app.gus, Permission::ProjectView, "website").await);
}

async fn nobody_gives_a_project_role_that_they_do_not_hold_there(app: App) {
    make(&app, &app.adam, "Website").await;
    make(&app, &app.mia, "Mias").await;
    map(&app, &app.adam, "website", &app.mia, "contributor").await.unwrap();
    let lacking = app
        .roster
        .authorize_on::<ProjectAccessManage>(&app.by(&app.mia).await, &app.acme, "website")
        .await;
    assert_eq!(refused(lacking.map(|_| ())), "permission_required");
    // On her own project she holds it all.
    map(&app, &app.mia, "mias", &app.gus, "admin").await.unwrap();
    for (role, told) in [
        ("member", "/role is no project role of this organization"),
        ("wizard", "/role is no project role of this organization"),
    ] {
        assert_eq!(refused(map(&app, &app.mia, "mias", &app.gus, role).await), told);
    }
    for who in [app.eve.id().to_string(), "no-such-group".to_owned()] {
        let foreign = access::grant(on(&app, &app.mia, "mias").await, &who, "reader", None).await;
        assert_eq!(refused(foreign), "not_found");
    }
}

async fn the_lesser_does_not_touch_what_the_greater_has(app: App) {
    make(&app, &app.adam, "Website").await;
    map(&app, &app.adam, "website", &app.gus, "admin").await.unwrap();
    let gatekeeper = crate::project::with_role(&app, "wanda", &[Permission::OrganizationView]).await;
    // A project role that manages access and little else.
    let mut changing = crate::story::manage(&app, &app.olivia).await;
    let role = domain::role::Role {
        id: changing.new_id(),
        slug: "gatekeeper".to_owned(),
        name: "Gatekeeper".to_owned(),
        description: String::new(),
        colour: "teal".to_owned(),
        built_in: false,
        applies_to: domain::permission::Level::Project,
        shown: true,
        permissions: [
            "roster.project.view",
            "roster.project.access.view",
            "roster.project.access.manage",
        ]
        .into_iter()
        .collect(),
        revision: 0,
    };
    store::role::insert(changing.scope(), &role, 60).await.unwrap();
    changing.touch_access().await.unwrap();
    let target = domain::audit::Target::new("role", role.id, &role.name);
    done(
        changing
            .commit(
                domain::audit::Event::new(domain::audit::Action::RoleCreated, target),
                (),
            )
            .await,
    );
    map(&app, &app.adam, "website", &gatekeeper, "gatekeeper")
        .await
        .unwrap();

    assert_eq!(
        refused(map(&app, &gatekeeper, "website", &app.gus, "reader").await),
        "greater_than_you"
    );
    assert_eq!(
        refused(map(&app, &gatekeeper, "website", &app.mia, "contributor").await),
        "cannot_grant"
    );
    let gus = app.gus.id().to_string();
    assert_eq!(
        refused(access::revoke(on(&app, &gatekeeper, "website").await, &gus).await),
        "greater_than_you"
    );
    map(&app, &gatekeeper, "website", &app.mia, "reader").await.unwrap();
    done(access::revoke(on(&app, &gatekeeper, "website").await, &app.mia.id().to_string()).await);
}

async fn an_access_list_is_walked_page_by_page(app: App) {
    make(&app, &app.adam, "Website").await;
    for who in [&app.gus, &app.mia, &app.olivia] {
        map(&app, &app.adam, "website", who, "reader").await.unwrap();
    }
    let (mut after, mut names) = (None, Vec::new());
    loop {
        let request = app.by(&app.adam).await;
        let mut seen = app.roster.see_on(&request, &app.acme, "website").await.unwrap();
        let page = access::list(&mut seen, None, after, 1).await.unwrap();
        names.extend(page.mappings.into_iter().map(|mapping| mapping.name));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(names, ["Gus", "Mia", "Olivia"]);
}
