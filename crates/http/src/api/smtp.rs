//! The mail server of the instance: its settings, a test mail, and whether mails go out.

use axum::extract::State;
use domain::Timestamp;
use domain::effect::{Kind, Subject};
use domain::permission::Permission;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use service::OrganizationRef;
use service::setting::{self, SmtpChange};
use utoipa::ToSchema;

use super::body::{Answer, Body, ok, present, seen_as, tagged, would};
use super::route::{Access, Method, Routes};
use crate::App;
use crate::api::address::Path;
use crate::context::Caller;

const TAG: &str = "Instance";

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/instance/smtp"),
        Access::Superuser,
        (TAG, "get_smtp", "See the mail server"),
        get,
        |route| route.answers::<Smtp>(200, "The settings, without the password"),
    );
    routes.add(
        (Method::Patch, "/instance/smtp"),
        Access::Superuser,
        (TAG, "change_smtp", "Set the mail server, or change it"),
        change,
        |route| {
            route
                .conditional()
                .takes::<SmtpBody>()
                .answers::<Smtp>(200, "The settings as they are now; the next mail is sent by them")
                .previews()
        },
    );
    routes.add(
        (Method::Post, "/instance/smtp/test"),
        Access::Superuser,
        (TAG, "test_smtp", "Send a test mail"),
        test,
        |route| {
            route
                .takes::<TestBody>()
                .answers::<Tested>(200, "What the mail server said, also where it takes no mail")
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/mail"),
        Access::Permission(Permission::InvitationSend),
        (TAG, "get_mail", "See whether mails go out"),
        mail,
        |route| route.answers::<Mail>(200, "Whether mails go out, and since when"),
    );
}

#[derive(Serialize, ToSchema)]
struct Smtp {
    url: Option<String>,
    username: Option<String>,
    /// Whether there is a password; it is never told
    password_set: bool,
    from: String,
    /// flag, environment or file, where it is set there and nowhere else
    fixed_by: Option<&'static str>,
    /// The same, of the sender alone
    from_fixed_by: Option<&'static str>,
    mail: Mail,
    /// Mails that wait to be sent
    queued: i64,
}

#[derive(Serialize, ToSchema)]
struct Mail {
    /// not_set_up, untried, works or fails
    state: &'static str,
    #[schema(value_type = Option<String>)]
    since: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    last_at: Option<Timestamp>,
    /// What the mail server said; for superusers
    detail: Option<String>,
}

impl From<setting::Mail> for Mail {
    fn from(mail: setting::Mail) -> Self {
        Self {
            state: mail.state.name(),
            since: mail.since,
            last_at: mail.last_at,
            detail: mail.detail,
        }
    }
}

impl From<setting::Smtp> for Smtp {
    fn from(smtp: setting::Smtp) -> Self {
        Self {
            url: smtp.url,
            username: smtp.username,
            password_set: smtp.has_password,
            from: smtp.from,
            fixed_by: smtp.fixed_by.map(service::FixedBy::name),
            from_fixed_by: smtp.from_fixed_by.map(service::FixedBy::name),
            mail: smtp.mail.into(),
            queued: smtp.queued,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SmtpBody {
    /// smtps://host:port, or smtp://host:port with STARTTLS; null: no mail server
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    url: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    username: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    password: Option<Option<SecretString>>,
    /// Such as Roster <roster@example.com>; null: Roster at the public URL's host
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    from: Option<Option<String>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TestBody {
    to: String,
}

#[derive(Serialize, ToSchema)]
struct Tested {
    delivered: bool,
    answer: String,
}

async fn get(State(app): State<App>, Caller(request): Caller) -> Answer {
    let smtp = app.roster.smtp(&request).await?;
    let etag = smtp.etag.clone();
    Ok(tagged(&Smtp::from(smtp), &etag))
}

async fn change(State(app): State<App>, Caller(request): Caller, Body(body): Body<SmtpBody>) -> Answer {
    let change = SmtpChange {
        url: body.url,
        username: body.username,
        password: body.password,
        from: body.from,
    };
    let smtp = app.roster.change_smtp(&request, change).await?;
    if request.dry_run {
        let detail = match &smtp.url {
            Some(url) => format!("mails are sent by {url} from {}", smtp.from),
            None => "no mails are sent".to_owned(),
        };
        return Ok(would(Kind::Changed, instance(), &detail));
    }
    let etag = smtp.etag.clone();
    Ok(tagged(&Smtp::from(smtp), &etag))
}

async fn test(State(app): State<App>, Caller(request): Caller, Body(body): Body<TestBody>) -> Answer {
    let tested = app.roster.test_mail(&request, &body.to).await?;
    Ok(ok(&Tested {
        delivered: tested.delivered,
        answer: tested.answer,
    }))
}

async fn mail(State(app): State<App>, Caller(request): Caller, Path(organization): Path<String>) -> Answer {
    let mut seen = app.roster.see(&request, &OrganizationRef::parse(&organization)).await?;
    Ok(seen_as(&Mail::from(setting::mail_of_organization(&mut seen).await?)))
}

/// What a change of the instance's settings is about.
pub fn instance() -> Subject {
    Subject {
        kind: "instance",
        id: String::new(),
        name: "instance".to_owned(),
    }
}
