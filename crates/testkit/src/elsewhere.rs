//! An instance whose people can sign in elsewhere: at a host as GitHub and Bitbucket are, and, where this machine has one, at
//! issuers of OpenID Connect.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;
use secrecy::SecretString;
use service::federation::{Asked, Callback, Client, Kind, Outgoing, Provider, Providers};
use service::sign_in::{Arrived, Errand};
use service::{Request, Result};

use crate::app::{App, MORNING, On, Start, origin};
use crate::{Host, Issuer, Traveller, host, issuer, tls};

pub struct Elsewhere {
    /// Its `roster` knows the providers.
    pub app: App,
    pub host: Host,
}

/// The same, with issuers.
pub struct WithIssuers {
    pub elsewhere: Elsewhere,
    pub issuer: Issuer,
}

impl Start for Elsewhere {
    async fn start(on: On) -> Option<Self> {
        let app = App::start(on).await?;
        Some(settle(app, None).await)
    }
}

impl Start for WithIssuers {
    async fn start(on: On) -> Option<Self> {
        let issuer = Issuer::start()?;
        let app = App::start(on).await?;
        // Tokens say when they were made, by the clock on the wall.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX));
        app.pass(now.since(MORNING));
        let elsewhere = settle(app, Some(&issuer)).await;
        for slug in ["google", "microsoft", "plain"] {
            issuer.allow(&redirect(slug)).await;
        }
        Some(Self { elsewhere, issuer })
    }
}

async fn settle(mut app: App, issuer: Option<&Issuer>) -> Elsewhere {
    let host = Host::start().await;
    let providers = providers(&host.url, issuer.map(|issuer| issuer.url.as_str()));
    app.roster = app.node(|settings| settings.providers = providers).await;
    Elsewhere { app, host }
}

fn redirect(slug: &str) -> String {
    format!("https://roster.example/sign-in/{slug}/callback")
}

fn providers(host: &str, issuer: Option<&str>) -> Providers {
    tls::ready();
    let url = |text: String| {
        text.parse()
            .unwrap_or_else(|error| panic!("{text} is no address: {error}"))
    };
    let make = |slug: &str, name: &str, secret: &str, kind| {
        let client = Client {
            id: host::CLIENT.to_owned(),
            secret: SecretString::from(secret),
            redirect: url(redirect(slug)),
        };
        Provider::new(slug, name, kind, client, Vec::new())
    };
    let github = Kind::Github {
        base: url(host.to_owned()),
        api: url(format!("{host}/api/v3")),
    };
    let bitbucket = Kind::Bitbucket {
        base: url(host.to_owned()),
        api: url(host.to_owned()),
    };
    let mut all = vec![
        make("github", "GitHub", host::SECRET, github),
        make("bitbucket", "Bitbucket", host::SECRET, bitbucket),
    ];
    if let Some(issuer) = issuer {
        let google = Kind::Google {
            issuer: url(format!("{issuer}/google")),
        };
        let microsoft = Kind::Microsoft {
            base: url(format!("{issuer}/entra")),
            tenant: "common".to_owned(),
        };
        let plain = Kind::Issuer {
            issuer: url(format!("{issuer}/plain")),
        };
        all.push(make("google", "Google", issuer::SECRET, google));
        all.push(make("microsoft", "Microsoft", issuer::SECRET, microsoft));
        all.push(make("plain", "Plain", issuer::SECRET, plain));
    }
    let outgoing = Outgoing::new().unwrap_or_else(|error| panic!("no way out: {error}"));
    Providers::new(all, outgoing)
}

/// Somebody who went to a provider and is back at the door.
pub struct Back {
    pub provider: String,
    pub state: String,
    pub query: BTreeMap<String, String>,
}

impl Back {
    pub fn callback(&self) -> Callback {
        let of = |name: &str| self.query.get(name).cloned();
        Callback {
            code: of("code"),
            iss: of("iss"),
            error: of("error"),
            error_description: of("error_description"),
        }
    }
}

impl Elsewhere {
    /// Goes to a provider as who has this account there, and comes back.
    pub async fn go(&self, provider: &str, login: &str, asked: Asked, errand: Errand) -> Back {
        self.host.signed_in(login);
        let leaving = self.app.roster.set_out(provider, asked, errand).await;
        let leaving = leaving.unwrap_or_else(|error| panic!("{provider} cannot be left for: {error}"));
        let query = Traveller::default()
            .travel(&leaving.url, login, &redirect(provider))
            .await;
        assert_eq!(query.get("state").map(String::as_str), Some(leaving.state.expose()));
        Back {
            provider: provider.to_owned(),
            state: leaving.state.expose().to_owned(),
            query,
        }
    }

    /// The whole trip.
    pub async fn travel(
        &self,
        provider: &str,
        login: &str,
        errand: Errand,
        caller: Option<&Request>,
    ) -> Result<Arrived> {
        let back = self.go(provider, login, Asked::Identity, errand).await;
        self.arrive(&back, caller).await
    }

    pub async fn arrive(&self, back: &Back, caller: Option<&Request>) -> Result<Arrived> {
        let roster = &self.app.roster;
        let trip = roster.come_back(&back.state, Some(&back.state)).await?;
        roster
            .arrive(&trip, &back.provider, &back.callback(), caller, &origin())
            .await
    }
}
