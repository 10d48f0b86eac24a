//! Mails that only tell somebody what happened.

use domain::Timestamp;
use domain::id::NoticeId;

use crate::db::{Result, json, query};
use crate::{Mode, Tx, Writing};

#[derive(Clone, Debug)]
pub struct Notice {
    /// The address, as it was then.
    pub to: String,
    pub subject: String,
    pub paragraphs: Vec<String>,
}

pub async fn insert(tx: &mut Tx<Writing>, id: NoticeId, notice: &Notice, now: Timestamp) -> Result<()> {
    query("INSERT INTO notice (id, recipient, subject, paragraphs, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(notice.to.as_str())
        .bind(notice.subject.as_str())
        .bind(json(&notice.paragraphs)?)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn find(tx: &mut Tx<impl Mode>, id: NoticeId) -> Result<Option<Notice>> {
    let row = query("SELECT recipient, subject, paragraphs FROM notice WHERE id = $1")
        .bind(id)
        .fetch_optional(tx)
        .await?;
    row.map(|row| {
        Ok(Notice {
            to: row.get("recipient")?,
            subject: row.get("subject")?,
            paragraphs: row.json("paragraphs")?,
        })
    })
    .transpose()
}

pub async fn forget(tx: &mut Tx<Writing>, id: NoticeId) -> Result<()> {
    query("DELETE FROM notice WHERE id = $1").bind(id).execute(tx).await?;
    Ok(())
}

/// Those that were never sent.
pub async fn forget_before(tx: &mut Tx<Writing>, time: Timestamp) -> Result<()> {
    query("DELETE FROM notice WHERE created_at <= $1")
        .bind(time)
        .execute(tx)
        .await?;
    Ok(())
}
