//! The audit log as a page: found by who, what, when and by which way in, saved as a file, and kept for so long.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use domain::Timestamp;
use domain::audit::{Action, Entry};
use domain::id::EventId;
use domain::organization::Organization;
use domain::permission::{AuditLogManage, AuditLogView, Permission};
use serde::Deserialize;
use service::audit::{Filter, State as Chain, retention};
use service::{OrganizationRef, Outcome, Request};

use crate::App;
use crate::audit_export::{self, Format};
use crate::console::address::{Path, Query};
use crate::console::audit_entry::{medium, named, row};
use crate::console::form::Form;
use crate::console::inside::{Inside, enter};
use crate::console::part::{self, counted, filled};
use crate::console::refusal::Page;
use crate::console::time;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::audit::{Download, List, Only, Retention, Row};
use crate::page::confirm::{self, Consequence, ConsequenceKind};
use crate::page::form::{Choice, Errors};
use crate::page::part::{Pager, Time};
use crate::page::shell::{Section, Shell};

const PAGE: usize = 50;
/// One more tells whether there is a next page.
pub const FETCHED: i64 = PAGE as i64 + 1;
const MEDIA: [&str; 4] = ["web", "api", "cli", "system"];

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/audit", get(list))
        .route("/o/{organization}/audit/export", get(export))
        .route("/o/{organization}/audit/retention", get(retained).post(retain))
}

/// What the address of a page of the log asks for.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    query: String,
    action: String,
    medium: String,
    actor: String,
    target: String,
    from: String,
    to: String,
    cursor: String,
    pub format: String,
}

impl Asked {
    /// Days are those of the reader's zone; what nobody could have chosen is left out.
    pub fn filter(&self, zone: Option<&str>) -> Filter {
        let known = Action::ALL.iter().map(|action| action.name());
        Filter {
            query: filled(&self.query),
            action: known.into_iter().find(|name| *name == self.action).map(str::to_owned),
            medium: MEDIA.into_iter().find(|name| *name == self.medium).map(str::to_owned),
            actor: filled(&self.actor),
            target: filled(&self.target),
            after: time::start_of_day(&self.from, zone),
            before: time::end_of_day(&self.to, zone).map(|end| end.plus(domain::time::SECOND)),
            older_than: self.cursor.parse::<EventId>().ok(),
        }
    }

    /// The same question, asked elsewhere or of another page.
    fn href(&self, path: &str, more: &[(&str, &str)]) -> String {
        let mut pairs = vec![
            ("query", self.query.as_str()),
            ("action", &self.action),
            ("medium", &self.medium),
            ("actor", &self.actor),
            ("target", &self.target),
            ("from", &self.from),
            ("to", &self.to),
        ];
        pairs.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        pairs.extend(more);
        part::href(path, &pairs)
    }
}

/// The log of an organization or of the instance, as it was read.
pub struct Log<'a> {
    /// Where the organization's pages begin.
    pub home: Option<&'a str>,
    /// Where the log stands.
    pub base: String,
    pub asked: &'a Asked,
    pub filter: &'a Filter,
    pub entries: Vec<Entry>,
    pub chain: Option<Chain>,
    pub kept_days: Option<u32>,
    pub may_manage: bool,
}

