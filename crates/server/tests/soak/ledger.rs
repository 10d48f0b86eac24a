//! What was acknowledged to those who asked, to be compared with what is there after a crash.

use std::fmt::{Debug, Display};

use reqwest::RequestBuilder;
use serde_json::Value;

/// What is known of something, and what was asked for that nobody has answered yet.
#[derive(Clone, Debug)]
pub struct Fact<T> {
    known: T,
    asked: Option<T>,
}

impl<T: Debug + PartialEq> Fact<T> {
    pub fn sure(known: T) -> Self {
        Self { known, asked: None }
    }

    pub fn known(&self) -> &T {
        &self.known
    }

    pub fn ask(&mut self, next: T) {
        self.asked = Some(next);
    }

    pub fn answered(&mut self, answer: &Answer) {
        match answer {
            Answer::Done(_) => self.known = self.asked.take().unwrap(),
            Answer::Refused(_) => self.asked = None,
            // It may have been done or not.
            Answer::Lost => {}
        }
    }

    /// What is there must be what was acknowledged, or else what was asked for last.
    pub fn settle(&mut self, found: T, whose: impl Display) {
        assert!(
            found == self.known || self.asked.as_ref() == Some(&found),
            "{whose}: {:?} was acknowledged, {:?} asked for, and {found:?} is there",
            self.known,
            self.asked
        );
        self.known = found;
        self.asked = None;
    }
}

#[derive(Debug)]
pub enum Answer {
    Done(Value),
    /// By its code; nothing has changed.
    Refused(String),
    Lost,
}

/// What was answered, if anything was before the server died. It never says that something went wrong inside.
pub async fn ask(request: RequestBuilder) -> Answer {
    let Ok(response) = request.send().await else {
        return Answer::Lost;
    };
    let status = response.status().as_u16();
    let Ok(text) = response.text().await else {
        return Answer::Lost;
    };
    let answer = serde_json::from_str(&text).unwrap_or(Value::Null);
    match status {
        200..=299 => Answer::Done(answer),
        400..=499 => Answer::Refused(answer["code"].as_str().unwrap_or_default().to_owned()),
        // Too many passwords at once on a slow machine.
        503 if answer["code"] == "busy" => Answer::Refused("busy".to_owned()),
        _ => panic!("{status} {text}"),
    }
}
