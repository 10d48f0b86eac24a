//! Who wants an account and has not shown yet that the mailbox is theirs. Nothing here opens anything.

use domain::Timestamp;
use domain::id::SignUpId;
use domain::text::{EmailAddress, PersonName};

use crate::db::{Query, Result, Row, assembled, query};
use crate::{Mode, Tx, Writing};

#[derive(Clone, Debug)]
pub struct SignUp {
    pub id: SignUpId,
    pub email: EmailAddress,
    pub name: PersonName,
    /// The password that was chosen already.
    pub password: Option<Chosen>,
    /// The organization that was named, as it was typed.
    pub organization: Option<String>,
    pub created_at: Timestamp,
}

/// A password as far as it is known later.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub hash: String,
    /// In characters.
    pub length: i64,
}

pub async fn insert(tx: &mut Tx<Writing>, new: &SignUp) -> Result<()> {
    query(
        "INSERT INTO sign_up (id, email, name, password_hash, password_length, organization, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id)
    .bind(new.email.as_str())
    .bind(new.name.as_str())
    .bind(new.password.as_ref().map(|chosen| chosen.hash.as_str()))
    .bind(new.password.as_ref().map(|chosen| chosen.length))
    .bind(new.organization.as_deref())
    .bind(new.created_at)
    .execute(tx)
    .await?;
    Ok(())
}

fn select(condition: &str) -> Query {
    assembled(format!(
        "SELECT id, email, name, password_hash, password_length, organization, created_at FROM sign_up WHERE {condition}"
    ))
}

fn from_row(row: &Row) -> Result<SignUp> {
    Ok(SignUp {
        id: row.id("id")?,
        email: row.word("email", |text| EmailAddress::parse(text).ok())?,
        name: row.word("name", |text| PersonName::parse(text).ok())?,
        password: match row.get::<Option<String>>("password_hash")? {
            Some(hash) => Some(Chosen {
                hash,
                length: row.get::<Option<i64>>("password_length")?.unwrap_or_default(),
            }),
            None => None,
        },
        organization: row.get("organization")?,
        created_at: row.get("created_at")?,
    })
}

pub async fn find(tx: &mut Tx<impl Mode>, id: SignUpId) -> Result<Option<SignUp>> {
    let row = select("id = $1").bind(id).fetch_optional(tx).await?;
    row.as_ref().map(from_row).transpose()
}

/// By the link that was mailed last.
pub async fn find_by_link(tx: &mut Tx<impl Mode>, token_hash: [u8; 32]) -> Result<Option<SignUp>> {
    let row = select("token_hash = $1").bind(token_hash).fetch_optional(tx).await?;
    row.as_ref().map(from_row).transpose()
}

pub async fn set_link(tx: &mut Tx<Writing>, id: SignUpId, token_hash: [u8; 32]) -> Result<()> {
    query("UPDATE sign_up SET token_hash = $2 WHERE id = $1")
        .bind(id)
        .bind(token_hash)
        .execute(tx)
        .await?;
    Ok(())
}

/// Whether it was there to be used up: of two at once one does.
pub async fn use_up(tx: &mut Tx<Writing>, id: SignUpId) -> Result<bool> {
    Ok(query("DELETE FROM sign_up WHERE id = $1").bind(id).execute(tx).await? == 1)
}

/// Forgets it unless a link was mailed, by which it goes on.
pub async fn forget_unmailed(tx: &mut Tx<Writing>, id: SignUpId) -> Result<()> {
    query("DELETE FROM sign_up WHERE id = $1 AND token_hash IS NULL")
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn forget_before(tx: &mut Tx<Writing>, time: Timestamp) -> Result<()> {
    query("DELETE FROM sign_up WHERE created_at <= $1")
        .bind(time)
        .execute(tx)
        .await?;
    Ok(())
}
