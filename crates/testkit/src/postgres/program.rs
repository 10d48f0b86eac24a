//! Where PostgreSQL's own programs are, and as whom they run: Debian keeps them off the PATH, and none starts as root.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The folder of `initdb` and `postgres`; symbolic links are followed, for the other programs stand beside the real ones.
pub fn folder() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).chain(debian()).find_map(|folder| {
        let program = folder.join("initdb").canonicalize().ok()?;
        let folder = program.parent()?;
        folder.join("postgres").is_file().then(|| folder.to_path_buf())
    })
}

/// `/usr/lib/postgresql/17/bin` and its like, the newest first.
fn debian() -> Vec<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut numbers: Vec<u32> = versions
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    numbers.sort_unstable_by(|one, other| other.cmp(one));
    numbers
        .iter()
        .map(|number| Path::new("/usr/lib/postgresql").join(number.to_string()).join("bin"))
        .collect()
}

/// The user and group to become when this process is root: PostgreSQL refuses to run as root.
pub fn unprivileged() -> Result<Option<(u32, u32)>, String> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !is_root {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(|error| format!("/etc/passwd cannot be read: {error}"))?;
    let named = |name: &str| {
        let mut fields = users
            .lines()
            .map(|line| line.split(':'))
            .find(|fields| fields.clone().next() == Some(name))?;
        Some((fields.nth(2)?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let user = named("postgres").or_else(|| named("nobody"));
    user.map(Some)
        .ok_or_else(|| "this is root, and there is no user `postgres` or `nobody` to run it as".to_owned())
}
