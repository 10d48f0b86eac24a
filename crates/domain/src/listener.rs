//! Where the instance listens, and what it serves there.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::time::MINUTE;

/// How long a new set is tried before it reverts: microseconds.
pub const TRIAL: i64 = 2 * MINUTE;
/// More sockets than anybody has a use for.
pub const MOST: usize = 16;
/// What the first one is called, which the operator gives and nobody changes here.
pub const FIRST: &str = "first";

/// What may be asked for at a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Serves {
    Console,
    Api,
    Access,
    Metrics,
}

impl Serves {
    pub const ALL: [Self; 4] = [Self::Console, Self::Api, Self::Access, Self::Metrics];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Api => "api",
            Self::Access => "access",
            Self::Metrics => "metrics",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Console => "Console",
            Self::Api => "API",
            Self::Access => "Access checks",
            Self::Metrics => "Metrics",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|serves| serves.name() == text)
    }

    /// What a path belongs to; none for what every listener answers, so that it can be asked whether it is well.
    pub fn of(path: &str) -> Option<Self> {
        let below = |root: &str| {
            path.strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match path {
            "/healthz" | "/readyz" => None,
            "/metrics" => Some(Self::Metrics),
            "/.well-known/authzen-configuration" => Some(Self::Access),
            _ if below("/access") => Some(Self::Access),
            _ if below("/api") => Some(Self::Api),
            _ => Some(Self::Console),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    pub name: String,
    pub address: IpAddr,
    pub port: u16,
    pub tls: bool,
    pub serves: Vec<Serves>,
}

impl Listener {
    pub fn socket(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.port)
    }

    /// Whether a superuser can get in by it.
    pub fn is_a_way_in(&self) -> bool {
        self.serves.contains(&Serves::Console) || self.serves.contains(&Serves::Api)
    }

    /// Where to open it, by the host that people know.
    pub fn url(&self, host: &str) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        match self.address {
            address if address.is_unspecified() => format!("{scheme}://{host}:{}", self.port),
            address if address.is_loopback() && host == "localhost" => format!("{scheme}://{host}:{}", self.port),
            _ => format!("{scheme}://{}", self.socket()),
        }
    }
}

/// A set that is being tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    pub listeners: Vec<Listener>,
    pub until: Timestamp,
}

impl Trial {
    /// Whether what comes by this one may confirm the set: it has to have come by one of those that are new, as far as those
    /// let anybody in; else it would not show that they do.
    pub fn may_be_confirmed_by(&self, via: SocketAddr, first: SocketAddr, before: &[Listener]) -> bool {
        self.ways_in(first, before).contains(&via)
    }

    /// By which sockets it may be confirmed.
    pub fn ways_in(&self, first: SocketAddr, before: &[Listener]) -> Vec<SocketAddr> {
        let ways: Vec<_> = self
            .listeners
            .iter()
            .filter(|listener| listener.is_a_way_in())
            .collect();
        let known = |socket: SocketAddr| before.iter().any(|known| known.socket() == socket);
        let fresh: Vec<_> = ways
            .iter()
            .map(|way| way.socket())
            .filter(|socket| !known(*socket))
            .collect();
        if fresh.is_empty() {
            return ways.iter().map(|way| way.socket()).chain([first]).collect();
        }
        fresh
    }
}

/// Around a set: what it has to get along with.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    pub first: &'a Listener,
    pub before: &'a [Listener],
    /// Whether there is one that TLS could be served with.
    pub has_certificate: bool,
    /// Whether the operator has named a proxy, behind which plain HTTP may be spoken.
    pub behind_proxy: bool,
}

