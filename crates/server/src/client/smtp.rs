//! `smtp`: show the mail server, set it, send a test mail.

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{minute, table, text};
use super::{Preview, prompt};

#[derive(Subcommand)]
pub enum Verb {
    /// Show the mail server, and whether mails go out
    Show,
    /// Set the mail server, or change it
    Set(Set),
    /// Send a test mail and print what the mail server says
    Test {
        /// Address to send it to
        to: String,
    },
}

#[derive(Args)]
pub struct Set {
    /// smtps://host:port, or smtp://host:port with STARTTLS
    #[arg(long, value_name = "URL", conflicts_with = "none")]
    url: Option<String>,
    /// Username at the mail server
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// Sender of mails: Roster <roster@example.com>
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// Send no mail any more
    #[arg(long, conflicts_with_all = ["username", "password_stdin"])]
    none: bool,
    #[command(flatten)]
    preview: Preview,
}

const PATH: &str = "/instance/smtp";

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Show => {
            let answer = context.api.call(Call::get(PATH)).await?;
            show(context, &answer);
            Ok(())
        }
        Verb::Set(set) => {
            let preview = set.preview;
            if let Some(answer) = context.write(Call::patch(PATH, body(set)?), preview).await? {
                show(context, &answer);
            }
            Ok(())
        }
        Verb::Test { to } => {
            let call = Call::post(format!("{PATH}/test"), json!({ "to": to }));
            let answer = context.api.call(call).await?;
            let delivered = answer["delivered"] == true;
            let sentence = if delivered { "Sent." } else { "Not sent." };
            context.show(&answer, format!("{sentence} {}", text(&answer, &["answer"])));
            if delivered {
                return Ok(());
            }
            Err(Failure::Tried("the mail server did not take the test mail".to_owned()))
        }
    }
}

fn body(set: Set) -> Result<Value, Failure> {
    let mut body = json!({});
    if set.none {
        body["url"] = Value::Null;
    }
    if set.password_stdin {
        let password = prompt::secret_from_stdin("the mail server's password")?;
        body["password"] = Value::from(password.expose_secret());
    }
    for (key, value) in [("url", set.url), ("username", set.username), ("from", set.from)] {
        if let Some(value) = value {
            body[key] = Value::from(value);
        }
    }
    Ok(body)
}

fn show(context: &mut Context<'_>, answer: &Value) {
    let password = if answer["password_set"] == true { "set" } else { "none" };
    let rows = [
        ("mail server", text(answer, &["url"])),
        ("username", text(answer, &["username"])),
        ("password", password.to_owned()),
        ("from", text(answer, &["from"])),
        ("fixed by", text(answer, &["fixed_by"])),
        ("mail", text(answer, &["mail", "state"]).replace('_', " ")),
        ("since", minute(&answer["mail"], "since")),
        ("last answer", text(answer, &["mail", "detail"])),
        ("waiting", text(answer, &["queued"])),
    ];
    let rows = rows.map(|(label, value)| vec![label.to_owned(), value]).to_vec();
    context.show(answer, table(&["SETTING", "VALUE"], rows));
}
