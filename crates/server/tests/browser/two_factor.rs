//! Multi-factor authentication as its owner meets it: an app enrolled by its picture's secret, codes at the door, a passkey that
//! signs in alone, and an organization that asks for a second factor.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;
use domain::time::SECOND;
use testkit::{Browser, On, Phone};

use crate::house::House;
use crate::step::{PASSWORD, confirm, create, secret, set_up, settled, sign_in, sign_out};

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
}

/// A code of the next step: that of this one may be used up already, and one step ahead is still taken.
fn next_code(phone: &Phone) -> String {
    phone.shows(now().plus(30 * SECOND))
}

/// Enrols an app by the page's own words; gives back the phone and the recovery codes.
async fn enrol(browser: &Browser) -> (Phone, Vec<String>) {
    browser.press("Set up").await;
    browser.see("Scan the picture with the app").await;
    let phone = Phone::with(&secret(browser).await.replace(' ', ""));
    browser.fill("Code that the app shows", "000000").await;
    browser.press("Turn on").await;
    browser.see("The code is not what the app shows now").await;
    browser.fill("Code that the app shows", &phone.shows(now())).await;
    browser.press("Turn on").await;
    browser.see("These recovery codes are shown only now.").await;
    let script = "return [...document.querySelectorAll('.recovery-codes > li')].map((code) => code.textContent.trim())";
    let codes = browser.webdriver().execute(script, Vec::new()).await.unwrap();
    (phone, codes.convert().unwrap())
}

#[tokio::test]
async fn an_app_is_enrolled_and_asked_for_and_a_recovery_code_stands_in_for_it() {
    let Some((house, browser)) = settled("Standard", On::Sqlite).await else {
        return;
    };
    browser.visit(&house.at("/me")).await;
    browser
        .see("Off. Whoever learns your password can sign in as you.")
        .await;
    browser.press("Manage").await;
    browser.screenshot("mfa-off").await;
    let (phone, codes) = enrol(&browser).await;
    assert_eq!(codes.len(), 10);
    browser.screenshot("mfa-codes").await;
    browser.press("I have kept them").await;
    browser.see("10 left.").await;
    browser.screenshot("mfa-on").await;
    no_trouble(&browser, "mfa-on").await;

    sign_out(&browser, "Olivia Ortega", "olivia").await;
    sign_in(&browser, &house, "olivia", PASSWORD).await;
    browser.see("One more step").await;
    browser.screenshot("second-factor").await;
    no_trouble(&browser, "second-factor").await;
    // No page opens before.
    browser.visit(&house.at("/o/acme/people")).await;
    browser.see("One more step").await;
    browser.fill("Code", "123456").await;
    browser.press("Continue").await;
    browser.see("was not accepted").await;
    browser.fill("Code", &next_code(&phone)).await;
    browser.press("Continue").await;
    browser.see("Olivia Ortega").await;

    sign_out(&browser, "Olivia Ortega", "olivia").await;
    sign_in(&browser, &house, "olivia", PASSWORD).await;
    browser.fill("Code", &codes[0]).await;
    browser.press("Continue").await;
    browser.see("Olivia Ortega").await;
    browser.visit(&house.at("/me/mfa")).await;
    browser.see("9 left.").await;
    browser.press("Remove…").await;
    let question = browser.part("Remove your authenticator app?");
    question.see("your recovery codes end with it").await;
    question.press("Remove the authenticator app").await;
    browser.see("The authenticator app is removed.").await;
}

#[tokio::test]
async fn a_passkey_is_added_and_signs_in_alone() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let house = House::named();
    let authenticator = browser.add_authenticator().await;
    set_up(&browser, &house, "Standard").await;
    browser.visit(&house.at("/me/mfa")).await;
    browser.fill("Name of a new passkey (optional)", "Work laptop").await;
    browser.press("Add a passkey").await;
    browser.see("The passkey Work laptop is added").await;
    browser.press("I have kept them").await;
    browser.see("Work laptop").await;
    browser.screenshot("mfa-passkey").await;

    // Else it would answer the sign-in page before anybody pressed a button.
    browser.recognize_owner(&authenticator, false).await;
    sign_out(&browser, "Olivia Ortega", "olivia").await;
    browser.screenshot("sign-in-passkey").await;
    browser.recognize_owner(&authenticator, true).await;
    browser.press("Sign in with a passkey").await;
    browser.see("Olivia Ortega").await;
    // With the password it is the second factor.
    browser.recognize_owner(&authenticator, false).await;
    sign_out(&browser, "Olivia Ortega", "olivia").await;
    browser.fill("Username or e-mail address", "olivia").await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.see("One more step").await;
    browser.recognize_owner(&authenticator, true).await;
    browser.press("Use a passkey").await;
    browser.see("Olivia Ortega").await;
}

#[tokio::test]
async fn an_organization_asks_for_a_second_factor_and_says_first_whom_that_keeps_out() {
    let Some((house, browser)) = settled("Service desk", On::Sqlite).await else {
        return;
    };
    let password = create(
        &browser,
        &house,
        "Create User",
        "Mia Sandqvist",
        "mia@example.com",
        "Member",
    )
    .await;
    browser.visit(&house.at("/o/acme/settings")).await;
    browser.press("Security").await;
    browser.screenshot("security-settings").await;
    no_trouble(&browser, "security-settings").await;
    browser.check("Everybody needs a second factor").await;
    browser.press("Show what this would change").await;
    browser.see("This would keep you out yourself").await;
    browser.visit(&house.at("/me/mfa")).await;
    enrol(&browser).await;
    browser.visit(&house.at("/o/acme/settings/security")).await;
    browser.check("Everybody needs a second factor").await;
    browser.press("Show what this would change").await;
    browser
        .see("1 person cannot come in until they set up a second factor")
        .await;
    browser.see("Mia Sandqvist").await;
    browser.screenshot("security-what-if").await;
    no_trouble(&browser, "security-what-if").await;
    confirm(&browser, "Save this security policy?", "Save the security policy").await;
    browser.see("The security policy is saved.").await;

    sign_out(&browser, "Olivia Ortega", "olivia").await;
    sign_in(&browser, &house, "mia@example.com", &password).await;
    browser.fill("Present password", &password).await;
    browser.fill("New password", "vivid otter juggles plums").await;
    browser.press("Set password and go on").await;
    browser.visit(&house.at("/o/acme/people")).await;
    browser.see("lets you in with a second factor only").await;
    browser.screenshot("mfa-required").await;
    enrol(&browser).await;
    browser.visit(&house.at("/o/acme/people")).await;
    browser.see("Olivia Ortega").await;
}

/// Neither complaints of the browser nor of who cannot see, and nothing that runs over the edge.
async fn no_trouble(browser: &Browser, name: &str) {
    let mut complaints = browser.complaints().await;
    complaints.retain(|line| !line.contains("422") && !line.contains("403"));
    assert!(complaints.is_empty(), "{complaints:?}");
    let violations = browser.accessibility_violations().await;
    assert!(violations.is_empty(), "{violations:?}");
    browser.set_width(360).await;
    assert!(!browser.scrolls_sideways().await);
    browser.screenshot(&format!("{name}-360")).await;
    browser.set_width(1280).await;
}
