//! How the server is doing: a few figures and plots, drawn from what is kept of it.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::time::DAY;
use domain::{Timestamp, time::SECOND};
use service::metrics::{Dashboard as Measured, Sample};

use crate::App;
use crate::console::instance::enter;
use crate::console::part::counted;
use crate::console::time;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::chart::{Chart, Column, Course, Key};
use crate::page::dashboard::{Dashboard, Figure};
use crate::page::instance::Place;

const SUCCEEDED: Key = Key {
    label: "Succeeded",
    tone: "good",
};
const FAILED: Key = Key {
    label: "Failed",
    tone: "bad",
};
const HALF: Key = Key {
    label: "Half within",
    tone: "good",
};
const MOST: Key = Key {
    label: "95 of 100 within",
    tone: "high",
};

pub fn router() -> Router<App> {
    Router::new().route("/instance/dashboard", get(show))
}

async fn show(State(app): State<App>, Person(request): Person, shown: Once) -> Answer {
    let instance = enter(&app, &request, Place::Dashboard, shown).await?;
    let measured = app.roster.dashboard(&request).await?;
    let page = Dashboard {
        shell: instance.shell("Dashboard"),
        figures: figures(&measured),
        charts: vec![
            sign_ins(&measured),
            people(&measured),
            latency(&measured, request.now),
            mail(&measured, request.now),
        ],
    };
    Ok(view::html(&page))
}

fn figures(measured: &Measured) -> Vec<Figure> {
    let figure = |label: &str, number: i64, href: &str, remark: String| Figure {
        label: label.to_owned(),
        number: number.to_string(),
        href: href.to_owned(),
        remark,
    };
    let waiting = measured.waiting;
    let oldest = if waiting.number > 0 {
        format!("the oldest for {}", lasted(waiting.oldest))
    } else {
        "nothing waits".to_owned()
    };
    vec![
        figure(
            "Organizations",
            measured.organizations,
            Place::Organizations.about().path,
            String::new(),
        ),
        figure(
            "Accounts",
            measured.accounts,
            Place::Accounts.about().path,
            String::new(),
        ),
        figure(
            "Sessions",
            measured.sessions,
            "",
            "not ended and not expired".to_owned(),
        ),
        figure("Mail that waits", waiting.number, "", oldest),
    ]
}

fn sign_ins(measured: &Measured) -> Chart {
    let (succeeded, failed) = measured
        .hours
        .iter()
        .fold((0, 0), |sum, hour| (sum.0 + hour.succeeded, sum.1 + hour.failed));
    let columns: Vec<Column> = measured
        .hours
        .iter()
        .map(|hour| Column {
            parts: vec![hour.succeeded, hour.failed],
            title: format!(
                "{}: {} succeeded, {} failed",
                clock(hour.at),
                hour.succeeded,
                hour.failed
            ),
        })
        .collect();
    let noun = if succeeded == 1 { "sign-in" } else { "sign-ins" };
    let chart = Chart {
        title: "Sign-ins by hour".to_owned(),
        summary: format!("In the last 24 hours {succeeded} {noun} succeeded and {failed} failed."),
        below: ends(measured.hours.iter().map(|hour| clock(hour.at))),
        empty: if succeeded + failed == 0 {
            "Nobody has tried to sign in within the last 24 hours.".to_owned()
        } else {
            String::new()
        },
        ..Chart::default()
    };
    chart.of_columns(&columns, &[SUCCEEDED, FAILED])
}

fn people(measured: &Measured) -> Chart {
    let busiest = measured.days.iter().map(|day| day.people).max().unwrap_or(0);
    let today = measured.days.last().map_or(0, |day| day.people);
    let columns: Vec<Column> = measured
        .days
        .iter()
        .map(|day| Column {
            parts: vec![day.people],
            title: format!("{}: {}", date(day.at), persons(day.people)),
        })
        .collect();
    let chart = Chart {
        title: "Active people by day".to_owned(),
        summary: format!(
            "Today {}, at most {} on one of the last 14 days.",
            persons(today),
            busiest
        ),
        below: ends(measured.days.iter().map(|day| date(day.at))),
        empty: if busiest == 0 {
            "Nobody has signed in or entered an organization within the last 14 days.".to_owned()
        } else {
            String::new()
        },
        ..Chart::default()
    };
    chart.of_columns(&columns, &[SUCCEEDED])
}

