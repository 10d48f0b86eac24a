//! What the operator demands of every new password, whoever sets it: the same for the server, the first superuser and the
//! doctor.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Deserialize;
use service::{Breached, Settings};

use super::File;
use crate::Refused;

#[derive(Args, Clone, Debug)]
pub struct PasswordRules {
    /// File of stolen passwords that nobody may choose: SHA-1 in hexadecimal, ordered, as HASH:COUNT or HASH lines
    #[arg(long, env = "ROSTER_PASSWORD_BREACHED_LIST", value_name = "FILE")]
    password_breached_list: Option<PathBuf>,
}

/// The table `password` of the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    breached_list: Option<PathBuf>,
}

impl PasswordRules {
    /// The rest of the settings with these in it.
    pub fn settle(&self, file: &File, settings: Settings) -> Result<Settings, Refused> {
        Ok(Settings {
            password_length: file.password_length.unwrap_or(settings.password_length),
            breached: self.breached(file)?.map(Arc::new),
            ..settings
        })
    }

    /// The list of stolen passwords, if one was given, looked over.
    pub fn breached(&self, file: &File) -> Result<Option<Breached>, Refused> {
        let path = self.password_breached_list.as_ref();
        let Some(path) = path.or(file.password.breached_list.as_ref()) else {
            return Ok(None);
        };
        let list = Breached::open(path)
            .map_err(|unusable| format!("the list of breached passwords {} {unusable}.", path.display()))?;
        Ok(Some(list))
    }
}
