//! A real browser, used in the words of the person before it: by label, button and what can be read, never by selector.

mod accessibility;
mod command;
mod driver;
mod part;

use std::future::Future;
use std::ops::Deref;
use std::panic::Location;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{Capabilities, TimeoutConfiguration, WebDriver};

pub use accessibility::Violation;
pub use part::Part;
pub use thirtyfour::Key;

use crate::tls;
use command::DevTools;
use driver::Driver;

/// `--no-sandbox`, because containers run as root; nothing but our own pages is ever opened.
const ARGUMENTS: [&str; 13] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
    "--hide-scrollbars",
    "--lang=en-US",
];
const PAGE_LOAD: Duration = Duration::from_secs(20);
/// From this width on a screen is a desk's; below, it is a phone's.
const DESK: u32 = 600;

/// Light or dark, as the operating system asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

/// A virtual authenticator that a browser has.
#[derive(Debug)]
pub struct Authenticator(serde_json::Value);

/// A browser of its own, without any cookie, 1280 wide; closed when dropped. It derefs to the whole page as a [`Part`].
#[derive(Debug)]
pub struct Browser {
    page: Part,
    /// After the browser that writes to it.
    _profile: TempDir,
}

impl Browser {
    /// Opens one; `None`, said loudly, where this machine has no Chromium.
    pub async fn open() -> Option<Self> {
        let driver = driver::driver().await?;
        Some(
            Self::open_with(driver)
                .await
                .unwrap_or_else(|error| panic!("the browser does not open: {error}")),
        )
    }

    /// Opens an address and waits until the page is loaded; before that, for the answer to a form that was sent.
    #[track_caller]
    pub fn visit(&self, url: &str) -> impl Future<Output = ()> {
        let asked_at = Location::caller();
        async move {
            self.page.answered(asked_at).await;
            if let Err(error) = self.webdriver().goto(url).await {
                self.fail(asked_at, &format!("visit {url}"), &error.to_string()).await;
            }
        }
    }

    /// Where the browser is, query and fragment included.
    pub async fn address(&self) -> String {
        self.webdriver()
            .current_url()
            .await
            .map(String::from)
            .unwrap_or_default()
    }

    /// Waits until the address ends so.
    #[track_caller]
    pub fn arrive(&self, ending: &str) -> impl Future<Output = ()> {
        self.page.arrive(Location::caller(), ending)
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.expect(self.webdriver().refresh().await);
    }

    /// Goes back in the browser's history.
    pub async fn back(&self) {
        self.expect(self.webdriver().back().await);
    }

    /// Makes the window so wide: 1280 for a desk, 360 for a phone, which is then treated as one.
    pub async fn set_width(&self, width: u32) {
        let height = if width < DESK { 740 } else { 800 };
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < DESK });
        self.dev_tools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Asks pages for their light or dark colours.
    pub async fn set_theme(&self, theme: Theme) {
        let value = if theme == Theme::Dark { "dark" } else { "light" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": value },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.dev_tools("Emulation.setEmulatedMedia", json!({ "features": features }))
            .await;
    }

    /// Lets pages run their scripts or not, from the next page on.
    pub async fn set_script(&self, allowed: bool) {
        self.dev_tools("Emulation.setScriptExecutionDisabled", json!({ "value": !allowed }))
            .await;
    }

    /// Gives this browser a device that keeps passkeys, and unlocks it whenever it is asked to.
    pub async fn add_authenticator(&self) -> Authenticator {
        self.dev_tools("WebAuthn.enable", json!({ "enableUI": false })).await;
        let options = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
            "automaticPresenceSimulation": true,
        });
        let made = self
            .dev_tools("WebAuthn.addVirtualAuthenticator", json!({ "options": options }))
            .await;
        Authenticator(made["authenticatorId"].clone())
    }

    /// Whether the authenticator recognizes its owner from now on. While it does, it answers every page that asks, at once.
    pub async fn recognize_owner(&self, authenticator: &Authenticator, recognize: bool) {
        let parameters = json!({ "authenticatorId": authenticator.0, "isUserVerified": recognize });
        self.dev_tools("WebAuthn.setUserVerified", parameters).await;
    }

    /// Makes the text of this page so large, in percent, as a person with weak eyes does; the next page is normal again.
    pub async fn set_text_size(&self, percent: u32) {
        self.expect(self.page.ask("enlarge", &[json!(percent)]).await);
    }

    /// Presses a key where the focus is, such as `Key::Tab`.
    pub async fn key(&self, key: Key) {
        let focused = self.webdriver().active_element().await;
        let focused = self.expect(focused);
        self.expect(focused.send_keys(key).await);
    }

    /// The name of what has the focus; empty if nothing has.
    pub async fn focused(&self) -> String {
        let name = self.expect(self.page.ask("focused", &[]).await);
        name.as_str().unwrap_or_default().to_owned()
    }

    /// Whether the page has to be scrolled sideways.
    pub async fn scrolls_sideways(&self) -> bool {
        self.expect(self.page.ask("sideways", &[]).await) == json!(true)
    }

    /// What the browser complained about since the last call: failed scripts, refused styles, missing files.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.expect(self.webdriver().browser_log().await);
        log.into_iter().map(|entry| entry.message).collect()
    }

    /// Saves what the window shows as `screenshots/NAME.png` in the target directory.
    pub async fn screenshot(&self, name: &str) {
        self.expect(self.page.picture(name).await);
    }

    /// What axe finds wrong with this page for people with disabilities, empty if nothing.
    pub async fn accessibility_violations(&self) -> Vec<Violation> {
        self.expect(accessibility::violations(self.webdriver()).await)
    }

    /// The session itself, for what has no word here.
    pub fn webdriver(&self) -> &WebDriver {
        &self.page.session
    }

    async fn open_with(driver: &Driver) -> Result<Self, Box<dyn std::error::Error>> {
        tls::ready();
        let profile = tempfile::Builder::new().prefix("profile-").tempdir_in(&driver.folder)?;
        let mut arguments = ARGUMENTS.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let wanted: Capabilities = serde_json::from_value(json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "binary": driver.browser, "args": arguments },
            "goog:loggingPrefs": { "browser": "WARNING" },
        }))?;
        // A proxy of the environment would be asked for 127.0.0.1 too.
        // And a connection lives on in the test's runtime, which stands still while a dropped browser is being closed.
        let client = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .timeout(PAGE_LOAD * 2)
            .build()?;
        let session = WebDriver::builder(&driver.url, wanted).client(client).connect().await?;
        let timeouts = TimeoutConfiguration::new(Some(PAGE_LOAD), Some(PAGE_LOAD), Some(Duration::ZERO));
        session.update_timeouts(timeouts).await?;
        let browser = Self {
            page: Part::page(session),
            _profile: profile,
        };
        browser.set_width(1280).await;
        browser.set_theme(Theme::Light).await;
        Ok(browser)
    }

    async fn dev_tools(&self, command: &'static str, parameters: serde_json::Value) -> serde_json::Value {
        let answer = self.expect(self.webdriver().cmd(DevTools { command, parameters }).await);
        self.expect(answer.value_json())
    }

    #[track_caller]
    fn expect<T, E: std::fmt::Display>(&self, result: Result<T, E>) -> T {
        result.unwrap_or_else(|error| panic!("the browser failed: {error}"))
    }
}

impl Deref for Browser {
    type Target = Part;

    fn deref(&self) -> &Part {
        &self.page
    }
}

/// The test's name, and a number if it needs several.
fn failed() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("test").replace("::", "-");
    format!("failed-{test}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
