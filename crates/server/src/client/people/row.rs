//! The rows of a file of people: CSV as a spreadsheet writes it, its first line naming the columns.
//! A column nobody knows is refused before anything is sent: it would be lost in silence.

use std::io::Read;
use std::path::Path;

use domain::spreadsheet::unguarded;
use serde_json::{Map, Value, json};

use crate::client::failure::Failure;

pub const MEMBER: &[&str] = &["name", "email", "username", "role", "until", "temporary_password"];
pub const INVITATION: &[&str] = &[
    "email",
    "username",
    "role",
    "provider",
    "tenant",
    "notify",
    "groups",
    "expires_in_days",
];

/// What a table of people tells besides, and nobody sets. An invitee gives their name themselves.
const TOLD: &[&str] = &["status", "joined_at", "last_sign_in_at", "name"];

/// What an account takes and an invitation does not: the column may be there, and must be empty.
const UNTIL: &str = "until";

type Row = Map<String, Value>;

/// The rows of a file, each filled up with what is common to all.
pub fn read(file: &Path, columns: &[&str], common: Row) -> Result<Vec<Value>, Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("{} cannot be read: {error}", file.display()));
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(failed)?;
    } else {
        bytes = std::fs::read(file).map_err(failed)?;
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("{} is not UTF-8; save it as CSV UTF-8", file.display())))?;
    parse(&text, columns, &common).map_err(|reason| Failure::usage(format!("{}: {reason}", file.display())))
}

fn parse(text: &str, columns: &[&str], common: &Row) -> Result<Vec<Value>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    // Spreadsheets write semicolons where the comma is the decimal mark.
    let delimiter = if first.contains(';') && !first.contains(',') {
        b';'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let names = header
        .iter()
        .map(|title| column(title, columns))
        .collect::<Result<Vec<_>, _>>()?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let mut row = common.clone();
        for (name, cell) in names.iter().zip(&record).filter(|(_, cell)| !cell.is_empty()) {
            let Some(name) = name else { continue };
            let taken = if columns.contains(name) {
                put(&mut row, name, unguarded(cell))
            } else {
                Err("an invitation gives no role until a time; create accounts, or leave the column empty".to_owned())
            };
            taken.map_err(|reason| format!("line {}: {reason}", record.position().map_or(0, csv::Position::line)))?;
        }
        rows.push(Value::Object(row));
    }
    if rows.is_empty() {
        Err("it has no rows below the line of column names".to_owned())
    } else {
        Ok(rows)
    }
}

/// None of a column that is written for people alone.
fn column<'a>(title: &str, columns: &[&'a str]) -> Result<Option<&'a str>, String> {
    let wanted = title.to_lowercase().replace([' ', '-'], "_");
    let wanted = match wanted.as_str() {
        "e_mail" => "email",
        "full_name" => "name",
        other => other,
    };
    let known = columns.iter().chain(&[UNTIL]).find(|known| **known == wanted);
    match known {
        Some(known) => Ok(Some(known)),
        None if TOLD.contains(&wanted) => Ok(None),
        None => Err(format!(
            "the first line must name the columns, and \"{title}\" is none of {}",
            columns.join(", ")
        )),
    }
}

fn put(row: &mut Row, name: &str, cell: &str) -> Result<(), String> {
    let value = match name {
        "expires_in_days" => Value::from(
            cell.parse::<u32>()
                .map_err(|_| format!("expires_in_days is a number of days, not \"{cell}\""))?,
        ),
        "groups" => cell
            .split([';', ','])
            .map(str::trim)
            .filter(|group| !group.is_empty())
            .map(Value::from)
            .collect(),
        "provider" | "tenant" => {
            row.entry("identity").or_insert_with(|| json!({}))[name] = Value::from(cell);
            return Ok(());
        }
        _ => Value::from(cell),
    };
    row.insert(name.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role() -> Row {
        Row::from_iter([("role".to_owned(), Value::from("member"))])
    }

    #[test]
    fn a_spreadsheet_becomes_rows_with_the_common_role() {
        let rows = parse(
            "\u{feff}Full name;E-mail;Role\r\n\"Lovelace; Ada\"; ada@example.com ;admin\r\nGrace;;\r\n",
            MEMBER,
            &role(),
        );
        assert_eq!(
            rows,
            Ok(vec![
                json!({"name": "Lovelace; Ada", "email": "ada@example.com", "role": "admin"}),
                json!({"name": "Grace", "role": "member"}),
            ])
        );
    }

    #[test]
    fn invitations_take_providers_and_days() {
        let rows = parse(
            "email,provider,tenant,expires_in_days\na@example.com,microsoft,t-1,3\n",
            INVITATION,
            &role(),
        );
        assert_eq!(
            rows,
            Ok(vec![
                json!({"email": "a@example.com", "role": "member", "expires_in_days": 3,
                           "identity": {"provider": "microsoft", "tenant": "t-1"}})
            ])
        );
    }

    #[test]
    fn an_unknown_column_is_named_with_those_there_are() {
        let reason = parse("name,shoe size\nAda,38\n", MEMBER, &role()).expect_err("refused");
        assert!(
            reason.contains("\"shoe size\" is none of name, email, username"),
            "{reason}"
        );
    }

    #[test]
    fn a_bad_number_is_found_by_its_line() {
        let reason = parse("email,expires_in_days\na@example.com,soon\n", INVITATION, &role()).expect_err("refused");
        assert_eq!(reason, "line 2: expires_in_days is a number of days, not \"soon\"");
    }

    #[test]
    fn a_table_of_people_is_taken_for_invitations_unless_a_role_would_end() {
        let table = |until: &str| {
            format!(
                "name,email,username,role,until,status,joined_at,last_sign_in_at\n\
                 \"Lovelace, \"\"Ada\"\"\",ada@example.com,ada,admin,{until},active,2026-01-02T03:04:05Z,\n"
            )
        };
        let row = json!({"email": "ada@example.com", "username": "ada", "role": "admin"});
        assert_eq!(parse(&table(""), INVITATION, &role()), Ok(vec![row]));
        let reason = parse(&table("2036-12-31T18:00:00Z"), INVITATION, &role()).expect_err("refused");
        assert!(
            reason.starts_with("line 2: an invitation gives no role until a time"),
            "{reason}"
        );
    }

    #[test]
    fn a_file_without_rows_is_refused() {
        assert!(parse("name,email\n", MEMBER, &role()).is_err());
    }
}
