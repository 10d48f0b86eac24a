//! Groups: what they give and to whom; and that nobody climbs by one.

use domain::Timestamp;
use domain::access::Principal;
use domain::permission::{AuditLogView, GroupManage, GroupView};
use domain::time::DAY;
use service::group::making::{self, GroupEdit, NewGroup};
use service::group::{self, membership};
use service::{Authorized, Outcome, Result};
use testkit::persona::{self, done, previewed, refused};
use testkit::{App, Persona, on_both_databases};

use crate::role::make;
use crate::story::{invite, unmailed};

on_both_databases! {
    auditors_read_the_audit_log_from_the_next_request_on,
    a_new_group_has_the_member_role_and_its_own_slug,
    a_place_in_a_group_ends_by_itself_and_by_hand,
    nobody_puts_somebody_into_a_group_that_gives_what_they_lack,
    nobody_gives_a_group_a_role_they_do_not_hold,
    the_lesser_takes_nothing_from_a_group_that_holds_more,
    groups_are_found_and_paged_by_name,
    whoever_leaves_the_organization_leaves_its_groups,
    a_parent_is_shown_and_gives_nothing,
    an_invitation_brings_into_its_groups,
    nobody_invites_into_a_group_that_gives_what_they_lack,
    an_inviter_is_offered_the_groups_they_may_fill,
    a_foreign_member_or_group_is_not_there,
    a_tried_change_of_a_group_leaves_nothing,
}

pub async fn managing(app: &App, by: &Persona) -> Authorized<GroupManage> {
    app.roster.authorize(&app.by(by).await, &app.acme).await.unwrap()
}

async fn seeing(app: &App, by: &Persona) -> Authorized<GroupView, service::authorization::Reading> {
    app.roster.see(&app.by(by).await, &app.acme).await.unwrap()
}

fn named(name: &str, role: &str, members: &[&Persona]) -> NewGroup {
    NewGroup {
        name: name.to_owned(),
        role: Some(role.to_owned()),
        members: members.iter().map(|member| member.id().to_string()).collect(),
        ..NewGroup::default()
    }
}

async fn create(app: &App, by: &Persona, new: NewGroup) -> domain::group::Group {
    done(making::create(managing(app, by).await, new).await)
}

async fn add(app: &App, by: &Persona, group: &str, who: &Persona, until: Option<Timestamp>) -> Result<()> {
    let placed = membership::put(managing(app, by).await, group, &who.id().to_string(), until).await?;
    assert!(matches!(placed, Outcome::Done(_)));
    Ok(())
}

async fn may_audit(app: &App, who: &Persona) -> bool {
    let request = app.by(who).await;
    app.roster.see::<AuditLogView>(&request, &app.acme).await.is_ok()
}

const AUDITOR: &[&str] = &["roster.organization.view", "roster.audit_log.view"];
const KEEPER: &[&str] = &[
    "roster.organization.view",
    "roster.member.view",
    "roster.group.view",
    "roster.group.manage",
    "roster.role.view",
    "roster.project.create",
    "roster.secret.use",
    "roster.invitation.send",
];

/// Somebody who keeps the groups, and holds what a Member holds.
async fn keeper(app: &App) -> Persona {
    make(app, &app.olivia, "Keeper", KEEPER).await;
    persona::create(&app.roster, &app.olivia, &app.acme, "kim", "keeper").await
}

async fn auditors_read_the_audit_log_from_the_next_request_on(app: App) {
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    create(&app, &app.olivia, named("Auditors", "member", &[])).await;
    done(making::set_role(managing(&app, &app.olivia).await, "auditors", "auditor").await);
    assert!(!may_audit(&app, &app.mia).await);
    add(&app, &app.olivia, "auditors", &app.mia, None).await.unwrap();
    assert!(may_audit(&app, &app.mia).await);
    let mia = crate::story::member(&app, app.mia.id()).await;
    assert_eq!(mia.groups[0].name, "Auditors");
    assert_eq!(
        (mia.groups[0].origin.as_str(), mia.groups[0].granted.by.name.as_str()),
        ("hand", "Olivia")
    );
    done(membership::remove(managing(&app, &app.olivia).await, "auditors", &app.mia.id().to_string()).await);
    assert!(!may_audit(&app, &app.mia).await);
    let again = membership::remove(managing(&app, &app.olivia).await, "auditors", &app.mia.id().to_string()).await;
    assert_eq!(refused(again), "not_found");
    add(&app, &app.olivia, "auditors", &app.mia, None).await.unwrap();
    done(making::delete(managing(&app, &app.olivia).await, "auditors").await);
    assert!(!may_audit(&app, &app.mia).await);
}

