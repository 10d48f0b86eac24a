//! Issuers of OpenID Connect in a process of their own, by a library of npm's: as Google's, as Entra's, and any other.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::left_out::left_out;
use crate::target;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/issuer/issuer.mjs");
pub const CLIENT: &str = "roster";
pub const SECRET: &str = "known to the client alone & nobody else";
/// The tenants of the one that behaves as Entra's does.
pub const TENANTS: [&str; 2] = [
    "11111111-1111-1111-1111-111111111111",
    "22222222-2222-2222-2222-222222222222",
];

pub struct Issuer {
    /// Below it are `google`, `entra` and `plain`.
    pub url: String,
    process: Child,
}

impl Issuer {
    /// `None`, said loudly, where Node or the library is not on this machine.
    pub fn start() -> Option<Self> {
        let modules = env::var_os("ROSTER_TEST_ISSUER").map_or_else(|| target::folder("oidc-provider"), PathBuf::from);
        let has_library = modules.join("node_modules/oidc-provider").is_dir();
        let has_node = Command::new("node")
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !has_node || !has_library {
            left_out(
                "signing in by OpenID Connect with a real issuer: it needs Node, and npm's oidc-provider in the target \
                 folder's oidc-provider. `.ci/run` puts it there.",
            );
            return None;
        }
        let mut process = Command::new("node")
            .arg(SCRIPT)
            .env("ISSUER_MODULES", &modules)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("node does not start: {error}"));
        let output = process.stdout.take().map(BufReader::new);
        let url = output
            .into_iter()
            .flat_map(BufRead::lines)
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("Issuers at ").map(str::to_owned));
        let url = url.unwrap_or_else(|| panic!("the issuers ended before they told their address"));
        Some(Self { url, process })
    }

    /// Lets people be sent back to exactly this address.
    pub async fn allow(&self, redirect: &str) {
        self.control("redirect", redirect).await;
    }

    /// From now on claims to be of another tenant than it is; of its own again with an empty text.
    pub async fn claim_tenant(&self, tenant: &str) {
        self.control("tid", tenant).await;
    }

    async fn control(&self, name: &str, value: &str) {
        crate::tls::ready();
        let mut url = reqwest::Url::parse(&format!("{}/control", self.url))
            .unwrap_or_else(|error| panic!("the issuers' address: {error}"));
        url.query_pairs_mut().append_pair(name, value);
        let answer = reqwest::get(url).await;
        assert!(
            answer.is_ok_and(|answer| answer.status().is_success()),
            "the issuers do not answer"
        );
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
