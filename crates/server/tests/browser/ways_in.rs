//! Invited to sign in by the system's password or by the organization's identity provider, as the manual of error reports
//! tells it: password, pam and saml are there to choose from, and an admin sets the last two up first.

use testkit::identity_provider::IdentityProvider;
use testkit::pam::System;
use testkit::{Browser, On};

use crate::house::House;
use crate::single_sign_on;
use crate::step::{secret, set_up, settled, sign_in, sign_out};

const SYSTEM: &str = "what mia types at the console";

/// Gives back the link.
async fn invite(browser: &Browser, house: &House, provider: &str, email: &str, username: &str) -> String {
    browser.visit(&house.at("/o/acme/people")).await;
    browser.press("Send an invitation").await;
    browser.fill("E-mail address", email).await;
    browser.fill("Username", username).await;
    browser.choose("Identity provider", provider).await;
    browser.press("Send invite").await;
    browser.see(&format!("{email} is invited")).await;
    secret(browser).await
}

#[tokio::test]
async fn whoever_is_invited_by_pam_signs_in_with_the_systems_password() {
    let Some(browser) = Browser::open().await else { return };
    let Some(system) = System::with_password(SYSTEM) else {
        return;
    };
    let house = House::configured_in("[pam]\nallowed = true\n", system.variables());
    set_up(&browser, &house, "Error reporting").await;
    browser.visit(&house.at("/o/acme/settings")).await;
    browser.check("People may be invited to sign in with PAM").await;
    browser.press("Save policies").await;
    let link = invite(&browser, &house, "PAM", "mia@example.com", "mia").await;
    browser.screenshot("invited-by-pam").await;
    sign_out(&browser, "Olivia Ortega", "olivia").await;

    browser.visit(&link).await;
    browser.fill("Your name", "Mia Mason").await;
    browser.fill("Password", "not what the system knows").await;
    browser.press("Join Acme").await;
    browser.see("There is a problem").await;
    browser.screenshot("accept-by-pam").await;
    browser.fill("Password", SYSTEM).await;
    browser.press("Join Acme").await;
    browser.see("Welcome to Acme.").await;
    browser.visit(&house.at("/me")).await;
    browser.do_not_see("Change password").await;
    sign_out(&browser, "Mia Mason", "mia").await;
    sign_in(&browser, &house, "mia", "not what the system knows").await;
    browser.see("There is a problem").await;
    sign_in(&browser, &house, "mia", SYSTEM).await;
    browser.press("Mia Mason @mia Your account").await;
    browser.see("Sign out").await;
}

#[tokio::test]
async fn whoever_is_invited_by_saml_joins_by_the_organizations_identity_provider() {
    let Some((house, browser)) = settled("Error reporting", On::Sqlite).await else {
        return;
    };
    let Some(provider) = IdentityProvider::start() else {
        return;
    };
    single_sign_on::set_up(&browser, &house, &provider).await;
    browser.see("Single sign-on is saved.").await;
    let link = invite(&browser, &house, "SAML", "ida@example.com", "").await;
    sign_out(&browser, "Olivia Ortega", "olivia").await;

    browser.visit(&link).await;
    browser.do_not_see("Password").await;
    browser.screenshot("accept-by-saml").await;
    assert!(browser.accessibility_violations().await.is_empty());
    browser.press("Join with single sign-on").await;
    single_sign_on::come_as(&browser, "ida@example.com").await;
    browser.see("Welcome").await;
    browser.visit(&house.at("/me")).await;
    browser.see("Ida Okafor").await;
    browser.do_not_see("Change password").await;
}
