//! What stops a service account or gives it a token: each with what it leads to, told before.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::Refusal;
use domain::effect::Preview;
use domain::id::{ServiceAccountId, TokenId};
use domain::permission::{ServiceAccountManage, ServiceAccountView};
use domain::service_account::ServiceAccount;
use domain::token::Token;
use service::service_account;
use service::token::{Issued, NewToken};
use service::{OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::Path;
use crate::console::consequence::consequences;
use crate::console::form::Form;
use crate::console::inside::{Inside, enter};
use crate::console::refusal::Page;
use crate::console::service_account::account_id;
use crate::console::token::Entered;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm;
use crate::page::shell::Section;
use crate::page::token::{Create, Shown};

pub fn router() -> Router<App> {
    Router::new()
        .route(
            "/o/{organization}/service-accounts/{svc}/tokens/new",
            get(new_token).post(create_token),
        )
        .route(
            "/o/{organization}/service-accounts/{svc}/tokens/{token}/revocation",
            get(ask_revoke).post(revoke),
        )
        .route("/o/{organization}/service-accounts/{svc}/{act}", get(ask).post(act))
}

/// What is done to the service account as a whole.
#[derive(Clone, Copy)]
enum Act {
    Deactivate,
    Reactivate,
    Regenerate,
    Delete,
}

impl Act {
    /// # Errors
    /// There is no such act: nothing stands at that address.
    fn parse(text: &str) -> Result<Self, Page> {
        Ok(match text {
            "deactivation" => Self::Deactivate,
            "reactivation" => Self::Reactivate,
            "regeneration" => Self::Regenerate,
            "deletion" => Self::Delete,
            _ => return Err(Refusal::NotFound { what: "page" }.into()),
        })
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivation",
            Self::Reactivate => "reactivation",
            Self::Regenerate => "regeneration",
            Self::Delete => "deletion",
        }
    }

    fn heading(self, name: &str) -> String {
        match self {
            Self::Deactivate => format!("Deactivate {name}?"),
            Self::Reactivate => format!("Reactivate {name}?"),
            Self::Regenerate => format!("Regenerate the token of {name}?"),
            Self::Delete => format!("Delete {name}?"),
        }
    }

    fn lead(self) -> &'static str {
        match self {
            Self::Deactivate => "Its tokens open nothing from now on, until you reactivate it.",
            Self::Reactivate => "Its tokens work again, at once.",
            Self::Regenerate => "All its tokens die at once. You see the new one once, after this.",
            Self::Delete => {
                "For good, with its tokens and its places in groups and on projects. Deactivating it can be taken back."
            }
        }
    }

    fn submit(self, name: &str) -> String {
        match self {
            Self::Deactivate => format!("Deactivate {name}"),
            Self::Reactivate => format!("Reactivate {name}"),
            Self::Regenerate => "Regenerate token".to_owned(),
            Self::Delete => format!("Delete {name}"),
        }
    }

    /// Does it, or tries it. What comes out of it is a token, where it is one.
    async fn carry_out(
        self,
        app: &App,
        request: &Request,
        slug: &str,
        id: ServiceAccountId,
    ) -> service::Result<Outcome<Option<Issued<Token>>>> {
        let authorized = app
            .roster
            .authorize::<ServiceAccountManage>(request, &OrganizationRef::parse(slug))
            .await?;
        Ok(match self {
            Self::Deactivate => service_account::deactivate(authorized, id).await?.map(|_| None),
            Self::Reactivate => service_account::reactivate(authorized, id).await?.map(|_| None),
            Self::Regenerate => service_account::token::regenerate(authorized, id, NewToken::default())
                .await?
                .map(Some),
            Self::Delete => service_account::delete(authorized, id).await?.map(|()| None),
        })
    }
}

async fn open(
    app: &App,
    request: &Request,
    slug: &str,
    id: &str,
    shown: Once,
) -> Result<(ServiceAccount, Inside), Page> {
    let (mut seen, inside) = enter::<ServiceAccountView>(app, request, slug, Section::ServiceAccounts, shown).await?;
    Ok((service_account::get(&mut seen, account_id(id)?).await?, inside))
}

async fn ask(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id, act)): Path<(String, String, String)>,
    shown: Once,
) -> Answer {
    let act = Act::parse(&act)?;
    let (account, inside) = open(&app, &request, &slug, &id, shown).await?;
    let tried = act
        .carry_out(&app, &request.with_dry_run(true), &slug, account.id)
        .await;
    let (preview, refusal) = match tried {
        Ok(Outcome::Previewed(preview)) => (preview, String::new()),
        Ok(Outcome::Done(_)) => (Preview::default(), String::new()),
        Err(service::Error::Refused(refusal)) => (Preview::default(), refusal.to_string()),
        Err(error) => return Err(error.into()),
    };
    let here = format!("{}/service-accounts/{}", inside.base, account.id);
    Ok(view::html(&confirm::Page {
        shell: inside.shell(&act.heading(&account.name)),
        heading: act.heading(&account.name),
        lead: act.lead().to_owned(),
        consequences: consequences(&preview, &inside.organization, false),
        action: format!("{here}/{}", act.noun()),
        submit: act.submit(&account.name),
        danger: !matches!(act, Act::Reactivate),
        refusal,
        cancel_href: here,
        ..confirm::Page::default()
    }))
}

