//! Tokens: found by their hash, and only while their holder lets them be used.

use domain::id::TokenId;

use crate::db::{Result, query};
use crate::{Mode, Tx};

/// Whether the token has not been revoked meanwhile; asked inside a write, so that a request in flight brings none back.
pub async fn exists(tx: &mut Tx<impl Mode>, id: TokenId) -> Result<bool> {
    Ok(query("SELECT 1 AS one FROM token WHERE id = $1")
        .bind(id)
        .fetch_optional(tx)
        .await?
        .is_some())
}
