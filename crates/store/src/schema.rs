//! What all migrations amount to, for a database that is new: it gets the whole schema in one step. The texts are written
//! by a test, which also keeps them true.

use crate::migration;

const SQLITE: &str = include_str!("../migrations/schema.sqlite.sql");
const POSTGRES: &str = include_str!("../migrations/schema.postgres.sql");

/// The line of a text that says which migrations it was written of.
const WRITTEN_OF: &str = "-- Of the migrations ";

/// None where the migrations have changed since it was written. Then a new database goes through them one by one.
pub fn whole(sqlite: bool) -> Option<&'static str> {
    let text = if sqlite { SQLITE } else { POSTGRES };
    text.lines()
        .find_map(|line| line.strip_prefix(WRITTEN_OF))
        .filter(|of| *of == fingerprint())
        .map(|_| text)
}

/// How a text begins that is written of the migrations as they are.
pub fn opening() -> String {
    format!(
        "-- All that the migrations amount to, for a database that is new. Written by a test:\n\
         -- UPDATE_SCHEMA=1 cargo nextest run -p roster-store -E 'test(schema)'\n\
         {WRITTEN_OF}{}\n\n",
        fingerprint()
    )
}

/// Of the migrations' names and texts (FNV-1a): it protects from forgetting, not from anybody.
fn fingerprint() -> String {
    let hash = migration::texts()
        .flat_map(str::bytes)
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}
