//! Invited people stand in the table, accounts are suspended, lifted and deleted: the preset for user directories.

use testkit::{Browser, On};

use crate::house::House;
use crate::step::{PASSWORD, choose_password, confirm, from_menu, secret, settled, sign_in, sign_out};

const GRACE: &str = "nine paper boats in autumn";
const TYPED: &str = "hand this over in person 7";

#[tokio::test]
async fn users_are_invited_edited_suspended_and_deleted() {
    let Some((house, browser)) = settled("User directory", On::Sqlite).await else {
        return;
    };
    invite_resend_cancel(&browser).await;
    accept_in_another_browser(&browser, &house).await;
    create_with_a_typed_password(&browser, &house).await;
    edit_a_user(&browser).await;
    end_sessions(&browser, &house).await;
    suspend_and_lift(&browser, &house).await;
    delete(&browser).await;
}

async fn invite(browser: &Browser, email: &str) -> String {
    browser.press("Invite Users").await;
    browser.fill("E-mail address", email).await;
    browser.choose("Role", "Member").await;
    browser.press("Invite").await;
    browser.see(&format!("{email} is invited")).await;
    let link = secret(browser).await;
    browser.press("Back to User Directory").await;
    browser.row(email).see("Invited").await;
    link
}

async fn invite_resend_cancel(browser: &Browser) {
    let first = invite(browser, "emmy@example.com").await;
    from_menu(browser, "emmy@example.com", "Resend").await;
    confirm(
        browser,
        "Send emmy@example.com a new invitation?",
        "Resend the invitation of emmy@example.com",
    )
    .await;
    browser.see("emmy@example.com has a new invitation").await;
    assert_ne!(secret(browser).await, first);
    browser.press("Back to User Directory").await;
    browser.choose("Status", "Invited").await;
    browser.do_not_see_row("olivia@example.com").await;
    from_menu(browser, "emmy@example.com", "Cancel").await;
    confirm(
        browser,
        "Cancel the invitation of emmy@example.com?",
        "Cancel the invitation of emmy@example.com",
    )
    .await;
    browser.see("The invitation of emmy@example.com is revoked.").await;
    browser.press("User Directory").await;
    browser.row("olivia@example.com").see("Active").await;
    browser.do_not_see_row("emmy@example.com").await;
}

async fn accept_in_another_browser(browser: &Browser, house: &House) {
    let link = invite(browser, "grace@example.com").await;
    let Some(hers) = Browser::open().await else { return };
    hers.visit(&link).await;
    hers.see("Olivia Ortega invited grace@example.com to Acme as Member.")
        .await;
    hers.fill("Your name", "Grace Hopper").await;
    hers.fill("Password", GRACE).await;
    hers.press("Join Acme").await;
    hers.see("Welcome to Acme. You joined as Member.").await;
    hers.row("Grace Hopper").see("You").await;
    hers.visit(&link).await;
    hers.do_not_see("Join Acme").await;
    browser.visit(&house.at("/o/acme/people")).await;
    browser.row("grace@example.com").see("Active").await;
}

async fn create_with_a_typed_password(browser: &Browser, house: &House) {
    browser.press("Create User").await;
    browser.fill("Full name", "Rosa Parks").await;
    browser.fill("E-mail address", "rosa@example.com").await;
    browser.choose("Role", "Member").await;
    browser.choose("Temporary password", "Type one").await;
    browser.fill("Password to type", TYPED).await;
    browser.press("Create User").await;
    browser.see("Rosa Parks has an account").await;
    let Some(hers) = Browser::open().await else { return };
    sign_in(&hers, house, "rosa@example.com", TYPED).await;
    choose_password(&hers, house, TYPED, "a lamp left on for travellers").await;
}

