//! An application declares its permissions: as often as it likes, without taking away what is in use, and without lifting
//! anybody.

use domain::permission::{AuditLogView, Level, RoleManage, RoleView};
use service::catalogue::registration::{NewPermission, register};
use service::role::making::{NewRole, RoleEdit, create, edit};
use service::{Authorized, Outcome};
use testkit::persona::{self, done, previewed, refused};
use testkit::{App, Persona, on_both_databases};

use crate::role::make;

on_both_databases! {
    an_application_declares_its_permissions_again_and_again,
    what_is_declared_belongs_to_who_holds_everything,
    what_is_in_use_does_not_go_away,
    names_of_others_are_taken,
    nobody_climbs_by_what_a_permission_carries,
    what_a_permission_carries_reaches_whoever_has_it,
    a_tried_catalogue_leaves_nothing,
}

async fn declaring(app: &App, by: &Persona) -> Authorized<RoleManage> {
    app.roster.authorize(&app.by(by).await, &app.acme).await.unwrap()
}

fn permission(name: &str, carries: &[&str]) -> NewPermission {
    NewPermission {
        name: name.to_owned(),
        applies_to: Level::Organization,
        module: Some("Shop".to_owned()),
        description: format!("May {name}"),
        carries: carries.iter().map(|name| (*name).to_owned()).collect(),
    }
}

async fn declare(app: &App, by: &Persona, application: &str, permissions: Vec<NewPermission>) -> service::Result<()> {
    match register(declaring(app, by).await, application, permissions).await? {
        Outcome::Done(_) => Ok(()),
        Outcome::Previewed(_) => panic!("it was only tried"),
    }
}

async fn known(app: &App) -> Vec<(String, Option<String>)> {
    let mut seen = app
        .roster
        .see::<RoleView>(&app.by(&app.mia).await, &app.acme)
        .await
        .unwrap();
    let all = service::catalogue::list(&mut seen).await.unwrap();
    all.into_iter()
        .filter(|known| !known.name.starts_with("roster."))
        .map(|known| (known.name, known.application))
        .collect()
}

async fn an_application_declares_its_permissions_again_and_again(app: App) {
    let shop = || vec![permission("order.view", &[]), permission("order.refund", &[])];
    declare(&app, &app.olivia, "shop", shop()).await.unwrap();
    let audited = crate::story::audited(&app).await.len();
    declare(&app, &app.olivia, "shop", shop()).await.unwrap();
    assert_eq!(crate::story::audited(&app).await.len(), audited);
    declare(&app, &app.olivia, "wiki", vec![permission("page.edit", &[])])
        .await
        .unwrap();
    declare(&app, &app.olivia, "shop", vec![permission("order.view", &[])])
        .await
        .unwrap();
    let of = |name: &str, application: &str| (name.to_owned(), Some(application.to_owned()));
    assert_eq!(known(&app).await, [of("page.edit", "wiki"), of("order.view", "shop")]);
}

async fn what_is_declared_belongs_to_who_holds_everything(app: App) {
    declare(&app, &app.olivia, "shop", vec![permission("order.view", &[])])
        .await
        .unwrap();
    for persona in [&app.olivia, &app.adam] {
        let seen = app
            .roster
            .see::<RoleView>(&app.by(persona).await, &app.acme)
            .await
            .unwrap();
        assert!(seen.actor().grants.permissions().contains("order.view"));
    }
    make(&app, &app.adam, "Clerk", &["roster.organization.view", "order.view"]).await;
    // An Admin lacks deletion of the organization: what carries that stays with Owners.
    let ender = permission("shop.end", &["roster.organization.delete"]);
    declare(&app, &app.olivia, "ender", vec![ender]).await.unwrap();
    let seen = app
        .roster
        .see::<RoleView>(&app.by(&app.adam).await, &app.acme)
        .await
        .unwrap();
    assert!(!seen.actor().grants.permissions().contains("shop.end"));
}

async fn what_is_in_use_does_not_go_away(app: App) {
    declare(&app, &app.olivia, "shop", vec![permission("order.view", &[])])
        .await
        .unwrap();
    make(&app, &app.olivia, "Clerk", &["order.view"]).await;
    let gone = register(declaring(&app, &app.olivia).await, "shop", Vec::new()).await;
    let Err(service::Error::Refused(domain::Refusal::PermissionInUse { places, .. })) = gone else {
        panic!("it was not kept")
    };
    assert_eq!(places, ["the role Clerk"]);
    let none = RoleEdit {
        permissions: Some(Vec::new()),
        ..RoleEdit::default()
    };
    done(edit(declaring(&app, &app.olivia).await, Level::Organization, "clerk", none).await);
    declare(&app, &app.olivia, "shop", Vec::new()).await.unwrap();
    assert!(known(&app).await.is_empty());
}

