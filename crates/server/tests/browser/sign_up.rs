//! What a visitor begins from the sign-in page: an account of their own, and a new password. The first as the
//! error-reporting preset's people read it in their manual.

use testkit::{Browser, Mailbox};

use crate::house::House;
use crate::step::{PASSWORD, set_up, sign_in, sign_out};

const NEW: &str = "vivid otter juggles plums";

async fn with_mail(preset: &str) -> Option<(House, Browser, Mailbox)> {
    let browser = Browser::open().await?;
    let mailbox = Mailbox::start().await;
    let house = House::mailing(&mailbox.url());
    set_up(&browser, &house, preset).await;
    Some((house, browser, mailbox))
}

#[tokio::test]
async fn team_members_sign_up_from_an_allowlisted_domain() {
    let Some((house, browser, mailbox)) = with_mail("Error reporting").await else {
        return;
    };
    browser.visit(&house.at("/o/acme/people")).await;
    let section = browser.part("Configure self sign-up");
    section.see("No domain is on the list yet.").await;
    section.check("Allow signups from allowlisted domains").await;
    section.press("Save").await;
    browser
        .see("People of the allowlisted domains can sign up by themselves.")
        .await;
    browser.press("Add domain").await;
    let dialog = browser.part("Add allowlisted domain");
    dialog.fill("Domain name", "gmail.com").await;
    dialog.press("Add domain").await;
    browser.see("is a public mail provider's").await;
    browser.fill("Domain name", "backtrace.example").await;
    browser.choose("Default user role", "guest").await;
    browser.press("Add domain").await;
    browser.see("backtrace.example is on the list.").await;
    browser.part("Configure self sign-up").see("Signs in by password").await;
    no_trouble(&browser).await;
    browser.press("Prove backtrace.example").await;
    browser.see("_roster.backtrace.example").await;
    browser.visit(&house.at("/o/acme/people")).await;

    sign_out(&browser, "Olivia Ortega", "olivia").await;
    browser.press("Sign up").await;
    browser.fill("Your name", "Ada Lovelace").await;
    browser.fill("E-mail address", "ada@backtrace.example").await;
    browser.fill("Password", "short").await;
    browser.press("Sign up").await;
    browser.see("has 5 characters").await;
    browser.fill("Password", NEW).await;
    browser.press("Sign up").await;
    browser.see("Look into your mailbox").await;
    no_trouble(&browser).await;

    let mail = mailbox.next_to("ada@backtrace.example").await;
    browser.visit(mail.link()).await;
    browser.see("your address ada@backtrace.example is verified").await;
    no_trouble(&browser).await;
    browser.press("Join Acme").await;
    browser.see("Welcome to Acme.").await;
    // The link is used up.
    browser.visit(mail.link()).await;
    browser.see("This link is not valid any more").await;
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_mail() {
    let Some((house, browser, mailbox)) = with_mail("User directory").await else {
        return;
    };
    sign_out(&browser, "Olivia Ortega", "olivia").await;
    browser.press("Forgot your password?").await;
    browser.fill("E-mail address", "olivia@example.com").await;
    browser.press("Send the link").await;
    browser.see("If olivia@example.com belongs to an account here").await;
    no_trouble(&browser).await;
    let mail = mailbox.next_to("olivia@example.com").await;
    // Whoever only looks uses nothing up.
    browser.visit(mail.link()).await;
    browser.visit(mail.link()).await;
    browser.fill("New password", "olivia@example.com").await;
    browser.press("Set the new password").await;
    browser.see("There is a problem").await;
    browser.fill("New password", NEW).await;
    no_trouble(&browser).await;
    browser.press("Set the new password").await;
    browser.see("Your password is set").await;
    sign_in(&browser, &house, "olivia", PASSWORD).await;
    browser.see("The username or the password is wrong.").await;
    sign_in(&browser, &house, "olivia", NEW).await;
    browser.see("Acme").await;
    browser.visit(mail.link()).await;
    browser.see("This link is not valid any more").await;
}

#[tokio::test]
async fn an_address_is_changed_in_the_profile_and_the_account_deleted() {
    let Some((house, browser, mailbox)) = with_mail("Delivery Owner").await else {
        return;
    };
    browser.visit(&house.at("/me")).await;
    browser
        .see("Changing it can revoke access to linked integrations")
        .await;
    browser.fill("New address", "olivia@ortega.example").await;
    browser.press("Update email").await;
    browser
        .see("A mail with a link is on its way to olivia@ortega.example.")
        .await;
    browser.see("Waits for you to follow the link").await;
    no_trouble(&browser).await;
    let mail = mailbox.next_to("olivia@ortega.example").await;
    browser.visit(mail.link()).await;
    browser.press("Verify olivia@ortega.example").await;
    browser.see("olivia@ortega.example is verified.").await;
    let told = mailbox.next_to("olivia@example.com").await;
    assert_eq!(told.subject, "Your account has another e-mail address now");
    browser.press("Delete my account…").await;
    // She is the only superuser, and the only Owner.
    browser.see("The instance must keep an active superuser").await;
}

/// Neither complaints of the browser nor of who cannot see, and nothing that runs over the edge.
async fn no_trouble(browser: &Browser) {
    // What a form answers that is not taken is no complaint of ours.
    let mut complaints = browser.complaints().await;
    complaints.retain(|line| !line.contains("422"));
    assert!(complaints.is_empty(), "{complaints:?}");
    let violations = browser.accessibility_violations().await;
    assert!(violations.is_empty(), "{violations:?}");
    browser.set_width(360).await;
    assert!(!browser.scrolls_sideways().await);
    browser.set_width(1280).await;
}
