//! A list of stolen passwords, written as the published one is.

use std::io::Write;

use tempfile::NamedTempFile;

/// Good in every other way, and on the list.
pub const STOLEN: &str = "vivid otter juggles plums";

/// As `sha1sum` tells them, the fourth of them of [`STOLEN`].
const LINES: &str = "\
    5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:1\r\n\
    ABF7AAD6438836DBE526AA231ABDE2D0EEF74D42:8\r\n\
    ACBE3813D5C0FE3365084EC565EDA9811E062403:15\r\n\
    AD41B0EF9EC78C316A1BF41F488AE2462AA35336:22\r\n\
    EE8D8728F435FD550F83852AABAB5234CE1DA528:29\r\n";

/// The list, gone with this value.
///
/// # Panics
/// There is no room for it.
pub fn list() -> NamedTempFile {
    let written = NamedTempFile::new().and_then(|mut file| {
        file.write_all(LINES.as_bytes())?;
        Ok(file)
    });
    written.unwrap_or_else(|error| panic!("no list of stolen passwords: {error}"))
}
