//! `roster serve`: opens the database, says how to begin, serves until it is told to end.

use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use domain::listener::{FIRST, Listener, Serves};
use http_floor::App;
use secrecy::{ExposeSecret, SecretString};
use service::demo::{DemoState, PERSONAS};
use service::setting::First;
use service::{Database, Roster, Settings};
use tokio::signal::unix::{SignalKind, signal};

use crate::Refused;
use crate::configuration::{self, File, PasswordRules, Place, given};
use crate::listener::{self, Exit, Sockets, crowd, why};
use crate::log::log;
use crate::say::say;
use crate::telemetry::Telemetry;
use crate::tls::Files;

pub const LISTEN: &str = "localhost:8080";
/// How often it is looked whether a time is over.
const TICK: Duration = Duration::from_secs(1);

#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    place: Place,
    /// Address and port to listen on [default: localhost:8080]
    #[arg(long, env = "ROSTER_LISTEN", value_name = "ADDRESS")]
    listen: Option<String>,
    /// Where people reach this instance; links are made from it alone [default: http:// and the address listened on]
    #[arg(long, env = "ROSTER_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Proxy whose X-Forwarded-For counts; may be repeated
    #[arg(long, env = "ROSTER_TRUSTED_PROXY", value_name = "ADDRESS", value_delimiter = ',')]
    trusted_proxy: Vec<IpAddr>,
    /// Mail server: smtps://user:password@host, or smtp:// with STARTTLS
    #[arg(long, env = "ROSTER_SMTP", value_name = "URL", hide_env_values = true)]
    smtp: Option<String>,
    /// Sender of mails: Roster <roster@example.com>
    #[arg(long, env = "ROSTER_SMTP_FROM", value_name = "ADDRESS")]
    smtp_from: Option<String>,
    /// File with the certificate that is served, and its chain, in PEM
    #[arg(long, env = "ROSTER_TLS_CERTIFICATE", value_name = "FILE")]
    tls_certificate: Option<PathBuf>,
    /// File with the certificate's key, in PEM
    #[arg(long, env = "ROSTER_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Where traces are sent to: an OpenTelemetry collector that takes OTLP over HTTP, such as http://localhost:4318
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    otlp_endpoint: Option<String>,
    #[command(flatten)]
    password: PasswordRules,
    /// What this instance is called on its pages
    #[arg(long, env = "ROSTER_INSTANCE_NAME", value_name = "NAME")]
    instance_name: Option<String>,
    /// Whom organizations ask for more member slots
    #[arg(long, env = "ROSTER_CONTACT", value_name = "WHOM")]
    contact: Option<String>,
    /// Where prices for more member slots are told
    #[arg(long, env = "ROSTER_PRICING_URL", value_name = "URL")]
    pricing_url: Option<String>,
    /// Fill an empty instance with something to see
    #[arg(long)]
    demo: bool,
    /// The password of everybody in the demo; generated where left out
    #[arg(
        long,
        env = "ROSTER_DEMO_PASSWORD",
        value_name = "PASSWORD",
        hide = true,
        hide_env_values = true
    )]
    demo_password: Option<SecretString>,
}

