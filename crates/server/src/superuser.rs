//! `roster superuser create`: works on the database itself; whoever can write it needs no permission. The other verbs ask a
//! running server.

use std::io::{BufRead, stdin};

use clap::{Args, Subcommand};
use secrecy::SecretString;
use service::Settings;

use crate::configuration::{PasswordRules, Place};
use crate::say::say;
use crate::{Refused, client};

#[derive(Subcommand)]
pub enum Verb {
    /// Make a superuser, and the database if need be; the password needs no change
    Create(Create),
    #[command(flatten)]
    Served(client::superuser::Verb),
}

#[derive(Args)]
pub struct Create {
    #[arg(long)]
    username: String,
    #[arg(long)]
    email: String,
    /// Full name; the username where left out
    #[arg(long)]
    name: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long, required = true)]
    password_stdin: bool,
    #[command(flatten)]
    rules: PasswordRules,
    #[command(flatten)]
    place: Place,
}

pub async fn create(create: Create) -> Result<(), Refused> {
    let file = create.place.file()?;
    let mut password = String::new();
    stdin()
        .lock()
        .read_line(&mut password)
        .map_err(|error| format!("the password cannot be read from standard input: {error}"))?;
    let password = SecretString::from(password.trim_end_matches(['\n', '\r']));
    let settings = create.rules.settle(&file, Settings::default())?;
    let store = create.place.open(&file).await?;
    let roster = create.place.roster(&file, store, settings).await?;
    let made = roster
        .create_superuser(&create.username, &create.email, create.name.as_deref(), password)
        .await;
    roster.store().close().await;
    let account = made.map_err(|error| service::superuser::one_line(&error))?;
    say(format_args!("{} is a superuser ({}).", account.username, account.id));
    Ok(())
}
