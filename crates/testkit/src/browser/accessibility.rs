//! Every page is checked by axe. It is fetched for the run, never kept with the sources: `.ci/run` lays it into the
//! target directory.

use std::fmt;
use std::fs;
use std::sync::Arc;

use serde::Deserialize;
use thirtyfour::WebDriver;

use crate::left_out::left_out;
use crate::target;

const ENGINE: &str = "axe-core/package/axe.min.js";
const RUN: &str = "
return axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map((violation) => ({
    rule: violation.id,
    impact: violation.impact ?? '',
    help: violation.help,
    elements: violation.nodes.map((node) => `${node.html}\\n      ${node.failureSummary.replace(/\\s+/g, ' ')}`),
})));";

/// A rule that a page breaks.
#[derive(Clone, Debug, Deserialize)]
pub struct Violation {
    pub rule: String,
    pub impact: String,
    pub help: String,
    pub elements: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.rule, self.impact, self.help)?;
        self.elements
            .iter()
            .try_for_each(|element| write!(f, "\n    {element}"))
    }
}

pub async fn violations(session: &WebDriver) -> Result<Vec<Violation>, String> {
    let file = target::directory().join(ENGINE);
    let Ok(engine) = fs::read_to_string(&file) else {
        left_out(&format!(
            "the accessibility of pages: there is no {}. `.ci/run` fetches it.",
            file.display()
        ));
        return Ok(Vec::new());
    };
    let script: Arc<str> = format!("{engine}\n{RUN}").into();
    let found = session
        .execute(script, Vec::new())
        .await
        .map_err(|error| error.to_string())?;
    found.convert().map_err(|error| error.to_string())
}
