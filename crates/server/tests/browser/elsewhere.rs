//! Signing in with an account somewhere else: invited by it, connected to one's own, refused where it is another's.

use testkit::issuer::{CLIENT, SECRET, TENANTS};
use testkit::{Browser, Issuer, host};

use crate::house::House;
use crate::step::{PASSWORD, confirm, secret, set_up, sign_in, sign_out};

#[tokio::test]
async fn who_is_invited_by_their_google_account_is_a_user_at_once() {
    let Some(browser) = Browser::open().await else { return };
    let Some(issuer) = Issuer::start() else { return };
    let house = House::configured(&format!(
        "[identity_provider.google]\nclient_id = '{CLIENT}'\nclient_secret = '{SECRET}'\nissuer = '{0}/google'\n\
         [identity_provider.microsoft]\nclient_id = '{CLIENT}'\nclient_secret = '{SECRET}'\nbase_url = '{0}/entra'\n\
         [[identity_provider.oidc]]\nslug = 'acme-id'\nname = 'Acme ID'\nclient_id = '{CLIENT}'\n\
         client_secret = '{SECRET}'\nissuer = '{0}/plain'\n",
        issuer.url
    ));
    for provider in ["google", "microsoft", "acme-id"] {
        issuer.allow(&house.at(&format!("/sign-in/{provider}/callback"))).await;
    }
    set_up(&browser, &house, "Modules and slots").await;
    let ada = add(&browser, "Google", "ada@example.com", "").await;
    let bea = add(&browser, "Microsoft Entra ID", "bea@corp.example", TENANTS[0]).await;
    let cleo = add(&browser, "Microsoft Entra ID", "cleo@corp.example", TENANTS[1]).await;
    let dan = add(&browser, "Acme ID", "dan@example.com", "").await;
    sign_out(&browser, "Olivia Ortega", "olivia").await;

    browser.visit(&ada).await;
    browser.see("the Google account ada@example.com").await;
    browser.do_not_see("Password").await;
    browser.screenshot("invitation-elsewhere").await;
    browser.press("Sign in with Google").await;
    elsewhere(&browser, "mallory@example.com").await;
    browser.see("Signing in with Google did not work").await;
    browser
        .see("This invitation is for the Google account ada@example.com.")
        .await;
    browser.screenshot("sign-in-elsewhere-refused").await;
    browser.press("Back to the invitation").await;
    browser.press("Sign in with Google").await;
    elsewhere(&browser, "ada@example.com").await;
    browser.see("Welcome to Acme. You joined as Member.").await;
    browser.see("Ada Elsewhere").await;
    sign_out(&browser, "Ada Elsewhere", "ada@example.com").await;

    browser.press("Sign in with Google").await;
    elsewhere(&browser, "ada@example.com").await;
    browser.row("ada@example.com").see("Member").await;
    browser.press("Ada Elsewhere @ada@example.com Your account").await;
    browser.press("Profile settings").await;
    browser.see("Connected accounts").await;
    browser.screenshot("profile-identities").await;
    browser.press("Disconnect Google").await;
    browser.see("This is the only way you can sign in.").await;
    browser.visit(&house.at("/organizations")).await;
    sign_out(&browser, "Ada Elsewhere", "ada@example.com").await;

    browser.visit(&bea).await;
    browser.press("Sign in with Microsoft").await;
    elsewhere(&browser, "bea@corp.example").await;
    browser.see("Welcome to Acme.").await;
    sign_out(&browser, "Bea Elsewhere", "bea@corp.example").await;
    browser.visit(&cleo).await;
    browser.press("Sign in with Microsoft").await;
    elsewhere(&browser, "cleo@corp.example").await;
    browser.see(&format!("of the tenant {}", TENANTS[1])).await;

    // Another issuer, by what the operator calls it.
    browser.visit(&dan).await;
    browser.see("the Acme ID account dan@example.com").await;
    browser.do_not_see("Sign in with Google").await;
    browser.press("Sign in with Acme ID").await;
    elsewhere(&browser, "dan@example.com").await;
    browser.see("Welcome to Acme.").await;
    sign_out(&browser, "Dan Elsewhere", "dan@example.com").await;

    sign_in(&browser, &house, "olivia", PASSWORD).await;
    browser.press("Invites").await;
    browser.row("cleo@corp.example").see("Pending").await;
    browser.part("Status").press("Accepted").await;
    browser.row("ada@example.com").see("Accepted").await;
}

#[tokio::test]
async fn a_host_is_connected_used_and_disconnected() {
    let Some(browser) = Browser::open().await else { return };
    let hosting = testkit::Host::start().await;
    hosting.add(7, "OliviaCodes", "olivia@elsewhere.example");
    let house = House::configured(&format!(
        "[identity_provider.github]\nclient_id = '{}'\nclient_secret = '{}'\nbase_url = '{}'\n",
        host::CLIENT,
        host::SECRET,
        hosting.url
    ));
    set_up(&browser, &house, "Delivery Owner").await;
    sign_out(&browser, "Olivia Ortega", "olivia").await;
    hosting.signed_in("OliviaCodes");
    browser.press("Sign in with GitHub").await;
    browser.see("Nobody here has connected this GitHub account.").await;
    browser.press("Back to the sign-in page").await;
    browser.fill("Username or e-mail address", "olivia").await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.visit(&house.at("/me")).await;
    browser.press("Connect GitHub").await;
    browser
        .see("Your GitHub account is connected. You can sign in with it.")
        .await;
    browser.see("OliviaCodes").await;
    browser.see("user:email").await;
    browser.press("Give access to repositories on GitHub").await;
    browser.see("repo").await;
    browser.screenshot("profile-github").await;
    sign_out(&browser, "Olivia Ortega", "olivia").await;
    browser.press("Sign in with GitHub").await;
    browser.visit(&house.at("/me")).await;
    browser.press("Disconnect GitHub").await;
    confirm(&browser, "Disconnect GitHub?", "Disconnect GitHub").await;
    browser.see("GitHub is disconnected.").await;
}

/// Says who they are, at the issuer's own page.
async fn elsewhere(browser: &Browser, login: &str) {
    browser.see("Sign in elsewhere").await;
    browser.fill("Account", login).await;
    browser.press("Go on").await;
}

/// Adds a user by an account at a provider; gives back the link.
async fn add(browser: &Browser, provider: &str, username: &str, tenant: &str) -> String {
    browser.press("Users").await;
    browser.press("Add").await;
    browser.choose("Identity provider", provider).await;
    browser.fill("Username", username).await;
    if !tenant.is_empty() {
        browser.fill("Tenant ID", tenant).await;
    }
    browser.press("Invite").await;
    browser.see(&format!("{username} is invited")).await;
    let link = secret(browser).await;
    browser.press("Back to Users").await;
    link
}
