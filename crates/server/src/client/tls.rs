//! `tls`: show the certificate that is served, set another.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Preview;
use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{minute, printable, table, text};

#[derive(Subcommand)]
pub enum Verb {
    /// Show the certificate that is served
    Show,
    /// Set the certificate, or replace it; it is checked first
    Set(Set),
    /// Remove the certificate that superusers have set, where no listener needs it
    Remove(Preview),
}

#[derive(Args)]
pub struct Set {
    /// File with the certificate in PEM; its chain may follow in it
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// File with the key in PEM; may be left out where the key in use fits
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// File with the chain in PEM, the nearest issuer first
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,
    #[command(flatten)]
    preview: Preview,
}

const PATH: &str = "/instance/tls";

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Show => {
            let answer = context.api.call(Call::get(PATH)).await?;
            show(context, &answer);
        }
        Verb::Set(set) => {
            let preview = set.preview;
            if let Some(answer) = context.write(Call::put(PATH, body(&set)?), preview).await? {
                show(context, &answer);
            }
        }
        Verb::Remove(preview) => {
            if let Some(answer) = context.write(Call::delete(PATH), preview).await? {
                context.show(&answer, "There is no certificate any more.");
            }
        }
    }
    Ok(())
}

fn body(set: &Set) -> Result<Value, Failure> {
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", path.display())))
    };
    let mut body = json!({ "certificate": read(&set.certificate)? });
    for (name, path) in [("key", &set.key), ("chain", &set.chain)] {
        if let Some(path) = path {
            body[name] = Value::from(read(path)?);
        }
    }
    Ok(body)
}

fn show(context: &mut Context<'_>, answer: &Value) {
    let details = &answer["details"];
    if details.is_null() {
        context.show(answer, "There is no certificate. Set one with: roster tls set");
        return;
    }
    let mut rows = vec![
        vec!["subject".to_owned(), text(details, &["subject"])],
        vec!["names".to_owned(), text(details, &["names"])],
        vec!["issuer".to_owned(), text(details, &["issuer"])],
        vec!["good from".to_owned(), minute(details, "not_before")],
        vec!["good until".to_owned(), minute(details, "not_after")],
        vec!["fingerprint".to_owned(), text(details, &["fingerprint"])],
        vec!["fixed by".to_owned(), text(answer, &["fixed_by"])],
    ];
    for issuer in answer["issuers"].as_array().into_iter().flatten() {
        rows.push(vec!["chain".to_owned(), text(issuer, &["subject"])]);
    }
    context.show(answer, table(&["CERTIFICATE", "VALUE"], rows));
    for warning in answer["warnings"].as_array().into_iter().flatten() {
        context.note(format!("warning: {}", printable(warning.as_str().unwrap_or_default())));
    }
}
