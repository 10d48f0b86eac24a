//! A running server of one's own, on an empty database or filled with the demonstration.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use testkit::{On, PostgresUrl, postgres};

/// What everybody in a demonstration signs in with.
pub const DEMO_PASSWORD: &str = "quiet heron wades at dawn";

pub struct House {
    /// Without a slash at the end.
    pub url: String,
    /// The one-time link that an empty instance prints.
    pub set_up_link: String,
    server: Child,
    _database: Option<PostgresUrl>,
    _data: TempDir,
}

impl House {
    /// Starts an empty one; `None`, said loudly, where this machine lacks the database.
    pub async fn empty(on: On) -> Option<Self> {
        let database = match on {
            On::Sqlite => None,
            On::Postgres => Some(postgres::database().await?),
        };
        Some(Self::start("127.0.0.1:0", database, &[], ""))
    }

    /// An empty one that is reached by a name: passkeys need one.
    pub fn named() -> Self {
        Self::start("localhost:0", None, &[], "")
    }

    /// Starts an empty one that sends its mail there.
    pub fn mailing(smtp: &str) -> Self {
        Self::start(
            "127.0.0.1:0",
            None,
            &["--smtp", smtp, "--smtp-from", "Roster <roster@example.com>"],
            "",
        )
    }

    /// Starts one with people in it.
    pub fn demo() -> Self {
        Self::start("127.0.0.1:0", None, &["--demo"], "")
    }

    /// Starts an empty one with this roster.toml.
    pub fn configured(text: &str) -> Self {
        Self::start("127.0.0.1:0", None, &[], text)
    }

    /// The same, with more in its environment.
    pub fn configured_in(text: &str, variables: Vec<(OsString, OsString)>) -> Self {
        Self::begin("127.0.0.1:0", None, &[], text, variables)
    }

    /// The address of a page.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    fn start(listen: &str, database: Option<PostgresUrl>, arguments: &[&str], configuration: &str) -> Self {
        Self::begin(listen, database, arguments, configuration, Vec::new())
    }

    fn begin(
        listen: &str,
        database: Option<PostgresUrl>,
        arguments: &[&str],
        configuration: &str,
        variables: Vec<(OsString, OsString)>,
    ) -> Self {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join("roster.toml"), configuration).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
        // What the developer has set for a server of their own is not meant here.
        for (name, _) in env::vars().filter(|(name, _)| name.starts_with("ROSTER_")) {
            command.env_remove(name);
        }
        command
            .current_dir(data.path())
            .args(["serve", "--listen", listen, "--data"])
            .arg(data.path());
        command
            .args(arguments)
            .env("ROSTER_DEMO_PASSWORD", DEMO_PASSWORD)
            .env("ROSTER_LOG", "warn")
            .envs(variables);
        if let Some(url) = &database {
            command.args(["--database", url]);
        }
        let mut server = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let (url, set_up_link) = loop {
            let line = lines
                .next()
                .expect("the server ended before it told its address")
                .unwrap();
            if let Some(url) = line.strip_prefix("Roster serves ") {
                break (url.to_owned(), String::new());
            }
            if let Some((_, link)) = line.split_once("Set it up within the hour: ") {
                let (url, _) = link.split_once("/set-up/").unwrap();
                break (url.to_owned(), link.to_owned());
            }
        };
        // To the end: a pipe that nobody reads would stop the server.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            url,
            set_up_link,
            server,
            _database: database,
            _data: data,
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
