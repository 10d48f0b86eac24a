//! `mfa`: one's own second factors. Adding a passkey takes a browser.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{self, minute, printable, table, text};
use super::own_token::find;
use super::prompt;

#[derive(Subcommand)]
pub enum Verb {
    /// See your second factors; add a passkey in the console, under your profile
    Show,
    /// Begin to add an authenticator app; it counts once a code of it was given
    AddApp,
    /// Give the code that the app shows, and get your recovery codes
    ConfirmApp(Code),
    /// Remove your authenticator app
    RemoveApp,
    /// Make new recovery codes; the earlier ones are dead
    RenewCodes,
    /// Remove a passkey
    RemovePasskey(Passkey),
}

#[derive(Args)]
pub struct Code {
    /// Six digits
    code: String,
}

#[derive(Args)]
pub struct Passkey {
    /// Its name or id
    passkey: String,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Show => show(context).await,
        Verb::AddApp => add_app(context).await,
        Verb::ConfirmApp(verb) => confirm_app(context, &verb.code).await,
        Verb::RemoveApp => {
            let answer = context.api.call(Call::delete("/me/mfa/totp")).await?;
            context.show(&answer, "Your authenticator app is removed.");
            Ok(())
        }
        Verb::RenewCodes => {
            let answer = context
                .api
                .call(Call::post("/me/mfa/recovery-codes", json!({})))
                .await?;
            show_codes(context, &answer, "The earlier recovery codes are dead.");
            Ok(())
        }
        Verb::RemovePasskey(verb) => remove_passkey(context, &verb.passkey).await,
    }
}

async fn show(context: &mut Context<'_>) -> Result<(), Failure> {
    let mfa = context.api.call(Call::get("/me/mfa")).await?;
    if context.is_json() {
        context.say(output::json(&mfa));
        return Ok(());
    }
    if mfa["enabled"] != true {
        context.note("You have no second factor. Add an authenticator app with: roster mfa add-app");
        return Ok(());
    }
    let app = mfa["totp_since"].as_str().map(|_| {
        let since = minute(&mfa, "totp_since");
        vec![
            "authenticator app".to_owned(),
            String::new(),
            since,
            String::new(),
            String::new(),
        ]
    });
    let passkeys = mfa["passkeys"].as_array().into_iter().flatten().map(|item| {
        vec![
            "passkey".to_owned(),
            text(item, &["name"]),
            minute(item, "created_at"),
            minute(item, "last_used_at"),
            text(item, &["id"]),
        ]
    });
    let header = ["FACTOR", "NAME", "SINCE", "LAST USED", "ID"];
    context.say(table(&header, app.into_iter().chain(passkeys).collect()));
    context.note(format!("{} recovery codes are left.", mfa["recovery_codes_left"]));
    Ok(())
}

async fn add_app(context: &mut Context<'_>) -> Result<(), Failure> {
    let begun = context.api.call(Call::post("/me/mfa/totp", json!({}))).await?;
    let (secret, uri) = (text(&begun, &["secret"]), text(&begun, &["uri"]));
    context.show(
        &begun,
        format!(
            "Put this into your app, typed or as a QR code of the address:\n  {}\n  {}",
            printable(&secret),
            printable(&uri)
        ),
    );
    if context.is_json() || !prompt::is_attended() {
        context.note("Then give the code that it shows: roster mfa confirm-app CODE");
        return Ok(());
    }
    let code = prompt::line("Code that the app shows:", "give it with roster mfa confirm-app CODE")?;
    confirm_app(context, &code).await
}

async fn confirm_app(context: &mut Context<'_>, code: &str) -> Result<(), Failure> {
    let call = Call::post("/me/mfa/totp/confirmation", json!({ "code": code }));
    let answer = context.api.call(call).await?;
    show_codes(context, &answer, "Your app is asked for at every sign-in from now on.");
    Ok(())
}

/// None where there were some already, which stay as they are.
fn show_codes(context: &mut Context<'_>, answer: &Value, sentence: &str) {
    let codes = answer["recovery_codes"].as_array().map_or(&[][..], Vec::as_slice);
    let mut words = sentence.to_owned();
    if !codes.is_empty() {
        words.push_str(" Recovery codes, shown this once, each good once:");
    }
    for code in codes.iter().filter_map(Value::as_str) {
        words.push_str("\n  ");
        words.push_str(&printable(code));
    }
    context.show(answer, words);
}

async fn remove_passkey(context: &mut Context<'_>, named: &str) -> Result<(), Failure> {
    let page = context.list(Call::get("/me/mfa/passkeys"), None, usize::MAX).await?;
    let id = find(page.items, named)?;
    let answer = context.api.call(Call::delete(format!("/me/mfa/passkeys/{id}"))).await?;
    context.show(&answer, format!("The passkey {} is removed.", printable(named)));
    Ok(())
}
