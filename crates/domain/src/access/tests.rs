//! The walk, on an organization small enough to see through.

use super::*;
use crate::id::Id;
use crate::organization::AccessModel;
use crate::role::tests::{catalogue, organization, role};

const NOW: Timestamp = Timestamp::from_micros(1_000);

fn project(number: u8) -> ProjectFacts {
    ProjectFacts {
        id: ProjectId::new(Timestamp::default(), [number; 10]),
        organization: organization().id,
        open: false,
    }
}

fn group(number: u8) -> GroupId {
    GroupId::new(Timestamp::default(), [number; 10])
}

fn on_project(slug: &str, permissions: &[Permission]) -> Role {
    Role {
        applies_to: Level::Project,
        id: RoleId::new(Timestamp::from_micros(5_000), [slug.len() as u8; 10]),
        ..role(
            slug,
            &permissions
                .iter()
                .map(|permission| permission.name())
                .collect::<Vec<_>>(),
        )
    }
}

/// Owner acts as admin everywhere, everyone is a reader, and the Member role may invite.
fn access() -> OrganizationAccess {
    let mut organization = organization();
    organization.access_model = AccessModel {
        everyone_role: Some("reader".to_owned()),
        owner_project_role: Some("admin".to_owned()),
        ..AccessModel::default()
    };
    organization.policies.members_may_invite = true;
    let roles = [
        role("owner", &["a", "b", "c"]),
        role("member", &["a"]),
        role("guest", &[]),
        on_project("admin", &[Permission::ProjectView, Permission::ProjectDelete]),
        on_project("reader", &[Permission::ProjectView]),
    ];
    OrganizationAccess::new(&organization, catalogue(), &roles)
}

fn place(access: &OrganizationAccess, level: Level, slug: &str) -> RolePlace {
    let found = access
        .roles()
        .find(|(_, role)| role.applies_to == level && role.slug == slug);
    found.unwrap().0
}

fn held(access: &OrganizationAccess, slug: &str, through: Through, until: Option<Timestamp>) -> HeldRole {
    HeldRole {
        role: place(access, Level::Organization, slug),
        through,
        until,
    }
}

fn member(roles: Vec<HeldRole>, projects: Vec<HeldOnProject>) -> Holding {
    Holding {
        is_member: true,
        ..Holding::new(roles, vec![group(1)], projects)
    }
}

fn may(access: &OrganizationAccess, holding: &Holding, name: &str, resource: Resource<'_>) -> bool {
    decide(access, holding, access.catalogue.place(name).unwrap(), resource, NOW)
}

#[test]
fn what_counts_is_the_union_of_the_direct_role_and_those_of_groups() {
    let access = access();
    let alone = member(vec![held(&access, "guest", Through::Oneself, None)], vec![]);
    let grouped = member(
        vec![
            held(&access, "guest", Through::Oneself, None),
            held(&access, "member", Through::Group(0), None),
        ],
        vec![],
    );
    assert!(!may(&access, &alone, "a", Resource::Organization));
    assert!(may(&access, &grouped, "a", Resource::Organization));
    assert!(!may(&access, &grouped, "b", Resource::Organization));
}

#[test]
fn a_grant_ends_when_its_time_has_come_and_not_a_moment_later() {
    let access = access();
    for (until, expected) in [(NOW, false), (NOW.plus(1), true)] {
        let holding = member(vec![held(&access, "member", Through::Oneself, Some(until))], vec![]);
        assert_eq!(may(&access, &holding, "a", Resource::Organization), expected);
    }
}

#[test]
fn the_policy_lets_the_member_role_invite_and_no_other() {
    let access = access();
    let invite = Permission::InvitationSend.name();
    let mia = member(vec![held(&access, "member", Through::Oneself, None)], vec![]);
    let gus = member(vec![held(&access, "guest", Through::Oneself, None)], vec![]);
    assert!(may(&access, &mia, invite, Resource::Organization));
    assert!(!may(&access, &gus, invite, Resource::Organization));
}

#[test]
fn everyone_but_guests_sees_an_open_project_and_nobody_one_that_is_closed() {
    let access = access();
    let (closed, open) = (
        project(1),
        ProjectFacts {
            open: true,
            ..project(1)
        },
    );
    let view = Permission::ProjectView.name();
    let mia = member(vec![held(&access, "member", Through::Oneself, None)], vec![]);
    let gus = member(vec![held(&access, "guest", Through::Oneself, None)], vec![]);
    let robot = Holding {
        is_member: false,
        ..mia.clone()
    };
    assert!(may(&access, &mia, view, Resource::Project(&open)));
    assert!(!may(&access, &mia, view, Resource::Project(&closed)));
    assert!(!may(&access, &gus, view, Resource::Project(&open)));
    assert!(!may(&access, &robot, view, Resource::Project(&open)));
}

#[test]
fn an_owner_acts_on_every_project_and_whoever_is_mapped_on_that_one() {
    let access = access();
    let delete = Permission::ProjectDelete.name();
    let olivia = member(vec![held(&access, "owner", Through::Oneself, None)], vec![]);
    assert!(may(&access, &olivia, delete, Resource::Project(&project(1))));
    let mapped = |through, until| HeldOnProject {
        project: project(1).id,
        role: place(&access, Level::Project, "admin"),
        through,
        by: OnProject::Mapping,
        until,
    };
    let mia = member(vec![], vec![mapped(Through::Group(0), None)]);
    assert!(may(&access, &mia, delete, Resource::Project(&project(1))));
    assert!(!may(&access, &mia, delete, Resource::Project(&project(2))));
    let late = member(vec![], vec![mapped(Through::Oneself, Some(NOW))]);
    assert!(!may(&access, &late, delete, Resource::Project(&project(1))));
}

#[test]
fn a_permission_of_projects_is_not_held_on_the_organization_not_even_by_a_superuser() {
    let access = access();
    let sid = Holding {
        superuser: true,
        ..Holding::default()
    };
    let view = Permission::ProjectView.name();
    assert!(may(&access, &sid, view, Resource::Project(&project(1))));
    assert!(!may(&access, &sid, view, Resource::Organization));
    assert!(may(&access, &sid, "c", Resource::Organization));
}

#[test]
fn why_names_every_grant_that_gives_it() {
    let access = access();
    let holding = member(
        vec![
            held(&access, "owner", Through::Oneself, None),
            held(&access, "member", Through::Group(0), None),
        ],
        vec![],
    );
    let a = access.catalogue.place("a").unwrap();
    let why: Vec<_> = because(&access, &holding, a, Resource::Organization, NOW)
        .map(|source| (source.kind, source.through))
        .collect();
    assert_eq!(
        why,
        [
            (SourceKind::Role, Through::Oneself),
            (SourceKind::Role, Through::Group(0))
        ]
    );
}

#[test]
fn members_who_hold_one_role_and_nothing_else_share_what_they_hold() {
    let access = access();
    let member = place(&access, Level::Organization, "member");
    let plain = || access.shared(Holding::plain(member));
    assert!(Arc::ptr_eq(&plain(), &plain()));
    let more = [
        Holding {
            superuser: true,
            ..Holding::plain(member)
        },
        Holding {
            groups: [group(1)].into(),
            ..Holding::plain(member)
        },
        Holding {
            roles: [HeldRole {
                until: Some(NOW),
                ..Holding::plain(member).roles[0].clone()
            }]
            .into(),
            ..Holding::plain(member)
        },
    ];
    for holding in more {
        assert_eq!(*access.shared(holding.clone()), holding);
    }
}
