//! The doctor's look around: whether mail can leave, whether people can come in.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::time::Duration;

use reqwest::{Client, Url};
use service::ambient::Clock;

use super::{Doctor, Findings};
use crate::configuration::{self, File, given};
use crate::serve::LISTEN;

/// How long anybody may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same of what runs on this machine.
const HERE: Duration = Duration::from_secs(3);
/// A certificate that ends sooner needs somebody now.
const SOON: i64 = 21 * domain::time::DAY;

fn public_url(doctor: &Doctor, file: &File) -> Option<String> {
    doctor.public_url.clone().or_else(|| file.public_url.clone())
}

pub async fn mail(doctor: &Doctor, file: &File, findings: &mut Findings) {
    const CHECK: &str = "mail";
    let smtp = given(doctor.smtp.as_ref(), None, file.smtp.as_ref());
    let from = given(doctor.smtp_from.as_ref(), None, file.smtp_from.as_ref());
    let url = public_url(doctor, file).unwrap_or_else(|| format!("http://{LISTEN}"));
    let server = match configuration::mail(smtp, from.as_ref(), &url) {
        Ok(Some(server)) => server,
        Ok(None) if findings.keeps_mail => {
            let told = "Superusers have set a mail server; the test mail at Settings → Mail tries it.";
            return findings.ok(CHECK, told);
        }
        Ok(None) => {
            let mend = "Give --smtp, if mails are to be sent by flag; else people pass links on by hand.";
            return findings.warning(CHECK, "No mail server is configured here.", mend);
        }
        Err(refused) => return findings.wrong(CHECK, refused.0, "Correct --smtp or smtp in roster.toml."),
    };
    let mend = "Check host, port, user and password of --smtp, and that this machine may connect there.";
    match tokio::time::timeout(PATIENCE, server.value.try_out()).await {
        Ok(Ok(())) => findings.ok(CHECK, "The mail server answers and lets Roster in. Nothing was sent."),
        Ok(Err(error)) => findings.wrong(CHECK, format!("The mail server did not take us: {error}."), mend),
        Err(_) => findings.wrong(CHECK, "The mail server does not answer within 10 s.", mend),
    }
}

pub async fn listener(doctor: &Doctor, file: &File, findings: &mut Findings) {
    const CHECK: &str = "listener";
    let listen = doctor.listen.as_deref().or(file.listen.as_deref()).unwrap_or(LISTEN);
    let Ok(addresses) = listen.to_socket_addrs().map(Vec::from_iter) else {
        let mend = "Give an address and port such as localhost:8080 or 0.0.0.0:8080.";
        return findings.wrong(CHECK, format!("{listen} is no address."), mend);
    };
    match TcpListener::bind(addresses.as_slice()) {
        Ok(_) => findings.ok(CHECK, format!("{listen} is free: no server runs on it now.")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            if healthy(&addresses).await {
                findings.ok(CHECK, format!("A server runs on {listen} and answers."));
            } else {
                let mend = "End that program, or choose another address with --listen.";
                findings.wrong(
                    CHECK,
                    format!("{listen} is in use by something that does not answer /healthz."),
                    mend,
                );
            }
        }
        Err(error) => {
            let mend = "Choose another address with --listen; ports below 1024 take a right of their own.";
            findings.wrong(CHECK, format!("{listen} cannot be listened on: {error}."), mend);
        }
    }
}

async fn healthy(addresses: &[SocketAddr]) -> bool {
    let Ok(client) = client() else { return false };
    for address in addresses {
        let mut address = *address;
        if address.ip().is_unspecified() {
            address.set_ip(if address.is_ipv6() {
                std::net::Ipv6Addr::LOCALHOST.into()
            } else {
                std::net::Ipv4Addr::LOCALHOST.into()
            });
        }
        let answer = client
            .get(format!("http://{address}/healthz"))
            .timeout(HERE)
            .send()
            .await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return true;
        }
    }
    false
}

/// As people come: by name, and by the certificate where it is HTTPS.
pub async fn public(doctor: &Doctor, file: &File, findings: &mut Findings) {
    const CHECK: &str = "public URL";
    let Some(text) = public_url(doctor, file) else { return };
    let Some(url) = Url::parse(&text).ok().and_then(|url| url.join("/healthz").ok()) else {
        let mend = "It must be https:// or http:// with a host, and nothing behind it.";
        return findings.wrong(CHECK, format!("{text} is no URL."), mend);
    };
    let Ok(client) = client() else { return };
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

fn client() -> reqwest::Result<Client> {
    Client::builder()
        .no_proxy()
        .tls_info(true)
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
}

/// The innermost reason: "certificate expired" rather than "error sending request".
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
