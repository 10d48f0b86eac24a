//! The mail server of tests takes mail as a real one does, and refuses it as a real one does.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test")]

use std::time::Duration;

use testkit::{Behavior, Mailbox};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A mail program that speaks line by line.
struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(mailbox: &Mailbox) -> Self {
        let address = mailbox.url().replace("smtp://", "");
        Self(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    /// Sends lines and gives the last line of the answer; an empty one if the server left.
    async fn say(&mut self, lines: &str) -> String {
        self.0.write_all(format!("{lines}\r\n").as_bytes()).await.unwrap();
        self.answer().await
    }

    async fn answer(&mut self) -> String {
        loop {
            let mut line = String::new();
            let read = self.0.read_line(&mut line).await.unwrap();
            if read == 0 || line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }

    /// Delivers one mail and gives the last answer.
    async fn deliver(&mut self, recipient: &str, message: &str) -> String {
        for line in [
            "MAIL FROM:<roster@example.org> BODY=8BITMIME",
            &format!("RCPT TO:<{recipient}>"),
            "DATA",
        ] {
            let answer = self.say(line).await;
            if !answer.starts_with(['2', '3']) {
                return answer;
            }
        }
        self.say(&format!("{message}\r\n.")).await
    }
}

async fn greeted(mailbox: &Mailbox) -> Client {
    let mut client = Client::connect(mailbox).await;
    assert!(client.answer().await.starts_with("220 "));
    assert_eq!(client.say("EHLO roster").await, "250 AUTH PLAIN LOGIN");
    client
}

const INVITATION: &str = "From: Acme <roster@example.org>\r\nSubject: Join Acme\r\n\r\n\
    Follow http://example.org soon:\r\n\r\nhttps://example.org/invitation/abc\r\n..\r\n..and a dot";

#[tokio::test]
async fn a_mail_arrives_as_it_was_sent() {
    let mailbox = Mailbox::start().await;
    let mut client = greeted(&mailbox).await;
    // "roster", "roster", "secret", separated by NUL.
    assert!(
        client
            .say("AUTH PLAIN cm9zdGVyAHJvc3RlcgBzZWNyZXQ=")
            .await
            .starts_with("235 ")
    );
    assert!(client.deliver("Ada@example.org", INVITATION).await.starts_with("250 "));
    assert!(client.say("QUIT").await.starts_with("221 "));

    let mail = mailbox.next_to("ada@example.org").await;
    assert_eq!(
        (mail.from.as_str(), mail.subject.as_str()),
        ("Acme <roster@example.org>", "Join Acme")
    );
    assert_eq!(
        (mail.sender.as_str(), mail.account.as_deref()),
        ("roster@example.org", Some("roster"))
    );
    assert_eq!(mail.link(), "https://example.org/invitation/abc");
    assert!(mail.text.ends_with("\n.\n.and a dot\n"), "{}", mail.text);
    assert_eq!((mailbox.connections(), mailbox.deliveries()), (1, 1));
}

#[tokio::test]
async fn waiting_for_a_mail_begins_before_it_is_sent() {
    let mailbox = Mailbox::start().await;
    let (mail, answer) = tokio::join!(mailbox.next_to("ada@example.org"), async {
        greeted(&mailbox).await.deliver("ada@example.org", INVITATION).await
    });
    assert_eq!(
        (mail.subject.as_str(), answer.as_str()),
        ("Join Acme", "250 2.0.0 Taken")
    );
}

#[tokio::test]
async fn each_mail_is_handed_out_once() {
    let mailbox = Mailbox::start().await;
    let mut client = greeted(&mailbox).await;
    for subject in ["First", "Second"] {
        client
            .deliver("ada@example.org", &format!("Subject: {subject}\r\n\r\nHello"))
            .await;
    }
    assert_eq!(mailbox.next_to("ada@example.org").await.subject, "First");
    assert_eq!(mailbox.next_to("ada@example.org").await.subject, "Second");
    let waiting = tokio::time::timeout(Duration::from_millis(50), mailbox.next_to("ada@example.org"));
    assert!(waiting.await.is_err());
}

#[tokio::test]
async fn one_recipient_can_be_unknown() {
    let mailbox = Mailbox::start().await;
    mailbox.refuse("ada@example.org", "550 5.1.1 No such user");
    let mut client = greeted(&mailbox).await;
    assert_eq!(
        client.deliver("ada@example.org", INVITATION).await,
        "550 5.1.1 No such user"
    );
    assert!(client.say("RSET").await.starts_with("250 "));
    assert!(
        client
            .deliver("grace@example.org", INVITATION)
            .await
            .starts_with("250 ")
    );
}

#[tokio::test]
async fn a_server_can_refuse_for_a_while() {
    let mailbox = Mailbox::start().await;
    mailbox.behave(Behavior::RefuseTemporarily(2));
    for _ in 0..2 {
        let answer = greeted(&mailbox).await.deliver("ada@example.org", INVITATION).await;
        assert_eq!(answer, "451 4.7.1 Try again later");
    }
    assert!(
        greeted(&mailbox)
            .await
            .deliver("ada@example.org", INVITATION)
            .await
            .starts_with("250 ")
    );
    assert_eq!((mailbox.connections(), mailbox.deliveries()), (3, 1));
}

#[tokio::test]
async fn a_server_can_refuse_the_sender_and_every_recipient() {
    let mailbox = Mailbox::start().await;
    mailbox.behave(Behavior::RefuseSender("550 5.7.1 Not you".to_owned()));
    assert_eq!(
        greeted(&mailbox).await.deliver("ada@example.org", INVITATION).await,
        "550 5.7.1 Not you"
    );
    mailbox.behave(Behavior::RefuseRecipient("552 5.2.2 Mailbox full".to_owned()));
    assert_eq!(
        greeted(&mailbox).await.deliver("ada@example.org", INVITATION).await,
        "552 5.2.2 Mailbox full"
    );
}

#[tokio::test]
async fn a_server_can_leave_before_it_acknowledges() {
    let mailbox = Mailbox::start().await;
    mailbox.behave(Behavior::CloseAfterData);
    assert_eq!(greeted(&mailbox).await.deliver("ada@example.org", INVITATION).await, "");
    assert_eq!(mailbox.deliveries(), 0);
}

#[tokio::test]
async fn a_server_can_be_silent_until_it_ends() {
    let mailbox = Mailbox::start().await;
    mailbox.behave(Behavior::Hang);
    let mut client = Client::connect(&mailbox).await;
    assert!(
        tokio::time::timeout(Duration::from_millis(50), client.answer())
            .await
            .is_err()
    );
    drop(mailbox);
    assert_eq!(client.answer().await, "");
}
