//! An organization's identity provider: pysaml2, which signs with xmlsec1 and verifies what Roster signed. Its clock is the
//! machine's.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;

use crate::left_out::left_out;

const PYTHON: &str = "/usr/bin/python3";
const PROGRAM: &str = include_str!("identity_provider/provider.py");

pub struct IdentityProvider {
    process: Child,
    base: String,
    client: reqwest::Client,
}

/// What a browser would carry back.
#[derive(Clone, Debug, Deserialize)]
pub struct Answer {
    pub to: String,
    #[serde(rename = "SAMLResponse")]
    pub response: String,
    #[serde(rename = "RelayState")]
    pub state: String,
}

impl IdentityProvider {
    /// Nothing where the machine lacks what it is made of, which the run then says.
    ///
    /// # Panics
    /// It does not start.
    pub fn start() -> Option<Self> {
        let has = |program: &str, arguments: &[&str]| {
            let mut command = Command::new(program);
            let status = command
                .args(arguments)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            status.is_ok_and(|status| status.success())
        };
        if !has(PYTHON, &["-c", "import saml2"]) || !has("xmlsec1", &["--version"]) {
            left_out("single sign-on with an identity provider. Install python3-pysaml2 and xmlsec1.");
            return None;
        }
        let mut process = Command::new(PYTHON)
            .args(["-c", PROGRAM])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the identity provider starts");
        let stdout = process.stdout.take().expect("it says where it is");
        let mut base = String::new();
        BufReader::new(stdout)
            .read_line(&mut base)
            .expect("it says where it is");
        let base = base.trim().to_owned();
        assert!(base.starts_with("http://"), "the identity provider did not start");
        crate::tls::ready();
        Some(Self {
            process,
            base,
            client: reqwest::Client::new(),
        })
    }

    /// Its own metadata.
    pub async fn metadata(&self) -> String {
        let answer = self.client.get(format!("{}/metadata", self.base)).send().await;
        answer
            .expect("the identity provider answers")
            .text()
            .await
            .expect("metadata")
    }

    /// Tells it of Roster.
    pub async fn know(&self, service_metadata: String) {
        let told = self.client.put(format!("{}/service", self.base)).body(service_metadata);
        let told = told.send().await.expect("the identity provider answers");
        assert!(told.status().is_success(), "the metadata was not taken");
    }

    /// Follows a request as `user`, by the name that the provider knows them by.
    ///
    /// # Panics
    /// It does not take the request: the signature is wrong, for one.
    pub async fn answer(&self, link: &str, user: &str) -> Answer {
        let asked = self
            .client
            .get(link)
            .query(&[("json", "yes"), ("as", user), ("name", "Ida Okafor")]);
        let answer = asked.send().await.expect("the identity provider answers");
        answer
            .json()
            .await
            .expect("it signs in whoever comes with a good request")
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _gone = self.process.wait();
    }
}
