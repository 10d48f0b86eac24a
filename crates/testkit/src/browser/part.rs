//! A page or a part of it, with what a person does there. Everything waits: for the thing to be there, then does it.

use std::fmt::Display;
use std::future::Future;
use std::panic::Location;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::error::{WebDriverError, WebDriverErrorInner};
use thirtyfour::{WebDriver, WebElement};

use crate::target;

const PAGE: &str = include_str!("page.js");
const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);
/// Longer texts are pasted, as a person would.
const TYPED: usize = 200;
/// Control and A, all keys up: the whole field is selected.
const SELECT_ALL: &str = "\u{E009}a\u{E000}";
const DELETE: &str = "\u{E017}";

/// The whole page, a row or a named part; found anew each time, so that it outlives a change of the page.
#[derive(Clone, Debug)]
pub struct Part {
    pub(super) session: WebDriver,
    scope: Vec<(&'static str, String)>,
}

/// Why something did not happen: not yet, or never.
pub(super) enum Trouble {
    Passing(String),
    Final(String),
}

impl Part {
    pub(super) fn page(session: WebDriver) -> Self {
        Self {
            session,
            scope: Vec::new(),
        }
    }

    /// The row of a table or list with this text: `row("Ada Lovelace")`.
    pub fn row(&self, text: &str) -> Self {
        self.inside("row", text)
    }

    /// The part with this name or heading: a dialog, section, form, fieldset, navigation, table.
    pub fn part(&self, name: &str) -> Self {
        self.inside("part", name)
    }

    /// Types into the field with this label, in place of what is there.
    #[track_caller]
    pub fn fill(&self, label: &str, value: &str) -> impl Future<Output = ()> {
        let asked_at = Location::caller();
        self.until(asked_at, format!("fill “{label}”"), async move || {
            let (field, answer) = self.find("field", &[json!(label)]).await?;
            let argument = field.to_json().map_err(Trouble::from)?;
            match answer["kind"].as_str().unwrap_or_default() {
                "date" | "time" | "datetime-local" | "month" | "week" | "color" | "range" => {
                    self.ask("set", &[argument, json!(value)]).await.map(drop)
                }
                "checkbox" | "radio" | "select" => Err(Trouble::Final("nothing can be typed there".to_owned())),
                "file" => field.send_keys(value).await.map_err(Trouble::from),
                _ if value.len() > TYPED => self.ask("paste", &[argument, json!(value)]).await.map(drop),
                _ if value.is_empty() => field
                    .send_keys(format!("{SELECT_ALL}{DELETE}"))
                    .await
                    .map_err(Trouble::from),
                _ => field
                    .send_keys(format!("{SELECT_ALL}{value}"))
                    .await
                    .map_err(Trouble::from),
            }
        })
    }

    /// Hands a file to the field with this label.
    #[track_caller]
    pub fn attach(&self, label: &str, file: &Path) -> impl Future<Output = ()> {
        let file = file.display().to_string();
        let asked_at = Location::caller();
        self.until(asked_at, format!("attach {file} to “{label}”"), async move || {
            let (field, _) = self.find("field", &[json!(label)]).await?;
            field.send_keys(&file).await.map_err(Trouble::from)
        })
    }

    /// Chooses from a list, or a radio button from the group with this label.
    #[track_caller]
    pub fn choose(&self, label: &str, choice: &str) -> impl Future<Output = ()> {
        let asked_at = Location::caller();
        self.until(
            asked_at,
            format!("choose “{choice}” for “{label}”"),
            async move || {
                let (element, answer) = self.find("option", &[json!(label), json!(choice)]).await?;
                if answer["chosen"] == json!(true) {
                    Ok(())
                } else {
                    element.click().await.map_err(Trouble::from)
                }
            },
        )
    }

    /// Ticks the checkbox with this label, unless it is ticked.
    #[track_caller]
    pub fn check(&self, label: &str) -> impl Future<Output = ()> {
        self.toggle(Location::caller(), label, true)
    }

