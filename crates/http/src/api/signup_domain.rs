//! The domains whose people may sign up by themselves.

use axum::extract::State;
use domain::account::AuthenticationMethod;
use domain::permission::{Permission, SignupDomainManage};
use serde::Deserialize;
use service::OrganizationRef;
use service::signup_domain::{self, DomainEdit, NewDomain, etag};
use utoipa::ToSchema;

use super::body::{Answer, Body, created, given, nothing, ok, outcome, tagged};
use super::page;
use super::part::Part;
use super::representation::{SignupDomain, SignupDomainList};
use super::route::{Access, Method, Routes};
use crate::App;
use crate::api::address::Path;
use crate::context::Caller;
use crate::problem::Problem;

const TAG: &str = "Sign-up";
const MANAGE: Access = Access::Permission(Permission::SignupDomainManage);

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/signup-domains"),
        MANAGE,
        (TAG, "list_signup_domains", "List the domains whose people may sign up"),
        list,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<SignupDomainList>(200, "By name; whether people can sign up is the policy self_sign_up")
        },
    );
    routes.add(
        (Method::Post, "/organizations/{org}/signup-domains"),
        MANAGE,
        (TAG, "add_signup_domain", "List a domain"),
        add,
        |route| {
            route
                .takes::<NewDomainBody>()
                .answers::<SignupDomain>(201, "The domain, with the record that would prove it")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/signup-domains/{domain}"),
        MANAGE,
        (TAG, "get_signup_domain", "See a listed domain"),
        get,
        |route| route.answers::<SignupDomain>(200, "The domain, by id or name"),
    );
    routes.add(
        (Method::Patch, "/organizations/{org}/signup-domains/{domain}"),
        MANAGE,
        (TAG, "edit_signup_domain", "Change what a domain's people become"),
        edit,
        |route| {
            route
                .conditional()
                .takes::<DomainEditBody>()
                .answers::<SignupDomain>(200, "The domain as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/signup-domains/{domain}"),
        MANAGE,
        (TAG, "remove_signup_domain", "Take a domain off the list"),
        remove,
        |route| {
            route
                .conditional()
                .answers_nothing(204, "Nobody signs up from it any more")
                .previews()
        },
    );
    routes.add(
        (Method::Post, "/organizations/{org}/signup-domains/{domain}/proof"),
        MANAGE,
        (
            TAG,
            "prove_signup_domain",
            "Look for the DNS record that proves a domain to be the organization's own",
        ),
        prove,
        |route| {
            route
                .conditional()
                .answers::<SignupDomain>(200, "The domain, proved")
                .previews()
        },
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDomainBody {
    domain: String,
    /// password, pam or saml
    authentication_method: Option<String>,
    /// `member` or `guest`, or the id of one of them; Member where left out.
    role: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DomainEditBody {
    /// password, pam or saml
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    authentication_method: Option<String>,
    /// `member` or `guest`, or the id of one of them
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    role: Option<String>,
}

fn method(text: Option<&str>) -> Result<Option<AuthenticationMethod>, Problem> {
    match text {
        None => Ok(None),
        Some(text) => match AuthenticationMethod::parse(text) {
            Some(method) => Ok(Some(method)),
            None => Err(page::invalid("authentication_method", "must be password, pam or saml")),
        },
    }
}

async fn list(State(app): State<App>, Caller(request): Caller, Path(org): Path<String>, part: Part) -> Answer {
    let mut seen = app.roster.see(&request, &OrganizationRef::parse(&org)).await?;
    let domains = signup_domain::list(&mut seen).await?;
    let domains = domains.into_iter().map(SignupDomain::from);
    let (items, next_cursor) = part.of(domains, |domain| [&domain.id, &domain.domain]);
    Ok(ok(&SignupDomainList { items, next_cursor }))
}

async fn get(State(app): State<App>, Caller(request): Caller, Path((org, domain)): Path<(String, String)>) -> Answer {
    let mut seen = app.roster.see(&request, &OrganizationRef::parse(&org)).await?;
    let domain = signup_domain::get(&mut seen, &domain).await?;
    let tag = etag(&domain);
    Ok(tagged(&SignupDomain::from(domain), &tag))
}

async fn add(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
    Body(body): Body<NewDomainBody>,
) -> Answer {
    let authorized = app
        .roster
        .authorize::<SignupDomainManage>(&request, &OrganizationRef::parse(&org))
        .await?;
    let new = NewDomain {
        domain: body.domain,
        authentication_method: method(body.authentication_method.as_deref())?,
        role: body.role,
    };
    Ok(outcome(signup_domain::add(authorized, new).await?, |domain| {
        let tag = etag(&domain);
        let location = format!("/api/v1/organizations/{org}/signup-domains/{}", domain.id);
        created(&SignupDomain::from(domain), &tag, &location)
    }))
}

async fn edit(
    State(app): State<App>,
    Caller(request): Caller,
    Path((org, domain)): Path<(String, String)>,
    Body(body): Body<DomainEditBody>,
) -> Answer {
    let authorized = app
        .roster
        .authorize::<SignupDomainManage>(&request, &OrganizationRef::parse(&org))
        .await?;
    let edit = DomainEdit {
        authentication_method: method(body.authentication_method.as_deref())?,
        role: body.role,
    };
    Ok(outcome(
        signup_domain::edit(authorized, &domain, edit).await?,
        |domain| {
            let tag = etag(&domain);
            tagged(&SignupDomain::from(domain), &tag)
        },
    ))
}

async fn remove(
    State(app): State<App>,
    Caller(request): Caller,
    Path((org, domain)): Path<(String, String)>,
) -> Answer {
    let authorized = app
        .roster
        .authorize::<SignupDomainManage>(&request, &OrganizationRef::parse(&org))
        .await?;
    Ok(outcome(signup_domain::remove(authorized, &domain).await?, |()| {
        nothing()
    }))
}

async fn prove(State(app): State<App>, Caller(request): Caller, Path((org, domain)): Path<(String, String)>) -> Answer {
    let organization = OrganizationRef::parse(&org);
    let proved = signup_domain::prove(&app.roster, &request, &organization, &domain).await?;
    Ok(outcome(proved, |domain| {
        let tag = etag(&domain);
        tagged(&SignupDomain::from(domain), &tag)
    }))
}
