//! The doctor's look around: whether mail can leave, whether people can come in.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::time::Duration;

use domain::Timestamp;
use domain::time::SECOND;
use reqwest::header::{DATE, HeaderMap};
use reqwest::{Client, ClientBuilder, Url};
use service::ambient::Clock;

use super::{Doctor, Findings};
use crate::configuration::{self, File, given};
use crate::serve::LISTEN;
use crate::telemetry::Telemetry;

/// How long anybody may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same of what runs on this machine.
const HERE: Duration = Duration::from_secs(3);
/// How far two clocks may be apart.
const APART: i64 = 2 * SECOND;
/// A certificate that ends sooner needs somebody now.
const SOON: i64 = 21 * domain::time::DAY;

pub fn public_url(doctor: &Doctor, file: &File) -> Option<String> {
    doctor.public_url.clone().or_else(|| file.public_url.clone())
}

pub async fn mail(doctor: &Doctor, file: &File, findings: &mut Findings) {
    const CHECK: &str = "mail";
    let smtp = given(doctor.smtp.as_ref(), None, file.smtp.as_ref());
    let from = given(doctor.smtp_from.as_ref(), None, file.smtp_from.as_ref());
    let url = public_url(doctor, file).unwrap_or_else(|| format!("http://{LISTEN}"));
    let (server, mend) = match configuration::mail(smtp, from.as_ref(), &url) {
        Ok(Some(server)) => (
            server.value,
            "Check host, port, user and password of --smtp, and that this machine may connect there.",
        ),
        Ok(None) => match findings.set.mail.take() {
            Some(server) => (
                server,
                "Check host, port, user and password at Settings → Mail, and that this machine may connect there.",
            ),
            // That what is set cannot be read was told by then.
            None if findings.are_told(CHECK) => return,
            None => {
                let mend = "Set one at Settings → Mail or by --smtp; else people pass links on by hand.";
                return findings.warning(CHECK, "No mail server is set.", mend);
            }
        },
        Err(refused) => return findings.wrong(CHECK, refused.0, "Correct --smtp or smtp in roster.toml."),
    };
    match tokio::time::timeout(PATIENCE, server.try_out()).await {
        Ok(Ok(())) => findings.ok(CHECK, "The mail server answers and lets Roster in. Nothing was sent."),
        Ok(Err(error)) => findings.wrong(CHECK, format!("The mail server did not take us: {error}."), mend),
        Err(_) => findings.wrong(CHECK, "The mail server does not answer within 10 s.", mend),
    }
}

pub async fn listener(doctor: &Doctor, file: &File, findings: &mut Findings) {
    const CHECK: &str = "listener";
    let listen = doctor.listen.as_deref().or(file.listen.as_deref()).unwrap_or(LISTEN);
    match listen.to_socket_addrs().map(Vec::from_iter) {
        Ok(addresses) => {
            let mend = "End that program, or choose another address with --listen.";
            socket(listen, &addresses, mend, findings).await;
        }
        Err(_) => {
            let mend = "Give an address and port such as localhost:8080 or 0.0.0.0:8080.";
            findings.wrong(CHECK, format!("{listen} is no address."), mend);
        }
    }
    for listener in std::mem::take(&mut findings.set.listeners) {
        let name = format!("{} ({})", listener.name, listener.socket());
        if listener.tls && !findings.has_certificate {
            let mend = "Set a certificate at Settings → TLS, or let the listener speak plain HTTP on this machine.";
            findings.wrong(
                CHECK,
                format!("{name} is to speak TLS, and there is no certificate."),
                mend,
            );
            continue;
        }
        let mend = "End that program, or change the listener at Settings → Listeners.";
        socket(&name, &[listener.socket()], mend, findings).await;
    }
}

/// Whether it can be listened on, or is by a server that is well.
async fn socket(name: &str, addresses: &[SocketAddr], mend: &str, findings: &mut Findings) {
    const CHECK: &str = "listener";
    match TcpListener::bind(addresses) {
        Ok(_) => findings.ok(CHECK, format!("{name} is free: no server runs on it now.")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            if healthy(addresses).await {
                findings.ok(CHECK, format!("A server runs on {name} and answers."));
            } else {
                let told = format!("{name} is in use by something that does not answer /healthz.");
                findings.wrong(CHECK, told, mend);
            }
        }
        Err(error) => {
            let mend = "Choose another address that this machine has; ports below 1024 take a right of their own.";
            findings.wrong(CHECK, format!("{name} cannot be listened on: {error}."), mend);
        }
    }
}

async fn healthy(addresses: &[SocketAddr]) -> bool {
    // Whose certificate it is shows elsewhere; here it is asked whether anybody is there.
    let Ok(client) = calls().tls_danger_accept_invalid_certs(true).build() else {
        return false;
    };
    for address in addresses {
        let mut address = *address;
        if address.ip().is_unspecified() {
            address.set_ip(if address.is_ipv6() {
                std::net::Ipv6Addr::LOCALHOST.into()
            } else {
                std::net::Ipv4Addr::LOCALHOST.into()
            });
        }
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{address}/healthz");
            let answer = client.get(url).timeout(HERE).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return true;
            }
        }
    }
    false
}

