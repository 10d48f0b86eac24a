//! Ten member slots and invitations with four states: the preset for products sold in modules.

use std::fmt::Write;

use testkit::{Browser, On};

use crate::house::{DEMO_PASSWORD, House};
use crate::step::{PASSWORD, confirm, secret, settled, sign_in, sign_out};

#[tokio::test]
async fn users_are_added_changed_and_removed() {
    let Some((house, browser)) = settled("Modules and slots", On::Sqlite).await else {
        return;
    };
    let revoked = add(&browser, "grace@example.com", "Member").await;
    browser.press("Back to Users").await;
    browser.press("Invites").await;
    browser.row("grace@example.com").see("Pending").await;
    browser
        .row("grace@example.com")
        .press("Revoke the invitation of grace@example.com")
        .await;
    confirm(
        &browser,
        "Revoke the invitation of grace@example.com?",
        "Revoke the invitation of grace@example.com",
    )
    .await;
    browser.see("The invitation of grace@example.com is revoked.").await;
    browser.part("Status").press("Revoked").await;
    browser.row("grace@example.com").see("Revoked").await;

    let link = add(&browser, "ada@example.com", "Administrator").await;
    sign_out(&browser, "Olivia Ortega", "olivia").await;
    browser.visit(&revoked).await;
    browser.see("This link is not valid").await;
    accept(&browser, &link, "Ada Lovelace").await;
    sign_out(&browser, "Ada Lovelace", "ada").await;

    sign_in(&browser, &house, "olivia", PASSWORD).await;
    browser.press("Invites").await;
    browser.part("Status").press("Accepted").await;
    browser.row("ada@example.com").see("Accepted").await;

    browser.press("Users").await;
    browser.row("ada@example.com").see("Administrator").await;
    browser.row("ada@example.com").press("Edit role of Ada Lovelace").await;
    let question = browser.part("Change the role of Ada Lovelace");
    question.choose("Role", "Member").await;
    question.press("Set the role of Ada Lovelace").await;
    browser.see("Ada Lovelace is now Member of Acme.").await;
    browser.press("Users").await;
    browser.row("ada@example.com").see("Member").await;

    browser.row("ada@example.com").press("Remove Ada Lovelace").await;
    confirm(
        &browser,
        "Remove Ada Lovelace from Acme?",
        "Remove Ada Lovelace from Acme",
    )
    .await;
    browser.see("Ada Lovelace was removed from Acme.").await;
    browser.do_not_see_row("ada@example.com").await;
    sign_out(&browser, "Olivia Ortega", "olivia").await;
    sign_in(&browser, &house, "ada", PASSWORD).await;
    browser.see("You are in no organization yet").await;
    browser.visit(&house.at("/o/acme/people")).await;
    browser.do_not_see("olivia@example.com").await;
}

#[tokio::test]
async fn there_are_ten_slots_and_no_eleventh() {
    let Some((house, browser)) = settled("Modules and slots", On::Sqlite).await else {
        return;
    };
    let link = add(&browser, "late@example.com", "Member").await;
    let mut lines = String::new();
    for number in 2..=12 {
        writeln!(lines, "Person {number} <person{number}@example.com>").unwrap();
    }
    browser.visit(&house.at("/o/acme/people/bulk")).await;
    browser.choose("What to do", "Create accounts").await;
    browser.fill("People, one per line", &lines).await;
    browser.press("Check the lines").await;
    browser
        .row("person11@example.com")
        .see("All 10 member slots are taken.")
        .await;
    browser.press("Create 9 accounts").await;
    browser.see("Finished: 9 done").await;
    browser.press("Go to the list").await;
    browser.see("10 of 10 member slots used").await;

    browser.visit(&house.at("/o/acme/people/new")).await;
    browser.see("All 10 member slots are taken.").await;
    browser.do_not_see("Temporary password").await;
    sign_out(&browser, "Olivia Ortega", "olivia").await;
    browser.visit(&link).await;
    browser.fill("Your name", "Too Late").await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Join Acme").await;
    browser.see("There is a problem").await;
    browser.see("All 10 member slots are taken.").await;
}

#[tokio::test]
async fn invites_are_listed_with_their_four_states() {
    let Some(browser) = Browser::open().await else { return };
    let house = House::demo();
    sign_in(&browser, &house, "olivia", DEMO_PASSWORD).await;
    browser.see("Larkspur Works").await;
    for (state, tab) in [
        ("pending", "Pending"),
        ("accepted", "Accepted"),
        ("expired", "Expired"),
        ("revoked", "Revoked"),
    ] {
        browser.visit(&house.at("/o/larkspur/invitations")).await;
        browser.part("Status").press(tab).await;
        browser.arrive(&format!("status={state}")).await;
        browser.see(&format!("{tab} ")).await;
        browser.do_not_see("No invitations here").await;
    }
}

async fn add(browser: &Browser, username: &str, role: &str) -> String {
    browser.press("Users").await;
    browser.press("Add").await;
    browser.choose("Identity provider", "Password (recommended)").await;
    browser.fill("E-mail address", username).await;
    browser.choose("Role", role).await;
    browser.press("More settings").await;
    browser.see("Usually 14 days.").await;
    browser.press("Invite").await;
    browser.see(&format!("{username} is invited")).await;
    let link = secret(browser).await;
    browser.press("Copy invite link").await;
    browser.see("Copied").await;
    link
}

async fn accept(browser: &Browser, link: &str, name: &str) {
    browser.visit(link).await;
    browser.fill("Your name", name).await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Join Acme").await;
    browser.see("Welcome to Acme.").await;
}
