//! An answer that is saved as a file. It is written as it comes, so that its length costs no memory, and appears under its
//! name when it is whole.

use std::path::{Path, PathBuf};

use reqwest::Response;

use super::context::Context;
use super::failure::Failure;

/// Bytes between one word of progress and the next.
const GRAIN: u64 = 16 * 1024 * 1024;

/// `-` is the standard output.
pub async fn save(context: &mut Context<'_>, mut response: Response, name: &str) -> Result<(), Failure> {
    let mut target = Target::open(name)?;
    let (mut length, mut told) = (0_u64, 0);
    loop {
        let chunk = response.chunk().await.map_err(|error| context.api.lost(&error))?;
        let Some(chunk) = chunk else { break };
        length += chunk.len() as u64;
        match &mut target {
            Target::Output => context.pass_on(&chunk)?,
            Target::File { file, name, .. } => {
                std::io::Write::write_all(file, &chunk).map_err(|error| unwritable(name, &error))?;
                if length - told >= GRAIN {
                    told = length;
                    context.note(format!("{} MiB so far", length / 1024 / 1024));
                }
            }
        }
    }
    if let Target::File { file, partial, name } = target {
        file.sync_all().map_err(|error| unwritable(&name, &error))?;
        std::fs::rename(&partial, &name).map_err(|error| unwritable(&name, &error))?;
        context.note(format!("{length} bytes are saved to {}.", name.display()));
    }
    Ok(())
}

enum Target {
    Output,
    File {
        file: std::fs::File,
        partial: PathBuf,
        name: PathBuf,
    },
}

impl Target {
    fn open(name: &str) -> Result<Self, Failure> {
        if name == "-" {
            return Ok(Self::Output);
        }
        let partial = PathBuf::from(format!("{name}.partial"));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // It tells of people: nobody else on the machine is to read it.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&partial).map_err(|error| unwritable(&partial, &error))?;
        Ok(Self::File {
            file,
            partial,
            name: PathBuf::from(name),
        })
    }
}

fn unwritable(name: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{} cannot be written: {error}", name.display()))
}