async fn a_new_group_has_the_member_role_and_its_own_slug(app: App) {
    let new = NewGroup {
        name: "Night Watch".into(),
        description: Some("Awake when others sleep.".into()),
        ..NewGroup::default()
    };
    let made = create(&app, &app.adam, new.clone()).await;
    assert_eq!(
        (made.slug.as_str(), made.role.slug.as_str(), made.members),
        ("night-watch", "member", 0)
    );
    assert_eq!(
        refused(making::create(managing(&app, &app.adam).await, new).await),
        "slug_taken"
    );
    let renamed = GroupEdit {
        name: Some("Day Watch".into()),
        slug: Some("day".into()),
        ..GroupEdit::default()
    };
    let renamed = done(making::edit(managing(&app, &app.adam).await, "night-watch", renamed).await);
    assert_eq!(
        (renamed.id, renamed.name.as_str(), renamed.slug.as_str()),
        (made.id, "Day Watch", "day")
    );
    let unnamed = create(&app, &app.adam, named("夜警", "guest", &[])).await;
    assert!(unnamed.slug.starts_with("group-"), "{}", unnamed.slug);
}

async fn a_place_in_a_group_ends_by_itself_and_by_hand(app: App) {
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    create(&app, &app.olivia, named("Auditors", "auditor", &[])).await;
    let now = app.roster.now();
    let past = add(&app, &app.olivia, "auditors", &app.mia, Some(now)).await;
    assert_eq!(refused(past), "/until must lie in the future");
    add(&app, &app.olivia, "auditors", &app.mia, Some(now.plus(DAY)))
        .await
        .unwrap();
    assert!(may_audit(&app, &app.mia).await);
    app.pass(DAY);
    assert!(!may_audit(&app, &app.mia).await);
    // It shows as ended, and does not count.
    let mut seen = seeing(&app, &app.olivia).await;
    let known = group::get(&mut seen, "auditors").await.unwrap();
    let members = group::members(&mut seen, "auditors", None, None, 10)
        .await
        .unwrap()
        .items;
    assert_eq!(
        (known.members, members.len(), members[0].is_live(seen.now())),
        (0, 1, false)
    );
    drop(seen);
    // Extended by hand.
    let later = app.roster.now().plus(2 * DAY);
    add(&app, &app.olivia, "auditors", &app.mia, Some(later)).await.unwrap();
    assert!(may_audit(&app, &app.mia).await);
    app.pass(DAY);
    add(&app, &app.olivia, "auditors", &app.mia, None).await.unwrap();
    app.pass(5 * DAY);
    assert!(may_audit(&app, &app.mia).await);
}

async fn nobody_puts_somebody_into_a_group_that_gives_what_they_lack(app: App) {
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    let kim = keeper(&app).await;
    create(&app, &app.olivia, named("Auditors", "auditor", &[])).await;
    create(&app, &app.olivia, named("Admins", "admin", &[])).await;
    for who in [&kim, &app.mia] {
        for over in ["auditors", "admins"] {
            assert_eq!(refused(add(&app, &kim, over, who, None).await), "cannot_grant");
        }
    }
    create(&app, &kim, named("Friends", "member", &[&kim])).await;
    add(&app, &kim, "friends", &app.gus, None).await.unwrap();
    let made = making::create(managing(&app, &kim).await, named("Climbers", "auditor", &[&kim])).await;
    assert_eq!(refused(made), "cannot_grant");
}

async fn nobody_gives_a_group_a_role_they_do_not_hold(app: App) {
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    let kim = keeper(&app).await;
    create(&app, &kim, named("Friends", "member", &[&kim])).await;
    for over in ["admin", "auditor"] {
        let climbed = making::set_role(managing(&app, &kim).await, "friends", over).await;
        assert_eq!(refused(climbed), "cannot_grant");
    }
    let owner = making::set_role(managing(&app, &app.olivia).await, "friends", "owner").await;
    assert_eq!(refused(owner), "owner_never_offered");
    let odd = making::set_role(managing(&app, &app.olivia).await, "friends", "reader").await;
    assert_eq!(refused(odd), "/role is no role of this organization");
}

