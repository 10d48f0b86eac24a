//! Which mail server, and how it is spoken to.

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The mail server, from a URL: `smtps://` for TLS from the start, `smtp://` for STARTTLS, which only a server on this
/// machine may lack.
#[derive(Clone)]
pub struct Server {
    pub(crate) transport: AsyncSmtpTransport<Tokio1Executor>,
    pub(crate) from: Mailbox,
    /// As it may be shown.
    pub(crate) url: String,
    pub(crate) username: Option<String>,
    pub(crate) has_password: bool,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Server({} from {})", self.url, self.from)
    }
}

/// What cannot be used, and in which field it was said.
#[derive(Debug, thiserror::Error)]
#[error("{field} {detail}")]
pub struct BadServer {
    pub field: &'static str,
    pub detail: String,
}

fn bad(field: &'static str, detail: impl Into<String>) -> BadServer {
    BadServer {
        field,
        detail: detail.into(),
    }
}

/// A URL without what is secret of it, and that beside it.
#[derive(Clone, Debug)]
pub struct Address {
    pub url: String,
    pub username: Option<String>,
    pub password: Option<SecretString>,
}

/// How long a mail server may take for one answer: seconds.
const PATIENCE: u64 = 30;

impl Address {
    /// # Errors
    /// The URL is malformed, or would send mail in the clear over a network.
    pub fn parse(text: &str) -> Result<Self, BadServer> {
        let wrong = || bad("url", "must be smtps://host:port or smtp://host:port");
        let mut url = Url::parse(text.trim()).map_err(|_| wrong())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        if !["smtp", "smtps"].contains(&url.scheme()) || !["", "/"].contains(&url.path()) {
            return Err(wrong());
        }
        if !is_here(host) && url.scheme() == "smtp" && url.query().is_some_and(|query| query != "tls=required") {
            return Err(bad(
                "url",
                "would send mail in the clear; use smtps://, or smtp:// without ?tls=",
            ));
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let username = Some(decoded(url.username())).filter(|name| !name.is_empty());
        let password = url.password().map(|text| SecretString::from(decoded(text)));
        url.set_username("").map_err(|()| wrong())?;
        url.set_password(None).map_err(|()| wrong())?;
        Ok(Self {
            url: url.as_str().trim_end_matches('/').to_owned(),
            username,
            password,
        })
    }

    /// With what the library has to be told besides: whether it may go on without TLS.
    fn spoken(&self) -> String {
        if self.url.starts_with("smtps://") || self.url.contains('?') {
            return self.url.clone();
        }
        let host = Url::parse(&self.url).ok();
        let here = host.as_ref().and_then(Url::host_str).is_some_and(is_here);
        let tls = if here { "opportunistic" } else { "required" };
        format!("{}?tls={tls}", self.url)
    }
}

fn is_here(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

impl Server {
    /// # Errors
    /// The URL or the sender's address is malformed. Neither is connected to yet.
    pub fn parse(url: &str, from: &str) -> Result<Self, BadServer> {
        Self::new(&Address::parse(url)?, from)
    }

    /// # Errors
    /// The same.
    pub fn new(address: &Address, from: &str) -> Result<Self, BadServer> {
        let wrong = |_| bad("url", "is no address of a mail server");
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&address.spoken()).map_err(wrong)?;
        if let Some(username) = &address.username {
            let password = address.password.as_ref().map(ExposeSecret::expose_secret);
            let password = password.unwrap_or_default().to_owned();
            builder = builder.credentials(Credentials::new(username.clone(), password));
        }
        let from = from.parse().map_err(|_| {
            bad(
                "from",
                format!("{from:?} is no sender such as Roster <roster@example.com>"),
            )
        })?;
        Ok(Self {
            transport: builder.timeout(Some(std::time::Duration::from_secs(PATIENCE))).build(),
            from,
            url: address.url.clone(),
            username: address.username.clone(),
            has_password: address.password.is_some(),
        })
    }

    /// Connects, greets and proves who we are, and sends nothing.
    ///
    /// # Errors
    /// What the server said, or why it could not be asked.
    pub async fn try_out(&self) -> Result<(), String> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("it ended the conversation".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Whom mails are from where nobody said: Roster at the public URL's host.
pub fn default_sender(public_url: &str) -> String {
    let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().filter(|host| !host.is_empty());
    format!("Roster <roster@{}>", host.unwrap_or("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn mail_leaves_this_machine_only_encrypted() {
        let parse = |url| {
            Server::parse(url, "Roster <roster@example.com>")
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        for good in [
            "smtps://u:p@mail.example.com",
            "smtp://mail.example.com:587",
            "smtp://mail.example.com?tls=required",
            "smtp://127.0.0.1:2525",
            "smtp://[::1]:2525",
        ] {
            assert_eq!(parse(good), Ok(()), "{good}");
        }
        for bad in [
            "http://mail.example.com",
            "mail.example.com",
            "smtp://mail.example.com?tls=opportunistic",
            "smtps://mail.example.com/inbox",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_secret_of_a_url_is_taken_out_of_it() {
        let address = Address::parse("smtps://ros%40ter:a%2Fb@mail.example.com:465").unwrap();
        assert_eq!(address.url, "smtps://mail.example.com:465");
        assert_eq!(address.username.as_deref(), Some("ros@ter"));
        assert_eq!(address.password.unwrap().expose_secret(), "a/b");
    }
}
