//! What the Access tab says of the repository's people, and asking its host again.

use axum::extract::State;
use domain::permission::ProjectAccessManage;
use service::OrganizationRef;
use service::project::repository::{self, Followed};

use crate::App;
use crate::console::address::Path;
use crate::console::inside::Inside;
use crate::console::view::{self, Answer};
use crate::context::Person;

/// What is known of the repository's people, and by whom.
pub(super) fn told(inside: &Inside, followed: &Followed) -> String {
    let Some(watched) = &followed.watched else {
        return "No host is asked: a program named the repository. Ask in your own name.".to_owned();
    };
    let by = &watched.granted.by.name;
    match (&watched.answer, watched.told_at) {
        (Some(answer), Some(at)) => {
            let last = inside.time(at).text;
            format!(
                "It was asked in the name of {by} and answered: {answer} It last told on {last}; that holds for a day."
            )
        }
        (Some(answer), None) => format!("It was asked in the name of {by} and answered: {answer}"),
        (None, Some(at)) => format!(
            "Told on {}, asked in the name of {by}. It is asked every hour.",
            inside.time(at).text
        ),
        (None, None) => format!("It is being asked in the name of {by}. Look again in some seconds."),
    }
}

pub(super) async fn ask_again(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project)): Path<(String, String)>,
) -> Answer {
    let authorized = app
        .roster
        .authorize_on::<ProjectAccessManage>(&request, &OrganizationRef::parse(&slug), &project)
        .await?;
    repository::ask_again(authorized).await?;
    let to = format!("/o/{slug}/projects/{project}/access");
    Ok(view::done(
        &to,
        "The host is asked in your name. Look again in some seconds.",
    ))
}
