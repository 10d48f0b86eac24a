//! The repository speaks of Roster alone: no path of somebody's machine, no host that packages
//! happened to be fetched from. Both work for one person and for nobody after.

use crate::tidy::Finding;

const RULE: &str = "machine";

/// Spelled in two halves, so that this list does not find itself.
const FOLDERS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/t", "mp/"),
    concat!("/Us", "ers/"),
    concat!("C:", "\\"),
];

const HOSTS: &[&str] = &[
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("registry.", "npmjs.org"),
    concat!("pypi.", "org"),
    concat!("files.", "pythonhosted.org"),
    concat!("deb.", "debian.org"),
    concat!("proxy.", "golang.org"),
];

const LOCK_SOURCE: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub fn no_machine(path: &str, text: &str) -> Vec<Finding> {
    let is_lock = path.ends_with("Cargo.lock");
    let is_cargo_settings = path.ends_with(".cargo/config.toml");
    text.lines()
        .enumerate()
        .filter_map(|(at, line)| {
            let advice = if is_lock {
                foreign_source(line)
            } else if is_cargo_settings && is_registry_setting(line) {
                Some("leave the choice of a registry to each machine's own settings".to_owned())
            } else {
                folder(line).or_else(|| host(line))
            };
            advice.map(|advice| Finding::new(path, at + 1, RULE, advice))
        })
        .collect()
}

fn foreign_source(line: &str) -> Option<String> {
    let source = line.trim().strip_prefix("source = \"")?.trim_end_matches('"');
    (source != LOCK_SOURCE).then(|| "lock it again against crates.io, not against a mirror or a repository".to_owned())
}

fn is_registry_setting(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("[source")
        || line.starts_with("[registr")
        || line.starts_with("replace-with")
        || line.starts_with("index =")
}

fn folder(line: &str) -> Option<String> {
    let is_start = |at: usize| {
        !line[..at]
            .ends_with(|before: char| before.is_alphanumeric() || matches!(before, '.' | '_' | '-' | '/' | '}' | ')'))
    };
    FOLDERS
        .iter()
        .find(|folder| line.match_indices(**folder).any(|(at, _)| is_start(at)))
        .map(|folder| format!("name no path of one machine ({folder}…); make it relative, or ask for it"))
}

fn host(line: &str) -> Option<String> {
    let host = HOSTS.iter().find(|host| line.contains(**host))?;
    Some(format!(
        "take {host} out; where packages come from is each machine's own setting"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_one_machine_is_found() {
        let bad = format!("data = \"{}ada/x\"\nok\nsee {}main\n", FOLDERS[2], FOLDERS[0]);
        let lines: Vec<usize> = no_machine("docs/a.md", &bad)
            .iter()
            .map(|finding| finding.line)
            .collect();
        assert_eq!(lines, [1, 3]);
    }

    #[test]
    fn addresses_and_relative_paths_are_fine() {
        let good = format!(
            "href=\"{{{{ base }}}}/home/x\" https://example.com{}x ./tmp/x /var/lib/roster\n",
            FOLDERS[0]
        );
        assert_eq!(no_machine("docs/a.md", &good), []);
    }

    #[test]
    fn a_lock_file_names_the_public_registry_alone() {
        assert_eq!(no_machine("Cargo.lock", &format!("source = \"{LOCK_SOURCE}\"\n")), []);
        assert_eq!(
            no_machine("Cargo.lock", "source = \"registry+https://mirror.example/index\"\n").len(),
            1
        );
    }

    #[test]
    fn hosts_and_registry_settings_are_found() {
        assert_eq!(no_machine("README.md", &format!("from {}\n", HOSTS[0])).len(), 1);
        assert_eq!(
            no_machine(".cargo/config.toml", "[source.crates-io]\n[alias]\n").len(),
            1
        );
    }
}