pub async fn run(serve: Serve) -> Result<(), Refused> {
    let file = serve.place.file()?;
    let telemetry = Telemetry::configured(serve.otlp_endpoint.as_deref(), &file.telemetry, variable)?;
    let traces = log(telemetry.as_ref())?;
    let listen = serve
        .listen
        .clone()
        .or_else(|| file.listen.clone())
        .unwrap_or_else(|| LISTEN.to_owned());
    let listener = bind(&listen)?;
    crowd::raise_limit_of_files();
    let address = listener.local_addr()?;
    let proxies = if serve.trusted_proxy.is_empty() {
        file.trusted_proxy.clone()
    } else {
        serve.trusted_proxy.clone()
    };
    let files = serve.files(&file)?;
    // Plain HTTP stays on this machine, or behind a proxy that the operator has named.
    let with_tls = files.is_some() || (!address.ip().is_loopback() && proxies.is_empty());
    let first = First {
        listener: Listener {
            name: FIRST.to_owned(),
            address: address.ip(),
            port: address.port(),
            tls: with_tls,
            serves: Serves::ALL.to_vec(),
        },
        by: given(
            serve.listen.as_ref(),
            variable("ROSTER_LISTEN").as_ref(),
            file.listen.as_ref(),
        )
        .map(|given| given.by),
    };
    let mut settings = Settings {
        behind_proxy: !proxies.is_empty(),
        ..settings(&serve, &file, &listen, first)?
    };
    if matches!(serve.place.database(&file)?, Database::Sqlite(_)) {
        settings.spool.clone_from(&serve.place.data);
    }
    let public_url = settings.public_url.clone();
    let store = serve.place.open(&file).await?;
    let _served = serve.place.hold(&store, false)?;
    if store.is_sqlite() {
        service::moving::sweep(&serve.place.data);
    }
    let roster = serve.place.roster(&file, store, settings).await?;
    roster
        .refresh_settings()
        .await
        .map_err(|error| service::superuser::one_line(&error))?;
    if let Some(files) = &files {
        files.load(&roster)?;
    }
    if with_tls && roster.identity().is_none() {
        return Err(Refused(format!(
            "{listen} would be plain HTTP for others to read. Give --tls-certificate and --tls-key, name the proxy in \
             front by --trusted-proxy, or listen on localhost and set a certificate there first."
        )));
    }
    if serve.demo {
        demo(&roster, serve.demo_password.clone(), &public_url).await?;
    }
    // Before anything is printed: whoever has read it may end the program at once.
    let exit = Exit::default();
    let patience = Duration::from_secs(file.connections.body_seconds);
    let app = App::new(roster.clone(), proxies, patience);
    let router = http_floor::router(app.clone());
    #[cfg(feature = "yardstick")]
    let router = router.merge(http_floor::yardstick::router(app));
    let sockets = Arc::new(Sockets::new(router, roster.clone(), file.connections));
    tokio::spawn(end_when_told(exit.clone(), Arc::clone(&sockets))?);
    roster.host_listeners(sockets.clone()).await;
    match roster.offer_set_up().await? {
        Some(link) => say(format_args!(
            "Roster is empty. Set it up within the hour: {public_url}/set-up/{}",
            link.expose()
        )),
        None => say(format_args!("Roster serves {public_url}")),
    }
    let mut workers = vec![
        tokio::spawn({
            let roster = roster.clone();
            async move { roster.deliver().await }
        }),
        tokio::spawn({
            let roster = roster.clone();
            async move { roster.keep_clear().await }
        }),
        tokio::spawn({
            let roster = roster.clone();
            async move { roster.keep_told().await }
        }),
        tokio::spawn({
            let roster = roster.clone();
            async move { roster.keep_asking_hosts().await }
        }),
        tokio::spawn({
            let roster = roster.clone();
            async move { roster.keep_forwarding().await }
        }),
        tokio::spawn(keep_time(roster.clone())),
        tokio::spawn({
            let roster = roster.clone();
            async move { roster.keep_sampling().await }
        }),
    ];
    workers.extend(files.map(|files| tokio::spawn(files.follow(roster.clone()))));
    let served = sockets.first(listener, with_tls, &exit).await;
    sockets.ended().await;
    for worker in workers {
        worker.abort();
    }
    if let Some(traces) = traces {
        traces.end().await;
    }
    roster.store().close().await;
    served
}

/// New listeners that nobody confirms go when their time is over.
async fn keep_time(roster: Roster) {
    loop {
        tokio::time::sleep(TICK).await;
        if let Err(error) = roster.revert_unconfirmed().await {
            tracing::warn!(%error, "that new listeners have reverted could not be written down");
        }
    }
}

/// SIGTERM and Ctrl-C let running requests finish; no new ones are taken.
fn end_when_told(first: Exit, sockets: Arc<Sockets>) -> Result<impl Future<Output = ()>, Refused> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("ending: running requests may finish");
        sockets.end(first).await;
    })
}

fn bind(listen: &str) -> Result<TcpListener, Refused> {
    let addresses = listen
        .to_socket_addrs()
        .map_err(|_| format!("--listen {listen} is no address and port such as localhost:8080 or 0.0.0.0:8080."))?;
    // A name may stand for an IPv6 address too, which not every machine has.
    let mut addresses: Vec<_> = addresses.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    let listener = listener::bind(&addresses).map_err(|error| format!("{}, with --listen.", why(listen, &error)))?;
    Ok(listener)
}

