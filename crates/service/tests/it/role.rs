//! Custom roles: made, changed, deleted; and that nobody gets, or gives, through one what they do not hold.

use domain::permission::{AuditLogView, GroupManage, Level, RoleManage, RoleView};
use domain::policy::PolicyChange;
use service::group::making::NewGroup;
use service::member::belongings::Belongings;
use service::role::making::{NewRole, RoleEdit, create, edit};
use service::role::{Counted, deletion};
use service::{Authorized, Result};
use testkit::persona::{self, done, previewed, refused};
use testkit::{App, Persona, on_both_databases};

use crate::story::{change_policies, entries, invite, manage, unmailed};

on_both_databases! {
    an_owner_makes_a_role_and_gives_it,
    what_a_role_gives_follows_its_edit_at_the_next_request,
    nobody_builds_into_a_role_what_they_do_not_hold,
    the_lesser_does_not_touch_a_role_that_holds_more,
    a_role_in_use_is_deleted_only_with_one_for_its_holders,
    whoever_replaces_a_role_gives_nothing_they_lack,
    built_in_roles_stay_as_they_are,
    a_small_organization_has_no_roles_of_its_own,
    the_same_slug_can_be_on_both_levels,
    a_tried_role_leaves_nothing,
    a_role_knows_how_many_have_it_as_they_come_move_and_go,
    an_accepted_invitation_still_names_a_role_that_is_gone,
}

async fn making(app: &App, by: &Persona) -> Authorized<RoleManage> {
    app.roster.authorize(&app.by(by).await, &app.acme).await.unwrap()
}

fn named(name: &str, permissions: &[&str]) -> NewRole {
    NewRole {
        name: name.to_owned(),
        permissions: permissions.iter().map(|name| (*name).to_owned()).collect(),
        ..NewRole::default()
    }
}

fn permitting(permissions: &[&str]) -> RoleEdit {
    RoleEdit {
        permissions: Some(permissions.iter().map(|name| (*name).to_owned()).collect()),
        ..RoleEdit::default()
    }
}

pub async fn make(app: &App, by: &Persona, name: &str, permissions: &[&str]) -> Counted {
    done(create(making(app, by).await, named(name, permissions)).await)
}

const ORGANIZATION: Level = Level::Organization;
const AUDITOR: &[&str] = &["roster.organization.view", "roster.audit_log.view"];
/// Whoever deals with roles and groups and holds little else.
const KEEPER: &[&str] = &[
    "roster.organization.view",
    "roster.member.view",
    "roster.group.view",
    "roster.group.manage",
    "roster.role.view",
    "roster.role.manage",
];

async fn may_audit(app: &App, who: &Persona) -> bool {
    let request = app.by(who).await;
    app.roster.see::<AuditLogView>(&request, &app.acme).await.is_ok()
}

async fn set_role(app: &App, by: &Persona, who: &Persona, role: &str) -> Result<()> {
    let authorized = manage(app, by).await;
    service::member::role_change::change_role(authorized, who.id(), role, None)
        .await
        .map(|_| ())
}

async fn an_owner_makes_a_role_and_gives_it(app: App) {
    let made = make(&app, &app.olivia, "Audit readers", AUDITOR).await;
    assert_eq!(
        (made.role.slug.as_str(), made.role.colour.as_str()),
        ("audit-readers", "grey")
    );
    assert!(!made.role.built_in && made.members == 0);
    assert!(!may_audit(&app, &app.mia).await);
    set_role(&app, &app.olivia, &app.mia, "audit-readers").await.unwrap();
    assert!(may_audit(&app, &app.mia).await);
    let mut seen = app
        .roster
        .see::<RoleView>(&app.by(&app.olivia).await, &app.acme)
        .await
        .unwrap();
    let found = service::role::get(&mut seen, ORGANIZATION, "audit-readers")
        .await
        .unwrap();
    assert_eq!(found.members, 1);
    drop(seen);
    assert!(entries(&app).await.iter().any(|entry| entry.action == "role.created"));
    let again = create(making(&app, &app.olivia).await, named("Audit Readers", &[])).await;
    assert_eq!(refused(again), "slug_taken");
    let unknown = create(
        making(&app, &app.olivia).await,
        named("Odd", &["roster.project.edit", "nonsense"]),
    )
    .await;
    let told = refused(unknown);
    assert!(
        told.contains("/permissions/0 is no permission") && told.contains("/permissions/1"),
        "{told}"
    );
}

