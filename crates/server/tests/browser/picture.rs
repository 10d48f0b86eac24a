//! Pictures of the main pages, light and dark, on a desk and on a phone; the best of them stand in the documentation.

use std::env;
use std::fs;
use std::path::Path;

use testkit::{Browser, Theme, target};

use crate::house::{DEMO_PASSWORD, House};
use crate::step::{sign_in, sign_out};

/// What the documentation shows: the picture taken here, and its name there.
const SHOWN: [(&str, &str); 5] = [
    ("people-1280-light", "people"),
    ("people-1280-dark", "people-dark"),
    ("security-1280-light", "member-security"),
    ("accept-1280-light", "accept-invitation"),
    ("people-360-light", "people-phone"),
];

/// Bytes that a picture in the documentation may have.
const LARGEST: u64 = 300 * 1024;

#[tokio::test]
async fn the_main_pages_are_pictured() {
    let Some(browser) = Browser::open().await else { return };
    let house = House::demo();
    browser.visit(&house.at("/sign-in")).await;
    everywhere(&browser, "sign-in").await;
    sign_in(&browser, &house, "olivia", DEMO_PASSWORD).await;
    browser.see("Larkspur Works").await;
    for (path, name) in [
        ("/o/larkspur/people", "people"),
        ("/o/brightwater/people", "people-with-card"),
        ("/o/larkspur/people?query=zzzz", "people-nobody"),
        ("/o/larkspur/people/new", "create"),
        ("/o/larkspur/people/add", "add"),
        ("/o/larkspur/people/bulk", "bulk"),
        ("/o/larkspur/invitations", "invitations"),
        ("/o/larkspur/invitations/new", "invite"),
        ("/o/larkspur/settings", "settings"),
        ("/o/larkspur/roles", "roles"),
        ("/o/larkspur/roles/member", "role-permissions"),
        ("/o/larkspur/roles/new", "role-new"),
        ("/o/larkspur/roles/matrix", "roles-matrix"),
        ("/o/larkspur/groups", "groups"),
        ("/o/larkspur/groups/new", "group-new"),
        ("/o/larkspur/groups/night-watch", "group"),
        ("/o/larkspur/projects/counting-house/access", "project-access"),
        ("/o/larkspur/projects/paper-boat/tokens", "project-tokens"),
        ("/o/larkspur/projects/paper-boat/settings", "project-settings"),
        ("/o/larkspur/service-accounts/new", "service-account-new"),
        ("/me/tokens/new", "token-new"),
        ("/organizations/larkspur/leaving", "leaving"),
        ("/o/larkspur/audit", "audit"),
        ("/o/larkspur/audit/retention", "audit-retention"),
        ("/o/larkspur/audit/forwarding", "audit-forwarding"),
        ("/organizations", "organizations"),
        ("/me", "me"),
        ("/docs", "docs"),
    ] {
        browser.visit(&house.at(path)).await;
        everywhere(&browser, name).await;
    }
    browser.visit(&house.at("/o/larkspur/people?query=amara.adeyemi")).await;
    browser.press("Amara Adeyemi").await;
    browser.see("Authentication method").await;
    let member = browser.address().await;
    for path in [
        "",
        "/security",
        "/activity",
        "/role?role=admin",
        "/removal",
        "/disablement",
    ] {
        browser.visit(&format!("{member}{path}")).await;
        let name = path.trim_start_matches('/').split('?').next().unwrap_or_default();
        everywhere(&browser, if name.is_empty() { "member" } else { name }).await;
    }
    menu_and_dialog(&browser, &house).await;
    invitation(&browser, &house).await;
    if env::var("ROSTER_SCREENSHOTS").is_ok_and(|value| value == "1") {
        keep();
    }
}

async fn menu_and_dialog(browser: &Browser, house: &House) {
    browser
        .visit(&house.at("/o/larkspur/people?query=mia@example.com"))
        .await;
    browser.row("Mia Sandqvist").press("More for Mia Sandqvist").await;
    browser.see("View / Edit").await;
    everywhere(browser, "menu").await;
    browser.row("Mia Sandqvist").press("Set as Admin").await;
    browser
        .part("Change the role of Mia Sandqvist")
        .see("Set the role of Mia Sandqvist")
        .await;
    everywhere(browser, "dialog").await;
}

async fn invitation(browser: &Browser, house: &House) {
    browser.visit(&house.at("/o/larkspur/invitations/new")).await;
    browser.fill("E-mail address", "ines.carvalho@example.com").await;
    browser.press("Send invitation").await;
    browser.see("ines.carvalho@example.com is invited").await;
    everywhere(browser, "invited").await;
    let links = crate::step::secrets(browser).await;
    sign_out(browser, "Olivia Marchetti", "olivia").await;
    browser.visit(&links[0]).await;
    browser.see("Join Larkspur Works").await;
    everywhere(browser, "accept").await;
}

async fn everywhere(browser: &Browser, name: &str) {
    for width in [1280, 360] {
        browser.set_width(width).await;
        for (theme, kind) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
            browser.set_theme(theme).await;
            browser.screenshot(&format!("{name}-{width}-{kind}")).await;
        }
    }
    browser.set_width(1280).await;
    browser.set_theme(Theme::Light).await;
}

fn keep() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/screenshots");
    fs::create_dir_all(&kept).unwrap();
    for (taken, name) in SHOWN {
        let taken = target::folder("screenshots").join(format!("{taken}.png"));
        let length = fs::copy(&taken, kept.join(format!("{name}.png"))).unwrap();
        assert!(length <= LARGEST, "{name}.png has {length} bytes");
    }
}
