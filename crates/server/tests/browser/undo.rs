//! Undoing from the audit log: what it would do is told first, and what was undone offers it no more.

use testkit::{Browser, On, Theme};

use crate::step::settled;

#[tokio::test]
async fn a_group_is_made_and_that_is_undone_from_the_log() {
    let Some((house, browser)) = settled("Standard", On::Sqlite).await else {
        return;
    };
    browser.visit(&house.at("/o/acme/groups/new")).await;
    browser.fill("Name", "Crew").await;
    browser.press("Save changes").await;
    browser.see("The group Crew is made.").await;

    browser.visit(&house.at("/o/acme/audit")).await;
    let made = browser.row("made the group");
    made.press("Details").await;
    pictured(&browser, "audit-undo-entry").await;
    made.press("Undo this change").await;
    browser.see("Undo “Group: created” of Crew?").await;
    browser.see("Deletes the group Crew").await;
    browser.see("The log keeps both entries.").await;
    let violations = browser.accessibility_violations().await;
    assert!(violations.is_empty(), "{violations:?}");
    pictured(&browser, "audit-undo").await;
    browser.press("Undo this change").await;
    browser.see("Undone: Group: created of Crew.").await;
    browser.row("made the group").press("Details").await;
    browser.see("This was undone by a later entry.").await;
    browser.visit(&house.at("/o/acme/groups")).await;
    browser.see("No groups yet").await;
}

#[tokio::test]
async fn what_cannot_be_undone_any_more_says_why_in_place_of_the_button() {
    let Some((house, browser)) = settled("Standard", On::Sqlite).await else {
        return;
    };
    for (page, name) in [("/o/acme/groups/new", "Crew"), ("/o/acme/groups/crew", "Day crew")] {
        browser.visit(&house.at(page)).await;
        browser.fill("Name", name).await;
        browser.press("Save changes").await;
        browser.see(&format!("The group {name} is")).await;
    }
    browser.visit(&house.at("/o/acme/audit")).await;
    let made = browser.row("made the group");
    made.press("Details").await;
    made.press("Undo this change").await;
    browser
        .see("This cannot be undone any more: name was Crew then and is Day crew now.")
        .await;
    browser.do_not_see("Undo this change").await;
    pictured(&browser, "audit-undo-refused").await;
}

async fn pictured(browser: &Browser, name: &str) {
    for (width, theme) in [(1280, Theme::Light), (360, Theme::Dark)] {
        browser.set_width(width).await;
        browser.set_theme(theme).await;
        browser.screenshot(&format!("{name}-{width}")).await;
    }
    browser.set_width(1280).await;
    browser.set_theme(Theme::Light).await;
}