async fn what_a_role_gives_follows_its_edit_at_the_next_request(app: App) {
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    set_role(&app, &app.olivia, &app.mia, "auditor").await.unwrap();
    assert!(may_audit(&app, &app.mia).await);
    let less = permitting(&["roster.organization.view"]);
    done(edit(making(&app, &app.olivia).await, ORGANIZATION, "auditor", less).await);
    assert!(!may_audit(&app, &app.mia).await);
    done(
        edit(
            making(&app, &app.olivia).await,
            ORGANIZATION,
            "auditor",
            permitting(AUDITOR),
        )
        .await,
    );
    assert!(may_audit(&app, &app.mia).await);
}

async fn nobody_builds_into_a_role_what_they_do_not_hold(app: App) {
    make(&app, &app.olivia, "Keeper", KEEPER).await;
    let kim = persona::create(&app.roster, &app.olivia, &app.acme, "kim", "keeper").await;
    let over = create(making(&app, &kim).await, named("Auditor", AUDITOR)).await;
    assert_eq!(refused(over), "cannot_grant");
    // A copy of what one holds is what one may make, and it grows no further.
    make(&app, &kim, "Copy", KEEPER).await;
    let grown: Vec<&str> = KEEPER.iter().copied().chain(["roster.member.manage"]).collect();
    let over = edit(making(&app, &kim).await, ORGANIZATION, "copy", permitting(&grown)).await;
    assert_eq!(refused(over), "cannot_grant");
    // Nor the role that one holds oneself.
    let over = edit(making(&app, &kim).await, ORGANIZATION, "keeper", permitting(&grown)).await;
    assert_eq!(refused(over), "cannot_grant");
    let of_projects = NewRole {
        applies_to: Some(Level::Project),
        ..named("Builder", &["roster.project.edit"])
    };
    assert_eq!(
        refused(create(making(&app, &kim).await, of_projects.clone()).await),
        "cannot_grant"
    );
    done(create(making(&app, &app.adam).await, of_projects).await);
    // An Admin lacks two permissions.
    let over = create(
        making(&app, &app.adam).await,
        named("Ender", &["roster.organization.delete"]),
    )
    .await;
    assert_eq!(refused(over), "cannot_grant");
}

async fn the_lesser_does_not_touch_a_role_that_holds_more(app: App) {
    make(&app, &app.olivia, "Keeper", KEEPER).await;
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    let kim = persona::create(&app.roster, &app.olivia, &app.acme, "kim", "keeper").await;
    let weakened = edit(making(&app, &kim).await, ORGANIZATION, "auditor", permitting(&[])).await;
    assert_eq!(refused(weakened), "cannot_grant");
    let renamed = RoleEdit {
        name: Some("Nobody".into()),
        ..RoleEdit::default()
    };
    assert_eq!(
        refused(edit(making(&app, &kim).await, ORGANIZATION, "auditor", renamed).await),
        "cannot_grant"
    );
    let deleted = deletion::delete(making(&app, &kim).await, ORGANIZATION, "auditor", None).await;
    assert_eq!(refused(deleted), "cannot_grant");
}

