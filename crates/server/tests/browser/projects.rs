//! Projects in the preset for delivery pipelines: made, opened to one person, handed over before their owner is removed;
//! and users deleted in the preset for error reports, with what they own.

use testkit::{Browser, On};

use crate::house::House;
use crate::step::{PASSWORD, choose_password, confirm, secrets, settled, sign_in, sign_out};

#[tokio::test]
async fn a_project_is_handed_over_before_its_owner_is_removed() {
    let Some((house, browser)) = settled("Delivery Owner", On::Sqlite).await else {
        return;
    };
    let passwords = add(&browser, &house, &["ada", "tom"]).await;

    sign_out(&browser, "Olivia Ortega", "olivia").await;
    sign_in(&browser, &house, "ada", &passwords[0]).await;
    choose_password(&browser, &house, &passwords[0], "four green doors on a hill").await;
    browser.visit(&house.at("/o/acme/projects")).await;
    browser.see("No projects yet").await;
    browser.visit(&house.at("/o/acme/projects/new")).await;
    browser.fill("Name", "Lighthouse").await;
    browser.press("Create project").await;
    browser.see("Lighthouse is created. You own it.").await;
    browser
        .see("Everyone but guests is Reader until somebody is mapped.")
        .await;

    browser.press("Access").await;
    browser.see("Nobody is mapped").await;
    browser.fill("Member, group or service account", "nobody-here").await;
    browser.press("Give access").await;
    browser
        .see("nobody-here is no member, group or service account of this organization.")
        .await;
    browser.fill("Member, group or service account", "tom").await;
    browser.choose("Role", "Contributor").await;
    browser.press("Give access").await;
    confirm(
        &browser,
        "Close Lighthouse to everyone else?",
        "Give access and close Lighthouse",
    )
    .await;
    browser.row("Tom Fern").see("Contributor").await;
    // Whoever is given another role is told what they gain, by name.
    browser.fill("Member, group or service account", "tom").await;
    browser.choose("Role", "Reader").await;
    browser.press("Give access").await;
    let question = browser.part("Change the access of Tom Fern to Lighthouse?");
    question.see("Tom Fern: loses 22 permissions on Lighthouse").await;
    question.press("Cancel").await;
    browser.row("Tom Fern").see("Contributor").await;

    browser.press("Tokens").await;
    browser.see("No tokens").await;
    browser.fill("Name", "Nightly").await;
    browser.check("project.view").await;
    browser.press("Create token").await;
    browser.see("Nightly is created").await;
    assert!(secrets(&browser).await[0].starts_with("roster_project_"));
    browser.press("Done").await;
    browser.row("Nightly").see("Ada Lovelace").await;
    sign_out(&browser, "Ada Lovelace", "ada").await;

    sign_in(&browser, &house, "olivia", PASSWORD).await;
    browser.row("ada@example.com").press("Remove Ada Lovelace").await;
    let question = browser.part("Remove Ada Lovelace from Acme?");
    question.see("Lighthouse").await;
    question.see("Nightly").await;
    question.press("Remove Ada Lovelace from Acme").await;
    browser.see("Choose who gets what Ada Lovelace owns").await;
    browser.visit(&house.at("/o/acme/projects/lighthouse/settings")).await;
    browser.fill("Transfer ownership to", "nobody-here").await;
    browser.press("Change owner").await;
    browser.see("nobody-here is nobody of this organization.").await;
    browser.fill("Transfer ownership to", "tom@example.com").await;
    browser.press("Change owner").await;
    confirm(
        &browser,
        "Change the owner of Lighthouse?",
        "Change the owner of Lighthouse",
    )
    .await;
    browser.see("Tom Fern now owns Lighthouse.").await;
    browser.row("Lighthouse").see("Tom Fern").await;
    // Her token is hers still: it goes along in the last step.
    browser.visit(&house.at("/o/acme/people")).await;
    browser.row("ada@example.com").press("Remove Ada Lovelace").await;
    let question = browser.part("Remove Ada Lovelace from Acme?");
    question
        .choose("Transfer all of it to", "Tom Fern (tom@example.com)")
        .await;
    question.press("Remove Ada Lovelace from Acme").await;
    browser.see("Ada Lovelace was removed from Acme.").await;
    browser.do_not_see_row("ada@example.com").await;
    browser.visit(&house.at("/o/acme/projects/lighthouse/tokens")).await;
    browser.row("Nightly").see("Tom Fern").await;
    // A token changes hands alone, too.
    browser.press("Change the owner of the token Nightly").await;
    let question = browser.part("Who answers for Nightly?");
    question.fill("New owner", "olivia").await;
    question.press("Change the owner of Nightly").await;
    browser.see("Olivia Ortega now answers for Nightly.").await;
    browser.row("Nightly").see("Olivia Ortega").await;
    sign_out(&browser, "Olivia Ortega", "olivia").await;

    // Whoever leaves says who gets what they own.
    sign_in(&browser, &house, "tom", &passwords[1]).await;
    choose_password(&browser, &house, &passwords[1], "nine grey herons by the weir").await;
    browser.visit(&house.at("/organizations/acme/leaving")).await;
    browser.see("Owned by you, and must go to somebody first").await;
    browser.see("Lighthouse").await;
    browser.press("Leave Acme").await;
    browser.see("Say who it is.").await;
    browser.fill("Transfer all of it to", "olivia").await;
    browser.press("Leave Acme").await;
    browser.see("You left Acme.").await;
    sign_out(&browser, "Tom Fern", "tom").await;
    sign_in(&browser, &house, "olivia", PASSWORD).await;
    browser.see("Acme").await;
    browser.visit(&house.at("/o/acme/projects")).await;
    browser.row("Lighthouse").see("Olivia Ortega").await;
}

