//! An organization's security policy: how people have to sign in, and before it is saved, whom that would keep out.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use axum_extra::extract::Form as Repeating;
use domain::Refusal;
use domain::effect::{Effect, Kind, Preview};
use domain::organization::Organization;
use domain::permission::{Permission, SecurityManage};
use domain::security::{SecurityChange, SecurityPolicy};
use domain::session::Method;
use serde::Deserialize;
use service::{Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::Path;
use crate::console::inside::enter;
use crate::console::part::{counted, filled};
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm::{self, Consequence, ConsequenceKind};
use crate::page::form::{Choice, Errors};
use crate::page::security::Settings;
use crate::page::shell::Section;

pub fn router() -> Router<App> {
    Router::new().route("/o/{organization}/settings/security", get(show).post(change))
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Typed {
    methods: Vec<String>,
    mfa_required: bool,
    security_mfa_grace_days: String,
    security_session_idle_minutes: String,
    security_session_lifetime_minutes: String,
    security_sign_in_attempts: String,
    security_lock_out_minutes: String,
    security_password_length: String,
    /// Whether the consequences were seen.
    seen: bool,
}

async fn show(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    Ok(view::html(&page(&app, &request, &slug, shown).await?))
}

async fn page(app: &App, request: &Request, slug: &str, shown: Once) -> Result<Settings, Page> {
    let (seen, inside) = enter::<SecurityManage>(app, request, slug, Section::Settings, shown).await?;
    let grants = &seen.actor().grants;
    let page = Settings {
        shell: inside.shell("Security"),
        base: inside.base.clone(),
        may_see_general: grants.has(Permission::OrganizationManage),
        may_see_roles: grants.has(Permission::RoleView),
        ..Settings::default()
    };
    Ok(filled_in(page, &as_kept(&seen.organization().policies.security)))
}

fn as_kept(policy: &SecurityPolicy) -> Typed {
    let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
    let methods = policy.methods.as_deref().unwrap_or(&Method::ALL);
    Typed {
        methods: methods.iter().map(|method| method.name().to_owned()).collect(),
        mfa_required: policy.mfa_required,
        security_mfa_grace_days: policy.mfa_grace_days.to_string(),
        security_session_idle_minutes: number(policy.session_idle_minutes),
        security_session_lifetime_minutes: number(policy.session_lifetime_minutes),
        security_sign_in_attempts: number(policy.sign_in_attempts),
        security_lock_out_minutes: number(policy.lock_out_minutes),
        security_password_length: number(policy.password_length),
        seen: false,
    }
}

fn filled_in(page: Settings, typed: &Typed) -> Settings {
    let choice = |method: Method| {
        let ticked = typed.methods.iter().any(|name| name == method.name());
        Choice::new(method.name(), method.label()).selected(ticked)
    };
    Settings {
        methods: Method::ALL.into_iter().map(choice).collect(),
        mfa_required: typed.mfa_required,
        mfa_grace_days: typed.security_mfa_grace_days.clone(),
        session_idle_minutes: typed.security_session_idle_minutes.clone(),
        session_lifetime_minutes: typed.security_session_lifetime_minutes.clone(),
        sign_in_attempts: typed.security_sign_in_attempts.clone(),
        lock_out_minutes: typed.security_lock_out_minutes.clone(),
        password_length: typed.security_password_length.clone(),
        ..page
    }
}

impl Typed {
    fn parse(&self) -> Result<SecurityChange, Errors> {
        let mut errors = Errors::none();
        let mut number = |field: &str, text: &str| match filled(text).map(|text| text.parse::<u32>()) {
            None => None,
            Some(Ok(number)) => Some(number),
            Some(Err(_)) => {
                errors.add(field, "Give a whole number, or leave it empty.");
                None
            }
        };
        let change = SecurityChange {
            methods: Some(self.methods()),
            mfa_required: Some(self.mfa_required),
            mfa_grace_days: Some(number("security_mfa_grace_days", &self.security_mfa_grace_days).unwrap_or(0)),
            session_idle_minutes: Some(number(
                "security_session_idle_minutes",
                &self.security_session_idle_minutes,
            )),
            session_lifetime_minutes: Some(number(
                "security_session_lifetime_minutes",
                &self.security_session_lifetime_minutes,
            )),
            sign_in_attempts: Some(number("security_sign_in_attempts", &self.security_sign_in_attempts)),
            lock_out_minutes: Some(number("security_lock_out_minutes", &self.security_lock_out_minutes)),
            password_length: Some(number("security_password_length", &self.security_password_length)),
        };
        if errors.any() { Err(errors) } else { Ok(change) }
    }

    /// Whoever ticks all means those that come later too.
    fn methods(&self) -> Option<Vec<Method>> {
        let ticked: Vec<_> = self.methods.iter().filter_map(|name| Method::parse(name)).collect();
        (ticked.len() < Method::ALL.len()).then_some(ticked)
    }

    /// The fields, to be sent once more.
    fn hidden(&self) -> Vec<(String, String)> {
        let mut fields: Vec<_> = self
            .methods
            .iter()
            .map(|name| ("methods".to_owned(), name.clone()))
            .collect();
        if self.mfa_required {
            fields.push(("mfa_required".to_owned(), "true".to_owned()));
        }
        for (name, value) in [
            ("security_mfa_grace_days", &self.security_mfa_grace_days),
            ("security_session_idle_minutes", &self.security_session_idle_minutes),
            (
                "security_session_lifetime_minutes",
                &self.security_session_lifetime_minutes,
            ),
            ("security_sign_in_attempts", &self.security_sign_in_attempts),
            ("security_lock_out_minutes", &self.security_lock_out_minutes),
            ("security_password_length", &self.security_password_length),
        ] {
            fields.push((name.to_owned(), value.clone()));
        }
        fields.push(("seen".to_owned(), "true".to_owned()));
        fields
    }
}

async fn change(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Repeating(typed): Repeating<Typed>,
) -> Answer {
    let page = page(&app, &request, &slug, Once::default()).await?;
    let errors = match typed.parse() {
        Ok(change) => match carried_out(&app, &request, &slug, change, typed.seen).await {
            Ok(Outcome::Done(_)) => {
                let home = format!("{}/settings/security", page.base);
                return Ok(view::done(&home, "The security policy is saved."));
            }
            Ok(Outcome::Previewed(preview)) => return Ok(view::html(&question(page, &typed, &preview))),
            Err(Error::Refused(refusal @ Refusal::KeepsYouOut { .. })) => Errors::general(refusal.to_string()),
            Err(error) => view::errors(error)?,
        },
        Err(errors) => errors,
    };
    Ok(view::again(&Settings {
        errors,
        ..filled_in(page, &typed)
    }))
}

async fn carried_out(
    app: &App,
    request: &Request,
    slug: &str,
    change: SecurityChange,
    seen: bool,
) -> service::Result<Outcome<Organization>> {
    let request = request.with_dry_run(!seen);
    let organization = OrganizationRef::parse(slug);
    let authorized = app.roster.authorize::<SecurityManage>(&request, &organization).await?;
    service::security::change(authorized, change).await
}

/// What it would change, and whom it would keep out, before it is saved.
fn question(page: Settings, typed: &Typed, preview: &Preview) -> confirm::Page {
    let kept_out = [
        kept_out(
            preview,
            Kind::LockedOut,
            "cannot come in at all until they sign in in a way that counts",
        ),
        kept_out(
            preview,
            Kind::MustEnrol,
            "cannot come in until they set up a second factor",
        ),
    ];
    let kept_out: Vec<_> = kept_out.into_iter().flatten().collect();
    let danger = !kept_out.is_empty();
    let of_kind = |kind| preview.effects.iter().filter(move |effect| effect.kind == kind);
    let mut consequences: Vec<_> = of_kind(Kind::Changed)
        .filter_map(|effect| effect.detail.as_deref())
        .map(|detail| Consequence::new(ConsequenceKind::Note, detail.trim_end_matches('.')))
        .collect();
    if consequences.is_empty() {
        consequences.push(Consequence::new(ConsequenceKind::Note, "Nothing changes"));
    }
    consequences.extend(kept_out);
    consequences.extend(due(preview));
    if !danger {
        let text = "Nobody who comes in today is kept out";
        consequences.push(Consequence::new(ConsequenceKind::Keeps, text));
    }
    confirm::Page {
        heading: "Save this security policy?".to_owned(),
        lead: "It holds from the next request on.".to_owned(),
        consequences,
        hidden: typed.hidden(),
        action: format!("{}/settings/security", page.base),
        submit: "Save the security policy".to_owned(),
        danger,
        cancel_href: format!("{}/settings/security", page.base),
        shell: page.shell,
        ..confirm::Page::default()
    }
}

/// Who has to do something in time, and by when.
fn due(preview: &Preview) -> Option<Consequence> {
    let told = |effect: &Effect| {
        format!(
            "{} {}",
            effect.subject.name,
            effect.detail.as_deref().unwrap_or_default()
        )
    };
    let text = "to set up a second factor in time, or cannot come in from then on";
    some(preview, Kind::EnrolmentDue, ("person has", "people have"), text, told)
}

fn kept_out(preview: &Preview, kind: Kind, text: &str) -> Option<Consequence> {
    some(preview, kind, ("person", "people"), text, |effect| {
        effect.subject.name.clone()
    })
}

/// So many people, the first of them told one by one.
fn some(
    preview: &Preview,
    kind: Kind,
    (one, several): (&str, &str),
    text: &str,
    told: impl Fn(&Effect) -> String,
) -> Option<Consequence> {
    let all = usize::try_from(*preview.counts.get(kind.name())?).unwrap_or(usize::MAX);
    let of_kind = preview.effects.iter().filter(|effect| effect.kind == kind);
    let mut names: Vec<String> = of_kind.map(told).collect();
    if all > names.len() {
        names.push(format!("and {} more", all - names.len()));
    }
    let number = counted(all, one, several);
    Some(Consequence::new(ConsequenceKind::Loss, format!("{number} {text}")).details(names))
}
