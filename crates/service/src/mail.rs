//! Mail, sent from the outbox by a worker: at least once, tried again with back-off, the server's own words kept.

mod account_letter;
mod message;
mod worker;

pub(crate) use worker::readable;

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};

/// The mail server, from a URL: `smtps://` for TLS from the start, `smtp://` for STARTTLS, which only a server on this
/// machine may lack.
#[derive(Clone)]
pub struct Server {
    pub(crate) transport: AsyncSmtpTransport<Tokio1Executor>,
    pub(crate) from: Mailbox,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Server(from {})", self.from)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadServer(String);

/// How long a mail server may take for one mail: seconds.
const PATIENCE: u64 = 30;

impl Server {
    /// # Errors
    /// The URL or the sender's address is malformed. Neither is connected to yet.
    pub fn parse(url: &str, from: &str) -> Result<Self, BadServer> {
        let wrong = || BadServer("the SMTP URL must be smtps://user:password@host:port or smtp://…".to_owned());
        let rest = url
            .strip_prefix("smtp://")
            .or_else(|| url.strip_prefix("smtps://"))
            .ok_or_else(wrong)?;
        let host = rest.rsplit('@').next().unwrap_or(rest);
        let host = host.split('/').next().unwrap_or(host);
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.split(']').next())
            .unwrap_or_else(|| host.split(':').next().unwrap_or(host));
        let is_here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        let url = match (url.starts_with("smtps://"), url.contains('?')) {
            (true, _) | (false, true) => url.to_owned(),
            (false, false) if is_here => format!("{url}?tls=opportunistic"),
            (false, false) => format!("{url}?tls=required"),
        };
        if !is_here && !url.starts_with("smtps://") && !url.ends_with("?tls=required") {
            return Err(BadServer(
                "the SMTP URL would send mail in the clear; use smtps://, or smtp:// without ?tls=".to_owned(),
            ));
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url).map_err(|_| wrong())?;
        let transport = builder.timeout(Some(std::time::Duration::from_secs(PATIENCE))).build();
        let from = from
            .parse()
            .map_err(|_| BadServer(format!("{from:?} is no sender such as Roster <roster@example.com>")))?;
        Ok(Self { transport, from })
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
            "smtp://127.0.0.1:2525",
            "smtp://[::1]:2525",
        ] {
            assert_eq!(parse(good), Ok(()), "{good}");
        }
        for bad in [
            "http://mail.example.com",
            "mail.example.com",
            "smtp://mail.example.com?tls=opportunistic",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
