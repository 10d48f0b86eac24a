//! Numbers longer than the machine's, cut into digits: how random bytes become text.

/// Divides the big-endian number in place and returns the remainder. The divisor is at most 256.
pub(crate) fn divide(number: &mut [u8], divisor: usize) -> usize {
    number.iter_mut().fold(0, |remainder, byte| {
        let value = remainder * 256 + usize::from(*byte);
        // Below 256, because the remainder is below the divisor.
        *byte = (value / divisor) as u8;
        value % divisor
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_quotient_stays_and_the_remainder_is_returned() {
        let mut number = [1, 0, 0];
        assert_eq!(super::divide(&mut number, 62), 65_536 % 62);
        assert_eq!(number, [0, (65_536 / 62 / 256) as u8, (65_536 / 62 % 256) as u8]);
    }
}
