//! What the unit and the container start is what the program takes: a flag, a variable or a key that is called otherwise by
//! now fails here, and not on somebody's server.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgMatches, Command, CommandFactory};

use crate::CommandLine;
use crate::configuration::File;

const UNIT: &str = include_str!("../../../packaging/roster.service");
const SETTINGS: &str = include_str!("../../../packaging/roster.toml");
const DOCKERFILE: &str = include_str!("../../../Dockerfile");

/// What is read from the environment without being a flag.
const WITHOUT_A_FLAG: &[&str] = &["ROSTER_LOG"];

fn started<'a>(words: impl IntoIterator<Item = &'a str>) -> (String, ArgMatches) {
    let matches = CommandLine::command().try_get_matches_from(words).unwrap();
    let (name, matches) = matches.subcommand().unwrap();
    (name.to_owned(), matches.clone())
}

/// What stands behind a word at the beginning of a line.
fn after<'t>(text: &'t str, word: &str) -> &'t str {
    text.lines()
        .find_map(|line| line.strip_prefix(word))
        .unwrap_or_else(|| panic!("{word} is missing"))
        .trim()
}

/// The words of a JSON array, as `CMD` and its siblings have them.
fn array(text: &str) -> Vec<String> {
    let from = text.find('[').unwrap();
    serde_json::from_str(&text[from..]).unwrap()
}

fn variables(command: &Command, known: &mut BTreeSet<String>) {
    let of_its_own = command.get_arguments().filter_map(|argument| argument.get_env());
    known.extend(of_its_own.map(|name| name.to_string_lossy().into_owned()));
    command.get_subcommands().for_each(|below| variables(below, known));
}

#[test]
fn the_unit_starts_the_server_on_the_folders_that_it_makes() {
    let (name, serve) = started(after(UNIT, "ExecStart=").split_whitespace());
    assert_eq!(name, "serve");
    let path = |flag: &str| serve.get_one::<PathBuf>(flag).unwrap().display().to_string();
    assert_eq!(path("data"), format!("/var/lib/{}", after(UNIT, "StateDirectory=")));
    assert_eq!(
        path("config"),
        format!("/etc/{}/roster.toml", after(UNIT, "ConfigurationDirectory="))
    );
}

#[test]
fn the_units_settings_are_understood_with_and_without_what_is_left_out() {
    let file: File = toml::from_str(SETTINGS).unwrap();
    assert!(file.listen.unwrap().parse::<SocketAddr>().unwrap().ip().is_loopback());
    assert_eq!(file.trusted_proxy.len(), 1);
    let all: String = SETTINGS
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.contains(" = ") => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let file: File = toml::from_str(&all).unwrap();
    assert!(file.smtp.is_some() && file.smtp_from.is_some());
}

#[test]
fn the_container_starts_the_server_and_asks_it_by_itself() {
    let program = array(after(DOCKERFILE, "ENTRYPOINT"));
    let words: Vec<String> = program.iter().cloned().chain(array(after(DOCKERFILE, "CMD"))).collect();
    assert_eq!(started(words.iter().map(String::as_str)).0, "serve");
    let asked = array(after(DOCKERFILE, "HEALTHCHECK"));
    assert_eq!(asked.first(), program.first());
    let (name, ready) = started(asked.iter().map(String::as_str));
    assert_eq!(name, "ready");
    let settings: Vec<(&str, &str)> = after(DOCKERFILE, "ENV")
        .split_whitespace()
        .map(|pair| pair.split_once('=').unwrap())
        .collect();
    let of = |name: &str| settings.iter().find(|(known, _)| *known == name).unwrap().1;
    assert_eq!(of("ROSTER_DATA"), after(DOCKERFILE, "VOLUME"));
    let listen: SocketAddr = of("ROSTER_LISTEN").parse().unwrap();
    assert_eq!(listen.port().to_string(), after(DOCKERFILE, "EXPOSE"));
    let server = ready.get_one::<String>("server").unwrap();
    assert!(server.ends_with(&format!(":{}", listen.port())), "{server}");
}

#[test]
fn every_variable_that_is_named_is_known() {
    let mut known: BTreeSet<String> = WITHOUT_A_FLAG.iter().map(|name| (*name).to_owned()).collect();
    variables(&CommandLine::command(), &mut known);
    for text in [UNIT, SETTINGS, DOCKERFILE] {
        let letters = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '_');
        for word in text.split(letters).filter(|word| word.starts_with("ROSTER_")) {
            assert!(known.contains(word), "{word} is no variable of Roster's");
        }
    }
}
