//! The people of an organization: members and pending invitations in one list, by name. Keyset-paged: a page costs the
//! same wherever it is and however many there are.

use domain::Timestamp;
use domain::id::{Id, RoleId};
use domain::invitation::Invitation;
use domain::member::{Member, MemberStatus};
use uuid::Uuid;

use crate::account::escape_like;
use crate::db::{Maybe, Result, assembled};
use crate::{Mode, Scope, belonging, invitation, member};

/// Members that a search looks at in the order of their names before it asks the trigram index. A needle that many have
/// is met within these, one that few have is the index's strength; neither reads all members.
const NEAR: i64 = 600;
/// How far it goes on by name where the index has too many to sort.
const FAR: i64 = 3_000;
/// How many of the index are sooner sorted than walked to.
const FEW: i64 = 500;
/// Trigrams need three characters.
const TRIGRAM: usize = 3;

pub enum Person {
    Member(Box<Member>),
    Invitation(Box<Invitation>),
}

/// A place in the order of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub name_key: String,
    pub id: Uuid,
}

impl Place {
    /// From what a cursor holds.
    pub fn parse(name_key: String, id: &str) -> Option<Self> {
        Some(Self {
            name_key,
            id: Uuid::parse_str(id).ok()?,
        })
    }
}

#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Lower-cased, trimmed, not empty.
    pub needle: Option<String>,
    pub role: Option<RoleId>,
    /// `None`: members of every status.
    pub status: Option<MemberStatus>,
    pub members: bool,
    pub invitations: bool,
    pub after: Option<Place>,
}

impl Filter {
    fn pattern(&self) -> Option<String> {
        self.needle
            .as_deref()
            .map(|needle| format!("%{}%", escape_like(needle)))
    }

    pub(crate) fn after(&self) -> Place {
        self.after.clone().unwrap_or(Place {
            name_key: String::new(),
            id: Uuid::nil(),
        })
    }
}

/// Up to `limit` people and the place of the last one if there are more.
pub async fn list(
    scope: &mut Scope<impl Mode>,
    filter: &Filter,
    now: Timestamp,
    limit: usize,
) -> Result<(Vec<Person>, Option<Place>)> {
    let wanted = i64::try_from(limit).unwrap_or(200) + 1;
    let mut people: Vec<(Place, Person)> = Vec::new();
    if filter.members {
        let mut found = list_members(scope, filter, wanted).await?;
        let mut members: Vec<&mut Member> = found.iter_mut().map(|(_, member)| member).collect();
        belonging::fill(scope, &mut members).await?;
        for (name_key, found) in found {
            people.push((
                Place {
                    name_key,
                    id: found.id.uuid(),
                },
                Person::Member(Box::new(found)),
            ));
        }
    }
    if filter.invitations {
        for (name_key, found) in invitation::list_pending(scope, filter, now, wanted).await? {
            people.push((
                Place {
                    name_key,
                    id: found.id.uuid(),
                },
                Person::Invitation(Box::new(found)),
            ));
        }
    }
    people.sort_by(|(left, _), (right, _)| (&left.name_key, left.id).cmp(&(&right.name_key, right.id)));
    let more = people.len() > limit;
    people.truncate(limit);
    let next = people.last().filter(|_| more).map(|(place, _)| place.clone());
    Ok((people.into_iter().map(|(_, person)| person).collect(), next))
}

async fn list_members(scope: &mut Scope<impl Mode>, filter: &Filter, wanted: i64) -> Result<Vec<(String, Member)>> {
    let Some(needle) = &filter.needle else {
        return run(scope, filter, "TRUE", None, wanted).await;
    };
    if needle.chars().count() < TRIGRAM {
        return run(scope, filter, "TRUE", None, wanted).await;
    }
    let is_enough = |found: &[(String, Member)]| i64::try_from(found.len()).unwrap_or(wanted) >= wanted;
    let phrase = format!("\"{}\"", needle.replace('"', "\"\""));
    let found = walk(scope, filter, NEAR, wanted).await?;
    if is_enough(&found) {
        return Ok(found);
    }
    match hits_beyond_the_walk(scope, filter, &phrase).await? {
        None | Some(0) => return Ok(found),
        Some(hits) if hits > FEW => {
            let found = walk(scope, filter, FAR, wanted).await?;
            if is_enough(&found) {
                return Ok(found);
            }
        }
        Some(_) => {}
    }
    if scope.tx().is_sqlite() {
        let indexed = "m.number IN (SELECT rowid FROM member_search WHERE member_search MATCH $7)";
        run(scope, filter, indexed, Some(phrase), wanted).await
    } else {
        run(scope, filter, "TRUE", None, wanted).await
    }
}

