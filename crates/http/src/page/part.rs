//! Small things that several pages show: a person, a role, a moment, how an invitation travels.

use domain::words::Words;
use std::fmt;

/// Colours a role may have. The set is closed, so that no colour ever reaches a style sheet as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    #[default]
    Grey,
    Red,
    Orange,
    Amber,
    Green,
    Teal,
    Blue,
    Indigo,
    Violet,
    Pink,
}

impl Colour {
    pub const ALL: [Self; 10] = [
        Self::Grey,
        Self::Red,
        Self::Orange,
        Self::Amber,
        Self::Green,
        Self::Teal,
        Self::Blue,
        Self::Indigo,
        Self::Violet,
        Self::Pink,
    ];

    /// The colour of that name; grey where there is none.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|colour| colour.name() == name)
            .unwrap_or_default()
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Red => "red",
            Self::Orange => "orange",
            Self::Amber => "amber",
            Self::Green => "green",
            Self::Teal => "teal",
            Self::Blue => "blue",
            Self::Indigo => "indigo",
            Self::Violet => "violet",
            Self::Pink => "pink",
        }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Initials on a colour that stays the same for the same name.
#[derive(Clone, Debug)]
pub struct Avatar {
    pub initials: String,
    pub tone: u32,
}

impl Avatar {
    #[must_use]
    pub fn of(name: &str) -> Self {
        let mut words = name
            .split(|c: char| c.is_whitespace() || c == '@')
            .filter(|word| word.starts_with(char::is_alphanumeric));
        let first = words.next().and_then(|word| word.chars().next());
        let last = words.next_back().and_then(|word| word.chars().next());
        let initials: String = match first {
            Some(_) => first.into_iter().chain(last).flat_map(char::to_uppercase).collect(),
            None => "?".to_owned(),
        };
        let sum = name
            .bytes()
            .fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        Self {
            initials,
            tone: (sum >> 3) % 8 + 1,
        }
    }
}

/// A moment: for programs, and as the reader's zone and habits want it.
#[derive(Clone, Debug, Default)]
pub struct Time {
    /// RFC 3339; empty where it never happened.
    pub machine: String,
    pub text: String,
}

impl Time {
    #[must_use]
    pub fn new(machine: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            machine: machine.into(),
            text: text.into(),
        }
    }

    /// Something that has not happened, such as "Never".
    #[must_use]
    pub fn never(text: impl Into<String>) -> Self {
        Self {
            machine: String::new(),
            text: text.into(),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Role {
    pub slug: String,
    pub label: String,
    pub colour: Colour,
}

impl Role {
    #[must_use]
    pub fn new(slug: impl Into<String>, label: impl Into<String>, colour: Colour) -> Self {
        Self {
            slug: slug.into(),
            label: label.into(),
            colour,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Availability {
    #[default]
    Available,
    OnCall,
    Unavailable,
}

impl Availability {
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Available => "Available",
            Self::OnCall => "On-call",
            Self::Unavailable => "Unavailable",
        }
    }

    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Available => "dot--green",
            Self::OnCall => "dot--blue",
            Self::Unavailable => "dot--hollow",
        }
    }
}

/// How a person stands in the organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    #[default]
    Active,
    Invited,
    Disabled,
    Suspended,
    AwaitingConsent,
}

impl Standing {
    #[must_use]
    pub fn label<'words>(&self, words: &'words Words) -> &'words str {
        match self {
            Self::Active => &words.status_active,
            Self::Invited => &words.status_invited,
            Self::Disabled => &words.status_disabled,
            Self::Suspended => &words.status_suspended,
            Self::AwaitingConsent => &words.status_awaiting_consent,
        }
    }

    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Active => "status--active",
            Self::Invited => "status--invited",
            Self::Disabled => "status--disabled",
            Self::Suspended => "status--suspended",
            Self::AwaitingConsent => "status--waiting",
        }
    }
}

/// Where an invitation is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    Pending,
    Accepted,
    Expired,
    Revoked,
}

impl InvitationState {
    #[must_use]
    pub fn label<'words>(&self, words: &'words Words) -> &'words str {
        match self {
            Self::Pending => &words.invitation_pending,
            Self::Accepted => &words.invitation_accepted,
            Self::Expired => &words.invitation_expired,
            Self::Revoked => &words.invitation_revoked,
        }
    }

    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Pending => "status--invited",
            Self::Accepted => "status--good",
            Self::Expired => "status--waiting",
            Self::Revoked => "status--disabled",
        }
    }
}

/// What became of an invitation's mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// No mail was meant to go, or no mail server is set.
    LinkOnly,
    Queued,
    Sent,
    /// With what the mail server answered.
    Failed(String),
}

impl Delivery {
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::LinkOnly => "By link only",
            Self::Queued => "Mail queued",
            Self::Sent => "Mail sent",
            Self::Failed(_) => "Mail failed",
        }
    }

    #[must_use]
    pub fn refusal(&self) -> &str {
        match self {
            Self::Failed(answer) => answer,
            _ => "",
        }
    }
}

/// Whether a button is there; where it is not, the page says why instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum May {
    Yes,
    Not(String),
    /// Not even worth a word to this viewer.
    #[default]
    Hidden,
}

impl May {
    #[must_use]
    pub fn not(reason: impl Into<String>) -> Self {
        Self::Not(reason.into())
    }

    #[must_use]
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes)
    }

    #[must_use]
    pub fn is_hidden(&self) -> bool {
        matches!(self, Self::Hidden)
    }

    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Not(reason) => reason,
            _ => "",
        }
    }
}

/// The way through a long list. The way back is the browser's.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    /// Address of the first page; empty on the first page itself.
    pub first: String,
    /// Address of the next page; empty on the last one.
    pub next: String,
}

impl Pager {
    /// Of a page that is `further` on in the list than the first; `href` makes the address of a cursor, of the first page by an
    /// empty one.
    pub fn new(further: bool, next: Option<String>, href: impl Fn(&str) -> String) -> Self {
        Self {
            first: if further { href("") } else { String::new() },
            next: next.map(|next| href(&next)).unwrap_or_default(),
        }
    }

    #[must_use]
    pub fn is_needed(&self) -> bool {
        !self.first.is_empty() || !self.next.is_empty()
    }
}

/// A device that is signed in.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: String,
    /// Such as "Firefox on Linux".
    pub device: String,
    pub address: String,
    pub last_seen: Time,
    pub started: Time,
    /// The session that asks for this very page.
    pub current: bool,
}
