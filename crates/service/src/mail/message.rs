//! What mails say: text and HTML of the same words. Names that people chose are escaped, and headers encoded by the library.

use lettre::Message;
use lettre::message::{Mailbox, MultiPart};

use crate::mail::Server;
use crate::{Error, Result};

/// A mail of a few sentences with one link.
pub struct Letter {
    pub to: String,
    pub subject: String,
    /// In order; the link comes after the first.
    pub paragraphs: Vec<String>,
    pub action: String,
    pub link: String,
    /// Stays the same when the mail is tried again, so that a reader's program can tell.
    pub message_id: String,
}

/// # Errors
/// The address cannot be put into a header.
pub fn compose(server: &Server, letter: &Letter) -> Result<Message> {
    let unfit = |error: &dyn std::fmt::Display| Error::Unexpected(format!("mail: {error}"));
    let to: Mailbox = letter.to.parse().map_err(|error| unfit(&error))?;
    let domain = server.from.email.domain();
    Message::builder()
        .from(server.from.clone())
        .to(to)
        .subject(one_line(&letter.subject))
        .message_id(Some(format!("<{}@{domain}>", letter.message_id)))
        .multipart(MultiPart::alternative_plain_html(text(letter), html(letter)))
        .map_err(|error| unfit(&error))
}

fn text(letter: &Letter) -> String {
    let (first, rest) = letter
        .paragraphs
        .split_first()
        .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let rest: String = rest.iter().map(|paragraph| format!("{paragraph}\n\n")).collect();
    format!("{first}\n\n{}:\n\n{}\n\n{rest}", letter.action, letter.link)
}

fn html(letter: &Letter) -> String {
    let (first, rest) = letter
        .paragraphs
        .split_first()
        .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let rest: String = rest
        .iter()
        .map(|paragraph| format!("<p style=\"color:#5b6472;font-size:14px\">{}</p>", escape(paragraph)))
        .collect();
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{subject}</title></head>\
         <body style=\"margin:0;padding:32px 16px;background:#f4f5f7;font-family:system-ui,sans-serif;color:#1c2430\">\
         <div style=\"max-width:480px;margin:0 auto;padding:32px;background:#ffffff;border-radius:12px\">\
         <p style=\"font-size:16px;line-height:1.5\">{first}</p>\
         <p style=\"margin:28px 0\"><a href=\"{link}\" style=\"display:inline-block;padding:12px 20px;border-radius:8px;\
         background:#2f5bd7;color:#ffffff;font-weight:600;text-decoration:none\">{action}</a></p>\
         {rest}<p style=\"color:#5b6472;font-size:12px;word-break:break-all\">{link}</p></div></body></html>",
        subject = escape(&one_line(&letter.subject)),
        first = escape(first),
        action = escape(&letter.action),
        link = escape(&letter.link),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            to: "ada@example.com".into(),
            subject: "Join <b>Acme</b>\r\nBcc: eve@example.com".into(),
            paragraphs: vec!["Olivia <script> invites you.".into(), "It lasts 7 days.".into()],
            action: "Accept the invitation".into(),
            link: "https://roster.example/invitations/abc".into(),
            message_id: "job_1".into(),
        }
    }

    #[test]
    fn names_are_escaped_and_headers_kept_to_one_line() {
        assert!(html(&letter()).contains("Olivia &lt;script&gt; invites you."));
        let server = Server::parse("smtp://127.0.0.1:25", "Roster <roster@example.com>").unwrap();
        let mail = String::from_utf8(compose(&server, &letter()).unwrap().formatted()).unwrap();
        assert!(!mail.lines().any(|line| line.starts_with("Bcc:")), "{mail}");
    }

    #[test]
    fn the_text_has_the_link_alone_on_a_line() {
        assert!(
            text(&letter())
                .lines()
                .any(|line| line == "https://roster.example/invitations/abc")
        );
    }
}
