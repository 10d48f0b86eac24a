//! Tokens in the console: one's own, and a service account's.

use testkit::{Browser, On};

use crate::house::House;
use crate::step::{secret, settled};

#[tokio::test]
async fn an_api_token_is_made_reset_and_revoked_on_the_profile_page() {
    let Some((house, browser)) = settled("Delivery Owner", On::Sqlite).await else {
        return;
    };
    browser.visit(&house.at("/me")).await;
    browser.see("You have none yet.").await;
    browser.press("New token").await;
    browser.press("Create token").await;
    browser.see("There is a problem").await;
    browser.fill("Name", "Laptop").await;
    browser.press("Create token").await;
    browser.see("This token is shown only now.").await;
    let first = secret(&browser).await;
    browser.press("Done, I have copied it").await;

    browser.press("Reset API token Laptop").await;
    let question = browser.part("Reset the API token Laptop?");
    question.see("Only reset it if you have lost it").await;
    question
        .see("Access to the API and by the command line with the token ends at once")
        .await;
    question.press("Reset API Token").await;
    browser.see("The old one opens nothing any more.").await;
    let second = secret(&browser).await;
    assert_ne!(first, second);
    browser.press("Done, I have copied it").await;
    no_trouble(&browser).await;

    browser.press("Revoke Laptop").await;
    browser
        .part("Revoke the API token Laptop?")
        .press("Revoke Laptop")
        .await;
    browser.see("The API token is revoked").await;
    browser.see("You have none yet.").await;
}

#[tokio::test]
async fn a_service_account_is_made_deactivated_regenerated_and_deleted() {
    let Some((house, browser)) = settled("Delivery Owner", On::Sqlite).await else {
        return;
    };
    open(&browser, &house).await;
    browser.see("No service accounts yet").await;
    browser.press("New service account").await;
    browser.fill("Name", "Deployer").await;
    browser.press("Create service account").await;
    browser.see("Deployer is created. Now give it a token.").await;
    browser.press("New token").await;
    browser.press("Create token").await;
    let first = secret(&browser).await;
    browser.press("Done, I have copied it").await;
    no_trouble(&browser).await;

    browser.press("Regenerate…").await;
    browser
        .part("Regenerate the token of Deployer?")
        .press("Regenerate token")
        .await;
    assert_ne!(secret(&browser).await, first);
    browser.press("Done, I have copied it").await;

    browser.press("Deactivate…").await;
    browser.part("Deactivate Deployer?").press("Deactivate Deployer").await;
    browser.see("Its tokens open nothing until it is reactivated.").await;
    browser.press("Reactivate…").await;
    browser.part("Reactivate Deployer?").press("Reactivate Deployer").await;
    browser.see("Deployer is active again.").await;
    browser.press("Delete…").await;
    browser.part("Delete Deployer?").press("Delete Deployer").await;
    browser.see("Deployer is deleted.").await;
}

async fn open(browser: &Browser, house: &House) {
    browser.visit(&house.at("/o/acme/people")).await;
    browser.press("Service accounts").await;
}

/// Neither complaints of the browser nor of who cannot see, and nothing that runs over the edge.
async fn no_trouble(browser: &Browser) {
    // What a form answers that is not taken is no complaint of ours.
    let mut complaints = browser.complaints().await;
    complaints.retain(|line| !line.contains("422"));
    assert!(complaints.is_empty(), "{complaints:?}");
    let violations = browser.accessibility_violations().await;
    assert!(violations.is_empty(), "{violations:?}");
    browser.set_width(360).await;
    assert!(!browser.scrolls_sideways().await);
    browser.set_width(1280).await;
}
