//! Names typed into forms: completed while typing, and what they mean.

use domain::permission::Needs;
use service::Authorized;
use service::authorization::{Mode, Reading};
pub use service::naming::Kind;
use service::naming::{self, Meant, Named};

use crate::console::part::filled;
use crate::console::refusal::Page;
use crate::page::form::Choice;

/// How many of each kind are offered while typing: an organization may have any number, a page may not.
const OF_EACH: i64 = 100;

/// What may be completed while typing, of what the viewer may see.
pub async fn suggestions<P: Needs>(seen: &mut Authorized<P, Reading>, kinds: &[Kind]) -> Result<Vec<Choice>, Page> {
    let found = naming::suggestions(seen, kinds, OF_EACH).await?;
    let choice = |named: Named| {
        let label = match named.who.kind() {
            "member" => named.name,
            "group" => format!("{} (group)", named.name),
            _ => "Service account".to_owned(),
        };
        Choice::new(named.typed, label)
    };
    Ok(found.into_iter().map(choice).collect())
}

/// Whom a text means, or what to tell whoever typed it.
pub async fn meant<P: Needs, M: Mode>(
    seen: &mut Authorized<P, M>,
    kinds: &[Kind],
    typed: &str,
) -> Result<Result<Named, String>, Page> {
    let Some(typed) = filled(typed) else {
        return Ok(Err("Say who it is.".to_owned()));
    };
    Ok(match naming::meant(seen, kinds, &typed).await? {
        Meant::One(named) => Ok(named),
        Meant::Several => Err(format!("{typed} are several: give a username or a short name.")),
        Meant::Nobody if kinds.contains(&Kind::Group) => Err(format!(
            "{typed} is no member, group or service account of this organization."
        )),
        Meant::Nobody => Err(format!("{typed} is nobody of this organization.")),
    })
}
