//! Finding people: every page and every search against a plain look through all of them.

use std::collections::BTreeSet;

use domain::id::RoleId;
use domain::invitation::{Delivery, DeliveryState, Identity, IdentityProvider, Invitation, Inviter, Outcome};
use domain::member::{Disablement, MemberStatus};
use domain::role::Role;
use domain::search::folded;
use domain::time::DAY;
use store::member::NewMember;
use store::people::{Filter, Person, Place, list};
use store::{Scope, Store, Writing};
use testkit::on_both_databases;

use crate::tenant::{NOW, account, found, id, role};

on_both_databases! {
    pages_show_everybody_exactly_once_in_the_order_of_names,
    a_search_finds_whoever_has_the_letters_and_nobody_else,
    a_search_reaches_people_far_behind_the_first_thousands,
    filters_narrow_by_role_and_status,
    another_organization_is_never_looked_into,
}

/// What a name looks like in a list, whoever it is.
fn shown(person: &Person) -> String {
    match person {
        Person::Member(member) => member.account.name.clone(),
        Person::Invitation(invitation) => invitation.invitee().to_owned(),
    }
}

async fn join(scope: &mut Scope<Writing>, role: &Role, username: &str, name: &str) {
    let account = account(scope.tx(), username, name).await.unwrap();
    let new = NewMember {
        id: id(),
        account: &account,
        role,
        role_until: None,
        role_granted: &domain::grant::Granting {
            by: domain::audit::Target::new("system", "", "test"),
            at: domain::Timestamp::from_micros(1),
        },
        joined_at: Some(NOW),
    };
    store::member::insert(scope, &new).await.unwrap();
}

async fn invite(scope: &mut Scope<Writing>, role: &Role, email: &str, lasts: i64) {
    let new = Invitation {
        id: id(),
        email: Some(email.to_owned()),
        username: None,
        role: role.clone(),
        groups: Vec::new(),
        identity: Identity {
            provider: IdentityProvider::Any,
            tenant: None,
            subject: None,
        },
        notify: None,
        invited_by: Inviter {
            identity: domain::actor::Identity::Account(id()),
            name: "Olivia".to_owned(),
        },
        created_at: NOW,
        sent_at: NOW,
        expires_at: Some(NOW.plus(lasts)),
        outcome: Outcome::Open,
        delivery: Delivery {
            state: DeliveryState::None,
            detail: None,
        },
        revision: 1,
    };
    store::invitation::insert(scope, &new, false).await.unwrap();
}

fn everybody() -> Filter {
    Filter {
        members: true,
        invitations: true,
        ..Filter::default()
    }
}

async fn page(scope: &mut Scope<Writing>, filter: &Filter, limit: usize) -> (Vec<Person>, Option<Place>) {
    let access = store::access::of_organization(scope).await.unwrap();
    list(scope, filter, &access, NOW, limit).await.unwrap()
}

/// All that a filter finds, page by page.
async fn walk(scope: &mut Scope<Writing>, filter: &Filter, limit: usize) -> Vec<String> {
    let (mut found, mut filter) = (Vec::new(), filter.clone());
    loop {
        let (people, next) = page(scope, &filter, limit).await;
        assert!(people.len() <= limit);
        found.extend(people.iter().map(shown));
        match next {
            Some(place) => {
                assert_eq!(people.len(), limit);
                filter.after = Some(place);
            }
            None => return found,
        }
    }
}

async fn pages_show_everybody_exactly_once_in_the_order_of_names(store: Store) {
    let mut scope = found(&store, "acme").await;
    let role = role(&mut scope, "member").await;
    let mut expected = Vec::new();
    for number in 0..41 {
        // Many share a name, so that a page can end amid them.
        let name = format!("Kim {}", number % 5);
        join(&mut scope, &role, &format!("kim{number}"), &name).await;
        expected.push(name);
    }
    for number in 0..20 {
        let email = format!("kim{}@example.net", number % 3);
        invite(&mut scope, &role, &email, DAY).await;
        expected.push(email);
    }
    invite(&mut scope, &role, "expired@example.net", 0).await;
    for name in ["Ärger", "Zoë", "éclair", "李娜", "Ada"] {
        join(&mut scope, &role, &format!("u{}", expected.len()), name).await;
        expected.push(name.to_owned());
    }
    expected.sort_by_key(|name| name.to_lowercase());
    for limit in [1, 2, 7, 50, 200] {
        assert_eq!(
            walk(&mut scope, &everybody(), limit).await,
            expected,
            "{limit} to a page"
        );
    }
}

