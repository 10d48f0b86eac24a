//! A page is used in its reader's words, in a real browser.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;

use testkit::browser::Key;
use testkit::{Browser, Theme};

async fn opened() -> Option<Browser> {
    let browser = Browser::open().await?;
    browser
        .visit(concat!("file://", env!("CARGO_MANIFEST_DIR"), "/tests/page.html"))
        .await;
    Some(browser)
}

#[tokio::test]
async fn a_form_is_filled_by_its_labels() {
    let Some(browser) = opened().await else { return };
    let list = tempfile::Builder::new()
        .prefix("list")
        .suffix(".csv")
        .tempfile()
        .unwrap();
    fs::write(list.path(), "ada@example.org").unwrap();

    browser.fill("E-mail", "ada@example.org").await;
    browser.fill("Rows", &"grace@example.org\n".repeat(100)).await;
    browser.choose("Role", "Admin").await;
    browser.fill("Until", "2026-12-24").await;
    browser.choose("Method", "PAM").await;
    browser.check("Tell them").await;
    browser.check("Tell them").await;
    browser.attach("List", list.path()).await;
    assert_eq!(browser.value("E-mail").await, "ada@example.org");
    browser.press("Send invitation").await;

    let name = list.path().file_name().unwrap().to_str().unwrap();
    browser
        .see(&format!("Sent: ada@example.org 1800 Admin 2026-12-24 pam true {name}"))
        .await;
}

#[tokio::test]
async fn a_row_is_found_by_its_name_and_a_dialog_is_in_front_of_everything() {
    let Some(browser) = opened().await else { return };
    browser.part("Members").row("Ada Lovelace").press("Remove").await;
    browser.part("Remove this person?").see("Remove").await;
    browser.press("Remove").await;
    browser.row("Ada Lovelace-King").see("Ada").await;
    browser.part("Members").do_not_see("Ada Lovelace Remove").await;
}

#[tokio::test]
async fn only_what_is_shown_is_seen() {
    let Some(browser) = opened().await else { return };
    browser.do_not_see("Inside the details").await;
    browser.do_not_see("Remove this person?").await;
    browser.do_not_see("Admin").await;
    browser.do_not_see("There is no script").await;
    browser.press("More").await;
    browser.see("Inside the details").await;
    browser.press("People").await;
    assert!(browser.address().await.ends_with("#people"));
}

#[tokio::test]
async fn screens_colours_and_keys_are_a_persons_own() {
    let Some(browser) = opened().await else { return };
    browser.see("It is light").await;
    browser.set_theme(Theme::Dark).await;
    browser.do_not_see("It is light").await;
    browser.set_width(360).await;
    assert!(!browser.scrolls_sideways().await);
    browser.set_text_size(800).await;
    assert!(browser.scrolls_sideways().await);
    browser.key(Key::Tab).await;
    assert_eq!(browser.focused().await, "People 2");
    browser.screenshot("testkit-phone").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_page_works_without_script() {
    let Some(browser) = Browser::open().await else { return };
    browser.set_script(false).await;
    browser
        .visit(concat!("file://", env!("CARGO_MANIFEST_DIR"), "/tests/page.html"))
        .await;
    browser.see("There is no script").await;
    browser.fill("E-mail", "ada@example.org").await;
    assert_eq!(browser.value("E-mail").await, "ada@example.org");
}

#[tokio::test]
async fn two_people_have_two_browsers() {
    let (Some(one), Some(other)) = tokio::join!(opened(), opened()) else {
        return;
    };
    one.fill("E-mail", "ada@example.org").await;
    assert_eq!(other.value("E-mail").await, "old@example.org");
}

#[tokio::test]
#[should_panic(
    expected = "cannot press “Sent invitation” in part “Invite”: no button or link “Sent invitation”. There are: “Send invitation”"
)]
async fn what_is_not_there_is_named_beside_what_is() {
    match opened().await {
        Some(browser) => browser.part("Invite").press("Sent invitation").await,
        None => panic!(
            "cannot press “Sent invitation” in part “Invite”: no button or link “Sent invitation”. There are: “Send invitation”"
        ),
    }
}

#[tokio::test]
async fn axe_names_what_is_wrong() {
    let Some(browser) = Browser::open().await else { return };
    browser
        .visit("data:text/html,<html><title>x</title><main><h1>x</h1><img src='data:,'></main>")
        .await;
    let violations = browser.accessibility_violations().await;
    let engine = testkit::target::directory().join("axe-core").exists();
    assert_eq!(
        violations.iter().any(|violation| violation.rule == "image-alt"),
        engine,
        "{violations:?}"
    );
}
