//! Configuring self sign-up: the switch and the list on the people page, and the dialogs behind them.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use domain::Refusal;
use domain::account::AuthenticationMethod;
use domain::invitation::IdentityProvider;
use domain::permission::SignupDomainManage;
use domain::signup_domain::SignupDomain;
use serde::Deserialize;
use service::signup_domain::{self, DomainEdit, NewDomain};
use service::{Error, OrganizationRef, Request};

use crate::App;
use crate::console::address::Path;
use crate::console::form::Form;
use crate::console::inside::{Inside, enter};
use crate::console::part;
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm::{self, Consequence, ConsequenceKind};
use crate::page::form::{Choice, Errors};
use crate::page::part::{Colour, Role};
use crate::page::shell::Section;
use crate::page::signup_domain::{Configuration, Edit, Proof, Row};

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/self-sign-up", post(allow))
        .route("/o/{organization}/signup-domains/new", get(ask).post(add))
        .route("/o/{organization}/signup-domains/{domain}", get(show).post(edit))
        .route(
            "/o/{organization}/signup-domains/{domain}/proof",
            get(ask_proof).post(prove),
        )
        .route(
            "/o/{organization}/signup-domains/{domain}/removal",
            get(ask_removal).post(remove),
        )
}

/// The section of the people page.
pub async fn configuration(app: &App, request: &Request, slug: &str, inside: &Inside) -> Result<Configuration, Page> {
    let mut seen = app
        .roster
        .see::<SignupDomainManage>(request, &OrganizationRef::parse(slug))
        .await?;
    let allowed = seen.organization().policies.self_sign_up;
    let domains = signup_domain::list(&mut seen).await?;
    Ok(Configuration {
        allowed,
        impossible: if app.roster.sends_mail() {
            String::new()
        } else {
            "It cannot work yet: this server sends no mail, and an address counts only once its mailbox has answered. \
             Ask whoever runs the server to set up SMTP."
                .to_owned()
        },
        rows: domains
            .into_iter()
            .map(|listed| Row {
                domain: listed.domain.to_string(),
                method: listed.authentication_method.name().to_owned(),
                role: Role::new(&listed.role.slug, &listed.role.name, Colour::named(&listed.role.colour)),
                proved: listed.proved_at.map(|at| inside.day(at)),
            })
            .collect(),
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Switch {
    allowed: bool,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Typed {
    domain: String,
    authentication_method: String,
    role: String,
}

fn home(inside: &Inside) -> String {
    format!("{}/people#sign-up", inside.base)
}

async fn allow(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(switch): Form<Switch>,
) -> Answer {
    let authorized = app.roster.authorize(&request, &OrganizationRef::parse(&slug)).await?;
    signup_domain::allow(authorized, switch.allowed).await?;
    let text = if switch.allowed {
        "People of the allowlisted domains can sign up by themselves."
    } else {
        "Nobody signs up by themselves any more."
    };
    Ok(view::done(&format!("/o/{slug}/people#sign-up"), text))
}

/// What is looked at by whoever is about to change it.
async fn looked_at(
    app: &App,
    request: &Request,
    slug: &str,
    domain: &str,
    shown: Once,
) -> Result<(Inside, SignupDomain), Page> {
    let (mut seen, inside) = enter::<SignupDomainManage>(app, request, slug, Section::People, shown).await?;
    let listed = signup_domain::get(&mut seen, domain).await?;
    Ok((inside, listed))
}

async fn form(
    app: &App,
    request: &Request,
    slug: &str,
    listed: Option<&SignupDomain>,
    typed: &Typed,
    errors: Errors,
    shown: Once,
) -> Result<Edit, Page> {
    let (mut seen, inside) = enter::<SignupDomainManage>(app, request, slug, Section::People, shown).await?;
    let roles = signup_domain::possible_roles(&mut seen).await?;
    let unusable = app.roster.unusable_ways(&mut seen).await?;
    let heading = match listed {
        None => "Add allowlisted domain".to_owned(),
        Some(listed) => format!("People of {}", listed.domain),
    };
    let noun = listed.map_or_else(|| "new".to_owned(), |listed| listed.domain.to_string());
    Ok(Edit {
        shell: inside.shell(&heading),
        errors,
        action: format!("{}/signup-domains/{noun}", inside.base),
        submit: match listed {
            None => "Add domain".to_owned(),
            Some(listed) => format!("Save {}", listed.domain),
        },
        base: inside.base.clone(),
        heading,
        domain: typed.domain.clone(),
        is_new: listed.is_none(),
        methods: methods(&typed.authentication_method, &unusable),
        roles: part::role_choices(&roles, &typed.role),
    })
}

fn methods(chosen: &str, unusable: &[(IdentityProvider, String)]) -> Vec<Choice> {
    let hint = |method| match method {
        AuthenticationMethod::Password => "Recommended. The person sets a password.",
        AuthenticationMethod::Pam => "The password that the user of that name has on the server's machine.",
        AuthenticationMethod::Saml => "By the organization's single sign-on.",
    };
    [
        AuthenticationMethod::Password,
        AuthenticationMethod::Pam,
        AuthenticationMethod::Saml,
    ]
    .into_iter()
    .map(|method| {
        let choice = Choice::new(method.name(), method.name()).hint(hint(method));
        match unusable.iter().find(|(provider, _)| provider.name() == method.name()) {
            None => choice.selected(method.name() == chosen),
            Some((_, why)) => choice.unavailable(why),
        }
    })
    .collect()
}

async fn ask(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    let usual = Typed {
        authentication_method: AuthenticationMethod::Password.name().to_owned(),
        role: domain::role::MEMBER.to_owned(),
        ..Typed::default()
    };
    let page = form(&app, &request, &slug, None, &usual, Errors::none(), shown).await?;
    Ok(view::html(&page))
}

async fn add(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Answer {
    let authorized = app.roster.authorize(&request, &OrganizationRef::parse(&slug)).await?;
    let new = NewDomain {
        domain: typed.domain.clone(),
        authentication_method: AuthenticationMethod::parse(&typed.authentication_method),
        role: Some(typed.role.clone()),
    };
    match signup_domain::add(authorized, new).await {
        Ok(_) => Ok(view::done(
            &format!("/o/{slug}/people#sign-up"),
            format!("{} is on the list.", typed.domain.trim()),
        )),
        Err(error) => {
            let errors = at_domain(view::errors(error)?);
            let page = form(&app, &request, &slug, None, &typed, errors, Once::default()).await?;
            Ok(view::again(&page))
        }
    }
}

/// A conflict is about the one field that names something.
fn at_domain(errors: Errors) -> Errors {
    let general: Vec<String> = errors
        .list()
        .iter()
        .filter(|error| error.field.is_empty())
        .map(|error| error.message.clone())
        .collect();
    if general.is_empty() {
        return errors;
    }
    general
        .into_iter()
        .fold(Errors::none(), |errors, message| errors.with("domain", message))
}

async fn show(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, domain)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let (_, listed) = looked_at(&app, &request, &slug, &domain, Once::default()).await?;
    let kept = Typed {
        domain: listed.domain.to_string(),
        authentication_method: listed.authentication_method.name().to_owned(),
        role: listed.role.slug.clone(),
    };
    let page = form(&app, &request, &slug, Some(&listed), &kept, Errors::none(), shown).await?;
    Ok(view::html(&page))
}

async fn edit(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, domain)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Answer {
    let (inside, listed) = looked_at(&app, &request, &slug, &domain, Once::default()).await?;
    let authorized = app.roster.authorize(&request, &OrganizationRef::parse(&slug)).await?;
    let edit = DomainEdit {
        authentication_method: AuthenticationMethod::parse(&typed.authentication_method),
        role: Some(typed.role.clone()).filter(|role| !role.is_empty()),
    };
    match signup_domain::edit(authorized, &domain, edit).await {
        Ok(_) => Ok(view::done(&home(&inside), format!("{} is saved.", listed.domain))),
        Err(error) => {
            let errors = view::errors(error)?;
            let page = form(&app, &request, &slug, Some(&listed), &typed, errors, Once::default()).await?;
            Ok(view::again(&page))
        }
    }
}

fn proof(inside: &Inside, listed: &SignupDomain, problem: String) -> Proof {
    Proof {
        shell: inside.shell(&format!("Prove {}", listed.domain)),
        base: inside.base.clone(),
        action: format!("{}/signup-domains/{}/proof", inside.base, listed.domain),
        record_name: listed.domain.proof_name(),
        record_value: listed.proof_record(),
        domain: listed.domain.to_string(),
        problem,
    }
}

async fn ask_proof(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, domain)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let (inside, listed) = looked_at(&app, &request, &slug, &domain, shown).await?;
    Ok(view::html(&proof(&inside, &listed, String::new())))
}

async fn prove(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, domain)): Path<(String, String)>,
) -> Answer {
    let (inside, listed) = looked_at(&app, &request, &slug, &domain, Once::default()).await?;
    match signup_domain::prove(&app.roster, &request, &OrganizationRef::parse(&slug), &domain).await {
        Ok(_) => Ok(view::done(
            &home(&inside),
            format!("{} is proved to be {}'s own.", listed.domain, inside.organization),
        )),
        Err(Error::Refused(refusal @ (Refusal::DomainNotProved { .. } | Refusal::DomainProvedElsewhere { .. }))) => {
            Ok(view::again(&proof(&inside, &listed, refusal.to_string())))
        }
        Err(error) => Err(error.into()),
    }
}

async fn ask_removal(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, domain)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let (inside, listed) = looked_at(&app, &request, &slug, &domain, shown).await?;
    let mut consequences = vec![Consequence::new(
        ConsequenceKind::Ends,
        format!("Nobody signs up any more with an address of {}", listed.domain),
    )];
    if listed.proved_at.is_some() {
        consequences.push(Consequence::new(
            ConsequenceKind::Loss,
            format!(
                "{} no longer manages accounts of this domain that belong to other organizations too",
                inside.organization
            ),
        ));
    }
    consequences.push(Consequence::new(
        ConsequenceKind::Keeps,
        "Whoever signed up before stays a member",
    ));
    let page = confirm::Page {
        shell: inside.shell(&format!("Remove {}", listed.domain)),
        heading: format!("Take {} off the list?", listed.domain),
        consequences,
        action: format!("{}/signup-domains/{}/removal", inside.base, listed.domain),
        submit: format!("Take {} off the list", listed.domain),
        danger: true,
        cancel_href: home(&inside),
        ..confirm::Page::default()
    };
    Ok(view::html(&page))
}

async fn remove(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, domain)): Path<(String, String)>,
) -> Answer {
    let (inside, listed) = looked_at(&app, &request, &slug, &domain, Once::default()).await?;
    let authorized = app.roster.authorize(&request, &OrganizationRef::parse(&slug)).await?;
    signup_domain::remove(authorized, &domain).await?;
    Ok(view::done(
        &home(&inside),
        format!("{} is off the list.", listed.domain),
    ))
}
