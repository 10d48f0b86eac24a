//! People from pasted lines or a file: columns with or without a header, addresses alone, or names with addresses.

use csv::{ReaderBuilder, StringRecord, Trim};
use domain::Timestamp;
use domain::spreadsheet::{guarded, unguarded};

/// More than this many people at once go through the API.
pub const MOST: usize = 1_000;

/// One person as written; what was not given is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Where it stands in what was pasted, counted from 1.
    pub line: usize,
    pub email: String,
    pub name: String,
    pub username: String,
    pub role: String,
    /// How long they have the role; for good where nothing is given.
    pub until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Line,
    Email,
    Name,
    Username,
    Role,
    Until,
    Other,
}

const WITHOUT_HEADER: &[Column] = &[Column::Email, Column::Name, Column::Username, Column::Role];

/// # Errors
/// There are too many lines or none, quotes that do not end, or a time that is none.
pub fn parse(text: &str) -> Result<Vec<Row>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut columns: Option<Vec<Column>> = None;
    let mut rows = Vec::new();
    let mut first = true;
    for record in reader.records() {
        let record = record.map_err(|error| format!("The lines cannot be read: {error}"))?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        if std::mem::take(&mut first)
            && let Some(header) = header(&record)
        {
            columns = Some(header);
            continue;
        }
        if rows.len() == MOST {
            return Err(format!("These are more than {MOST} people. Add them in several goes."));
        }
        let line = record.position().map_or(0, |position| line_at(text, position));
        rows.push(match &columns {
            Some(columns) => by_columns(line, &record, columns)?,
            None => match written_addresses(line, &record) {
                Some(row) => row,
                None => by_columns(line, &record, &order(&record))?,
            },
        });
    }
    if rows.is_empty() {
        return Err("There is nobody in it. Give at least one e-mail address or username.".to_owned());
    }
    Ok(rows)
}

/// The line a record stands in: its position is where the one before it ended, blank lines included.
fn line_at(text: &str, position: &csv::Position) -> usize {
    let rest = usize::try_from(position.byte())
        .ok()
        .and_then(|byte| text.get(byte..))
        .unwrap_or_default();
    let blank = rest
        .chars()
        .take_while(|letter| matches!(letter, '\r' | '\n'))
        .filter(|letter| *letter == '\n')
        .count();
    usize::try_from(position.line()).unwrap_or_default() + blank
}

/// As a spreadsheet or a mail program writes it.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    match first {
        line if line.contains('\t') => b'\t',
        line if line.contains(';') && !line.contains(',') => b';',
        _ => b',',
    }
}

/// The columns that the first line names, if it names any.
fn header(record: &StringRecord) -> Option<Vec<Column>> {
    let columns: Vec<Column> = record.iter().map(column).collect();
    let named = columns
        .iter()
        .any(|column| matches!(column, Column::Email | Column::Username));
    // Somebody may be called "admin"; but a header holds no address.
    (named && !record.iter().any(|cell| cell.contains('@'))).then_some(columns)
}

fn column(name: &str) -> Column {
    let letters: String = name
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect::<String>()
        .to_lowercase();
    match letters.as_str() {
        "line" => Column::Line,
        "email" | "emailaddress" | "mail" | "address" => Column::Email,
        "name" | "fullname" | "displayname" => Column::Name,
        "username" | "user" | "login" | "screenname" | "handle" => Column::Username,
        "role" => Column::Role,
        "until" => Column::Until,
        _ => Column::Other,
    }
}

fn by_columns(line: usize, record: &StringRecord, columns: &[Column]) -> Result<Row, String> {
    let mut row = Row { line, ..Row::default() };
    for (cell, column) in record.iter().zip(columns) {
        let cell = unguarded(cell);
        match column {
            Column::Line => row.line = cell.parse().unwrap_or(line),
            Column::Email => (row.name, row.email) = named_address(cell).unwrap_or((row.name, cell.to_owned())),
            Column::Name => cell.clone_into(&mut row.name),
            Column::Username => cell.clone_into(&mut row.username),
            Column::Role => cell.clone_into(&mut row.role),
            Column::Until => row.until = until(row.line, cell)?,
            Column::Other => {}
        }
    }
    Ok(row)
}

fn until(line: usize, cell: &str) -> Result<Option<Timestamp>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    let time = cell.parse().map_err(|_| {
        format!("Line {line}: \"until\" takes a time such as 2036-12-31T18:00:00Z, or nothing. \"{cell}\" is neither.")
    })?;
    Ok(Some(time))
}

/// Without a header the address comes first, unless it plainly comes second.
fn order(record: &StringRecord) -> Vec<Column> {
    let at = |cell: usize| record.get(cell).is_some_and(|text| text.contains('@'));
    let mut columns = WITHOUT_HEADER.to_vec();
    if !at(0) && at(1) {
        columns.swap(0, 1);
    } else if !at(0) && record.len() == 1 {
        columns[0] = Column::Username;
    }
    columns
}

