//! Help for the API, drawn from its own description.

use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "docs/index.html")]
pub struct Index {
    pub shell: Shell,
    pub version: String,
    /// Where programs find the description.
    pub description_href: String,
    /// The server's own address, for the examples.
    pub server: String,
    pub tags: Vec<Tag>,
}

#[derive(Clone, Debug)]
pub struct Tag {
    /// The last segment of its page's address.
    pub slug: String,
    pub name: String,
    pub description: String,
    pub operations: Vec<Heading>,
}

#[derive(Clone, Debug)]
pub struct Heading {
    /// The anchor on the tag's page.
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
}

/// One tag with all its operations.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "docs/operation.html")]
pub struct Operations {
    pub shell: Shell,
    pub name: String,
    pub slug: String,
    pub description: String,
    pub operations: Vec<Operation>,
    /// All tags, for the way between them.
    pub tags: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub description: String,
    /// Empty where none is needed.
    pub permission: String,
    pub parameters: Vec<Parameter>,
    pub body: Vec<Parameter>,
    pub responses: Vec<Response>,
    pub example: String,
}

#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: String,
    /// path, query, header or body.
    pub place: String,
    /// Such as "string" or "integer, at most 200".
    pub kind: String,
    pub required: bool,
    pub description: String,
}

#[derive(Clone, Debug)]
pub struct Response {
    pub status: String,
    pub description: String,
    /// An example of the body; may be empty.
    pub example: String,
}

/// What the codes of problems mean.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "docs/problem.html")]
pub struct Problems {
    pub shell: Shell,
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug)]
pub struct Problem {
    /// Also the anchor, which the `type` of a problem leads to.
    pub code: String,
    pub status: String,
    pub text: String,
}
