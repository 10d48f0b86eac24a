//! One SMTP conversation (RFC 5321), as far as clients that deliver mail go.

use std::io::{Error, ErrorKind, Result};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::mail::{Envelope, Mail};
use super::{Behavior, Shared};

/// Talks until the client leaves; what goes wrong is the client's to see.
pub async fn hold(stream: TcpStream, shared: Arc<Shared>) {
    if shared.state().behavior == Behavior::Hang {
        // The connection stays open until the server ends.
        let _open = stream;
        return std::future::pending().await;
    }
    let _ = Conversation {
        stream: BufReader::new(stream),
        shared,
        envelope: None,
        account: None,
    }
    .run()
    .await;
}

struct Conversation {
    stream: BufReader<TcpStream>,
    shared: Arc<Shared>,
    envelope: Option<Envelope>,
    account: Option<String>,
}

impl Conversation {
    async fn run(&mut self) -> Result<()> {
        self.say("220 localhost ESMTP").await?;
        loop {
            let line = self.line().await?;
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            let verb = verb.to_ascii_uppercase();
            self.misbehave(&verb).await?;
            match verb.as_str() {
                "EHLO" => self.introduce().await?,
                "HELO" => self.say("250 localhost").await?,
                "AUTH" => self.authenticate(rest).await?,
                "MAIL" => self.sender(rest).await?,
                "RCPT" => self.recipient(rest).await?,
                "DATA" => self.message().await?,
                "RSET" => {
                    self.envelope = None;
                    self.say("250 2.0.0 Forgotten").await?;
                }
                "NOOP" => self.say("250 2.0.0 Nothing done").await?,
                "QUIT" => return self.say("221 2.0.0 Bye").await,
                _ => self.say("502 5.5.1 Not known here").await?,
            }
        }
    }

    async fn misbehave(&self, step: &str) -> Result<()> {
        let behavior = self.shared.state().behavior.clone();
        match behavior {
            Behavior::HangAt(at) if at == step => std::future::pending().await,
            Behavior::CloseAt(at) if at == step => Err(Error::from(ErrorKind::ConnectionAborted)),
            _ => Ok(()),
        }
    }

    async fn introduce(&mut self) -> Result<()> {
        self.envelope = None;
        for extension in [
            "localhost",
            "PIPELINING",
            "SIZE 26214400",
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
        ] {
            self.say(&format!("250-{extension}")).await?;
        }
        self.say("250 AUTH PLAIN LOGIN").await
    }

    /// Anybody may come in; who it was is kept with the mail.
    async fn authenticate(&mut self, how: &str) -> Result<()> {
        let (mechanism, initial) = how.split_once(' ').unwrap_or((how, ""));
        let account = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let answer = if initial.is_empty() {
                    self.ask("").await?
                } else {
                    decoded(initial)?
                };
                answer.split('\0').nth(1).unwrap_or_default().to_owned()
            }
            "LOGIN" => {
                let account = if initial.is_empty() {
                    self.ask("Username:").await?
                } else {
                    decoded(initial)?
                };
                self.ask("Password:").await?;
                account
            }
            _ => return self.say("504 5.5.4 No such mechanism").await,
        };
        self.account = Some(account);
        self.say("235 2.7.0 Welcome").await
    }

    async fn ask(&mut self, question: &str) -> Result<String> {
        self.say(&format!("334 {}", STANDARD.encode(question))).await?;
        decoded(&self.line().await?)
    }

    async fn sender(&mut self, rest: &str) -> Result<()> {
        let behavior = self.shared.state().behavior.clone();
        match (address(rest, "FROM:"), behavior) {
            (None, _) => self.say("501 5.5.4 MAIL FROM:<address>").await,
            (_, Behavior::RefuseSender(reply)) => self.say(&reply).await,
            (Some(sender), _) => {
                self.envelope = Some(Envelope {
                    sender,
                    recipients: Vec::new(),
                    account: self.account.clone(),
                });
                self.say("250 2.1.0 Sender accepted").await
            }
        }
    }

    async fn recipient(&mut self, rest: &str) -> Result<()> {
        let reply = match (address(rest, "TO:"), &mut self.envelope) {
            (None, _) => "501 5.5.4 RCPT TO:<address>".to_owned(),
            (_, None) => "503 5.5.1 MAIL first".to_owned(),
            (Some(recipient), Some(envelope)) => match refusal(&self.shared, &recipient) {
                Some(reply) => reply,
                None => {
                    envelope.recipients.push(recipient);
                    "250 2.1.5 Recipient accepted".to_owned()
                }
            },
        };
        self.say(&reply).await
    }

    async fn message(&mut self) -> Result<()> {
        if self
            .envelope
            .as_ref()
            .is_none_or(|envelope| envelope.recipients.is_empty())
        {
            return self.say("503 5.5.1 RCPT first").await;
        }
        self.say("354 Go on").await?;
        let mut raw = Vec::new();
        loop {
            let line = self.bytes().await?;
            match line.as_slice() {
                b".\r\n" => break,
                // A line's first dot is doubled on the way.
                [b'.', rest @ ..] => raw.extend_from_slice(rest),
                line => raw.extend_from_slice(line),
            }
        }
        self.misbehave(".").await?;
        if self.shared.state().behavior == Behavior::CloseAfterData {
            return Err(Error::from(ErrorKind::ConnectionAborted));
        }
        if let Some(envelope) = self.envelope.take() {
            // Kept before it is acknowledged: who was told so finds it here.
            self.shared.keep(Mail::new(envelope, &raw));
        }
        self.say("250 2.0.0 Taken").await
    }

    async fn say(&mut self, reply: &str) -> Result<()> {
        // One write: a reply in two packets waits for the other side's delayed acknowledgement.
        self.stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    async fn line(&mut self) -> Result<String> {
        let line = self.bytes().await?;
        Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned())
    }

    async fn bytes(&mut self) -> Result<Vec<u8>> {
        let mut line = Vec::new();
        match self.stream.read_until(b'\n', &mut line).await? {
            0 => Err(Error::from(ErrorKind::UnexpectedEof)),
            _ => Ok(line),
        }
    }
}

fn refusal(shared: &Shared, recipient: &str) -> Option<String> {
    let mut state = shared.state();
    if let Some(reply) = state.refused.get(&recipient.to_lowercase()) {
        return Some(reply.clone());
    }
    match &mut state.behavior {
        Behavior::RefuseRecipient(reply) => Some(reply.clone()),
        Behavior::RefuseTemporarily(times @ 1..) => {
            *times -= 1;
            Some("451 4.7.1 Try again later".to_owned())
        }
        _ => None,
    }
}

/// The address in `FROM:<ada@example.org> SIZE=1`; empty for a bounce.
fn address(rest: &str, keyword: &str) -> Option<String> {
    let (start, rest) = rest.split_at_checked(keyword.len())?;
    let (address, _) = rest.trim_start().strip_prefix('<')?.split_once('>')?;
    start.eq_ignore_ascii_case(keyword).then(|| address.to_owned())
}

fn decoded(text: &str) -> Result<String> {
    let bytes = STANDARD
        .decode(text.trim())
        .map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
