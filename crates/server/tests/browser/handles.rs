//! Adding people by the handles they have on a host of repositories, as the manual of delivery pipelines tells it.

use testkit::{Browser, host};

use crate::house::House;
use crate::step::{secrets, set_up, sign_out};

#[tokio::test]
async fn people_are_added_by_their_handles() {
    let Some(browser) = Browser::open().await else { return };
    let hosting = testkit::Host::start().await;
    for (id, handle) in [(1, "OliviaCodes"), (2, "TomFern"), (3, "gracehopper"), (4, "AdaL")] {
        hosting.add(id, handle, &format!("{}@elsewhere.example", handle.to_lowercase()));
    }
    for (handle, right) in [("OliviaCodes", "admin"), ("TomFern", "write"), ("gracehopper", "read")] {
        hosting.share("acme/website", handle, right);
    }
    let house = House::configured(&format!(
        "[identity_provider.github]\nclient_id = '{}'\nclient_secret = '{}'\nbase_url = '{}'\n",
        host::CLIENT,
        host::SECRET,
        hosting.url
    ));
    set_up(&browser, &house, "Delivery Owner").await;
    hosting.signed_in("OliviaCodes");
    make_a_project(&browser, &house, hosting.url.trim_start_matches("http://")).await;

    browser.visit(&house.at("/o/acme/people")).await;
    browser.press("Add people").await;
    browser.press("GitHub").await;
    // Whoever adds people looks by their own account there.
    browser.press("Connect GitHub").await;
    browser.visit(&house.at("/o/acme/people/handles/github")).await;
    browser.see("Seen with access to repositories").await;
    browser.see("a member already").await;
    browser.screenshot("handles").await;
    assert!(browser.accessibility_violations().await.is_empty());
    browser.set_width(360).await;
    assert!(!browser.scrolls_sideways().await);
    browser.screenshot("handles-narrow").await;
    browser.set_width(1280).await;

    let link = add(&browser).await;
    searched(&browser, &house).await;
    hosting.forget_access();
    browser.visit(&house.at("/o/acme/people/handles/github")).await;
    browser.see(": 401").await;
    browser.fill("Handles", "AdaL").await;
    browser.press("Add selected").await;
    browser.see("error finding AdaL: 401").await;
    browser.screenshot("handles-broken").await;

    sign_out(&browser, "Olivia Ortega", "olivia").await;
    hosting.signed_in("gracehopper");
    browser.visit(&link).await;
    browser.press("Sign in with GitHub").await;
    browser.see("This invitation is for the GitHub account TomFern").await;
    hosting.signed_in("TomFern");
    browser.visit(&link).await;
    browser.press("Sign in with GitHub").await;
    browser.see("Welcome to Acme. You joined as Member.").await;
}

async fn make_a_project(browser: &Browser, house: &House, host: &str) {
    browser.visit(&house.at("/o/acme/projects/new")).await;
    browser.fill("Name", "Website").await;
    browser.press("Repository").await;
    browser.fill("Host", host).await;
    browser.part("Repository").fill("Repository", "acme/website").await;
    browser.press("Create project").await;
    browser.see("Website is created.").await;
}

/// One from the list and one typed, of whom one is not there; gives back the link of the first.
async fn add(browser: &Browser) -> String {
    browser.check("TomFern").await;
    browser.fill("Handles", "AdaL\nadal").await;
    browser.press("Add selected").await;
    browser.see("What became of them").await;
    browser.see("adal").await;
    browser.screenshot("handles-added").await;
    let links = secrets(browser).await;
    assert_eq!(
        links.len(),
        2,
        "AdaL and TomFern are invited, and adal is nobody: {links:?}"
    );
    browser.press("Go to the list").await;
    browser.row("TomFern").see("Invited").await;
    browser.row("AdaL").see("Invited").await;
    links.into_iter().next().unwrap()
}

async fn searched(browser: &Browser, house: &House) {
    browser.visit(&house.at("/o/acme/people/handles/github")).await;
    browser.fill("Search by handle or name", "grace").await;
    browser.press("Search").await;
    browser.see("gracehopper").await;
    browser.do_not_see("TomFern").await;
    browser.press("Cancel").await;
}
