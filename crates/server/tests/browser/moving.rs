//! An organization taken out as a file and taken in from one, at the console.

use testkit::On;

use crate::instance::look;
use crate::step::settled;

const HEADER: &str = r#"{"type":"roster","format":"roster.organization","version":1,"organization":{"slug":"arrivals","name":"Arrivals"},"exported_at":"2026-11-22T09:00:00Z"}"#;

#[tokio::test]
async fn a_file_is_checked_before_anything_happens_and_then_taken_in() {
    let Some((house, browser)) = settled("Standard", On::Sqlite).await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (cut, whole) = (folder.path().join("cut.jsonl"), folder.path().join("arrivals.jsonl"));
    let lines = [
        HEADER,
        r#"{"type":"organization","slug":"arrivals","name":"Arrivals","preset":"standard"}"#,
        r#"{"type":"group","slug":"crew","name":"Crew","role":"member"}"#,
        r#"{"type":"member","username":"olivia","email":"olivia@example.com","role":"owner"}"#,
        r#"{"type":"member","username":"ada","email":"ada@example.net","name":"Ada Lovelace","groups":[{"group":"crew"}]}"#,
        r#"{"type":"member","username":"bo","email":"bo@example.net","role":"wizard"}"#,
        r#"{"type":"end"}"#,
    ];
    std::fs::write(&cut, lines[..5].join("\n")).unwrap();
    std::fs::write(&whole, lines.join("\n")).unwrap();

    browser.visit(&house.at("/instance/organizations")).await;
    browser.press("Import organization").await;
    look(&browser, "import").await;
    browser.attach("File", &cut).await;
    browser.press("Check the file").await;
    browser.see("It was cut off on its way").await;
    browser.attach("File", &whole).await;
    browser.press("Check the file").await;
    browser.see("What the import will do").await;
    browser.see("Nothing has happened yet.").await;
    browser.row("member bo").see("has no role “wizard”").await;
    look(&browser, "import-checked").await;
    browser.press("Import into arrivals").await;
    browser.see("The import is done").await;
    look(&browser, "import-done").await;
    browser.press("Go to arrivals").await;
    browser.row("ada@example.net").see("Active").await;
    browser.see("Export people as CSV").await;
    browser.visit(&house.at("/o/arrivals/settings")).await;
    browser.see("Export organization").await;
}
