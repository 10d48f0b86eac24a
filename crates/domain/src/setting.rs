//! Settings of the whole instance: superusers keep them in the database, and what the operator gives from outside wins.

/// Where the operator has given a setting, so that it is changed there and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixedBy {
    Flag,
    Environment,
    File,
}

impl FixedBy {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Environment => "environment",
            Self::File => "file",
        }
    }

    /// What to look for there, from the setting's name in `roster.toml`.
    pub fn place(self, name: &str) -> String {
        match self {
            Self::Flag => format!("the flag --{}", name.replace('_', "-")),
            Self::Environment => format!("the environment variable ROSTER_{}", name.to_uppercase()),
            Self::File => format!("{name} in roster.toml"),
        }
    }
}

/// A value and who gave it.
#[derive(Clone, Debug)]
pub struct Fixed<T> {
    pub by: FixedBy,
    pub value: T,
}

impl<T> Fixed<T> {
    pub fn new(by: FixedBy, value: T) -> Self {
        Self { by, value }
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Fixed<U> {
        Fixed {
            by: self.by,
            value: change(self.value),
        }
    }
}

/// What is kept, one row each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    Smtp,
    Tls,
    Listeners,
}

impl Name {
    pub const ALL: &[Self] = &[Self::Smtp, Self::Tls, Self::Listeners];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Tls => "tls",
            Self::Listeners => "listeners",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|name| name.name() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_not_change_it_here_is_told_where() {
        let told = [FixedBy::Flag, FixedBy::Environment, FixedBy::File].map(|by| by.place("tls_key"));
        assert_eq!(
            told,
            [
                "the flag --tls-key",
                "the environment variable ROSTER_TLS_KEY",
                "tls_key in roster.toml"
            ]
        );
    }
}