const NAMES: &[(&str, &str)] = &[
    ("ada", "Ada Lovelace"),
    ("bob_b", "Bob 100% Brown"),
    ("bobob", "Bob 1000 Brown"),
    ("wow", "Wow! Great"),
    ("quote", "Ann \"The Quote\" O'Neill"),
    ("curly", "O’Neill"),
    ("lina", "李娜"),
    ("hina", "田中陽菜"),
    ("zoe", "ZOË Straße"),
    ("under.score", "Under Score"),
    ("back", "Back\\slash"),
    ("star", "Star * AND OR NEAR"),
    ("dash", "Anne-Marie -Null-"),
    ("emoji", "Sun ☀️ Flower"),
];

/// Whoever has the needle in name, username or address, found by looking at everybody.
fn plainly(needle: &str) -> BTreeSet<String> {
    let has = |text: &str| folded(text).contains(&folded(needle));
    let named = NAMES
        .iter()
        .filter(|(username, name)| has(username) || has(name) || has(&format!("{username}@example.com")));
    named.map(|(_, name)| (*name).to_owned()).collect()
}

async fn a_search_finds_whoever_has_the_letters_and_nobody_else(store: Store) {
    let mut scope = found(&store, "acme").await;
    let role = role(&mut scope, "member").await;
    for (username, name) in NAMES {
        join(&mut scope, &role, username, name).await;
    }
    for needle in [
        "a",
        "b",
        "ad",
        "an",
        "ada",
        "bob",
        "brown",
        "lovel",
        "lovelace",
        "a l",
        "%",
        "_",
        "!",
        "\"",
        "'",
        "’",
        "100%",
        "0%",
        "b_b",
        "_b",
        "bob_",
        "wow!",
        "\"the",
        "o'neill",
        "o’n",
        "李",
        "李娜",
        "田中",
        "中陽",
        "田中陽",
        "田中陽菜",
        "zoë",
        "zoe",
        "strasse",
        "ß",
        "straße",
        "\\",
        "k\\s",
        "*",
        "* and",
        "or near",
        "-",
        "-null-",
        "anne-",
        "☀",
        "@example",
        "example.com",
        "r.s",
        "\0",
        "ada\0",
        "a%a",
        "--",
        "''",
        "\"\"",
        "\"\"\"",
    ] {
        let filter = Filter {
            needle: Some(needle.to_owned()),
            ..everybody()
        };
        for limit in [3, 50] {
            let found = walk(&mut scope, &filter, limit).await;
            assert_eq!(
                found.iter().cloned().collect::<BTreeSet<_>>(),
                plainly(needle),
                "{needle:?}"
            );
            assert_eq!(found.len(), plainly(needle).len(), "{needle:?} finds nobody twice");
        }
    }
}

