//! The audit log as an Owner uses it: found, saved, kept for a while, and sent elsewhere.

use domain::audit::verification::{Extent, Verification};
use testkit::Browser;
use testkit::receiver::{Receiver, Speaks};

use crate::house::{DEMO_PASSWORD, House};
use crate::step::sign_in;

#[tokio::test]
async fn the_audit_log_is_searched_saved_kept_and_forwarded() {
    let Some(browser) = Browser::open().await else { return };
    let house = House::demo();
    sign_in(&browser, &house, "olivia", DEMO_PASSWORD).await;
    browser.see("Larkspur Works").await;
    browser.visit(&house.at("/o/larkspur/audit")).await;
    it_is_searched(&browser, &house).await;
    it_is_saved(&browser, &house).await;
    it_is_kept_for_a_while(&browser, &house).await;
    it_is_forwarded(&browser, &house).await;
}

#[tokio::test]
async fn a_superuser_reads_the_log_of_the_whole_server_and_sends_all_logs_on() {
    let Some(browser) = Browser::open().await else { return };
    let house = House::demo();
    let receiver = Receiver::start(Speaks::Syslog).await;
    sign_in(&browser, &house, "sid", DEMO_PASSWORD).await;
    browser.see("Your organizations").await;
    browser.press("The whole server").await;
    browser.part("Main").press("Audit log").await;
    browser.see("Nothing has changed yet").await;
    browser.press("Forwarding").await;
    browser
        .fill("Address", &format!("syslog+tcp://{}", receiver.address))
        .await;
    browser.check("Everything that is kept").await;
    browser.press("Begin forwarding").await;
    browser.see("Entries go to syslog+tcp://").await;
    let forwarding = house.at("/instance/audit-events/forwarding");
    let arrived = "All entries have arrived.";
    while !browser.part("How it goes").text().await.contains(arrived) {
        browser.visit(&forwarding).await;
    }
    let arrived = receiver.entries().concat();
    assert!(arrived.contains("audit_log.forwarding_changed") && arrived.contains("role.created"));
    browser.visit(&house.at("/instance/audit-events")).await;
    browser.see("changed where the audit log is forwarded to for").await;
}

async fn it_is_searched(browser: &Browser, house: &House) {
    browser
        .see("Every change, with who made it and what it was before.")
        .await;
    browser.choose("Action", "Role: created").await;
    browser.see("made the role").await;
    browser.do_not_see("put somebody into the group").await;
    browser.row("Auditor").press("Details").await;
    browser.see("All by").await;
    browser
        .fill("Search by name, address or request", "nobody at all")
        .await;
    browser.see("No entry matches").await;
    browser.visit(&house.at("/o/larkspur/audit?from=2100-01-01")).await;
    browser.see("No entry matches").await;
    browser
        .visit(&house.at("/o/larkspur/audit?medium=web&to=2100-01-01"))
        .await;
    browser.do_not_see("No entry matches").await;
}

/// As the button does, which the browser would only put into a folder.
async fn it_is_saved(browser: &Browser, house: &House) {
    browser.visit(&house.at("/o/larkspur/audit")).await;
    let script =
        "const link = [...document.querySelectorAll('a[download]')].find((link) => link.textContent === 'NDJSON');
        const request = new XMLHttpRequest(); request.open('GET', link.href, false); request.send();
        return request.responseText";
    let saved = browser.webdriver().execute(script, Vec::new()).await.unwrap();
    let saved: String = saved.convert().unwrap();
    let mut verification = Verification::new(Extent::Whole);
    for line in saved.lines() {
        verification.line(line).unwrap();
    }
    assert!(verification.finish().unwrap().count > 5);
}

async fn it_is_kept_for_a_while(browser: &Browser, house: &House) {
    browser.visit(&house.at("/o/larkspur/audit")).await;
    browser.see("Entries are kept for ever.").await;
    browser.press("Change").await;
    browser.check("For a number of days").await;
    browser.fill("Days", "none").await;
    browser.press("Show what this would remove").await;
    browser.see("Give a whole number of days.").await;
    browser.fill("Days", "3650").await;
    browser.press("Show what this would remove").await;
    browser.see("Keep entries for 3650 days?").await;
    browser.see("No entry is older than 3650 days today").await;
    browser.press("Keep entries for 3650 days").await;
    browser.see("Entries are kept for 3650 days.").await;
}

async fn it_is_forwarded(browser: &Browser, house: &House) {
    browser.press("Forwarding").await;
    browser.fill("Address", "https://169.254.169.254/").await;
    browser.press("Begin forwarding").await;
    browser.see("is an address inside this server's network").await;
    // A name that is looked up only when something is sent.
    browser.fill("Address", "syslog+tcp://localhost:1").await;
    browser.check("Everything that is kept").await;
    browser.press("Begin forwarding").await;
    browser.see("Entries go to syslog+tcp://localhost:1.").await;
    browser.see("the oldest by").await;
    browser.visit(&house.at("/o/larkspur/audit/forwarding")).await;
    browser.press("Stop forwarding").await;
    browser.see("Stop forwarding?").await;
    browser.press("Stop forwarding").await;
    browser.see("Entries are forwarded no more.").await;
    browser.see("Begin forwarding").await;
}
