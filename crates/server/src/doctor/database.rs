//! The doctor's look into the database: whole, known, in agreement with the clock, opened by the key, and all that must hold
//! holds.

use std::fs;

use domain::Timestamp;
use domain::time::{DAY, HOUR, SECOND};
use service::{Certificate, Database, Key, key};
use store::still::{self, Facts};
use store::{Reading, ServerScope, Still, backup, checkup};

use super::{Findings, setting};
use crate::configuration::{File, Place};

const CHECK: &str = "database";
const RESTORE: &str =
    "Stop Roster, keep the folder as it is, and bring the last backup back into an empty one: roster restore FILE.";
/// How far two clocks may be apart.
const APART: i64 = 2 * SECOND;
/// How many are named of those that are wrong in the same way.
const NAMED: usize = 5;

type Scope = ServerScope<Reading>;

pub async fn look(
    place: &Place,
    file: &File,
    database: &Database,
    still: &Still,
    public_url: Option<&str>,
    now: Timestamp,
    findings: &mut Findings,
) {
    let mut scope = match still.look().await {
        Ok(scope) => scope,
        Err(error @ store::Error::Damaged(_)) => return findings.wrong(CHECK, format!("{error}."), RESTORE),
        Err(error) => {
            let mend =
                "Check that the database server runs, and --database; a file must be readable by whoever runs this.";
            return findings.wrong(CHECK, format!("It does not answer: {error}."), mend);
        }
    };
    let facts = match still::facts(&mut scope).await {
        Ok(facts) => facts,
        Err(error) => {
            let mend = "Check --data or --database. If this was Roster's, restore a backup: roster restore FILE.";
            return findings.wrong(
                CHECK,
                format!("It is no database of Roster, or damaged: {error}."),
                mend,
            );
        }
    };
    let seen = async {
        whole(&mut scope, &facts, findings).await?;
        mark(database, &facts, findings);
        migrations(&mut scope, &facts, findings).await?;
        clock(&mut scope, &facts, now, findings).await?;
        changes(database, findings).await?;
        let key = sealing_key(place, file, &mut scope, findings).await?;
        promises(&mut scope, now, findings).await?;
        super::chain::look(&mut scope, findings).await?;
        certificates(&mut scope, now, findings).await?;
        let patient = setting::Patient {
            key: key.as_ref(),
            public_url,
            now,
        };
        setting::look(&mut scope, patient, findings).await
    };
    let seen: store::Result<()> = seen.await;
    if let Err(error) = seen {
        let mend =
            "An older migration may be missing: start Roster once. Otherwise bring a backup back: roster restore FILE.";
        findings.wrong(CHECK, format!("It could not be looked at to the end: {error}."), mend);
    }
}

async fn whole(scope: &mut Scope, facts: &Facts, findings: &mut Findings) -> store::Result<()> {
    let damage = backup::damage(scope).await?;
    if let Some(first) = damage.first() {
        findings.wrong(CHECK, format!("It is damaged: {first}."), RESTORE);
        return Ok(());
    }
    findings.ok(
        CHECK,
        format!(
            "Whole: {} accounts in {} organizations.",
            facts.accounts, facts.organizations
        ),
    );
    Ok(())
}

fn mark(database: &Database, facts: &Facts, findings: &mut Findings) {
    let Database::Sqlite(path) = database else { return };
    let mark = path.with_extension("instance");
    if let Ok(text) = fs::read_to_string(&mark)
        && text.trim() != facts.instance.to_string()
    {
        findings.wrong(
            CHECK,
            format!("It is {}, and {} names another.", facts.instance, mark.display()),
            "Put back the database that belongs there, or delete the mark if the exchange is meant. Roster does not start.",
        );
    }
}

async fn migrations(scope: &mut Scope, facts: &Facts, findings: &mut Findings) -> store::Result<()> {
    const CHECK: &str = "migrations";
    let known = still::known_schema();
    if facts.schema > known {
        let told = format!("The database is at {}, this program knows {known}.", facts.schema);
        findings.wrong(CHECK, told, "Run the newer Roster that used it. There is no way back.");
        return Ok(());
    }
    let missing = still::missing_migrations(scope).await?;
    if missing.is_empty() {
        findings.ok(CHECK, format!("All {known} are applied."));
    } else {
        let told = format!("To be applied at the next start: {}.", missing.join(", "));
        findings.warning(CHECK, told, "Make a backup first: there is no way back from them.");
    }
    Ok(())
}

async fn clock(scope: &mut Scope, facts: &Facts, now: Timestamp, findings: &mut Findings) -> store::Result<()> {
    const CHECK: &str = "clock";
    let mend = "Set the clock, and keep it right by NTP: sessions, links and codes of apps end by it.";
    let behind = facts.last_entry_at.map_or(0, |last| last.since(now));
    if behind > APART {
        let told = format!(
            "This machine says {now}, the last audit entry is {} s later.",
            behind / SECOND
        );
        findings.wrong(CHECK, told, mend);
    } else if let Some(theirs) = checkup::clock(scope).await?
        && (theirs - now.micros()).abs() > APART
    {
        let apart = (theirs - now.micros()) / SECOND;
        findings.warning(
            CHECK,
            format!("The database server's clock is {apart} s apart from this one."),
            mend,
        );
    } else {
        findings.ok(CHECK, format!("It is {now}, not before anything that was recorded."));
    }
    Ok(())
}

