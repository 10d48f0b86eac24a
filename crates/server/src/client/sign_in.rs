//! `sign-in` and `sign-out`: a session on a server, kept in a file of the user's own.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{printable, text};
use super::prompt;
use super::token::TokenFile;

#[derive(clap::Args)]
pub struct Login {
    /// Username or e-mail address; asked for where it is left out
    #[arg(long)]
    login: Option<String>,
    /// Read the password from the first line of standard input; a new one, where one must be chosen, from the second
    #[arg(long)]
    password_stdin: bool,
    /// The code that your authenticator app shows, or a recovery code; asked for where it is needed and left out
    #[arg(long)]
    code: Option<String>,
}

const USE_STDIN: &str = "hand it over with --password-stdin";

pub async fn sign_in(context: &mut Context<'_>, verb: Login, file: &TokenFile) -> Result<(), Failure> {
    if crosses_a_network_unencrypted(context.api.server()) {
        context.note("warning: this address is not encrypted; others on the way can read the password. Use https://");
    }
    let login = match verb.login {
        Some(login) => login,
        None => prompt::line("Username or e-mail:", "name it with --login")?,
    };
    let password = if verb.password_stdin {
        prompt::secret_from_stdin("the password")?
    } else {
        prompt::password("Password:", USE_STDIN).await?
    };
    let body = json!({"login": login, "password": password.expose_secret()});
    let mut answer = context.api.call(Call::post("/sessions", body)).await?;
    let mut token = secret(&answer).ok_or_else(|| no_token(context))?;
    let mut next = text(&answer, &["next"]);
    context.api.set_token(token.clone());
    if next == "mfa" {
        next = give_code(context, verb.code).await?;
    }
    match next.as_str() {
        "change_password" => {
            context.note("This password was temporary: choose one of your own.");
            let changed = change_password(context, &password, verb.password_stdin).await?;
            // The changed password may come with a new token; the old one is dead then.
            if let Some(new_token) = secret(&changed) {
                token = new_token;
            }
        }
        "enrol_mfa" => {
            context.note("An organization of yours lets you in with a second factor only: enrol one in the console.");
        }
        _ => {}
    }
    file.put(context.api.server(), &token)?;
    let who = text(&answer, &["account", "username"]);
    let who = if who.is_empty() { login } else { who };
    // The token is in the file; on a screen or in a log it would be one more place to lose it.
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("token");
        answer.insert("next".to_owned(), Value::from("done"));
    }
    let sentence = format!("Signed in to {} as {}.", context.api.server(), printable(&who));
    context.show(&answer, sentence);
    Ok(())
}

/// Gives the second factor, and returns what is next. A passkey takes a browser.
async fn give_code(context: &mut Context<'_>, given: Option<String>) -> Result<String, Failure> {
    let code = match given {
        Some(code) => code,
        None => prompt::line(
            "Code of your authenticator app, or a recovery code:",
            "name it with --code",
        )?,
    };
    let digits = code.chars().filter(|letter| !letter.is_whitespace());
    let is_of_an_app = digits.clone().count() == 6 && digits.clone().all(|letter| letter.is_ascii_digit());
    let method = if is_of_an_app { "totp" } else { "recovery_code" };
    let body = json!({"method": method, "code": code});
    let answer = context.api.call(Call::post("/sessions/current/mfa", body)).await?;
    Ok(text(&answer, &["next"]))
}

pub async fn sign_out(context: &mut Context<'_>, file: &TokenFile) -> Result<(), Failure> {
    let server = context.api.server().to_owned();
    if file.get(&server)?.is_none() {
        context.note(format!("Nobody is signed in to {server}."));
        return Ok(());
    }
    let ended = context.api.call(Call::delete("/sessions/current")).await;
    match ended {
        // A session that ended on its own is out of the file all the same.
        Err(Failure::Refused(problem)) if problem.status == 401 => {}
        other => {
            other?;
        }
    }
    file.forget(&server)?;
    context.show(&Value::Null, format!("Signed out of {server}."));
    Ok(())
}

async fn change_password(
    context: &mut Context<'_>,
    current: &SecretString,
    is_from_stdin: bool,
) -> Result<Value, Failure> {
    loop {
        let new = new_password(context, is_from_stdin).await?;
        let body = json!({"current_password": current.expose_secret(), "new_password": new.expose_secret()});
        match context.api.call(Call::put("/me/password", body)).await {
            // Too short or too common: the person at the terminal chooses another.
            Err(Failure::Refused(problem)) if problem.status == 422 && !is_from_stdin => context.note(problem.words()),
            other => return other,
        }
    }
}

async fn new_password(context: &mut Context<'_>, is_from_stdin: bool) -> Result<SecretString, Failure> {
    if is_from_stdin {
        return prompt::secret_from_stdin("the new password (the second line)");
    }
    loop {
        let new = prompt::password("New password:", USE_STDIN).await?;
        let again = prompt::password("The same again:", USE_STDIN).await?;
        if new.expose_secret() == again.expose_secret() {
            return Ok(new);
        }
        context.note("The two differ; once more.");
    }
}

fn secret(answer: &Value) -> Option<SecretString> {
    answer
        .get("token")
        .and_then(Value::as_str)
        .map(|token| SecretString::from(token.to_owned()))
}

fn no_token(context: &Context<'_>) -> Failure {
    Failure::Connection(format!(
        "{} answered without a token; is it Roster?",
        context.api.server()
    ))
}

fn crosses_a_network_unencrypted(server: &str) -> bool {
    let Some(rest) = server.strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let is_loopback =
        authority.starts_with("[::1]") || matches!(authority.split(':').next(), Some("localhost" | "127.0.0.1"));
    !is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_warned_about_unless_it_stays_on_the_machine() {
        assert!(crosses_a_network_unencrypted("http://roster.example.com"));
        assert!(crosses_a_network_unencrypted("http://localhost.example.com:8080"));
        assert!(!crosses_a_network_unencrypted("https://roster.example.com"));
        assert!(!crosses_a_network_unencrypted("http://localhost:8080"));
        assert!(!crosses_a_network_unencrypted("http://127.0.0.1:9/x"));
        assert!(!crosses_a_network_unencrypted("http://[::1]:9"));
    }
}
