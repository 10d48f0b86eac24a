//! `organization`: open one, list them, leave one, rename one, read and change their policies.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::api::Call;
use super::context::Context;
use super::failure::Failure;
use super::output::{minute, printable, text};
use super::people::leave::{Belongings, must_ask};
use super::{Preview, name, policy, tenant};

#[derive(Subcommand)]
pub enum Verb {
    /// Open an organization
    Create(Create),
    /// List the organizations you can see
    List,
    /// List all organizations of the server, for superusers
    ListAll(tenant::All),
    /// Let nobody in but superusers
    Disable(tenant::Disable),
    /// Let its people in again
    Enable(tenant::Plain),
    /// Delete an organization; superusers can restore it for thirty days
    Delete(tenant::Delete),
    /// Bring a deleted organization back
    Restore(tenant::Plain),
    /// Leave an organization, or decline to join it
    Leave(Leave),
    /// Change an organization's name, or its short name
    Edit(Edit),
    /// Show how many member slots are taken, and how many there are
    Limits,
    /// Show the policies of an organization, or change some, as in --set invitation_lifetime_days=14
    ///
    /// Those on security begin with "security.", as in --set security.mfa_required=true. Without --set all are listed.
    Policies(policy::Policies),
}

#[derive(Args)]
pub struct Create {
    /// What people call it
    #[arg(long)]
    name: String,
    /// Its name in addresses: 2 to 40 of a-z, 0-9 and -
    #[arg(long, value_parser = name)]
    slug: String,
    /// Roles, policies and words it starts with
    #[arg(long, default_value = "standard")]
    preset: String,
    /// Who owns it: "me", or the e-mail address of somebody to invite
    #[arg(long, default_value = "me", value_name = "me|EMAIL")]
    owner: String,
    /// The name of the owner who is invited
    #[arg(long, value_name = "NAME")]
    owner_name: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Leave {
    #[command(flatten)]
    belongings: Belongings,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Edit {
    /// What people call it
    #[arg(long)]
    name: Option<String>,
    /// Its short name, which stands in addresses: 2 to 40 of a-z, 0-9 and -
    #[arg(long, visible_alias = "short-name", value_parser = name)]
    slug: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

pub async fn run(context: &mut Context<'_>, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Create(verb) => create(context, verb).await,
        Verb::List => list(context).await,
        Verb::ListAll(verb) => tenant::all(context, verb).await,
        Verb::Disable(verb) => tenant::disable(context, verb).await,
        Verb::Enable(verb) => tenant::enable(context, verb).await,
        Verb::Delete(verb) => tenant::delete(context, verb).await,
        Verb::Restore(verb) => tenant::restore(context, verb).await,
        Verb::Leave(verb) => leave(context, verb).await,
        Verb::Edit(verb) => edit(context, verb).await,
        Verb::Limits => limits(context).await,
        Verb::Policies(verb) => {
            let path = format!("/organizations/{}/policies", context.organization().await?);
            policy::run(context, &path, verb).await
        }
    }
}

async fn create(context: &mut Context<'_>, verb: Create) -> Result<(), Failure> {
    let owner = match (verb.owner.as_str(), &verb.owner_name) {
        ("me", None) => Value::from("me"),
        ("me", Some(_)) => {
            return Err(Failure::usage(
                "--owner-name goes with an --owner who is invited by e-mail",
            ));
        }
        (email, None) => json!({"email": email}),
        (email, Some(name)) => json!({"email": email, "name": name}),
    };
    let body = json!({"name": verb.name, "slug": verb.slug, "preset": verb.preset, "owner": owner});
    let Some(answer) = context.write(Call::post("/organizations", body), verb.preview).await? else {
        return Ok(());
    };
    let mut sentence = format!("{} is open as {}.", printable(&verb.name), verb.slug);
    if text(&answer, &["status"]) == "awaiting_owner" {
        sentence.push_str(" Its owner is invited and has not joined yet.");
    }
    let link = text(&answer, &["link"]);
    if !link.is_empty() {
        sentence.push_str(&format!("\nLink for the owner: {}", printable(&link)));
    }
    context.show(&answer, sentence);
    Ok(())
}

async fn list(context: &mut Context<'_>) -> Result<(), Failure> {
    let page = context.list(Call::get("/organizations"), None, usize::MAX).await?;
    let row = |item: &Value| {
        let mut row: Vec<String> = ["slug", "name", "preset", "status"]
            .iter()
            .map(|key| text(item, &[key]))
            .collect();
        row.push(flags(item));
        row.push(minute(item, "created_at"));
        row.push(text(item, &["id"]));
        row
    };
    context.show_list(
        page,
        "You are in no organization; open one with: roster organization create",
        &["SLUG", "NAME", "PRESET", "STATUS", "FLAGS", "CREATED", "ID"],
        row,
    );
    Ok(())
}

fn flags(item: &Value) -> String {
    let all = item["flags"].as_array().into_iter().flatten();
    all.filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

async fn leave(context: &mut Context<'_>, verb: Leave) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let settled = verb.belongings.settled(context, &organization).await?;
    let path = format!("/me/organizations/{organization}");
    let call = settled(Call::delete(path.as_str()));
    if must_ask(verb.yes, verb.preview) && !context.is_agreed([call], &format!("Leave {organization}?")).await? {
        return Ok(());
    }
    let Some(answer) = context.write(settled(Call::delete(path)), verb.preview).await? else {
        return Ok(());
    };
    context.show(&answer, format!("You left {organization}."));
    Ok(())
}

async fn edit(context: &mut Context<'_>, verb: Edit) -> Result<(), Failure> {
    if verb.name.is_none() && verb.slug.is_none() {
        return Err(Failure::usage("Nothing to change; give --name or --slug"));
    }
    let organization = context.organization().await?;
    let mut change = Map::new();
    for (key, value) in [("name", verb.name), ("slug", verb.slug)] {
        if let Some(value) = value {
            change.insert(key.to_owned(), Value::from(value));
        }
    }
    let call = Call::patch(format!("/organizations/{organization}"), Value::Object(change));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let part = |key: &str| printable(&text(&answer, &[key]));
    context.show(
        &answer,
        format!("{} is called so, and {} in addresses.", part("name"), part("slug")),
    );
    Ok(())
}

async fn limits(context: &mut Context<'_>) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let answer = context
        .api
        .call(Call::get(format!("/organizations/{organization}/limits")))
        .await?;
    let members = &answer["members"];
    let part = |key: &str| printable(&text(members, &[key]));
    let mut sentence = match members["limit"].as_u64() {
        Some(limit) => format!("{} of {limit} member slots are taken.", part("used")),
        None => format!("{} member slots are taken; any number fits.", part("used")),
    };
    if !part("contact").is_empty() {
        sentence.push_str(&format!(" For more ask {}.", part("contact")));
    }
    if !part("pricing").is_empty() {
        sentence.push_str(&format!(" What more costs: {}", part("pricing")));
    }
    context.show(&answer, sentence);
    Ok(())
}
