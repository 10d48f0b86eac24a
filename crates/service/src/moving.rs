//! An organization taken out as a file, and taken in from one. The format is `domain::moving`'s; a line that is taken in is
//! the operation that somebody would do by hand, so that its rules are that operation's own. People alone come in batches.

mod desk;
mod export;
mod ground;
mod import;
mod people;
mod plan;
mod spool;
mod thing;

pub(crate) use desk::Desk;
pub use desk::{Seen, Stage};
pub use export::{Export, export};
pub(crate) use ground::ground;
pub use ground::sweep;
pub use import::{Import, Lines};
pub use spool::{Spool, Spooled};

use domain::Refusal;
use domain::moving::Fault;
use domain::permission::MemberManage;

use crate::{Error, OrganizationRef, Request, Roster};

/// A place for the file of somebody who may import at all, before a byte of it is taken.
///
/// # Errors
/// The caller may open no organization, and manages nobody in the one that they name; or too many files are being taken in.
pub async fn admit(roster: &Roster, request: &Request, into: Option<&str>) -> crate::Result<Spool> {
    request.settled()?;
    request.proved()?;
    let superuser = request.caller.superuser;
    if !roster.may_open(request).await? {
        let into = into.ok_or(Refusal::SuperuserOnly)?;
        roster
            .see::<MemberManage>(request, &OrganizationRef::parse(into))
            .await?;
    }
    roster.desk().tidy(request.now);
    let most = if superuser { spool::LARGEST } else { spool::LARGE };
    Spool::new(&roster.settings().spool, most)
}

/// What is said of a file that did not come to its end.
pub fn cut_off() -> Error {
    let detail = "The file was cut off on its way. Nothing was changed; send it again.";
    Refusal::NotImportable(Fault::new("cut_off", detail)).into()
}

/// What a row of the report says of an error; one that is not the row's own goes on.
fn told(error: Error) -> Result<Fault, Error> {
    match error {
        Error::Refused(refusal) => Ok(Fault::new(refusal.code(), refusal.to_string())),
        Error::Invalid(fields) => {
            let fields = fields
                .iter()
                .map(|field| format!("{} {}", field.pointer.trim_start_matches('/'), field.detail));
            let detail = fields.collect::<Vec<_>>().join("; ");
            Ok(Fault::new("invalid", format!("This cannot be taken: {detail}.")))
        }
        Error::Throttled { .. } => Ok(Fault::new("too_many_tries", error.to_string())),
        other => Err(other),
    }
}
