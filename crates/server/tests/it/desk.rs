//! Somebody who types commands against a server of their own.

use serde_json::Value;

use crate::house::{Caller, Ended, House, Node, PASSWORD};

/// Olivia at her desk: superuser, and Owner of acme.
pub struct Desk {
    pub house: House,
    pub node: Node,
}

impl Desk {
    pub async fn new() -> Self {
        Self::at(House::new()).await
    }

    pub async fn at(house: House) -> Self {
        let (node, _) = house.settled().await;
        Self { house, node }
    }

    /// Remembered for the commands that follow.
    pub async fn sign_in(&self) {
        let input = format!("{PASSWORD}\n");
        let words = ["sign-in", "--login", "olivia", "--password-stdin"];
        let signed_in = self.try_with(&input, &words).await;
        assert_eq!(signed_in.code, Some(0), "{}", signed_in.err);
    }

    pub async fn try_with(&self, input: &str, words: &[&str]) -> Ended {
        let mut command = self.house.command(words);
        command
            .env_remove("ROSTER_DATA")
            .env("ROSTER_SERVER", &self.node.url)
            .env("ROSTER_ORGANIZATION", "acme");
        crate::house::run(command, input).await
    }

    /// The same, typed by somebody else, who hands their token over.
    pub async fn try_as(&self, who: &Caller, words: &[&str]) -> Ended {
        let mut command = self.house.command(words);
        command
            .env_remove("ROSTER_DATA")
            .env("ROSTER_SERVER", &self.node.url)
            .env("ROSTER_ORGANIZATION", "acme")
            .env("ROSTER_TOKEN", &who.token);
        crate::house::run(command, "").await
    }

    /// What a command that succeeds prints for people.
    pub async fn run(&self, words: &[&str]) -> String {
        let ended = self.try_with("", words).await;
        assert_eq!(ended.code, Some(0), "{words:?}: {}{}", ended.out, ended.err);
        ended.out
    }

    /// What it prints for programs.
    pub async fn ask(&self, words: &[&str]) -> Value {
        let out = self.run(&[words, &["--output", "json"]].concat()).await;
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{words:?}: {error}: {out}"))
    }

    pub async fn status_of(&self, username: &str) -> String {
        let found = self.ask(&["people", "list", "--query", username]).await;
        found["items"][0]["status"].as_str().unwrap_or_default().to_owned()
    }
}
