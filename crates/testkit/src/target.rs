//! Where tests leave things: Cargo's target directory, which is ignored by git and swept by `cargo clean`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder `name` in the target directory, made if it is not there.
pub fn folder(name: &str) -> PathBuf {
    let folder = directory().join(name);
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("cannot make {}: {error}", folder.display()));
    folder
}

/// Cargo's target directory, found from the test binary itself: it may be configured to be anywhere.
pub fn directory() -> PathBuf {
    if let Some(directory) = env::var_os("CARGO_TARGET_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
    {
        return directory;
    }
    let binary = env::current_exe().unwrap_or_default();
    binary
        .ancestors()
        .find(|path| path.join("CACHEDIR.TAG").is_file())
        .map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
            Path::to_path_buf,
        )
}
