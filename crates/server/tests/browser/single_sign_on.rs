//! Single sign-on as an admin sets it up and as people come in by it, with an identity provider of its own.

use testkit::identity_provider::IdentityProvider;
use testkit::{Browser, On};

use crate::house::House;
use crate::step::settled;

const SETTINGS: &str = "/o/acme/settings/single-sign-on";

#[tokio::test]
async fn an_admin_sets_single_sign_on_up_tests_it_and_people_come_in_by_it() {
    let Some((house, browser)) = settled("Error reporting", On::Sqlite).await else {
        return;
    };
    let Some(provider) = IdentityProvider::start() else {
        return;
    };
    set_up(&browser, &house, &provider).await;
    browser
        .see("Single sign-on is saved. Test it before you rely on it.")
        .await;
    browser.screenshot("single-sign-on-settings").await;
    assert!(browser.accessibility_violations().await.is_empty());

    browser.press("Test").await;
    come_as(&browser, "ida@example.com").await;
    browser.see("The answer of the identity provider is good.").await;
    browser.see("They would be refused.").await;
    browser.press("Back to the settings").await;

    // Somebody the organization does not know is told whom to ask.
    sign_out(&browser, &house).await;
    browser.press("Sign in with single sign-on").await;
    browser.fill("Your organization or your e-mail address", "acme").await;
    browser.press("Go on").await;
    browser.press("Sign in with single sign-on").await;
    come_as(&browser, "ida@example.com").await;
    browser.see("You are not a member of Acme").await;
    browser.see("Ask Olivia at the desk").await;
    browser.screenshot("single-sign-on-refused").await;
    browser.set_width(360).await;
    assert!(!browser.scrolls_sideways().await);
    browser.set_width(1280).await;
}

#[tokio::test]
async fn whoever_comes_for_the_first_time_becomes_a_member_where_that_is_on() {
    let Some((house, browser)) = settled("Error reporting", On::Sqlite).await else {
        return;
    };
    let Some(provider) = IdentityProvider::start() else {
        return;
    };
    set_up(&browser, &house, &provider).await;
    browser
        .check("Whoever signs in for the first time becomes a member")
        .await;
    browser.press("Save single sign-on").await;
    browser.see("Single sign-on is saved.").await;
    sign_out(&browser, &house).await;
    browser.visit(&house.at("/o/acme/sign-in")).await;
    browser.press("Sign in with single sign-on").await;
    come_as(&browser, "ida@example.com").await;
    browser.see("Welcome. You joined by single sign-on.").await;
    browser.visit(&house.at("/me")).await;
    browser.see("Ida Okafor").await;
    browser.screenshot("single-sign-on-joined").await;
}

pub async fn set_up(browser: &Browser, house: &House, provider: &IdentityProvider) {
    browser.visit(&house.at("/o/acme/settings")).await;
    browser.press("Single sign-on").await;
    browser.see("For your identity provider").await;
    browser.press("Save single sign-on").await;
    browser.see("There are").await;
    browser
        .fill("Metadata of the identity provider", &provider.metadata().await)
        .await;
    browser.check("Sign requests").await;
    browser.fill("Admin contact", "Ask Olivia at the desk").await;
    browser.press("Save single sign-on").await;
    browser.see("Download the metadata").await;
    let script = format!("return await (await fetch('{SETTINGS}/metadata')).text()");
    let metadata = browser.webdriver().execute(script, Vec::new()).await.unwrap();
    provider.know(metadata.json().as_str().unwrap().to_owned()).await;
}

pub async fn come_as(browser: &Browser, user: &str) {
    browser.fill("Who are you?", user).await;
    browser.fill("Name", "Ida Okafor").await;
    browser.press("Sign in").await;
    browser.press("Go on").await;
}

async fn sign_out(browser: &Browser, house: &House) {
    browser.webdriver().delete_all_cookies().await.unwrap();
    browser.visit(&house.at("/sign-in")).await;
}
