//! The checksum that ends a secret (CRC-32 as in zip and PNG): scanners of other companies know how to compute it.

pub(super) fn of(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 {
                (sum >> 1) ^ 0xedb8_8320
            } else {
                sum >> 1
            }
        })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_the_well_known_one() {
        assert_eq!(super::of(b"123456789"), 0xcbf4_3926);
    }
}
