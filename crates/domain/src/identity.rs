//! An account that somebody has elsewhere and signs in by. It is told by who vouches for it and by that one's own id; names
//! and addresses are only what was last told, and find nobody.

use crate::Refusal;
use crate::Timestamp;
use crate::account::{Account, AuthenticationMethod, SecondFactor};
use crate::id::{AccountId, IdentityId};
use crate::invitation::{Identity, IdentityProvider, Invitation};
use crate::session::Method;

#[derive(Clone, Debug)]
pub struct LinkedIdentity {
    pub id: IdentityId,
    pub account: AccountId,
    /// Of the configuration: `google`, `microsoft`, `github`, `bitbucket` or another issuer's.
    pub provider: String,
    pub issuer: String,
    pub subject: String,
    /// The Entra tenant.
    pub tenant: Option<String>,
    pub username: Option<String>,
    pub email: Option<String>,
    /// What a host was asked for and gave.
    pub scopes: Vec<String>,
    /// Whether a host's API can be asked in its name.
    pub has_access: bool,
    pub linked_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    /// When the host refused the access it gave; until the person connects again.
    pub broken_at: Option<Timestamp>,
}

/// Who came back from a provider, as it vouches for them at this moment.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// As invitations name it.
    pub provider: Option<IdentityProvider>,
    pub subject: &'a str,
    pub tenant: Option<&'a str>,
    pub username: Option<&'a str>,
    /// Only where the provider verified it.
    pub email: Option<&'a str>,
}

/// By what a session counts that a provider proved.
pub fn method(provider: &str) -> Method {
    match provider {
        "google" => Method::Google,
        "microsoft" => Method::Microsoft,
        "github" => Method::Github,
        "bitbucket" => Method::Bitbucket,
        _ => Method::Oidc,
    }
}

/// Whether somebody could still sign in without one of their identities.
///
/// # Errors
/// It is their only way in.
pub fn can_be_unlinked(account: &Account, has_password: bool, others: usize) -> Result<(), Refusal> {
    let passkey = account.second_factors.contains(&SecondFactor::Passkey);
    let elsewhere = account.authentication_method != AuthenticationMethod::Password;
    if has_password || others > 0 || passkey || elsewhere {
        Ok(())
    } else {
        Err(Refusal::LastWayIn)
    }
}

/// An account that signs in by its organization's own identity provider has no second door beside it.
///
/// # Errors
/// It has to use that one.
pub fn may_sign_in(account: &Account) -> Result<(), Refusal> {
    match account.authentication_method {
        AuthenticationMethod::Saml => Err(Refusal::MethodNotAllowed {
            allowed: vec![Method::Saml],
        }),
        _ => Ok(()),
    }
}

/// Such as "the Google account ada@example.com", the provider as people call it.
pub fn described(provider: IdentityProvider, called: &str, invitee: &str, tenant: Option<&str>) -> String {
    let of = tenant
        .map(|tenant| format!(" of the tenant {tenant}"))
        .unwrap_or_default();
    match provider {
        IdentityProvider::Any => format!("the account {invitee}{of}"),
        _ => format!("the {called} account {invitee}{of}"),
    }
}

impl Invitation {
    /// Whether it can be accepted by who is known here, without a round trip to a provider.
    ///
    /// # Errors
    /// It is for an identity of somebody else's.
    pub fn needs_no_provider(&self) -> Result<(), Refusal> {
        if self.identity.provider.is_elsewhere() {
            Err(self.for_other_identity())
        } else {
            Ok(())
        }
    }

    /// Whether this identity is the one that was invited.
    ///
    /// # Errors
    /// It is another; the refusal says which account to use.
    pub fn admits(&self, presented: &Presented<'_>) -> Result<(), Refusal> {
        let wanted = self.identity.provider;
        let right_provider = match wanted {
            IdentityProvider::Any => true,
            wanted => wanted.is_elsewhere() && presented.provider == Some(wanted),
        };
        let right_tenant = self.identity.tenant.as_deref().is_none_or(|wanted| {
            presented
                .tenant
                .is_some_and(|tenant| tenant.eq_ignore_ascii_case(wanted))
        });
        if right_provider && right_tenant && self.names(presented) {
            Ok(())
        } else {
            Err(self.for_other_identity())
        }
    }

    /// Whom it is for, such as "the Google account ada@example.com".
    pub fn asks_for(&self, called: &str) -> String {
        let Identity { provider, tenant, .. } = &self.identity;
        described(*provider, called, self.invitee(), tenant.as_deref())
    }

    fn names(&self, presented: &Presented<'_>) -> bool {
        let alike = |own: Option<&str>| {
            [self.email.as_deref(), self.username.as_deref()]
                .into_iter()
                .flatten()
                .any(|invited| own.is_some_and(|own| own.to_lowercase() == invited.to_lowercase()))
        };
        if let Some(subject) = &self.identity.subject {
            return presented.subject == subject;
        }
        match presented.provider {
            Some(IdentityProvider::Github | IdentityProvider::Bitbucket) => {
                // A handle counts letter by letter, as its host counts it.
                let handle = self.username.is_some() && self.username.as_deref() == presented.username;
                handle || (self.email.is_some() && alike(presented.email))
            }
            Some(IdentityProvider::Microsoft) => alike(presented.username),
            _ => alike(presented.email),
        }
    }

