//! Many people at once: every line is checked before anything happens, and has its result afterwards.

use std::fmt::Write;

use testkit::{Browser, On};

use crate::step::{secrets, settled};

#[tokio::test]
async fn sixty_lines_are_checked_run_and_told_one_by_one() {
    let Some((house, browser)) = settled("Standard", On::Sqlite).await else {
        return;
    };
    let mut lines = String::new();
    for number in 1..=58 {
        writeln!(lines, "person{number:02}@example.com, Person {number:02}").unwrap();
    }
    lines.push_str("this is no address, Nobody\nolivia@example.com, Olivia again\n");
    browser.press("Add several").await;
    browser.press("Paste or upload a list").await;
    browser.choose("What to do", "Create accounts").await;
    browser.fill("People, one per line", &lines).await;
    browser.press("Check the lines").await;
    browser.see("Nothing has happened yet. 58 fine, 2 with a problem").await;
    browser.row("person07@example.com").see("Gets an account").await;
    browser.row("olivia@example.com").see("already").await;
    browser.press("Create 58 accounts").await;
    browser.see("Finished: 58 done").await;
    browser.do_not_see("Nothing has happened yet").await;
    browser.see("2 lines had a problem and were left out").await;
    browser
        .part("Result of each line")
        .row("person07@example.com")
        .see("Account created")
        .await;
    browser.see("Copy all passwords").await;
    browser.press("Go to the list").await;
    browser.see("50 people on this page").await;
    browser.press("Next page").await;
    browser.row("person58@example.com").see("Active").await;

    browser.visit(&house.at("/o/acme/people/bulk")).await;
    browser.choose("What to do", "Invite them").await;
    browser
        .fill("People, one per line", "guest@example.com\nperson01@example.com")
        .await;
    browser.press("Check the lines").await;
    browser.press("Invite 1 person").await;
    browser.see("Finished: 1 done").await;
    browser.see("The links are shown only now").await;
    let links = secrets(&browser).await;
    assert_eq!(links.len(), 1);
    assert!(links[0].contains("/invitations/"), "{links:?}");
    assert_eq!(
        saved(&browser, "Download as CSV").await,
        format!(
            "Line,Who,Result,Link\r\n1,guest@example.com,Invited. Hand on the link,{}\r\n",
            links[0]
        )
    );
}

/// What the browser is handed to save when a button is pressed.
async fn saved(browser: &Browser, button: &str) -> String {
    let script = "const make = URL.createObjectURL.bind(URL); URL.createObjectURL = (file) => { window.file = file; return make(file); }";
    browser.webdriver().execute(script, Vec::new()).await.unwrap();
    browser.press(button).await;
    let script = "const done = arguments[0]; window.file.text().then(done)";
    let text = browser.webdriver().execute_async(script, Vec::new()).await.unwrap();
    text.convert().unwrap()
}

#[tokio::test]
async fn several_people_are_selected_and_changed_together() {
    let Some((house, browser)) = settled("Standard", On::Sqlite).await else {
        return;
    };
    browser.visit(&house.at("/o/acme/people/bulk")).await;
    browser.choose("What to do", "Create accounts").await;
    browser
        .fill(
            "People, one per line",
            "ada@example.com, Ada\nbo@example.com, Bo\ncy@example.com, Cy",
        )
        .await;
    browser.press("Check the lines").await;
    browser.press("Create 3 accounts").await;
    browser.press("Go to the list").await;
    browser.check("Select Ada").await;
    browser.check("Select Bo").await;
    browser.see("2 selected").await;
    browser.press("Disable access…").await;
    let question = browser.part("Disable the access of 2 people?");
    question.see("ada@example.com").await;
    question.press("Disable the access of 2 people").await;
    browser.see("Access disabled: 2 people.").await;
    browser.row("ada@example.com").see("Disabled").await;
    browser.row("cy@example.com").see("Active").await;
}