impl Log<'_> {
    pub fn page(mut self, shell: Shell, time: impl Fn(Timestamp) -> Time) -> List {
        let (asked, base) = (self.asked, self.base.clone());
        let more = self.entries.len() > PAGE;
        self.entries.truncate(PAGE);
        let any = |label: &str, chosen: bool| Choice::new("", label).selected(!chosen);
        let actions = Action::ALL.iter().map(|action| action.name());
        let mut actions: Vec<_> = actions
            .map(|name| Choice::new(name, named(name)).selected(self.filter.action.as_deref() == Some(name)))
            .collect();
        actions.sort_by(|one, other| one.label.cmp(&other.label));
        actions.insert(0, any("Any action", self.filter.action.is_some()));
        let media = MEDIA.map(|name| Choice::new(name, medium(name)).selected(asked.medium == name));
        let plain = Filter {
            older_than: None,
            ..self.filter.clone()
        };
        List {
            shell,
            actions,
            media: std::iter::once(any("Any medium", self.filter.medium.is_some()))
                .chain(media)
                .collect(),
            query: asked.query.clone(),
            from: asked.from.clone(),
            to: asked.to.clone(),
            filtered: !plain.is_empty(),
            only: self.only(),
            rows: self
                .entries
                .iter()
                .map(|entry| row(self.home, &base, &time, entry))
                .collect(),
            pager: Pager {
                first: self
                    .filter
                    .older_than
                    .map(|_| asked.href(&base, &[]))
                    .unwrap_or_default(),
                next: self
                    .entries
                    .last()
                    .filter(|_| more)
                    .map(|last| asked.href(&base, &[("cursor", &last.id.to_string())]))
                    .unwrap_or_default(),
            },
            downloads: [("CSV", "csv"), ("JSON", "json"), ("NDJSON", "ndjson")]
                .map(|(label, format)| Download {
                    label: label.to_owned(),
                    href: asked.href(&format!("{base}/export"), &[("format", format)]),
                })
                .into(),
            last_number: self.chain.map_or(0, |chain| chain.head.number).to_string(),
            last_hash: self.chain.map_or_else(String::new, |chain| chain.head.hash.to_string()),
            kept: kept(self.kept_days),
            may_manage: self.may_manage,
            base,
        }
    }

    /// Whom the list is narrowed to, by the name that the entries have.
    fn only(&self) -> Vec<Only> {
        let first = self.entries.first();
        let named = |name: Option<&str>, id: &str| name.filter(|name| !name.is_empty()).unwrap_or(id).to_owned();
        let by = first.map(|entry| entry.actor.name.as_str());
        let on = first.map(|entry| entry.target.name.as_str());
        [
            ("actor", "By", &self.asked.actor, by),
            ("target", "About", &self.asked.target, on),
        ]
        .into_iter()
        .filter(|(_, _, id, _)| !id.is_empty())
        .map(|(field, word, id, name)| Only {
            field: field.to_owned(),
            id: id.clone(),
            label: format!("{word} {}", named(name, id)),
            without: self.asked.href(&self.base, &[(field, "")]),
        })
        .collect()
    }
}

pub fn kept(days: Option<u32>) -> String {
    match days {
        None => "Entries are kept for ever.".to_owned(),
        Some(1) => "Entries are kept for one day.".to_owned(),
        Some(days) => format!("Entries are kept for {days} days."),
    }
}

async fn list(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<AuditLogView>(&app, &request, &slug, Section::Audit, shown).await?;
    let filter = asked.filter(inside.zone());
    let log = Log {
        home: Some(&inside.base),
        base: format!("{}/audit", inside.base),
        chain: service::audit::state(&mut seen).await?,
        kept_days: seen.organization().policies.audit_retention_days,
        may_manage: seen.actor().grants.has(Permission::AuditLogManage),
        entries: service::audit::list(seen, &filter, FETCHED).await?,
        asked: &asked,
        filter: &filter,
    };
    let mut page = log.page(inside.shell("Audit log"), |at| inside.time(at));
    mark_undone(&app, &request, &slug, &mut page.rows).await?;
    Ok(view::html(&page))
}

/// What was taken back already offers no button.
async fn mark_undone(app: &App, request: &Request, slug: &str, rows: &mut [Row]) -> Result<(), Page> {
    let ids: Vec<EventId> = rows.iter().filter_map(|row| row.id.parse().ok()).collect();
    let mut seen = app
        .roster
        .see::<AuditLogView>(request, &OrganizationRef::parse(slug))
        .await?;
    let undone = service::undo::undone(&mut seen, &ids).await?;
    for row in rows {
        if row.id.parse().is_ok_and(|id: EventId| undone.contains_key(&id)) {
            row.undone = true;
            row.undo_href.clear();
        }
    }
    Ok(())
}

async fn export(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer {
    let (seen, inside) = enter::<AuditLogView>(&app, &request, &slug, Section::Audit, Once::default()).await?;
    let slug = seen.organization().slug.clone();
    let filter = Filter {
        older_than: None,
        ..asked.filter(inside.zone())
    };
    let format = Format::named(&asked.format).unwrap_or(Format::Lines);
    let export = service::audit::export(seen, filter).await?;
    Ok(audit_export::file(export, format, &slug).into_response())
}

/// For how long entries are to be kept, as it was typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    kept: String,
    audit_retention_days: String,
    /// Whether the consequences were seen.
    pub seen: bool,
}