async fn a_role_in_use_is_deleted_only_with_one_for_its_holders(app: App) {
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    set_role(&app, &app.olivia, &app.mia, "auditor").await.unwrap();
    let new = service::invitation::NewInvitation {
        role: Some("auditor".into()),
        ..unmailed("ida@example.net")
    };
    let sent = invite(&app, &app.olivia, new).await;
    let group = NewGroup {
        name: "Auditors".into(),
        role: Some("auditor".into()),
        ..NewGroup::default()
    };
    let authorized = app
        .roster
        .authorize::<GroupManage>(&app.by(&app.olivia).await, &app.acme)
        .await
        .unwrap();
    done(service::group::making::create(authorized, group).await);
    let offer = PolicyChange {
        offered_roles: Some(Some(vec!["auditor".into(), "guest".into()])),
        ..PolicyChange::default()
    };
    change_policies(&app, &app.olivia, offer).await.unwrap();
    let kept = deletion::delete(making(&app, &app.olivia).await, ORGANIZATION, "auditor", None).await;
    let Err(service::Error::Refused(domain::Refusal::RoleInUse { places, .. })) = kept else {
        panic!("it was not kept")
    };
    assert_eq!(
        places,
        [
            "1 member",
            "1 group",
            "1 open invitation",
            "the policy of offered roles"
        ]
    );
    let same = deletion::delete(
        making(&app, &app.olivia).await,
        ORGANIZATION,
        "auditor",
        Some("auditor"),
    )
    .await;
    assert_eq!(refused(same), "/replace_with must be another role");
    let odd = deletion::delete(making(&app, &app.olivia).await, ORGANIZATION, "auditor", Some("reader")).await;
    assert_eq!(refused(odd), "/replace_with is no role of the same level");
    done(deletion::delete(making(&app, &app.olivia).await, ORGANIZATION, "auditor", Some("member")).await);
    assert_eq!(crate::story::member(&app, app.mia.id()).await.role.slug, "member");
    let mut seen = app.roster.see(&app.by(&app.olivia).await, &app.acme).await.unwrap();
    let invitation = service::invitation::get(&mut seen, sent.invitation.id).await.unwrap();
    assert_eq!(invitation.role.slug, "member");
    let offered = seen.organization().policies.offered_roles.clone();
    assert_eq!(offered.unwrap(), ["guest", "member"]);
    drop(seen);
    // The slug is free again.
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
}

async fn whoever_replaces_a_role_gives_nothing_they_lack(app: App) {
    make(&app, &app.olivia, "Keeper", KEEPER).await;
    make(&app, &app.olivia, "Visitor", &["roster.organization.view"]).await;
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    let kim = persona::create(&app.roster, &app.olivia, &app.acme, "kim", "keeper").await;
    set_role(&app, &app.olivia, &app.mia, "visitor").await.unwrap();
    for greater in ["admin", "auditor"] {
        let over = deletion::delete(making(&app, &kim).await, ORGANIZATION, "visitor", Some(greater)).await;
        assert_eq!(refused(over), "cannot_grant");
    }
    let owner = deletion::delete(making(&app, &kim).await, ORGANIZATION, "visitor", Some("owner")).await;
    assert_eq!(refused(owner), "owner_never_offered");
    // Mia is greater by a group of hers.
    let group = NewGroup {
        name: "Auditors".into(),
        role: Some("auditor".into()),
        members: vec![app.mia.id().to_string()],
        ..NewGroup::default()
    };
    let authorized = app
        .roster
        .authorize::<GroupManage>(&app.by(&app.olivia).await, &app.acme)
        .await
        .unwrap();
    done(service::group::making::create(authorized, group).await);
    let lesser = deletion::delete(making(&app, &kim).await, ORGANIZATION, "visitor", Some("guest")).await;
    assert_eq!(refused(lesser), "greater_than_you");
    done(deletion::delete(making(&app, &app.olivia).await, ORGANIZATION, "visitor", Some("guest")).await);
}

async fn built_in_roles_stay_as_they_are(app: App) {
    for (level, slug) in [(ORGANIZATION, "member"), (Level::Project, "reader")] {
        let changed = edit(making(&app, &app.olivia).await, level, slug, permitting(&[])).await;
        assert_eq!(refused(changed), "built_in_role");
        let deleted = deletion::delete(making(&app, &app.olivia).await, level, slug, None).await;
        assert_eq!(refused(deleted), "built_in_role");
    }
}

