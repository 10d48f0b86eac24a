//! One delivery: entries to a receiver, and whether it has them. Over HTTP its answer says so. Syslog (RFC 5424) has no
//! answer: over TCP and TLS the connection is ended by us, and only a receiver that has read everything ends it in turn.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Timestamp;
use domain::audit::Entry;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::ConfigVerifierExt;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::destination::{Authentication, Destination, Kind};

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(20);
/// Facility 13, the audit log; severity 6, informational.
const PRIORITY: u8 = 13 * 8 + 6;
/// Bytes of a datagram that every network can take in pieces.
const DATAGRAM: usize = 60_000;

pub struct Delivery<'a> {
    pub destination: &'a Destination,
    pub authentication: Authentication,
    pub secret: Option<SecretString>,
    pub trusted_certificate: Option<&'a str>,
    /// Who sends, in syslog's words.
    pub host: &'a str,
    pub now: Timestamp,
}

/// # Errors
/// It is no certificate in PEM.
pub fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let found = found.map_err(|error| format!("is no certificate in PEM: {error}"))?;
    let mut store = RootCertStore::empty();
    if found.is_empty() || store.add_parsable_certificates(found.iter().cloned()).1 > 0 {
        return Err("must hold certificates in PEM, and nothing else".to_owned());
    }
    Ok(found)
}

impl Delivery<'_> {
    /// # Errors
    /// Why they did not arrive, in words.
    pub async fn send(&self, entries: &[Entry]) -> Result<(), String> {
        let sending = async {
            match self.destination.kind {
                Kind::Http => self.post(entries).await,
                Kind::SyslogUdp => self.datagrams(entries).await,
                Kind::SyslogTcp => self.stream(self.connected().await?, entries).await,
                Kind::SyslogTls => self.stream(self.secured().await?, entries).await,
            }
        };
        match timeout(WHOLE, sending).await {
            Ok(sent) => sent,
            Err(_) => Err(format!(
                "{} took longer than {} seconds",
                self.destination.host,
                WHOLE.as_secs()
            )),
        }
    }

    async fn post(&self, entries: &[Entry]) -> Result<(), String> {
        let address = self.destination.resolve().await?;
        let mut client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .resolve(&self.destination.host, address)
            .user_agent(concat!("roster/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = self.trusted_certificate {
            let trusted = reqwest::Certificate::from_pem_bundle(pem.as_bytes()).map_err(innermost)?;
            client = client.tls_certs_only(trusted);
        }
        let mut body = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut body, entry).map_err(|error| error.to_string())?;
            body.push(b'\n');
        }
        let id = entries.last().map(|last| last.id.to_string()).unwrap_or_default();
        let mut request = client
            .build()
            .map_err(innermost)?
            .post(self.destination.url.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"))
            .header("webhook-id", &id);
        match (self.authentication, &self.secret) {
            (Authentication::Bearer, Some(secret)) => request = request.bearer_auth(secret.expose_secret()),
            (Authentication::Signature, Some(secret)) => {
                let at = (self.now.micros() / domain::time::SECOND).to_string();
                let signature = signature(secret.expose_secret(), &id, &at, &body);
                request = request
                    .header("webhook-timestamp", at)
                    .header("webhook-signature", signature);
            }
            _ => {}
        }
        let answer = request.body(body).send().await.map_err(innermost)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        Err(format!("it answered {status}"))
    }

    async fn connected(&self) -> Result<TcpStream, String> {
        let address = self.destination.resolve().await?;
        let refused = |why: String| format!("{address} cannot be reached: {why}");
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(refused(error.to_string())),
            Err(_) => Err(refused(format!("no answer in {} seconds", CONNECT.as_secs()))),
        }
    }

    async fn secured(&self) -> Result<tokio_rustls::client::TlsStream<TcpStream>, String> {
        let configuration = match self.trusted_certificate {
            Some(pem) => {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(certificates(pem)?);
                ClientConfig::builder()
                    .with_root_certificates(roots)
                    .with_no_client_auth()
            }
            None => ClientConfig::with_platform_verifier().map_err(|error| error.to_string())?,
        };
        let name = ServerName::try_from(self.destination.host.clone()).map_err(|error| error.to_string())?;
        let stream = self.connected().await?;
        let connector = TlsConnector::from(Arc::new(configuration));
        connector
            .connect(name, stream)
            .await
            .map_err(|error| format!("no TLS with {}: {error}", self.destination.host))
    }

    /// RFC 6587, section 3.4.1: each message with its length before it.
    async fn stream(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin, entries: &[Entry]) -> Result<(), String> {
        let mut text = Vec::new();
        for entry in entries {
            let message = self.message(entry)?;
            text.extend_from_slice(format!("{} ", message.len()).as_bytes());
            text.extend_from_slice(message.as_bytes());
        }
        let broken = |error: std::io::Error| format!("the connection to {} broke: {error}", self.destination.host);
        stream.write_all(&text).await.map_err(broken)?;
        stream.shutdown().await.map_err(broken)?;
        // Whoever dies with something unread resets the connection instead of ending it.
        let mut rest = [0; 64];
        loop {
            match stream.read(&mut rest).await {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                // TLS without its farewell: the connection was ended all the same.
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(error) => return Err(broken(error)),
            }
        }
    }

    async fn datagrams(&self, entries: &[Entry]) -> Result<(), String> {
        let address = self.destination.resolve().await?;
        let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let told = |error: std::io::Error| format!("{address} cannot be sent to: {error}");
        let socket = UdpSocket::bind(any).await.map_err(told)?;
        socket.connect(address).await.map_err(told)?;
        for entry in entries {
            let mut message = self.message(entry)?;
            if message.len() > DATAGRAM {
                message.truncate(message.floor_char_boundary(DATAGRAM));
            }
            socket.send(message.as_bytes()).await.map_err(told)?;
        }
        Ok(())
    }

    fn message(&self, entry: &Entry) -> Result<String, String> {
        let line = serde_json::to_string(entry).map_err(|error| error.to_string())?;
        let host = if self.host.is_empty() { "-" } else { self.host };
        let kind: String = entry.action.chars().take(32).collect();
        Ok(format!("<{PRIORITY}>1 {} {host} roster - {kind} - {line}", entry.at))
    }
}

/// As Standard Webhooks has it: over id, time and body.
fn signature(secret: &str, id: &str, at: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{id}.{at}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// What is at the bottom of it; what is above says only where it was met.
fn innermost(error: reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = &error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