fn latency(measured: &Measured, now: Timestamp) -> Chart {
    let last = |samples: &[Sample]| samples.last().map(|sample| lasted(sample.value));
    let told = match (last(&measured.latency_median), last(&measured.latency_high)) {
        (Some(half), Some(most)) => {
            format!("At last half of all requests were answered within {half}, 95 of 100 within {most}.")
        }
        _ => String::new(),
    };
    let chart = Chart {
        title: "Time to answer".to_owned(),
        empty: nothing_yet(&told),
        summary: told,
        below: day_before(now),
        ..Chart::default()
    };
    let courses = [
        course(&measured.latency_median, now, HALF.tone),
        course(&measured.latency_high, now, MOST.tone),
    ];
    chart.of_courses(&courses, &[HALF, MOST], &lasted)
}

fn mail(measured: &Measured, now: Timestamp) -> Chart {
    let most = measured.mail_queue.iter().map(|sample| sample.value).max();
    let told = most.map_or_else(String::new, |most| {
        let waiting = usize::try_from(measured.waiting.number).unwrap_or(0);
        format!(
            "{} now, at most {most} within the last 24 hours.",
            counted(waiting, "mail waits", "mails wait")
        )
    });
    let chart = Chart {
        title: "Mail that waits".to_owned(),
        empty: nothing_yet(&told),
        summary: told,
        below: day_before(now),
        ..Chart::default()
    };
    let courses = [course(&measured.mail_queue, now, SUCCEEDED.tone)];
    chart.of_courses(&courses, &[SUCCEEDED], &|number| number.to_string())
}

/// Why there is no plot, where there is nothing to be told.
fn nothing_yet(told: &str) -> String {
    if told.is_empty() {
        "Nothing is measured yet. The first values come a minute after the start.".to_owned()
    } else {
        String::new()
    }
}

/// Samples of the last day, from left to right.
fn course(samples: &[Sample], now: Timestamp, tone: &'static str) -> Course {
    let place = |at: Timestamp| ((DAY - now.since(at)) * 1_000 / DAY).clamp(0, 1_000);
    let mut points: Vec<(i64, i64)> = samples.iter().map(|sample| (place(sample.at), sample.value)).collect();
    // The last stretch lasts until now, which lets a single value be seen too.
    if let Some((_, value)) = points.last().copied() {
        points.push((1_000, value));
    }
    Course { points, tone }
}

/// The first, the middle and the last.
fn ends(labels: impl Iterator<Item = String>) -> Vec<String> {
    let labels: Vec<String> = labels.collect();
    let pick = |place: usize| labels.get(place).cloned().unwrap_or_default();
    vec![pick(0), pick(labels.len() / 2), pick(labels.len().saturating_sub(1))]
}

fn day_before(now: Timestamp) -> Vec<String> {
    vec![clock(now.plus(-DAY)), clock(now.plus(-DAY / 2)), "now".to_owned()]
}

fn clock(at: Timestamp) -> String {
    time::clock(at)
}

fn date(at: Timestamp) -> String {
    time::day(at, None).text
}

fn persons(number: i64) -> String {
    counted(usize::try_from(number).unwrap_or(0), "person", "people")
}

/// Microseconds in words.
fn lasted(micros: i64) -> String {
    match micros {
        micros if micros < 10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        micros if micros < SECOND => format!("{} ms", micros / 1_000),
        micros if micros < 120 * SECOND => format!("{} s", micros / SECOND),
        micros => format!("{} min", micros / (60 * SECOND)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_as_people_do() {
        let told: Vec<String> = [2_500, 40_000, 3 * SECOND, 600 * SECOND]
            .into_iter()
            .map(lasted)
            .collect();
        assert_eq!(told, ["2.5 ms", "40 ms", "3 s", "10 min"]);
    }

    #[test]
    fn a_day_goes_from_left_to_right() {
        let now = Timestamp::from_micros(10 * DAY);
        let samples = [DAY, DAY / 2].map(|ago| Sample {
            at: now.plus(-ago),
            value: 7,
        });
        assert_eq!(course(&samples, now, "good").points, [(0, 7), (500, 7), (1_000, 7)]);
    }
}
