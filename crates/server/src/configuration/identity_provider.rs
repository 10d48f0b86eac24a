//! The identity providers that people may sign in with, as the operator registered this instance there.

use secrecy::SecretString;
use serde::Deserialize;
use service::federation::{Client, Kind, Outgoing, Provider, Providers};
use url::Url;

use crate::Refused;

const GOOGLE: &str = "https://accounts.google.com";
const MICROSOFT: &str = "https://login.microsoftonline.com";
const GITHUB: (&str, &str) = ("https://github.com", "https://api.github.com");
const BITBUCKET: (&str, &str) = ("https://bitbucket.org", "https://api.bitbucket.org");
/// Addresses below `/sign-in/` that are no provider's.
const RESERVED: [&str; 10] = [
    "any",
    "google",
    "microsoft",
    "github",
    "bitbucket",
    "password",
    "pam",
    "saml",
    "passkey",
    "second-factor",
];

/// `[identity_provider]`, a table for each.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityProviders {
    google: Option<Google>,
    microsoft: Option<Microsoft>,
    github: Option<Host>,
    bitbucket: Option<Host>,
    oidc: Vec<Issuer>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Google {
    client_id: String,
    client_secret: Option<SecretString>,
    issuer: Option<Url>,
    #[serde(default)]
    scopes: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Microsoft {
    client_id: String,
    client_secret: Option<SecretString>,
    /// One tenant's id or name, or `common`, `organizations`, `consumers`.
    tenant: Option<String>,
    base_url: Option<Url>,
    #[serde(default)]
    scopes: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Host {
    client_id: String,
    client_secret: Option<SecretString>,
    /// A server of one's own.
    base_url: Option<Url>,
    api_url: Option<Url>,
    #[serde(default)]
    scopes: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Issuer {
    slug: String,
    name: String,
    issuer: Url,
    client_id: String,
    client_secret: Option<SecretString>,
    #[serde(default)]
    scopes: Vec<String>,
}

impl IdentityProviders {
    /// Whom to ask something that everybody can answer.
    pub fn first(&self) -> Option<Url> {
        let google = self
            .google
            .iter()
            .map(|own| own.issuer.clone().or_else(|| Url::parse(GOOGLE).ok()));
        let microsoft = self
            .microsoft
            .iter()
            .map(|own| own.base_url.clone().or_else(|| Url::parse(MICROSOFT).ok()));
        let oidc = self.oidc.iter().map(|own| Some(own.issuer.clone()));
        google.chain(microsoft).chain(oidc).flatten().next()
    }

    /// `environment` goes before the file, so that secrets need not stand in it.
    pub fn providers(
        self,
        public_url: &str,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Providers, Refused> {
        let making = Making {
            public_url,
            environment: &environment,
        };
        let mut all = Vec::new();
        if let Some(own) = self.google {
            let issuer = or(own.issuer, GOOGLE)?;
            all.push(making.provider(
                "google",
                "Google",
                own.client_id,
                own.client_secret,
                own.scopes,
                Kind::Google { issuer },
            )?);
        }
        if let Some(own) = self.microsoft {
            let kind = Kind::Microsoft {
                base: or(own.base_url, MICROSOFT)?,
                tenant: own.tenant.unwrap_or_else(|| "common".to_owned()),
            };
            all.push(making.provider(
                "microsoft",
                "Microsoft",
                own.client_id,
                own.client_secret,
                own.scopes,
                kind,
            )?);
        }
        if let Some(own) = self.github {
            let (base, api) = addresses(own.base_url, own.api_url, GITHUB, "api/v3")?;
            let kind = Kind::Github { base, api };
            all.push(making.provider("github", "GitHub", own.client_id, own.client_secret, own.scopes, kind)?);
        }
        if let Some(own) = self.bitbucket {
            let (base, api) = addresses(own.base_url, own.api_url, BITBUCKET, "")?;
            let kind = Kind::Bitbucket { base, api };
            all.push(making.provider(
                "bitbucket",
                "Bitbucket",
                own.client_id,
                own.client_secret,
                own.scopes,
                kind,
            )?);
        }
        for own in self.oidc {
            slug(&own.slug)?;
            if all.iter().any(|other: &Provider| other.slug == own.slug) {
                return Err(Refused(format!(
                    "two identity providers have the slug {}. Change one.",
                    own.slug
                )));
            }
            let kind = Kind::Issuer { issuer: own.issuer };
            all.push(making.provider(&own.slug, &own.name, own.client_id, own.client_secret, own.scopes, kind)?);
        }
        if all.is_empty() {
            return Ok(Providers::default());
        }
        let outgoing = Outgoing::new().map_err(|error| format!("identity providers cannot be asked: {error}"))?;
        Ok(Providers::new(all, outgoing))
    }
}

struct Making<'a> {
    public_url: &'a str,
    environment: &'a dyn Fn(&str) -> Option<String>,
}

impl Making<'_> {
    fn provider(
        &self,
        slug: &str,
        name: &str,
        client_id: String,
        secret: Option<SecretString>,
        scopes: Vec<String>,
        kind: Kind,
    ) -> Result<Provider, Refused> {
        let variable = format!("ROSTER_{}_CLIENT_SECRET", slug.to_uppercase().replace('-', "_"));
        let secret = (self.environment)(&variable).map(SecretString::from).or(secret);
        let secret = secret.ok_or_else(|| {
            format!("the identity provider {slug} has no secret. Set client_secret, or {variable} in the environment.")
        })?;
        let address = format!("{}/sign-in/{slug}/callback", self.public_url);
        let redirect = Url::parse(&address).map_err(|error| format!("{address} is no address: {error}"))?;
        let client = Client {
            id: client_id,
            secret,
            redirect,
        };
        Ok(Provider::new(slug, name, kind, client, scopes))
    }
}

fn slug(text: &str) -> Result<(), Refused> {
    let letters = text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !letters || !(2..=40).contains(&text.len()) {
        return Err(Refused(format!(
            "the identity provider {text:?} needs a slug of 2 to 40 letters a to z, digits and hyphens."
        )));
    }
    if RESERVED.contains(&text) {
        return Err(Refused(format!(
            "the slug {text} means something else. Give that identity provider another."
        )));
    }
    Ok(())
}

fn or(own: Option<Url>, usual: &str) -> Result<Url, Refused> {
    match own {
        Some(own) => Ok(own),
        None => Ok(Url::parse(usual).map_err(|error| format!("{usual} is no address: {error}"))?),
    }
}

/// A server of one's own has its API below its address, unless something else is said.
fn addresses(base: Option<Url>, api: Option<Url>, usual: (&str, &str), below: &str) -> Result<(Url, Url), Refused> {
    let api = match (&base, api) {
        (_, Some(api)) => Some(api),
        (Some(base), None) => {
            let address = format!("{}/{below}", base.as_str().trim_end_matches('/'));
            Some(Url::parse(&address).map_err(|error| format!("{address} is no address: {error}"))?)
        }
        (None, None) => None,
    };
    Ok((or(base, usual.0)?, or(api, usual.1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<IdentityProviders, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn a_secret_may_come_from_the_environment_and_must_come_from_somewhere() {
        let text = "[google]\nclient_id = 'id'\n";
        let refused = read(text).unwrap().providers("https://people.example", |_| None);
        let Err(Refused(reason)) = refused else {
            panic!("it was taken")
        };
        assert!(reason.contains("ROSTER_GOOGLE_CLIENT_SECRET"), "{reason}");
        testkit::tls::ready();
        let providers = read(text)
            .unwrap()
            .providers("https://people.example", |name| {
                (name == "ROSTER_GOOGLE_CLIENT_SECRET").then(|| "s".to_owned())
            })
            .unwrap_or_else(|Refused(reason)| panic!("{reason}"));
        assert_eq!(providers.all().len(), 1);
    }

    #[test]
    fn an_unknown_key_and_a_slug_that_means_something_else_are_refused() {
        assert!(read("[google]\nclient_id = 'id'\nsecret = 's'\n").is_err());
        let issuer = |slug: &str| {
            format!(
                "[[oidc]]\nslug = '{slug}'\nname = 'N'\nissuer = 'https://i.example'\nclient_id = 'c'\nclient_secret = 's'\n"
            )
        };
        for slug in ["github", "saml", "Two Words", "x"] {
            let refused = read(&issuer(slug))
                .unwrap()
                .providers("https://people.example", |_| None);
            assert!(refused.is_err(), "{slug}");
        }
    }
}
