//! Without script, by keyboard alone, on a phone, with large text, and as axe checks it.

use testkit::browser::Key;
use testkit::{Browser, On, Theme};

use crate::house::{DEMO_PASSWORD, House};
use crate::step::{secret, settled, sign_in};

/// The main pages of the demonstration; `{}` is somebody's id.
const PAGES: [&str; 36] = [
    "/o/larkspur/people",
    "/o/larkspur/people?query=nobody+at+all",
    "/o/larkspur/people/new",
    "/o/larkspur/people/add",
    "/o/larkspur/people/bulk",
    "/o/larkspur/invitations",
    "/o/larkspur/invitations/new",
    "/o/larkspur/settings",
    "/o/larkspur/settings/security",
    "/o/larkspur/roles",
    "/o/larkspur/roles/member",
    "/o/larkspur/roles/new",
    "/o/larkspur/roles/matrix",
    "/o/larkspur/roles/comparison?left=admin&right=member",
    "/o/larkspur/groups",
    "/o/larkspur/groups?query=zebra",
    "/o/larkspur/groups/new",
    "/o/larkspur/projects",
    "/o/larkspur/projects/new",
    "/o/larkspur/projects/lighthouse",
    "/o/larkspur/projects/lighthouse/access",
    "/o/larkspur/projects/lighthouse/tokens",
    "/o/larkspur/projects/lighthouse/settings",
    "/o/larkspur/service-accounts",
    "/o/larkspur/service-accounts/new",
    "/o/larkspur/permissions/roster.member.view",
    "/o/larkspur/audit",
    "/o/larkspur/audit/retention",
    "/o/larkspur/audit/forwarding",
    "/o/brightwater/people",
    "/organizations",
    "/me",
    "/me/mfa",
    "/me/password",
    "/me/tokens/new",
    "/docs",
];

/// Those of one member, behind their own address.
const OF_A_MEMBER: [&str; 9] = [
    "",
    "/edit",
    "/security",
    "/access",
    "/access?permission=roster.audit_log.view",
    "/activity",
    "/role",
    "/disablement",
    "/removal",
];

async fn signed_in() -> Option<(House, Browser)> {
    let browser = Browser::open().await?;
    let house = House::demo();
    sign_in(&browser, &house, "olivia", DEMO_PASSWORD).await;
    browser.see("Larkspur Works").await;
    Some((house, browser))
}

/// Every main page's address, those of a member among them.
async fn addresses(house: &House, browser: &Browser) -> Vec<String> {
    browser
        .visit(&house.at("/o/larkspur/people?query=mia@example.com"))
        .await;
    browser.press("Mia Sandqvist").await;
    browser.see("Authentication method").await;
    let member = browser.address().await;
    let members = OF_A_MEMBER.iter().map(|path| format!("{member}{path}"));
    PAGES.iter().map(|path| house.at(path)).chain(members).collect()
}

