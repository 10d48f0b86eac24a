//! PostgreSQL's own programs: found, asked for their version, and run without a password in their arguments, where everybody
//! on the machine could read it.

use std::process::Stdio;

use tokio::process::Command;
use url::Url;

use crate::Refused;

/// The database as the programs are told of it.
pub struct Address {
    /// Without its password.
    url: String,
    password: Option<String>,
}

impl Address {
    /// # Errors
    /// It is no URL.
    pub fn parse(url: &str) -> Result<Self, Refused> {
        let unusable = || "The database URL is not of the form postgres://user:password@host:5432/name.".to_owned();
        let mut url = Url::parse(url).map_err(|_| unusable())?;
        let mut password = url.password().map(unescaped);
        if url.set_password(None).is_err() && password.is_some() {
            return Err(Refused(unusable()));
        }
        let rest: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        if let Some((_, given)) = rest.iter().find(|(name, _)| name == "password") {
            password = Some(given.clone());
            let rest = rest.iter().filter(|(name, _)| name != "password");
            url.query_pairs_mut().clear().extend_pairs(rest);
        }
        Ok(Self {
            url: url.into(),
            password,
        })
    }

    /// A program that talks to this database.
    pub fn command(&self, program: &str) -> Command {
        let mut command = bare(program);
        command.arg(format!("--dbname={}", self.url));
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password);
        }
        command
    }
}

fn unescaped(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits
            .filter(|_| *first == b'%')
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = behind.get(if escaped.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub fn bare(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .env("LC_ALL", "C");
    command
}

/// # Errors
/// The program is missing, or older than the server.
pub async fn must_be_at_least(program: &str, server_version: i64) -> Result<(), Refused> {
    let needed = server_version / 10_000;
    let install =
        format!("Install PostgreSQL's client programs of version {needed} or newer, and put them first on the PATH");
    let output = bare(program).arg("--version").stdout(Stdio::piped()).output().await;
    let output = output.map_err(|error| format!("{program} is needed and cannot be run: {error}. {install}."))?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = told.split_whitespace().find_map(|word| {
        word.split(|letter: char| !letter.is_ascii_digit())
            .next()?
            .parse::<i64>()
            .ok()
    });
    match version {
        Some(version) if version >= needed => Ok(()),
        _ => Err(Refused(format!(
            "{program} is {}, the server is version {needed}. {install}.",
            told.trim()
        ))),
    }
}

/// The first line in which a program says what went wrong.
pub fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let line = text
        .lines()
        .find(|line| line.contains("error") || line.contains("ERROR"));
    line.or_else(|| text.lines().next())
        .unwrap_or("it said nothing")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_taken_out_of_the_address_wherever_it_stands() {
        for (url, bare, password) in [
            (
                "postgres://u:p%40ss@h:5432/d?sslmode=require",
                "postgres://u@h:5432/d?sslmode=require",
                Some("p@ss"),
            ),
            (
                "postgres://u@h/d?password=x%26y&sslmode=require",
                "postgres://u@h/d?sslmode=require",
                Some("x&y"),
            ),
            ("postgres://u@h/d", "postgres://u@h/d", None),
            ("postgres://u:a+b=c&d@h/d", "postgres://u@h/d", Some("a+b=c&d")),
        ] {
            let address = Address::parse(url).map_err(|refused| refused.0).unwrap();
            assert_eq!(
                (address.url.as_str(), address.password.as_deref()),
                (bare, password),
                "{url}"
            );
        }
    }
}
