//! The one command beyond WebDriver that tests need: Chromium's developer tools, which emulate screens and settings.

use reqwest::Method;
use serde_json::{Value, json};
use thirtyfour::common::command::FormatRequestData;
use thirtyfour::{RequestData, SessionId};

#[derive(Debug)]
pub struct DevTools {
    pub command: &'static str,
    pub parameters: Value,
}

impl FormatRequestData for DevTools {
    fn format_request(&self, session: &SessionId) -> RequestData {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        RequestData::new(Method::POST, format!("/session/{session}/goog/cdp/execute")).add_body(body)
    }
}
