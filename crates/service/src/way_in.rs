//! Which ways to sign in an organization can ask of the people it adds. Asked wherever one is chosen: inviting, editing a
//! member, letting a domain sign up.

use domain::Refusal;
use domain::account::AuthenticationMethod;
use domain::invitation::IdentityProvider;
use domain::policy::Policies;
use store::{Mode, Scope};

use crate::{Result, Roster, Settings};

/// # Errors
/// The instance or the organization has not set that way up; the refusal says who can.
pub(crate) async fn usable(scope: &mut Scope<impl Mode>, roster: &Roster, provider: IdentityProvider) -> Result<()> {
    match provider {
        IdentityProvider::Pam => Ok(pam(roster.settings(), &scope.organization().policies)?),
        IdentityProvider::Saml if store::single_sign_on::exists(scope).await? => Ok(()),
        IdentityProvider::Saml => Err(Refusal::NoSingleSignOn.into()),
        provider if roster.offers(provider) => Ok(()),
        provider => Err(Refusal::ProviderUnavailable { provider }.into()),
    }
}

pub(crate) const fn provider_of(method: AuthenticationMethod) -> IdentityProvider {
    match method {
        AuthenticationMethod::Password => IdentityProvider::Password,
        AuthenticationMethod::Pam => IdentityProvider::Pam,
        AuthenticationMethod::Saml => IdentityProvider::Saml,
    }
}

/// Off until the operator allows it on the instance and an admin turns it on for the organization.
pub(crate) fn pam(settings: &Settings, policies: &Policies) -> Result<(), Refusal> {
    if settings.pam.is_none() {
        return Err(Refusal::ProviderUnavailable {
            provider: IdentityProvider::Pam,
        });
    }
    if policies.pam { Ok(()) } else { Err(Refusal::PamOff) }
}

impl Roster {
    /// Why each way that cannot be chosen now cannot be; what a form says beside it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn unusable_ways<P: domain::permission::Needs, M: Mode>(
        &self,
        seen: &mut crate::Authorized<P, M>,
    ) -> Result<Vec<(IdentityProvider, String)>> {
        let mut found = Vec::new();
        for provider in IdentityProvider::KNOWN {
            match usable(seen.scope(), self, *provider).await {
                Ok(()) => {}
                Err(crate::Error::Refused(refusal)) => found.push((*provider, refusal.to_string())),
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}
