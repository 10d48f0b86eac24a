//! `load`: a file of real people into a running instance, the way any program would do it: through
//! the REST API. Who is there already is left alone, so that a second run changes nothing.

mod access;
mod check;
mod client;
mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use client::Client;
use file::Person;

#[derive(Args)]
pub struct Load {
    /// JSON with people: [{handle, name, email?}, …], and groups and projects if there are any
    file: PathBuf,
    #[arg(
        long,
        env = "ROSTER_SERVER",
        default_value = "http://localhost:8080",
        value_name = "URL"
    )]
    server: String,
    /// Token of somebody who may create members, and open the organization where it is absent
    #[arg(long, env = "ROSTER_TOKEN", hide_env_values = true)]
    token: String,
    /// Slug of the organization; opened with the standard preset where it is absent
    #[arg(long, env = "ROSTER_ORGANIZATION", default_value = "loaded", value_name = "SLUG")]
    organization: String,
    /// Write the temporary passwords to this new file, readable to you alone
    #[arg(long, value_name = "FILE")]
    passwords: Option<PathBuf>,
    /// Change nothing: ask for every person on every project whether they may, and compare with what the file says
    #[arg(long)]
    check: bool,
}

pub async fn run(load: Load) -> ExitCode {
    if load.check {
        return check(&load).await;
    }
    match carry_out(&load).await {
        Ok(outcome) => {
            println!("{}", outcome.words(&load.organization));
            if outcome.refused() == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            }
        }
        Err(reason) => {
            eprintln!("load: {reason}");
            ExitCode::from(2)
        }
    }
}

async fn check(load: &Load) -> ExitCode {
    let compared = async {
        let record = read(&load.file)?;
        let client = Client::new(&load.server, &load.token)?;
        check::compare(&client, &load.organization, &record).await
    };
    match compared.await {
        Ok(compared) => {
            println!("{compared}");
            ExitCode::from(u8::from(compared.differences > 0))
        }
        Err(reason) => {
            eprintln!("load: {reason}");
            ExitCode::from(2)
        }
    }
}

fn read(path: &Path) -> Result<file::Record, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    file::parse(&text).map_err(|reason| format!("{}: {reason}", path.display()))
}

async fn carry_out(load: &Load) -> Result<Outcome, String> {
    let mut record = read(&load.file)?;
    let people = std::mem::take(&mut record.people);
    let client = Client::new(&load.server, &load.token)?;
    let is_opened = open_organization(&client, &load.organization).await?;
    let there = usernames(&client, &load.organization).await?;
    let (known, absent): (Vec<Person>, Vec<Person>) = people
        .into_iter()
        .partition(|person| there.contains(&person.username.to_lowercase()));
    let mut outcome = Outcome {
        is_opened,
        already_there: known.len(),
        ..Outcome::default()
    };
    if !absent.is_empty() {
        // Opened before anything is sent: a password that cannot be kept must not be made.
        let passwords = load.passwords.as_deref().map(secret_file).transpose()?;
        create(&client, &load.organization, &absent, passwords, &mut outcome).await?;
    }
    outcome.access_changes = access::bring(&client, &load.organization, &record).await?;
    Ok(outcome)
}

/// Whether the organization had to be opened.
async fn open_organization(client: &Client, slug: &str) -> Result<bool, String> {
    if client.find(&format!("/organizations/{slug}")).await?.is_some() {
        return Ok(false);
    }
    let body = json!({"name": slug, "slug": slug, "preset": "standard", "owner": "me"});
    client.post("/organizations", &body).await?;
    Ok(true)
}

async fn usernames(client: &Client, organization: &str) -> Result<BTreeSet<String>, String> {
    let people = client.all(&format!("/organizations/{organization}/people")).await?;
    let names = people
        .iter()
        .filter_map(|item| item.get("username").and_then(Value::as_str));
    Ok(names.map(str::to_lowercase).collect())
}

