//! Pages of a list: how long one is, and where the next begins.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use service::{Error, FieldError};

use crate::problem::Problem;

pub const PARAMETERS: &[super::route::Parameter] = &[
    ("limit", "How many at most: 50, up to 200; more is 200"),
    ("cursor", "Where to go on, from `next_cursor`"),
];

/// The same of a list that can be searched.
pub const SEARCHED: &[super::route::Parameter] = &[
    ("query", "Part of what one is called: a name, username or address"),
    ("limit", "How many at most: 50, up to 200; more is 200"),
    ("cursor", "Where to go on, from `next_cursor`"),
];

const USUAL: usize = 50;
const MOST: usize = 200;

#[derive(Debug, Default, Deserialize)]
pub struct Paging {
    limit: Option<String>,
    cursor: Option<String>,
}

impl Paging {
    pub fn of(limit: Option<String>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// # Errors
    /// It is no number from 1 on. More than the most is the most.
    pub fn limit(&self) -> Result<usize, Problem> {
        match self.limit.as_deref().filter(|text| !text.is_empty()) {
            None => Ok(USUAL),
            Some(text) => match text.parse::<usize>() {
                Ok(limit) if limit > 0 => Ok(limit.min(MOST)),
                _ => Err(invalid("limit", "must be a number from 1 to 200")),
            },
        }
    }

    /// # Errors
    /// It was not made here.
    pub fn cursor<T: DeserializeOwned>(&self) -> Result<Option<T>, Problem> {
        let Some(text) = self.cursor.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let place = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        place
            .map(Some)
            .ok_or_else(|| invalid("cursor", "is none of this list; begin without one"))
    }
}

/// What a list of the whole instance is asked for.
#[derive(Deserialize)]
pub struct Search {
    query: Option<String>,
    status: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

impl Search {
    pub fn needle(&self) -> Option<String> {
        self.query.clone().filter(|text| !text.trim().is_empty())
    }

    /// Empty is none.
    pub fn status(&self) -> Option<&str> {
        self.status.as_deref().filter(|status| !status.is_empty())
    }

    pub fn paging(&self) -> Paging {
        Paging::of(self.limit.clone(), self.cursor.clone())
    }
}

pub fn cursor(place: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

/// Cuts what was fetched one too many, and says whether it was.
pub fn cut<T>(mut items: Vec<T>, limit: usize) -> (Vec<T>, bool) {
    let more = items.len() > limit;
    items.truncate(limit);
    (items, more)
}

pub fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1
}

pub fn invalid(field: &str, detail: &str) -> Problem {
    Error::Invalid(vec![FieldError::new(field, detail)]).into()
}
