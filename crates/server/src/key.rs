//! `roster key`: works on the database itself, while nobody serves it.

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use service::ambient::Clock;
use service::{Key, key};

use crate::Refused;
use crate::configuration::{KeyPlace, Place, next_to, put_in_place, write_key};
use crate::say::{say, say_for_sure};

#[derive(Subcommand)]
pub enum Verb {
    /// Seal every kept secret by a new key, in place of the one in use
    Rotate(Rotate),
}

#[derive(Args)]
pub struct Rotate {
    #[command(flatten)]
    place: Place,
    /// The new key where ROSTER_KEY gives the one in use: 32 bytes in base64; made and printed where left out
    #[arg(long, env = "ROSTER_NEW_KEY", value_name = "KEY", hide_env_values = true)]
    new_key: Option<SecretString>,
}

pub async fn run(verb: Verb) -> Result<(), Refused> {
    let Verb::Rotate(rotate) = verb;
    let file = rotate.place.file()?;
    let store = rotate.place.open(&file).await?;
    let alone = rotate.place.hold(&store, true)?;
    let (old, place) = rotate.place.fitting_key(&file, &store).await?;
    let new = new_key(rotate.new_key.as_ref())?;
    match &place {
        // Nothing is sealed by a key that nobody could read again.
        KeyPlace::Given if rotate.new_key.is_none() => {
            say_for_sure(format_args!("The new key: {}", new.written().expose_secret()))
                .map_err(|error| format!("the new key cannot be printed, so nothing was changed: {error}"))?;
        }
        KeyPlace::File(path) => {
            // One that an ended rotation left behind opens nothing.
            let _ = std::fs::remove_file(next_to(path));
            write_key(&next_to(path), &new)?;
        }
        KeyPlace::Given | KeyPlace::Database => {}
    }
    let kept = matches!(place, KeyPlace::Database);
    let rotated = key::rotate(&store, &old, &new, kept, Clock::System.now()).await;
    store.close().await;
    let count = rotated.map_err(|error| service::superuser::one_line(&error))?;
    let next = match &place {
        KeyPlace::Given => "Set ROSTER_KEY to the new key everywhere before you start Roster again.".to_owned(),
        KeyPlace::File(path) => {
            put_in_place(path)?;
            format!("{} holds the new key.", path.display())
        }
        KeyPlace::Database => "The database keeps the new key.".to_owned(),
    };
    drop(alone);
    say(format_args!(
        "{count} secrets are sealed by the new key. {next} Backups made before open with the old key only."
    ));
    Ok(())
}

fn new_key(given: Option<&SecretString>) -> Result<Key, Refused> {
    match given {
        None => Ok(key::new()),
        Some(text) => {
            let key = Key::parse(text.expose_secret()).map_err(|broken| format!("ROSTER_NEW_KEY {broken}."))?;
            Ok(key)
        }
    }
}
