//! A test mail: sent at once, by what is set, and the mail server's answer told in its own words.

use domain::text::EmailAddress;
use lettre::AsyncTransport;

use crate::Roster;
use crate::mail::Server;
use crate::mail::message::{Letter, compose};
use crate::mail::worker::told;
use crate::setting::Tested;

pub async fn test(roster: &Roster, server: &Server, to: &EmailAddress) -> Tested {
    let settings = roster.settings();
    let letter = Letter {
        to: to.to_string(),
        subject: format!("A test mail of {}", settings.instance_name),
        paragraphs: vec![
            format!("{} can send mail: this one has arrived.", settings.instance_name),
            "A superuser asked for it, to see whether the mail server does what it should. There is nothing to do."
                .to_owned(),
        ],
        action: format!("Open {}", settings.instance_name),
        link: settings.public_url.clone(),
        message_id: format!("test-{}", crate::ambient::request_id()),
    };
    let failed = |answer: String| Tested {
        delivered: false,
        answer,
    };
    let message = match compose(server, &letter) {
        Ok(message) => message,
        Err(error) => return failed(crate::superuser::one_line(&error)),
    };
    match tokio::time::timeout(settings.mail_patience, server.transport.send(message)).await {
        Ok(Ok(response)) => {
            let words: Vec<&str> = response.message().collect();
            Tested {
                delivered: true,
                answer: format!("The mail server answered {}: {}", response.code(), words.join(" ")),
            }
        }
        Ok(Err(error)) => failed(told(&error)),
        Err(_) => failed(format!(
            "The mail server did not answer within {} seconds.",
            settings.mail_patience.as_secs_f32()
        )),
    }
}