    /// Unticks the checkbox with this label, if it is ticked.
    #[track_caller]
    pub fn uncheck(&self, label: &str) -> impl Future<Output = ()> {
        self.toggle(Location::caller(), label, false)
    }

    /// Presses the button or link with this name.
    #[track_caller]
    pub fn press(&self, name: &str) -> impl Future<Output = ()> {
        let asked_at = Location::caller();
        self.until(asked_at, format!("press “{name}”"), async move || {
            let (element, _) = self.find("control", &[json!(name)]).await?;
            element.click().await.map_err(Trouble::from)
        })
    }

    /// Waits until this can be read.
    #[track_caller]
    pub fn see(&self, text: &str) -> impl Future<Output = ()> {
        let asked_at = Location::caller();
        self.until(asked_at, format!("see “{text}”"), async move || {
            if squeezed(&self.read().await?).contains(&squeezed(text)) {
                Ok(())
            } else {
                passing("it is not there")
            }
        })
    }

    /// Waits until this can no longer be read.
    #[track_caller]
    pub fn do_not_see(&self, text: &str) -> impl Future<Output = ()> {
        let asked_at = Location::caller();
        self.until(asked_at, format!("not see “{text}”"), async move || {
            if squeezed(&self.read().await?).contains(&squeezed(text)) {
                passing("it is there")
            } else {
                Ok(())
            }
        })
    }

    /// Waits until there is something of what has no word here.
    #[track_caller]
    pub fn get<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> impl Future<Output = T> {
        let asked_at = Location::caller();
        self.until(asked_at, format!("get {what}"), async move || match look().await {
            Some(found) => Ok(found),
            None => passing("it is not there"),
        })
    }

    /// Everything that can be read now, a line for each block; waits only for this part to be there.
    #[track_caller]
    pub fn text(&self) -> impl Future<Output = String> {
        let asked_at = Location::caller();
        self.until(asked_at, "read this part".to_owned(), async move || self.read().await)
    }

    /// What stands in the field with this label, also if it cannot be changed.
    #[track_caller]
    pub fn value(&self, label: &str) -> impl Future<Output = String> {
        let asked_at = Location::caller();
        self.until(asked_at, format!("read the field “{label}”"), async move || {
            let value = self.ask("value", &[json!(label)]).await?;
            Ok(value.as_str().unwrap_or_default().to_owned())
        })
    }

    /// Whether there is a row with this text right now.
    pub async fn has_row(&self, text: &str) -> bool {
        self.ask("there", &[json!("row"), json!(text)]).await.is_ok()
    }

    /// Waits until there is no row with this text.
    #[track_caller]
    pub fn do_not_see_row(&self, text: &str) -> impl Future<Output = ()> {
        let asked_at = Location::caller();
        self.until(asked_at, format!("see no row “{text}”"), async move || {
            if self.has_row(text).await {
                passing("it is there")
            } else {
                Ok(())
            }
        })
    }

    pub(super) async fn arrive(&self, asked_at: &Location<'_>, ending: &str) {
        self.until(asked_at, format!("arrive at “{ending}”"), async || {
            let address = self.session.current_url().await.map(String::from).unwrap_or_default();
            if address.ends_with(ending) {
                Ok(())
            } else {
                passing(&address)
            }
        })
        .await;
    }

    /// Waits until no form is on its way to the server.
    pub(super) async fn answered(&self, asked_at: &Location<'_>) {
        self.until(asked_at, "leave this page".to_owned(), async || {
            self.ask("answered", &[]).await.map(drop)
        })
        .await;
    }

    pub(super) async fn picture(&self, name: &str) -> Result<(), String> {
        let file = target::folder("screenshots").join(format!("{name}.png"));
        self.session.screenshot(&file).await.map_err(|error| error.to_string())
    }

