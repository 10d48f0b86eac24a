//! Signing in with an organization's identity provider: the request that goes out, the answer that another site's page
//! brings back, and the step that ends at the gate, in the browser in which it was begun.

use domain::Refusal;
use domain::actor::Origin;
use domain::id::{AccountId, OrganizationId};
use domain::organization::OrganizationStatus;
use domain::single_sign_on::{Binding, SingleSignOn};
use serde::{Deserialize, Serialize};
use signin::saml::certificate::Certificate;
use signin::saml::request::{self, Form};
use signin::saml::response::{self, Expected, Proven};
use signin::token::LinkToken;

use super::gate::SignedIn;
use super::stranger::{Admitted, Why};
use crate::ambient::{entropy, fingerprint};
use crate::{OrganizationRef, Request, Result, Roster};

const ASKED: &str = "saml request";
const ANSWERED: &str = "saml answer";

/// What somebody goes to the identity provider for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    SignIn,
    /// An admin tries the settings; nobody is signed in.
    Test,
    /// The link of an invitation, and as whom it is followed by somebody who is signed in.
    Accept {
        link: String,
        account: Option<AccountId>,
    },
}

#[derive(Serialize, Deserialize)]
struct Asked {
    organization: OrganizationId,
    request_id: String,
    purpose: Purpose,
    /// Where to go afterwards.
    next: String,
}

#[derive(Serialize, Deserialize)]
struct Answered {
    asked: Asked,
    /// Of the token that the browser keeps a copy of.
    browser: [u8; 32],
    who: Person,
}

/// What was proved, as far as it is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    pub issuer: String,
    pub name_id: String,
    pub email: Option<String>,
    pub name: Option<String>,
}

/// A journey to the identity provider that was begun.
pub struct Begun {
    pub way: Way,
    /// For the browser to keep: it is asked for it when it comes back.
    pub state: LinkToken,
}

pub enum Way {
    Link(String),
    Form(Form),
}

/// What came back with the identity provider's answer.
pub enum Taken {
    /// To go on with in the browser's own right.
    GoOn(LinkToken),
    Tested(Box<Tested>),
    Failed(Failed),
    /// Nobody began this, or it was ended already, or too long ago.
    Lost,
}

/// What an admin is shown of a try.
pub struct Tested {
    pub slug: String,
    pub organization: String,
    /// What is wrong with the answer; none: all is well.
    pub fault: Option<String>,
    pub proven: Option<Proven>,
    /// What would become of that person.
    pub would: String,
}

/// Told to somebody who could not be signed in.
pub struct Failed {
    pub organization: String,
    pub slug: String,
    pub contact: Option<String>,
    pub reason: String,
}

pub enum Finished {
    SignedIn {
        signed_in: Box<SignedIn>,
        slug: String,
        next: String,
        /// Whether they became a member just now.
        joined: bool,
    },
    Failed(Failed),
    Lost,
}

impl Roster {
    /// # Errors
    /// There is no such organization, or it has no single sign-on: to who is not known that is the same.
    pub async fn begin_saml(
        &self,
        organization: &OrganizationRef,
        purpose: Purpose,
        next: &str,
        anew: bool,
    ) -> Result<Begun> {
        let found = self.saml_settings(organization).await;
        let (organization, settings) = match found {
            Err(crate::Error::Refused(Refusal::NotFound { .. })) => return Err(Refusal::NoSingleSignOn.into()),
            found => found?,
        };
        let asked = Asked {
            organization: organization.id,
            request_id: request::id(entropy()),
            purpose,
            next: next.to_owned(),
        };
        let mut tx = self.store().sign_in().await?;
        let state = self.begin_ceremony(&mut tx, ASKED, &asked).await?;
        tx.commit().await?;
        let addresses = self.saml_addresses(organization.id);
        let request = request::Request {
            id: &asked.request_id,
            now: self.now(),
            entity_id: &addresses.entity_id,
            sign_on_url: &settings.sign_on_url,
            callback_url: &addresses.callback_url,
            relay_state: state.expose(),
            anew,
        };
        let key = if settings.sign_requests {
            Some(self.service_key(organization.id, &settings.key)?)
        } else {
            None
        };
        let broken = |fault: signin::saml::Fault| crate::Error::Unexpected(fault.to_string());
        let way = match settings.binding {
            Binding::Redirect => Way::Link(request.redirect(key.as_ref()).map_err(broken)?),
            Binding::Post => Way::Form(request.form(key.as_ref()).map_err(broken)?),
        };
        Ok(Begun { way, state })
    }

