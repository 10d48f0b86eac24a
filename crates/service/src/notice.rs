//! Telling people by mail what happened to their account, when they may not have done it themselves.

use domain::Timestamp;
use domain::account::Account;
use domain::actor::Origin;
use domain::device::device;
use domain::id::NoticeId;
use domain::time::DAY;
use store::job;
pub use store::notice::Notice;
use store::{Tx, Writing};

use crate::Result;
use crate::ambient::new_id;

/// For how long a device that signed in counts as one of theirs: microseconds.
const KNOWN: i64 = 90 * DAY;

/// Writes the mail down, to be sent after the commit. Where no mail can be sent it is forgotten.
pub(crate) async fn tell(tx: &mut Tx<Writing>, notice: &Notice, now: Timestamp) -> Result<()> {
    let id: NoticeId = new_id(now);
    store::notice::insert(tx, id, notice, now).await?;
    Ok(job::enqueue(tx, new_id(now), None, job::Kind::NoticeMail, id, now).await?)
}

/// Tells that the account's second factors are others now.
pub(crate) async fn tell_of_factor(
    tx: &mut Tx<Writing>,
    account: &Account,
    what: &str,
    origin: &Origin,
    now: Timestamp,
) -> Result<()> {
    let Some(to) = account.email.clone().filter(|_| account.email_verified) else {
        return Ok(());
    };
    let notice = Notice {
        to,
        subject: "Your second factors were changed".to_owned(),
        paragraphs: vec![
            format!(
                "On your account {} {what}: on {}, from the address {}.",
                account.username,
                crate::mail::readable(now),
                origin.address
            ),
            "If that is as it should be, there is nothing to do.".to_owned(),
            "If it is not, end your sessions in your profile, change your password and look at your second factors."
                .to_owned(),
        ],
    };
    tell(tx, &notice, now).await
}

/// Tells of a sign-in from a device that the account was not signed in to from before; asked before the sign-in is
/// recorded. The first one of all is no news.
pub(crate) async fn tell_of_new_device(
    tx: &mut Tx<Writing>,
    account: &Account,
    origin: &Origin,
    now: Timestamp,
) -> Result<()> {
    let Some(to) = account.email.clone().filter(|_| account.email_verified) else {
        return Ok(());
    };
    let known = store::sign_in::user_agents(tx, account.id, now.plus(-KNOWN)).await?;
    let name = device(&origin.user_agent);
    if known.is_empty() || known.iter().any(|known| device(known) == name) {
        return Ok(());
    }
    let notice = Notice {
        to,
        subject: "A sign-in from a new device".to_owned(),
        paragraphs: vec![
            format!(
                "Somebody signed in to your account {} from a device that it was not used on before: {name}, from the \
                 address {}, on {}.",
                account.username,
                origin.address,
                crate::mail::readable(now)
            ),
            "If that was you, there is nothing to do.".to_owned(),
            "If it was not, end that session in your profile and change your password.".to_owned(),
        ],
    };
    tell(tx, &notice, now).await
}
