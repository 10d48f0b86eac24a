//! The check on a member as they are remembered: five groups, twenty projects. It is asked for every request of the
//! applications that ask, so it has to stay well under a microsecond.
#![allow(clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use domain::Timestamp;
use domain::access::{
    HeldOnProject, HeldRole, Holding, OnProject, OrganizationAccess, ProjectFacts, Resource, RolePlace, Through, decide,
};
use domain::catalogue::Catalogue;
use domain::id::{GroupId, Id, OrganizationId, ProjectId, RoleId};
use domain::organization::{Organization, OrganizationStatus};
use domain::permission::Level;
use domain::preset::{self, Preset};
use domain::role::Role;

const NOW: Timestamp = Timestamp::from_micros(1_795_338_000_000_000);
const GROUPS: u8 = 5;
const PROJECTS: u8 = 20;

fn organization(preset: &Preset) -> Organization {
    Organization {
        id: OrganizationId::new(NOW, [9; 10]),
        slug: "acme".to_owned(),
        name: "Acme".to_owned(),
        preset: preset.slug.clone(),
        status: OrganizationStatus::Active,
        disabled: None,
        deleted: None,
        policies: preset.policies.clone(),
        words: preset.words.clone(),
        access_model: preset.access_model.clone(),
        created_at: NOW,
        revision: 1,
        access_revision: 1,
        changed_at_revision: 1,
    }
}

fn access() -> OrganizationAccess {
    let preset = preset::find("delivery").unwrap();
    let roles: Vec<Role> = (0..)
        .zip(&preset.roles)
        .map(|(number, role)| Role {
            revision: 0,
            id: RoleId::new(NOW, [number; 10]),
            slug: role.slug.clone(),
            name: role.name.clone(),
            description: String::new(),
            colour: String::new(),
            built_in: true,
            applies_to: role.applies_to,
            shown: true,
            permissions: preset.permissions_of(role),
        })
        .collect();
    OrganizationAccess::new(
        &organization(preset),
        Catalogue::new(preset.permissions.clone()),
        &roles,
    )
}

fn role(access: &OrganizationAccess, level: Level, slug: &str) -> RolePlace {
    let mut roles = access.roles();
    let found = roles.find(|(_, role)| role.role.applies_to == level && role.role.slug == slug);
    found.unwrap().0
}

fn project(number: u8) -> ProjectId {
    ProjectId::new(NOW, [number; 10])
}

/// A plain member who is in five groups and reads twenty projects, half of them through the groups.
fn holding(access: &OrganizationAccess) -> Holding {
    let (member, reader) = (
        role(access, Level::Organization, "member"),
        role(access, Level::Project, "reader"),
    );
    let through = |group: u8| Through::Group(u16::from(group));
    let roles = [Through::Oneself].into_iter().chain((0..GROUPS).map(through));
    let roles = roles.map(|through| HeldRole {
        role: member,
        through,
        until: None,
    });
    let groups = (0..GROUPS).map(|number| GroupId::new(NOW, [number; 10]));
    let projects = (0..PROJECTS).map(|number| HeldOnProject {
        project: project(number),
        role: reader,
        through: if number % 2 == 0 {
            Through::Oneself
        } else {
            through(number % GROUPS)
        },
        by: OnProject::Mapping,
        until: None,
    });
    let mut holding = Holding::new(roles.collect(), groups.collect(), projects.collect());
    holding.is_member = true;
    holding
}

fn benchmark(criterion: &mut Criterion) {
    let access = access();
    let holding = holding(&access);
    let facts = ProjectFacts {
        id: project(PROJECTS - 1),
        organization: access.organization,
        open: false,
    };
    let place = |name: &str| access.catalogue.place(name).unwrap();
    let cases = [
        (
            "held in the organization",
            "roster.organization.view",
            Resource::Organization,
        ),
        (
            "nowhere in the organization",
            "roster.organization.delete",
            Resource::Organization,
        ),
        ("held on a project", "roster.project.view", Resource::Project(&facts)),
        (
            "nowhere on a project",
            "roster.project.delete",
            Resource::Project(&facts),
        ),
    ];
    for (name, permission, resource) in cases {
        let permission = place(permission);
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| decide(black_box(&access), black_box(&holding), permission, resource, NOW));
        });
    }
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