async fn a_search_reaches_people_far_behind_the_first_thousands(store: Store) {
    let mut scope = found(&store, "acme").await;
    let role = role(&mut scope, "member").await;
    for number in 0..3_200 {
        join(
            &mut scope,
            &role,
            &format!("person{number}"),
            &format!("Person {number:04}"),
        )
        .await;
    }
    for (username, name) in NAMES {
        join(&mut scope, &role, &format!("z.{username}"), &format!("Zz {name}")).await;
    }
    let search = |needle: &str| Filter {
        needle: Some(needle.to_owned()),
        ..everybody()
    };
    for (needle, count) in [
        ("lovelace", 1),
        ("100%", 1),
        ("wow!", 1),
        ("\"the quote\"", 1),
        ("o'neill", 1),
        ("田中陽", 1),
        ("李娜", 1),
        ("zz ", 14),
        ("person 319", 10),
        ("person0", 1),
        ("nobody here", 0),
        ("and or near", 1),
        ("3199", 1),
        ("k\\s", 1),
        ("person 0000", 1),
    ] {
        let found = walk(&mut scope, &search(needle), 5).await;
        assert_eq!(found.len(), count, "{needle:?}: {found:?}");
    }
    assert_eq!(walk(&mut scope, &search("person"), 150).await.len(), 3_200);
    // The deepest page, by the place of the one before it.
    let mut deep = everybody();
    deep.after = Some(Place {
        name_key: "zz wow! great".to_owned(),
        id: uuid::Uuid::max(),
    });
    let (rest, next) = page(&mut scope, &deep, 50).await;
    assert_eq!(
        (rest.iter().map(shown).collect::<Vec<_>>(), next.is_none()),
        (
            vec!["Zz ZOË Straße".to_owned(), "Zz 李娜".into(), "Zz 田中陽菜".into()],
            true
        )
    );
}

async fn filters_narrow_by_role_and_status(store: Store) {
    let mut scope = found(&store, "acme").await;
    let (member, guest) = (role(&mut scope, "member").await, role(&mut scope, "guest").await);
    for number in 0..6 {
        join(
            &mut scope,
            if number < 4 { &member } else { &guest },
            &format!("m{number}"),
            &format!("Person {number}"),
        )
        .await;
    }
    let fourth = Filter {
        needle: Some("person 3".to_owned()),
        ..everybody()
    };
    let (people, _) = page(&mut scope, &fourth, 5).await;
    let Person::Member(disabled) = &people[0] else {
        panic!("no member")
    };
    let disablement = Disablement {
        at: NOW,
        by: "Olivia".to_owned(),
        reason: None,
    };
    store::member::disable(&mut scope, disabled.id, &disablement)
        .await
        .unwrap();
    invite(&mut scope, &guest, "ada@example.net", DAY).await;
    let of_role = |role: RoleId| Filter {
        role: Some(role),
        ..everybody()
    };
    assert_eq!(
        walk(&mut scope, &of_role(guest.id), 2).await,
        ["ada@example.net", "Person 4", "Person 5"]
    );
    let of_status = |status| Filter {
        status: Some(status),
        invitations: false,
        ..everybody()
    };
    assert_eq!(
        walk(&mut scope, &of_status(MemberStatus::Disabled), 2).await,
        ["Person 3"]
    );
    assert_eq!(walk(&mut scope, &of_status(MemberStatus::Active), 2).await.len(), 5);
    assert!(
        walk(&mut scope, &of_status(MemberStatus::Suspended), 2)
            .await
            .is_empty()
    );
    let invited = Filter {
        members: false,
        ..everybody()
    };
    assert_eq!(walk(&mut scope, &invited, 2).await, ["ada@example.net"]);
}

async fn another_organization_is_never_looked_into(store: Store) {
    let mut acme = found(&store, "acme").await;
    let member = role(&mut acme, "member").await;
    join(&mut acme, &member, "ada", "Ada Lovelace").await;
    invite(&mut acme, &member, "adam@example.net", DAY).await;
    acme.commit().await.unwrap();
    let mut elsewhere = found(&store, "elsewhere").await;
    let other = role(&mut elsewhere, "member").await;
    join(&mut elsewhere, &other, "eve", "Eve").await;
    assert_eq!(walk(&mut elsewhere, &everybody(), 5).await, ["Eve"]);
    let search = Filter {
        needle: Some("ada".to_owned()),
        ..everybody()
    };
    assert!(walk(&mut elsewhere, &search, 5).await.is_empty());
    let of_role = Filter {
        role: Some(member.id),
        ..everybody()
    };
    assert!(walk(&mut elsewhere, &of_role, 5).await.is_empty());
}
