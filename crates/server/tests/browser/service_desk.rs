//! Invite, create, search, change, disable and remove, in the words of the preset for service desks.

use testkit::{Browser, On};

use crate::house::House;
use crate::step::{PASSWORD, choose_password, confirm, create, from_menu, secret, settled, sign_in, sign_out};

const ADA: &str = "six quiet owls by the river";

#[tokio::test]
async fn people_are_managed_on_sqlite() {
    walk(On::Sqlite).await;
}

#[tokio::test]
async fn people_are_managed_on_postgres() {
    walk(On::Postgres).await;
}

async fn walk(on: On) {
    let Some((house, browser)) = settled("Service desk", on).await else {
        return;
    };
    invite_and_revoke(&browser).await;
    create_with_a_temporary_password(&browser, &house).await;
    find(&browser).await;
    set_a_role_from_the_menu(&browser).await;
    the_owner_stays_untouched(&browser, &house).await;
    look_at_the_details(&browser).await;
    disable_and_enable(&browser, &house).await;
    reset_the_password(&browser).await;
    remove(&browser).await;
}

async fn invite_and_revoke(browser: &Browser) {
    browser.press("Invite User").await;
    browser.fill("Email Address", "grace@example.com").await;
    browser.part("Role").do_not_see("Owner").await;
    browser.choose("Role", "Admin").await;
    browser.press("Send Invitation").await;
    browser.see("grace@example.com is invited").await;
    assert!(secret(browser).await.contains("/invitations/"));
    browser.press("Back to Members").await;
    let waiting = browser.part("Pending Invitations").row("grace@example.com");
    waiting.see("Admin").await;
    waiting.see("Expires").await;
    waiting.press("Revoke the invitation of grace@example.com").await;
    confirm(
        browser,
        "Revoke the invitation of grace@example.com?",
        "Revoke the invitation of grace@example.com",
    )
    .await;
    browser.see("The invitation of grace@example.com is revoked.").await;
    browser.press("Members").await;
    browser
        .part("Pending Invitations")
        .do_not_see("grace@example.com")
        .await;
}

async fn create_with_a_temporary_password(browser: &Browser, house: &House) {
    browser.press("Create User").await;
    browser.part("Role").do_not_see("Owner").await;
    let temporary = create(
        browser,
        house,
        "Create User",
        "Ada Lovelace",
        "ada@example.com",
        "Member",
    )
    .await;
    browser.press("Copy the temporary password of Ada Lovelace").await;
    browser.see("Copied").await;
    browser.press("Go to Ada Lovelace").await;
    browser.see("Authentication method").await;
    browser.do_not_see(&temporary).await;

    browser.visit(&house.at("/o/acme/people/new")).await;
    browser.fill("Full Name", "Somebody Else").await;
    browser.fill("Email Address", "ada@example.com").await;
    browser.press("Create User").await;
    browser.see("There is a problem").await;

    sign_out(browser, "Olivia Ortega", "olivia").await;
    sign_in(browser, house, "ada@example.com", "not her password").await;
    browser.see("There is a problem").await;
    sign_in(browser, house, "ada@example.com", &temporary).await;
    choose_password(browser, house, &temporary, ADA).await;
    browser.visit(&house.at("/o/acme/people")).await;
    browser.row("Olivia Ortega").see("Owner").await;
    browser.do_not_see("Invite User").await;
    browser.do_not_see("Create User").await;
    sign_out(browser, "Ada Lovelace", "ada").await;
    sign_in(browser, house, "olivia", PASSWORD).await;
}

async fn find(browser: &Browser) {
    let row = browser.row("ada@example.com");
    for text in ["Ada Lovelace", "Member", "Available", "Active"] {
        row.see(text).await;
    }
    browser.fill("Search members…", "ada").await;
    browser.do_not_see_row("olivia@example.com").await;
    browser.row("ada@example.com").see("Ada Lovelace").await;
    browser.fill("Search members…", "").await;
    browser.row("olivia@example.com").see("Owner").await;
    browser.choose("Show", "Unavailable").await;
    browser.see("Nobody matches").await;
    browser.choose("Show", "Available").await;
    browser.row("ada@example.com").see("Available").await;
    browser.choose("Show", "All").await;
    browser.row("olivia@example.com").see("Available").await;
}

async fn set_a_role_from_the_menu(browser: &Browser) {
    from_menu(browser, "Ada Lovelace", "Set as Admin").await;
    confirm(
        browser,
        "Change the role of Ada Lovelace",
        "Set the role of Ada Lovelace",
    )
    .await;
    browser.see("Ada Lovelace is now Admin of Acme.").await;
    browser.press("Members").await;
    browser.row("ada@example.com").see("Admin").await;
}

