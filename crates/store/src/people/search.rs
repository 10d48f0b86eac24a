//! Finding members by letters of their names, usernames and addresses: first by walking on in the order of names, then by
//! the trigram index. Both tell the numbers of members alone, from their indexes; the members are read by these.

use crate::db::{Result, Row, assembled};
use crate::people::{Among, Filter, Place, rows};
use crate::{Mode, Scope};

/// Members that a search looks at in the order of their names before it asks the trigram index. A needle that many have
/// is met within these, one that few have is the index's strength; neither reads all members.
const NEAR: i64 = 600;
/// How far it goes on by name where the index has too many to sort.
const FAR: i64 = 3_000;
/// How many of the index are sooner sorted than walked to.
const FEW: i64 = 500;
/// Trigrams need three characters.
const TRIGRAM: usize = 3;

pub(super) fn is_long_enough(needle: &str) -> bool {
    needle.chars().count() >= TRIGRAM
}

/// Up to `wanted` members by name who have the needle, from the filter's place on.
pub(super) async fn find(scope: &mut Scope<impl Mode>, filter: &Filter, needle: &str, wanted: i64) -> Result<Vec<Row>> {
    let near = walk(scope, filter, NEAR, wanted).await?;
    if let Some(found) = settled(scope, filter, near, wanted).await? {
        return Ok(found);
    }
    let phrase = format!("\"{}\"", needle.replace('"', "\"\""));
    let hits = hits(scope, filter, &phrase).await?;
    if hits.seen <= FEW {
        return these(scope, filter, hits.numbers, wanted).await;
    }
    let far = walk(scope, filter, FAR, wanted).await?;
    if let Some(found) = settled(scope, filter, far, wanted).await? {
        return Ok(found);
    }
    rows(scope, filter, &Among::Indexed(phrase), wanted).await
}

/// The condition that leaves these members, and what it binds as `$9`.
pub(super) fn narrowing(is_sqlite: bool, among: &Among) -> (&'static str, Option<String>) {
    match (among, is_sqlite) {
        (Among::These(numbers), true) => (
            "m.number IN (SELECT value FROM json_each($9))",
            Some(format!("[{}]", joined(numbers))),
        ),
        (Among::These(numbers), false) => (
            "m.number = ANY(string_to_array($9, ',')::BIGINT[])",
            Some(joined(numbers)),
        ),
        (Among::Indexed(phrase), true) => (
            "m.number IN (SELECT rowid FROM member_search WHERE member_search MATCH $9)",
            Some(phrase.clone()),
        ),
        // PostgreSQL's index serves the pattern itself.
        (Among::Indexed(_), false) | (Among::All, _) => ("TRUE", None),
    }
}

fn joined(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    numbers.join(",")
}

/// Members with the needle by their numbers.
struct Numbers {
    numbers: Vec<i64>,
    /// How many were looked at.
    seen: i64,
    /// Whether that is everybody.
    everybody: bool,
}

impl Numbers {
    fn from_row(row: &Row, most: i64) -> Result<Self> {
        let text: Option<String> = row.get("numbers")?;
        let seen = row.get("seen")?;
        let numbers = text.iter().flat_map(|text| text.split(','));
        Ok(Self {
            numbers: numbers.filter_map(|number| number.parse().ok()).collect(),
            seen,
            everybody: seen < most,
        })
    }
}

/// Whoever has the needle among the next `length` by name, read from one index alone. It ends at the last that is wanted;
/// how many were looked at is counted only where fewer were found.
async fn walk(scope: &mut Scope<impl Mode>, filter: &Filter, length: i64, wanted: i64) -> Result<Numbers> {
    let Place { name_key, id } = filter.after();
    // A page of them is enough, unless more is asked of them than the needle.
    let is_all_that_is_asked = filter.role.is_none() && filter.group.is_none() && filter.status.is_none();
    let most = if is_all_that_is_asked { wanted } else { length };
    // Ordered within alone: the outer statement reads in that order and can end early. It has no order of its own to keep.
    let next = format!(
        "SELECT number, search FROM membership
         WHERE organization_id = $1 AND (name_key, id) > ($2, $3)
         ORDER BY name_key, id
         LIMIT {length}"
    );
    let row = assembled(format!(
        "SELECT string_agg(CAST(found.number AS TEXT), ',') AS numbers,
             CASE WHEN COUNT(*) < $5 THEN (SELECT COUNT(*) FROM ({next}) w) ELSE {length} END AS seen
         FROM (SELECT w.number FROM ({next}) w WHERE w.search LIKE $4 ESCAPE '!' LIMIT $5 + 0) found"
    ))
    .bind(scope.organization().id)
    .bind(name_key)
    .bind(id)
    .bind(filter.pattern())
    .bind(most)
    .fetch_one(scope.tx())
    .await?;
    Numbers::from_row(&row, length)
}

/// The page that a walk has found, if it is a whole one or nobody is left to be looked at.
async fn settled(
    scope: &mut Scope<impl Mode>,
    filter: &Filter,
    walked: Numbers,
    wanted: i64,
) -> Result<Option<Vec<Row>>> {
    let is_enough = |count: usize| i64::try_from(count).unwrap_or(wanted) >= wanted;
    if !walked.everybody && !is_enough(walked.numbers.len()) {
        return Ok(None);
    }
    let found = these(scope, filter, walked.numbers, wanted).await?;
    Ok((walked.everybody || is_enough(found.len())).then_some(found))
}

async fn these(scope: &mut Scope<impl Mode>, filter: &Filter, numbers: Vec<i64>, wanted: i64) -> Result<Vec<Row>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    rows(scope, filter, &Among::These(numbers), wanted).await
}

/// Whoever the trigram index finds, no further than tells few from many. SQLite's knows no organizations and finds theirs
/// too.
async fn hits(scope: &mut Scope<impl Mode>, filter: &Filter, phrase: &str) -> Result<Numbers> {
    let hit = if scope.tx().is_sqlite() {
        "SELECT rowid AS number FROM member_search WHERE $1 IS NOT NULL AND member_search MATCH $2"
    } else {
        "SELECT number FROM membership WHERE organization_id = $1 AND search LIKE $2 ESCAPE '!'"
    };
    let statement = assembled(format!(
        "SELECT COUNT(*) AS seen, string_agg(CAST(hit.number AS TEXT), ',') AS numbers
         FROM ({hit} LIMIT {FEW} + 1) hit"
    ))
    .bind(scope.organization().id);
    let statement = if scope.tx().is_sqlite() {
        statement.bind(phrase)
    } else {
        statement.bind(filter.pattern())
    };
    Numbers::from_row(&statement.fetch_one(scope.tx()).await?, FEW + 1)
}