/// `Ada Lovelace <ada@example.com>`, also where the name has a comma; what follows is username and role.
fn written_addresses(line: usize, record: &StringRecord) -> Option<Row> {
    let place = record.iter().position(|cell| named_address(cell).is_some())?;
    let (last, email) = named_address(record.get(place)?)?;
    let before: Vec<&str> = record
        .iter()
        .take(place)
        .chain((!last.is_empty()).then_some(last.as_str()))
        .collect();
    let cell = |number: usize| record.get(place + number).unwrap_or_default().to_owned();
    Some(Row {
        line,
        email,
        name: before.join(", "),
        username: cell(1),
        role: cell(2),
        until: None,
    })
}

fn named_address(cell: &str) -> Option<(String, String)> {
    let (name, rest) = cell.split_once('<')?;
    let (email, after) = rest.split_once('>')?;
    let named = email.contains('@') && after.trim().is_empty();
    named.then(|| (name.trim().trim_matches('"').trim().to_owned(), email.trim().to_owned()))
}

/// The rows as one text that [`parse`] reads back, their lines included.
///
/// # Errors
/// Never: it is written into memory.
pub fn written(rows: &[Row]) -> Result<String, String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let told = |error: csv::Error| error.to_string();
    writer
        .write_record(["line", "email", "name", "username", "role", "until"])
        .map_err(told)?;
    for row in rows {
        let until = row.until.map(|until| until.to_string()).unwrap_or_default();
        let people = [&row.email, &row.name, &row.username, &row.role, &until];
        let cells = people.map(|cell| guarded(cell.clone()));
        writer
            .write_record([row.line.to_string()].iter().chain(&cells))
            .map_err(told)?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: usize, email: &str, name: &str, username: &str, role: &str) -> Row {
        Row {
            line,
            email: email.into(),
            name: name.into(),
            username: username.into(),
            role: role.into(),
            until: None,
        }
    }

    #[test]
    fn addresses_alone_are_taken_one_per_line() {
        let rows = parse("ada@example.com\n\n  grace@example.com  \n").unwrap();
        assert_eq!(
            rows,
            [
                row(1, "ada@example.com", "", "", ""),
                row(3, "grace@example.com", "", "", "")
            ]
        );
    }

    #[test]
    fn names_with_addresses_are_taken_as_mail_programs_write_them() {
        let rows =
            parse("Ada Lovelace <ada@example.com>\nHopper, Grace <grace@example.com>\n<emmy@example.com>, emmy, admin")
                .unwrap();
        assert_eq!(
            rows,
            [
                row(1, "ada@example.com", "Ada Lovelace", "", ""),
                row(2, "grace@example.com", "Hopper, Grace", "", ""),
                row(3, "emmy@example.com", "", "emmy", "admin"),
            ]
        );
    }

    #[test]
    fn columns_are_taken_by_place_or_by_their_header() {
        assert_eq!(
            parse("emmy@example.org, Emmy Noether, emmy, admin").unwrap(),
            [row(1, "emmy@example.org", "Emmy Noether", "emmy", "admin")]
        );
        assert_eq!(
            parse("Emmy Noether\temmy@example.org").unwrap(),
            [row(1, "emmy@example.org", "Emmy Noether", "", "")]
        );
        let text = "\u{feff}Role;Full name;E-mail;Team\nadmin;\"Noether; Emmy\";emmy@example.org;maths\n";
        assert_eq!(
            parse(text).unwrap(),
            [row(2, "emmy@example.org", "Noether; Emmy", "", "admin")]
        );
        assert_eq!(parse("username\nTomFern\n").unwrap(), [row(2, "", "", "TomFern", "")]);
    }

    #[test]
    fn what_was_written_is_read_back_with_its_lines() {
        let rows = [
            row(3, "ada@example.com", "Lovelace, \"Ada\"", "", "admin"),
            row(9, "", "李", "li", ""),
            Row {
                until: Some("2036-12-31T18:00:00Z".parse().unwrap()),
                ..row(11, "eve@example.com", "'=1+1", "", "guest")
            },
        ];
        assert_eq!(parse(&written(&rows).unwrap()).unwrap(), rows);
    }

    #[test]
    fn a_time_that_is_none_is_told_by_its_line() {
        let told = parse("email,until\nada@example.com,\neve@example.com,soon\n").unwrap_err();
        assert!(told.starts_with("Line 3: \"until\""), "{told}");
    }

    #[test]
    fn nobody_and_too_many_are_refused() {
        assert!(parse(" \n\n").is_err());
        assert!(parse("email,name\n").is_err());
        let many = "ada@example.com\n".repeat(MOST + 1);
        assert!(parse(&many).unwrap_err().contains("1000"));
        assert_eq!(parse(&"ada@example.com\n".repeat(MOST)).unwrap().len(), MOST);
    }
}
