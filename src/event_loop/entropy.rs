//! Entropy: the one door through which chance comes into a program, real or seeded.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Where random words come from.
pub enum Entropy {
    /// The system: the clock, and the standard library's random hash keys.
    System,
    /// A sequence that a seed determines.
    Seeded(u64),
}

impl Entropy {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        match self {
            Entropy::System => {
                let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                let mut hasher = RandomState::new().build_hasher();
                hasher.write_u64(clock.map_or(0, |d| d.as_nanos() as u64));
                hasher.finish()
            }
            // SplitMix64.
            Entropy::Seeded(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                z ^ (z >> 31)
            }
        }
    }

    /// So many words of 32 bits.
    pub fn words(&mut self, count: usize) -> Vec<u32> {
        (0..count).map(|_| (self.next() >> 32) as u32).collect()
    }
}