async fn names_of_others_are_taken(app: App) {
    declare(&app, &app.olivia, "shop", vec![permission("order.view", &[])])
        .await
        .unwrap();
    for (name, told) in [
        ("roster.order.view", "permission_taken"),
        ("order.view", "permission_taken"),
    ] {
        let taken = declare(&app, &app.olivia, "wiki", vec![permission(name, &[])]).await;
        assert_eq!(refused(taken), told);
    }
    let odd = declare(
        &app,
        &app.olivia,
        "wiki",
        vec![permission("order view", &["page.edit"])],
    )
    .await;
    let told = refused(odd);
    assert!(
        told.contains("/permissions/0/name") && told.contains("/permissions/0/carries/0"),
        "{told}"
    );
    let twice = vec![permission("page.edit", &[]), permission("page.edit", &[])];
    let twice = declare(&app, &app.olivia, "wiki", twice).await;
    assert_eq!(refused(twice), "/permissions/1/name is in the list twice");
    // A preset's are its own.
    let dora = persona::open(&app.roster, &app.sid, "pipes", "dora", "delivery").await;
    let pipes = persona::organization("pipes");
    let authorized = app.roster.authorize(&app.by(&dora).await, &pipes).await.unwrap();
    let taken = register(authorized, "shop", vec![permission("organization.view", &[])]).await;
    assert_eq!(refused(taken), "permission_taken");
}

async fn nobody_climbs_by_what_a_permission_carries(app: App) {
    let keeper = [
        "roster.organization.view",
        "roster.role.view",
        "roster.role.manage",
        "order.view",
    ];
    declare(&app, &app.olivia, "shop", vec![permission("order.view", &[])])
        .await
        .unwrap();
    make(&app, &app.olivia, "Keeper", &keeper).await;
    let kim = persona::create(&app.roster, &app.olivia, &app.acme, "kim", "keeper").await;
    let audit = &["roster.audit_log.view"][..];
    // Neither by a permission that one holds, nor by a new one that one could put into a role.
    let climbed = declare(&app, &kim, "shop", vec![permission("order.view", audit)]).await;
    assert_eq!(refused(climbed), "cannot_grant");
    let climbed = declare(&app, &kim, "kims", vec![permission("kim.view", audit)]).await;
    assert_eq!(refused(climbed), "cannot_grant");
    // What the greater gave it to carry, the lesser does not take out.
    declare(
        &app,
        &app.olivia,
        "shop",
        vec![permission("order.view", &[]), permission("audit", audit)],
    )
    .await
    .unwrap();
    let weakened = vec![permission("order.view", &[]), permission("audit", &[])];
    assert_eq!(refused(declare(&app, &kim, "shop", weakened).await), "cannot_grant");
    // What carries more than one holds is more than one holds.
    let over = NewRole {
        name: "Over".into(),
        permissions: vec!["audit".into()],
        ..NewRole::default()
    };
    assert_eq!(refused(create(declaring(&app, &kim).await, over).await), "cannot_grant");
    declare(&app, &kim, "kims", vec![permission("kim.view", &["roster.role.view"])])
        .await
        .unwrap();
}

async fn what_a_permission_carries_reaches_whoever_has_it(app: App) {
    declare(&app, &app.olivia, "shop", vec![permission("order.audit", &[])])
        .await
        .unwrap();
    make(
        &app,
        &app.olivia,
        "Auditor",
        &["roster.organization.view", "order.audit"],
    )
    .await;
    let kim = persona::create(&app.roster, &app.olivia, &app.acme, "kim", "auditor").await;
    for (carries, may) in [(&["roster.audit_log.view"][..], true), (&[], false)] {
        declare(&app, &app.olivia, "shop", vec![permission("order.audit", carries)])
            .await
            .unwrap();
        let request = app.by(&kim).await;
        assert_eq!(app.roster.see::<AuditLogView>(&request, &app.acme).await.is_ok(), may);
    }
}

async fn a_tried_catalogue_leaves_nothing(app: App) {
    let request = app.tried_by(&app.olivia).await;
    let tried = app.roster.authorize(&request, &app.acme).await.unwrap();
    let preview = previewed(register(tried, "shop", vec![permission("order.view", &[])]).await);
    assert_eq!(preview.counts["created"], 1);
    assert!(known(&app).await.is_empty());
}
