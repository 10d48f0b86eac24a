//! Accounts made without mail, one or several: the passwords are shown once, on the page that answers the form.
// tidy: long because one account and several are two forms of the same act

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::Refusal;
use domain::member::MemberStatus;
use domain::permission::{MemberManage, Permission};
use domain::time::DAY;
use futures_util::StreamExt;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use service::member::creation::{Created, NewPerson};
use service::sign_in::TEMPORARY_LIFETIME;
use service::{Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::Path;
use crate::console::form::Form;
use crate::console::inside::{Inside, enter};
use crate::console::part::{self, filled};
use crate::console::people::slots;
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::form::{Choice, Errors, nth};
use crate::page::part::May;
use crate::page::people::{Add, AddRow, Create};
use crate::page::secret::{self, Secret};
use crate::page::shell::Section;

/// Rows the form begins with, and how many it takes at most; more are pasted.
const FEWEST_ROWS: usize = 3;
const MOST_ROWS: usize = 100;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/people/new", get(new).post(create))
        .route("/o/{organization}/people/add", get(several).post(add))
}

/// How long a temporary password can be used, said beside it.
pub fn lifetime() -> String {
    format!("A temporary password works for {} days.", TEMPORARY_LIFETIME / DAY)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct One {
    name: String,
    email: String,
    username: String,
    role: String,
    password_choice: String,
    temporary_password: String,
}

async fn new(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    Ok(view::html(
        &form(&app, &request, &slug, One::default(), Errors::none(), shown).await?,
    ))
}

async fn form(
    app: &App,
    request: &Request,
    slug: &str,
    typed: One,
    errors: Errors,
    shown: Once,
) -> Result<Create, Page> {
    let (mut seen, inside) = enter::<MemberManage>(app, request, slug, Section::People, shown).await?;
    let roles = service::role::assignable(&mut seen, true).await?;
    let limited = seen.organization().policies.member_limit.is_some();
    let told = limited && seen.actor().grants.has(Permission::SubscriptionView);
    drop(seen);
    let slots = if told { slots(app, request, slug).await? } else { None };
    let full = slots
        .filter(crate::page::people::Slots::full)
        .map(|slots| Refusal::MemberLimitReached {
            limit: u32::try_from(slots.limit).unwrap_or(u32::MAX),
            contact: service::member::whom_to_ask(app.roster.settings()),
        });
    Ok(Create {
        shell: inside.shell(&inside.words.create),
        words: inside.words.clone(),
        base: inside.base.clone(),
        errors,
        roles: part::role_choices(&roles, &typed.role),
        typed: typed.password_choice == "type",
        name: typed.name,
        email: typed.email,
        username: typed.username,
        password_advice: part::password_advice(app),
        may: full.map_or(May::Yes, |refusal| May::not(refusal.to_string())),
    })
}

async fn create(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(typed): Form<One>,
) -> Answer {
    if typed.password_choice == "type" && typed.temporary_password.is_empty() {
        let errors = Errors::none().with("temporary_password", "Type a password, or have one generated");
        return Ok(view::again(
            &form(&app, &request, &slug, typed, errors, Once::default()).await?,
        ));
    }
    let new = NewPerson {
        name: typed.name.clone(),
        email: filled(&typed.email),
        username: filled(&typed.username),
        role: filled(&typed.role),
        until: None,
        temporary_password: (typed.password_choice == "type")
            .then(|| SecretString::from(typed.temporary_password.clone())),
    };
    let organization = OrganizationRef::parse(&slug);
    match service::member::creation::create(&app.roster, &request, &organization, new).await {
        Ok(Outcome::Done(created)) => {
            let (seen, inside) = enter::<MemberManage>(&app, &request, &slug, Section::People, Once::default()).await?;
            drop(seen);
            Ok(view::html(&one_made(&app, &inside, &created)))
        }
        Ok(Outcome::Previewed(_)) => Ok(view::go(&format!("/o/{slug}/people"), None)),
        Err(error) => {
            let errors = beside(error)?;
            Ok(view::again(
                &form(&app, &request, &slug, typed, errors, Once::default()).await?,
            ))
        }
    }
}

/// A refusal that is about the address stands beside it.
fn beside(error: Error) -> Result<Errors, Page> {
    match error {
        Error::Refused(
            refusal @ (Refusal::AlreadyMember { .. }
            | Refusal::AlreadyAwaitingConsent { .. }
            | Refusal::SuspendedElsewhere),
        ) => Ok(Errors::none().with("email", refusal.to_string())),
        other => view::errors(other),
    }
}

fn secret(created: &Created) -> Secret {
    let account = &created.member.account;
    let waits = created.member.status() == MemberStatus::AwaitingConsent;
    Secret {
        name: account.name.clone(),
        username: account.username.clone(),
        email: account.email.clone().unwrap_or_default(),
        password: created
            .temporary_password
            .as_ref()
            .map(|text| text.expose_secret().to_owned())
            .unwrap_or_default(),
        remark: match (&created.temporary_password, waits) {
            (Some(_), _) => String::new(),
            (None, true) => "Has an account already, keeps its password, and must agree to join first".to_owned(),
            (None, false) => "Has an account already and keeps its password".to_owned(),
        },
    }
}

fn one_made(app: &App, inside: &Inside, created: &Created) -> secret::Page {
    let name = &created.member.account.name;
    let made = created.temporary_password.is_some();
    let waits = created.member.status() == MemberStatus::AwaitingConsent;
    let (heading, lead) = match (made, waits) {
        (true, _) => (
            format!("{name} has an account"),
            "Hand this temporary password over in a safe way. It must be changed at the first sign-in.".to_owned(),
        ),
        (false, true) => (
            format!("{name} is asked to join"),
            format!(
                "The address belongs to an account already, whose owner is a member once they agree. {}",
                created.asked(&app.roster).unwrap_or_default()
            ),
        ),
        (false, false) => (
            format!("{name} is a member now"),
            "The address belongs to an account already, which was added at once.".to_owned(),
        ),
    };
    secret::Page {
        shell: inside.shell(&heading),
        heading,
        lead,
        secrets: vec![secret(created)],
        notes: if made { vec![lifetime()] } else { Vec::new() },
        done_label: format!("Go to {name}"),
        done_href: inside.member_href(created.member.id),
        again_label: inside.words.create.clone(),
        again_href: format!("{}/people/new", inside.base),
    }
}

async fn several(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    Ok(view::html(
        &rows_form(&app, &request, &slug, Vec::new(), "", Errors::none(), shown).await?,
    ))
}

async fn rows_form(
    app: &App,
    request: &Request,
    slug: &str,
    mut rows: Vec<AddRow>,
    role: &str,
    errors: Errors,
    shown: Once,
) -> Result<Add, Page> {
    let (mut seen, inside) = enter::<MemberManage>(app, request, slug, Section::People, shown).await?;
    let roles: Vec<Choice> = part::role_choices(&service::role::assignable(&mut seen, true).await?, role);
    rows.resize_with(rows.len().max(FEWEST_ROWS), AddRow::default);
    Ok(Add {
        shell: inside.shell(&inside.words.add_many),
        words: inside.words.clone(),
        base: inside.base.clone(),
        errors,
        hosts: service::handle::hosts(&app.roster)
            .iter()
            .map(|host| Choice::new(&host.slug, host.name.clone()))
            .collect(),
        rows,
        roles,
    })
}

async fn add(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Answer {
    let value = |name: &str| {
        pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    };
    let role = value("role");
    let mut rows = rows_of(&pairs);
    if value("add_row") == "true" && rows.len() < MOST_ROWS {
        rows.resize_with(rows.len().max(FEWEST_ROWS) + 1, AddRow::default);
        return Ok(view::html(
            &rows_form(&app, &request, &slug, rows, &role, Errors::none(), Once::default()).await?,
        ));
    }
    let meant: Vec<usize> = (0..rows.len()).filter(|row| !is_blank(&rows[*row])).collect();
    if meant.is_empty() {
        let errors = Errors::none().with(nth("email", 0), "Give at least one e-mail address");
        return Ok(view::again(
            &rows_form(&app, &request, &slug, rows, &role, errors, Once::default()).await?,
        ));
    }
    let people: Vec<NewPerson> = meant.iter().map(|row| person(&rows[*row], &role)).collect();
    let organization = OrganizationRef::parse(&slug);
    // Every row is tried first: nobody is made while another row is still wrong.
    let tried = service::bulk::create(
        app.roster.clone(),
        request.with_dry_run(true),
        organization.clone(),
        people.clone(),
    )
    .await?;
    let tried: Vec<_> = tried.collect().await;
    let mut errors = Errors::none();
    for row in tried {
        if let Err(error) = row.outcome {
            for wrong in beside(error)?.list() {
                let field = if wrong.field.is_empty() {
                    "email"
                } else {
                    wrong.field.as_str()
                };
                let field = if field == "role" {
                    field.to_owned()
                } else {
                    nth(field, meant[row.number - 1])
                };
                errors.add(field, &wrong.message);
            }
        }
    }
    if errors.any() {
        return Ok(view::again(
            &rows_form(&app, &request, &slug, rows, &role, errors, Once::default()).await?,
        ));
    }
    let made = service::bulk::create(app.roster.clone(), request.clone(), organization, people).await?;
    let made: Vec<_> = made.collect().await;
    let (seen, inside) = enter::<MemberManage>(&app, &request, &slug, Section::People, Once::default()).await?;
    drop(seen);
    several_made(&inside, made, &rows, &meant)
}

/// Rows by their number; one that is missing between others is a blank one.
fn rows_of(pairs: &[(String, String)]) -> Vec<AddRow> {
    let mut rows: BTreeMap<usize, AddRow> = BTreeMap::new();
    for (key, value) in pairs {
        let Some((name, number)) = key.split_once('.') else {
            continue;
        };
        let Some(number) = number.parse().ok().filter(|number| *number < MOST_ROWS) else {
            continue;
        };
        let row = rows.entry(number).or_default();
        match name {
            "email" => row.email.clone_from(value),
            "name" => row.name.clone_from(value),
            "username" => row.username.clone_from(value),
            _ => {}
        }
    }
    let length = rows.last_key_value().map_or(0, |(number, _)| number + 1);
    (0..length)
        .map(|number| rows.remove(&number).unwrap_or_default())
        .collect()
}

fn is_blank(row: &AddRow) -> bool {
    [&row.email, &row.name, &row.username]
        .into_iter()
        .all(|text| text.trim().is_empty())
}

fn person(row: &AddRow, role: &str) -> NewPerson {
    NewPerson {
        name: row.name.clone(),
        email: filled(&row.email),
        username: filled(&row.username),
        role: filled(role),
        until: None,
        temporary_password: None,
    }
}

fn several_made(
    inside: &Inside,
    made: Vec<service::bulk::Row<Created>>,
    rows: &[AddRow],
    meant: &[usize],
) -> Result<Response, Page> {
    let (mut secrets, mut notes) = (Vec::new(), vec![lifetime()]);
    for row in made {
        match row.outcome {
            Ok(Outcome::Done(created)) => secrets.push(secret(&created)),
            Ok(Outcome::Previewed(_)) => {}
            Err(error) => {
                let typed = &rows[meant[row.number - 1]];
                let who = if typed.email.trim().is_empty() {
                    &typed.username
                } else {
                    &typed.email
                };
                notes.push(format!("Not added: {who}. {}", part::problem(error)?));
            }
        }
    }
    let number = secrets.iter().filter(|secret| !secret.password.is_empty()).count();
    let heading = match number {
        0 => "Nobody needed a new account".to_owned(),
        number => format!("{} created", part::counted(number, "account was", "accounts were")),
    };
    let page = secret::Page {
        shell: inside.shell(&heading),
        heading,
        lead: "Hand each temporary password to its owner in a safe way. It must be changed at the first sign-in."
            .to_owned(),
        secrets,
        notes,
        done_label: format!("Back to {}", inside.words.people),
        done_href: format!("{}/people", inside.base),
        again_label: "Add more".to_owned(),
        again_href: format!("{}/people/add", inside.base),
    };
    Ok(view::html(&page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_in_their_order_and_gaps_are_blank() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let rows = rows_of(&[
            pair("email.2", "c@example.com"),
            pair("name.0", "Ada"),
            pair("role", "admin"),
            pair("email.999", "x"),
        ]);
        assert_eq!(rows.len(), 3);
        assert_eq!(
            (rows[0].name.as_str(), rows[2].email.as_str()),
            ("Ada", "c@example.com")
        );
        assert!(is_blank(&rows[1]));
    }
}
