//! Making and changing a custom role. Before a change is saved its page tells who gains and loses what.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use axum_extra::extract::Form as Repeating;
use domain::permission::{Level, RoleManage, RoleView};
use domain::role::{COLOURS, Role};
use serde::Deserialize;
use service::role::Counted;
use service::role::making::{NewRole, RoleEdit, create, edit};
use service::{Authorized, Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::Path;
use crate::console::consequence::of_people;
use crate::console::inside::{Inside, enter};
use crate::console::label;
use crate::console::refusal::Page;
use crate::console::role::{level, may_manage, modules};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm;
use crate::page::form::{Choice, Errors};
use crate::page::role::{Edit, Entry};
use crate::page::shell::Section;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/roles/new", get(new).post(make))
        .route("/o/{organization}/roles/{role}/edit", get(changing).post(change))
}

/// The form as it was filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    applies_to: String,
    /// The role that a new one begins with.
    from: String,
    name: String,
    description: String,
    colour: String,
    filter: String,
    permission: Vec<String>,
    /// Whether the consequences were seen.
    confirmed: bool,
}

impl Typed {
    fn of(role: &Role) -> Self {
        Self {
            name: role.name.clone(),
            description: role.description.clone(),
            colour: role.colour.clone(),
            permission: role.permissions.iter().map(str::to_owned).collect(),
            ..Self::default()
        }
    }

    /// Whether the form comes back from its own search.
    fn searches(&self) -> bool {
        !self.filter.is_empty() || !self.name.is_empty() || !self.permission.is_empty()
    }

    fn fields(&self) -> Vec<(String, String)> {
        let plain = [
            ("applies_to", &self.applies_to),
            ("name", &self.name),
            ("description", &self.description),
            ("colour", &self.colour),
        ];
        let plain = plain.map(|(name, value)| (name.to_owned(), value.clone()));
        let ticked = self
            .permission
            .iter()
            .map(|name| ("permission".to_owned(), name.clone()));
        let confirmed = ("confirmed".to_owned(), "true".to_owned());
        plain.into_iter().chain(ticked).chain([confirmed]).collect()
    }
}

async fn new(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    shown: Once,
    Repeating(mut typed): Repeating<Typed>,
) -> Answer {
    let (mut seen, inside) = managing(&app, &request, &slug, shown).await?;
    let level = level(&typed.applies_to);
    let roles = of_level(&mut seen, level).await?;
    let original = roles.iter().find(|role| role.id.to_string() == typed.from);
    if let Some(original) = original {
        typed.permission = original.permissions.iter().map(str::to_owned).collect();
        typed.description.clone_from(&original.description);
        typed.colour.clone_from(&original.colour);
    }
    Ok(view::html(&making(&seen, &inside, &roles, &typed, Errors::none())))
}

async fn make(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Repeating(typed): Repeating<Typed>,
) -> Answer {
    let authorized = app
        .roster
        .authorize::<RoleManage>(&request, &OrganizationRef::parse(&slug))
        .await?;
    let new = NewRole {
        name: typed.name.clone(),
        slug: None,
        description: Some(typed.description.clone()),
        colour: Some(typed.colour.clone()),
        applies_to: Some(level(&typed.applies_to)),
        permissions: typed.permission.clone(),
    };
    match create(authorized, new).await {
        Ok(Outcome::Done(made)) => Ok(view::done(
            &format!("/o/{slug}/roles/{}", made.role.id),
            format!("The role {} is made.", made.role.name),
        )),
        Ok(Outcome::Previewed(_)) => Ok(view::go(&format!("/o/{slug}/roles"), None)),
        Err(error) => {
            let errors = told(error)?;
            let (mut seen, inside) = managing(&app, &request, &slug, Once::default()).await?;
            let roles = of_level(&mut seen, level(&typed.applies_to)).await?;
            Ok(view::again(&making(&seen, &inside, &roles, &typed, errors)))
        }
    }
}

/// What was wrong, at the fields of this form.
fn told(error: Error) -> Result<Errors, Page> {
    let errors = view::errors(error)?;
    let mut told = Errors::none();
    for error in errors.list() {
        // One of many ticks, and a short name that follows from the name, are told at the fields that are there.
        let field = match error.field.as_str() {
            field if field.starts_with("permissions") => "permissions",
            "slug" => "name",
            field => field,
        };
        told.add(field, label::of_name(&error.field, &error.message));
    }
    Ok(told)
}

pub async fn managing(
    app: &App,
    request: &Request,
    slug: &str,
    shown: Once,
) -> Result<(Authorized<RoleView, service::authorization::Reading>, Inside), Page> {
    let (seen, inside) = enter::<RoleView>(app, request, slug, Section::Settings, shown).await?;
    if !may_manage(&seen) {
        let permission = domain::permission::Permission::RoleManage;
        return Err(if seen.organization().access_model.custom_roles {
            domain::Refusal::Forbidden { permission }.into()
        } else {
            domain::Refusal::NotInThisOrganization { what: "custom roles" }.into()
        });
    }
    Ok((seen, inside))
}

pub async fn of_level(
    seen: &mut Authorized<RoleView, service::authorization::Reading>,
    level: Level,
) -> Result<Vec<Role>, Page> {
    let roles = service::role::list(seen).await?;
    Ok(roles
        .into_iter()
        .map(|counted| counted.role)
        .filter(|role| role.applies_to == level)
        .collect())
}

type Seen = Authorized<RoleView, service::authorization::Reading>;

