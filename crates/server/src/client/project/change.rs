//! What is done to a project as a whole.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::address;
use crate::client::Preview;
use crate::client::api::Call;
use crate::client::context::Context;
use crate::client::failure::Failure;
use crate::client::output::{printable, text};
use crate::client::people::find::member;
use crate::client::people::leave::must_ask;

#[derive(Clone, Copy, ValueEnum)]
pub enum Visibility {
    /// Everyone but guests, until somebody is mapped
    Everyone,
    /// Those who are mapped
    MembersOnly,
}

impl Visibility {
    const fn word(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::MembersOnly => "members_only",
        }
    }
}

#[derive(Args)]
pub struct Create {
    name: String,
    /// Made from the name where left out
    #[arg(long)]
    slug: Option<String>,
    #[arg(long)]
    description: Option<String>,
    #[arg(long)]
    visibility: Option<Visibility>,
    /// Where its code is, as github.com/acme/website
    #[arg(long, value_name = "HOST/NAME")]
    repository: Option<String>,
    /// Who owns it: id, username or e-mail of a member
    #[arg(long, value_name = "MEMBER")]
    owner: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Edit {
    /// Slug or id of the project
    #[arg(value_parser = crate::client::name)]
    project: String,
    #[arg(long)]
    name: Option<String>,
    /// "" takes it away
    #[arg(long)]
    description: Option<String>,
    #[arg(long)]
    visibility: Option<Visibility>,
    /// As github.com/acme/website; "" takes it away
    #[arg(long, value_name = "HOST/NAME")]
    repository: Option<String>,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Delete {
    /// Slug or id of the project
    #[arg(value_parser = crate::client::name)]
    project: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct AskRepository {
    /// Slug or id of the project
    #[arg(value_parser = crate::client::name)]
    project: String,
    #[command(flatten)]
    preview: Preview,
}

#[derive(Args)]
pub struct Transfer {
    /// Slug or id of the project
    #[arg(value_parser = crate::client::name)]
    project: String,
    /// Id, username or e-mail of the member who gets it
    member: String,
    #[command(flatten)]
    preview: Preview,
}

pub async fn create(context: &mut Context<'_>, verb: Create) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let mut body = Map::new();
    body.insert("name".to_owned(), Value::from(verb.name));
    for (key, value) in [("slug", verb.slug), ("description", verb.description)] {
        if let Some(value) = value {
            body.insert(key.to_owned(), Value::from(value));
        }
    }
    if let Some(visibility) = verb.visibility {
        body.insert("visibility".to_owned(), Value::from(visibility.word()));
    }
    if let Some(repository) = &verb.repository {
        body.insert("repository".to_owned(), parsed(repository)?);
    }
    if let Some(owner) = &verb.owner {
        let owner = member(context, &organization, owner).await?;
        body.insert("owner".to_owned(), Value::from(owner.id));
    }
    let call = Call::post(format!("/organizations/{organization}/projects"), Value::Object(body));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!(
        "{} is created as {}, owned by {}.",
        printable(&text(&answer, &["name"])),
        printable(&text(&answer, &["slug"])),
        printable(&text(&answer, &["owner", "name"]))
    );
    context.show(&answer, sentence);
    Ok(())
}

pub async fn edit(context: &mut Context<'_>, verb: Edit) -> Result<(), Failure> {
    let mut change = Map::new();
    for (key, value) in [("name", verb.name), ("description", verb.description)] {
        if let Some(value) = value {
            change.insert(key.to_owned(), Value::from(value));
        }
    }
    if let Some(visibility) = verb.visibility {
        change.insert("visibility".to_owned(), Value::from(visibility.word()));
    }
    if let Some(repository) = &verb.repository {
        let repository = if repository.is_empty() {
            Value::Null
        } else {
            parsed(repository)?
        };
        change.insert("repository".to_owned(), repository);
    }
    if change.is_empty() {
        return Err(Failure::usage(
            "Nothing to change; give --name, --description, --visibility or --repository",
        ));
    }
    let call = Call::patch(address(context, &verb.project).await?, Value::Object(change));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!("{} is changed.", printable(&text(&answer, &["name"])));
    context.show(&answer, sentence);
    Ok(())
}

pub async fn delete(context: &mut Context<'_>, verb: Delete) -> Result<(), Failure> {
    let path = address(context, &verb.project).await?;
    let question = format!("Delete the project {} for good?", printable(&verb.project));
    if must_ask(verb.yes, verb.preview) && !context.is_agreed([Call::delete(path.clone())], &question).await? {
        return Ok(());
    }
    let Some(answer) = context.write(Call::delete(path), verb.preview).await? else {
        return Ok(());
    };
    context.show(&answer, format!("{} is deleted.", printable(&verb.project)));
    Ok(())
}

pub async fn ask_repository(context: &mut Context<'_>, verb: AskRepository) -> Result<(), Failure> {
    let path = format!("{}/repository-inquiries", address(context, &verb.project).await?);
    let Some(answer) = context.write(Call::post(path, json!({})), verb.preview).await? else {
        return Ok(());
    };
    context.show(
        &answer,
        "The host is asked in your name; project access list tells what it said.",
    );
    Ok(())
}

pub async fn transfer(context: &mut Context<'_>, verb: Transfer) -> Result<(), Failure> {
    let organization = context.organization().await?;
    let receiver = member(context, &organization, &verb.member).await?;
    let path = format!("{}/owner", address(context, &verb.project).await?);
    let call = Call::put(path, json!({ "member": receiver.id }));
    let Some(answer) = context.write(call, verb.preview).await? else {
        return Ok(());
    };
    let sentence = format!(
        "{} now owns {}.",
        printable(&receiver.name),
        printable(&text(&answer, &["name"]))
    );
    context.show(&answer, sentence);
    Ok(())
}

fn parsed(repository: &str) -> Result<Value, Failure> {
    match repository.split_once('/') {
        Some((host, name)) => Ok(json!({ "host": host, "name": name })),
        None => Err(Failure::usage(
            "--repository takes a host and a name, as github.com/acme/website",
        )),
    }
}