async fn a_small_organization_has_no_roles_of_its_own(app: App) {
    let pia = persona::open(&app.roster, &app.sid, "small", "pia", "delivery-small").await;
    let small = persona::organization("small");
    let request = app.by(&pia).await;
    let authorized = app.roster.authorize::<RoleManage>(&request, &small).await.unwrap();
    assert_eq!(
        refused(create(authorized, named("Auditor", &[])).await),
        "not_in_this_organization"
    );
    let authorized = app.roster.authorize::<GroupManage>(&request, &small).await.unwrap();
    let group = NewGroup {
        name: "Auditors".into(),
        ..NewGroup::default()
    };
    let made = service::group::making::create(authorized, group).await;
    assert_eq!(refused(made), "not_in_this_organization");
}

async fn the_same_slug_can_be_on_both_levels(app: App) {
    make(&app, &app.olivia, "Builder", &["roster.organization.view"]).await;
    let of_projects = NewRole {
        applies_to: Some(Level::Project),
        ..named("Builder", &["roster.project.view"])
    };
    done(create(making(&app, &app.olivia).await, of_projects).await);
    let mut seen = app
        .roster
        .see::<RoleView>(&app.by(&app.mia).await, &app.acme)
        .await
        .unwrap();
    for (level, permission) in [
        (ORGANIZATION, "roster.organization.view"),
        (Level::Project, "roster.project.view"),
    ] {
        let found = service::role::get(&mut seen, level, "builder").await.unwrap().role;
        assert_eq!(
            (found.applies_to, found.permissions.iter().collect::<Vec<_>>()),
            (level, vec![permission])
        );
    }
}

async fn a_tried_role_leaves_nothing(app: App) {
    let request = app.tried_by(&app.olivia).await;
    let tried = app.roster.authorize::<RoleManage>(&request, &app.acme).await.unwrap();
    let preview = previewed(create(tried, named("Auditor", AUDITOR)).await);
    assert_eq!(preview.counts["created"], 1);
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
}

async fn an_accepted_invitation_still_names_a_role_that_is_gone(app: App) {
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    let new = service::invitation::NewInvitation {
        role: Some("auditor".into()),
        ..unmailed("ida@example.net")
    };
    let sent = invite(&app, &app.olivia, new).await;
    persona::accept(&app.roster, sent.link.expose(), "ida", "ida@example.net").await;
    done(deletion::delete(making(&app, &app.olivia).await, ORGANIZATION, "auditor", Some("guest")).await);
    let mut seen = app.roster.see(&app.by(&app.olivia).await, &app.acme).await.unwrap();
    let invitation = service::invitation::get(&mut seen, sent.invitation.id).await.unwrap();
    assert_eq!(invitation.role.name, "Auditor");
}

async fn members_of(app: &App, role: &str) -> i64 {
    let mut seen = app
        .roster
        .see::<RoleView>(&app.by(&app.olivia).await, &app.acme)
        .await
        .unwrap();
    let counted = service::role::list(&mut seen).await.unwrap();
    let listed = counted
        .iter()
        .find(|counted| counted.role.slug == role)
        .unwrap()
        .members;
    let alone = service::role::get(&mut seen, ORGANIZATION, role).await.unwrap();
    assert_eq!(alone.members, listed, "{role}");
    listed
}

async fn a_role_knows_how_many_have_it_as_they_come_move_and_go(app: App) {
    make(&app, &app.olivia, "Audit readers", AUDITOR).await;
    make(&app, &app.olivia, "Their heirs", AUDITOR).await;
    let members = members_of(&app, "member").await;
    assert!(members > 0);
    set_role(&app, &app.olivia, &app.mia, "audit-readers").await.unwrap();
    set_role(&app, &app.olivia, &app.gus, "audit-readers").await.unwrap();
    assert_eq!(members_of(&app, "audit-readers").await, 2);
    assert_eq!(members_of(&app, "member").await, members - 1);
    deletion::delete(
        making(&app, &app.olivia).await,
        ORGANIZATION,
        "audit-readers",
        Some("their-heirs"),
    )
    .await
    .unwrap();
    assert_eq!(members_of(&app, "their-heirs").await, 2);
    service::member::removal::remove(manage(&app, &app.olivia).await, app.mia.id(), Belongings::Block)
        .await
        .unwrap();
    assert_eq!(members_of(&app, "their-heirs").await, 1);
}
