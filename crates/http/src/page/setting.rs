//! Settings of the whole server: the mail server, the certificate, where it listens.

use askama::Template;

use super::form::{Choice, Errors};
use super::part::Time;
use super::shell::Shell;

/// The mail server.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "setting/mail.html")]
pub struct Mail {
    pub shell: Shell,
    pub errors: Errors,
    pub standing: Standing,
    /// Where it is set instead; empty where it is set here.
    pub fixed: String,
    pub url: String,
    pub username: String,
    pub has_password: bool,
    pub from: String,
    /// Where the sender alone is set instead.
    pub from_fixed: String,
    pub is_set: bool,
    /// Mails that wait, in words; empty where none does.
    pub waiting: String,
    pub test_to: String,
}

/// Whether mails go out.
#[derive(Clone, Debug, Default)]
pub enum Standing {
    #[default]
    NotSetUp,
    Untried,
    Works {
        since: Time,
        last: Time,
    },
    Fails {
        since: Time,
        detail: String,
    },
}

/// The certificate.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "setting/tls.html")]
pub struct Tls {
    pub shell: Shell,
    pub errors: Errors,
    pub fixed: String,
    pub served: Option<Certificate>,
    pub chain: Vec<Certificate>,
    pub warnings: Vec<String>,
    /// The host of the public URL.
    pub host: String,
    pub certificate: String,
    pub chain_typed: String,
}

#[derive(Clone, Debug)]
pub struct Certificate {
    pub subject: String,
    pub issuer: String,
    pub names: Vec<String>,
    pub from: Time,
    pub until: Time,
    /// How much of its time is over, of 100.
    pub over: i64,
    /// What is left, in words.
    pub left: String,
    pub fingerprint: String,
}

impl Certificate {
    fn meter(&self) -> &'static str {
        match self.over {
            100.. => "meter--full",
            90..100 => "meter--nearly",
            _ => "",
        }
    }
}

/// Where the server listens.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "setting/listeners.html")]
pub struct Listeners {
    pub shell: Shell,
    pub errors: Errors,
    pub rows: Vec<Row>,
    pub trial: Option<Trial>,
    pub form: Form,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub url: String,
    pub serves: Vec<&'static str>,
    pub state: &'static str,
    /// What it is drawn as: active, invited, waiting, suspended.
    pub tone: &'static str,
    pub remark: String,
    pub is_bad: bool,
    /// Whether it can be taken out of the set.
    pub may_go: bool,
}

#[derive(Clone, Debug)]
pub struct Trial {
    pub until: Time,
    /// Whether this page came by one of the new ones.
    pub is_here: bool,
    /// This page by way of each of them.
    pub confirm_at: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Form {
    pub name: String,
    pub address: String,
    pub port: String,
    pub tls: bool,
    /// Why there is no TLS; empty where there may be.
    pub no_tls: String,
    pub serves: Vec<Choice>,
}
