//! The demonstration: complete, or not there at all.

use std::collections::BTreeSet;

use domain::invitation::{DeliveryState, Invitation, Status};
use domain::member::MemberStatus;
use domain::permission::{GroupView, InvitationSend, MemberView};
use domain::preset;
use service::Roster;
use service::demo::{DemoState, PERSONAS};
use service::people::{Person, Question, Shown};
use testkit::app::{Empty, secret};
use testkit::persona::{organization, refused, request, sign_in};
use testkit::{App, on_both_databases};

on_both_databases! {
    an_empty_instance_is_filled_for_every_persona_to_look_around,
    people_and_invitations_are_in_every_state,
    groups_and_roles_of_its_own_are_there_where_the_preset_has_them,
    an_instance_is_filled_once,
    an_instance_with_people_of_its_own_is_left_alone,
    a_weak_password_is_refused_and_nothing_filled,
}

const PASSWORD: &str = "vivid otter juggles plums";

async fn an_empty_instance_is_filled_for_every_persona_to_look_around(app: Empty) {
    assert_eq!(app.roster.demo_state().await.unwrap(), DemoState::Empty);
    let filled = app.roster.fill_demo(secret(PASSWORD)).await.unwrap();
    assert_eq!(app.roster.demo_state().await.unwrap(), DemoState::Demo);
    assert!((240..=260).contains(&filled.people), "{}", filled.people);
    let presets: BTreeSet<_> = filled
        .organizations
        .iter()
        .map(|organization| organization.preset.as_str())
        .collect();
    assert_eq!(
        presets,
        preset::all().iter().map(|preset| preset.slug.as_str()).collect()
    );
    let mut memberships = Vec::new();
    for persona in PERSONAS {
        let token = sign_in(&app.roster, persona.username, PASSWORD).await;
        let me = app.roster.me(&request(&app.roster, &token).await).await.unwrap();
        assert_eq!(me.account.superuser, persona.username == "sid");
        memberships.push((persona.username, me.memberships.len()));
    }
    assert_eq!(
        memberships,
        [
            ("olivia", 7),
            ("adam", 7),
            ("mia", 7),
            ("gus", 7),
            ("sid", 0),
            ("eve", 1)
        ]
    );
}

async fn everybody(roster: &Roster, token: &str, slug: &str) -> Vec<Person> {
    let by = request(roster, token).await;
    let mut seen = roster.see::<MemberView>(&by, &organization(slug)).await.unwrap();
    let question = Question {
        needle: None,
        shown: Shown::All,
        role: None,
        group: None,
        after: None,
        members_only: true,
        limit: 200,
    };
    service::people::list(&mut seen, question).await.unwrap().people
}

async fn invitations(roster: &Roster, token: &str, slug: &str) -> Vec<Invitation> {
    let by = request(roster, token).await;
    let mut seen = roster.see::<InvitationSend>(&by, &organization(slug)).await.unwrap();
    service::invitation::list(&mut seen, None, None, None, 200)
        .await
        .unwrap()
}

