//! A mail server that refuses, hangs, closes and is slow: the outbox goes on, the invitation shows what it said, and no mail
//! is lost. One that may have been taken is sent again.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Behavior, Mailbox};
use tokio::time::{Instant, sleep};

use crate::house::{Caller, House, Node};
use crate::{extent, rules};

const INVITATIONS: &str = "/api/v1/organizations/acme/invitations";
/// A mail may wait until one before it is given up, which is after 90 seconds, and is itself given up as late.
const PATIENCE: Duration = Duration::from_secs(300);

async fn settled(house: &House, mailbox: &Mailbox) -> (Node, Caller) {
    let node = house
        .serve(&["--smtp", &mailbox.url(), "--smtp-from", "Roster <roster@example.com>"])
        .await;
    let olivia = node.set_up().await;
    (node, olivia)
}

async fn invite(olivia: &Caller, name: &str) -> String {
    let body = json!({ "email": format!("{name}@example.com"), "role": "member" });
    let started = Instant::now();
    let (status, answer) = olivia.post(INVITATIONS, &body).await;
    assert_eq!(status, 201, "{answer}");
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "nobody waits for a mail server"
    );
    answer["invitation"]["id"].as_str().unwrap().to_owned()
}

/// What became of its mail, once that is as wanted.
async fn delivery(olivia: &Caller, invitation: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let (status, answer) = olivia.get(&format!("{INVITATIONS}/{invitation}")).await;
        assert_eq!(status, 200, "{answer}");
        if wanted(&answer["delivery"]) {
            return answer["delivery"].clone();
        }
        assert!(begun.elapsed() < PATIENCE, "{answer}");
        sleep(Duration::from_millis(50)).await;
    }
}

fn is(state: &'static str) -> impl Fn(&Value) -> bool {
    move |delivery| delivery["state"] == state
}

fn says(words: &'static str) -> impl Fn(&Value) -> bool {
    move |delivery| delivery["detail"].as_str().is_some_and(|detail| detail.contains(words))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_mail_server_refuses_is_shown_and_the_next_mail_goes_out() {
    let (house, mailbox) = (House::new(), Mailbox::start().await);
    let (node, olivia) = settled(&house, &mailbox).await;

    mailbox.refuse("nobody@example.com", "550 5.1.1 No such user");
    let nobody = invite(&olivia, "nobody").await;
    let refused = delivery(&olivia, &nobody, is("failed")).await;
    assert!(says("550")(&refused) && says("No such user")(&refused), "{refused}");

    mailbox.refuse("later@example.com", "451 4.7.1 Try again later");
    let later = invite(&olivia, "later").await;
    let postponed = delivery(&olivia, &later, says("451")).await;
    assert_eq!(postponed["state"], "queued", "it is tried again: {postponed}");

    mailbox.behave(Behavior::RefuseSender("553 5.7.1 Not from you".to_owned()));
    let unwanted = invite(&olivia, "unwanted").await;
    delivery(&olivia, &unwanted, says("553")).await;

    mailbox.behave(Behavior::Accept);
    let ada = invite(&olivia, "ada").await;
    delivery(&olivia, &ada, is("sent")).await;
    mailbox.next_to("ada@example.com").await;
    rules::hold(&house, &olivia).await;
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_may_have_been_taken_is_sent_again() {
    let (house, mailbox) = (House::new(), Mailbox::start().await);
    let (node, olivia) = settled(&house, &mailbox).await;
    mailbox.behave(Behavior::CloseAfterData);
    let ada = invite(&olivia, "ada").await;
    let told = delivery(&olivia, &ada, says("tried again")).await;
    assert_eq!(told["state"], "queued", "{told}");
    mailbox.behave(Behavior::Accept);
    delivery(&olivia, &ada, is("sent")).await;
    mailbox.next_to("ada@example.com").await;
    node.stop().await;
}

const STEPS: [&str; 5] = ["EHLO", "MAIL", "RCPT", "DATA", "."];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_a_mail_server_closes_or_hangs_the_mail_is_tried_again() {
    let (house, mailbox) = (House::new(), Mailbox::start().await);
    let (node, olivia) = settled(&house, &mailbox).await;
    let mut waiting = Vec::new();
    for step in STEPS {
        mailbox.behave(Behavior::CloseAt(step));
        let name = format!("closed-at-{}", step.to_lowercase().replace('.', "end"));
        let invitation = invite(&olivia, &name).await;
        delivery(&olivia, &invitation, says("tried again")).await;
        waiting.push((name, invitation));
    }
    // Each of them is waited for by itself, for half a minute.
    for step in extent::of(&STEPS[..0], &STEPS[..]) {
        mailbox.behave(Behavior::HangAt(step));
        let name = format!("hung-at-{}", step.to_lowercase().replace('.', "end"));
        let invitation = invite(&olivia, &name).await;
        delivery(&olivia, &invitation, says("tried again")).await;
        waiting.push((name, invitation));
    }
    mailbox.behave(Behavior::Accept);
    for (name, invitation) in waiting {
        delivery(&olivia, &invitation, is("sent")).await;
        mailbox.next_to(&format!("{name}@example.com")).await;
    }
    rules::hold(&house, &olivia).await;
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_hangs_holds_no_other_back() {
    let (house, mailbox) = (House::new(), Mailbox::start().await);
    let (mut node, olivia) = settled(&house, &mailbox).await;
    let ada = hanging(&olivia, &mailbox, "ada").await;
    mailbox.behave(Behavior::Accept);
    for name in ["grace", "edsger"] {
        let next = invite(&olivia, name).await;
        delivery(&olivia, &next, is("sent")).await;
    }
    let (_, answer) = olivia.get(&format!("{INVITATIONS}/{ada}")).await;
    assert_eq!(
        answer["delivery"]["detail"],
        Value::Null,
        "it is still being sent: {answer}"
    );
    node.kill().await;
}

/// Once its mail waits for a server that says nothing.
async fn hanging(olivia: &Caller, mailbox: &Mailbox, name: &str) -> String {
    mailbox.behave(Behavior::Hang);
    let before = mailbox.connections();
    let invitation = invite(olivia, name).await;
    while mailbox.connections() == before {
        sleep(Duration::from_millis(20)).await;
    }
    invitation
}

/// A server that was killed while a mail server had it wait sends at its next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_being_sent_when_the_server_was_killed_is_sent_at_once() {
    let (house, mailbox) = (House::new(), Mailbox::start().await);
    let (mut node, olivia) = settled(&house, &mailbox).await;
    let ada = hanging(&olivia, &mailbox, "ada").await;
    // It hangs, and nobody minds.
    invite(&olivia, "grace").await;
    assert_eq!(olivia.get("/readyz").await.0, 200);
    node.kill().await;
    mailbox.behave(Behavior::Accept);
    let node = house
        .serve(&["--smtp", &mailbox.url(), "--smtp-from", "Roster <roster@example.com>"])
        .await;
    let olivia = node.anyone().with(&olivia.token);
    delivery(&olivia, &ada, is("sent")).await;
    mailbox.next_to("ada@example.com").await;
    mailbox.next_to("grace@example.com").await;
    rules::hold(&house, &olivia).await;
    node.stop().await;
}
