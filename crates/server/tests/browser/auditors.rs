//! A group with a custom role, from the role's making to the person who is dropped: the preset for delivery pipelines.

use testkit::{Browser, On};

use crate::house::House;
use crate::step::{PASSWORD, choose_password, confirm, secret, settled, sign_in, sign_out};

const MIAS: &str = "four green doors on a hill";

#[tokio::test]
async fn auditors_are_given_the_audit_log_and_lose_it_again() {
    let Some((house, browser)) = settled("Delivery Owner", On::Sqlite).await else {
        return;
    };
    let temporary = mia(&browser, &house).await;
    every_permission_of_a_role_is_shown(&browser, &house).await;
    a_role_is_made(&browser).await;
    a_group_is_made(&browser, &house).await;
    a_group_that_gives_something_says_so_first(&browser, &house).await;
    its_role_is_modified(&browser).await;
    somebody_is_invited_into_it(&browser, &house).await;
    browser.visit(&house.at("/o/acme/people")).await;
    browser.row("mia@example.com").see("Auditors").await;

    sign_out(&browser, "Olivia Ortega", "olivia").await;
    sign_in(&browser, &house, "mia", &temporary).await;
    choose_password(&browser, &house, &temporary, MIAS).await;
    browser.visit(&house.at("/o/acme/audit")).await;
    browser.see("Audit log").await;
    browser.see("Olivia Ortega").await;
    sign_out(&browser, "Mia Moor", "mia").await;

    sign_in(&browser, &house, "olivia", PASSWORD).await;
    browser.see("People").await;
    browser.visit(&house.at("/o/acme/groups/auditors")).await;
    browser.press("Remove Mia Moor from the group").await;
    let question = browser.part("Remove Mia Moor from Auditors?");
    question.see("organization.audit_logs.view").await;
    question.press("Remove Mia Moor from Auditors").await;
    browser.see("Mia Moor is no longer in Auditors.").await;
    the_role_is_deleted(&browser, &house).await;

    sign_out(&browser, "Olivia Ortega", "olivia").await;
    sign_in(&browser, &house, "mia", MIAS).await;
    browser.see("Acme").await;
    browser.visit(&house.at("/o/acme/audit")).await;
    browser.do_not_see("Olivia Ortega").await;
}

async fn mia(browser: &Browser, house: &House) -> String {
    browser.visit(&house.at("/o/acme/people/add")).await;
    let person = browser.part("Person 1");
    person.fill("Email Address", "mia@example.com").await;
    person.fill("Full name", "Mia Moor").await;
    person.fill("Username", "mia").await;
    browser.press("Create Accounts").await;
    browser.see("1 account was created").await;
    secret(browser).await
}

async fn every_permission_of_a_role_is_shown(browser: &Browser, house: &House) {
    browser.visit(&house.at("/o/acme/settings")).await;
    browser.part("Settings").press("Roles").await;
    browser.see("Organization Roles").await;
    browser.press("See what Member allows").await;
    browser.see("Built in: it stays as it is").await;
    browser.see("organization.contact_support").await;
    browser.see("organization.audit_logs.view").await;
    let script = "return [...document.querySelectorAll('.permission')].map((permission) => [
        permission.querySelector('.mono').textContent, permission.querySelector('input').checked])
        .filter(([name]) => name.startsWith('organization.'))";
    let found = browser.webdriver().execute(script, Vec::new()).await.unwrap();
    let found: Vec<(String, bool)> = found.convert().unwrap();
    let allowed = found.iter().filter(|(_, allowed)| *allowed).count();
    assert_eq!((found.len(), allowed), (37, 14));
}

async fn a_role_is_made(browser: &Browser) {
    browser.press("Roles").await;
    browser.press("New Role: Organization Roles").await;
    browser.fill("Name", "Auditor").await;
    browser.fill("Description", "Reads what was done").await;
    browser.choose("Colour", "Teal").await;
    browser.fill("Permissions", "audit_logs").await;
    browser.do_not_see("Open the billing page").await;
    browser.check("Read the audit log").await;
    browser.press("Save changes").await;
    browser.see("The role Auditor is made.").await;
    browser.see("Nobody".to_lowercase().as_str()).await;
}

async fn a_group_is_made(browser: &Browser, house: &House) {
    browser.visit(&house.at("/o/acme/people")).await;
    browser.press("Groups").await;
    browser.see("No groups yet").await;
    browser.part("No groups yet").press("Create group").await;
    browser.fill("Name", "Auditors").await;
    browser.fill("Description", "Look at what was done").await;
    browser.fill("Add people", "nobody at all").await;
    browser.press("Save changes").await;
    browser.see("nobody at all is nobody of this organization.").await;
    browser.fill("Add people", "mia@example.com").await;
    browser.press("Save changes").await;
    browser.see("The group Auditors is made.").await;
    browser.row("Mia Moor").see("Added by Olivia Ortega").await;
}

async fn a_group_that_gives_something_says_so_first(browser: &Browser, house: &House) {
    browser.visit(&house.at("/o/acme/groups/new")).await;
    browser.fill("Name", "Readers").await;
    browser.choose("Role", "Auditor").await;
    browser.fill("Add people", "mia").await;
    browser.press("Save changes").await;
    browser.see("Mia Moor: gains 2 permissions in Acme").await;
    confirm(browser, "Make the group Readers?", "Make the group Readers").await;
    browser.see("The group Readers is made.").await;
    browser.press("Delete…").await;
    let question = browser.part("Delete the group Readers?");
    question.see("Mia Moor: loses 2 permissions in Acme").await;
    question.press("Delete the group Readers").await;
    browser.see("The group Readers is deleted.").await;
}

async fn its_role_is_modified(browser: &Browser) {
    browser.press("Groups").await;
    browser.row("Auditors").see("Member").await;
    browser.row("Auditors").press("Modify Role of Auditors").await;
    let question = browser.part("Modify the role of Auditors");
    question.choose("Role", "Auditor").await;
    question.see("Mia Moor: gains 2 permissions in Acme").await;
    question.press("Save changes").await;
    browser.see("Auditors has the role Auditor now.").await;
    // People who are added again, for a time: first told, then done.
    browser.fill("Add people", "mia").await;
    browser.fill("Last day in the group", "2099-12-03").await;
    browser.press("Save changes").await;
    browser.see("Adds Mia Moor. Effective at their next request.").await;
    browser.see("Mia Moor: in Auditors until").await;
    confirm(browser, "Change the group Auditors?", "Save changes").await;
    browser.see("The group Auditors is saved.").await;
    browser.row("Mia Moor").see("until 3 Dec 2099").await;
}

/// The form offers what the inviter could fill; a place that begins anew is told before.
async fn somebody_is_invited_into_it(browser: &Browser, house: &House) {
    browser.visit(&house.at("/o/acme/invitations/new")).await;
    browser.fill("Email Address", "ida@example.com").await;
    browser.part("Groups (optional)").check("Auditors").await;
    browser.press("Send invitation").await;
    browser.see("ida@example.com is invited").await;
    browser.see("in Auditors").await;
}

async fn the_role_is_deleted(browser: &Browser, house: &House) {
    browser.visit(&house.at("/o/acme/roles")).await;
    browser.press("Delete the role Auditor").await;
    let question = browser.part("Delete the role Auditor?");
    question.see("In use: 1 group.").await;
    question.choose("Role", "Member").await;
    question.press("Delete the role Auditor").await;
    browser.see("The role Auditor is deleted.").await;
    browser.visit(&house.at("/o/acme/groups")).await;
    browser.row("Auditors").see("Member").await;
}
