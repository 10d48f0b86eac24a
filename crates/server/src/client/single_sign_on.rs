//! `single-sign-on`: show the settings, set them from the identity provider's metadata, begin a try, remove them.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{table, text};
use super::{Preview, name};

#[derive(Subcommand)]
pub enum Verb {
    /// Show the settings, and what the identity provider has to be told
    Show,
    /// Set single sign-on up, or change it
    Set(Box<Set>),
    /// Print a link that tries the settings in a browser; nobody is signed in
    Test,
    /// Remove single sign-on
    Remove {
        #[command(flatten)]
        preview: Preview,
    },
}

#[derive(Args)]
pub struct Set {
    /// File with the identity provider's metadata
    #[arg(long, value_name = "FILE", conflicts_with_all = ["entity_id", "sso_url", "certificate"])]
    metadata: Option<PathBuf>,
    /// The identity provider's name for itself
    #[arg(long, value_name = "ID")]
    entity_id: Option<String>,
    /// Where it takes requests
    #[arg(long, value_name = "URL")]
    sso_url: Option<String>,
    /// File with a certificate it signs with (PEM); may be given several times
    #[arg(long, value_name = "FILE")]
    certificate: Vec<PathBuf>,
    /// Sign requests, also where the metadata does not ask for it
    #[arg(long)]
    sign_requests: bool,
    /// Whoever signs in for the first time becomes a member
    #[arg(long)]
    provisioning: bool,
    /// The role of whoever becomes a member that way
    #[arg(long, value_name = "ROLE", value_parser = name)]
    default_role: Option<String>,
    /// Shown to whoever could not be signed in
    #[arg(long, value_name = "WHOM")]
    admin_contact: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    let path = format!("/organizations/{}/single-sign-on", context.organization().await?);
    match verb {
        Verb::Show => {
            let answer = context.api.call(Call::get(path)).await?;
            show(context, &answer);
            Ok(())
        }
        Verb::Set(verb) => {
            let preview = verb.preview;
            let call = Call::put(path, body(*verb)?);
            if let Some(answer) = context.write(call, preview).await? {
                show(context, &answer);
            }
            Ok(())
        }
        Verb::Test => {
            let answer = context.api.call(Call::post(format!("{path}/test"), json!({}))).await?;
            context.show(&answer, text(&answer, &["url"]));
            Ok(())
        }
        Verb::Remove { preview } => {
            if let Some(answer) = context.write(Call::delete(path), preview).await? {
                context.show(&answer, "Single sign-on is removed.");
            }
            Ok(())
        }
    }
}

fn body(verb: Set) -> Result<Value, Failure> {
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path)
            .map_err(|error| Failure::usage(&format!("{} cannot be read: {error}", path.display())))
    };
    let certificates = verb.certificate.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut body = json!({ "provisioning": verb.provisioning, "certificates": certificates });
    if verb.sign_requests {
        body["sign_requests"] = Value::from(true);
    }
    let metadata = verb.metadata.as_ref().map(read).transpose()?;
    for (key, value) in [
        ("metadata", metadata),
        ("entity_id", verb.entity_id),
        ("sso_url", verb.sso_url),
        ("default_role", verb.default_role),
        ("admin_contact", verb.admin_contact),
    ] {
        if let Some(value) = value {
            body[key] = Value::from(value);
        }
    }
    Ok(body)
}

fn show(context: &mut Context<'_>, answer: &Value) {
    let mut rows: Vec<Vec<String>> = [
        ("enabled", &["enabled"][..]),
        ("our entity id", &["service_provider", "entity_id"]),
        ("callback URL", &["service_provider", "callback_url"]),
        ("sign-in begins at", &["service_provider", "start_url"]),
        (
            "our certificate",
            &["service_provider", "signing_certificate", "fingerprint"],
        ),
        ("entity id", &["entity_id"]),
        ("SSO URL", &["sso_url"]),
        ("sign requests", &["sign_requests"]),
        ("provisioning", &["provisioning"]),
        ("default role", &["default_role"]),
        ("admin contact", &["admin_contact"]),
    ]
    .into_iter()
    .map(|(label, path)| vec![label.to_owned(), text(answer, path)])
    .collect();
    for certificate in answer["certificates"].as_array().into_iter().flatten() {
        rows.push(vec!["certificate".to_owned(), text(certificate, &["fingerprint"])]);
    }
    context.show(answer, table(&["SETTING", "VALUE"], rows));
}
