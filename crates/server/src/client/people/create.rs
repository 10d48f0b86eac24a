//! `people create`: an account without mail, or one for each row of a file.

use std::path::PathBuf;

use clap::Args;
use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use super::credential::temporary;
use super::{bulk, row};
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output::{printable, text};
use crate::client::{Preview, prompt};

#[derive(Args)]
pub struct Create {
    /// Full name; made from the e-mail address where left out
    #[arg(long, required_unless_present_any = ["file", "email"])]
    name: Option<String>,
    #[arg(long)]
    email: Option<String>,
    /// Username; made from the e-mail address where left out
    #[arg(long)]
    username: Option<String>,
    /// Role they have
    #[arg(long, default_value = "member")]
    role: String,
    /// When the role ends, as 2026-12-31T18:00:00Z
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Take the temporary password from standard input instead of having one made
    #[arg(long)]
    temporary_password_stdin: bool,
    /// Create everybody in a CSV file with a first line of column names; - reads standard input
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["name", "email", "username", "temporary_password_stdin"],
        help_heading = "Many at once"
    )]
    file: Option<PathBuf>,
    #[command(flatten)]
    preview: Preview,
}

pub async fn create(context: &mut Context<'_>, verb: Create) -> Result<(), Failure> {
    let mut body = Map::new();
    let optional = [
        ("name", &verb.name),
        ("email", &verb.email),
        ("username", &verb.username),
        ("until", &verb.until),
    ];
    for (key, value) in optional
        .into_iter()
        .filter_map(|(key, value)| Some((key, value.as_ref()?)))
    {
        body.insert(key.to_owned(), Value::from(value.as_str()));
    }
    body.insert("role".to_owned(), Value::from(verb.role.as_str()));
    if let Some(file) = &verb.file {
        let rows = row::read(file, row::MEMBER, body)?;
        let path = format!("/organizations/{}/members/bulk", context.organization().await?);
        return bulk::run(context, path, rows, verb.preview).await;
    }
    if verb.temporary_password_stdin {
        let password = prompt::secret_from_stdin("the temporary password")?;
        body.insert("temporary_password".to_owned(), Value::from(password.expose_secret()));
    }
    let organization = context.organization().await?;
    let call = Call::post(format!("/organizations/{organization}/members"), Value::Object(body));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = created(&answer, &organization, verb.temporary_password_stdin);
    context.show(&answer, sentence);
    Ok(())
}

fn created(answer: &Value, organization: &str, is_typed: bool) -> String {
    let member = answer.get("member").unwrap_or(answer);
    let name = printable(&super::find::display_name(member));
    if text(member, &["status"]) == "awaiting_consent" {
        return format!("{name} has an account already and joins {organization} once they accept.");
    }
    let username = printable(&text(member, &["username"]));
    let password = text(answer, &["temporary_password"]);
    let way_in = if is_typed {
        "They sign in with the temporary password that was given.".to_owned()
    } else if password.is_empty() {
        // Somebody who had an account, or the repeat of an answer that was lost on its way.
        format!("Should they have no password: roster people reset-password {username}")
    } else {
        temporary(&password)
    };
    format!("{name} is in {organization} with the username {username}. {way_in}")
}
