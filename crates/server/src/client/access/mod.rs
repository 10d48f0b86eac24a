//! `access`: ask whether somebody may do something, why, and who else.

mod why;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output::text;
use crate::client::people::find;

#[derive(Subcommand)]
pub enum Verb {
    /// Ask whether somebody may do something: yes, or no and why not
    Check(Check),
    /// Show why somebody may do something, link by link with who made each; or the smallest changes that would allow it
    Why(why::Why),
    /// List everyone who may do something, and by what
    Who(why::Who),
    /// List everything a member may do, and by what
    Of(why::Of),
}

#[derive(Args)]
pub struct Check {
    /// Username, e-mail address or id of a member, name or id of a service account, id of an account, or "-" for a token on
    /// standard input
    #[arg(value_name = "SUBJECT")]
    subject: String,
    #[command(flatten)]
    what: What,
}

/// What somebody may do, and where.
#[derive(Args)]
pub struct What {
    /// Name of the permission
    #[arg(value_name = "PERMISSION")]
    permission: String,
    #[command(flatten)]
    on: On,
}

/// Where.
#[derive(Args)]
pub struct On {
    /// Project, by slug or id; the organization where left out
    #[arg(long, visible_alias = "project", value_name = "PROJECT")]
    on: Option<String>,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Check(verb) => check(context, verb).await,
        Verb::Why(verb) => why::why(context, verb).await,
        Verb::Who(verb) => why::who(context, verb).await,
        Verb::Of(verb) => why::of(context, verb).await,
    }
}

async fn check(context: &mut Context<'_>, check: Check) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let resource = match &check.what.on.on {
        Some(project) => json!({ "type": "project", "id": project }),
        None => json!({ "type": "organization", "id": organization }),
    };
    let body = json!({
        "subject": subject(context, &organization, &check.subject).await?,
        "action": { "name": check.what.permission },
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
    if named.starts_with("acc_") {
        return Ok(json!({ "type": "account", "id": named }));
    }
    let found = find::principal(context, organization, named).await?;
    Ok(json!({ "type": found.kind, "id": found.id }))
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