async fn the_lesser_takes_nothing_from_a_group_that_holds_more(app: App) {
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    let kim = keeper(&app).await;
    create(&app, &app.olivia, named("Auditors", "auditor", &[&app.mia])).await;
    let mia = app.mia.id().to_string();
    assert_eq!(
        refused(membership::remove(managing(&app, &kim).await, "auditors", &mia).await),
        "cannot_grant"
    );
    assert_eq!(
        refused(making::delete(managing(&app, &kim).await, "auditors").await),
        "cannot_grant"
    );
    let weakened = making::set_role(managing(&app, &kim).await, "auditors", "member").await;
    assert_eq!(refused(weakened), "cannot_grant");
    assert!(may_audit(&app, &app.mia).await);
}

async fn groups_are_found_and_paged_by_name(app: App) {
    for name in ["Cedar", "alder", "Birch", "Elm"] {
        create(&app, &app.adam, named(name, "guest", &[&app.mia, &app.gus])).await;
    }
    let mut seen = seeing(&app, &app.mia).await;
    let first = group::list(&mut seen, None, None, 3).await.unwrap();
    let rest = group::list(&mut seen, None, first.next.clone(), 3).await.unwrap();
    let names: Vec<_> = first
        .items
        .iter()
        .chain(&rest.items)
        .map(|group| group.name.as_str())
        .collect();
    assert_eq!((names, rest.next), (vec!["alder", "Birch", "Cedar", "Elm"], None));
    let found = group::list(&mut seen, Some(" DER "), None, 10).await.unwrap();
    assert_eq!(found.items.len(), 1);
    assert_eq!(found.items[0].members, 2);
    let one = group::members(&mut seen, "elm", None, None, 1).await.unwrap();
    let two = group::members(&mut seen, "elm", None, one.next, 1).await.unwrap();
    assert_eq!(
        (one.items[0].name.as_str(), two.items[0].name.as_str(), two.next),
        ("Gus", "Mia", None)
    );
    assert_eq!(one.items[0].principal, Principal::Member(app.gus.id()));
    drop(seen);
    let hidden = app.roster.see::<GroupView>(&app.by(&app.gus).await, &app.acme).await;
    assert_eq!(refused(hidden), "permission_required");
}

async fn whoever_leaves_the_organization_leaves_its_groups(app: App) {
    create(&app, &app.adam, named("Elm", "guest", &[&app.mia, &app.gus])).await;
    crate::story::end_membership(&app, &app.mia, &app.acme).await;
    let mut seen = seeing(&app, &app.adam).await;
    assert_eq!(group::get(&mut seen, "elm").await.unwrap().members, 1);
}

async fn a_parent_is_shown_and_gives_nothing(app: App) {
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    create(&app, &app.olivia, named("Auditors", "auditor", &[])).await;
    let child = NewGroup {
        parent: Some("auditors".into()),
        ..named("Juniors", "guest", &[&app.mia])
    };
    let child = create(&app, &app.olivia, child).await;
    assert_eq!(child.parent.unwrap().name, "Auditors");
    assert!(!may_audit(&app, &app.mia).await);
    let own = GroupEdit {
        parent: Some(Some("juniors".into())),
        ..GroupEdit::default()
    };
    let own = making::edit(managing(&app, &app.olivia).await, "juniors", own).await;
    assert_eq!(
        refused(own),
        "/parent must not be below the group itself: Juniors → Juniors"
    );
    done(making::delete(managing(&app, &app.olivia).await, "auditors").await);
    let mut seen = seeing(&app, &app.olivia).await;
    assert_eq!(group::get(&mut seen, "juniors").await.unwrap().parent, None);
}

