//! The command line of superusers: mail server, certificate, listeners.

use serde_json::Value;
use testkit::certificate::Authority;
use testkit::{Behavior, Mailbox, on_both_databases};

use crate::house::{Caller, Ended, House, run};

on_both_databases! {
    a_superuser_sets_the_server_up_from_the_command_line,
}

async fn roster(house: &House, by: &Caller, arguments: &[&str], input: &str) -> Ended {
    let mut command = house.command(arguments);
    command.env("ROSTER_SERVER", &by.url).env("ROSTER_TOKEN", &by.token);
    run(command, input).await
}

async fn a_superuser_sets_the_server_up_from_the_command_line(house: House) {
    let (node, sid) = house.settled().await;
    let mailbox = Mailbox::start().await;
    let url = mailbox.url();
    let none = roster(&house, &sid, &["smtp", "test", "ada@example.net"], "").await;
    assert_eq!(none.code, Some(1));
    assert!(none.err.contains("mail_not_set_up"), "{}", none.err);
    let tried = roster(&house, &sid, &["smtp", "set", "--url", &url, "--dry-run"], "").await;
    assert!(tried.out.contains(&url), "{}", tried.out);
    let set = roster(&house, &sid, &["smtp", "set", "--url", &url], "").await;
    assert!(
        set.out.contains(&url) && set.out.contains("untried"),
        "{}{}",
        set.out,
        set.err
    );
    let tested = roster(&house, &sid, &["smtp", "test", "ada@example.net"], "").await;
    assert!(
        tested.out.starts_with("Sent. The mail server answered 250"),
        "{}",
        tested.out
    );
    mailbox.behave(Behavior::RefuseSender("530 5.7.0 Sign in first".to_owned()));
    let refused = roster(&house, &sid, &["smtp", "test", "ada@example.net"], "").await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.out.contains("Sign in first"), "{}", refused.out);

    let root = Authority::new("Root");
    let issued = root.issue("127.0.0.1");
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| house.path(name).display().to_string());
    std::fs::write(&certificate, format!("{}{}", issued.certificate, root.pem())).unwrap();
    std::fs::write(&key, &issued.key).unwrap();
    let shown = roster(&house, &sid, &["tls", "show"], "").await;
    assert!(shown.out.starts_with("There is no certificate."), "{}", shown.out);
    let set = roster(
        &house,
        &sid,
        &["tls", "set", "--certificate", &certificate, "--key", &key],
        "",
    )
    .await;
    assert!(
        set.out.contains("CN=127.0.0.1") && set.out.contains("CN=Root"),
        "{}{}",
        set.out,
        set.err
    );
    let wrong = roster(&house, &sid, &["tls", "set", "--certificate", &key], "").await;
    assert!(wrong.err.contains("-----BEGIN CERTIFICATE-----"), "{}", wrong.err);

    let examined = house.run(&["doctor", "--output", "json"], "").await;
    let told: Value = serde_json::from_str(&examined.out).unwrap();
    let of = |check: &str| {
        let findings = told["findings"].as_array().unwrap().iter();
        let mut of = findings.filter(|finding| finding["check"] == check).cloned();
        of.next().unwrap_or_else(|| panic!("{check}: {told:#}"))
    };
    // It greets us, whatever it thinks of senders: what superusers have set is tried.
    assert_eq!(of("mail")["level"], "ok", "{told:#}");
    assert_eq!(of("certificates")["level"], "ok", "{told:#}");
    let removed = roster(&house, &sid, &["tls", "remove", "--dry-run"], "").await;
    assert!(removed.out.contains("certificate"), "{}{}", removed.out, removed.err);
    let removed = roster(&house, &sid, &["tls", "remove"], "").await;
    assert!(removed.out.starts_with("There is no certificate"), "{}", removed.err);
    let none = roster(&house, &sid, &["tls", "remove"], "").await;
    assert_eq!(none.code, Some(1), "{}", none.err);

    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let tried = roster(&house, &sid, &["listener", "set", &format!("second={free},api")], "").await;
    assert!(
        tried.out.contains("tried") && tried.err.contains("roster listener confirm"),
        "{}{}",
        tried.out,
        tried.err
    );
    let there = Caller::new(&format!("http://{free}"), &sid.token);
    let confirmed = roster(&house, &there, &["listener", "confirm"], "").await;
    assert!(confirmed.out.contains("serving"), "{}{}", confirmed.out, confirmed.err);
    let listed = roster(&house, &sid, &["listener", "list", "--output", "json"], "").await;
    let listed: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    assert_eq!(listed["listeners"][1]["name"], "second");
    node.stop().await;
}
