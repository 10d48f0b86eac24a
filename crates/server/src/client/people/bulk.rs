//! Hundreds of people in one call: the server answers a line for each row as it is committed, and
//! each is shown as it comes, so that a password shown once is not lost with the connection.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::client::Preview;
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::effect;
use crate::client::failure::Failure;
use crate::client::output::{json_line, printable, text};

const WIDEST_NAME: usize = 40;

pub async fn run(context: &mut Context<'_>, path: String, rows: Vec<Value>, preview: Preview) -> Result<(), Failure> {
    let mut tally = Tally::new(&rows);
    let mut call = Call::post(path, json!({"rows": rows})).long();
    if preview.dry_run {
        call = call.query("dry_run", "true");
    }
    let bar = bar(rows.len());
    let mut response = context.api.open(call).await?;
    let mut unread = Vec::new();
    loop {
        let chunk = match response.chunk().await {
            Ok(chunk) => chunk,
            Err(error) => return Err(tally.broken_off(&context.api.lost(&error))),
        };
        let is_end = chunk.is_none();
        unread.extend_from_slice(&chunk.unwrap_or_default());
        for line in lines(&mut unread, is_end) {
            let Ok(answer) = serde_json::from_slice::<Value>(&line) else {
                return Err(tally.broken_off(&Failure::Connection("A line of the answer is cut off".to_owned())));
            };
            let words = tally.take(&answer);
            let words = if context.is_json() { json_line(&answer) } else { words };
            bar.suspend(|| context.say(words));
            bar.set_position(tally.answered as u64);
        }
        if is_end {
            break;
        }
    }
    bar.finish_and_clear();
    context.note(tally.summary(preview));
    if tally.answered < tally.who.len() && !tally.is_preview_of_all {
        return Err(tally.broken_off(&Failure::Connection("The answer ended early".to_owned())));
    }
    Failure::of_many(tally.refused, tally.who.len(), preview.dry_run)
}

/// Takes the whole lines out of what has arrived; at the end the rest is one too.
fn lines(unread: &mut Vec<u8>, is_end: bool) -> Vec<Vec<u8>> {
    let whole = if is_end {
        unread.len()
    } else {
        unread.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
    };
    let arrived: Vec<u8> = unread.drain(..whole).collect();
    arrived
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .map(<[u8]>::to_vec)
        .collect()
}

fn bar(rows: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(rows as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len}, {eta} to go") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

struct Tally {
    who: Vec<String>,
    width: usize,
    answered: usize,
    refused: usize,
    is_preview_of_all: bool,
}

impl Tally {
    fn new(rows: &[Value]) -> Self {
        let who: Vec<String> = rows.iter().map(who).collect();
        let width = who
            .iter()
            .map(|who| who.chars().count())
            .max()
            .unwrap_or(0)
            .min(WIDEST_NAME);
        Self {
            who,
            width,
            answered: 0,
            refused: 0,
            is_preview_of_all: false,
        }
    }

    /// Counts the line and says it in words.
    fn take(&mut self, answer: &Value) -> String {
        if answer.get("row").is_none() && answer.get("counts").is_some() {
            self.is_preview_of_all = true;
            return effect::words(answer);
        }
        let number = answer.get("row").and_then(Value::as_u64);
        self.answered += 1;
        let at = number
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(self.answered);
        let (outcome, detail) = self.outcome(answer);
        let who = self.who.get(at.wrapping_sub(1)).map_or("", String::as_str);
        format!("{at:>5}  {outcome:<9} {who:<width$}  {detail}", width = self.width)
            .trim_end()
            .to_owned()
    }

    fn outcome(&mut self, answer: &Value) -> (&'static str, String) {
        if let Some(problem) = answer.get("problem").filter(|problem| !problem.is_null()) {
            self.refused += 1;
            return ("refused", reason(problem));
        }
        let outcome = if text(answer, &["member", "status"]) == "awaiting_consent" {
            "asked"
        } else if answer.get("member").is_some() {
            "created"
        } else if answer.get("invitation").is_some() {
            "invited"
        } else {
            "fine"
        };
        let detail = ["temporary_password", "link"]
            .iter()
            .map(|key| text(answer, &[key]))
            .find(|text| !text.is_empty());
        (outcome, printable(&detail.unwrap_or_default()))
    }

    fn summary(&self, preview: Preview) -> String {
        let fine = self.answered - self.refused;
        let refused = self.refused;
        if preview.dry_run {
            format!("Nothing has been changed. {fine} rows would be taken, {refused} refused.")
        } else {
            format!("{fine} done, {refused} refused.")
        }
    }

    fn broken_off(&self, failure: &Failure) -> Failure {
        Failure::Connection(format!(
            "{} of {} rows were answered. {}. Run the command again: rows that are there already are refused and \
             change nothing",
            self.answered,
            self.who.len(),
            failure.words().trim_end_matches('.')
        ))
    }
}

fn who(row: &Value) -> String {
    let word = ["email", "username", "name"]
        .iter()
        .map(|key| text(row, &[key]))
        .find(|text| !text.is_empty());
    printable(&word.unwrap_or_default())
}

fn reason(problem: &Value) -> String {
    let fields: Vec<String> = problem
        .get("errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|error| {
            let pointer = text(error, &["pointer"]);
            let field = pointer.rsplit('/').next().unwrap_or_default();
            format!("{} {}", printable(field), printable(&text(error, &["detail"])))
        })
        .collect();
    if !fields.is_empty() {
        return fields.join("; ");
    }
    let said = ["detail", "title"]
        .iter()
        .map(|key| text(problem, &[key]))
        .find(|text| !text.is_empty());
    printable(&said.unwrap_or_else(|| "without a reason".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_whole_however_they_arrive() {
        let mut unread = b"{\"row\":1}\n{\"ro".to_vec();
        assert_eq!(lines(&mut unread, false), [b"{\"row\":1}".to_vec()]);
        unread.extend_from_slice(b"w\":2}");
        assert_eq!(lines(&mut unread, false), Vec::<Vec<u8>>::new());
        assert_eq!(lines(&mut unread, true), [b"{\"row\":2}".to_vec()]);
        assert!(unread.is_empty());
    }

    #[test]
    fn each_row_is_told_with_its_password_or_its_reason() {
        let mut tally = Tally::new(&[json!({"email": "ada@example.com"}), json!({"username": "bob"})]);
        let ada = tally.take(&json!({"row": 1, "status": 201, "member": {}, "temporary_password": "abc"}));
        let bob = tally.take(&json!({"row": 2, "status": 409, "problem": {"detail": "bob is a member already"}}));
        assert_eq!(ada, "    1  created   ada@example.com  abc");
        assert_eq!(bob, "    2  refused   bob              bob is a member already");
        assert_eq!(tally.summary(Preview { dry_run: false }), "1 done, 1 refused.");
    }
}
