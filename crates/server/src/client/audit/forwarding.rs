//! `audit forwarding`: where entries are sent to as they are written.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Whose, base};
use crate::client::Preview;
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output::{minute, printable, text};

#[derive(Subcommand)]
pub enum Verb {
    /// Show where they go, how far behind that is, and what went wrong
    Show(Whose),
    /// Send them somewhere: https://…, syslog+tls://…, syslog+tcp://… or syslog+udp://…
    Set(Set),
    /// Send them nowhere
    Stop(Stop),
}

#[derive(Args)]
pub struct Set {
    /// Where to
    url: String,
    #[command(flatten)]
    whose: Whose,
    /// none, bearer or signature; over HTTPS alone
    #[arg(long, value_name = "KIND")]
    authentication: Option<String>,
    /// Read the secret from the first line of standard input
    #[arg(long)]
    secret_stdin: bool,
    /// A file with the authority to trust, in PEM, instead of the server's own
    #[arg(long, value_name = "FILE")]
    trusted_certificate: Option<std::path::PathBuf>,
    /// Send everything that is kept, not only what comes from now on
    #[arg(long)]
    from_beginning: bool,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Stop {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    preview: Preview,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Show(whose) => show(context, whose).await,
        Verb::Set(verb) => set(context, verb).await,
        Verb::Stop(verb) => stop(context, verb).await,
    }
}

async fn path(context: &mut Context<'_>, whose: Whose) -> Result<String, Failure> {
    Ok(format!("{}/audit-forwarding", base(context, whose).await?))
}

async fn show(context: &mut Context<'_>, whose: Whose) -> Result<(), Failure> {
    let path = path(context, whose).await?;
    let answer = context.api.call(Call::get(path)).await?;
    let said = words(&answer);
    context.show(&answer, said);
    Ok(())
}

fn words(answer: &Value) -> String {
    let url = printable(&text(answer, &["url"]));
    let entries = answer["behind"]["entries"].as_i64().unwrap_or(0);
    let seconds = answer["behind"]["seconds"].as_i64().unwrap_or(0);
    let mut said = match entries {
        0 => format!("Entries go to {url}; all have arrived."),
        1 => format!("Entries go to {url}; 1 entry is behind, by {seconds} s."),
        _ => format!("Entries go to {url}; {entries} entries are behind, by {seconds} s."),
    };
    let error = text(answer, &["last_error"]);
    if !error.is_empty() {
        said.push_str(&format!(
            "\nFailing since {}: {}. The next try is at {}.",
            minute(answer, "failing_since"),
            printable(&error),
            minute(answer, "next_try_at")
        ));
    }
    said
}

async fn set(context: &mut Context<'_>, verb: Set) -> Result<(), Failure> {
    let mut body = json!({ "url": verb.url });
    if let Some(authentication) = verb.authentication {
        body["authentication"] = Value::from(authentication);
    }
    if verb.secret_stdin {
        let mut line = String::new();
        std::io::stdin()
            .read_line(&mut line)
            .map_err(|error| Failure::usage(format!("no secret can be read: {error}")))?;
        body["secret"] = Value::from(line.trim_end_matches(['\n', '\r']));
    }
    if let Some(file) = verb.trusted_certificate {
        let pem = std::fs::read_to_string(&file)
            .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", file.display())))?;
        body["trusted_certificate"] = Value::from(pem);
    }
    if verb.from_beginning {
        body["start"] = Value::from("beginning");
    }
    let path = path(context, verb.whose).await?;
    let Some(answer) = context.write(Call::put(path, body), verb.preview).await? else {
        return Ok(());
    };
    let said = words(&answer);
    context.show(&answer, said);
    Ok(())
}

async fn stop(context: &mut Context<'_>, verb: Stop) -> Result<(), Failure> {
    let path = path(context, verb.whose).await?;
    let Some(answer) = context.write(Call::delete(path), verb.preview).await? else {
        return Ok(());
    };
    context.show(&answer, "Entries are forwarded no more.");
    Ok(())
}