/// The clock of somebody else: of whoever people sign in with, who has to agree with ours on what time it is.
pub async fn clock(file: &File, findings: &mut Findings) {
    const CHECK: &str = "clock elsewhere";
    let Some(url) = file.identity_provider.first() else {
        return findings.ok(
            CHECK,
            "Not compared: roster.toml names no identity provider that could be asked the time.",
        );
    };
    let Ok(client) = calls().build() else { return };
    let asked = Clock::System.now();
    let answer = client.get(url.clone()).send().await;
    let now = Clock::System.now();
    let told = answer.ok().and_then(|answer| date(answer.headers()));
    let host = url.host_str().unwrap_or_default();
    let Some(theirs) = told else {
        let mend = "Check that this machine may connect there: people sign in by it.";
        return findings.warning(CHECK, format!("{host} did not tell the time."), mend);
    };
    // It is told in whole seconds, at any moment between asking and hearing.
    let behind = asked.since(theirs) - SECOND;
    let ahead = theirs.since(now);
    if behind.max(ahead) > APART {
        let told = format!("{host} says {theirs}, this machine {now}.");
        findings.wrong(
            CHECK,
            told,
            "Set the clock, and keep it right by NTP: sign-ins elsewhere fail by it.",
        );
    } else {
        findings.ok(CHECK, format!("It agrees with the one of {host}."));
    }
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(DATE)?.to_str().ok()?;
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_micros(date.timestamp().as_microsecond()))
}

/// Whether traces arrive, where somebody wants them.
pub async fn telemetry(doctor: &Doctor, file: &File, findings: &mut Findings) {
    const CHECK: &str = "telemetry";
    let variable = |name: &str| std::env::var(name).ok();
    match Telemetry::configured(doctor.otlp_endpoint.as_deref(), &file.telemetry, variable) {
        Ok(None) => {}
        Ok(Some(telemetry)) => match telemetry.try_out().await {
            Ok(()) => findings.ok(CHECK, format!("{} takes traces. Nothing was sent.", telemetry.url)),
            Err(why) => {
                let told = format!("{} takes no traces: {why}.", telemetry.url);
                let mend =
                    "Check --otlp-endpoint, the collector and OTEL_EXPORTER_OTLP_HEADERS. Roster serves without it.";
                findings.warning(CHECK, told, mend);
            }
        },
        Err(refused) => findings.wrong(CHECK, refused.0, "Correct it, or leave --otlp-endpoint out."),
    }
}

/// As people come: by name, and by the certificate where it is HTTPS.
pub async fn public(doctor: &Doctor, file: &File, findings: &mut Findings) {
    const CHECK: &str = "public URL";
    let Some(text) = public_url(doctor, file) else { return };
    let Some(url) = Url::parse(&text).ok().and_then(|url| url.join("/healthz").ok()) else {
        let mend = "It must be https:// or http:// with a host, and nothing behind it.";
        return findings.wrong(CHECK, format!("{text} is no URL."), mend);
    };
    let Ok(client) = calls().build() else { return };
    match client.get(url).send().await {
        Ok(answer) if answer.status().is_success() => {
            findings.ok(CHECK, format!("{text} answers."));
            certificate(&answer, findings);
        }
        Ok(answer) => {
            let mend = "Check what stands before Roster: the proxy must pass everything on.";
            findings.warning(CHECK, format!("{text} answers {}.", answer.status()), mend);
        }
        Err(error) => {
            let mend = "If the server runs: check its name, the certificate (names and end) and the proxy.";
            findings.warning(
                CHECK,
                format!("{text} cannot be reached from here: {}.", cause(&error)),
                mend,
            );
        }
    }
}

fn certificate(answer: &reqwest::Response, findings: &mut Findings) {
    const CHECK: &str = "certificates";
    let info = answer.extensions().get::<reqwest::tls::TlsInfo>();
    let Some(der) = info.and_then(reqwest::tls::TlsInfo::peer_certificate) else {
        return;
    };
    let Ok(certificate) = service::Certificate::from_der(der.to_vec()) else {
        return;
    };
    let ends = certificate.not_after();
    let told = format!("The one of the public URL ends {ends}.");
    if ends.since(Clock::System.now()) < SOON {
        findings.warning(CHECK, told, "Renew it now, and look why that did not happen by itself.");
    } else {
        findings.ok(CHECK, told);
    }
}

fn calls() -> ClientBuilder {
    Client::builder()
        .no_proxy()
        .tls_info(true)
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
}

/// The innermost reason: "certificate expired" rather than "error sending request".
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
