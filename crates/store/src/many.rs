//! Many rows by few statements. The statements have one of a few lengths, so that the database knows them already: one for
//! each number of rows would be planned, and kept, each time anew.

use std::fmt::Write as _;

use domain::Refusal;

use crate::db::{Bind, Query, Result, Value, assembled};
use crate::{Tx, Writing};

/// Rows of one statement. SQLite takes 32,766 values.
const LENGTHS: [usize; 3] = [250, 16, 1];

/// Rows that are to be put into one table.
pub(crate) struct Many {
    /// `INSERT INTO … (…)`
    head: &'static str,
    columns: usize,
    /// One row behind the other.
    values: Vec<Value>,
    conflict: Option<Refusal>,
}

impl Many {
    /// `columns` is how many `head` names.
    pub fn new(head: &'static str, columns: usize) -> Self {
        Self {
            head,
            columns,
            values: Vec::new(),
            conflict: None,
        }
    }

    /// What a row that is there already means.
    pub fn conflict(mut self, refusal: Refusal) -> Self {
        self.conflict = Some(refusal);
        self
    }

    /// The next value of the row that is being put together.
    pub fn put(&mut self, value: impl Bind) -> &mut Self {
        self.values.push(value.value());
        self
    }

    /// # Errors
    /// A row is there already, or the database does not answer.
    pub async fn execute(self, tx: &mut Tx<Writing>) -> Result<()> {
        let (head, columns) = (self.head, self.columns);
        let mut left = self.values.len() / columns;
        let mut values = self.values.into_iter();
        let is_sqlite = tx.is_sqlite();
        for length in LENGTHS {
            if left < length {
                continue;
            }
            let sql = statement(head, columns, length, is_sqlite);
            while left >= length {
                let mut query: Query = assembled(sql.clone());
                for value in values.by_ref().take(length * columns) {
                    query = query.bind(value);
                }
                if let Some(refusal) = &self.conflict {
                    query = query.conflict(refusal.clone());
                }
                query.execute(tx).await?;
                left -= length;
            }
        }
        Ok(())
    }
}

/// On SQLite a value has no number: those with one are looked for along a list, each time from its beginning.
fn statement(head: &str, columns: usize, rows: usize, is_sqlite: bool) -> String {
    let mut sql = format!("{head} VALUES ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=columns {
            sql.push_str(if column == 1 { "" } else { ", " });
            if is_sqlite {
                sql.push('?');
            } else {
                // Nothing fails to be written into a text.
                let _written = write!(sql, "${}", row * columns + column);
            }
        }
        sql.push(')');
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::statement;

    #[test]
    fn every_value_has_its_place() {
        let head = "INSERT INTO pet (name, age)";
        assert_eq!(
            statement(head, 2, 2, false),
            "INSERT INTO pet (name, age) VALUES ($1, $2), ($3, $4)"
        );
        assert_eq!(
            statement(head, 2, 2, true),
            "INSERT INTO pet (name, age) VALUES (?, ?), (?, ?)"
        );
    }
}
