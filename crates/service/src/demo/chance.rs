//! Variety that comes out the same each time: the demonstration of today looks like that of yesterday.

use domain::Timestamp;

/// A number below `below` that looks picked at random but follows from `seed` and `of`.
pub fn number(seed: usize, of: &str, below: i64) -> i64 {
    // The mixing steps of SplitMix64 (Steele, Lea and Flood, 2014).
    let name = of
        .bytes()
        .fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut mixed = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(name);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    i64::try_from(mixed >> 1).unwrap_or(0) % below.max(1)
}

/// One of several.
pub fn pick<'a, T>(seed: usize, of: &str, choices: &'a [T]) -> Option<&'a T> {
    let count = i64::try_from(choices.len()).unwrap_or(1);
    choices.get(usize::try_from(number(seed, of, count)).unwrap_or(0))
}

/// A time between two others.
pub fn time(seed: usize, of: &str, from: Timestamp, to: Timestamp) -> Timestamp {
    from.plus(number(seed, of, to.since(from)))
}