#[tokio::test]
async fn users_are_deleted_together_once_nothing_is_theirs_any_more() {
    let Some((house, browser)) = settled("Error reporting", On::Sqlite).await else {
        return;
    };
    browser.visit(&house.at("/o/acme/people/bulk")).await;
    browser.choose("What to do", "Create accounts").await;
    let lines = "ada@example.com, Ada\nbo@example.com, Bo\ncy@example.com, Cy";
    browser.fill("People, one per line", lines).await;
    browser.press("Check the lines").await;
    browser.press("Create 3 accounts").await;
    browser.press("Go to the list").await;
    browser.row("ada@example.com").see("member").await;
    give(&browser, &house, "Lighthouse", "Ada").await;
    give(&browser, &house, "Orchard", "Bo").await;

    browser.visit(&house.at("/o/acme/people")).await;
    browser.row("ada@example.com").press("Ada").await;
    browser.part("Owns").see("Lighthouse").await;
    browser.visit(&house.at("/o/acme/people")).await;
    for name in ["Ada", "Bo", "Cy"] {
        browser.check(&format!("Select {name}")).await;
    }
    browser.press("Delete user…").await;
    let question = browser.part("Remove 3 people from Acme?");
    question.see("Lighthouse").await;
    question.see("Orchard").await;
    question.press("Remove 3 people from Acme").await;
    browser.see("Removed from Acme: 1 person. Left out: 2 people.").await;
    browser.do_not_see_row("cy@example.com").await;

    browser.check("Select Ada").await;
    browser.press("Delete user…").await;
    let question = browser.part("Remove 1 person from Acme?");
    question
        .choose("Transfer all of it to", "Olivia Ortega (olivia@example.com)")
        .await;
    question.press("Remove 1 person from Acme").await;
    browser.see("Removed from Acme: 1 person.").await;
    browser.check("Select Bo").await;
    browser.press("Delete user…").await;
    let question = browser.part("Remove 1 person from Acme?");
    question
        .choose("Transfer all of it to", "Nobody: delete all of it for good")
        .await;
    question.press("Remove 1 person from Acme").await;
    browser.see("Removed from Acme: 1 person.").await;
    browser.do_not_see_row("bo@example.com").await;
    browser.visit(&house.at("/o/acme/projects")).await;
    browser.row("Lighthouse").see("Olivia Ortega").await;
    browser.do_not_see_row("Orchard").await;
}

/// Makes a project and gives it to somebody.
async fn give(browser: &Browser, house: &House, project: &str, owner: &str) {
    browser.visit(&house.at("/o/acme/projects/new")).await;
    browser.fill("Name", project).await;
    browser.press("Create project").await;
    browser.see(&format!("{project} is created.")).await;
    let settings = format!("/o/acme/projects/{}/settings", project.to_lowercase());
    browser.visit(&house.at(&settings)).await;
    browser.fill("Transfer ownership to", owner).await;
    browser.press("Change owner").await;
    let question = format!("Change the owner of {project}");
    confirm(browser, &format!("{question}?"), &question).await;
    browser.see(&format!("{owner} now owns {project}.")).await;
}

/// Accounts by the row; gives back their temporary passwords.
async fn add(browser: &Browser, house: &House, names: &[&str]) -> Vec<String> {
    browser.visit(&house.at("/o/acme/people")).await;
    browser.press("Add people").await;
    for (place, name) in names.iter().enumerate() {
        let row = browser.part(&format!("Person {}", place + 1));
        row.fill("Email Address", &format!("{name}@example.com")).await;
        row.fill("Full name", full(name)).await;
        row.fill("Username", name).await;
    }
    browser.press("Create Accounts").await;
    browser.see(&format!("{} accounts were created", names.len())).await;
    secrets(browser).await
}

fn full(name: &str) -> &'static str {
    match name {
        "ada" => "Ada Lovelace",
        "tom" => "Tom Fern",
        _ => "Emmy Noether",
    }
}
