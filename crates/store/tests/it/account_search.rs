//! Finding accounts among all of the instance's, against a plain look through all of them.

use domain::account::Account;
use domain::search::folded;
use domain::text::PersonName;
use store::Store;
use store::account::Edit;
use store::account_search::{Filter, find, place};
use testkit::on_both_databases;

use crate::tenant::account;

on_both_databases! {
    every_account_is_listed_once_in_the_order_of_names,
    a_search_finds_whoever_has_the_letters_however_far_behind,
    a_new_name_is_found_and_the_old_one_is_not,
}

/// Far more than are looked at one by one.
const MANY: usize = 3_500;

async fn filled(store: &Store) -> Vec<Account> {
    let mut tx = store.server().await.unwrap();
    let mut accounts = Vec::new();
    for number in 0..MANY {
        let name = match number % 700 {
            0 => format!("Zoë Grünwald {number}"),
            1 => format!("李 {number}"),
            _ => format!("Anna Nowak {number}"),
        };
        accounts.push(account(&mut tx, &format!("user{number}"), &name).await.unwrap());
    }
    tx.commit().await.unwrap();
    accounts.sort_by_key(|account| (account.name.to_lowercase(), account.id));
    accounts
}

/// All that a filter finds, page by page.
async fn all(store: &Store, needle: Option<&str>, size: i64) -> Vec<String> {
    let mut tx = store.see_server().await.unwrap();
    let (mut filter, mut found) = (Filter::of(needle), Vec::new());
    loop {
        let page = find(&mut tx, &filter, size).await.unwrap();
        filter.after = page.last().map(place);
        let is_last = i64::try_from(page.len()).unwrap() < size;
        found.extend(page.into_iter().map(|account| account.username));
        if is_last {
            return found;
        }
    }
}

async fn every_account_is_listed_once_in_the_order_of_names(store: Store) {
    let accounts = filled(&store).await;
    let expected: Vec<String> = accounts.into_iter().map(|account| account.username).collect();
    assert_eq!(all(&store, None, 200).await, expected);
}

async fn a_search_finds_whoever_has_the_letters_however_far_behind(store: Store) {
    let accounts = filled(&store).await;
    for needle in [
        "grunwald",
        "GRÜN",
        "user17",
        "anna nowak 34",
        "李",
        "z",
        "%",
        "_",
        "\"",
        "nobody at all",
    ] {
        let expected: Vec<String> = accounts
            .iter()
            .filter(|account| {
                let text = format!(
                    "{}\n{}\n{}",
                    account.name,
                    account.username,
                    account.email.as_deref().unwrap_or_default()
                );
                folded(&text).contains(&folded(needle))
            })
            .map(|account| account.username.clone())
            .collect();
        assert_eq!(all(&store, Some(needle), 40).await, expected, "{needle}");
    }
}

async fn a_new_name_is_found_and_the_old_one_is_not(store: Store) {
    let mut tx = store.server().await.unwrap();
    let ada = account(&mut tx, "ada", "Ada Byron").await.unwrap();
    let bob = account(&mut tx, "bob", "Bob Byron").await.unwrap();
    let edit = Edit {
        name: Some(PersonName::parse("Ada Lovelace").unwrap()),
        ..Edit::default()
    };
    store::account::edit(&mut tx, &ada, &edit).await.unwrap();
    store::account::delete(&mut tx, bob.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(all(&store, Some("lovelace"), 10).await, ["ada"]);
    assert!(all(&store, Some("byron"), 10).await.is_empty());
    assert_eq!(all(&store, None, 10).await, ["ada"]);
}
