//! Everything that is sealed by the instance's key, so that another key can take its place. Whatever else is ever sealed
//! belongs into this list: what is missing here is lost with the old key.

use domain::audit::Chain;
use domain::id::{AccountId, IdentityId, OrganizationId};
use domain::setting::Name;

use crate::db::{Result, Row, query};
use crate::{Mode, Tx, Writing};

/// A table that keeps sealed texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Totp,
    Identity,
    SingleSignOn,
    Ceremony,
    Setting,
    AuditForwarding,
}

impl Place {
    pub const ALL: &[Self] = &[
        Self::Totp,
        Self::Identity,
        Self::SingleSignOn,
        Self::Ceremony,
        Self::Setting,
        Self::AuditForwarding,
    ];
}

/// Whose it is.
#[derive(Clone, Debug)]
pub enum Owner {
    Totp(AccountId),
    Identity(IdentityId),
    SingleSignOn(OrganizationId),
    /// Its hash and its kind.
    Ceremony(Vec<u8>, String),
    Setting(Name),
    AuditForwarding(Chain),
}

#[derive(Clone, Debug)]
pub struct Sealed {
    pub owner: Owner,
    pub text: String,
}

pub async fn all(tx: &mut Tx<impl Mode>, place: Place) -> Result<Vec<Sealed>> {
    let sql = match place {
        Place::Totp => "SELECT account_id AS owner, secret AS sealed FROM totp",
        Place::Identity => "SELECT id AS owner, access AS sealed FROM identity WHERE access IS NOT NULL",
        Place::SingleSignOn => "SELECT organization_id AS owner, signing_key AS sealed FROM single_sign_on",
        Place::Ceremony => "SELECT state_hash AS owner, kind, payload AS sealed FROM ceremony",
        Place::AuditForwarding => {
            "SELECT organization_id AS owner, sealed_secret AS sealed FROM audit_forwarding WHERE sealed_secret IS NOT NULL"
        }
        Place::Setting => "SELECT name AS owner, sealed FROM setting WHERE sealed IS NOT NULL",
    };
    let rows = query(sql).fetch_all(tx).await?;
    rows.iter()
        .map(|row| {
            Ok(Sealed {
                owner: owner(place, row)?,
                text: row.get("sealed")?,
            })
        })
        .collect()
}

fn owner(place: Place, row: &Row) -> Result<Owner> {
    Ok(match place {
        Place::Totp => Owner::Totp(row.id("owner")?),
        Place::Identity => Owner::Identity(row.id("owner")?),
        Place::SingleSignOn => Owner::SingleSignOn(row.id("owner")?),
        Place::Ceremony => Owner::Ceremony(row.get("owner")?, row.get("kind")?),
        Place::AuditForwarding => Owner::AuditForwarding(Chain::from_key(row.id("owner")?)),
        Place::Setting => Owner::Setting(row.word("owner", Name::parse)?),
    })
}

/// Puts another seal in place of the one there is.
pub async fn replace(tx: &mut Tx<Writing>, owner: &Owner, text: &str) -> Result<()> {
    let statement = match owner {
        Owner::Totp(id) => query("UPDATE totp SET secret = $2 WHERE account_id = $1").bind(*id),
        Owner::Identity(id) => query("UPDATE identity SET access = $2 WHERE id = $1").bind(*id),
        Owner::SingleSignOn(id) => {
            query("UPDATE single_sign_on SET signing_key = $2 WHERE organization_id = $1").bind(*id)
        }
        Owner::Ceremony(hash, _) => {
            query("UPDATE ceremony SET payload = $2 WHERE state_hash = $1").bind(hash.as_slice())
        }
        Owner::AuditForwarding(of) => {
            query("UPDATE audit_forwarding SET sealed_secret = $2 WHERE organization_id = $1").bind(of.key())
        }
        Owner::Setting(name) => query("UPDATE setting SET sealed = $2 WHERE name = $1").bind(name.name()),
    };
    statement.bind(text).execute(tx).await?;
    Ok(())
}