fn settings(serve: &Serve, file: &File, listen: &str, first: First) -> Result<Settings, Refused> {
    let public_url = match serve.public_url.clone().or_else(|| file.public_url.clone()) {
        Some(url) => checked_url(&url)?,
        None => {
            let scheme = if first.listener.tls { "https" } else { "http" };
            format!("{scheme}://{}", reachable(listen, first.listener.socket()))
        }
    };
    let usual = Settings::default();
    let variable = |name: &str| std::env::var(name).ok();
    let smtp = given(
        serve.smtp.as_ref(),
        variable("ROSTER_SMTP").as_ref(),
        file.smtp.as_ref(),
    );
    let sender = variable("ROSTER_SMTP_FROM");
    let sender = given(serve.smtp_from.as_ref(), sender.as_ref(), file.smtp_from.as_ref());
    let settings = Settings {
        mail: configuration::mail(smtp, sender.as_ref(), &public_url)?,
        sender,
        mail_patience: usual.mail_patience,
        first: Some(first),
        behind_proxy: false,
        name_server: file.name_server,
        providers: file
            .identity_provider
            .clone()
            .providers(&public_url, |name| std::env::var(name).ok())?,
        public_url,
        instance_name: serve
            .instance_name
            .clone()
            .or_else(|| file.instance_name.clone())
            .unwrap_or(usual.instance_name),
        contact: serve.contact.clone().or_else(|| file.contact.clone()),
        pricing_url: serve.pricing_url.clone().or_else(|| file.pricing_url.clone()),
        forward_inside: file.audit.forward_inside,
        throttle: file.sign_in.throttle(),
        pam: file.pam.service()?,
        ..usual
    };
    serve.password.settle(file, settings)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Serve {
    /// The certificate's files, by whoever named them.
    fn files(&self, file: &File) -> Result<Option<Files>, Refused> {
        let path = |name: &str| variable(name).map(PathBuf::from);
        let certificate = path("ROSTER_TLS_CERTIFICATE");
        let key = path("ROSTER_TLS_KEY");
        Files::named(
            given(
                self.tls_certificate.as_ref(),
                certificate.as_ref(),
                file.tls_certificate.as_ref(),
            ),
            given(self.tls_key.as_ref(), key.as_ref(), file.tls_key.as_ref()),
        )
    }
}

fn checked_url(url: &str) -> Result<String, Refused> {
    let trimmed = url.trim_end_matches('/');
    let rest = trimmed
        .strip_prefix("https://")
        .or_else(|| trimmed.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(['/', '?', '#', ' ', '@']) => Ok(trimmed.to_owned()),
        _ => Err(Refused(format!(
            "--public-url {url} must be https:// or http:// with a host, and nothing behind it."
        ))),
    }
}

/// The address as a browser on this machine can open it, with the port that was really taken.
fn reachable(listen: &str, address: SocketAddr) -> String {
    let host = listen.rsplit_once(':').map_or(listen, |(host, _)| host);
    let host = if address.ip().is_unspecified() || host.is_empty() {
        "localhost"
    } else {
        host
    };
    format!("{host}:{}", address.port())
}

async fn demo(roster: &Roster, password: Option<SecretString>, public_url: &str) -> Result<(), Refused> {
    match roster
        .demo_state()
        .await
        .map_err(|error| service::superuser::one_line(&error))?
    {
        DemoState::Other => {
            return Err(Refused("--demo fills an empty instance only, and this one has people. Leave --demo out, or choose an empty folder with --data.".to_owned()));
        }
        DemoState::Demo => {
            say("The demo is filled already; its password is the one of the first start.");
        }
        DemoState::Empty => {
            let password = password.unwrap_or_else(service::demo::generated_password);
            roster
                .fill_demo(password.clone())
                .await
                .map_err(|error| service::superuser::one_line(&error))?;
            say(format_args!(
                "The demo is filled. Everybody's password: {}",
                password.expose_secret()
            ));
        }
    }
    say(format_args!("Open {public_url} and sign in as one of:"));
    for persona in PERSONAS {
        say(format_args!("  {:<8} {}", persona.username, persona.part));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin_and_nothing_more() {
        let told = |url: &str| checked_url(url).map_err(|refused| refused.0);
        assert_eq!(
            told("https://people.example.com/"),
            Ok("https://people.example.com".to_owned())
        );
        for url in [
            "people.example.com",
            "ftp://x",
            "https://",
            "https://x/roster",
            "https://u@x",
        ] {
            assert!(told(url).is_err(), "{url}");
        }
    }

    #[test]
    fn the_address_told_is_one_a_browser_can_open() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        assert_eq!(reachable("localhost:0", address("127.0.0.1:4711")), "localhost:4711");
        assert_eq!(reachable("0.0.0.0:8080", address("0.0.0.0:8080")), "localhost:8080");
        assert_eq!(reachable("[::1]:8080", address("[::1]:8080")), "[::1]:8080");
    }
}
