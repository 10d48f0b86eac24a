//! Single sign-on of an organization: the identity provider of its own that it believes, and what becomes of whoever that
//! one vouches for.

use serde::{Deserialize, Serialize};

use crate::account::{Account, AuthenticationMethod};
use crate::grant::Granting;
use crate::id::OrganizationId;
use crate::role::Role;

/// How a request reaches an identity provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    #[default]
    Redirect,
    Post,
}

impl Binding {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Post => "post",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Redirect, Self::Post]
            .into_iter()
            .find(|binding| binding.name() == name)
    }
}

/// An organization's settings.
#[derive(Clone, Debug)]
pub struct SingleSignOn {
    /// The identity provider's.
    pub entity_id: String,
    pub sign_on_url: String,
    pub binding: Binding,
    /// PEM, one after the other: whatever one of these signed is believed.
    pub certificates: String,
    pub sign_requests: bool,
    /// Whether somebody who is not known yet becomes a member at their first sign-in.
    pub provisioning: bool,
    /// That they have then, and who gave it.
    pub role: Role,
    pub role_granted: Granting,
    /// Told to whoever could not be signed in.
    pub admin_contact: Option<String>,
    /// What Roster signs its requests with.
    pub key: SealedKey,
    pub revision: i64,
}

#[derive(Clone, Debug)]
pub struct SealedKey {
    pub sealed: String,
    /// Base64 of its certificate.
    pub certificate: String,
}

/// Whether an organization's identity provider may be taken at its word about an account that it has not signed in before,
/// because of a name or an address alone. Only where somebody who manages the account has said so: by setting its method.
pub fn may_adopt(account: &Account, organization: OrganizationId, managed: bool) -> bool {
    managed
        && account.home == Some(organization)
        && account.authentication_method == AuthenticationMethod::Saml
        && !account.superuser
}
