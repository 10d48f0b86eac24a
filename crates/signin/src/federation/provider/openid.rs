//! Coming back from an issuer of OpenID Connect: whose document, token and answer are its own, and what each kind of issuer
//! means by them.

use domain::Timestamp;
use serde::Deserialize;
use url::Url;

use super::{Kind, Provider};
use crate::federation::host::below;
use crate::federation::id_token::{Disbelief, Expected, Told, verify};
use crate::federation::metadata::Metadata;
use crate::federation::oauth::Tokens;
use crate::federation::{Callback, Kept, Outgoing, ProofError, Proven};

/// Entra's tenant of all personal accounts.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

impl Provider {
    pub(super) async fn finish_openid(
        &self,
        outgoing: &Outgoing,
        issuer: &Url,
        kept: &Kept,
        callback: &Callback,
        code: &str,
        now: Timestamp,
    ) -> Result<Proven, ProofError> {
        let metadata = self.metadata(outgoing, issuer, now).await?;
        match &callback.iss {
            Some(iss) if *iss != metadata.issuer && !metadata.issuer.contains("{tenantid}") => {
                return Err(self.refused("another issuer answered"));
            }
            None if metadata.names_itself => return Err(self.refused("it does not say which issuer answered")),
            _ => {}
        }
        let tokens = self.exchange(outgoing, &metadata.endpoints, kept, code, now).await?;
        let token = tokens
            .id_token
            .as_deref()
            .ok_or_else(|| self.refused("it holds no ID token"))?;
        let told = self.believe(outgoing, metadata.clone(), kept, token, now).await?;
        let told = self.with_user_info(outgoing, &metadata, &tokens, told).await?;
        self.proven(told)
    }

    async fn believe(
        &self,
        outgoing: &Outgoing,
        metadata: Metadata,
        kept: &Kept,
        token: &str,
        now: Timestamp,
    ) -> Result<Told, ProofError> {
        let expected = Expected {
            issuer: &metadata.issuer,
            client_id: &self.client.id,
            nonce: kept.nonce(),
            now,
        };
        let told = match verify(token, &metadata.keys, &expected) {
            Err(Disbelief::UnknownKey) => {
                let fresh = self
                    .remembered
                    .with_new_keys(outgoing, metadata.clone(), now)
                    .await
                    .map_err(|error| self.unreachable(error.0))?;
                verify(token, &fresh.keys, &expected)
            }
            other => other,
        };
        told.map_err(|disbelief| self.refused(&disbelief.to_string()))
    }

    /// Issuers may tell names and addresses only when asked once more, with the access token.
    async fn with_user_info(
        &self,
        outgoing: &Outgoing,
        metadata: &Metadata,
        tokens: &Tokens,
        told: Told,
    ) -> Result<Told, ProofError> {
        #[derive(Deserialize)]
        struct UserInfo {
            sub: String,
            email: Option<String>,
            email_verified: Option<bool>,
            name: Option<String>,
            preferred_username: Option<String>,
        }
        let (Kind::Issuer { .. }, None, Some(at)) = (&self.kind, &told.email, &metadata.userinfo) else {
            return Ok(told);
        };
        let answer = outgoing
            .get(at, Some(&tokens.access.token))
            .await
            .map_err(|error| self.unreachable(error.0))?;
        if !answer.is_success() {
            return Ok(told);
        }
        let info: UserInfo = answer.json().map_err(|error| self.unreachable(error.0))?;
        if info.sub != told.subject {
            return Err(self.refused("it tells of two people"));
        }
        Ok(Told {
            email: info.email,
            email_verified: info.email_verified.unwrap_or(false),
            name: told.name.or(info.name),
            username: told.username.or(info.preferred_username),
            ..told
        })
    }

