//! The parts of refusals that are put together: what is owned, which ways are allowed, how somebody agrees.

use crate::ownership::Owned;
use crate::session::Method;

pub(super) fn method_list(methods: &[Method]) -> String {
    let labels: Vec<_> = methods.iter().map(|method| method.label()).collect();
    labels.join(" or ")
}

/// `mailed`: whether the instance sends mail.
pub(super) const fn agree_how(mailed: bool) -> &'static str {
    if mailed {
        "Agree by the link in the mail that was sent to it."
    } else {
        "No mail was sent that could verify it, as no mail server is set up. Decline here and ask for an invitation \
         instead: its link needs no mail."
    }
}

pub(super) fn owned_count(owned: &[Owned]) -> String {
    match owned {
        [one] => match &one.organization {
            None => format!("the {} {}", one.kind, one.name),
            Some(place) => format!("the {} {} in {}", one.kind, one.name, place.name),
        },
        many => format!("{} things", many.len()),
    }
}
