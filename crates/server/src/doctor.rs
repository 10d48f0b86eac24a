//! `roster doctor`: looks at everything that a server needs, says what is wrong and how to mend it, and changes nothing.
//! It works beside a running server and where none can start.

mod chain;
mod database;
mod place;
mod reach;
mod setting;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use service::ambient::Clock;
use store::Still;

use crate::client::printable;
use crate::configuration::{File, PasswordRules, Place};
use crate::say::say;

#[derive(Args)]
pub struct Doctor {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    rules: PasswordRules,
    /// Address and port that the server listens on [default: localhost:8080]
    #[arg(long, env = "ROSTER_LISTEN", value_name = "ADDRESS")]
    listen: Option<String>,
    /// Where people reach this instance
    #[arg(long, env = "ROSTER_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Mail server: smtps://user:password@host, or smtp:// with STARTTLS
    #[arg(long, env = "ROSTER_SMTP", value_name = "URL", hide_env_values = true)]
    smtp: Option<String>,
    /// Sender of mails: Roster <roster@example.com>
    #[arg(long, env = "ROSTER_SMTP_FROM", value_name = "ADDRESS")]
    smtp_from: Option<String>,
    /// File with the certificate that is served, and its chain, in PEM
    #[arg(long, env = "ROSTER_TLS_CERTIFICATE", value_name = "FILE")]
    tls_certificate: Option<PathBuf>,
    /// File with the certificate's key, in PEM
    #[arg(long, env = "ROSTER_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Where traces are sent to: an OpenTelemetry collector that takes OTLP over HTTP
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    otlp_endpoint: Option<String>,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    output: Form,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A line for each, and how to mend it
    #[default]
    Table,
    /// For programs
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Ok,
    Warning,
    Wrong,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    check: &'static str,
    level: Level,
    told: String,
    /// What to do about it; none where nothing is to be done.
    mend: Option<String>,
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct Findings {
    found: Vec<Finding>,
    /// What superusers have set, to be tried.
    set: setting::Set,
    /// Whether there is one that a listener could speak TLS with.
    has_certificate: bool,
}

impl Findings {
    pub fn ok(&mut self, check: &'static str, told: impl Into<String>) {
        self.add(check, Level::Ok, told, None);
    }

    pub fn warning(&mut self, check: &'static str, told: impl Into<String>, mend: &str) {
        self.add(check, Level::Warning, told, Some(mend));
    }

    pub fn wrong(&mut self, check: &'static str, told: impl Into<String>, mend: &str) {
        self.add(check, Level::Wrong, told, Some(mend));
    }

    fn add(&mut self, check: &'static str, level: Level, told: impl Into<String>, mend: Option<&str>) {
        self.found.push(Finding {
            check,
            level,
            told: told.into(),
            mend: mend.map(str::to_owned),
        });
    }

    /// Whether something was found of it by now.
    fn are_told(&self, check: &str) -> bool {
        self.found.iter().any(|finding| finding.check == check)
    }

    fn worst(&self) -> Level {
        self.found
            .iter()
            .map(|finding| finding.level)
            .max()
            .unwrap_or(Level::Ok)
    }
}

/// 0 where nothing is wrong, 1 where something is.
pub async fn run(doctor: Doctor) -> ExitCode {
    let mut findings = Findings::default();
    let file = place::configuration(&doctor.place, &mut findings);
    place::folder(&doctor.place, &file, &mut findings);
    place::breached(&doctor.rules, &file, &mut findings);
    of_database(&doctor, &file, &mut findings).await;
    place::certificate(&doctor, &file, &mut findings);
    reach::mail(&doctor, &file, &mut findings).await;
    reach::listener(&doctor, &file, &mut findings).await;
    reach::public(&doctor, &file, &mut findings).await;
    reach::clock(&file, &mut findings).await;
    reach::telemetry(&doctor, &file, &mut findings).await;
    print(doctor.output, &findings);
    match findings.worst() {
        Level::Wrong => ExitCode::from(1),
        Level::Ok | Level::Warning => ExitCode::SUCCESS,
    }
}

async fn of_database(doctor: &Doctor, file: &File, findings: &mut Findings) {
    let place = &doctor.place;
    let database = match place.database(file) {
        Ok(database) => database,
        Err(refused) => {
            return findings.wrong("database", refused.0, "Correct --database, or leave it out for SQLite.");
        }
    };
    if place::nothing_yet(&database, findings) {
        return;
    }
    let still = match Still::open(&database) {
        Ok(still) => still,
        Err(error) => return findings.wrong("database", error.to_string(), "Check --data and --database."),
    };
    let public_url = reach::public_url(doctor, file);
    let now = Clock::System.now();
    database::look(place, file, &database, &still, public_url.as_deref(), now, findings).await;
    still.close().await;
}

fn print(form: Form, findings: &Findings) {
    if form == Form::Json {
        let told = serde_json::json!({ "level": findings.worst(), "findings": findings.found });
        say(format_args!("{told:#}"));
        return;
    }
    for finding in &findings.found {
        let level = match finding.level {
            Level::Ok => "ok     ",
            Level::Warning => "warning",
            Level::Wrong => "WRONG  ",
        };
        say(format_args!(
            "{level}  {:<14} {}",
            finding.check,
            printable(&finding.told)
        ));
        if let Some(mend) = &finding.mend {
            say(format_args!("{:25}→ {}", "", printable(mend)));
        }
    }
}