/// Whoever matches among the next `length` by name, read from the index alone.
async fn walk(
    scope: &mut Scope<impl Mode>,
    filter: &Filter,
    length: i64,
    wanted: i64,
) -> Result<Vec<(String, Member)>> {
    // A page of them is enough, unless more is asked of them than the needle.
    let enough = if filter.role.is_none() && filter.status.is_none() {
        "LIMIT $6"
    } else {
        ""
    };
    let near = format!(
        "m.number IN (
             SELECT w.number
             FROM (
                 SELECT number, search, name_key, id
                 FROM membership
                 WHERE organization_id = $1 AND (name_key, id) > ($2, $3)
                 ORDER BY name_key, id
                 LIMIT {length}
             ) w
             WHERE w.search LIKE $5 ESCAPE '!'
             ORDER BY w.name_key, w.id
             {enough}
         )"
    );
    run(scope, filter, &near, None, wanted).await
}

/// `$1` is the organization, `$2` and `$3` the place, `$4` the role, `$5` the pattern, `$6` the limit, `$7` the phrase.
async fn run(
    scope: &mut Scope<impl Mode>,
    filter: &Filter,
    narrowing: &str,
    phrase: Option<String>,
    wanted: i64,
) -> Result<Vec<(String, Member)>> {
    let status = match filter.status {
        None => "TRUE",
        Some(MemberStatus::Active) => "m.standing = 'active' AND a.suspended_at IS NULL",
        Some(MemberStatus::Disabled) => "m.standing = 'disabled' AND a.suspended_at IS NULL",
        Some(MemberStatus::Suspended) => "m.standing <> 'awaiting_consent' AND a.suspended_at IS NOT NULL",
        Some(MemberStatus::AwaitingConsent) => "m.standing = 'awaiting_consent'",
    };
    let role = if filter.role.is_some() {
        "m.role_id = $4"
    } else {
        "$4 IS NULL"
    };
    let walked = narrowing.contains("w.search");
    let search = match &filter.needle {
        Some(_) if !walked => "m.search LIKE $5 ESCAPE '!'",
        // Looked at in the walk; a second look would tempt PostgreSQL into its trigram index.
        Some(_) => "TRUE",
        None => "$5 IS NULL",
    };
    // SQLite takes an index of the organization for the narrowest way in, unless the column stands in an expression.
    let organization = if scope.tx().is_sqlite() && narrowing != "TRUE" {
        "+m.organization_id"
    } else {
        "m.organization_id"
    };
    let Place { name_key, id } = filter.after();
    let mut statement = assembled(format!(
        "{} WHERE {organization} = $1 AND (m.name_key, m.id) > ($2, $3) AND {role} AND {search} AND {status} AND {narrowing}
         ORDER BY m.name_key, m.id
         LIMIT $6",
        member::source()
    ))
    .bind(scope.organization().id)
    .bind(name_key)
    .bind(id)
    .bind(Maybe(filter.role))
    .bind(filter.pattern())
    .bind(wanted);
    if let Some(phrase) = phrase {
        statement = statement.bind(phrase);
    }
    let rows = statement.fetch_all(scope.tx()).await?;
    rows.iter()
        .map(|row| Ok((row.get("name_key")?, member::from_row(row)?)))
        .collect()
}

/// How many match by the trigram index, counted no further than tells few from many; `None` where the near walk has seen
/// everybody. SQLite's index knows no organizations and counts theirs too.
async fn hits_beyond_the_walk(scope: &mut Scope<impl Mode>, filter: &Filter, phrase: &str) -> Result<Option<i64>> {
    let Place { name_key, id } = filter.after();
    let organization = scope.organization().id;
    let is_sqlite = scope.tx().is_sqlite();
    let hit = if is_sqlite {
        "SELECT 1 AS one FROM member_search WHERE member_search MATCH $4"
    } else {
        "SELECT 1 AS one FROM membership WHERE organization_id = $1 AND search LIKE $4 ESCAPE '!'"
    };
    let statement = assembled(format!(
        "SELECT CASE
             WHEN EXISTS (
                 SELECT 1 FROM membership
                 WHERE organization_id = $1 AND (name_key, id) > ($2, $3)
                 ORDER BY name_key, id LIMIT 1 OFFSET {NEAR}
             )
             THEN (SELECT COUNT(*) FROM ({hit} LIMIT {FEW} + 1) hit)
         END AS hits"
    ))
    .bind(organization)
    .bind(name_key)
    .bind(id);
    let statement = if is_sqlite {
        statement.bind(phrase)
    } else {
        statement.bind(filter.pattern())
    };
    statement.fetch_one(scope.tx()).await?.get("hits")
}
