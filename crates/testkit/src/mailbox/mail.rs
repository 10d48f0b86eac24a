//! A mail as its reader has it before them: decoded, with text and HTML apart.

use super::mime;

/// A mail that arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The `From` header, decoded: `Acme <roster@example.org>`.
    pub from: String,
    /// The recipients of the envelope, which are who it really went to.
    pub to: Vec<String>,
    /// The sender of the envelope, who would get a bounce.
    pub sender: String,
    /// As whom the client authenticated, if it did.
    pub account: Option<String>,
    pub subject: String,
    /// Names as written, values unfolded and decoded, in order.
    pub headers: Vec<(String, String)>,
    /// The plain text, with `\n` line ends; empty if there is none.
    pub text: String,
    /// The HTML; empty if there is none.
    pub html: String,
    /// The message as it came over the wire, dots unstuffed.
    pub raw: String,
}

impl Mail {
    pub(super) fn new(envelope: Envelope, raw: &[u8]) -> Self {
        let message = mime::parse(raw);
        let Envelope {
            sender,
            recipients,
            account,
        } = envelope;
        let mut mail = Self {
            from: String::new(),
            to: recipients,
            sender,
            account,
            subject: String::new(),
            headers: message.headers,
            text: message.text,
            html: message.html,
            raw: String::from_utf8_lossy(raw).into_owned(),
        };
        mail.from = mail.header("From").unwrap_or_default().to_owned();
        mail.subject = mail.header("Subject").unwrap_or_default().to_owned();
        mail
    }

    /// The first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = self
            .headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// The link to follow: the first line of the text that is a link and nothing else.
    #[track_caller]
    pub fn link(&self) -> &str {
        let mut lines = self.text.lines().map(str::trim);
        let link = lines.find(|line| {
            (line.starts_with("https://") || line.starts_with("http://")) && !line.contains(char::is_whitespace)
        });
        link.unwrap_or_else(|| panic!("no line of this mail is a link alone:\n{}", self.text))
    }
}

/// What the conversation said about a mail before the mail itself.
pub(super) struct Envelope {
    pub sender: String,
    pub recipients: Vec<String>,
    pub account: Option<String>,
}
