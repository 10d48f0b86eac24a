//! Help for the API, drawn from its own description, so that it cannot say anything else than what is served.

mod example;
mod operation;
mod problem;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::Value;

use self::operation::Described;
use super::refusal;
use super::view::{Answer, Once, html, shell};
use crate::console::address::Path;
use crate::context::Person;
use crate::page::docs::{Heading, Index, Operations, Problems, Tag};
use crate::page::shell::{Section, Shell};
use crate::{App, api};

pub fn router() -> Router<App> {
    Router::new()
        .route("/docs", get(index))
        .route("/docs/problems", get(problems))
        .route("/docs/{tag}", get(tag))
}

async fn index(State(app): State<App>, person: Option<Person>, once: Once) -> Answer {
    let document = api::openapi();
    let page = Index {
        shell: around(&app, person, "API help", once).await?,
        version: text(&document["info"]["version"]),
        description_href: "/api/v1/openapi.json".to_owned(),
        server: app.roster.settings().public_url.clone(),
        tags: topics(document),
    };
    Ok(html(&page))
}

async fn tag(State(app): State<App>, person: Option<Person>, Path(slug): Path<String>, once: Once) -> Answer {
    let document = api::openapi();
    let topics = topics(document);
    let Some(topic) = topics.iter().find(|topic| topic.slug == slug) else {
        return Err(refusal::not_found().await);
    };
    let server = &app.roster.settings().public_url;
    let operations = described(document)
        .into_iter()
        .filter(|operation| slug_of(&operation.tag) == slug)
        .map(|operation| operation.page(document, server))
        .collect();
    let page = Operations {
        shell: around(&app, person, &topic.name, once).await?,
        name: topic.name.clone(),
        slug: slug.clone(),
        description: topic.description.clone(),
        operations,
        tags: topics
            .iter()
            .map(|topic| (topic.slug.clone(), topic.name.clone()))
            .collect(),
    };
    Ok(html(&page))
}

async fn problems(State(app): State<App>, person: Option<Person>, once: Once) -> Answer {
    Ok(html(&Problems {
        shell: around(&app, person, "Problems", once).await?,
        problems: problem::all(),
    }))
}

/// Anybody may read the help; whoever is signed in keeps their way back.
async fn around(app: &App, person: Option<Person>, title: &str, once: Once) -> Result<Shell, refusal::Page> {
    let request = person.map(|Person(request)| request);
    let mut shell = shell(app, request.as_ref(), title, once).await?;
    shell.current = Some(Section::Help);
    Ok(shell)
}

/// All operations, in the order of the tags and of the document.
fn described(document: &Value) -> Vec<Described<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, methods)| operation::of_path(path, methods))
        .collect()
}

fn topics(document: &Value) -> Vec<Tag> {
    let all = described(document);
    let tags = document["tags"].as_array().into_iter().flatten();
    tags.map(|tag| {
        let name = text(&tag["name"]);
        let of_this = all.iter().filter(|operation| operation.tag == name);
        Tag {
            slug: slug_of(&name),
            description: text(&tag["description"]),
            operations: of_this.map(Described::heading).collect::<Vec<Heading>>(),
            name,
        }
    })
    .filter(|tag| !tag.operations.is_empty())
    .collect()
}

fn slug_of(name: &str) -> String {
    name.to_lowercase()
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_stands_on_the_page_of_one_topic() {
        let document = api::openapi();
        let shown: usize = topics(document).iter().map(|topic| topic.operations.len()).sum();
        let paths = document["paths"].as_object().unwrap();
        let served: usize = paths.values().map(|methods| methods.as_object().unwrap().len()).sum();
        assert_eq!(shown, served);
        assert!(
            topics(document).iter().all(|topic| topic.slug != "problems"),
            "the page of problems has that address"
        );
    }

    #[test]
    fn a_topic_has_an_address_of_its_own() {
        assert_eq!(slug_of("Service accounts"), "service-accounts");
        assert_eq!(slug_of("Audit & log "), "audit-log");
    }
}
