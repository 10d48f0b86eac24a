//! Where entries may be sent. An organization's may go to addresses of the world alone: what is inside the network that the
//! server stands in is its operator's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    pub kind: Kind,
    pub host: String,
    pub port: u16,
    /// As it was given.
    pub url: Url,
    /// Whether it may be an address inside.
    pub inside: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Http,
    SyslogTcp,
    SyslogTls,
    SyslogUdp,
}

/// How a receiver over HTTP knows who sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Authentication {
    #[default]
    None,
    /// The secret itself, in each request.
    Bearer,
    /// A signature of each request by the secret (HMAC-SHA256, as Standard Webhooks has it).
    Signature,
}

impl Authentication {
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Bearer => "bearer",
            Self::Signature => "signature",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Bearer, Self::Signature]
            .into_iter()
            .find(|one| one.name() == text)
    }
}

const FORMS: &str = "must be https://host/path, syslog+tls://host:6514, syslog+tcp://host:601 or syslog+udp://host:514";

impl Destination {
    /// # Errors
    /// It is no such address, or one inside where that may not be.
    pub fn parse(text: &str, inside: bool) -> Result<Self, String> {
        let url = Url::parse(text.trim()).map_err(|_| FORMS.to_owned())?;
        let (kind, usual) = match url.scheme() {
            "https" => (Kind::Http, 443),
            "http" if inside => (Kind::Http, 80),
            "http" => return Err("must be https://: entries would be readable on their way".to_owned()),
            "syslog+tls" => (Kind::SyslogTls, 6514),
            "syslog+tcp" => (Kind::SyslogTcp, 601),
            "syslog+udp" => (Kind::SyslogUdp, 514),
            _ => return Err(FORMS.to_owned()),
        };
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() || !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(FORMS.to_owned());
        }
        if kind != Kind::Http && !(matches!(url.path(), "" | "/") && url.query().is_none()) {
            return Err("must end with the port".to_owned());
        }
        let destination = Self {
            kind,
            port: url.port().unwrap_or(usual),
            host,
            url,
            inside,
        };
        if let Ok(address) = destination.host.parse::<IpAddr>() {
            destination.admits(address)?;
        }
        Ok(destination)
    }

    pub fn is_http(&self) -> bool {
        self.kind == Kind::Http
    }

    /// Looks the host up once. What is connected to is what was looked at.
    ///
    /// # Errors
    /// There is no such host, or it is inside where that may not be.
    pub async fn resolve(&self) -> Result<SocketAddr, String> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let found: Vec<_> = found
            .map_err(|error| format!("{} is not found: {error}", self.host))?
            .collect();
        // One that is inside among others outside is still a way in.
        for address in &found {
            self.admits(address.ip())?;
        }
        found
            .first()
            .copied()
            .ok_or_else(|| format!("{} has no address", self.host))
    }

    fn admits(&self, address: IpAddr) -> Result<(), String> {
        if self.inside || is_global(address) {
            return Ok(());
        }
        Err(format!(
            "{address} is an address inside this server's network, where organizations may not send to; ask whoever runs it"
        ))
    }
}

fn is_global(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) => is_global_v6(address),
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || a >= 224
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19)))
}

/// Of what is assigned as global unicast, what does not wrap an IPv4 address or stand for documentation.
fn is_global_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let unicast = first & 0xe000 == 0x2000;
    let wrapping = first == 0x2002 || (first == 0x2001 && second < 0x0200);
    let documentation = (first == 0x2001 && second == 0x0db8) || first == 0x3fff;
    unicast && !wrapping && !documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organization_sends_to_the_world_alone() {
        for inside in [
            "https://127.0.0.1/x",
            "https://10.0.0.1",
            "https://169.254.169.254/latest",
            "https://192.168.1.1",
            "https://172.20.0.1",
            "https://100.64.0.1",
            "https://0.0.0.0",
            "https://[::1]",
            "https://[fd00::1]",
            "https://[fe80::1]",
            "https://[::ffff:10.0.0.1]",
            "https://[64:ff9b::a00:1]",
            "https://[2002:a00:1::]",
            "https://0x7f.1",
            "https://2130706433",
            "syslog+tcp://127.0.0.1:601",
        ] {
            let told = Destination::parse(inside, false).unwrap_err();
            assert!(told.contains("inside"), "{inside}: {told}");
            assert!(Destination::parse(inside, true).is_ok(), "{inside}");
        }
        for outside in [
            "https://8.8.8.8/x",
            "https://[2606:4700::1111]",
            "https://log.example.com/in?x=1",
        ] {
            assert!(Destination::parse(outside, false).is_ok(), "{outside}");
        }
    }

    #[test]
    fn an_address_says_how_it_is_spoken_to() {
        for (text, kind, host, port) in [
            ("https://log.example.com/in", Kind::Http, "log.example.com", 443),
            ("syslog+tls://log.example.com", Kind::SyslogTls, "log.example.com", 6514),
            (
                "syslog+tcp://log.example.com:1601",
                Kind::SyslogTcp,
                "log.example.com",
                1601,
            ),
            (
                "syslog+udp://[2606:4700::1111]:514",
                Kind::SyslogUdp,
                "2606:4700::1111",
                514,
            ),
        ] {
            let found = Destination::parse(text, false).unwrap();
            assert_eq!((found.kind, found.host.as_str(), found.port), (kind, host, port));
        }
        for wrong in [
            "",
            "log.example.com",
            "http://log.example.com",
            "ftp://log.example.com",
            "https://user:secret@log.example.com",
            "syslog+tcp://log.example.com/path",
            "https://",
        ] {
            assert!(Destination::parse(wrong, false).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_name_that_stands_for_an_address_inside_is_refused_when_it_is_looked_up() {
        let destination = Destination::parse("https://localhost:1", false).unwrap();
        assert!(destination.resolve().await.unwrap_err().contains("inside"));
    }
}
