//! The Mersenne Twister as CPython's `random` uses it: the same seeds give the same numbers.

use super::fault::{Fault, check_size};
use super::hash::hash_f64;
use super::int_math::Int;
use super::sha512::sha512;
use num_bigint::{BigInt, BigUint};
use num_traits::{ToPrimitive, Zero};

const SIZE: usize = 624;
const SHIFT: usize = 397;

/// MT19937.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MersenneTwister {
    state: [u32; SIZE],
    /// The next word of `state` to hand out; `SIZE` means that a new round is due.
    index: usize,
}

impl MersenneTwister {
    /// Seeds with an int: `random.seed(value)`. The sign does not matter.
    pub fn from_int(value: &Int) -> MersenneTwister {
        MersenneTwister::from_key(&value.to_big().magnitude().to_u32_digits())
    }

    /// Seeds with a string, bytes or bytearray (version 2): `random.seed(text)`.
    pub fn from_bytes(bytes: &[u8]) -> MersenneTwister {
        let mut all = bytes.to_vec();
        all.extend(sha512(bytes));
        MersenneTwister::from_key(&BigUint::from_bytes_be(&all).to_u32_digits())
    }

    /// Seeds with a float, by its hash; NaN, which hashes by identity in Python, counts as zero.
    pub fn from_float(x: f64) -> MersenneTwister {
        MersenneTwister::from_key(&BigUint::from(hash_f64(x).unwrap_or(0) as u64).to_u32_digits())
    }

    /// Seeds with 32-bit words, least significant first (`init_by_array`); no words count as one zero.
    pub fn from_key(key: &[u32]) -> MersenneTwister {
        let key = if key.is_empty() { &[0] } else { key };
        let mut twister = MersenneTwister::from_word(19650218);
        let state = &mut twister.state;
        let (mut i, mut j) = (1, 0);
        for _ in 0..SIZE.max(key.len()) {
            let mixed = (state[i - 1] ^ (state[i - 1] >> 30)).wrapping_mul(1664525);
            state[i] = (state[i] ^ mixed).wrapping_add(key[j]).wrapping_add(j as u32);
            i = next_index(state, i);
            j = (j + 1) % key.len();
        }
        for _ in 1..SIZE {
            let mixed = (state[i - 1] ^ (state[i - 1] >> 30)).wrapping_mul(1566083941);
            state[i] = (state[i] ^ mixed).wrapping_sub(i as u32);
            i = next_index(state, i);
        }
        state[0] = 0x8000_0000;
        twister
    }

    fn from_word(seed: u32) -> MersenneTwister {
        let mut state = [seed; SIZE];
        for i in 1..SIZE {
            let before = state[i - 1];
            state[i] = (before ^ (before >> 30)).wrapping_mul(1812433253).wrapping_add(i as u32);
        }
        MersenneTwister { state, index: SIZE }
    }

    /// The inner state, as the tuple in `random.getstate()[1]`: 624 words and the index.
    pub fn state(&self) -> (&[u32], usize) {
        (&self.state, self.index)
    }

    /// Restores what [`state`](Self::state) gave; `None` if the sizes are wrong.
    pub fn from_state(words: &[u32], index: usize) -> Option<MersenneTwister> {
        let state = words.try_into().ok()?;
        (index <= SIZE).then_some(MersenneTwister { state, index })
    }

