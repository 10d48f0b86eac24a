//! From the words of the domain to those of a page: badges, statuses, choices, and what was wrong with a row.

use domain::Refusal;
use domain::account::Account;
use domain::invitation::{Delivery, DeliveryState, Status};
use domain::member::{Member, MemberStatus};
use domain::role::Role;
use service::{Error, FieldError};

use crate::App;
use crate::console::label;
use crate::console::refusal::Page;
use crate::page::form::Choice;
use crate::page::part::{self, Colour, InvitationState, May, Standing};

pub fn role(role: &Role) -> part::Role {
    part::Role::new(&role.slug, &role.name, Colour::named(&role.colour))
}

pub fn standing(member: &Member) -> Standing {
    match member.status() {
        MemberStatus::Active => Standing::Active,
        MemberStatus::Disabled => Standing::Disabled,
        MemberStatus::Suspended => Standing::Suspended,
        MemberStatus::AwaitingConsent => Standing::AwaitingConsent,
    }
}

/// The e-mail address, else the username with an @ before it.
pub fn contact(account: &Account) -> String {
    account
        .email
        .clone()
        .unwrap_or_else(|| format!("@{}", account.username))
}

pub fn delivery(delivery: &Delivery) -> part::Delivery {
    match delivery.state {
        DeliveryState::None => part::Delivery::LinkOnly,
        DeliveryState::Queued => part::Delivery::Queued,
        DeliveryState::Sent => part::Delivery::Sent,
        DeliveryState::Failed => part::Delivery::Failed(delivery.detail.clone().unwrap_or_default()),
    }
}

pub fn state(status: Status) -> InvitationState {
    match status {
        Status::Pending => InvitationState::Pending,
        Status::Accepted => InvitationState::Accepted,
        Status::Expired => InvitationState::Expired,
        Status::Revoked => InvitationState::Revoked,
    }
}

/// Roles to choose from; where none is chosen yet the Member role is, or the first one.
pub fn role_choices(roles: &[Role], chosen: &str) -> Vec<Choice> {
    let known = |slug: &str| roles.iter().any(|role| role.slug == slug);
    let selected = match chosen {
        chosen if known(chosen) => chosen,
        _ if known(domain::role::MEMBER) => domain::role::MEMBER,
        _ => roles.first().map_or("", |role| role.slug.as_str()),
    };
    roles
        .iter()
        .map(|role| {
            Choice::new(&role.slug, &role.name)
                .hint(&role.description)
                .selected(role.slug == selected)
        })
        .collect()
}

/// Entries of a drop-down of which one is chosen.
pub fn choices(entries: &[(&str, &str)], chosen: &str) -> Vec<Choice> {
    entries
        .iter()
        .map(|(value, label)| Choice::new(*value, *label).selected(*value == chosen))
        .collect()
}

/// A button, or why it is not there. Who lacks the permission altogether is not told of every button.
pub fn may(possible: Result<(), Refusal>) -> May {
    match possible {
        Ok(()) => May::Yes,
        Err(Refusal::Forbidden { .. }) => May::Hidden,
        Err(refusal) => May::not(refusal.to_string()),
    }
}

/// "1 person", "2 people".
pub fn counted(number: usize, one: &str, many: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {many}")
    }
}

/// "Design", "Design and Research", "Design, Research and Sales".
pub fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

pub fn password_advice(app: &App) -> String {
    let length = app.roster.settings().password_length;
    format!("At least {length} characters. A few uncommon words in a row are easy to remember.")
}

/// An address with its query; what is empty is left away.
pub fn href(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    let mut mark = '?';
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(mark);
        address.push_str(name);
        address.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                address.push(char::from(byte));
            } else {
                address.push_str(&format!("%{byte:02X}"));
            }
        }
        mark = '&';
    }
    address
}

/// What the text of a field came to, without the blanks around it.
pub fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// What was wrong, in one line: for a row of many.
///
/// # Errors
/// It was not the row: the caller may not, or something failed.
pub fn problem(error: Error) -> Result<String, Page> {
    match error {
        Error::Invalid(fields) => Ok(fields.iter().map(sentence).collect::<Vec<_>>().join(" ")),
        Error::Refused(refusal) => Ok(refusal.to_string()),
        other => Err(other.into()),
    }
}

fn sentence(field: &FieldError) -> String {
    label::sentence(field.pointer.trim_start_matches('/'), &field.detail)
}