async fn edit_a_user(browser: &Browser) {
    browser.press("User Directory").await;
    browser.press("Grace Hopper").await;
    browser.press("Edit profile").await;
    let form = browser.part("Edit Grace Hopper");
    form.fill("Full name", "Grace Brewster Hopper").await;
    form.fill("E-mail address", "not an address").await;
    form.press("Save profile").await;
    browser.see("There is a problem").await;
    browser.fill("E-mail address", "gbh@example.com").await;
    browser.fill("Phone number", "+1 212 555 0147").await;
    browser.press("Save profile").await;
    browser.see("The profile of Grace Brewster Hopper is saved.").await;
    for text in ["gbh@example.com", "+1 212 555 0147"] {
        browser.part("Profile").see(text).await;
    }
    browser.press("Security").await;
    browser.choose("Change role", "Administrator").await;
    browser.press("Update").await;
    confirm(
        browser,
        "Change the role of Grace Brewster Hopper",
        "Set the role of Grace Brewster Hopper",
    )
    .await;
    browser.see("Grace Brewster Hopper is now Administrator of Acme.").await;
}

async fn end_sessions(browser: &Browser, house: &House) {
    let Some(hers) = Browser::open().await else { return };
    sign_in(&hers, house, "gbh@example.com", GRACE).await;
    hers.row("olivia@example.com").see("Owner").await;
    browser.press("Security").await;
    browser.part("Sessions").see("Chrome on Linux").await;
    browser.press("End all sessions of Grace Brewster Hopper").await;
    browser.see("Grace Brewster Hopper is not signed in anywhere.").await;
    hers.reload().await;
    hers.see("Sign in to Roster").await;
}

async fn suspend_and_lift(browser: &Browser, house: &House) {
    browser.press("User Directory").await;
    from_menu(browser, "Grace Brewster Hopper", "Suspend").await;
    confirm(
        browser,
        "Suspend Grace Brewster Hopper?",
        "Suspend Grace Brewster Hopper",
    )
    .await;
    browser.see("Grace Brewster Hopper is suspended.").await;
    browser.see("Suspended by Olivia Ortega on").await;
    browser.press("User Directory").await;
    browser.row("gbh@example.com").see("Suspended").await;

    let Some(hers) = Browser::open().await else { return };
    sign_in(&hers, house, "gbh@example.com", GRACE).await;
    hers.see("Sign in to Roster").await;
    hers.do_not_see("olivia@example.com").await;

    from_menu(browser, "Grace Brewster Hopper", "Lift suspension").await;
    confirm(
        browser,
        "Lift the suspension of Grace Brewster Hopper?",
        "Lift the suspension of Grace Brewster Hopper",
    )
    .await;
    browser.see("The suspension of Grace Brewster Hopper is lifted.").await;
    sign_in(&hers, house, "gbh@example.com", GRACE).await;
    hers.row("olivia@example.com").see("Owner").await;
}

async fn delete(browser: &Browser) {
    browser.press("User Directory").await;
    browser.press("Rosa Parks").await;
    browser.press("Delete User…").await;
    let question = browser.part("Delete User Rosa Parks?");
    question.see("Suspend instead").await;
    question.fill("Type rosa to confirm", "rosa").await;
    question.press("Delete User Rosa Parks").await;
    browser.see("The account of Rosa Parks was deleted.").await;
    browser.do_not_see_row("rosa@example.com").await;
    sign_out(browser, "Olivia Ortega", "olivia").await;
    browser.see("Sign in to Roster").await;
}

#[tokio::test]
async fn whoever_is_not_signed_in_comes_back_to_where_they_wanted_to_go() {
    let Some((house, browser)) = settled("User directory", On::Sqlite).await else {
        return;
    };
    browser.press("Invitations").await;
    sign_out(&browser, "Olivia Ortega", "olivia").await;
    browser.visit(&house.at("/o/acme/invitations?status=revoked")).await;
    browser.fill("Username or e-mail address", "olivia").await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.see("No invitations here").await;
    browser.arrive("/o/acme/invitations?status=revoked").await;
}
