//! Hash values. Those of numbers, tuples and frozensets are CPython's, because they decide the visible order of sets;
//! that of strings is free (CPython randomises it), so it is only fast.

use super::int_math::Int;
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

/// The Mersenne prime `2**61 - 1`: equal numbers of all types hash equally because all reduce modulo this.
const MODULUS: u64 = (1 << 61) - 1;

/// `hash(float('inf'))`; its negation for `-inf`.
const INFINITY_HASH: i64 = 314159;

/// `hash(None)`.
pub const NONE_HASH: i64 = 0xfca8_6420;

/// `-1` is CPython's error mark, never a hash.
const fn not_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// `hash(value)`. A bool hashes as 0 or 1.
pub fn hash_i64(value: i64) -> i64 {
    let rest = (value.unsigned_abs() % MODULUS) as i64;
    not_minus_one(if value < 0 { -rest } else { rest })
}

/// `hash(value)` of a big int.
pub fn hash_big(value: &BigInt) -> i64 {
    let rest = (value.magnitude() % MODULUS).to_i64().unwrap_or(0);
    not_minus_one(if value.is_negative() { -rest } else { rest })
}

/// `hash(value)`.
pub fn hash_int(value: &Int) -> i64 {
    match value {
        Int::Small(small) => hash_i64(*small),
        Int::Big(big) => hash_big(big),
    }
}

/// `hash(x)`. `None` for NaN, which hashes by identity: the caller uses its hash of the object.
pub fn hash_f64(x: f64) -> Option<i64> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { INFINITY_HASH } else { -INFINITY_HASH });
    }
    if x as i64 as f64 == x && x.abs() < 9e18 {
        return Some(hash_i64(x as i64));
    }
    let (mantissa, exponent) = super::float_math::decompose(x);
    // Multiplying by 2**exponent modulo 2**61 - 1 is a rotation of 61 bits, so a negative exponent is one too.
    let turn = exponent.rem_euclid(61) as u32;
    let rest = mantissa % MODULUS;
    let rotated = ((rest << turn) & MODULUS) | (rest >> (61 - turn));
    Some(not_minus_one(if x < 0.0 { -(rotated as i64) } else { rotated as i64 }))
}

const PRIME_1: u64 = 11400714785074694791;
const PRIME_2: u64 = 14029467366897019727;
const PRIME_5: u64 = 2870177450012600261;

/// `hash` of a tuple, fed with the hashes of its items (a variant of xxHash).
#[derive(Clone, Copy, Debug)]
pub struct TupleHasher {
    accumulator: u64,
    length: u64,
}

impl Default for TupleHasher {
    fn default() -> TupleHasher {
        TupleHasher { accumulator: PRIME_5, length: 0 }
    }
}

impl TupleHasher {
    /// Adds the next item.
    pub fn push(&mut self, item_hash: i64) {
        let mixed = self.accumulator.wrapping_add((item_hash as u64).wrapping_mul(PRIME_2));
        self.accumulator = mixed.rotate_left(31).wrapping_mul(PRIME_1);
        self.length += 1;
    }

    /// The hash of the tuple.
    pub fn finish(self) -> i64 {
        let hash = self.accumulator.wrapping_add(self.length ^ (PRIME_5 ^ 3527539));
        if hash == u64::MAX { 1546275796 } else { hash as i64 }
    }
}

/// `hash` of a tuple whose items have these hashes.
pub fn hash_tuple(items: impl IntoIterator<Item = i64>) -> i64 {
    let mut hasher = TupleHasher::default();
    items.into_iter().for_each(|item| hasher.push(item));
    hasher.finish()
}

/// `hash` of a frozenset of distinct items with these hashes; their order does not matter.
pub fn hash_frozenset(items: impl IntoIterator<Item = i64>) -> i64 {
    let (mut hash, mut count) = (0u64, 0u64);
    for item in items {
        let item = item as u64;
        hash ^= ((item ^ 89869747) ^ (item << 16)).wrapping_mul(3644798167);
        count += 1;
    }
    hash ^= (count + 1).wrapping_mul(1927868237);
    hash ^= (hash >> 11) ^ (hash >> 25);
    hash = hash.wrapping_mul(69069).wrapping_add(907133923);
    if hash == u64::MAX { 590923713 } else { hash as i64 }
}

/// Hash of the UTF-8 text of a `str`, or of bytes: eight bytes a step, multiply and fold (the idea of wyhash).
pub fn hash_bytes(bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    const SEED: u64 = 0xa076_1d64_78bd_642f;
    const FACTOR: u64 = 0xe703_7ed1_a0b4_28db;
    let fold = |a: u64, b: u64| {
        let wide = u128::from(a) * u128::from(b);
        (wide as u64) ^ ((wide >> 64) as u64)
    };
    let mut state = SEED ^ bytes.len() as u64;
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        let mut eight = [0; 8];
        eight.copy_from_slice(word);
        state = fold(state ^ u64::from_le_bytes(eight), FACTOR);
    }
    let tail = words.remainder().iter().fold(0, |tail, &byte| (tail << 8) | u64::from(byte));
    not_minus_one(fold(state ^ tail, FACTOR ^ SEED) as i64)
}

/// `hash` of a `str`.
pub fn hash_str(text: &str) -> i64 {
    hash_bytes(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (value, hash) in [
            (0, 0),
            (1, 1),
            (-1, -2),
            (-2, -2),
            (2305843009213693951, 0),
            (2305843009213693952, 1),
            (-2305843009213693952, -2),
            (i64::MIN, -4),
            (i64::MAX, 3),
        ] {
            assert_eq!(hash_i64(value), hash);
            assert_eq!(hash_big(&BigInt::from(value)), hash);
        }
        assert_eq!(hash_big(&BigInt::from(10).pow(30)), 465258685558744706);
        for (x, hash) in [
            (0.0, 0),
            (-1.0, -2),
            (0.5, 1152921504606846976),
            (-0.5, -1152921504606846976),
            (0.1, 230584300921369408),
            (1e100, 1822893315824342674),
            (1e-300, 482449582752280463),
            (5e-324, 16777216),
            (f64::NEG_INFINITY, -314159),
        ] {
            assert_eq!(hash_f64(x), Some(hash), "{x}");
        }
        assert_eq!(hash_f64(f64::NAN), None);
    }

    #[test]
    fn containers() {
        assert_eq!(hash_tuple([]), 5740354900026072187);
        assert_eq!(hash_tuple([1, 2, 3]), 529344067295497451);
        assert_eq!(hash_tuple([-2]), hash_tuple([hash_i64(-1)]));
        assert_eq!(hash_frozenset([]), 133146708735736);
        assert_eq!(hash_frozenset([1, 2, 3]), -272375401224217160);
        assert_eq!(hash_frozenset([3, 1, 2]), -272375401224217160);
    }

    #[test]
    fn strings_differ() {
        let texts = ["", "a", "b", "aa", "abcdefgh", "abcdefghi", "abcdefghij", "\0", "\0\0"];
        for (i, a) in texts.iter().enumerate() {
            for b in &texts[..i] {
                assert_ne!(hash_str(a), hash_str(b), "{a:?} {b:?}");
            }
        }
    }
}