#[tokio::test]
async fn no_page_breaks_a_rule_of_accessibility() {
    let Some((house, browser)) = signed_in().await else {
        return;
    };
    let mut pages = addresses(&house, &browser).await;
    pages.push(house.at("/o/larkspur/people/mem_unknown"));
    let mut broken = Vec::new();
    for theme in [Theme::Light, Theme::Dark] {
        browser.set_theme(theme).await;
        for page in &pages {
            browser.visit(page).await;
            for violation in browser.accessibility_violations().await {
                broken.push(format!("{page} ({theme:?}): {violation}"));
            }
        }
    }
    browser.webdriver().delete_all_cookies().await.unwrap();
    for page in ["/sign-in", "/invitations/unknown"] {
        browser.visit(&house.at(page)).await;
        for violation in browser.accessibility_violations().await {
            broken.push(format!("{page}: {violation}"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[tokio::test]
async fn no_page_scrolls_sideways_on_a_phone_or_with_large_text() {
    let Some((house, browser)) = signed_in().await else {
        return;
    };
    let (long, mut wide) = long_named(&house, &browser).await;
    let mut pages = addresses(&house, &browser).await;
    pages.extend(OF_A_MEMBER.iter().map(|path| format!("{long}{path}")));
    for page in &pages {
        browser.set_width(360).await;
        browser.visit(page).await;
        if browser.scrolls_sideways().await {
            wide.push(format!("{page} at 360 px"));
        }
        browser.set_width(1280).await;
        if browser.scrolls_sideways().await {
            wide.push(format!("{page} at 1280 px"));
        }
        browser.set_text_size(200).await;
        if browser.scrolls_sideways().await {
            wide.push(format!("{page} at 200 % text"));
        }
    }
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

/// Somebody whose name and mailbox have no place to break: their page's address, and where the page with their temporary
/// password is too wide.
async fn long_named(house: &House, browser: &Browser) -> (String, Vec<String>) {
    let name = "Wolfeschlegelsteinhausen".repeat(5);
    browser.visit(&house.at("/o/larkspur/people/new")).await;
    browser.fill("Full name", &name).await;
    let mailbox = format!("{}@example.com", "wolfe".repeat(12));
    browser.fill("E-mail address", &mailbox).await;
    browser.press("Create account").await;
    browser.see(&format!("{name} has an account")).await;
    let mut wide = Vec::new();
    for width in [360, 1280] {
        browser.set_width(width).await;
        if browser.scrolls_sideways().await {
            wide.push(format!("the temporary password at {width} px"));
        }
    }
    browser.press(&format!("Go to {name}")).await;
    browser.see("Authentication method").await;
    (browser.address().await, wide)
}

#[tokio::test]
async fn a_dialog_keeps_its_buttons_in_sight() {
    let Some((house, browser)) = signed_in().await else {
        return;
    };
    for width in [360, 1280] {
        browser.set_width(width).await;
        browser
            .visit(&house.at("/o/larkspur/people?query=mia@example.com"))
            .await;
        browser.press("More for Mia Sandqvist").await;
        browser.press("Set as Admin").await;
        browser.see("Set the role of Mia Sandqvist").await;
        let script = "const foot = document.querySelector('.dialog .sheet-foot').getBoundingClientRect(); \
                      return foot.top >= 0 && foot.bottom <= innerHeight";
        let found = browser.webdriver().execute(script, Vec::new()).await.unwrap();
        assert!(found.convert::<bool>().unwrap(), "at {width} px");
    }
}

#[tokio::test]
async fn every_section_is_in_sight_on_a_phone() {
    let Some((house, browser)) = signed_in().await else {
        return;
    };
    browser.set_width(360).await;
    for page in ["/o/larkspur/audit", "/o/larkspur/settings"] {
        browser.visit(&house.at(page)).await;
        let script = "return [...document.querySelectorAll('.nav-link')].every((link) => { \
                      const at = link.getBoundingClientRect(); return at.left >= 0 && at.right <= innerWidth })";
        let found = browser.webdriver().execute(script, Vec::new()).await.unwrap();
        assert!(found.convert::<bool>().unwrap(), "{page}");
    }
}

#[tokio::test]
async fn the_list_is_walked_by_keyboard_alone() {
    let Some((house, browser)) = signed_in().await else {
        return;
    };
    browser
        .visit(&house.at("/o/larkspur/people?query=mia@example.com"))
        .await;
    browser.row("mia@example.com").see("Mia Sandqvist").await;
    tab_to(&browser, "More for Mia Sandqvist").await;
    browser.key(Key::Enter).await;
    browser.see("View / Edit").await;
    browser.key(Key::Down).await;
    assert_eq!(browser.focused().await, "View / Edit");
    browser.key(Key::Down).await;
    let entry = browser.focused().await;
    assert!(entry.starts_with("Set as "), "{entry}");
    browser.key(Key::Enter).await;
    let question = browser.part("Change the role of Mia Sandqvist");
    question.see("Set the role of Mia Sandqvist").await;
    browser.key(Key::Escape).await;
    browser.do_not_see("Set the role of Mia Sandqvist").await;

    browser.reload().await;
    browser.key(Key::Tab).await;
    assert_eq!(browser.focused().await, "Skip to content");
}

async fn tab_to(browser: &Browser, name: &str) {
    for _ in 0..60 {
        if browser.focused().await == name {
            return;
        }
        browser.key(Key::Tab).await;
    }
    panic!("the Tab key does not lead to “{name}”");
}

#[tokio::test]
async fn the_main_acts_are_plain_pages_without_script() {
    let Some((house, browser)) = settled("Service desk", On::Sqlite).await else {
        return;
    };
    browser.set_script(false).await;
    browser.visit(&house.at("/o/acme/people")).await;
    browser.press("Create User").await;
    browser.fill("Full Name", "Ada Lovelace").await;
    browser.fill("Email Address", "ada@example.com").await;
    browser.press("Create User").await;
    browser.see("Ada Lovelace has an account").await;
    browser.press("Go to Ada Lovelace").await;
    browser.press("Edit Profile").await;
    browser.fill("Full Name", "Ada King").await;
    browser.press("Save profile").await;
    browser.see("The profile of Ada King is saved.").await;

    browser.press("Members").await;
    browser.fill("Search members…", "ada").await;
    browser.press("Search").await;
    browser.do_not_see_row("olivia@example.com").await;
    browser.row("ada@example.com").press("Change Role of Ada King").await;
    browser.see("Change the role of Ada King").await;
    // Nobody's role is set before it was shown what that does.
    browser.do_not_see("Set the role of Ada King").await;
    browser.choose("Role", "Admin").await;
    browser.press("Show what this role would change").await;
    browser.see("Is Admin instead of Member").await;
    browser.press("Set the role of Ada King").await;
    browser.see("Ada King is now Admin of Acme.").await;

    browser.press("Disable Access…").await;
    browser.press("Disable the access of Ada King").await;
    browser.see("Disabled by Olivia Ortega").await;
    browser.press("Enable Access…").await;
    browser.press("Enable the access of Ada King").await;
    browser.see("Ada King has access again.").await;

    browser.press("Members").await;
    browser.press("Invite User").await;
    browser.fill("Email Address", "grace@example.com").await;
    browser.press("Send Invitation").await;
    browser.see("grace@example.com is invited").await;
    assert!(secret(&browser).await.contains("/invitations/"));
    browser.press("Back to Members").await;
    browser.press("Revoke the invitation of grace@example.com").await;
    browser.press("Revoke the invitation of grace@example.com").await;
    browser.see("The invitation of grace@example.com is revoked.").await;

    browser.visit(&house.at("/o/acme/people/bulk")).await;
    browser.choose("What to do", "Create accounts").await;
    browser
        .fill("People, one per line", "emmy@example.com, Emmy Noether")
        .await;
    browser.press("Check the lines").await;
    browser.press("Create 1 account").await;
    browser.see("What became of them").await;
    browser.see("1 of 1 done").await;
    browser.press("Go to the list").await;

    browser.row("emmy@example.com").press("Remove Emmy Noether").await;
    browser.press("Remove Emmy Noether from Acme").await;
    browser.see("Emmy Noether was removed from Acme.").await;
}
