//! Accounts by the row, each with its temporary password: the preset for delivery pipelines.

use testkit::{Browser, On};

use crate::step::{PASSWORD, choose_password, confirm, from_menu, secret, secrets, settled, sign_in, sign_out};

#[tokio::test]
async fn people_are_added_by_the_row_changed_and_removed() {
    let Some((house, browser)) = settled("Delivery Owner", On::Sqlite).await else {
        return;
    };
    let passwords = add_people(&browser).await;

    sign_out(&browser, "Olivia Ortega", "olivia").await;
    sign_in(&browser, &house, "tomfern", &passwords[1]).await;
    choose_password(&browser, &house, &passwords[1], "four green doors on a hill").await;
    browser.visit(&house.at("/me")).await;
    for label in ["Screen name", "Email Address"] {
        browser.see(label).await;
    }
    sign_out(&browser, "Tom Fern", "TomFern").await;
    sign_in(&browser, &house, "olivia", PASSWORD).await;

    browser.row("tom@example.com").press("Change Role of Tom Fern").await;
    let question = browser.part("Change the role of Tom Fern");
    question.choose("Role", "Admin").await;
    question.press("Set the role of Tom Fern").await;
    browser.see("Tom Fern is now Admin of Acme.").await;
    browser.press("People").await;
    browser.row("tom@example.com").see("Admin").await;

    from_menu(&browser, "Tom Fern", "Reset password").await;
    confirm(
        &browser,
        "Reset the password of Tom Fern?",
        "Reset the password of Tom Fern",
    )
    .await;
    browser.see("Tom Fern has a temporary password").await;
    let temporary = secret(&browser).await;
    sign_out(&browser, "Olivia Ortega", "olivia").await;
    sign_in(&browser, &house, "TomFern", &temporary).await;
    choose_password(&browser, &house, &temporary, "another four doors, all of them red").await;
    sign_out(&browser, "Tom Fern", "TomFern").await;

    sign_in(&browser, &house, "olivia", PASSWORD).await;
    browser.row("tom@example.com").press("Remove Tom Fern").await;
    confirm(&browser, "Remove Tom Fern from Acme?", "Remove Tom Fern from Acme").await;
    browser.see("Tom Fern was removed from Acme.").await;
    browser.do_not_see_row("tom@example.com").await;
    the_last_owner_is_not_removed(&browser).await;
}

async fn add_people(browser: &Browser) -> Vec<String> {
    browser.press("Add people").await;
    browser.part("Person 1").fill("Email Address", "ada@example.com").await;
    browser.part("Person 2").fill("Email Address", "tom@example.com").await;
    browser.part("Person 2").fill("Full name", "Tom Fern").await;
    browser.part("Person 2").fill("Username", "TomFern").await;
    browser.part("Person 3").fill("Email Address", "no address").await;
    browser.press("Add a row").await;
    browser.part("Person 4").fill("Email Address", "emmy@example.com").await;
    browser.press("Create Accounts").await;
    browser.see("There is a problem").await;
    assert_eq!(browser.part("Person 2").value("Username").await, "TomFern");
    browser.part("Person 3").fill("Email Address", "").await;
    browser.press("Create Accounts").await;
    browser.see("3 accounts were created").await;
    browser.see("TomFern").await;
    let passwords = secrets(browser).await;
    assert_eq!(passwords.len(), 3);
    browser.press("Back to People").await;
    browser.row("ada@example.com").see("Member").await;
    passwords
}

async fn the_last_owner_is_not_removed(browser: &Browser) {
    let row = browser.row("olivia@example.com");
    row.press("More for Olivia Ortega").await;
    row.see("View / Edit").await;
    row.do_not_see("Remove").await;
}