    fn twist(&mut self) {
        for i in 0..SIZE {
            let mixed = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % SIZE] & 0x7fff_ffff);
            let odd = if mixed & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + SHIFT) % SIZE] ^ (mixed >> 1) ^ odd;
        }
        self.index = 0;
    }

    /// 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= SIZE {
            self.twist();
        }
        let mut word = self.state[self.index];
        self.index += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// `random()`: 53 random bits, from 0 to below 1.
    pub fn random(&mut self) -> f64 {
        let high = f64::from(self.next_u32() >> 5);
        let low = f64::from(self.next_u32() >> 6);
        (high * 67108864.0 + low) * (1.0 / 9007199254740992.0)
    }

    /// `getrandbits(count)`.
    ///
    /// # Errors
    /// `ValueError: number of bits must be non-negative`; `MemoryError` for an absurd number.
    pub fn getrandbits(&mut self, count: i64) -> Result<Int, Fault> {
        let Ok(count) = usize::try_from(count) else {
            return Err(Fault::value("number of bits must be non-negative"));
        };
        if count <= 63 {
            return Ok(Int::Small(self.bits_u64(count as u32) as i64));
        }
        check_size(count / 8)?;
        Ok(BigInt::from(self.bits_big(count)).into())
    }

    /// Up to 64 random bits.
    fn bits_u64(&mut self, count: u32) -> u64 {
        match count {
            0 => 0,
            1..=32 => u64::from(self.next_u32() >> (32 - count)),
            _ => {
                let low = u64::from(self.next_u32());
                low | u64::from(self.next_u32() >> (64 - count)) << 32
            }
        }
    }

    fn bits_big(&mut self, count: usize) -> BigUint {
        let mut words: Vec<u32> = (0..count.div_ceil(32)).map(|_| self.next_u32()).collect();
        if let Some(last) = words.last_mut()
            && !count.is_multiple_of(32)
        {
            *last >>= 32 - count % 32;
        }
        BigUint::new(words)
    }

    /// A random int from 0 to below `limit`, as `randrange`, `choice` and `shuffle` draw it; 0 for a limit of 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 {
            return 0;
        }
        let count = 64 - limit.leading_zeros();
        loop {
            let drawn = self.bits_u64(count);
            if drawn < limit {
                return drawn;
            }
        }
    }

    /// [`below`](Self::below) for a limit of any size; `limit` is not negative.
    pub fn below_int(&mut self, limit: &Int) -> Int {
        let limit = limit.to_big();
        let limit = limit.magnitude();
        if let Some(small) = limit.to_u64() {
            return BigInt::from(self.below(small)).into();
        }
        loop {
            let drawn = self.bits_big(limit.bits() as usize);
            if limit.is_zero() || drawn < *limit {
                return BigInt::from(drawn).into();
            }
        }
    }
}

/// Steps through the state for seeding; the last word is carried over to the front.
fn next_index(state: &mut [u32; SIZE], i: usize) -> usize {
    if i + 1 < SIZE {
        return i + 1;
    }
    state[0] = state[SIZE - 1];
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds() {
        let int = |value| MersenneTwister::from_int(&Int::Small(value)).random();
        assert_eq!(int(1), 0.13436424411240122);
        assert_eq!(int(-5), 0.6229016948897019);
        let big = Int::from((BigInt::from(1) << 100) + 7);
        assert_eq!(MersenneTwister::from_int(&big).random(), 0.41604161323913513);
        assert_eq!(MersenneTwister::from_bytes(b"abc").random(), 0.7720246314157545);
        assert_eq!(MersenneTwister::from_bytes("é".as_bytes()).random(), 0.9689252893653495);
        assert_eq!(MersenneTwister::from_float(0.5).random(), 0.2794930785867423);
        assert_eq!(MersenneTwister::from_float(-0.5).random(), 0.6833350889696508);
    }

    #[test]
    fn draws() {
        let mut twister = MersenneTwister::from_int(&Int::Small(3));
        assert_eq!((0..2000).map(|_| twister.random()).last(), Some(0.25904136240093445));
        let bits = |count| MersenneTwister::from_int(&Int::Small(0)).getrandbits(count);
        for (count, value) in
            [(0, 0), (1, 1), (31, 1813382118), (32, 3626764237), (33, 3626764237), (64, 7106521602475165645)]
        {
            assert_eq!(bits(count), Ok(Int::Small(value)), "{count}");
        }
        assert_eq!(bits(100).map(|int| int.to_big().to_string()).as_deref(), Ok("1169245609517217401678349469645"));
        assert_eq!(bits(-1).unwrap_err().text, "number of bits must be non-negative");
        let mut twister = MersenneTwister::from_int(&Int::Small(42));
        let drawn: Vec<u64> = [1, 2, 10, 1000, 1 << 32, 1 << 40].map(|limit| twister.below(limit)).to_vec();
        assert_eq!(drawn, [0, 0, 4, 250, 958682846, 226501419177]);
        let limit = Int::from(BigInt::from(10).pow(30));
        assert_eq!(twister.below_int(&limit).to_big().to_string(), "704511047883023533822611041645");
    }

    #[test]
    fn state_round_trip() {
        let mut twister = MersenneTwister::from_int(&Int::Small(7));
        twister.next_u32();
        let (words, index) = twister.state();
        assert_eq!(MersenneTwister::from_state(words, index), Some(twister.clone()));
        assert_eq!(MersenneTwister::from_state(&[1, 2], 0), None);
    }
}