async fn people_and_invitations_are_in_every_state(app: Empty) {
    let filled = app.roster.fill_demo(secret(PASSWORD)).await.unwrap();
    let olivia = sign_in(&app.roster, "olivia", PASSWORD).await;
    for tenant in filled
        .organizations
        .iter()
        .filter(|tenant| tenant.slug != "quarry-lane")
    {
        let people = everybody(&app.roster, &olivia, &tenant.slug).await;
        let count = |status| {
            people
                .iter()
                .filter(|person| matches!(person, Person::Member(member) if member.status() == status))
                .count()
        };
        assert!(
            count(MemberStatus::Active) >= 5 && count(MemberStatus::Disabled) >= 1,
            "{}",
            tenant.slug
        );
        let has = invitations(&app.roster, &olivia, &tenant.slug).await;
        let fates: Vec<_> = has
            .iter()
            .map(|invitation| invitation.status(app.roster.now()))
            .collect();
        assert!(
            fates.contains(&Status::Pending) && fates.contains(&Status::Accepted),
            "{}",
            tenant.slug
        );
    }
    let people = everybody(&app.roster, &olivia, "larkspur").await;
    let members: Vec<_> = people
        .iter()
        .filter_map(|person| match person {
            Person::Member(member) => Some(member),
            Person::Invitation(_) => None,
        })
        .collect();
    for status in MemberStatus::ALL {
        assert!(members.iter().any(|member| member.status() == *status), "{status:?}");
    }
    assert!(members.iter().any(|member| !member.managed) && members.iter().any(|member| member.managed));
    let has = invitations(&app.roster, &olivia, "larkspur").await;
    for status in [Status::Pending, Status::Accepted, Status::Expired, Status::Revoked] {
        assert!(
            has.iter()
                .any(|invitation| invitation.status(app.roster.now()) == status),
            "{status:?}"
        );
    }
    for state in [DeliveryState::None, DeliveryState::Sent, DeliveryState::Failed] {
        assert!(
            has.iter().any(|invitation| invitation.delivery.state == state),
            "{state:?}"
        );
    }
    // Nobody has joined, signed in or been disabled in the future.
    let now = app.roster.now();
    for member in members {
        let times = [
            member.joined_at,
            member.account.last_sign_in_at,
            Some(member.account.created_at),
        ];
        assert!(
            times.into_iter().flatten().all(|time| time <= now),
            "{}",
            member.account.name
        );
    }
}

async fn groups_and_roles_of_its_own_are_there_where_the_preset_has_them(app: Empty) {
    let filled = app.roster.fill_demo(secret(PASSWORD)).await.unwrap();
    let olivia = sign_in(&app.roster, "olivia", PASSWORD).await;
    for tenant in filled
        .organizations
        .iter()
        .filter(|tenant| tenant.slug != "quarry-lane")
    {
        let by = request(&app.roster, &olivia).await;
        let tenant_of = organization(&tenant.slug);
        let mut seen = app.roster.see::<GroupView>(&by, &tenant_of).await.unwrap();
        let groups = service::group::list(&mut seen, None, None, 50).await.unwrap().items;
        let told: Vec<_> = groups
            .iter()
            .map(|group| (group.name.as_str(), group.role.slug.as_str(), group.members))
            .collect();
        let expected: &[_] = match tenant.access_model.groups {
            false => &[],
            true => &[
                ("Design", "member", 5),
                // Of the three the time of one is over.
                ("Night watch", "auditor", 2),
                ("Recruiting", "recruiter", 2),
            ],
        };
        if tenant.preset == "modules" {
            assert_eq!(told.len(), expected.len(), "few people are there");
        } else {
            assert_eq!(told, expected, "{}", tenant.slug);
        }
    }
    let by = request(&app.roster, &olivia).await;
    let mut seen = app
        .roster
        .see_on(&by, &organization("larkspur"), "counting-house")
        .await
        .unwrap();
    let access = service::project::access::list(&mut seen, None, None, 50).await.unwrap();
    let group = access.mappings.iter().find(|mapping| mapping.name == "Design").unwrap();
    assert_eq!(group.role.slug, "reader");
}

async fn an_instance_is_filled_once(app: Empty) {
    let second = app.roster.clone();
    let (one, two) = tokio::join!(
        app.roster.fill_demo(secret(PASSWORD)),
        second.fill_demo(secret(PASSWORD))
    );
    assert!(one.is_ok() != two.is_ok());
    assert_eq!(refused(app.roster.fill_demo(secret(PASSWORD)).await), "already_set_up");
    assert!(app.roster.offer_set_up().await.unwrap().is_none());
}

async fn an_instance_with_people_of_its_own_is_left_alone(app: App) {
    assert_eq!(app.roster.demo_state().await.unwrap(), DemoState::Other);
    assert_eq!(refused(app.roster.fill_demo(secret(PASSWORD)).await), "already_set_up");
    assert_eq!(app.roster.demo_state().await.unwrap(), DemoState::Other);
}

async fn a_weak_password_is_refused_and_nothing_filled(app: Empty) {
    let weak = app.roster.fill_demo(secret("demo")).await;
    assert!(refused(weak).starts_with("/password has 4 characters"));
    assert_eq!(app.roster.demo_state().await.unwrap(), DemoState::Empty);
}