    fn for_other_identity(&self) -> Refusal {
        Refusal::InvitationForOtherIdentity {
            provider: self.identity.provider,
            invitee: self.invitee().to_owned(),
            tenant: self.identity.tenant.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use crate::invitation::tests::invitation_for;

    fn presented<'a>(provider: IdentityProvider, username: &'a str, email: Option<&'a str>) -> Presented<'a> {
        Presented {
            provider: Some(provider),
            subject: "s-1",
            tenant: None,
            username: Some(username),
            email,
        }
    }

    #[test]
    fn an_invitation_is_for_the_provider_it_names_and_no_other() {
        let mut invitation = invitation_for(IdentityProvider::Google, None);
        invitation.email = Some("ada@example.com".into());
        let mail = Some("Ada@Example.com");
        assert!(
            invitation
                .admits(&presented(IdentityProvider::Google, "x", mail))
                .is_ok()
        );
        assert!(
            invitation
                .admits(&presented(IdentityProvider::Github, "x", mail))
                .is_err()
        );
        assert!(
            invitation
                .admits(&presented(IdentityProvider::Google, "x", None))
                .is_err()
        );
        assert!(invitation.needs_no_provider().is_err());
        invitation.identity.provider = IdentityProvider::Any;
        assert!(
            invitation
                .admits(&presented(IdentityProvider::Github, "x", mail))
                .is_ok()
        );
        invitation.identity.provider = IdentityProvider::Password;
        assert!(
            invitation
                .admits(&presented(IdentityProvider::Google, "x", mail))
                .is_err()
        );
    }

    #[test]
    fn another_issuer_is_named_as_the_known_ones_are() {
        let issuer = |slug| IdentityProvider::parse(slug).unwrap();
        let mut invitation = invitation_for(issuer("okta"), None);
        invitation.email = Some("ada@example.com".into());
        let mail = Some("ada@example.com");
        assert!(invitation.admits(&presented(issuer("okta"), "x", mail)).is_ok());
        for other in ["keycloak", "google", "okta-2"] {
            assert!(
                invitation.admits(&presented(issuer(other), "x", mail)).is_err(),
                "{other}"
            );
        }
        // A name that its owner can change there proves nothing.
        invitation.username = Some("ada".into());
        assert!(invitation.admits(&presented(issuer("okta"), "ada", None)).is_err());
        assert!(invitation.needs_no_provider().is_err());
    }

    #[test]
    fn a_tenant_that_is_named_must_be_the_accounts_own() {
        let mut invitation = invitation_for(IdentityProvider::Microsoft, Some("ada@corp.example"));
        invitation.identity.tenant = Some("AAAA".into());
        let of = |tenant| Presented {
            tenant,
            ..presented(IdentityProvider::Microsoft, "Ada@corp.example", None)
        };
        assert!(invitation.admits(&of(Some("aaaa"))).is_ok());
        assert!(invitation.admits(&of(Some("bbbb"))).is_err());
        assert!(invitation.admits(&of(None)).is_err());
    }

    #[test]
    fn a_handle_counts_letter_by_letter_and_the_hosts_id_before_it() {
        let mut invitation = invitation_for(IdentityProvider::Github, Some("TomFern"));
        assert!(
            invitation
                .admits(&presented(IdentityProvider::Github, "TomFern", None))
                .is_ok()
        );
        assert!(
            invitation
                .admits(&presented(IdentityProvider::Github, "tomfern", None))
                .is_err()
        );
        invitation.identity.subject = Some("s-2".into());
        assert!(
            invitation
                .admits(&presented(IdentityProvider::Github, "TomFern", None))
                .is_err()
        );
        invitation.identity.subject = Some("s-1".into());
        assert!(
            invitation
                .admits(&presented(IdentityProvider::Github, "renamed", None))
                .is_ok()
        );
    }

    #[test]
    fn the_last_way_in_stays() {
        let mut account = Account {
            id: AccountId::new(Timestamp::from_micros(0), [0; 10]),
            username: "ada".into(),
            name: "Ada".into(),
            email: None,
            email_verified: false,
            phone: None,
            superuser: false,
            suspended: None,
            home: None,
            authentication_method: AuthenticationMethod::Password,
            second_factors: Vec::new(),
            time_zone: None,
            locale: None,
            last_sign_in_at: None,
            created_at: Timestamp::from_micros(0),
            revision: 1,
        };
        assert_eq!(can_be_unlinked(&account, false, 0), Err(Refusal::LastWayIn));
        assert!(can_be_unlinked(&account, true, 0).is_ok());
        assert!(can_be_unlinked(&account, false, 1).is_ok());
        account.second_factors = vec![SecondFactor::Totp];
        assert!(can_be_unlinked(&account, false, 0).is_err());
        account.second_factors = vec![SecondFactor::Passkey];
        assert!(can_be_unlinked(&account, false, 0).is_ok());
    }
}