async fn an_invitation_brings_into_its_groups(app: App) {
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    create(&app, &app.olivia, named("Auditors", "auditor", &[])).await;
    create(&app, &app.olivia, named("Passing", "guest", &[])).await;
    let new = service::invitation::NewInvitation {
        role: Some("guest".into()),
        groups: vec!["auditors".into(), "passing".into()],
        ..unmailed("ida@example.net")
    };
    let sent = invite(&app, &app.olivia, new).await;
    let names: Vec<_> = sent.invitation.groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["Auditors", "Passing"]);
    // One that is deleted meanwhile is left out.
    done(making::delete(managing(&app, &app.olivia).await, "passing").await);
    let ida = persona::accept(&app.roster, sent.link.expose(), "ida", "ida@example.net").await;
    assert!(may_audit(&app, &ida).await);
    let joined = crate::story::member(&app, ida.id()).await;
    assert_eq!(joined.groups.len(), 1);
    assert_eq!(
        (
            joined.groups[0].origin.as_str(),
            joined.groups[0].granted.by.name.as_str()
        ),
        ("invitation", "Olivia")
    );
}

async fn nobody_invites_into_a_group_that_gives_what_they_lack(app: App) {
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    let kim = keeper(&app).await;
    create(&app, &app.olivia, named("Auditors", "auditor", &[])).await;
    let into = |groups: &[&str]| service::invitation::NewInvitation {
        role: Some("guest".into()),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        ..unmailed("ida@example.net")
    };
    let sent = service::invitation::send(crate::story::inviting(&app, &kim).await, into(&["auditors"])).await;
    assert_eq!(refused(sent), "cannot_grant");
    let sent = service::invitation::send(crate::story::inviting(&app, &kim).await, into(&["nowhere"])).await;
    assert_eq!(refused(sent), "/groups/0 is no group of this organization");
}

async fn an_inviter_is_offered_the_groups_they_may_fill(app: App) {
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    let kim = keeper(&app).await;
    create(&app, &app.olivia, named("Auditors", "auditor", &[])).await;
    create(&app, &app.olivia, named("Builders", "member", &[])).await;
    let closed = create(&app, &app.olivia, named("Closed", "guest", &[])).await;
    crate::project::make(&app, &app.olivia, "Website").await;
    let website = crate::project::on(&app, &app.olivia, "website").await;
    done(service::project::access::grant(website, &closed.id.to_string(), "admin", None).await);
    let offered = async |by: &Persona| {
        let mut seen = app.roster.see(&app.by(by).await, &app.acme).await.unwrap();
        let groups = group::invited::offered(&mut seen, 50).await.unwrap();
        groups.into_iter().map(|group| group.slug).collect::<Vec<_>>()
    };
    assert_eq!(offered(&app.olivia).await, ["auditors", "builders", "closed"]);
    assert_eq!(
        offered(&kim).await,
        ["builders"],
        "neither the log nor the website is hers to give"
    );
}

async fn a_foreign_member_or_group_is_not_there(app: App) {
    let elm = create(&app, &app.adam, named("Elm", "guest", &[])).await;
    let foreign = membership::put(managing(&app, &app.adam).await, "elm", &app.eve.id().to_string(), None).await;
    assert_eq!(refused(foreign), "not_found");
    let request = app.by(&app.eve).await;
    let elsewhere = app
        .roster
        .authorize::<GroupManage>(&request, &app.elsewhere)
        .await
        .unwrap();
    assert_eq!(
        refused(making::delete(elsewhere, &elm.id.to_string()).await),
        "not_found"
    );
    let listed = making::create(managing(&app, &app.adam).await, named("Oak", "guest", &[&app.eve])).await;
    assert_eq!(
        refused(listed),
        "/members/0 is no member or service account of this organization"
    );
}

async fn a_tried_change_of_a_group_leaves_nothing(app: App) {
    make(&app, &app.olivia, "Auditor", AUDITOR).await;
    create(&app, &app.olivia, named("Auditors", "auditor", &[])).await;
    let request = app.tried_by(&app.olivia).await;
    let tried = app.roster.authorize::<GroupManage>(&request, &app.acme).await.unwrap();
    let preview = previewed(membership::put(tried, "auditors", &app.mia.id().to_string(), None).await);
    let gained: Vec<_> = preview
        .effects
        .iter()
        .filter_map(|effect| effect.permission.as_deref())
        .collect();
    assert_eq!(gained, ["roster.audit_log.view"]);
    assert!(!may_audit(&app, &app.mia).await);
}
