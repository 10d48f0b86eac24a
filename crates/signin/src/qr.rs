//! A QR code, drawn here: what it says must reach no other server, and no script is needed to see it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder};

/// An SVG picture as a `data:` URI, black on white in every theme, because cameras want it so. None if the text is too long.
pub fn picture(text: &str) -> Option<String> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let svg = SvgBuilder::default().to_str(&code);
    Some(format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_becomes_a_picture_without_style_or_script() {
        let picture = picture("otpauth://totp/Roster:mia?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
        let svg = picture.strip_prefix("data:image/svg+xml;base64,").unwrap();
        let svg = String::from_utf8(STANDARD.decode(svg).unwrap()).unwrap();
        assert!(svg.starts_with("<svg viewBox=\"0 0 "), "{svg}");
        assert!(
            svg.contains("<path d=\"M") && !svg.contains("style") && !svg.contains("script"),
            "{svg}"
        );
    }

    #[test]
    fn different_texts_make_different_pictures_and_a_book_makes_none() {
        assert_ne!(picture("one"), picture("two"));
        assert_eq!(picture(&"x".repeat(10_000)), None);
    }
}