async fn act(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id, act)): Path<(String, String, String)>,
) -> Answer {
    let act = Act::parse(&act)?;
    let (account, inside) = open(&app, &request, &slug, &id, Once::default()).await?;
    let done = act.carry_out(&app, &request, &slug, account.id).await?;
    let (all, name) = (format!("{}/service-accounts", inside.base), &account.name);
    let here = format!("{all}/{}", account.id);
    match (act, done) {
        (_, Outcome::Done(Some(issued))) => {
            let heading = format!("{name} has a new token");
            Ok(view::html(&shown_once(&inside, heading, &issued, here)))
        }
        (Act::Delete, _) => Ok(view::done(&all, format!("{name} is deleted."))),
        (Act::Deactivate, _) => Ok(view::done(&here, format!("{name} is deactivated."))),
        (Act::Reactivate | Act::Regenerate, _) => Ok(view::done(&here, format!("{name} is active again."))),
    }
}

fn shown_once(inside: &Inside, heading: String, issued: &Issued<Token>, done_href: String) -> Shown {
    Shown {
        shell: inside.shell(&heading),
        heading,
        lead: "Put it where the program reads it from.".to_owned(),
        name: issued.token.name.clone(),
        secret: issued.secret.expose().to_owned(),
        done_label: "Done, I have copied it".to_owned(),
        done_href,
    }
}

fn form(inside: &Inside, account: &ServiceAccount) -> Create {
    let here = format!("{}/service-accounts/{}", inside.base, account.id);
    Create {
        shell: inside.shell("New token"),
        heading: format!("New token of {}", account.name),
        lead: "A program that carries it acts as the service account. You see it once, after this.".to_owned(),
        name: account.name.clone(),
        action: format!("{here}/tokens/new"),
        submit: "Create token".to_owned(),
        back_href: here,
        back_label: account.name.clone(),
        ..Create::default()
    }
}

async fn new_token(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let (account, inside) = open(&app, &request, &slug, &id, shown).await?;
    Ok(view::html(&form(&inside, &account)))
}

async fn create_token(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id)): Path<(String, String)>,
    Form(entered): Form<Entered>,
) -> Answer {
    let (account, inside) = open(&app, &request, &slug, &id, Once::default()).await?;
    let made = match entered.parse() {
        Ok(new) => {
            let authorized = app.roster.authorize(&request, &OrganizationRef::parse(&slug)).await?;
            service_account::token::issue(authorized, account.id, new)
                .await
                .map_err(view::errors)
        }
        Err(errors) => Err(Ok(errors)),
    };
    let here = format!("{}/service-accounts/{}", inside.base, account.id);
    match made {
        Ok(Outcome::Done(issued)) => {
            let heading = format!("The token {} is made", issued.token.name);
            Ok(view::html(&shown_once(&inside, heading, &issued, here)))
        }
        Ok(Outcome::Previewed(_)) => Ok(view::go(&here, None)),
        Err(errors) => {
            let page = Create {
                errors: errors?,
                ..form(&inside, &account)
            };
            Ok(view::again(&entered.fill(page)))
        }
    }
}

fn token_id(text: &str) -> Result<TokenId, Page> {
    text.parse().map_err(|_| Refusal::NotFound { what: "token" }.into())
}

async fn revocation(
    app: &App,
    request: &Request,
    slug: &str,
    (account, token): (ServiceAccountId, TokenId),
) -> service::Result<Outcome<()>> {
    let organization = OrganizationRef::parse(slug);
    let authorized = app.roster.authorize(request, &organization).await?;
    service_account::token::revoke(authorized, account, token).await
}

async fn ask_revoke(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id, token)): Path<(String, String, String)>,
    shown: Once,
) -> Answer {
    let token = token_id(&token)?;
    let (account, inside) = open(&app, &request, &slug, &id, shown).await?;
    let tried = revocation(&app, &request.with_dry_run(true), &slug, (account.id, token)).await?;
    let preview = match tried {
        Outcome::Previewed(preview) => preview,
        Outcome::Done(()) => Preview::default(),
    };
    let here = format!("{}/service-accounts/{}", inside.base, account.id);
    Ok(view::html(&confirm::Page {
        shell: inside.shell("Revoke token"),
        heading: format!("Revoke this token of {}?", account.name),
        lead: "Whatever carries it loses access at once, for good.".to_owned(),
        consequences: consequences(&preview, &inside.organization, false),
        action: format!("{here}/tokens/{token}/revocation"),
        submit: "Revoke token".to_owned(),
        danger: true,
        cancel_href: here,
        ..confirm::Page::default()
    }))
}

async fn revoke(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id, token)): Path<(String, String, String)>,
) -> Answer {
    let account = account_id(&id)?;
    revocation(&app, &request, &slug, (account, token_id(&token)?)).await?;
    let here = format!("/o/{slug}/service-accounts/{account}");
    Ok(view::done(&here, "The token is revoked: it opens nothing any more."))
}
