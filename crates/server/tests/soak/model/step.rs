//! What people may do next. Whom it is done by and to is a number, taken modulo those who are there, so that a list of steps
//! stays meaningful when some of them are left out.

use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Owner,
    Admin,
    Member,
    Guest,
}

#[derive(Clone, Copy, Debug)]
pub enum Step {
    Invite {
        by: u8,
        role: Role,
    },
    Resend {
        by: u8,
        whom: u8,
    },
    Revoke {
        by: u8,
        whom: u8,
    },
    Accept {
        whom: u8,
    },
    /// By a link that was used, revoked or replaced.
    AcceptByOldLink {
        whom: u8,
    },
    ChangeRole {
        by: u8,
        whom: u8,
        role: Role,
    },
    Disable {
        by: u8,
        whom: u8,
    },
    Enable {
        by: u8,
        whom: u8,
    },
    Remove {
        by: u8,
        whom: u8,
    },
    MakeOwner {
        by: u8,
        whom: u8,
    },
    GiveUpOwnership {
        by: u8,
    },
    SignIn {
        whom: u8,
    },
    SignOut {
        whom: u8,
    },
    /// So many slots more than are taken; none: no limit.
    Limit {
        free: Option<u8>,
    },
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Admin), Just(Role::Member), Just(Role::Guest)]
}

pub fn any_step() -> impl Strategy<Value = Step> {
    let two = || (0..12_u8, 0..12_u8);
    prop_oneof![
        5 => (0..4_u8, role()).prop_map(|(by, role)| Step::Invite { by, role }),
        1 => two().prop_map(|(by, whom)| Step::Resend { by, whom }),
        1 => two().prop_map(|(by, whom)| Step::Revoke { by, whom }),
        6 => (0..12_u8).prop_map(|whom| Step::Accept { whom }),
        1 => (0..12_u8).prop_map(|whom| Step::AcceptByOldLink { whom }),
        3 => (two(), role()).prop_map(|((by, whom), role)| Step::ChangeRole { by, whom, role }),
        3 => two().prop_map(|(by, whom)| Step::Disable { by, whom }),
        2 => two().prop_map(|(by, whom)| Step::Enable { by, whom }),
        2 => two().prop_map(|(by, whom)| Step::Remove { by, whom }),
        2 => two().prop_map(|(by, whom)| Step::MakeOwner { by, whom }),
        2 => (0..12_u8).prop_map(|by| Step::GiveUpOwnership { by }),
        2 => (0..12_u8).prop_map(|whom| Step::SignIn { whom }),
        1 => (0..12_u8).prop_map(|whom| Step::SignOut { whom }),
        2 => proptest::option::of(0..3_u8).prop_map(|free| Step::Limit { free }),
    ]
}

impl Role {
    pub fn slug(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Guest => "guest",
        }
    }

    pub fn manages_people(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }
}
