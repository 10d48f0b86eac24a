//! Part of a short list, which is read whole: a page of those that a search finds.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::search::folded;

use super::address::Query;
use super::page::{Paging, Search, cursor, cut};
use crate::problem::Problem;

pub struct Part {
    needle: Option<String>,
    limit: usize,
    /// Where the last one that was seen stood, and its id.
    after: Option<(usize, String)>,
}

impl<S: Send + Sync> FromRequestParts<S> for Part {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(search) = Query::<Search>::from_request_parts(parts, state).await?;
        Self::found(search.needle(), &search.paging())
    }
}

impl Part {
    /// # Errors
    /// The limit or the cursor is none.
    pub fn found(needle: Option<String>, paging: &Paging) -> Result<Self, Problem> {
        Ok(Self {
            needle: needle.map(|needle| folded(needle.trim())),
            limit: paging.limit()?,
            after: paging.cursor()?,
        })
    }

    /// The items of this part, and where the next begins. `words` are what one is found by, its own id first.
    pub fn of<T, const N: usize>(
        &self,
        items: impl IntoIterator<Item = T>,
        words: impl for<'a> Fn(&'a T) -> [&'a str; N],
    ) -> (Vec<T>, Option<String>) {
        let found: Vec<T> = items.into_iter().filter(|item| self.finds(&words(item))).collect();
        let begin = self.after.as_ref().map_or(0, |(place, id)| {
            // What has gone since has left its place to the next.
            let last = found.iter().position(|item| words(item).first() == Some(&id.as_str()));
            last.map_or(*place, |last| last + 1)
        });
        let (page, more) = cut(found.into_iter().skip(begin).collect(), self.limit);
        let last = page.last().filter(|_| more);
        let next = last.map(|last| cursor(&(begin + page.len() - 1, words(last).first())));
        (page, next)
    }

    fn finds(&self, words: &[&str]) -> bool {
        match &self.needle {
            Some(needle) => words.iter().any(|word| folded(word).contains(needle)),
            None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = ["Ana", "Berta", "Chloé", "Dora", "Émile"];

    fn part(query: &str, limit: &str, cursor: Option<String>) -> Part {
        let needle = Some(query.to_owned()).filter(|query| !query.is_empty());
        Part::found(needle, &Paging::of(Some(limit.to_owned()), cursor)).unwrap()
    }

    fn page(names: &[&'static str], part: &Part) -> (Vec<&'static str>, Option<String>) {
        part.of(names.iter().copied(), |name| [*name])
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let (items, next) = page(&NAMES, &part("", "2", cursor));
            seen.extend(items);
            match next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, NAMES);
    }

    #[test]
    fn what_goes_between_two_pages_takes_nobody_along() {
        let (first, next) = page(&NAMES, &part("", "2", None));
        assert_eq!(first, ["Ana", "Berta"]);
        let (rest, _) = page(&["Ana", "Chloé", "Dora"], &part("", "2", next.clone()));
        assert_eq!(
            rest,
            ["Chloé", "Dora"],
            "Berta has gone, and Chloé stands where she stood"
        );
        let (rest, _) = page(&["Berta", "Chloé"], &part("", "2", next));
        assert_eq!(rest, ["Chloé"]);
    }

    #[test]
    fn a_search_folds_letters_as_everywhere() {
        assert_eq!(page(&NAMES, &part("emi", "50", None)).0, ["Émile"]);
        assert_eq!(page(&NAMES, &part(" CHLOE ", "50", None)).0, ["Chloé"]);
        assert!(page(&NAMES, &part("zoe", "50", None)).0.is_empty());
    }
}
