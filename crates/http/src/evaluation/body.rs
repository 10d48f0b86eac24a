//! What is asked, borrowed from the body's own bytes. Fields that are not known are left alone, as the standard demands.

use std::borrow::Cow;

use serde::Deserialize;
use service::evaluation::{Question, Thing};

use super::malformed;
use crate::problem::Problem;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Evaluation<'a> {
    #[serde(borrow)]
    subject: Option<Named<'a>>,
    #[serde(borrow)]
    action: Option<Action<'a>>,
    #[serde(borrow)]
    resource: Option<Named<'a>>,
    #[serde(borrow)]
    context: Option<Context<'a>>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    properties: Option<Properties<'a>>,
}

#[derive(Deserialize)]
struct Properties<'a> {
    #[serde(borrow, default)]
    project: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Action<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Context<'a> {
    #[serde(borrow, default)]
    organization: Option<Cow<'a, str>>,
    #[serde(default)]
    minimum_revision: Option<i64>,
}

/// Many questions, and what those have that leave something out.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Evaluations<'a> {
    #[serde(borrow)]
    subject: Option<Named<'a>>,
    #[serde(borrow)]
    action: Option<Action<'a>>,
    #[serde(borrow)]
    resource: Option<Named<'a>>,
    #[serde(borrow)]
    context: Option<Context<'a>>,
    #[serde(borrow)]
    pub evaluations: Vec<Evaluation<'a>>,
    pub options: Options,
}

impl<'a> Evaluations<'a> {
    /// The question that the defaults ask by themselves.
    pub fn defaults(&mut self) -> Evaluation<'a> {
        Evaluation {
            subject: self.subject.take(),
            action: self.action.take(),
            resource: self.resource.take(),
            context: self.context.take(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Options {
    #[serde(rename = "evaluations_semantic")]
    pub semantic: Semantic,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Semantic {
    #[default]
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

impl<'a> Evaluation<'a> {
    /// The question, with what it leaves out taken from the defaults.
    pub fn question(&'a self, defaults: Option<&'a Self>) -> Result<Question<'a>, Problem> {
        let missing = |what: &str| malformed(format!("{what} is missing, here and among the defaults."));
        let or = |of: fn(&'a Self) -> Option<&'a Named<'a>>| of(self).or_else(|| defaults.and_then(of));
        let subject = or(|of| of.subject.as_ref()).ok_or_else(|| missing("subject"))?;
        let resource = or(|of| of.resource.as_ref()).ok_or_else(|| missing("resource"))?;
        let action = self
            .action
            .as_ref()
            .or_else(|| defaults.and_then(|of| of.action.as_ref()))
            .ok_or_else(|| missing("action"))?;
        let context = self
            .context
            .as_ref()
            .or_else(|| defaults.and_then(|of| of.context.as_ref()));
        Ok(Question {
            subject: subject.thing(),
            permission: &action.name,
            resource: resource.thing(),
            project: resource.properties.as_ref().and_then(|of| of.project.as_deref()),
            organization: context.and_then(|context| context.organization.as_deref()),
            minimum_revision: context.and_then(|context| context.minimum_revision),
        })
    }
}

impl Named<'_> {
    fn thing(&self) -> Thing<'_> {
        Thing {
            kind: &self.kind,
            id: &self.id,
        }
    }
}
