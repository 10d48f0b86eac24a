//! Somebody who goes to a provider and comes back, as a browser would: follows redirects, keeps cookies, fills the one form.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Client, Url};

#[derive(Debug)]
pub struct Traveller {
    http: Client,
    cookies: BTreeMap<String, String>,
}

impl Default for Traveller {
    fn default() -> Self {
        crate::tls::ready();
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap_or_else(|error| panic!("no HTTP client: {error}"));
        Self {
            http,
            cookies: BTreeMap::new(),
        }
    }
}

impl Traveller {
    /// Goes to a provider, says who they are, and comes back to an address that begins with `home`: its query, by name.
    pub async fn travel(&mut self, to: &str, login: &str, home: &str) -> BTreeMap<String, String> {
        let mut url = parsed(to);
        for _ in 0..12 {
            if url.as_str().starts_with(home) {
                return url.query_pairs().into_owned().collect();
            }
            let headers = match self.get(&url).await {
                Some(headers) => headers,
                None => self.post(&url, login).await,
            };
            url = target(&url, &headers);
        }
        panic!("the way back to {home} is not found; last seen {url}");
    }

    /// The headers of a redirect; none of a page.
    async fn get(&mut self, url: &Url) -> Option<HeaderMap> {
        let answer = self.http.get(url.clone()).header(COOKIE, self.cookie()).send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{url} does not answer: {error}"));
        self.keep(answer.headers());
        assert!(!answer.status().is_client_error(), "{url} answers {}", answer.status());
        answer.status().is_redirection().then(|| answer.headers().clone())
    }

    async fn post(&mut self, url: &Url, login: &str) -> HeaderMap {
        let mut form = parsed("http://form/");
        form.query_pairs_mut().append_pair("login", login);
        let request = self
            .http
            .post(url.clone())
            .header(COOKIE, self.cookie())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.query().unwrap_or_default().to_owned());
        let answer = request.send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{url} does not answer: {error}"));
        self.keep(answer.headers());
        answer.headers().clone()
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for cookie in headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
        {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn cookie(&self) -> String {
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }
}

fn target(from: &Url, headers: &HeaderMap) -> Url {
    let to = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let to = to.unwrap_or_else(|| panic!("{from} sends nobody anywhere"));
    from.join(to)
        .unwrap_or_else(|error| panic!("{to} is no address: {error}"))
}

fn parsed(text: &str) -> Url {
    text.parse()
        .unwrap_or_else(|error| panic!("{text} is no address: {error}"))
}