async fn the_owner_stays_untouched(browser: &Browser, house: &House) {
    sign_out(browser, "Olivia Ortega", "olivia").await;
    sign_in(browser, house, "ada", ADA).await;
    let row = browser.row("olivia@example.com");
    row.press("More for Olivia Ortega").await;
    row.see("View / Edit").await;
    for act in ["Set as", "Disable Access", "Reset Password", "Remove"] {
        row.do_not_see(act).await;
    }
    row.press("View / Edit").await;
    browser.see("Authentication method").await;
    for button in ["Edit Profile", "Disable Access…", "Remove…"] {
        browser.do_not_see(button).await;
    }
    browser.press("Security").await;
    browser.see("Multi-factor authentication").await;
    browser.do_not_see("Reset Password…").await;
    sign_out(browser, "Ada Lovelace", "ada").await;
    sign_in(browser, house, "olivia", PASSWORD).await;
}

async fn look_at_the_details(browser: &Browser) {
    from_menu(browser, "Ada Lovelace", "View / Edit").await;
    for fact in [
        "Phone",
        "Authentication method",
        "Last sign-in",
        "Joined",
        "Account created",
    ] {
        browser.part("Profile").see(fact).await;
    }
    browser.press("Edit Profile").await;
    let form = browser.part("Edit Ada Lovelace");
    form.fill("Full Name", "Ada King").await;
    form.fill("Email Address", "ada.king@example.com").await;
    form.fill("Phone Number", "+44 20 7946 0018").await;
    form.press("Save profile").await;
    browser.see("The profile of Ada King is saved.").await;
    browser.part("Profile").see("+44 20 7946 0018").await;
    browser.part("Profile").see("ada.king@example.com").await;

    browser.press("Security").await;
    browser
        .part("Signing in")
        .see("Multi-factor authentication Not set up")
        .await;
    browser.choose("Change Role", "Member").await;
    browser.press("Update").await;
    confirm(browser, "Change the role of Ada King", "Set the role of Ada King").await;
    browser.see("Ada King is now Member of Acme.").await;

    browser.press("Activity").await;
    browser.see("Signed in").await;
    browser.see("Success").await;
    browser.see("Failure").await;
    browser.see("Wrong password").await;
    browser.see("127.0.0.1").await;
}

async fn disable_and_enable(browser: &Browser, house: &House) {
    browser.press("Members").await;
    from_menu(browser, "Ada King", "Disable Access").await;
    let question = browser.part("Disable the access of Ada King?");
    question.fill("Reason", "on leave").await;
    question.press("Disable the access of Ada King").await;
    browser.see("The access of Ada King is disabled.").await;
    browser.see("Disabled by Olivia Ortega on").await;
    browser.see("on leave").await;
    browser.press("Members").await;
    browser.row("ada.king@example.com").see("Disabled").await;

    sign_out(browser, "Olivia Ortega", "olivia").await;
    sign_in(browser, house, "ada", ADA).await;
    browser.do_not_see("Sign in to Roster").await;
    browser.visit(&house.at("/o/acme/people")).await;
    browser.do_not_see("olivia@example.com").await;
    browser.webdriver().delete_all_cookies().await.unwrap();

    sign_in(browser, house, "olivia", PASSWORD).await;
    from_menu(browser, "Ada King", "Enable Access").await;
    confirm(
        browser,
        "Enable the access of Ada King?",
        "Enable the access of Ada King",
    )
    .await;
    browser.see("Ada King has access again.").await;
    browser.do_not_see("Disabled by").await;
}

async fn reset_the_password(browser: &Browser) {
    browser.press("Security").await;
    browser.press("Reset Password…").await;
    confirm(
        browser,
        "Reset the password of Ada King?",
        "Reset the password of Ada King",
    )
    .await;
    browser.see("Ada King has a temporary password").await;
    browser.see("Every session was ended.").await;
    assert!(secret(browser).await.len() >= 12);
    browser.press("Back to Ada King").await;
    browser.press("Security").await;
    browser.see("Ada King is not signed in anywhere.").await;
}

async fn remove(browser: &Browser) {
    browser.press("Members").await;
    from_menu(browser, "Ada King", "Remove").await;
    browser
        .part("Remove Ada King from Acme?")
        .see("Disable Access instead")
        .await;
    confirm(browser, "Remove Ada King from Acme?", "Remove Ada King from Acme").await;
    browser.see("Ada King was removed from Acme.").await;
    browser.do_not_see_row("ada.king@example.com").await;
    assert_eq!(
        browser
            .complaints()
            .await
            .iter()
            .filter(|line| !line.contains("422") && !line.contains("404") && !line.contains("403"))
            .count(),
        0
    );
}
