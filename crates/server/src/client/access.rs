//! `access`: ask whether somebody may do something.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::text;
use super::people::find;

#[derive(Subcommand)]
pub enum Verb {
    /// Ask whether somebody may do something: yes, or no and why not
    Check(Check),
}

#[derive(Args)]
pub struct Check {
    /// Username, e-mail address or id of a member, id of an account or a service account, or "-" for a token on standard input
    #[arg(value_name = "SUBJECT")]
    subject: String,
    /// Name of the permission
    #[arg(value_name = "PERMISSION")]
    permission: String,
    /// Project, by slug or id; the organization where left out
    #[arg(long, value_name = "PROJECT")]
    on: Option<String>,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    let Verb::Check(check) = verb;
    let organization = context.organization().await?;
    let resource = match &check.on {
        Some(project) => json!({ "type": "project", "id": project }),
        None => json!({ "type": "organization", "id": organization }),
    };
    let body = json!({
        "subject": subject(context, &organization, &check.subject).await?,
        "action": { "name": check.permission },
        "resource": resource,
        "context": { "organization": organization },
    });
    let call = Call::post("/access/v1/evaluation", body).at_the_root();
    let answer = context.api.call(call).await?;
    context.show(&answer, sentence(&answer));
    Ok(())
}

async fn subject(context: &Context<'_>, organization: &str, named: &str) -> Result<Value, Failure> {
    if named == "-" {
        // A token on the command line could be read by everybody on the machine.
        let token = std::io::read_to_string(std::io::stdin())
            .map_err(|error| Failure::usage(format!("the token cannot be read from standard input: {error}")))?;
        return Ok(json!({ "type": "session", "id": token.trim() }));
    }
    let kind = match named.split_once('_') {
        Some(("acc", _)) => "account",
        Some(("svc", _)) => "service_account",
        _ => {
            let member = find::member(context, organization, named).await?;
            return Ok(json!({ "type": "member", "id": member.id }));
        }
    };
    Ok(json!({ "type": kind, "id": named }))
}

fn sentence(answer: &Value) -> String {
    let revision = text(answer, &["context", "revision"]);
    let at = if revision.is_empty() {
        String::new()
    } else {
        format!(" (at revision {revision})")
    };
    if answer["decision"] == true {
        format!("yes{at}")
    } else {
        format!("no: {}{at}", text(answer, &["context", "reason"]))
    }
}
