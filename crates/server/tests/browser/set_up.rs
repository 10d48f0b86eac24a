//! From the printed link to the first page, and in again by the front door.

use testkit::{Browser, On};

use crate::house::House;
use crate::step::{PASSWORD, set_up, sign_in, sign_out};

#[tokio::test]
async fn the_printed_link_leads_to_the_people_page_and_works_once() {
    let Some(browser) = Browser::open().await else { return };
    let Some(house) = House::empty(On::Sqlite).await else {
        return;
    };
    set_up(&browser, &house, "Standard").await;
    browser.row("Olivia Ortega").see("Owner").await;
    browser.row("Olivia Ortega").see("Active").await;

    sign_out(&browser, "Olivia Ortega", "olivia").await;
    browser.visit(&house.set_up_link).await;
    browser.do_not_see("Create organization and sign in").await;

    sign_in(&browser, &house, "olivia", "a wrong password").await;
    browser.see("There is a problem").await;
    assert_eq!(browser.value("Username or e-mail address").await, "olivia");
    sign_in(&browser, &house, "olivia", PASSWORD).await;
    browser.row("Olivia Ortega").see("olivia@example.com").await;
    sign_out(&browser, "Olivia Ortega", "olivia").await;
    sign_in(&browser, &house, "olivia@example.com", PASSWORD).await;
    browser.row("Olivia Ortega").see("You").await;
}

#[tokio::test]
async fn what_is_wrong_with_the_form_is_said_beside_it() {
    let Some(browser) = Browser::open().await else { return };
    let Some(house) = House::empty(On::Sqlite).await else {
        return;
    };
    browser.visit(&house.set_up_link).await;
    browser.fill("Name", "Acme").await;
    browser.part("You").fill("Password", "password").await;
    browser.press("Create organization and sign in").await;
    browser.see("There are").await;
    assert_eq!(browser.value("Name").await, "Acme");
}
