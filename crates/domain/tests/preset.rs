//! Every preset reads, holds what its product promises, and names nothing that does not exist.
// tidy: long because the seven presets are held to their figures in one place

use std::collections::BTreeSet;

use domain::permission::{Level, Permission};
use domain::policy::{InvitedShownIn, Policies};
use domain::preset::{self, BUILT_IN, Broken, Preset};

fn preset(slug: &str) -> &'static Preset {
    preset::find(slug).unwrap_or_else(|| panic!("the preset {slug} is missing or broken"))
}

fn names<'a>(preset: &'a Preset, level: Level, slug: &str) -> BTreeSet<&'a str> {
    let role = preset
        .role(level, slug)
        .unwrap_or_else(|| panic!("{} has no role {slug}", preset.slug));
    role.permissions.iter().map(String::as_str).collect()
}

/// How many permissions of the preset's own catalogue the role has.
fn declared(preset: &Preset, level: Level, slug: &str) -> usize {
    names(preset, level, slug)
        .iter()
        .filter(|name| !name.starts_with("roster."))
        .count()
}

fn gives(preset: &Preset, level: Level, slug: &str, permission: Permission) -> bool {
    preset.permissions_of(preset.role(level, slug).unwrap()).has(permission)
}

#[test]
fn there_are_seven_and_the_default_is_first() {
    let slugs: Vec<&str> = preset::all().iter().map(|preset| preset.slug.as_str()).collect();
    assert_eq!(
        slugs,
        [
            "standard",
            "error-reporting",
            "modules",
            "delivery",
            "delivery-small",
            "service-desk",
            "directory"
        ]
    );
    assert_eq!(preset("standard").policies, Policies::default());
    assert!(preset::find("Standard").is_none());
}

#[test]
fn every_file_reads() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../presets")).unwrap() {
        let path = entry.unwrap().path();
        let parsed = Preset::parse(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|broken| panic!("{}: {broken}", path.display()));
        assert_eq!(path.file_stem().unwrap().to_str(), Some(parsed.slug.as_str()));
        assert_eq!(
            preset::find(&parsed.slug),
            Some(&parsed),
            "{} is not embedded",
            parsed.slug
        );
    }
}

#[test]
fn every_permission_that_is_named_exists_at_its_level() {
    for preset in preset::all() {
        let known: BTreeSet<(Level, &str)> = Permission::ALL
            .iter()
            .map(|own| (own.applies_to(), own.name()))
            .chain(
                preset
                    .permissions
                    .iter()
                    .map(|declared| (declared.applies_to, declared.name.as_str())),
            )
            .collect();
        for role in &preset.roles {
            for name in &role.permissions {
                assert!(
                    known.contains(&(role.applies_to, name)),
                    "{}: {} names {name}",
                    preset.slug,
                    role.slug
                );
            }
        }
        for permission in &preset.permissions {
            assert!(!permission.description.is_empty() && !permission.name.starts_with("roster."));
            assert!(
                permission.carries.iter().all(|name| Permission::parse(name).is_some()),
                "{}",
                permission.name
            );
        }
    }
}

#[test]
fn the_four_built_in_roles_are_everywhere_and_an_owner_lacks_nothing() {
    for preset in preset::all() {
        for slug in BUILT_IN {
            assert!(
                gives(preset, Level::Organization, slug, Permission::OrganizationView),
                "{}: {slug}",
                preset.slug
            );
        }
        for permission in Permission::ALL
            .iter()
            .filter(|permission| permission.applies_to() == Level::Organization)
        {
            assert!(
                gives(preset, Level::Organization, "owner", *permission),
                "{}: {permission}",
                preset.slug
            );
        }
    }
}

#[test]
fn what_a_member_may_not_do_in_any_preset() {
    let reserved = [
        Permission::MemberManage,
        Permission::InvitationSend,
        Permission::InvitationManage,
        Permission::RoleManage,
        Permission::OrganizationManage,
        Permission::OrganizationDelete,
        Permission::OrganizationChangeOwner,
        Permission::SubscriptionManage,
        Permission::SecurityManage,
    ];
    for preset in preset::all() {
        for (slug, permission) in ["member", "guest"]
            .into_iter()
            .flat_map(|slug| reserved.map(|permission| (slug, permission)))
        {
            assert!(
                !gives(preset, Level::Organization, slug, permission),
                "{}: {slug} {permission}",
                preset.slug
            );
        }
    }
}

#[test]
fn a_guest_sees_the_organization_and_nothing_else() {
    for preset in preset::all() {
        let guest = preset.permissions_of(preset.role(Level::Organization, "guest").unwrap());
        let own: Vec<&str> = guest.iter().filter(|name| name.starts_with("roster.")).collect();
        assert_eq!(own, ["roster.organization.view"], "{}", preset.slug);
    }
}

