//! Letters and digits only: a double click selects the whole secret, and no mail program breaks or links it.

use crate::radix::divide;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// 62^43 is just above 2^256.
pub(super) const OF_256_BITS: usize = 43;
/// 62^6 is above 2^32.
pub(super) const OF_32_BITS: usize = 6;

pub(super) fn encode(bytes: &[u8; 32]) -> String {
    digits(bytes.to_vec(), OF_256_BITS)
}

pub(super) fn encode_u32(number: u32) -> String {
    digits(number.to_be_bytes().to_vec(), OF_32_BITS)
}

/// `None` for what is not written by `encode`: another length, another character, a number of more than 256 bits.
pub(super) fn decode(text: &str) -> Option<[u8; 32]> {
    if text.len() != OF_256_BITS {
        return None;
    }
    let mut number = [0_u8; 32];
    for digit in text.bytes() {
        let mut carry = DIGITS.iter().position(|known| *known == digit)?;
        for byte in number.iter_mut().rev() {
            let value = usize::from(*byte) * DIGITS.len() + carry;
            *byte = (value % 256) as u8;
            carry = value / 256;
        }
        if carry > 0 {
            return None;
        }
    }
    Some(number)
}

/// The big-endian number in so many digits, the most significant first.
fn digits(mut number: Vec<u8>, count: usize) -> String {
    let mut digits: Vec<char> = (0..count)
        .map(|_| char::from(DIGITS[divide(&mut number, DIGITS.len())]))
        .collect();
    digits.reverse();
    digits.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for bytes in [[0; 32], [0xff; 32], [1; 32], std::array::from_fn(|at| (at * 37) as u8)] {
            let text = encode(&bytes);
            assert_eq!(text.len(), OF_256_BITS);
            assert_eq!(decode(&text), Some(bytes));
        }
        assert_eq!(encode_u32(0), "000000");
        assert_eq!(encode_u32(61), "00000z");
        assert_eq!(encode_u32(u32::MAX), "4gfFC3");
    }

    #[test]
    fn what_holds_more_than_256_bits_is_refused() {
        assert_eq!(decode(&"z".repeat(OF_256_BITS)), None);
        assert_eq!(decode(&"-".repeat(OF_256_BITS)), None);
    }
}
