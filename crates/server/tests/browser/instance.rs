//! The pages of the whole server, as a superuser walks them.

use testkit::{Browser, Theme};

use crate::house::{DEMO_PASSWORD, House};
use crate::step::sign_in;

/// Somebody who runs the server of the demonstration.
pub async fn at_the_desk() -> Option<(House, Browser)> {
    let browser = Browser::open().await?;
    let house = House::demo();
    sign_in(&browser, &house, "sid", DEMO_PASSWORD).await;
    browser.see("Your organizations").await;
    Some((house, browser))
}

#[tokio::test]
async fn a_superuser_makes_another_one_and_takes_it_back() {
    let Some((_house, browser)) = at_the_desk().await else {
        return;
    };
    browser.press("The whole server").await;
    browser.part("Main").press("Superusers").await;
    browser
        .see("Only they make others superusers, and one always stays.")
        .await;
    look(&browser, "superusers").await;
    browser.fill("Username or e-mail address", "nobody.here").await;
    browser.press("Go on").await;
    browser
        .see("There is no account with the username or address nobody.here")
        .await;
    browser.fill("Username or e-mail address", "mia").await;
    browser.press("Go on").await;
    browser
        .see("Superusers can do everything in every organization of this server.")
        .await;
    look(&browser, "superuser-grant").await;
    browser.press("Make Mia Sandqvist a superuser").await;
    browser.see("Mia Sandqvist is now a superuser.").await;
    browser.press("Take superuser away from Mia Sandqvist").await;
    browser
        .part("Take superuser away from Mia Sandqvist?")
        .press("Take superuser away from Mia Sandqvist")
        .await;
    browser.see("Mia Sandqvist is no longer a superuser.").await;
}

#[tokio::test]
async fn a_superuser_finds_accounts_and_sets_what_holds_for_all() {
    let Some((house, browser)) = at_the_desk().await else {
        return;
    };
    browser.visit(&house.at("/instance/accounts")).await;
    look(&browser, "accounts").await;
    browser.fill("Search by name, username or e-mail", "sandqvist").await;
    browser.row("Mia Sandqvist").see("mia@example.com").await;
    browser.visit(&house.at("/instance/accounts?query=zzzzz")).await;
    browser.see("No account matches").await;
    look(&browser, "accounts-none").await;
    browser.part("Main").press("Policies").await;
    look(&browser, "policies").await;
    browser.check("Everybody may open an organization").await;
    browser.press("Save policies").await;
    browser.see("The policies are saved.").await;
}

/// Pictures on a desk and on a phone, and neither complaints of the browser nor of who cannot see.
pub async fn look(browser: &Browser, name: &str) {
    let mut complaints = browser.complaints().await;
    complaints.retain(|line| !line.contains("422"));
    assert!(complaints.is_empty(), "{complaints:?}");
    let violations = browser.accessibility_violations().await;
    assert!(violations.is_empty(), "{name}: {violations:?}");
    browser.screenshot(&format!("instance-{name}-1280")).await;
    browser.set_theme(Theme::Dark).await;
    browser.screenshot(&format!("instance-{name}-1280-dark")).await;
    browser.set_theme(Theme::Light).await;
    browser.set_width(360).await;
    assert!(!browser.scrolls_sideways().await, "{name} scrolls sideways");
    browser.screenshot(&format!("instance-{name}-360")).await;
    browser.set_width(1280).await;
}

#[tokio::test]
async fn a_superuser_closes_deletes_and_restores_an_organization() {
    let Some((house, browser)) = at_the_desk().await else {
        return;
    };
    browser.press("The whole server").await;
    browser.see("How this server is doing,").await;
    look(&browser, "dashboard").await;
    browser.part("Main").press("Organizations").await;
    look(&browser, "organizations").await;
    browser.press("Larkspur Works").await;
    look(&browser, "organization").await;
    browser.fill("How many members there may be", "many").await;
    browser.press("Save member slots").await;
    browser.see("There is a problem").await;
    browser.fill("How many members there may be", "500").await;
    browser.press("Save member slots").await;
    browser.see("The member slots are saved.").await;

    browser.press("Look inside").await;
    browser.see("You look into Larkspur Works as a superuser").await;
    look(&browser, "inside").await;
    browser.press("Back to the whole server").await;

    browser.press("Disable…").await;
    let question = browser.part("Disable Larkspur Works?");
    question
        .see("People, roles, projects, tokens and history stay as they are")
        .await;
    question.fill("Reason", "Unpaid since August").await;
    question.press("Disable Larkspur Works").await;
    browser.see("“Unpaid since August”").await;
    look(&browser, "organization-disabled").await;
    browser.press("Enable…").await;
    browser
        .part("Enable Larkspur Works?")
        .press("Enable Larkspur Works")
        .await;
    browser.see("Larkspur Works is enabled.").await;

    browser
        .visit(&house.at("/instance/organizations/larkspur/deletion"))
        .await;
    browser.see("Gone for good after").await;
    look(&browser, "organization-deletion").await;
    browser.press("Delete Larkspur Works").await;
    browser.see("Type larkspur to confirm").await;
    browser.fill("Type larkspur to confirm", "larkspur").await;
    browser.press("Delete Larkspur Works").await;
    browser
        .see("Larkspur Works is deleted. It can be restored for thirty days.")
        .await;
    look(&browser, "organization-deleted").await;
    browser.visit(&house.at("/o/larkspur/people")).await;
    browser.see("There is nothing here").await;
    browser.visit(&house.at("/instance/organizations?status=deleted")).await;
    browser.press("Larkspur Works").await;
    browser.press("Restore…").await;
    browser
        .part("Restore Larkspur Works?")
        .press("Restore Larkspur Works")
        .await;
    browser.see("Larkspur Works is restored.").await;
}

#[tokio::test]
async fn a_superuser_suspends_and_deletes_an_account() {
    let Some((house, browser)) = at_the_desk().await else {
        return;
    };
    browser
        .visit(&house.at("/instance/accounts?query=mia@example.com"))
        .await;
    browser.press("Mia Sandqvist").await;
    browser.see("Signs in with").await;
    look(&browser, "account").await;
    browser.press("Suspend…").await;
    let question = browser.part("Suspend Mia Sandqvist?");
    question.fill("Reason", "Lost laptop").await;
    question.press("Suspend Mia Sandqvist").await;
    browser.see("“Lost laptop”").await;
    look(&browser, "account-suspended").await;
    browser.press("Lift…").await;
    browser
        .part("Lift the suspension of Mia Sandqvist?")
        .press("Lift the suspension of Mia Sandqvist")
        .await;
    browser.see("The suspension of Mia Sandqvist is lifted.").await;

    let address = browser.address().await;
    browser.visit(&format!("{address}/deletion")).await;
    browser.see("They own the following.").await;
    look(&browser, "account-deletion").await;
    browser.fill("Hand all of it over to", "nobody.here").await;
    browser.fill("Type mia to confirm", "mia").await;
    browser.press("Delete the account of Mia Sandqvist").await;
    browser.see("There is no account with that username or address").await;
}
