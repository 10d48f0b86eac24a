//! The floors of the house: which crate may stand on which. The compiler refuses a cycle, but not
//! a short cut from the pages to the database.

use toml::Table;

use crate::tidy::Finding;

/// A crate of ours and those it may depend on. What tests and the workshop use is free.
const FLOORS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &["domain"]),
    ("signin", &["domain"]),
    ("service", &["store", "signin", "domain"]),
    ("http", &["service", "domain"]),
    ("server", &["http", "service", "store", "signin", "domain"]),
];

pub fn edges(path: &str, text: &str) -> Vec<Finding> {
    let Some(floor) = path
        .strip_prefix("crates/")
        .and_then(|rest| rest.strip_suffix("/Cargo.toml"))
    else {
        return Vec::new();
    };
    let Ok(manifest) = text.parse::<Table>() else {
        return vec![Finding::new(
            path,
            1,
            "floors",
            "write a manifest that can be read as TOML",
        )];
    };
    let Some((_, below)) = FLOORS.iter().find(|(name, _)| *name == floor) else {
        if floor == "testkit" {
            return Vec::new();
        }
        return vec![Finding::new(
            path,
            1,
            "floors",
            format!("give the new crate {floor} its place in the list of floors"),
        )];
    };
    ["dependencies", "build-dependencies"]
        .iter()
        .filter_map(|kind| manifest.get(*kind)?.as_table())
        .flat_map(|dependencies| dependencies.iter())
        .filter_map(|(key, value)| ours(key, value).map(|target| (key, target)))
        .filter(|(_, target)| !below.contains(target))
        .map(|(key, target)| {
            let line = text
                .lines()
                .position(|line| line.trim_start().starts_with(key.as_str()))
                .map_or(1, |at| at + 1);
            Finding::new(path, line, "floors", advice(floor, target))
        })
        .collect()
}

fn advice(floor: &str, target: &str) -> String {
    match target {
        "testkit" | "xtask" => {
            format!("{target} is for tests and the workshop; move it to [dev-dependencies] or drop it")
        }
        _ => format!("{floor} must not depend on {target}; call it through the floor between, or move the code down"),
    }
}

/// The folder of one of our crates, under whatever key or package name it is asked for.
fn ours(key: &str, value: &toml::Value) -> Option<&'static str> {
    let package = value.get("package").and_then(toml::Value::as_str).unwrap_or(key);
    let by_path = value
        .get("path")
        .and_then(toml::Value::as_str)
        .and_then(|path| path.rsplit('/').next());
    let name = by_path.unwrap_or_else(|| package.strip_prefix("roster-").unwrap_or(package));
    let name = match name {
        // The crate of that name on the registry is not ours; ours goes by another key.
        "http" if by_path.is_none() && package == "http" => return None,
        "http-floor" => "http",
        "roster" => "server",
        other => other,
    };
    let known = FLOORS.iter().map(|(floor, _)| *floor).chain(["testkit", "xtask"]);
    known.into_iter().find(|floor| *floor == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_stands_on_service_and_never_on_store() {
        let good = "[dependencies]\naxum.workspace = true\nhttp.workspace = true\nservice.workspace = true\n\n[dev-dependencies]\ntestkit.workspace = true\n";
        assert_eq!(edges("crates/http/Cargo.toml", good), []);
        let bad = "[dependencies]\naxum.workspace = true\nstore.workspace = true\n";
        let found = edges("crates/http/Cargo.toml", bad);
        assert_eq!((found.len(), found[0].line), (1, 3));
    }

    #[test]
    fn another_name_for_a_floor_does_not_hide_it() {
        for line in [
            "db = { package = \"roster-store\", path = \"../store\" }",
            "roster-store.workspace = true",
            "x = { path = \"../store\" }",
        ] {
            assert_eq!(
                edges("crates/http/Cargo.toml", &format!("[dependencies]\n{line}\n")).len(),
                1,
                "{line}"
            );
        }
    }

    #[test]
    fn nobody_stands_on_the_test_kit() {
        assert_eq!(
            edges(
                "crates/service/Cargo.toml",
                "[dependencies]\ntestkit.workspace = true\n"
            )
            .len(),
            1
        );
    }

    #[test]
    fn nothing_goes_back_up() {
        assert_eq!(
            edges("crates/domain/Cargo.toml", "[dependencies]\nservice.workspace = true\n").len(),
            1
        );
        assert_eq!(
            edges(
                "crates/store/Cargo.toml",
                "[dependencies]\nhttp-floor.workspace = true\n"
            )
            .len(),
            1
        );
    }

    #[test]
    fn a_new_crate_must_be_given_a_floor() {
        assert_eq!(edges("crates/billing/Cargo.toml", "[dependencies]\n").len(), 1);
    }
}
