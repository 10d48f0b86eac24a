//! Disabling, enabling, deleting and restoring an organization: first what it means, then the button that does it.

use axum::Router;
use axum::http::StatusCode;
use domain::Refusal;
use domain::effect::{Kind, Preview};
use domain::organization::{Organization, OrganizationStatus};
use serde::Deserialize;
use service::{Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::instance::{Instance, enter};
use crate::console::noun::{self, noun, refused};
use crate::console::part::{filled, listed};
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::page::confirm::{self, Alternative, Consequence, ConsequenceKind};
use crate::page::form::Errors;
use crate::page::instance::Place;

pub fn router() -> Router<App> {
    let at = |noun: &str| format!("/instance/organizations/{{organization}}/{noun}");
    Router::new()
        .route(&at("disablement"), noun(Act::Disable, Act::Enable))
        .route(&at("deletion"), noun(Act::Delete, Act::Delete))
        .route(&at("restoration"), noun(Act::Restore, Act::Restore))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Disable,
    Enable,
    Delete,
    Restore,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// The opposite is meant: enable instead of disable.
    end: bool,
    reason: String,
    confirm: String,
}

impl noun::Act for Act {
    /// The organization's short name.
    type Of = String;
    type Asked = Asked;

    fn is_ended(asked: &Asked) -> bool {
        asked.end
    }

    async fn ask(self, app: &App, request: &Request, slug: &String, asked: &Asked, shown: Once) -> Answer {
        let (instance, organization) = entered(app, request, slug, shown).await?;
        question(self, app, request, (&instance, &organization), asked, Errors::none()).await
    }

    async fn perform(self, app: &App, request: &Request, slug: &String, asked: &Asked) -> Answer {
        let (instance, organization) = entered(app, request, slug, Once::default()).await?;
        perform(self, app, request, (&instance, &organization), asked).await
    }
}

async fn entered(app: &App, request: &Request, slug: &str, shown: Once) -> Result<(Instance, Organization), Page> {
    let instance = enter(app, request, Place::Organizations, shown).await?;
    let tenant = app.roster.tenant(request, &OrganizationRef::parse(slug)).await?;
    Ok((instance, tenant.organization))
}

/// The page with the preview of the change as asked.
async fn question(
    act: Act,
    app: &App,
    request: &Request,
    (instance, organization): (&Instance, &Organization),
    asked: &Asked,
    errors: Errors,
) -> Answer {
    let page = confirm::Page {
        errors,
        ..frame(act, instance, organization, asked)
    };
    if let Some(reason) = idle(act, organization) {
        return Ok(view::html(&refused(page, reason)));
    }
    match run(act, app, &request.with_dry_run(true), organization, asked).await {
        Ok(preview) => {
            let consequences = consequences(act, instance, request, &preview);
            let page = confirm::Page { consequences, ..page };
            Ok(if page.errors.any() {
                view::again(&page)
            } else {
                view::html(&page)
            })
        }
        Err(Error::Refused(refusal)) if stands_in_the_way(&refusal) => {
            Ok(view::html(&refused(page, refusal.to_string())))
        }
        Err(error) => Err(error.into()),
    }
}

async fn perform(
    act: Act,
    app: &App,
    request: &Request,
    (instance, organization): (&Instance, &Organization),
    asked: &Asked,
) -> Answer {
    if act == Act::Delete && asked.confirm.trim() != organization.slug {
        let errors = Errors::none().with("confirm", format!("Type {} to confirm", organization.slug));
        return question(act, app, request, (instance, organization), asked, errors).await;
    }
    match run(act, app, request, organization, asked).await {
        Ok(_) => {
            let home = format!("{}/{}", Place::Organizations.about().path, organization.slug);
            Ok(view::done(&home, act.done(&organization.name)))
        }
        Err(Error::Refused(refusal)) if stands_in_the_way(&refusal) => {
            let page = refused(frame(act, instance, organization, asked), refusal.to_string());
            Ok(view::html_as(StatusCode::CONFLICT, &page))
        }
        Err(error) => {
            let errors = view::errors(error)?;
            question(act, app, request, (instance, organization), asked, errors).await
        }
    }
}

/// Carries it out, or tries it where the request is a dry run.
async fn run(
    act: Act,
    app: &App,
    request: &Request,
    organization: &Organization,
    asked: &Asked,
) -> service::Result<Preview> {
    let reference = OrganizationRef::Id(organization.id);
    let reason = filled(&asked.reason);
    let preview = |outcome| match outcome {
        Outcome::Previewed(preview) => preview,
        Outcome::Done(()) => Preview::default(),
    };
    Ok(match act {
        Act::Disable => preview(
            app.roster
                .disable_organization(request, &reference, reason.as_deref())
                .await?
                .map(drop),
        ),
        Act::Enable => preview(app.roster.enable_organization(request, &reference).await?.map(drop)),
        Act::Restore => preview(app.roster.restore_organization(request, &reference).await?.map(drop)),
        Act::Delete => {
            let authorized = app.roster.authorize(request, &reference).await?;
            preview(
                service::tenant::deletion::delete(authorized, &organization.slug)
                    .await?
                    .map(drop),
            )
        }
    })
}

fn stands_in_the_way(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NotRestorable { .. } | Refusal::MemberLimitReached { .. }
    )
}

