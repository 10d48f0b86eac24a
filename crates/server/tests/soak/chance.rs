//! Chance that can be repeated: everything random is drawn from one printed number.

use std::sync::atomic::{AtomicU64, Ordering};

/// SplitMix64: small, and good enough to choose what is done next.
pub struct Chance(AtomicU64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Another sequence that depends on this one's seed alone.
    pub fn split(&self) -> Self {
        Self::new(self.next())
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let state = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    pub fn percent(&self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn of<'a, T>(&self, some: &'a [T]) -> Option<&'a T> {
        (!some.is_empty()).then(|| &some[self.below(some.len())])
    }
}
