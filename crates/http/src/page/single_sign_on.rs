//! Single sign-on: its settings, the way in by it, and what came back from a try.

use super::form::{Choice, Errors};
use super::part::Time;
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "single_sign_on/settings.html")]
pub struct Settings {
    pub shell: Shell,
    pub base: String,
    pub errors: Errors,
    /// Whether there are settings.
    pub enabled: bool,
    pub may_see_general: bool,
    pub may_see_roles: bool,
    /// What the identity provider has to be told.
    pub service_entity_id: String,
    pub callback_url: String,
    pub start_url: String,
    /// What Roster signs its requests with, once there are settings.
    pub signing: Option<Certificate>,
    /// The identity provider's.
    pub pinned: Vec<Certificate>,
    pub form: Form,
}

#[derive(Clone, Debug)]
pub struct Certificate {
    pub subject: String,
    pub fingerprint: String,
    pub expires: Time,
    pub is_over: bool,
}

/// As it was typed, or as it is.
#[derive(Clone, Debug, Default)]
pub struct Form {
    pub metadata: String,
    pub entity_id: String,
    pub sso_url: String,
    pub certificates: String,
    pub sign_requests: bool,
    pub provisioning: bool,
    pub roles: Vec<Choice>,
    pub admin_contact: String,
}

/// The door of one organization.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "single_sign_on/sign_in.html")]
pub struct SignIn {
    pub shell: Shell,
    pub errors: Errors,
    /// What was typed as the organization's short name; empty where none was.
    pub slug: String,
    /// Where its identity provider is asked; empty until an organization is named.
    pub start_href: String,
}

/// A form that goes to an identity provider which takes no links.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "single_sign_on/carry.html")]
pub struct Carry {
    pub shell: Shell,
    pub action: String,
    pub saml_request: String,
    pub relay_state: String,
}

/// Somebody could not be signed in.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "single_sign_on/failed.html")]
pub struct Failed {
    pub shell: Shell,
    pub heading: String,
    pub reason: String,
    /// Whom to ask; empty where the settings name nobody.
    pub contact: String,
    pub again_href: String,
}

/// What came back from a try.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "single_sign_on/tested.html")]
pub struct Tested {
    pub shell: Shell,
    /// What is wrong with the answer; empty where nothing is.
    pub fault: String,
    pub would: String,
    /// What the answer says: names and values.
    pub facts: Vec<(String, String)>,
    pub back_href: String,
}
