//! The settings of the whole server, as a superuser walks them: mail, certificate, listeners.

use std::net::TcpListener;

use testkit::certificate::Authority;
use testkit::{Behavior, Mailbox};

use crate::instance::{at_the_desk, look};

#[tokio::test]
async fn a_superuser_sets_the_mail_server_and_sends_a_test_mail() {
    let Some((house, browser)) = at_the_desk().await else {
        return;
    };
    let mailbox = Mailbox::start().await;
    browser.visit(&house.at("/instance/settings/mail")).await;
    browser.see("No mail server is set.").await;
    look(&browser, "mail-none").await;
    browser.fill("Address", "mail.example.com").await;
    browser.press("Save mail server").await;
    browser.see("must be smtps://host:port or smtp://host:port").await;
    browser.fill("Address", &mailbox.url()).await;
    browser.press("Save mail server").await;
    browser.see("The mail server is saved.").await;
    browser.see("No mail has gone out since this was set.").await;
    browser.fill("Send it to", "ada@example.net").await;
    browser.press("Send test mail").await;
    browser.see("The test mail to ada@example.net was taken.").await;
    look(&browser, "mail").await;
    mailbox.next_to("ada@example.net").await;
    mailbox.behave(Behavior::RefuseSender("530 5.7.0 Sign in first".to_owned()));
    browser.fill("Send it to", "ada@example.net").await;
    browser.press("Send test mail").await;
    browser.see("The test mail to ada@example.net was not sent.").await;
    browser.see("Sign in first").await;
    look(&browser, "mail-refused").await;
}

#[tokio::test]
async fn a_superuser_sets_a_certificate_and_keeps_a_listener_by_way_of_it() {
    let Some((house, browser)) = at_the_desk().await else {
        return;
    };
    let root = Authority::new("Example Root");
    let host = house
        .at("")
        .split("://")
        .nth(1)
        .unwrap()
        .split(':')
        .next()
        .unwrap()
        .to_owned();
    let (issued, other) = (root.issue(&host), root.issue(&host));
    browser.visit(&house.at("/instance/settings/tls")).await;
    browser.see("There is no certificate yet").await;
    look(&browser, "tls-none").await;
    browser.fill("Certificate", &issued.certificate).await;
    browser.fill("Key", &other.key).await;
    browser.press("Set certificate").await;
    browser.see("The key belongs to another certificate").await;
    look(&browser, "tls-refused").await;
    browser.fill("Key", &issued.key).await;
    browser.fill("Chain", &root.pem()).await;
    browser.press("Set certificate").await;
    browser
        .see("The certificate is in use from the next connection on.")
        .await;
    browser.see("CN=Example Root").await;
    look(&browser, "tls").await;

    browser.part("Main").press("Listeners").await;
    look(&browser, "listeners").await;
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    browser.fill("Name", "second").await;
    browser.fill("Port", &port.to_string()).await;
    browser.fill("Address", "0.0.0.0").await;
    browser.press("Try the new listener").await;
    browser.see("is needed on an address that others reach").await;
    look(&browser, "listeners-refused").await;
    browser.fill("Address", "127.0.0.1").await;
    browser.press("Try the new listener").await;
    browser.see("New listeners are being tried").await;
    look(&browser, "listeners-tried").await;
    // Cookies are a host's, whatever the port.
    let there = format!("http://{host}:{port}/instance/settings/listeners");
    browser.visit(&there).await;
    look(&browser, "listeners-here").await;
    browser.press("Keep the new listeners").await;
    browser.see("The new listeners stay.").await;
    browser.press("Close second").await;
    browser
        .part("Close the listener second?")
        .press("Try it without second")
        .await;
    browser.see("Goes when the new ones stay").await;
    browser.visit(&house.at("/instance/settings/listeners")).await;
    browser.press("Keep the new listeners").await;
    browser.see("The new listeners stay.").await;
    look(&browser, "listeners-left").await;

    browser.part("Main").press("TLS").await;
    browser.press("Remove the certificate").await;
    browser.see("nobody can read the key out of Roster").await;
    look(&browser, "tls-removal").await;
    browser
        .part("Remove the certificate?")
        .press("Remove the certificate")
        .await;
    browser.see("The certificate is removed, and its key with it.").await;
    browser.see("There is no certificate yet").await;
}
