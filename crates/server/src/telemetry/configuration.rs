//! Where traces go, and which: the flag, what OpenTelemetry's own variables say, and the file, in this order.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

use super::span::{Sampler, Share};
use crate::Refused;

const USUAL_NAME: &str = "roster";
const USUAL_TIMEOUT: Duration = Duration::from_secs(10);

/// `[telemetry]` in `roster.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Section {
    pub otlp_endpoint: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Telemetry {
    /// Where traces are posted to.
    pub url: Url,
    pub headers: HeaderMap,
    pub timeout: Duration,
    /// What tells this instance from others, by OpenTelemetry's names.
    pub resource: Vec<(String, String)>,
    pub sampler: Sampler,
}

impl Telemetry {
    /// None where nobody wants traces.
    ///
    /// # Errors
    /// Something of it cannot be used.
    pub fn configured(
        endpoint: Option<&str>,
        file: &Section,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, Refused> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let endpoint = endpoint
            .or(file.otlp_endpoint.as_deref())
            .filter(|text| !text.is_empty());
        let disabled = variable("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let Some(endpoint) = endpoint.filter(|_| !disabled) else {
            return Ok(None);
        };
        if let Some(protocol) = variable("OTEL_EXPORTER_OTLP_PROTOCOL").filter(|protocol| protocol != "http/protobuf") {
            return Err(Refused(format!(
                "OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}, and Roster speaks http/protobuf only. Name the collector's \
                 address for it, usually of port 4318."
            )));
        }
        Ok(Some(Self {
            url: traces(endpoint)?,
            headers: headers(&variable("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default())?,
            timeout: match variable("OTEL_EXPORTER_OTLP_TIMEOUT") {
                Some(text) => milliseconds(&text)?,
                None => USUAL_TIMEOUT,
            },
            resource: resource(
                variable("OTEL_SERVICE_NAME"),
                &variable("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default(),
            )?,
            sampler: sampler(
                variable("OTEL_TRACES_SAMPLER").as_deref(),
                variable("OTEL_TRACES_SAMPLER_ARG").as_deref(),
            )?,
        }))
    }
}

fn traces(endpoint: &str) -> Result<Url, Refused> {
    let refused = || {
        Refused(format!(
            "--otlp-endpoint {endpoint} must be https:// or http:// with a host, such as http://localhost:4318, without \
             user and password: those go into OTEL_EXPORTER_OTLP_HEADERS."
        ))
    };
    let mut url = Url::parse(endpoint).map_err(|_| refused())?;
    let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    if !plain || !url.has_host() || url.query().is_some() {
        return Err(refused());
    }
    let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

/// `name=value,name=value`, percent-encoded.
fn pairs<'a>(text: &'a str, from: &'static str) -> impl Iterator<Item = Result<(&'a str, String), Refused>> {
    let parts = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    parts.map(move |pair| {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| Refused(format!("{from} must be of the form name=value,name=value.")))?;
        let value = percent_decode_str(value.trim()).decode_utf8_lossy();
        Ok((name.trim(), value.into_owned()))
    })
}

fn headers(text: &str) -> Result<HeaderMap, Refused> {
    const FROM: &str = "OTEL_EXPORTER_OTLP_HEADERS";
    pairs(text, FROM)
        .map(|pair| {
            let (name, value) = pair?;
            // Without the value: it is a secret.
            let refused = || Refused(format!("{FROM}: {name} is no header, or its value is none."));
            let mut value = HeaderValue::from_str(&value).map_err(|_| refused())?;
            value.set_sensitive(true);
            Ok((HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?, value))
        })
        .collect()
}

fn milliseconds(text: &str) -> Result<Duration, Refused> {
    let number = text.trim().parse().ok().filter(|number| *number > 0);
    number.map(Duration::from_millis).ok_or_else(|| {
        Refused(format!(
            "OTEL_EXPORTER_OTLP_TIMEOUT is {text}, and must be milliseconds."
        ))
    })
}

fn resource(name: Option<String>, attributes: &str) -> Result<Vec<(String, String)>, Refused> {
    let mut all = vec![("service.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned())];
    for pair in pairs(attributes, "OTEL_RESOURCE_ATTRIBUTES") {
        let (key, value) = pair?;
        all.retain(|(known, _)| known != key);
        all.push((key.to_owned(), value));
    }
    let named = all.iter().any(|(key, _)| key == "service.name");
    if let Some(name) = name.or_else(|| (!named).then(|| USUAL_NAME.to_owned())) {
        all.retain(|(key, _)| key != "service.name");
        all.push(("service.name".to_owned(), name));
    }
    Ok(all)
}

fn sampler(name: Option<&str>, argument: Option<&str>) -> Result<Sampler, Refused> {
    let name = name.unwrap_or("parentbased_always_on");
    let (kind, asks_parent) = match name.strip_prefix("parentbased_") {
        Some(kind) => (kind, true),
        None => (name, false),
    };
    let share = match kind {
        "always_on" => Share::ALL,
        "always_off" => Share::NONE,
        "traceidratio" => {
            let text = argument.unwrap_or("1");
            let ratio = text.trim().parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
            Share::of(
                ratio.ok_or_else(|| Refused(format!("OTEL_TRACES_SAMPLER_ARG is {text}, and must be from 0 to 1.")))?,
            )
        }
        _ => {
            return Err(Refused(format!(
                "OTEL_TRACES_SAMPLER is {name}, and must be always_on, always_off or traceidratio, or one of these with \
                 parentbased_ before it."
            )));
        }
    };
    Ok(Sampler { asks_parent, share })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(endpoint: &str, variables: &[(&str, &str)]) -> Result<Option<Telemetry>, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Telemetry::configured(Some(endpoint), &Section::default(), variable).map_err(|refused| refused.0)
    }

    #[test]
    fn traces_go_below_the_collectors_address() {
        for (endpoint, url) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            (
                "https://collector.example/otlp/",
                "https://collector.example/otlp/v1/traces",
            ),
        ] {
            let telemetry = configured(endpoint, &[]).unwrap().unwrap();
            assert_eq!(telemetry.url.as_str(), url);
        }
        for endpoint in ["localhost:4318", "ftp://x", "http://me:secret@x", "http://x?key=1", "x"] {
            assert!(configured(endpoint, &[]).is_err(), "{endpoint}");
        }
        assert!(configured("", &[]).unwrap().is_none());
        assert!(
            configured("http://x", &[("OTEL_SDK_DISABLED", "true")])
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn opentelemetrys_own_variables_are_heard() {
        let variables = [
            ("OTEL_SERVICE_NAME", "people"),
            (
                "OTEL_RESOURCE_ATTRIBUTES",
                "service.name=other,deployment.environment.name=a%20b",
            ),
            (
                "OTEL_EXPORTER_OTLP_HEADERS",
                "authorization=Bearer%20x, x-team = people",
            ),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1500"),
            ("OTEL_TRACES_SAMPLER", "traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0"),
        ];
        let telemetry = configured("http://x", &variables).unwrap().unwrap();
        let has = |key: &str, value: &str| {
            let mut all = telemetry.resource.iter().filter(|(known, _)| known == key);
            all.next().is_some_and(|(_, found)| found == value) && all.next().is_none()
        };
        assert!(has("service.name", "people"));
        assert!(has("deployment.environment.name", "a b"));
        assert_eq!(telemetry.headers["authorization"], "Bearer x");
        assert!(telemetry.headers["authorization"].is_sensitive());
        assert_eq!(telemetry.headers["x-team"], "people");
        assert_eq!(telemetry.timeout, Duration::from_millis(1_500));
        assert!(!telemetry.sampler.asks_parent);
    }

    #[test]
    fn what_cannot_be_used_is_refused_and_no_secret_told() {
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "secret"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x y=secret"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
        ] {
            let refused = configured("http://x", &[(name, value)]).unwrap_err();
            assert!(refused.contains(name) && !refused.contains("secret"), "{refused}");
        }
        let ratio = [
            ("OTEL_TRACES_SAMPLER", "traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "2"),
        ];
        assert!(configured("http://x", &ratio).is_err());
    }
}
