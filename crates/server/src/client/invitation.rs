//! `invitation`: those that were sent, with their state; sending one again and taking one back.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::Preview;
use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{minute, printable, text};

#[derive(Subcommand)]
pub enum Verb {
    /// List invitations
    List(List),
    /// Send an invitation again: a new link, a new expiry; the old link is dead at once
    Resend(One),
    /// Take an invitation back: its link is dead at once
    Revoke(One),
}

#[derive(Args)]
pub struct List {
    /// Only those in this state
    #[arg(long)]
    status: Option<Status>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "all")]
    limit: u32,
    /// All of them
    #[arg(long)]
    all: bool,
    /// Go on where an earlier list ended
    #[arg(long)]
    cursor: Option<String>,
}

#[derive(Args)]
pub struct One {
    /// Id, e-mail address or username of the invitation
    invitation: String,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Status {
    Pending,
    Accepted,
    Expired,
    Revoked,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List(verb) => list(context, verb).await,
        Verb::Resend(verb) => resend(context, verb).await,
        Verb::Revoke(verb) => revoke(context, verb).await,
    }
}

async fn list(context: &mut Context<'_>, verb: List) -> Result<(), Failure> {
    let mut call = Call::get(format!("/organizations/{}/invitations", context.organization().await?));
    if let Some(status) = verb.status {
        call = call.query("status", status.word());
    }
    let limit = if verb.all { usize::MAX } else { verb.limit as usize };
    let page = context.list(call, verb.cursor, limit).await?;
    let row = |item: &Value| {
        vec![
            addressee(item),
            role(item),
            text(item, &["status"]),
            delivery(item),
            minute(item, "expires_at"),
            text(item, &["id"]),
        ]
    };
    context.show_page(
        page,
        "No such invitation.",
        &["FOR", "ROLE", "STATUS", "MAIL", "EXPIRES", "ID"],
        row,
    );
    Ok(())
}

async fn resend(context: &mut Context<'_>, verb: One) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let invitation = find(context, &organization, &verb.invitation).await?;
    let path = format!(
        "/organizations/{organization}/invitations/{}/delivery",
        text(&invitation, &["id"])
    );
    let Some(answer) = context.write(Call::post(path, json!({})), verb.preview).await? else {
        return Ok(());
    };
    let sentence = sent(&answer, &addressee(&invitation));
    context.show(&answer, sentence);
    Ok(())
}

async fn revoke(context: &mut Context<'_>, verb: One) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let invitation = find(context, &organization, &verb.invitation).await?;
    let path = format!(
        "/organizations/{organization}/invitations/{}/revocation",
        text(&invitation, &["id"])
    );
    let Some(answer) = context.write(Call::post(path, json!({})), verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!(
        "The invitation of {} is revoked; its link is dead.",
        printable(&addressee(&invitation))
    );
    context.show(&answer, sentence);
    Ok(())
}

/// What the API answered to an invitation that was made or sent again.
pub fn sent(answer: &Value, addressee: &str) -> String {
    let invitation = answer.get("invitation").unwrap_or(answer);
    let until = minute(invitation, "expires_at");
    let until = if until.is_empty() {
        "without end".to_owned()
    } else {
        format!("until {until} UTC")
    };
    let mail = match text(invitation, &["delivery", "state"]).as_str() {
        "queued" => "the mail is on its way".to_owned(),
        "sent" => "the mail is sent".to_owned(),
        "failed" => format!(
            "the mail failed ({})",
            printable(&text(invitation, &["delivery", "detail"]))
        ),
        _ => "no mail is sent, hand the link over yourself".to_owned(),
    };
    let mut words = format!("{} is invited, {until}; {mail}.", printable(addressee));
    let link = text(answer, &["link"]);
    if !link.is_empty() {
        words.push_str(&format!("\n  {}", printable(&link)));
    }
    words
}

pub fn addressee(invitation: &Value) -> String {
    let email = text(invitation, &["email"]);
    let username = text(invitation, &["username"]);
    [email, username]
        .into_iter()
        .find(|word| !word.is_empty())
        .unwrap_or_else(|| text(invitation, &["id"]))
}

/// The role's slug, which is what the commands take.
pub fn role(item: &Value) -> String {
    match item.get("role") {
        Some(Value::Object(_)) => text(item, &["role", "slug"]),
        _ => text(item, &["role"]),
    }
}

fn delivery(invitation: &Value) -> String {
    let state = text(invitation, &["delivery", "state"]);
    let detail = text(invitation, &["delivery", "detail"]);
    if state == "failed" && !detail.is_empty() {
        format!("failed: {detail}")
    } else {
        state
    }
}

/// By id, or by address or username; where several were sent to one address the pending one is meant.
async fn find(context: &Context<'_>, organization: &str, named: &str) -> Result<Value, Failure> {
    if named.starts_with("inv_") {
        let id = super::name(named).map_err(|reason| Failure::usage(format!("{named}: {reason}")))?;
        return Ok(json!({"id": id}));
    }
    let all = context
        .list(
            Call::get(format!("/organizations/{organization}/invitations")),
            None,
            usize::MAX,
        )
        .await?;
    let same = |item: &Value, key| {
        let value = text(item, &[key]);
        value.to_lowercase() == named.to_lowercase()
    };
    let mut found: Vec<Value> = all
        .items
        .into_iter()
        .filter(|item| same(item, "email") || same(item, "username"))
        .collect();
    if found.len() > 1 && found.iter().any(|item| text(item, &["status"]) == "pending") {
        found.retain(|item| text(item, &["status"]) == "pending");
    }
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(Failure::usage(format!(
            "{organization} has no invitation for {named}; see them with: roster invitation list"
        ))),
        _ => Err(Failure::usage(format!(
            "{organization} has several invitations for {named}; name one by its id: {}",
            found
                .iter()
                .map(|item| text(item, &["id"]))
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}