    /// The answer, as a form that the identity provider's page sent: whoever sends it is not known by any cookie, only by
    /// what was begun.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn take_saml_answer(&self, organization: OrganizationId, answer: String, state: &str) -> Result<Taken> {
        let mut tx = self.store().sign_in().await?;
        let asked: Option<Asked> = self.finish_ceremony(&mut tx, ASKED, state).await?;
        let Some(asked) = asked.filter(|asked| asked.organization == organization) else {
            tx.rollback().await?;
            return Ok(Taken::Lost);
        };
        tx.commit().await?;
        let found = self.saml_settings(&OrganizationRef::Id(organization)).await;
        let (place, settings) = match found {
            Err(crate::Error::Refused(_)) => return Ok(Taken::Lost),
            found => found?,
        };
        let failed = |reason: &str| Failed {
            organization: place.name.clone(),
            slug: place.slug.clone(),
            contact: settings.admin_contact.clone(),
            reason: reason.to_owned(),
        };
        let judged = self.judge_saml(&asked, &settings, answer).await?;
        if asked.purpose == Purpose::Test {
            let would = match &judged {
                Ok(proven) => self.would_admit(&place, &settings, &person(proven)).await?,
                Err(_) => "Nobody is signed in by this answer.".to_owned(),
            };
            let (proven, fault) = match judged {
                Ok(proven) => (Some(proven), None),
                Err(fault) => (None, Some(fault)),
            };
            return Ok(Taken::Tested(Box::new(Tested {
                slug: place.slug,
                organization: place.name,
                fault,
                proven,
                would,
            })));
        }
        let proven = match judged {
            Ok(proven) => proven,
            Err(fault) => {
                tracing::warn!(organization = %place.slug, fault, "an identity provider's answer was not taken");
                return Ok(Taken::Failed(failed(
                    "Its answer could not be taken. An admin finds out why with the button Test in the settings.",
                )));
            }
        };
        let answered = Answered {
            asked,
            browser: hash(state),
            who: person(&proven),
        };
        let mut tx = self.store().sign_in().await?;
        let token = self.begin_ceremony(&mut tx, ANSWERED, &answered).await?;
        tx.commit().await?;
        Ok(Taken::GoOn(token))
    }

    /// Ends the journey, in the browser that began it and in no other: nobody is signed in as somebody else by a link.
    ///
    /// # Errors
    /// The invitation that it was about cannot be accepted, or the database does not answer.
    pub async fn finish_saml(
        &self,
        token: &str,
        browser: &str,
        caller: Option<&Request>,
        origin: &Origin,
    ) -> Result<Finished> {
        let mut tx = self.store().sign_in().await?;
        let answered: Option<Answered> = self.finish_ceremony(&mut tx, ANSWERED, token).await?;
        let Some(answered) = answered.filter(|answered| answered.browser == hash(browser)) else {
            // Whoever brings it without having begun it uses nothing up.
            tx.rollback().await?;
            return Ok(Finished::Lost);
        };
        tx.commit().await?;
        let Answered { asked, who, .. } = answered;
        let reference = OrganizationRef::Id(asked.organization);
        let (place, settings) = self.saml_settings(&reference).await?;
        let admitted = match &asked.purpose {
            Purpose::Accept { link, account } => {
                let caller = caller.filter(|caller| *account == caller.caller.account().ok());
                self.accept_by_saml(link, &place, &who, caller, origin).await?
            }
            Purpose::SignIn | Purpose::Test => self.admit_by_saml(&place, &settings, &who, origin).await?,
        };
        Ok(match admitted {
            Ok(Admitted { signed_in, joined }) => Finished::SignedIn {
                signed_in: Box::new(signed_in),
                slug: place.slug,
                next: asked.next,
                joined,
            },
            Err(why) => Finished::Failed(Failed {
                reason: why.told(&place.name),
                organization: place.name,
                slug: place.slug,
                contact: settings.admin_contact,
            }),
        })
    }

    pub(super) async fn saml_settings(
        &self,
        organization: &OrganizationRef,
    ) -> Result<(domain::organization::Organization, SingleSignOn)> {
        let mut scope = self.store().see(organization).await?;
        let settings = store::single_sign_on::find(&mut scope).await?;
        let place = scope.organization().clone();
        match settings {
            Some(settings) if place.status == OrganizationStatus::Active => Ok((place, settings)),
            _ => Err(Refusal::NoSingleSignOn.into()),
        }
    }

    /// Verifies the answer and takes it, once.
    async fn judge_saml(
        &self,
        asked: &Asked,
        settings: &SingleSignOn,
        answer: String,
    ) -> Result<std::result::Result<Proven, String>> {
        let now = self.now();
        let addresses = self.saml_addresses(asked.organization);
        let (issuer, request_id) = (settings.entity_id.clone(), asked.request_id.clone());
        let certificates = settings.certificates.clone();
        // Reading and verifying a large document must not hold up other requests.
        let judged = tokio::task::spawn_blocking(move || {
            let certificates = Certificate::parse_all(&certificates)?;
            let expected = Expected {
                issuer: &issuer,
                certificates: &certificates,
                entity_id: &addresses.entity_id,
                callback_url: &addresses.callback_url,
                request_id: &request_id,
                now,
            };
            response::verify(&answer, &expected)
        });
        let judged = judged
            .await
            .map_err(|error| crate::Error::Unexpected(error.to_string()))?;
        let proven = match judged {
            Ok(proven) => proven,
            Err(fault) => return Ok(Err(fault.to_string())),
        };
        let parts = [
            asked.organization.to_string(),
            proven.issuer.clone(),
            proven.assertion_id.clone(),
        ];
        let digest = fingerprint(&[parts[0].as_bytes(), parts[1].as_bytes(), parts[2].as_bytes()]);
        let mut tx = self.store().sign_in().await?;
        let is_first = store::single_sign_on::take_assertion(&mut tx, digest, proven.good_until).await?;
        tx.commit().await?;
        Ok(if is_first {
            Ok(proven)
        } else {
            Err("It was taken already: each answer is good once.".to_owned())
        })
    }
}

fn person(proven: &Proven) -> Person {
    Person {
        issuer: proven.issuer.clone(),
        name_id: proven.name_id.clone(),
        email: proven.email.clone(),
        name: proven.name.clone(),
    }
}

fn hash(token: &str) -> [u8; 32] {
    fingerprint(&[token.as_bytes()])
}

pub(crate) type Judged = std::result::Result<Admitted, Why>;