    fn proven(&self, told: Told) -> Result<Proven, ProofError> {
        let proven = Proven {
            provider: self.slug.clone(),
            issuer: told.issuer,
            tenant: None,
            subject: told.subject,
            username: told.username,
            email: told.email,
            email_verified: told.email_verified,
            name: told.name,
            access: None,
        };
        match &self.kind {
            // What Google calls a username is the address, and only where Google verified it.
            Kind::Google { .. } => Ok(Proven {
                username: proven.email.clone().filter(|_| proven.email_verified),
                ..proven
            }),
            Kind::Microsoft { tenant, .. } => {
                let (Some(own), Some(object)) = (told.tenant, told.object) else {
                    return Err(self.refused("it names no tenant or no account in it"));
                };
                let wanted = match tenant.as_str() {
                    "organizations" => own != CONSUMERS,
                    "consumers" => own == CONSUMERS,
                    tenant if is_id(tenant) => own.eq_ignore_ascii_case(tenant),
                    _ => true,
                };
                if !wanted {
                    return Err(self.refused("the account is of a tenant that may not sign in here"));
                }
                Ok(Proven {
                    tenant: Some(own),
                    subject: object,
                    username: proven.username.clone().or(told.principal),
                    // A tenant's admin may write any address here.
                    email_verified: false,
                    ..proven
                })
            }
            _ => Ok(proven),
        }
    }

    /// The issuer, where it speaks OpenID Connect.
    pub(super) fn issuer(&self) -> Option<Url> {
        match &self.kind {
            Kind::Google { issuer } | Kind::Issuer { issuer } => Some(issuer.clone()),
            Kind::Microsoft { base, tenant } => Some(below(base, &[tenant, "v2.0"])),
            Kind::Github { .. } | Kind::Bitbucket { .. } => None,
        }
    }

    pub(super) async fn metadata(
        &self,
        outgoing: &Outgoing,
        issuer: &Url,
        now: Timestamp,
    ) -> Result<Metadata, ProofError> {
        let metadata = self
            .remembered
            .metadata(outgoing, issuer, now)
            .await
            .map_err(|error| self.unreachable(error.0))?;
        if self.is_its_own(&metadata.issuer, issuer) {
            Ok(metadata)
        } else {
            Err(self.refused(&format!("its document is of the issuer {}", metadata.issuer)))
        }
    }

    /// The issuer that was configured; for Entra, the same address with a tenant's id or the place for one.
    fn is_its_own(&self, told: &str, configured: &Url) -> bool {
        let configured = configured.as_str().trim_end_matches('/');
        if told.trim_end_matches('/') == configured {
            return true;
        }
        let Kind::Microsoft { base, tenant } = &self.kind else {
            return false;
        };
        let base = base.as_str().trim_end_matches('/');
        let named = told
            .strip_prefix(base)
            .and_then(|rest| rest.strip_prefix('/'))
            .and_then(|rest| rest.strip_suffix("/v2.0"));
        named.is_some_and(|named| !is_id(tenant) && (named == "{tenantid}" || is_id(named)))
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::federation::Client;

    fn of(kind: Kind) -> Provider {
        let client = Client {
            id: "roster".to_owned(),
            secret: "known to both".into(),
            redirect: Url::parse("https://roster.example/sign-in/plain/callback").unwrap(),
        };
        Provider::new("plain", "Plain", kind, client, Vec::new())
    }

    #[test]
    fn an_issuer_that_calls_itself_another_is_not_believed() {
        let issuer = Url::parse("https://login.example.com/realm").unwrap();
        let plain = of(Kind::Issuer { issuer: issuer.clone() });
        assert!(plain.is_its_own("https://login.example.com/realm", &issuer));
        assert!(plain.is_its_own("https://login.example.com/realm/", &issuer));
        for other in [
            "",
            "https://accounts.google.com",
            "https://login.example.com",
            "https://login.example.com/other",
            "https://login.example.com/realm/more",
            "http://login.example.com/realm",
        ] {
            assert!(!plain.is_its_own(other, &issuer), "{other}");
        }
    }

    #[test]
    fn entra_speaks_for_its_tenants_and_for_no_other_host() {
        let base = Url::parse("https://login.microsoftonline.com").unwrap();
        let common = of(Kind::Microsoft {
            base: base.clone(),
            tenant: "common".to_owned(),
        });
        let asked = common.issuer().unwrap();
        assert!(common.is_its_own("https://login.microsoftonline.com/{tenantid}/v2.0", &asked));
        assert!(!common.is_its_own("https://evil.example/{tenantid}/v2.0", &asked));
        let tenant = "11111111-1111-1111-1111-111111111111".to_owned();
        let one = of(Kind::Microsoft { base, tenant });
        let asked = one.issuer().unwrap();
        assert!(!one.is_its_own("https://login.microsoftonline.com/{tenantid}/v2.0", &asked));
    }
}
