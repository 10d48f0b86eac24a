//! `me`: one's own account, as the profile page has it.

use clap::{ArgGroup, Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{self, minute, printable, table, text};
use super::people::leave::must_ask;
use super::token::TokenFile;
use super::{Preview, name, prompt};

#[derive(Subcommand)]
pub enum Verb {
    /// See your account and the organizations you are in
    Show,
    /// Change your name, username, phone, time zone or language
    Edit(Edit),
    /// Change your e-mail address: it counts once the new mailbox has answered
    ChangeEmail(ChangeEmail),
    /// Change your password; all your other sessions end
    ChangePassword(ChangePassword),
    /// See your sessions, or end them
    Sessions(Sessions),
    /// Agree to become a member of an organization that added you
    Consent(Consent),
    /// Delete your account for good
    Delete(Delete),
}

#[derive(Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true))]
pub struct Edit {
    /// What people read
    #[arg(long, group = "change")]
    name: Option<String>,
    /// What you sign in with
    #[arg(long, group = "change")]
    username: Option<String>,
    /// An empty text takes it away
    #[arg(long, group = "change")]
    phone: Option<String>,
    /// Such as Europe/Lisbon; an empty text takes it away
    #[arg(long, group = "change")]
    time_zone: Option<String>,
    /// Such as pt-PT; an empty text takes it away
    #[arg(long, group = "change")]
    locale: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct ChangeEmail {
    /// The new address, which gets a link
    #[arg(required_unless_present = "drop")]
    email: Option<String>,
    /// Take back an address that has not answered yet
    #[arg(long, conflicts_with_all = ["email", "dry_run"])]
    drop: bool,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct ChangePassword {
    /// Read the present password from the first line of standard input and the new one from the second
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Args)]
pub struct Sessions {
    /// End this one, by its id
    #[arg(long, value_parser = name, value_name = "ID")]
    end: Option<String>,
    /// End all but the one that asks
    #[arg(long, conflicts_with = "end")]
    end_others: bool,
}

#[derive(Args)]
pub struct Consent {
    /// Slug or id of the organization
    #[arg(value_parser = name)]
    organization: String,
    /// The last segment of the mailed link; needed while your address is not verified
    #[arg(long)]
    token: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Delete {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    preview: Preview,
}

/// `file` remembers the session, whose token a new password replaces; none where the token was handed over.
pub async fn run(context: &mut Context<'_>, verb: Verb, file: Option<TokenFile>) -> Result<(), Failure> {
    match verb {
        Verb::Show => show(context).await,
        Verb::Edit(verb) => edit(context, verb).await,
        Verb::ChangeEmail(verb) => change_email(context, verb).await,
        Verb::ChangePassword(verb) => change_password(context, verb, file).await,
        Verb::Sessions(verb) => sessions(context, verb).await,
        Verb::Consent(verb) => {
            let body = verb.token.map_or_else(|| json!({}), |token| json!({ "token": token }));
            let call = Call::put(format!("/me/organizations/{}/consent", verb.organization), body);
            let sentence = format!("You are a member of {}.", verb.organization);
            told(context, call, verb.preview, sentence).await
        }
        Verb::Delete(verb) => delete(context, verb).await,
    }
}

async fn show(context: &mut Context<'_>) -> Result<(), Failure> {
    let me = context.api.call(Call::get("/me")).await?;
    if context.is_json() {
        context.say(output::json(&me));
        return Ok(());
    }
    let email = text(&me, &["email"]);
    let email = match (email.is_empty(), me["email_verified"] == true) {
        (true, _) | (_, true) => email,
        (false, false) => format!("{email} (not verified)"),
    };
    let mut rows = vec![("E-mail", email)];
    for (title, key) in [
        ("Name", "name"),
        ("Username", "username"),
        ("Phone", "phone"),
        ("Time zone", "time_zone"),
        ("Language", "locale"),
        ("Signs in by", "authentication_method"),
        ("Id", "id"),
    ] {
        rows.push((title, text(&me, &[key])));
    }
    for (title, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        context.say(format!("{:<13}{}", format!("{title}:"), printable(value)));
    }
    let memberships = me["memberships"].as_array().map_or(&[][..], Vec::as_slice);
    if memberships.is_empty() {
        context.note("You are in no organization.");
        return Ok(());
    }
    let cells = memberships.iter().map(|item| {
        vec![
            text(item, &["organization", "slug"]),
            text(item, &["organization", "name"]),
            text(item, &["role"]),
            text(item, &["status"]).replace('_', " "),
            minute(item, "joined_at"),
        ]
    });
    context.say("");
    context.say(table(
        &["ORGANIZATION", "NAME", "ROLE", "STATUS", "JOINED"],
        cells.collect(),
    ));
    Ok(())
}

async fn edit(context: &mut Context<'_>, verb: Edit) -> Result<(), Failure> {
    let mut body = json!({});
    for (key, value) in [("name", verb.name), ("username", verb.username)] {
        if let Some(value) = value {
            body[key] = Value::from(value);
        }
    }
    for (key, value) in [
        ("phone", verb.phone),
        ("time_zone", verb.time_zone),
        ("locale", verb.locale),
    ] {
        if let Some(value) = value {
            body[key] = if value.is_empty() {
                Value::Null
            } else {
                Value::from(value)
            };
        }
    }
    let call = Call::patch("/me", body);
    told(context, call, verb.preview, "Your profile is changed.".to_owned()).await
}

async fn change_email(context: &mut Context<'_>, verb: ChangeEmail) -> Result<(), Failure> {
    let Some(email) = verb.email else {
        let answer = context.api.call(Call::delete("/me/email/change")).await?;
        context.show(&answer, "Your address stays as it is; the link is dead.");
        return Ok(());
    };
    let call = Call::put("/me/email", json!({ "email": email }));
    let sentence = format!(
        "{} gets a link. Your address changes when it is followed; connected services may have to be connected again.",
        printable(&email)
    );
    told(context, call, verb.preview, sentence).await
}

async fn change_password(
    context: &mut Context<'_>,
    verb: ChangePassword,
    file: Option<TokenFile>,
) -> Result<(), Failure> {
    let (current, new) = if verb.password_stdin {
        let current = prompt::secret_from_stdin("the present password")?;
        (
            current,
            prompt::secret_from_stdin("the new password (the second line)")?,
        )
    } else {
        let current = prompt::password("Present password:", "hand both over with --password-stdin").await?;
        (current, typed_twice(context).await?)
    };
    let body = json!({
        "current_password": current.expose_secret(),
        "new_password": new.expose_secret(),
    });
    let answer = context.api.call(Call::put("/me/password", body)).await?;
    let token = text(&answer, &["token"]);
    if let Some(file) = file {
        file.put(context.api.server(), &SecretString::from(token))?;
        context.show(
            &json!({ "changed": true }),
            "Your password is changed; all your other sessions have ended.",
        );
        return Ok(());
    }
    // Whoever handed a token over is the only one who can keep the one that replaces it.
    context.show(
        &answer,
        format!(
            "Your password is changed; all your other sessions have ended. This one goes on by another token:\n  {}",
            printable(&token)
        ),
    );
    Ok(())
}

async fn typed_twice(context: &mut Context<'_>) -> Result<SecretString, Failure> {
    loop {
        let new = prompt::password("New password:", "hand both over with --password-stdin").await?;
        let again = prompt::password("The same again:", "hand both over with --password-stdin").await?;
        if new.expose_secret() == again.expose_secret() {
            return Ok(new);
        }
        context.note("The two differ; once more.");
    }
}

async fn sessions(context: &mut Context<'_>, verb: Sessions) -> Result<(), Failure> {
    let (call, sentence) = match (verb.end, verb.end_others) {
        (Some(session), _) => (
            Call::delete(format!("/me/sessions/{session}")),
            format!("Session {session} has ended."),
        ),
        (None, true) => (
            Call::delete("/me/sessions"),
            "All your other sessions have ended.".to_owned(),
        ),
        (None, false) => {
            return super::people::list_sessions(context, "/me/sessions".to_owned(), "You have no open session.").await;
        }
    };
    let answer = context.api.call(call).await?;
    context.show(&answer, sentence);
    Ok(())
}

async fn delete(context: &mut Context<'_>, verb: Delete) -> Result<(), Failure> {
    let call = || Call::delete("/me");
    let question = "Delete your account for good, with every way to sign in?";
    if must_ask(verb.yes, verb.preview) && !context.is_agreed([call()], question).await? {
        return Ok(());
    }
    told(context, call(), verb.preview, "Your account is deleted.".to_owned()).await
}

async fn told(context: &mut Context<'_>, call: Call, preview: Preview, sentence: String) -> Result<(), Failure> {
    if let Some(answer) = context.write(call, preview).await? {
        context.show(&answer, sentence);
    }
    Ok(())
}