async fn create(
    client: &Client,
    organization: &str,
    people: &[Person],
    mut passwords: Option<std::fs::File>,
    outcome: &mut Outcome,
) -> Result<(), String> {
    let rows: Vec<Value> = people.iter().map(Person::row).collect();
    let bar = ProgressBar::new(people.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} people, {eta} to go") {
        bar.set_style(style);
    }
    let mut lines = client
        .post_lines(
            &format!("/organizations/{organization}/members/bulk"),
            &json!({"rows": rows}),
        )
        .await?;
    let mut answered = 0;
    while let Some(line) = lines
        .next()
        .await
        .map_err(|reason| broken_off(answered, people.len(), &reason))?
    {
        answered += 1;
        bar.set_position(answered as u64);
        let row = line
            .get("row")
            .and_then(Value::as_u64)
            .and_then(|row| usize::try_from(row).ok())
            .unwrap_or(answered);
        let username = people
            .get(row.wrapping_sub(1))
            .map_or("?", |person| person.username.as_str());
        outcome.take(username, &line);
        let password = line.get("temporary_password").and_then(Value::as_str);
        if let (Some(file), Some(password)) = (&mut passwords, password) {
            writeln!(file, "{username}\t{password}")
                .map_err(|error| format!("the passwords cannot be written: {error}"))?;
        }
    }
    bar.finish_and_clear();
    if answered < people.len() {
        return Err(broken_off(answered, people.len(), "the answer ended early"));
    }
    Ok(())
}

fn broken_off(answered: usize, of: usize, reason: &str) -> String {
    format!("{answered} of {of} people were answered, then: {reason}. Run it again: it goes on where it stopped")
}

fn secret_file(path: &Path) -> Result<std::fs::File, String> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|error| format!("{} cannot be made: {error}", path.display()))
}

#[derive(Debug, Default)]
struct Outcome {
    is_opened: bool,
    created: usize,
    already_there: usize,
    /// Groups, projects, places and mappings that were not there before.
    access_changes: usize,
    /// Who was refused, by reason.
    refusals: BTreeMap<String, Vec<String>>,
}

impl Outcome {
    fn take(&mut self, username: &str, line: &Value) {
        let Some(problem) = line.get("problem").filter(|problem| !problem.is_null()) else {
            self.created += 1;
            return;
        };
        let text = |key| problem.get(key).and_then(Value::as_str);
        // Somebody else may have added them since the list was read.
        if text("code") == Some("already_member") {
            self.already_there += 1;
            return;
        }
        let mut reason = text("detail")
            .or_else(|| text("title"))
            .unwrap_or("without a reason")
            .to_owned();
        for error in problem.get("errors").and_then(Value::as_array).into_iter().flatten() {
            let part = |key| error.get(key).and_then(Value::as_str).unwrap_or_default();
            reason.push_str(&format!("; {} {}", part("pointer"), part("detail")));
        }
        self.refusals.entry(reason).or_default().push(username.to_owned());
    }

    fn refused(&self) -> usize {
        self.refusals.values().map(Vec::len).sum()
    }

    fn words(&self, organization: &str) -> String {
        let (created, already, refused) = (self.created, self.already_there, self.refused());
        if created == 0 && refused == 0 && self.access_changes == 0 {
            return format!("All {already} people are in {organization} already; nothing was changed.");
        }
        let opened = if self.is_opened {
            format!("{organization} was opened. ")
        } else {
            String::new()
        };
        let mut words = format!("{opened}{created} created, {already} already there, {refused} refused.");
        if self.access_changes > 0 {
            words.push_str(&format!(
                " {} changes to owners, groups, projects and who has access to them.",
                self.access_changes
            ));
        }
        for (reason, people) in &self.refusals {
            let some = people.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            let more = if people.len() > 5 { ", …" } else { "" };
            words.push_str(&format!(
                "\n  {} × {}: {some}{more}",
                people.len(),
                reason.trim_end_matches('.').escape_debug()
            ));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_says_that_nothing_changed() {
        let outcome = Outcome {
            already_there: 666,
            ..Outcome::default()
        };
        assert_eq!(
            outcome.words("rust"),
            "All 666 people are in rust already; nothing was changed."
        );
    }

    #[test]
    fn refusals_are_counted_by_reason() {
        let mut outcome = Outcome::default();
        outcome.take("ada", &json!({"row": 1, "member": {}}));
        for name in ["a", "b"] {
            outcome.take(
                name,
                &json!({"problem": {"detail": "The username is taken", "code": "username_taken"}}),
            );
        }
        outcome.take("c", &json!({"problem": {"title": "x", "code": "already_member"}}));
        assert_eq!(
            outcome.words("rust"),
            "1 created, 1 already there, 2 refused.\n  2 × The username is taken: a, b"
        );
    }

    #[cfg(unix)]
    #[test]
    fn the_passwords_are_for_nobody_else() {
        use std::os::unix::fs::PermissionsExt as _;
        let path = std::env::temp_dir().join(format!("roster-load-{}", std::process::id()));
        let file = secret_file(&path).expect("made");
        let mode = file.metadata().expect("there").permissions().mode();
        assert!(secret_file(&path).is_err(), "an existing file is not overwritten");
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(mode & 0o777, 0o600);
    }
}
