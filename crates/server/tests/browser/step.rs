//! Steps that most walks share, in the words of who takes them.

use testkit::{Browser, On};

use crate::house::House;

/// What people choose for themselves.
pub const PASSWORD: &str = "seven lanterns over the canal";

/// Opens a browser and sets up Acme with a preset, as Olivia Ortega; `None` where this machine lacks something.
pub async fn settled(preset: &str, on: On) -> Option<(House, Browser)> {
    let browser = Browser::open().await?;
    let house = House::empty(on).await?;
    set_up(&browser, &house, preset).await;
    Some((house, browser))
}

/// Follows the printed link and fills the form.
pub async fn set_up(browser: &Browser, house: &House, preset: &str) {
    browser.visit(&house.set_up_link).await;
    browser.fill("Name", "Acme").await;
    assert_eq!(
        browser.value("Short name").await,
        "acme",
        "the short name follows the name"
    );
    browser.choose("Preset", preset).await;
    browser.fill("Your name", "Olivia Ortega").await;
    browser.fill("E-mail address", "olivia@example.com").await;
    browser.fill("Username", "olivia").await;
    browser.part("You").fill("Password", PASSWORD).await;
    browser.press("Create organization and sign in").await;
    browser.see("Acme is ready. Invite its first people.").await;
}

pub async fn sign_in(browser: &Browser, house: &House, login: &str, password: &str) {
    browser.visit(&house.at("/sign-in")).await;
    browser.fill("Username or e-mail address", login).await;
    browser.fill("Password", password).await;
    browser.press("Sign in").await;
}

/// Leaves by the account's own menu.
pub async fn sign_out(browser: &Browser, name: &str, username: &str) {
    browser.press(&format!("{name} @{username} Your account")).await;
    browser.press("Sign out").await;
    browser.see("Sign in to Roster").await;
}

/// Replaces a temporary password, which comes before anything else.
pub async fn choose_password(browser: &Browser, house: &House, temporary: &str, new: &str) {
    browser.see("Choose a new password").await;
    browser.visit(&house.at("/o/acme/people")).await;
    browser.see("Choose a new password").await;
    browser.fill("Present password", temporary).await;
    browser.fill("New password", new).await;
    browser.press("Set password and go on").await;
    browser.see("Your password is changed.").await;
}

/// What is shown once on this page, which may still be on its way: passwords or a link, in their order.
pub async fn secrets(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('.secret-value')].map((secret) => secret.textContent.trim())";
    browser
        .get("what is shown only now", async || {
            // Between two pages there is nothing to ask.
            let found = browser.webdriver().execute(script, Vec::new()).await;
            let found: Vec<String> = found.ok()?.convert().ok()?;
            (!found.is_empty()).then_some(found)
        })
        .await
}

/// The only secret of this page.
pub async fn secret(browser: &Browser) -> String {
    let mut found = secrets(browser).await;
    assert_eq!(found.len(), 1, "secrets on this page: {}", found.len());
    found.remove(0)
}

/// Opens the menu of somebody's row and presses an entry of it.
pub async fn from_menu(browser: &Browser, name: &str, entry: &str) {
    let row = browser.row(name);
    row.press(&format!("More for {name}")).await;
    row.press(entry).await;
}

/// Answers the dialog, or the page, that asks first.
pub async fn confirm(browser: &Browser, question: &str, answer: &str) {
    browser.part(question).press(answer).await;
}

/// Creates an account by the form of one person, in the words of a service desk; gives back the temporary password.
pub async fn create(browser: &Browser, house: &House, button: &str, name: &str, email: &str, role: &str) -> String {
    browser.visit(&house.at("/o/acme/people/new")).await;
    browser.fill("Full Name", name).await;
    browser.fill("Email Address", email).await;
    browser.choose("Role", role).await;
    browser.press(button).await;
    browser.see(&format!("{name} has an account")).await;
    secret(browser).await
}