impl Typed {
    pub fn of(days: Option<u32>) -> Self {
        Self {
            kept: if days.is_some() { "days" } else { "ever" }.to_owned(),
            audit_retention_days: days.map(|days| days.to_string()).unwrap_or_default(),
            seen: false,
        }
    }

    pub fn parse(&self) -> Result<Option<u32>, Errors> {
        if self.kept != "days" {
            return Ok(None);
        }
        let days = self.audit_retention_days.trim().parse();
        days.map(Some)
            .map_err(|_| Errors::none().with("audit_retention_days", "Give a whole number of days."))
    }

    pub fn page(&self, shell: Shell, base: String, errors: Errors) -> Retention {
        let choice = |value: &str, label: &str, hint: &str| {
            Choice::new(value, label)
                .hint(hint)
                .selected((self.kept == "days") == (value == "days"))
        };
        Retention {
            shell,
            base,
            errors,
            kept: vec![
                choice("ever", "For ever", "Nothing is removed for its age."),
                choice("days", "For a number of days", "What is older is removed, once a day."),
            ],
            days: self.audit_retention_days.clone(),
        }
    }

    /// What it would remove, before it is saved.
    pub fn question(&self, shell: Shell, base: &str, days: u32, gone: i64) -> confirm::Page {
        let number = counted(usize::try_from(gone).unwrap_or(0), "entry", "entries");
        let what = match gone {
            0 => Consequence::new(
                ConsequenceKind::Keeps,
                format!("No entry is older than {days} days today"),
            ),
            _ => Consequence::new(
                ConsequenceKind::Loss,
                format!("{number} older than {days} days will be removed within a day, for good"),
            ),
        };
        let rest = "What is left still verifies: the last hash that was removed is kept as its beginning";
        confirm::Page {
            heading: format!("Keep entries for {days} days?"),
            lead: "What was exported before stays as it is.".to_owned(),
            consequences: vec![what, Consequence::new(ConsequenceKind::Keeps, rest)],
            hidden: vec![
                ("kept".to_owned(), self.kept.clone()),
                ("audit_retention_days".to_owned(), self.audit_retention_days.clone()),
                ("seen".to_owned(), "true".to_owned()),
            ],
            action: format!("{base}/retention"),
            submit: format!("Keep entries for {days} days"),
            danger: gone > 0,
            cancel_href: format!("{base}/retention"),
            shell,
            ..confirm::Page::default()
        }
    }
}

async fn retained(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    let (seen, inside) = enter::<AuditLogManage>(&app, &request, &slug, Section::Audit, shown).await?;
    let typed = Typed::of(seen.organization().policies.audit_retention_days);
    Ok(view::html(&page_of(&inside, &typed, Errors::none())))
}

fn page_of(inside: &Inside, typed: &Typed, errors: Errors) -> Retention {
    typed.page(
        inside.shell("Keeping the audit log"),
        format!("{}/audit", inside.base),
        errors,
    )
}

async fn retain(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Answer {
    let (seen, inside) = enter::<AuditLogManage>(&app, &request, &slug, Section::Audit, Once::default()).await?;
    let base = format!("{}/audit", inside.base);
    let days = match typed.parse() {
        Ok(days) => days,
        Err(errors) => return Ok(view::again(&page_of(&inside, &typed, errors))),
    };
    if let Some(days) = days.filter(|_| !typed.seen) {
        // What cannot be saved is told first.
        if let Err(error) = keep(&app, &request.with_dry_run(true), &slug, Some(days)).await {
            return Ok(view::again(&page_of(&inside, &typed, view::errors(error)?)));
        }
        let gone = retention::would_remove(seen, days).await?;
        let shell = inside.shell("Keeping the audit log");
        return Ok(view::html(&typed.question(shell, &base, days, gone)));
    }
    drop(seen);
    match keep(&app, &request, &slug, days).await {
        Ok(_) => Ok(view::done(&base, kept(days))),
        Err(error) => Ok(view::again(&page_of(&inside, &typed, view::errors(error)?))),
    }
}

async fn keep(app: &App, request: &Request, slug: &str, days: Option<u32>) -> service::Result<Outcome<Organization>> {
    let organization = OrganizationRef::parse(slug);
    let authorized = app.roster.authorize::<AuditLogManage>(request, &organization).await?;
    retention::change(authorized, days).await
}
