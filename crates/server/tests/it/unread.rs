//! Commands whose answer nobody reads to its end, as `roster doctor | head -1`: they do what they do, and nothing breaks.

use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::house::{Ended, House, PASSWORD, exists};

/// The command with a standard output that its reader has closed already.
async fn unread(mut command: Command, input: &str) -> Ended {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdin(Stdio::piped()).stdout(writer).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Most read none.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
    let ended = child.wait_with_output().await.unwrap();
    Ended {
        code: ended.status.code(),
        out: String::new(),
        err: String::from_utf8(ended.stderr).unwrap(),
    }
}

#[tokio::test]
async fn a_reader_who_has_seen_enough_makes_no_command_fail() {
    let house = House::new();
    let (node, _) = house.settled().await;
    let listen = node.url.strip_prefix("http://").unwrap().to_owned();
    let server = node.url.clone();
    let doctor = ["doctor", "--listen", &listen, "--public-url", &server];
    let superuser = [
        "superuser",
        "create",
        "--username",
        "sid",
        "--email",
        "sid@example.com",
        "--password-stdin",
    ];
    let commands: [&[&str]; 6] = [
        &doctor,
        &[
            "doctor",
            "--listen",
            &listen,
            "--public-url",
            &server,
            "--output",
            "json",
        ],
        &["ready", "--server", &server],
        &["backup", "copy.tar"],
        &superuser,
        &["--help"],
    ];
    for words in commands {
        let read = match words.first() {
            // Done once, they are refused the second time.
            Some(&"backup" | &"superuser") => Some(0),
            _ => house.run(words, "").await.code,
        };
        let ended = unread(house.command(words), &format!("{PASSWORD}\n")).await;
        assert_eq!(ended.code, read, "{words:?}: {}", ended.err);
        assert!(!ended.err.contains("panicked"), "{words:?}: {}", ended.err);
    }
    assert!(exists(&house.path("copy.tar")));
    assert_eq!(node.anyone().sign_in("sid", PASSWORD).await.0, 201);
    node.stop().await;
}

#[tokio::test]
async fn a_new_key_that_nobody_reads_seals_nothing() {
    let house = House::new();
    let with = |arguments: &[&str]| {
        let mut command = house.command(arguments);
        command.env("ROSTER_KEY", "Zm9ydHktdHdvIGlzIHRoZSBhbnN3ZXIgdG8gaXQgYWw");
        command
    };
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    house.spawn(with(&serve)).await.stop().await;
    let ended = unread(with(&["key", "rotate"]), "").await;
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(ended.err.contains("nothing was changed"), "{}", ended.err);
    house.spawn(with(&serve)).await.stop().await;
}
