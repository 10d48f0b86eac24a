//! A file that is to be imported, looked at before it is sent: one that was cut off is found at once, and not when the last of
//! it has arrived. The server looks again, by the same rule.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::Path;

use domain::moving::{Document, Fault, LONGEST_LINE, Seal};

use super::failure::Failure;

/// The file from its beginning. A pipe is not looked at: what was read of it could not be sent.
pub async fn whole(file: File, path: &Path) -> Result<File, Failure> {
    let shown = path.display().to_string();
    let unreadable = |error: &dyn std::fmt::Display| Failure::usage(format!("{shown} cannot be read: {error}"));
    if !file.metadata().map_err(|error| unreadable(&error))?.is_file() {
        return Ok(file);
    }
    let looked = tokio::task::spawn_blocking(move || look(&file).map(|fault| (file, fault))).await;
    let (file, fault) = looked
        .map_err(|error| unreadable(&error))?
        .map_err(|error| unreadable(&error))?;
    match fault {
        None => Ok(file),
        Some(fault) => Err(Failure::usage(format!("{shown} cannot be imported. {fault}"))),
    }
}

fn look(mut file: &File) -> std::io::Result<Option<Fault>> {
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let mut first = Vec::new();
    let most = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX);
    reader.by_ref().take(most).read_until(b'\n', &mut first)?;
    if let Some(fault) = stranger(&first) {
        return Ok(Some(fault));
    }
    let mut seal = Seal::default();
    seal.take(&first);
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            break;
        }
        seal.take(bytes);
        let length = bytes.len();
        reader.consume(length);
    }
    file.rewind()?;
    Ok(seal.whole().err())
}

/// Of which version it is, the server says: it may be a later one than this program.
fn stranger(first: &[u8]) -> Option<Fault> {
    let fault = Document::default().header(first).err()?;
    (fault.code == "not_an_export").then(|| {
        let detail = format!("{fault} Of another product's export, say whose it is with --from.");
        Fault::new(fault.code, detail)
    })
}
