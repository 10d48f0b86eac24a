//! Codes of an authenticator app (TOTP, RFC 6238): SHA-1, six digits, a step of 30 seconds, the one form that every app
//! takes. A code is good for its own step and its neighbours, because clocks differ, and only for a step later than the
//! last one used: whoever reads a code over a shoulder comes too late.

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use totp_rs::Builder;

/// Seconds.
pub const STEP: u64 = 30;
/// How many steps a clock may be off.
const SKEW: u64 = 1;

/// The secret that an authenticator app and Roster share.
pub struct Totp(totp_rs::Totp);

impl Totp {
    pub fn from_entropy(bytes: [u8; 20]) -> Self {
        Self::of(bytes.to_vec())
    }

    /// What [`Self::bytes`] gave; none if it is too short to be a secret.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= 16).then(|| Self::of(bytes.to_vec()))
    }

    fn of(secret: Vec<u8>) -> Self {
        // The builder's own values are those of this file's first line.
        Self(Builder::new().with_secret(secret).build_noncompliant())
    }

    /// To be stored sealed.
    pub fn bytes(&self) -> &[u8] {
        self.0.secret().as_bytes()
    }

    /// For typing into an app that cannot read a QR code: base32 in capitals.
    pub fn base32(&self) -> SecretString {
        SecretString::from(self.0.secret().to_base32())
    }

    /// What the QR code says. Apps show the issuer and the account beside the code.
    pub fn uri(&self, issuer: &str, account: &str) -> SecretString {
        // A colon would end the issuer, escaped or not.
        let (issuer, account) = (escape(&issuer.replace(':', " ")), escape(&account.replace(':', " ")));
        let secret = self.base32();
        let secret = secret.expose_secret();
        SecretString::from(format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP}"
        ))
    }

    /// The step that the code is of, if it is good at that time (seconds since the epoch) and later than the last one used.
    pub fn check(&self, code: &str, at: u64, last_used: Option<u64>) -> Option<u64> {
        let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
        let first = (at / STEP).saturating_sub(SKEW);
        let unused = |step: &u64| last_used.is_none_or(|last| *step > last);
        (first..=at / STEP + SKEW)
            .filter(unused)
            .find(|step| bool::from(self.code(step * STEP).as_bytes().ct_eq(code.as_bytes())))
    }

    /// What an app shows at that time (seconds since the epoch).
    pub fn code(&self, at: u64) -> String {
        self.0.generate(at).to_string()
    }
}

/// All but unreserved characters (RFC 3986 §2.3): apps disagree on whether `+` is a space.
fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_the_standard() -> Totp {
        Totp::from_entropy(*b"12345678901234567890")
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B: the last six of its eight digits.
        for (at, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(of_the_standard().code(at), code);
            assert_eq!(of_the_standard().check(code, at, None), Some(at / STEP));
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        let (totp, at) = (of_the_standard(), 1_000_000_000);
        let step = at / STEP;
        for (off, found) in [
            (-2, None),
            (-1, Some(step - 1)),
            (0, Some(step)),
            (1, Some(step + 1)),
            (2, None),
        ] {
            let code = totp.code(at.checked_add_signed(off * 30).unwrap());
            assert_eq!(totp.check(&code, at, None), found, "{off} steps off");
        }
    }

    #[test]
    fn a_code_that_was_used_is_used_up_and_so_are_those_before_it() {
        let (totp, at) = (of_the_standard(), 1_000_000_000);
        let step = at / STEP;
        assert_eq!(totp.check(&totp.code(at), at, Some(step)), None);
        assert_eq!(totp.check(&totp.code(at - STEP), at, Some(step)), None);
        assert_eq!(totp.check(&totp.code(at + STEP), at, Some(step)), Some(step + 1));
    }

    #[test]
    fn a_code_may_be_typed_with_a_space_in_the_middle_and_nothing_else() {
        assert_eq!(of_the_standard().check(" 287 082 ", 59, None), Some(1));
        for wrong in ["", "28708", "2870822", "+87082", "287083", "²87082"] {
            assert_eq!(of_the_standard().check(wrong, 59, None), None, "{wrong}");
        }
    }

    #[test]
    fn the_secret_is_told_in_capitals_and_kept_whole() {
        let totp = of_the_standard();
        assert_eq!(totp.base32().expose_secret(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let again = Totp::from_bytes(totp.bytes()).unwrap();
        assert_eq!(again.code(59), "287082");
        assert!(Totp::from_bytes(b"short").is_none());
    }

    #[test]
    fn the_uri_names_instance_and_person() {
        assert_eq!(
            of_the_standard()
                .uri("Acme: People", "mia+x@example.com")
                .expose_secret(),
            "otpauth://totp/Acme%20%20People:mia%2Bx%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Acme%20%20People&algorithm=SHA1&digits=6&period=30"
        );
    }
}
