//! PEM (RFC 7468): what certificates and keys are handed about as.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// PEM: base64 in lines of 64 letters.
pub fn armour(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut lines = vec![format!("-----BEGIN {label}-----")];
    let mut rest = body.as_str();
    while let Some((line, after)) = rest.split_at_checked(64) {
        lines.push(line.to_owned());
        rest = after;
    }
    if !rest.is_empty() {
        lines.push(rest.to_owned());
    }
    lines.push(format!("-----END {label}-----\n"));
    lines.join("\n")
}