    /// Ends the test, with what its reader needs to understand why.
    pub(super) async fn fail(&self, asked_at: &Location<'_>, wish: &str, trouble: &str) -> ! {
        // A browser that stands still would keep the report to itself.
        let looked = tokio::time::timeout(PATIENCE, self.look()).await;
        let (picture, address, page) = looked.unwrap_or_else(|_| {
            let silent = "the browser does not answer".to_owned();
            (silent.clone(), silent.clone(), silent)
        });
        let place: String = self
            .scope
            .iter()
            .map(|(kind, name)| format!(" in {kind} “{name}”"))
            .collect();
        panic!(
            "{asked_at}: cannot {wish}{place}: {trouble}\n  at {address}\n  {picture}\n  The page reads:\n    {page}"
        );
    }

    /// A picture, where the browser is, and what can be read there.
    async fn look(&self) -> (String, String, String) {
        let name = super::failed();
        let picture = match self.picture(&name).await {
            Ok(()) => format!("target/screenshots/{name}.png"),
            Err(error) => format!("no screenshot: {error}"),
        };
        let address = self.session.current_url().await.map(String::from).unwrap_or_default();
        let page = Self::page(self.session.clone()).read().await;
        let page = page.unwrap_or_else(|trouble| trouble.to_string());
        (picture, address, page.replace('\n', "\n    "))
    }

    pub(super) async fn ask(&self, question: &str, needs: &[Value]) -> Result<Value, Trouble> {
        let mut arguments = vec![json!(question), json!(self.scope)];
        arguments.extend_from_slice(needs);
        // Between two pages there is nothing to ask; that passes.
        let answer = self
            .session
            .execute(PAGE, arguments)
            .await
            .map_err(|error| Trouble::Passing(error.to_string()))?;
        match answer.json().get("trouble").and_then(Value::as_str) {
            Some(trouble) => passing(trouble),
            None => Ok(answer.json()["answer"].clone()),
        }
    }

    fn inside(&self, kind: &'static str, name: &str) -> Self {
        let mut scope = self.scope.clone();
        scope.push((kind, name.to_owned()));
        Self {
            session: self.session.clone(),
            scope,
        }
    }

    fn toggle(&self, asked_at: &'static Location<'static>, label: &str, wanted: bool) -> impl Future<Output = ()> {
        let wish = format!("{} “{label}”", if wanted { "check" } else { "uncheck" });
        self.until(asked_at, wish, async move || {
            let (element, answer) = self.find("toggle", &[json!(label)]).await?;
            if answer["chosen"] == json!(wanted) {
                Ok(())
            } else {
                element.click().await.map_err(Trouble::from)
            }
        })
    }

    async fn read(&self) -> Result<String, Trouble> {
        Ok(self.ask("text", &[]).await?.as_str().unwrap_or_default().to_owned())
    }

    async fn find(&self, question: &str, needs: &[Value]) -> Result<(WebElement, Value), Trouble> {
        let answer = self.ask(question, needs).await?;
        let element = WebElement::from_json(answer["element"].clone(), self.session.handle().clone());
        Ok((element.map_err(Trouble::from)?, answer))
    }

    async fn until<T>(
        &self,
        asked_at: &Location<'_>,
        wish: String,
        mut attempt: impl AsyncFnMut() -> Result<T, Trouble>,
    ) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match attempt().await {
                Ok(done) => return done,
                Err(Trouble::Passing(_)) if Instant::now() < deadline => tokio::time::sleep(POLL).await,
                Err(trouble) => self.fail(asked_at, &wish, &trouble.to_string()).await,
            }
        }
    }
}

impl Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Passing(text) | Self::Final(text)) = self;
        f.write_str(text)
    }
}

impl From<WebDriverError> for Trouble {
    fn from(error: WebDriverError) -> Self {
        // The page moved under the hand. Anything else may have happened after the click: pressing again could do it twice.
        match error.as_inner() {
            WebDriverErrorInner::ElementClickIntercepted(_)
            | WebDriverErrorInner::ElementNotInteractable(_)
            | WebDriverErrorInner::StaleElementReference(_) => Self::Passing(error.to_string()),
            _ => Self::Final(error.to_string()),
        }
    }
}

fn passing<T>(trouble: &str) -> Result<T, Trouble> {
    Err(Trouble::Passing(trouble.to_owned()))
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
