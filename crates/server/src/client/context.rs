//! What every command works with: the server, the organization meant, the form of the output and
//! the two streams it writes to. Handed in whole, so that a test reads what a person would.

use std::io::Write;

use serde_json::{Value, json};

use super::Preview;
use super::api::{Api, Call};
use super::effect;
use super::failure::Failure;
use super::output::{self, Form, printable};
use super::prompt;

/// The most items the API gives at once.
const PAGE: usize = 200;

pub struct Context<'a> {
    pub api: Api,
    form: Form,
    organization: Option<String>,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

/// Part of a list and where it goes on.
pub struct Page {
    pub items: Vec<Value>,
    pub next_cursor: Option<String>,
}

impl Page {
    pub fn json(self) -> Value {
        json!({"items": self.items, "next_cursor": self.next_cursor})
    }
}

impl<'a> Context<'a> {
    pub fn new(
        api: Api,
        form: Form,
        organization: Option<String>,
        out: &'a mut dyn Write,
        err: &'a mut dyn Write,
    ) -> Self {
        Self {
            api,
            form,
            organization,
            out,
            err,
        }
    }

    pub fn is_json(&self) -> bool {
        self.form == Form::Json
    }

    /// A line of the answer. A reader that has seen enough closes the pipe; that is no failure.
    pub fn say(&mut self, line: impl AsRef<str>) {
        let _ = writeln!(self.out, "{}", line.as_ref());
    }

    /// Part of an answer that is no line.
    ///
    /// # Errors
    /// Whoever reads it has seen enough.
    pub fn pass_on(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.out.write_all(bytes).and_then(|()| self.out.flush());
        written.map_err(|error| Failure::usage(format!("the output cannot be written: {error}")))
    }

    /// A line beside the answer, for the person and not for the program that reads it.
    pub fn note(&mut self, line: impl AsRef<str>) {
        let _ = writeln!(self.err, "{}", line.as_ref());
    }

    /// The API's own answer, or the sentence that stands for it.
    pub fn show(&mut self, answer: &Value, sentence: impl AsRef<str>) {
        if !self.is_json() {
            self.say(sentence);
        } else if !answer.is_null() {
            self.say(output::json(answer));
        }
    }

    /// A list as a table, or as the API's own answer. `none` is said where nothing is in it.
    pub fn show_list(
        &mut self,
        page: Page,
        none: impl AsRef<str>,
        header: &[&str],
        row: impl Fn(&Value) -> Vec<String>,
    ) {
        if self.is_json() {
            self.say(output::json(&page.json()));
        } else if page.items.is_empty() {
            self.note(none);
        } else {
            self.say(output::table(header, page.items.iter().map(row).collect()));
        }
    }

    /// The same of one that can be gone on with.
    pub fn show_page(
        &mut self,
        page: Page,
        none: impl AsRef<str>,
        header: &[&str],
        row: impl Fn(&Value) -> Vec<String>,
    ) {
        let further = page
            .next_cursor
            .clone()
            .filter(|_| !self.is_json() && !page.items.is_empty());
        self.show_list(page, none, header, row);
        if let Some(cursor) = further {
            self.note(format!("There are more: --all, or --cursor {}", printable(&cursor)));
        }
    }

    /// Shows what these would do, and asks whether they are to be done.
    pub async fn is_agreed(&mut self, calls: impl IntoIterator<Item = Call>, question: &str) -> Result<bool, Failure> {
        for call in calls {
            let preview = self.api.call(call.query("dry_run", "true")).await?;
            self.note(effect::words(&preview));
        }
        let is_agreed = prompt::is_confirmed(question)?;
        if !is_agreed {
            self.note("Left as it was.");
        }
        Ok(is_agreed)
    }

    /// The organization named, or the only one there is.
    pub async fn organization(&mut self) -> Result<String, Failure> {
        if let Some(organization) = &self.organization {
            return Ok(organization.clone());
        }
        let page = self.list(Call::get("/organizations"), None, PAGE).await?;
        let slugs: Vec<String> = page.items.iter().map(|item| output::text(item, &["slug"])).collect();
        match slugs.as_slice() {
            [only] => {
                self.organization = Some(only.clone());
                Ok(only.clone())
            }
            [] => Err(Failure::usage(
                "You are in no organization; open one with: roster organization create",
            )),
            several => Err(Failure::usage(format!(
                "Which organization? Name it with -o or ROSTER_ORGANIZATION: {}",
                several
                    .iter()
                    .map(|slug| printable(slug))
                    .collect::<Vec<_>>()
                    .join(", ")
            ))),
        }
    }

    /// Items from `cursor` on, as many as asked for, over as many pages as that takes.
    pub async fn list(&self, call: Call, cursor: Option<String>, limit: usize) -> Result<Page, Failure> {
        let mut page = Page {
            items: Vec::new(),
            next_cursor: cursor,
        };
        loop {
            let wanted = (limit - page.items.len()).min(PAGE);
            let call = call
                .clone()
                .query("limit", wanted.to_string())
                .query_if("cursor", page.next_cursor.as_ref());
            let answer = self.api.call(call).await?;
            if let Some(Value::Array(items)) = answer.get("items") {
                page.items.extend(items.iter().cloned());
            }
            let next = answer.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
            // A cursor that leads back to itself would keep this going for ever.
            let goes_on = next.is_some() && next != page.next_cursor;
            page.next_cursor = next;
            if !goes_on || page.items.len() >= limit {
                return Ok(page);
            }
        }
    }

    /// Makes the change and gives the answer; as a preview it prints the effects and gives none.
    pub async fn write(&mut self, call: Call, preview: Preview) -> Result<Option<Value>, Failure> {
        if !preview.dry_run {
            return self.api.call(call).await.map(Some);
        }
        let answer = self.api.call(call.query("dry_run", "true")).await?;
        self.show(&answer, effect::words(&answer));
        Ok(None)
    }
}