/// Why there is nothing to be done: the page may have stood open while somebody else did it.
fn idle(act: Act, organization: &Organization) -> Option<String> {
    let name = &organization.name;
    match (act, organization.status) {
        (Act::Disable | Act::Enable | Act::Delete, OrganizationStatus::Deleted) => Some(format!("{name} is deleted.")),
        (Act::Disable, OrganizationStatus::Disabled) => Some(format!("{name} is disabled already.")),
        (Act::Enable, OrganizationStatus::Active | OrganizationStatus::AwaitingOwner) => {
            Some(format!("{name} is not disabled."))
        }
        _ => None,
    }
}

/// Everything but what has to be foreseen.
fn frame(act: Act, instance: &Instance, organization: &Organization, asked: &Asked) -> confirm::Page {
    let home = format!("{}/{}", Place::Organizations.about().path, organization.slug);
    let submit = act.submit(&organization.name);
    let is_open = organization.status != OrganizationStatus::Disabled;
    confirm::Page {
        shell: instance.shell(&submit),
        heading: format!("{submit}?"),
        lead: act.lead().to_owned(),
        alternative: (act == Act::Delete && is_open).then(|| Alternative {
            text: "Not sure? Disabling keeps everything and can be taken back at any time.".to_owned(),
            label: "Disable instead".to_owned(),
            href: format!("{home}/disablement"),
        }),
        ask_reason: act == Act::Disable,
        reason: asked.reason.clone(),
        typed: if act == Act::Delete {
            organization.slug.clone()
        } else {
            String::new()
        },
        hidden: noun::ended(act == Act::Enable),
        action: format!("{home}/{}", act.noun()),
        submit,
        danger: matches!(act, Act::Disable | Act::Delete),
        cancel_href: home,
        ..confirm::Page::default()
    }
}

fn consequences(act: Act, instance: &Instance, request: &Request, preview: &Preview) -> Vec<Consequence> {
    let one = |kind, text: &str| Consequence::new(kind, text);
    match act {
        Act::Disable => vec![
            one(
                ConsequenceKind::Ends,
                "Everybody's access to it, with every session and token, at once",
            ),
            one(ConsequenceKind::Ends, "Mail that is on its way waits"),
            one(
                ConsequenceKind::Keeps,
                "People, roles, projects, tokens and history stay as they are",
            ),
        ],
        Act::Enable => vec![one(
            ConsequenceKind::Gain,
            "Its people and programs come in again at once",
        )],
        Act::Restore => vec![
            one(ConsequenceKind::Gain, "Its people and programs come in again at once"),
            one(
                ConsequenceKind::Note,
                "Mail that was not sent yet is not sent any more: resend invitations",
            ),
        ],
        Act::Delete => {
            let gone: Vec<String> = preview
                .effects
                .iter()
                .filter(|effect| effect.kind == Kind::Deleted)
                .filter_map(|effect| effect.detail.clone())
                .collect();
            let until = instance.time(service::tenant::gone_at(request.now)).text;
            vec![
                one(
                    ConsequenceKind::Ends,
                    "Everybody's access to it, with every session and token, at once",
                ),
                Consequence::new(
                    ConsequenceKind::Loss,
                    format!(
                        "Gone for good after {until}: {}",
                        listed(gone.iter().map(String::as_str))
                    ),
                ),
                one(
                    ConsequenceKind::Keeps,
                    "Until then superusers can restore it, and nobody can take its short name",
                ),
            ]
        }
    }
}

impl Act {
    const fn noun(self) -> &'static str {
        match self {
            Self::Disable | Self::Enable => "disablement",
            Self::Delete => "deletion",
            Self::Restore => "restoration",
        }
    }

    /// The button says what will happen.
    fn submit(self, name: &str) -> String {
        match self {
            Self::Disable => format!("Disable {name}"),
            Self::Enable => format!("Enable {name}"),
            Self::Delete => format!("Delete {name}"),
            Self::Restore => format!("Restore {name}"),
        }
    }

    const fn lead(self) -> &'static str {
        match self {
            Self::Disable => "Nobody but superusers gets in until it is enabled again.",
            Self::Enable => "It goes on as it was before it was disabled.",
            Self::Delete => "Nobody sees it any more, and whoever used it is shut out.",
            Self::Restore => "Everybody and everything in it is there again.",
        }
    }

    /// What is said once it is done.
    fn done(self, name: &str) -> String {
        match self {
            Self::Disable => format!("{name} is disabled."),
            Self::Enable => format!("{name} is enabled."),
            Self::Delete => format!("{name} is deleted. It can be restored for thirty days."),
            Self::Restore => format!("{name} is restored."),
        }
    }
}