/// Whether nodes hear of each other's changes.
async fn changes(database: &Database, findings: &mut Findings) -> store::Result<()> {
    const CHECK: &str = "changes";
    let Database::Postgres(url) = database else {
        return Ok(());
    };
    if store::elsewhere::passes_on(url).await? {
        findings.ok(CHECK, "What one node changes is told to the others at once.");
    } else {
        let told = "PostgreSQL's notifications do not arrive here: each node asks for changes, up to a second late.";
        let mend = "A pooler that shares connections between transactions swallows them: let Roster connect past it.";
        findings.warning(CHECK, told, mend);
    }
    Ok(())
}

/// The key, where there is one that opens what is sealed.
async fn sealing_key(
    place: &Place,
    file: &File,
    scope: &mut Scope,
    findings: &mut Findings,
) -> store::Result<Option<Key>> {
    const CHECK: &str = "key";
    let (check, in_database) = backup::key_check(scope).await?;
    let given = match place.present_key(file) {
        Ok(given) => given,
        Err(refused) => {
            findings.wrong(
                CHECK,
                refused.0,
                "Give the key that the instance was used with, by ROSTER_KEY or key_file.",
            );
            return Ok(None);
        }
    };
    let kept = in_database.and_then(|text| Key::parse(&text).ok());
    let found = given.or_else(|| kept.map(|key| (key, "the database".to_owned())));
    match (check, found) {
        (None, _) => findings.ok(CHECK, "Nothing is sealed yet."),
        (Some(check), Some((key, place))) if key::opens(&key, &check) => {
            findings.ok(CHECK, format!("The one in {place} opens what is sealed."));
            return Ok(Some(key));
        }
        (Some(_), Some((_, place))) => findings.wrong(
            CHECK,
            format!("The one in {place} does not open what is sealed; Roster does not start with it."),
            "Give the key that the instance was used with, by ROSTER_KEY or key_file.",
        ),
        (Some(_), None) => findings.wrong(
            CHECK,
            "What is sealed has no key here.",
            "Put roster.key back into the data folder, or give the key by ROSTER_KEY.",
        ),
    }
    Ok(None)
}

/// What must hold of people and organizations.
async fn promises(scope: &mut Scope, now: Timestamp, findings: &mut Findings) -> store::Result<()> {
    const CHECK: &str = "people";
    let mut holds = true;
    if checkup::active_superusers(scope).await? == 0 {
        holds = false;
        let mend = "roster superuser create --username … --email … --password-stdin";
        findings.wrong(CHECK, "Nobody is an active superuser.", mend);
    }
    let ownerless = checkup::ownerless(scope).await?;
    if !ownerless.is_empty() {
        holds = false;
        let told = format!("Without an active Owner: {}.", named(&ownerless));
        findings.warning(
            CHECK,
            told,
            "As a superuser make somebody Owner, or lift the suspension of the one there was.",
        );
    }
    for crowded in checkup::crowded(scope).await? {
        holds = false;
        let told = format!(
            "{} has {} members and {} slots.",
            crowded.name, crowded.slots, crowded.limit
        );
        findings.wrong(
            CHECK,
            told,
            "Disable or remove members, or raise the limit as a superuser.",
        );
    }
    let sessions = checkup::sessions_of_the_suspended(scope).await?;
    if sessions > 0 {
        holds = false;
        let told = format!("{sessions} sessions belong to accounts that are suspended.");
        findings.wrong(
            CHECK,
            told,
            "End them: lift each suspension and suspend the account again.",
        );
    }
    if holds {
        findings.ok(
            CHECK,
            "There is an active superuser, every organization has an Owner, and none has more members than slots.",
        );
    }
    let waiting = checkup::overdue_mails(scope, now.plus(-HOUR)).await?;
    if waiting > 0 {
        let told = format!("{waiting} mails have waited for more than an hour.");
        findings.warning(
            "mail queue",
            told,
            "See below whether the mail server answers, and the log for what it said.",
        );
    }
    Ok(())
}

fn named(names: &[String]) -> String {
    let first = names.get(..NAMED).unwrap_or(names).join(", ");
    match names.len().checked_sub(NAMED) {
        Some(more) if more > 0 => format!("{first} and {more} more"),
        _ => first,
    }
}

/// Those of organizations' identity providers.
async fn certificates(scope: &mut Scope, now: Timestamp, findings: &mut Findings) -> store::Result<()> {
    for (organization, text) in checkup::pinned_certificates(scope).await? {
        let ends = Certificate::parse_all(&text).ok();
        let ends = ends.and_then(|all| all.iter().map(Certificate::not_after).max());
        if let Some(ends) = ends.filter(|ends| ends.since(now) < 30 * DAY) {
            let told = format!("The identity provider of {organization} signs by a certificate that ends {ends}.");
            let mend = "Ask the organization's admins to paste the new one under Settings → Single sign-on.";
            findings.warning("certificates", told, mend);
        }
    }
    Ok(())
}
