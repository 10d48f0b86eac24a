//! Accounts elsewhere: ways to sign in, and those that somebody has connected.

use super::part::Time;

/// A way to a provider.
#[derive(Clone, Debug)]
pub struct Offer {
    pub name: String,
    pub href: String,
}

/// One that is connected.
#[derive(Clone, Debug)]
pub struct Connected {
    pub id: String,
    pub provider: String,
    /// The name there.
    pub who: String,
    /// What the host was asked for and gave.
    pub scopes: Vec<String>,
    pub linked: Time,
    pub used: Option<Time>,
    /// Since when the host refuses the access that it gave.
    pub broken: Option<Time>,
    /// Empty where the provider is configured no more.
    pub again_href: String,
    /// Empty where there are no repositories.
    pub repositories_href: String,
}
