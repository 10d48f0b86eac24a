//! Agreeing to a membership that somebody added one to, on one's own page or by the link in the mail.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::refusal::RefusalKind;
use serde::Deserialize;
use service::{Error, OrganizationRef, Request};

use super::{AWAITING_CONSENT, UNMANAGED, own};
use crate::App;
use crate::console::address::Path;
use crate::console::destination;
use crate::console::form::Form;
use crate::console::refusal::Page;
use crate::console::view::{Answer, Once, done, go, html, html_as, shell};
use crate::context::Person;
use crate::page::confirm::{self, Consequence, ConsequenceKind};
use crate::page::invitation::Unusable;
use crate::page::shell::{Notice, NoticeKind};

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Answered {
    answer: String,
}

/// Accept or decline, from the page of one's organizations.
pub async fn answer(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(answered): Form<Answered>,
) -> Answer {
    let (_, membership) = own(&app, &request, &slug).await?;
    if membership.standing != AWAITING_CONSENT {
        let notice = Notice::new(
            NoticeKind::Information,
            format!("You are in {} already.", membership.name),
        );
        return Ok(go("/organizations", Some(notice)));
    }
    match answered.answer.as_str() {
        "accept" => match app
            .roster
            .consent(&request, &OrganizationRef::Slug(slug.clone()), None)
            .await
        {
            Ok(_) => joined(&app, &request, &slug, &membership.name).await,
            Err(error) => not_now(error),
        },
        "decline" => match app.roster.leave(&request, &OrganizationRef::Slug(slug)).await {
            Ok(()) => Ok(done(
                "/organizations",
                format!("You declined to join {}.", membership.name),
            )),
            Err(error) => not_now(error),
        },
        _ => Ok(go(
            "/organizations",
            Some(Notice::new(NoticeKind::Error, "Choose Accept or Decline.")),
        )),
    }
}

/// What the mailed link leads to. Looking at it uses nothing up.
pub async fn show(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, token)): Path<(String, String)>,
    once: Once,
) -> Answer {
    let me = app.roster.me(&request).await?;
    let found = me
        .memberships
        .iter()
        .find(|membership| membership.slug == slug)
        .cloned();
    let Some(membership) = found.filter(|membership| membership.standing == AWAITING_CONSENT) else {
        return nothing_to_agree_to(&app, &request, once).await;
    };
    let name = &membership.name;
    let page = confirm::Page {
        shell: shell(&app, Some(&request), &format!("Join {name}"), once).await?,
        heading: format!("Join {name}?"),
        lead: format!(
            "{name} wants you as {}. Nothing happens until you agree.",
            membership.role
        ),
        consequences: vec![
            Consequence::new(
                ConsequenceKind::Gain,
                format!("You become a member of {name} as {}.", membership.role),
            ),
            Consequence::new(ConsequenceKind::Keeps, UNMANAGED),
        ],
        action: format!("/organizations/{slug}/consent/{token}"),
        submit: format!("Join {name}"),
        cancel_href: "/organizations".to_owned(),
        ..confirm::Page::default()
    };
    Ok(html(&page))
}

pub async fn accept(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, token)): Path<(String, String)>,
) -> Answer {
    let (_, membership) = own(&app, &request, &slug).await?;
    match app
        .roster
        .consent(&request, &OrganizationRef::Slug(slug.clone()), Some(&token))
        .await
    {
        Ok(_) => joined(&app, &request, &slug, &membership.name).await,
        Err(Error::Refused(Refusal::NothingToConsentTo)) => nothing_to_agree_to(&app, &request, Once::default()).await,
        Err(error) => not_now(error),
    }
}

async fn joined(app: &App, request: &Request, slug: &str, name: &str) -> Answer {
    let to = destination::home(app, request, slug).await?;
    Ok(done(&to, format!("You are a member of {name} now.")))
}

/// Back to the list, with what stood in the way.
fn not_now(error: Error) -> Result<Response, Page> {
    match error {
        Error::Refused(refusal)
            if refusal.kind() == RefusalKind::Conflict || matches!(refusal, Refusal::ConsentByMailOnly { .. }) =>
        {
            Ok(go(
                "/organizations",
                Some(Notice::new(NoticeKind::Error, refusal.to_string())),
            ))
        }
        other => Err(other.into()),
    }
}

async fn nothing_to_agree_to(app: &App, request: &Request, once: Once) -> Answer {
    let page = Unusable {
        shell: shell(app, Some(request), "Nothing to agree to", once).await?,
        heading: "There is nothing to agree to".to_owned(),
        text: format!("Nobody waits for an answer of {} here.", request.caller.name),
        advice: vec![
            "If you agreed or declined before, you are done.".to_owned(),
            "If the mail went to another account of yours, sign out and sign in with that one.".to_owned(),
        ],
        sign_in_href: String::new(),
        onward: None,
    };
    Ok(html_as(StatusCode::GONE, &page))
}
