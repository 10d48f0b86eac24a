//! A member's way in: a new password, second factors reset, and the sessions that are open.

use clap::Args;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::change::address;
use super::find::member;
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output::{minute, printable, text};
use crate::client::{Preview, name, prompt};

#[derive(Args)]
pub struct ResetPassword {
    /// Id, username or e-mail of the member
    member: String,
    /// Send the member a mail with a link instead of making a temporary password
    #[arg(long, conflicts_with = "temporary_password_stdin")]
    mail: bool,
    /// Take the temporary password from standard input instead of having one made
    #[arg(long)]
    temporary_password_stdin: bool,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct ResetMfa {
    /// Id, username or e-mail of the member
    member: String,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Sessions {
    /// Id, username or e-mail of the member
    member: String,
    /// End this session
    #[arg(long, value_name = "SESSION", value_parser = name, conflicts_with = "end_all")]
    end: Option<String>,
    /// End all of them
    #[arg(long)]
    end_all: bool,
    #[command(flatten)]
    preview: Preview,
}

pub async fn reset_password(context: &mut Context<'_>, verb: ResetPassword) -> Result<(), Failure> {
    let mut body = json!({"delivery": if verb.mail { "mail" } else { "temporary" }});
    if verb.temporary_password_stdin {
        let password = prompt::secret_from_stdin("the temporary password")?;
        body["temporary_password"] = Value::from(password.expose_secret());
    }
    let organization = context.organization().await?;
    let member = member(context, &organization, &verb.member).await?;
    let call = Call::post(format!("{}/password-reset", address(&organization, &member)), body);
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let name = printable(&member.name);
    let password = text(&answer, &["temporary_password"]);
    let sentence = if verb.mail {
        format!("{name} gets a mail with a link to choose a new password.")
    } else if verb.temporary_password_stdin {
        format!("{name} has the temporary password that was given, and is signed out everywhere.")
    } else if password.is_empty() {
        format!("{name} has a new temporary password, but the answer with it was lost on its way; reset it once more.")
    } else {
        format!("{name} is signed out everywhere. {}", temporary(&password))
    };
    context.show(&answer, sentence);
    Ok(())
}

pub async fn reset_mfa(context: &mut Context<'_>, verb: ResetMfa) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let member = member(context, &organization, &verb.member).await?;
    let call = Call::delete(format!("{}/mfa", address(&organization, &member)));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!(
        "MFA of {} is reset; they are signed out everywhere and enrol again.",
        printable(&member.name)
    );
    context.show(&answer, sentence);
    Ok(())
}

/// How a temporary password is shown: alone on its line, to be copied whole.
pub fn temporary(password: &str) -> String {
    format!(
        "Temporary password, shown this once, to be changed at the next sign-in:\n  {}",
        printable(password)
    )
}

pub async fn sessions(context: &mut Context<'_>, verb: Sessions) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let member = member(context, &organization, &verb.member).await?;
    let path = format!("{}/sessions", address(&organization, &member));
    let name = printable(&member.name);
    let (call, sentence) = match (verb.end, verb.end_all) {
        (Some(session), _) => (
            Call::delete(format!("{path}/{session}")),
            format!("Session {session} of {name} is ended."),
        ),
        (None, true) => (Call::delete(path), format!("All sessions of {name} are ended.")),
        (None, false) if verb.preview.dry_run => {
            return Err(Failure::usage(
                "--dry-run goes with --end or --end-all; listing changes nothing",
            ));
        }
        (None, false) => return list_sessions(context, path, &format!("{name} has no open session.")).await,
    };
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    context.show(&answer, sentence);
    Ok(())
}

/// Those at a path of the API; `none` says that there are none.
pub async fn list_sessions(context: &mut Context<'_>, path: String, none: &str) -> Result<(), Failure> {
    let page = context.list(Call::get(path), None, usize::MAX).await?;
    let row = |item: &Value| {
        let device = text(item, &["device"]);
        let device = if device.is_empty() {
            text(item, &["user_agent"])
        } else {
            device
        };
        vec![
            device,
            text(item, &["address"]),
            minute(item, "created_at"),
            minute(item, "last_seen_at"),
            text(item, &["id"]),
        ]
    };
    context.show_list(page, none, &["DEVICE", "ADDRESS", "SIGNED IN", "LAST SEEN", "ID"], row);
    Ok(())
}