/// A field that was not taken: its place in the list, its name, and why.
pub type Wrong = (usize, &'static str, String);

/// # Errors
/// Something of it cannot be served.
pub fn check(listeners: &[Listener], around: Surroundings<'_>) -> Result<(), Vec<Wrong>> {
    let mut wrong = Vec::new();
    for (number, listener) in listeners.iter().enumerate() {
        let earlier = &listeners[..number];
        wrong.extend(
            of_one(listener, earlier, around)
                .into_iter()
                .map(|(field, detail)| (number, field, detail)),
        );
    }
    if let Some(number) = listeners.get(MOST).map(|_| MOST) {
        wrong.push((number, "name", format!("is one too many: there may be {MOST}")));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn of_one(listener: &Listener, earlier: &[Listener], around: Surroundings<'_>) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    let mut say = |field, detail: String| wrong.push((field, detail));
    let letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if listener.name.is_empty() || listener.name.len() > 40 || !listener.name.chars().all(letter) {
        say("name", "must be 1 to 40 lowercase letters, digits or -".to_owned());
    } else if listener.name == FIRST || earlier.iter().any(|other| other.name == listener.name) {
        say("name", format!("{} is taken by another listener", listener.name));
    }
    if listener.port == 0 {
        say("port", "must be 1 to 65535".to_owned());
    }
    if listener.serves.is_empty() {
        say(
            "serves",
            "must name something: console, api, access or metrics".to_owned(),
        );
    }
    let socket = listener.socket();
    if around.first.socket() == socket || earlier.iter().any(|other| other.socket() == socket) {
        say("port", format!("{socket} is listened on by another one already"));
    } else if around
        .before
        .iter()
        .any(|known| known.socket() == socket && known.tls != listener.tls)
    {
        let other = if listener.tls { "without TLS" } else { "with TLS" };
        say(
            "tls",
            format!("cannot change while {socket} is served {other}: try it on another port"),
        );
    }
    if listener.tls && !around.has_certificate {
        say("tls", "needs a certificate: set one first".to_owned());
    }
    if !listener.tls && !listener.address.is_loopback() && !around.behind_proxy {
        say(
            "tls",
            "is needed on an address that others reach: turn it on, listen on 127.0.0.1, or name the proxy in front by \
             --trusted-proxy"
                .to_owned(),
        );
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener(name: &str, address: &str, tls: bool, serves: &[Serves]) -> Listener {
        let socket: SocketAddr = address.parse().unwrap();
        Listener {
            name: name.to_owned(),
            address: socket.ip(),
            port: socket.port(),
            tls,
            serves: serves.to_vec(),
        }
    }

    #[test]
    fn what_cannot_be_served_is_told_with_its_place() {
        let first = listener(FIRST, "127.0.0.1:8080", false, &Serves::ALL);
        let before = [listener("old", "127.0.0.1:9000", false, &Serves::ALL)];
        let around = Surroundings {
            first: &first,
            before: &before,
            has_certificate: false,
            behind_proxy: false,
        };
        let api = &[Serves::Api];
        let cases = [
            (listener("ok", "127.0.0.1:9001", false, api), None),
            (listener("Not OK", "127.0.0.1:9001", false, api), Some("name")),
            (listener(FIRST, "127.0.0.1:9001", false, api), Some("name")),
            (listener("ok", "127.0.0.1:0", false, api), Some("port")),
            (listener("ok", "127.0.0.1:8080", false, api), Some("port")),
            (listener("ok", "127.0.0.1:9000", true, api), Some("tls")),
            (listener("ok", "127.0.0.1:9001", true, api), Some("tls")),
            (listener("ok", "192.0.2.7:9001", false, api), Some("tls")),
            (listener("ok", "127.0.0.1:9001", false, &[]), Some("serves")),
        ];
        for (listener, field) in cases {
            let told = check(std::slice::from_ref(&listener), around);
            let at = told.err().and_then(|wrong| wrong.first().map(|(_, field, _)| *field));
            assert_eq!(at, field, "{listener:?}");
        }
        let twice = [
            listener("a", "127.0.0.1:1", false, api),
            listener("a", "127.0.0.1:1", false, api),
        ];
        let told = check(&twice, around).unwrap_err();
        assert_eq!(
            told.iter().map(|(at, field, _)| (*at, *field)).collect::<Vec<_>>(),
            [(1, "name"), (1, "port")]
        );
        let proxied = Surroundings {
            behind_proxy: true,
            has_certificate: true,
            ..around
        };
        assert!(check(&[listener("ok", "192.0.2.7:9001", false, api)], proxied).is_ok());
        assert!(check(&[listener("ok", "192.0.2.7:9001", true, api)], proxied).is_ok());
    }

    #[test]
    fn a_set_is_confirmed_by_what_is_new_of_it_where_that_lets_anybody_in() {
        let first: SocketAddr = "127.0.0.1:8080".parse().unwrap();
        let old = listener("old", "127.0.0.1:9000", false, &Serves::ALL);
        let new = listener("new", "127.0.0.1:9001", false, &[Serves::Console]);
        let metrics = listener("metrics", "127.0.0.1:9002", false, &[Serves::Metrics]);
        let before = [old.clone()];
        let ways = |listeners: &[&Listener]| {
            let listeners = listeners.iter().map(|listener| (*listener).clone()).collect();
            let until = Timestamp::from_micros(0);
            Trial { listeners, until }.ways_in(first, &before)
        };
        assert_eq!(ways(&[&old, &new]), [new.socket()]);
        assert_eq!(ways(&[&old, &metrics]), [old.socket(), first]);
        assert_eq!(ways(&[]), [first]);
    }

    #[test]
    fn every_path_belongs_to_what_it_is_of() {
        let of = |path| Serves::of(path).map(Serves::name);
        assert_eq!(of("/healthz"), None);
        assert_eq!(of("/api/v1/me"), Some("api"));
        assert_eq!(of("/apiary"), Some("console"));
        assert_eq!(of("/access/v1/evaluation"), Some("access"));
        assert_eq!(of("/metrics"), Some("metrics"));
        assert_eq!(of("/o/acme/people"), Some("console"));
    }
}
