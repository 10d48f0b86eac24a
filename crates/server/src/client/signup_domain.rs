//! `signup-domain`: the domains whose people may sign up by themselves.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{self, minute, printable, table, text};
use super::{Preview, name};

#[derive(Subcommand)]
pub enum Verb {
    /// List the domains
    List,
    /// Let the people of a domain sign up
    Add(Add),
    /// Change what a domain's people become
    Edit(Edit),
    /// Take a domain off the list; whoever signed up stays
    Remove(One),
    /// Look for the DNS record that proves a domain to be the organization's own
    Prove(One),
    /// Turn on that people of these domains sign up by themselves
    Allow(Switch),
    /// Turn it off
    Forbid(Switch),
}

/// How whoever signs up signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    Password,
    Pam,
    Saml,
}

impl Method {
    fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Pam => "pam",
            Self::Saml => "saml",
        }
    }
}

#[derive(Args)]
pub struct Add {
    /// Such as example.com
    domain: String,
    /// How its people sign in
    #[arg(long, value_enum, default_value = "password", value_name = "METHOD")]
    method: Method,
    /// What they become
    #[arg(long, default_value = "member", value_parser = name)]
    role: String,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Edit {
    /// The domain or its id
    #[arg(value_parser = listed)]
    domain: String,
    /// How its people sign in
    #[arg(long, value_enum, value_name = "METHOD")]
    method: Option<Method>,
    /// What they become
    #[arg(long, value_parser = name)]
    role: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct One {
    /// The domain or its id
    #[arg(value_parser = listed)]
    domain: String,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Switch {
    #[command(flatten)]
    preview: Preview,
}

/// A domain as it is listed, in ASCII, or its id.
fn listed(text: &str) -> Result<String, String> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if !text.is_empty() && !text.starts_with('.') && text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err("it takes a domain as it is listed, or its id".to_owned())
    }
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List => list(context).await,
        Verb::Add(verb) => add(context, verb).await,
        Verb::Edit(verb) => edit(context, verb).await,
        Verb::Remove(verb) => remove(context, verb).await,
        Verb::Prove(verb) => prove(context, verb).await,
        Verb::Allow(verb) => switch(context, true, verb).await,
        Verb::Forbid(verb) => switch(context, false, verb).await,
    }
}

async fn domains(context: &mut Context<'_>) -> Result<String, Failure> {
    Ok(format!(
        "/organizations/{}/signup-domains",
        context.organization().await?
    ))
}

async fn list(context: &mut Context<'_>) -> Result<(), Failure> {
    let path = domains(context).await?;
    let answer = context.api.call(Call::get(path)).await?;
    if context.is_json() {
        context.say(output::json(&answer));
        return Ok(());
    }
    let items = answer["items"].as_array().cloned().unwrap_or_default();
    if items.is_empty() {
        context.note("No domain is on the list.");
        return Ok(());
    }
    let rows = items.iter().map(|item| {
        let proved = if item["proved"] == true {
            minute(item, "proved_at")
        } else {
            "no".to_owned()
        };
        vec![
            text(item, &["domain"]),
            text(item, &["authentication_method"]),
            text(item, &["role", "slug"]),
            proved,
        ]
    });
    context.say(table(&["DOMAIN", "SIGNS IN BY", "ROLE", "PROVED"], rows.collect()));
    Ok(())
}

async fn add(context: &mut Context<'_>, verb: Add) -> Result<(), Failure> {
    let body = json!({
        "domain": verb.domain,
        "authentication_method": verb.method.word(),
        "role": verb.role,
    });
    let path = domains(context).await?;
    let Some(answer) = context.write(Call::post(path, body), verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!(
        "{} is on the list. To prove that it is yours, publish a TXT record at {} that says:\n  {}",
        printable(&text(&answer, &["domain"])),
        printable(&text(&answer, &["record", "name"])),
        printable(&text(&answer, &["record", "value"])),
    );
    context.show(&answer, sentence);
    Ok(())
}

async fn edit(context: &mut Context<'_>, verb: Edit) -> Result<(), Failure> {
    let mut body = Map::new();
    if let Some(method) = verb.method {
        body.insert("authentication_method".to_owned(), Value::from(method.word()));
    }
    if let Some(role) = verb.role {
        body.insert("role".to_owned(), Value::from(role));
    }
    if body.is_empty() {
        return Err(Failure::usage("say what is to change: --method or --role"));
    }
    let path = format!("{}/{}", domains(context).await?, verb.domain);
    let call = Call::patch(path, Value::Object(body));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!(
        "People of {} become {}.",
        printable(&text(&answer, &["domain"])),
        printable(&text(&answer, &["role", "name"]))
    );
    context.show(&answer, sentence);
    Ok(())
}

async fn remove(context: &mut Context<'_>, verb: One) -> Result<(), Failure> {
    let path = format!("{}/{}", domains(context).await?, verb.domain);
    let Some(answer) = context.write(Call::delete(path), verb.preview).await? else {
        return Ok(());
    };
    context.show(&answer, format!("{} is off the list.", verb.domain));
    Ok(())
}

async fn prove(context: &mut Context<'_>, verb: One) -> Result<(), Failure> {
    let path = format!("{}/{}/proof", domains(context).await?, verb.domain);
    let call = Call::post(path, json!({}));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    context.show(&answer, format!("{} is proved to be yours.", verb.domain));
    Ok(())
}

async fn switch(context: &mut Context<'_>, allowed: bool, verb: Switch) -> Result<(), Failure> {
    let path = format!("/organizations/{}/policies", context.organization().await?);
    let call = Call::patch(path, json!({ "self_sign_up": allowed }));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = if allowed {
        "People of the listed domains can sign up by themselves."
    } else {
        "Nobody signs up by themselves any more."
    };
    context.show(&answer, sentence);
    Ok(())
}