type Expected = (
    &'static str,
    Option<u32>,
    bool,
    Option<&'static [&'static str]>,
    Option<u32>,
    InvitedShownIn,
);

#[test]
fn policies_are_those_of_the_product() {
    let expected: [Expected; 7] = [
        ("standard", Some(7), false, None, None, InvitedShownIn::People),
        (
            "error-reporting",
            None,
            true,
            Some(&["member", "guest"]),
            None,
            InvitedShownIn::Card,
        ),
        (
            "modules",
            Some(14),
            false,
            Some(&["admin", "member"]),
            Some(10),
            InvitedShownIn::People,
        ),
        ("delivery", Some(7), false, None, None, InvitedShownIn::People),
        ("delivery-small", Some(7), false, None, None, InvitedShownIn::People),
        ("service-desk", Some(7), false, None, None, InvitedShownIn::Card),
        ("directory", Some(7), false, None, None, InvitedShownIn::People),
    ];
    for (slug, lifetime, members_may_invite, offered, limit, shown_in) in expected {
        let policies = &preset(slug).policies;
        assert_eq!(policies.invitation_lifetime_days, lifetime, "{slug}");
        assert_eq!(policies.members_may_invite, members_may_invite, "{slug}");
        let offered_roles = policies
            .offered_roles
            .as_ref()
            .map(|roles| roles.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(offered_roles.as_deref(), offered, "{slug}");
        assert_eq!(policies.member_limit, limit, "{slug}");
        assert_eq!(policies.invited_shown_in, shown_in, "{slug}");
        assert!(!policies.self_sign_up, "{slug}");
    }
}

#[test]
fn roles_that_show_are_those_of_the_product() {
    let shown = |slug: &str, level: Level| -> Vec<(&str, &str)> {
        let roles = preset(slug)
            .roles
            .iter()
            .filter(|role| role.applies_to == level && role.shown);
        roles.map(|role| (role.slug.as_str(), role.name.as_str())).collect()
    };
    let three = [("owner", "Owner"), ("admin", "Admin"), ("member", "Member")];
    assert_eq!(
        shown("standard", Level::Organization),
        [&three[..], &[("guest", "Guest")]].concat()
    );
    assert_eq!(
        shown("error-reporting", Level::Organization),
        [("admin", "admin"), ("member", "member"), ("guest", "guest")]
    );
    assert_eq!(
        shown("error-reporting", Level::Project),
        [("admin", "admin"), ("member", "member"), ("guest", "guest")]
    );
    for slug in ["modules", "directory"] {
        assert_eq!(
            shown(slug, Level::Organization),
            [("admin", "Administrator"), ("member", "Member")]
        );
    }
    for slug in ["delivery", "delivery-small", "service-desk"] {
        assert_eq!(shown(slug, Level::Organization), three);
    }
    for slug in ["standard", "delivery"] {
        assert_eq!(
            shown(slug, Level::Project),
            [("admin", "Admin"), ("contributor", "Contributor"), ("reader", "Reader")]
        );
    }
    let small = preset("delivery-small");
    assert!(!small.access_model.custom_roles && !small.access_model.groups);
}

#[test]
fn delivery_has_its_catalogue_in_full() {
    let delivery = preset("delivery");
    let of_level = |level| {
        delivery
            .permissions
            .iter()
            .filter(|permission| permission.applies_to == level)
            .count()
    };
    assert_eq!((of_level(Level::Organization), of_level(Level::Project)), (37, 31));

    let count = |level, slug| declared(delivery, level, slug);
    assert_eq!(
        ["owner", "admin", "member"].map(|slug| count(Level::Organization, slug)),
        [37, 34, 14]
    );
    assert_eq!(
        ["admin", "contributor", "reader"].map(|slug| count(Level::Project, slug)),
        [31, 29, 11]
    );

    let lacking: BTreeSet<&str> =
        &names(delivery, Level::Organization, "owner") - &names(delivery, Level::Organization, "admin");
    let own: Vec<&str> = lacking
        .into_iter()
        .filter(|name| !name.starts_with("roster."))
        .collect();
    assert_eq!(
        own,
        [
            "organization.change_owner",
            "organization.custom_roles.manage",
            "organization.delete"
        ]
    );
    let lacking: BTreeSet<&str> =
        &names(delivery, Level::Project, "admin") - &names(delivery, Level::Project, "contributor");
    let own: Vec<&str> = lacking
        .into_iter()
        .filter(|name| !name.starts_with("roster."))
        .collect();
    assert_eq!(own, ["project.access.manage", "project.deployment_targets.manage"]);
}

#[test]
fn delivery_roles_give_of_rosters_own_what_their_words_carry() {
    let delivery = preset("delivery");
    for (slug, permission, held) in [
        ("admin", Permission::AuditLogView, true),
        ("admin", Permission::SignupDomainManage, true),
        ("admin", Permission::RoleManage, false),
        ("admin", Permission::OrganizationDelete, false),
        ("member", Permission::MemberView, false),
        ("member", Permission::GroupView, true),
        ("member", Permission::SecretManage, true),
        ("member", Permission::ProjectCreate, true),
    ] {
        assert_eq!(
            gives(delivery, Level::Organization, slug, permission),
            held,
            "{slug} {permission}"
        );
    }
    for (slug, permission, held) in [
        ("contributor", Permission::ProjectDelete, true),
        ("contributor", Permission::ProjectTokenManage, true),
        ("contributor", Permission::ProjectAccessManage, false),
        ("reader", Permission::ProjectAccessView, true),
        ("reader", Permission::ProjectEdit, false),
    ] {
        assert_eq!(
            gives(delivery, Level::Project, slug, permission),
            held,
            "{slug} {permission}"
        );
    }
}

#[test]
fn the_small_edition_has_one_set_for_owner_and_admin() {
    let small = preset("delivery-small");
    for slug in ["owner", "admin"] {
        assert_eq!(
            declared(small, Level::Organization, slug) + declared(small, Level::Project, "admin"),
            47
        );
    }
    assert_eq!(small.permissions.len(), 47);
    assert_eq!(
        names(small, Level::Organization, "owner"),
        names(small, Level::Organization, "admin")
    );
    assert_eq!(
        names(small, Level::Project, "contributor"),
        names(small, Level::Project, "reader")
    );
    assert_eq!(
        (
            declared(small, Level::Organization, "member"),
            declared(small, Level::Project, "contributor")
        ),
        (10, 9)
    );
    assert!(names(small, Level::Organization, "owner").contains("organization.instance_git_integration.manage"));
    assert!(!gives(small, Level::Organization, "member", Permission::ProjectCreate));
}

#[test]
fn secrets_of_modules_are_the_administrators() {
    assert!(!gives(
        preset("modules"),
        Level::Organization,
        "member",
        Permission::SecretUse
    ));
    assert!(gives(
        preset("modules"),
        Level::Organization,
        "admin",
        Permission::SecretManage
    ));
}

#[test]
fn words_are_those_of_the_product() {
    let words = |slug: &str| &preset(slug).words;
    assert_eq!(words("directory").people, "User Directory");
    assert_eq!(words("directory").invite, "Invite Users");
    assert_eq!(words("service-desk").pending_invitations, "Pending Invitations");
    assert_eq!(words("service-desk").edit_profile, "Edit Profile");
    assert_eq!(words("service-desk").full_name, "Full Name");
    assert_eq!(words("delivery").email_address, "Email Address");
    assert_eq!(words("modules").invitations, "Invites");
    assert_eq!(words("delivery-small").add_many_submit, "Create Accounts");
    assert_eq!(words("error-reporting").remove, "Delete user");
    assert_eq!(words("error-reporting").status_active, words("standard").status_active);
}

#[test]
fn a_mistake_in_a_preset_is_named() {
    const STANDARD: &str = include_str!("../../../presets/standard.toml");
    let broken = |from: &str, to: &str| {
        assert!(STANDARD.contains(from), "{from}");
        Preset::parse(&STANDARD.replacen(from, to, 1)).unwrap_err()
    };
    assert!(matches!(
        broken("custom_roles = true", "custom_rolls = true"),
        Broken::Unreadable(_)
    ));
    assert!(matches!(
        broken("shown = true\nall = true", "shown = true"),
        Broken::AmbiguousRole { .. }
    ));
    assert!(matches!(
        broken("all = true", "all = true\nsame_as = \"admin\""),
        Broken::AmbiguousRole { .. }
    ));
    assert!(matches!(
        broken("all = true", "same_as = \"owner\""),
        Broken::UnknownTwin { .. }
    ));
    assert!(matches!(
        broken("\"roster.secret.use\"", "\"roster.secrets.use\""),
        Broken::UnknownPermission { .. }
    ));
    assert!(matches!(
        broken("\"roster.secret.use\"", "\"roster.project.view\""),
        Broken::UnknownPermission { .. }
    ));
    assert!(matches!(
        broken("slug = \"guest\"", "slug = \"member\""),
        Broken::RepeatedRole { .. }
    ));
    assert!(matches!(
        broken("slug = \"guest\"", "slug = \"visitor\""),
        Broken::UnknownRole { .. }
    ));
    assert!(matches!(
        broken("colour = \"violet\"", "colour = \"mauve\""),
        Broken::UnknownColour { .. }
    ));
    assert!(matches!(
        broken("everyone_role = \"reader\"", "everyone_role = \"viewer\""),
        Broken::UnknownRole { .. }
    ));
    assert!(matches!(
        broken("lifetime_days = 7", "lifetime_days = 0"),
        Broken::Policy { .. }
    ));
}
