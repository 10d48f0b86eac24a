//! Where the command line keeps the session that `sign-in` opened: one file of the user's own,
//! unreadable to others, with a token for each server.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::failure::Failure;

pub struct TokenFile {
    path: PathBuf,
}

impl TokenFile {
    pub fn of_user() -> Result<Self, Failure> {
        let variable = |name| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let folder = variable("XDG_CONFIG_HOME")
            .filter(|folder| folder.is_absolute())
            .or_else(|| variable("HOME").map(|home| home.join(".config")));
        match folder {
            Some(folder) => Ok(Self::at(folder.join("roster").join("token"))),
            None => Err(Failure::usage(
                "There is no place for the token: set HOME or XDG_CONFIG_HOME, or hand a token over in ROSTER_TOKEN",
            )),
        }
    }

    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    pub fn get(&self, server: &str) -> Result<Option<SecretString>, Failure> {
        Ok(self.read()?.remove(&key(server)).map(SecretString::from))
    }

    pub fn put(&self, server: &str, token: &SecretString) -> Result<(), Failure> {
        let mut tokens = self.read()?;
        tokens.insert(key(server), token.expose_secret().to_owned());
        self.write(&tokens)
    }

    pub fn forget(&self, server: &str) -> Result<(), Failure> {
        let mut tokens = self.read()?;
        if tokens.remove(&key(server)).is_none() {
            return Ok(());
        }
        self.write(&tokens)
    }

    fn read(&self) -> Result<BTreeMap<String, String>, Failure> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(self.failed("read", &error)),
        };
        serde_json::from_str(&text).map_err(|error| {
            Failure::usage(format!(
                "{} is damaged ({error}); delete it and sign in again",
                self.path.display()
            ))
        })
    }

    fn write(&self, tokens: &BTreeMap<String, String>) -> Result<(), Failure> {
        let failed = |error: &std::io::Error| self.failed("written", error);
        if let Some(folder) = self.path.parent() {
            private_folder(folder).map_err(|error| failed(&error))?;
        }
        // Written beside and renamed: an interrupted write must not lose the tokens of other servers.
        let beside = self.path.with_extension("new");
        let text = serde_json::to_string_pretty(tokens).unwrap_or_default();
        let _ = fs::remove_file(&beside);
        private_file(&beside)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&beside, &self.path))
            .map_err(|error| failed(&error))
    }

    fn failed(&self, what: &str, error: &std::io::Error) -> Failure {
        Failure::usage(format!(
            "{} cannot be {what}: {error}; hand a token over in ROSTER_TOKEN instead",
            self.path.display()
        ))
    }
}

/// Two spellings of one server share a token.
fn key(server: &str) -> String {
    server.trim_end_matches('/').to_ascii_lowercase()
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private_file(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> (tempfile::TempDir, TokenFile) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("roster").join("token");
        (folder, TokenFile::at(path))
    }

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    #[test]
    fn each_server_has_its_own_token() {
        let (_folder, file) = file();
        file.put("http://one", &secret("a")).expect("kept");
        file.put("http://two/", &secret("b")).expect("kept");
        file.forget("http://one").expect("forgotten");
        assert!(file.get("http://one").expect("read").is_none());
        let two = file.get("http://two").expect("read").expect("kept");
        assert_eq!(two.expose_secret(), "b");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, file) = file();
        file.put("http://one", &secret("a")).expect("kept");
        let mode = fs::metadata(&file.path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_named_with_the_way_out() {
        let (_folder, file) = file();
        file.put("http://one", &secret("a")).expect("kept");
        fs::write(&file.path, "{").expect("damaged");
        let words = file.get("http://one").map(|_| ()).expect_err("damaged").words();
        assert!(words.contains("delete it and sign in again"), "{words}");
    }
}