fn making(seen: &Seen, inside: &Inside, roles: &[Role], typed: &Typed, errors: Errors) -> Edit {
    let level = level(&typed.applies_to);
    let nothing = Choice::new("", "Begin with nothing");
    let originals = roles
        .iter()
        .map(|role| Choice::new(role.id.to_string(), &role.name).selected(role.id.to_string() == typed.from));
    Edit {
        heading: match level {
            Level::Organization => "New organization role".to_owned(),
            Level::Project => "New project role".to_owned(),
        },
        action: format!("{}/roles/new", inside.base),
        cancel_href: format!("{}/roles", inside.base),
        originals: std::iter::once(nothing).chain(originals).collect(),
        ..form(seen, inside, level, typed, errors)
    }
}

fn form(seen: &Seen, inside: &Inside, level: Level, typed: &Typed, errors: Errors) -> Edit {
    let grants = &seen.actor().grants;
    let catalogue = &grants.access.catalogue;
    let held = match level {
        Level::Organization => grants.bits().clone(),
        Level::Project => grants.on_every_project(),
    };
    let needle = typed.filter.trim().to_lowercase();
    let matches = |entry: &Entry| {
        let told = format!("{} {}", entry.name, entry.description).to_lowercase();
        needle.is_empty() || told.contains(&needle)
    };
    let entry = |known: &domain::catalogue::Known| {
        let allowed = typed.permission.contains(&known.name);
        let mine = catalogue.place(&known.name).is_some_and(|place| held.has(place));
        Entry {
            name: known.name.clone(),
            description: known.description.clone(),
            allowed,
            unavailable: if mine || allowed {
                String::new()
            } else {
                "You do not hold this yourself".to_owned()
            },
            remark: if known.carries.is_empty() {
                String::new()
            } else {
                format!("Brings {}", known.carries.join(", "))
            },
        }
    };
    let mut shown = modules(catalogue, level, entry);
    let mut kept = Vec::new();
    for module in &mut shown {
        let (found, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut module.entries).into_iter().partition(matches);
        module.entries = found;
        kept.extend(rest.into_iter().filter(|entry| entry.allowed).map(|entry| entry.name));
    }
    shown.retain(|module| !module.entries.is_empty());
    let chosen = if typed.colour.is_empty() { "grey" } else { &typed.colour };
    let colour = |name: &&str| {
        let mut label = (*name).to_owned();
        label[..1].make_ascii_uppercase();
        Choice::new(*name, label).selected(*name == chosen)
    };
    Edit {
        shell: inside.shell("Roles"),
        base: inside.base.clone(),
        errors,
        level: level.name().to_owned(),
        name: typed.name.clone(),
        description: typed.description.clone(),
        colours: COLOURS.iter().map(colour).collect(),
        filter: typed.filter.clone(),
        modules: shown,
        kept,
        ..Edit::default()
    }
}

async fn changing(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, reference)): Path<(String, String)>,
    shown: Once,
    Repeating(typed): Repeating<Typed>,
) -> Answer {
    let (mut seen, inside) = managing(&app, &request, &slug, shown).await?;
    let found = service::role::get(&mut seen, level(&typed.applies_to), &reference).await?;
    found.role.can_be_changed_by(&seen.actor().grants)?;
    let typed = if typed.searches() {
        typed
    } else {
        Typed::of(&found.role)
    };
    Ok(view::html(&changed(&seen, &inside, &found, &typed, Errors::none())))
}

fn changed(seen: &Seen, inside: &Inside, found: &Counted, typed: &Typed, errors: Errors) -> Edit {
    let home = format!("{}/roles/{}", inside.base, found.role.id);
    Edit {
        heading: format!("Change the role {}", found.role.name),
        action: format!("{home}/edit"),
        cancel_href: home,
        ..form(seen, inside, found.role.applies_to, typed, errors)
    }
}

async fn change(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, reference)): Path<(String, String)>,
    Repeating(typed): Repeating<Typed>,
) -> Answer {
    let (mut seen, inside) = managing(&app, &request, &slug, Once::default()).await?;
    let found = service::role::get(&mut seen, level(&typed.applies_to), &reference).await?;
    let before: Vec<&str> = found.role.permissions.iter().collect();
    let mut after: Vec<&str> = typed.permission.iter().map(String::as_str).collect();
    after.sort_unstable();
    after.dedup();
    let ask = !typed.confirmed && before != after;
    // Given back before the change asks for its own.
    drop(seen);
    let wanted = RoleEdit {
        name: Some(typed.name.clone()),
        slug: None,
        description: Some(typed.description.clone()),
        colour: Some(typed.colour.clone()).filter(|colour| !colour.is_empty()),
        permissions: Some(typed.permission.clone()),
    };
    let id = found.role.id.to_string();
    let authorized = app
        .roster
        .authorize::<RoleManage>(&request.with_dry_run(ask), &OrganizationRef::parse(&slug))
        .await?;
    let home = format!("{}/roles/{id}", inside.base);
    match edit(authorized, found.role.applies_to, &id, wanted).await {
        Ok(Outcome::Done(edited)) => Ok(view::done(&home, format!("The role {} is saved.", edited.role.name))),
        Ok(Outcome::Previewed(preview)) => Ok(view::html(&confirm::Page {
            shell: inside.shell(&found.role.name),
            heading: format!("Change the role {}?", found.role.name),
            lead: "Whoever has it has the change at their next request.".to_owned(),
            consequences: of_people(&preview, &inside.organization),
            hidden: typed.fields(),
            action: format!("{home}/edit"),
            submit: "Save changes".to_owned(),
            cancel_href: home,
            ..confirm::Page::default()
        })),
        Err(error) => {
            let errors = told(error)?;
            let (seen, inside) = managing(&app, &request, &slug, Once::default()).await?;
            Ok(view::again(&changed(&seen, &inside, &found, &typed, errors)))
        }
    }
}
