//! `people invite`: by address, several at once, by link alone, or from a file.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use super::{bulk, row};
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::invitation::sent;
use crate::client::{Preview, name};

#[derive(Args)]
pub struct Invite {
    /// E-mail addresses; none with --username alone makes a link to hand over
    #[arg(required_unless_present_any = ["username", "file"])]
    email: Vec<String>,
    /// Role they join with
    #[arg(long, default_value = "member")]
    role: String,
    /// Username they join under
    #[arg(long)]
    username: Option<String>,
    /// How they must sign in to accept: any, password, pam, saml, google, microsoft, github, bitbucket, or the slug of another
    /// issuer that the server knows
    #[arg(long, value_parser = name)]
    provider: Option<String>,
    /// The tenant at the provider, where only one may be used
    #[arg(long, requires = "provider")]
    tenant: Option<String>,
    /// Send the mail to this address instead
    #[arg(long, value_name = "EMAIL")]
    notify: Option<String>,
    /// Groups they join; may be given several times
    #[arg(long)]
    group: Vec<String>,
    /// Send no mail; hand the link over yourself
    #[arg(long)]
    no_send: bool,
    /// How many days the invitation lasts, where not as long as the policy says
    #[arg(long, value_name = "DAYS")]
    expires_in_days: Option<u32>,
    /// Invite everybody in a CSV file with a first line of column names; - reads standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["email", "username", "notify"], help_heading = "Many at once")]
    file: Option<PathBuf>,
    #[command(flatten)]
    preview: Preview,
}

pub async fn invite(context: &mut Context<'_>, verb: Invite) -> Result<(), Failure> {
    if verb.email.len() > 1 && (verb.username.is_some() || verb.notify.is_some()) {
        return Err(Failure::usage(
            "--username and --notify are for one person; invite them one by one, or use --file",
        ));
    }
    let common = common(&verb);
    if let Some(file) = &verb.file {
        let rows = row::read(file, row::INVITATION, common)?;
        let path = format!("/organizations/{}/invitations/bulk", context.organization().await?);
        return bulk::run(context, path, rows, verb.preview).await;
    }
    let path = format!("/organizations/{}/invitations", context.organization().await?);
    let mut people: Vec<Option<&String>> = verb.email.iter().map(Some).collect();
    if people.is_empty() {
        people.push(None);
    }
    let mut refused = 0;
    for email in &people {
        let mut body = common.clone();
        let optional = [
            ("email", *email),
            ("username", verb.username.as_ref()),
            ("notify", verb.notify.as_ref()),
        ];
        for (key, value) in optional.into_iter().filter_map(|(key, value)| Some((key, value?))) {
            body.insert(key.to_owned(), Value::from(value.as_str()));
        }
        let who = email.or(verb.username.as_ref()).cloned().unwrap_or_default();
        if verb.preview.dry_run && people.len() > 1 && !context.is_json() {
            context.say(format!("{who}:"));
        }
        match context
            .write(Call::post(path.as_str(), Value::Object(body)), verb.preview)
            .await
        {
            Ok(Some(answer)) => {
                let sentence = sent(&answer, &who);
                context.show(&answer, sentence);
            }
            Ok(None) => {}
            Err(Failure::Refused(problem)) if people.len() > 1 => {
                refused += 1;
                context.note(format!("error: {who}: {}", problem.words()));
            }
            Err(failure) => return Err(failure),
        }
    }
    Failure::of_many(refused, people.len(), verb.preview.dry_run)
}

/// What all invitations of one command have in common.
fn common(verb: &Invite) -> Map<String, Value> {
    let mut common = Map::new();
    common.insert("role".to_owned(), Value::from(verb.role.as_str()));
    if let Some(provider) = &verb.provider {
        let mut identity = json!({"provider": provider});
        if let Some(tenant) = &verb.tenant {
            identity["tenant"] = Value::from(tenant.as_str());
        }
        common.insert("identity".to_owned(), identity);
    }
    if !verb.group.is_empty() {
        common.insert("groups".to_owned(), Value::from(verb.group.clone()));
    }
    if let Some(days) = verb.expires_in_days {
        common.insert("expires_in_days".to_owned(), Value::from(days));
    }
    if verb.no_send {
        common.insert("send".to_owned(), Value::from(false));
    }
    common
}
