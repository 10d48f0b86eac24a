//! Which organization somebody means who comes to sign in by its identity provider.

use domain::id::OrganizationId;
use domain::text::{EmailAddress, OrganizationSlug};

use crate::{Result, Roster};

/// What was typed means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The short name of an organization, which may be nobody's.
    One(String),
    /// These have proved the address's domain to be theirs; none, or several.
    OfDomain { domain: String, all: Vec<String> },
    /// Nothing.
    Unreadable,
}

impl Roster {
    /// By an e-mail address at a domain that the organization has proved to be its own, by its id, by the whole address of
    /// one of its pages, or by its short name. Whether there is such an account is not looked at.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn single_sign_on_place(&self, typed: &str) -> Result<Place> {
        let typed = typed.trim().to_lowercase();
        if typed.contains('@') && !typed.contains('/') {
            return self.place_of_address(&typed).await;
        }
        let rest = typed.rsplit_once("/o/").map_or(typed.as_str(), |(_, rest)| rest);
        let named = rest.split('/').next().unwrap_or_default();
        if let Ok(id) = named.parse::<OrganizationId>() {
            let mut tx = self.store().look_up().await?;
            let slug = store::single_sign_on::slug(&mut tx, id).await?;
            return Ok(Place::One(slug.unwrap_or_else(|| named.to_owned())));
        }
        Ok(match OrganizationSlug::parse(named) {
            Ok(slug) => Place::One(slug.to_string()),
            Err(_) => Place::Unreadable,
        })
    }

    async fn place_of_address(&self, typed: &str) -> Result<Place> {
        let Ok(address) = EmailAddress::parse(typed) else {
            return Ok(Place::Unreadable);
        };
        let domain = address.domain().to_owned();
        let mut tx = self.store().look_up().await?;
        let mut all = store::single_sign_on::of_domain(&mut tx, &domain).await?;
        match (all.pop(), all.is_empty()) {
            (Some(one), true) => Ok(Place::One(one)),
            (last, _) => {
                all.extend(last);
                Ok(Place::OfDomain { domain, all })
            }
        }
    }
}
