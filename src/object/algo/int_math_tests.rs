//! Tests of integer arithmetic (`int_math`).

use super::super::fault::FaultKind;
use super::*;

fn big(text: &str) -> BigInt {
    text.parse().expect("a number")
}

#[test]
fn floor_and_modulo() {
    assert_eq!(floor_div_i64(-7, 2), Ok(Int::Small(-4)));
    assert_eq!(floor_div_i64(7, -2), Ok(Int::Small(-4)));
    assert_eq!(floor_div_i64(i64::MIN, -1), Ok(Int::Big(big("9223372036854775808"))));
    assert_eq!(modulo_i64(-7, 2), Ok(1));
    assert_eq!(modulo_i64(7, -2), Ok(-1));
    assert_eq!(modulo_i64(i64::MIN, -1), Ok(0));
    assert_eq!(modulo_i64(1, 0).unwrap_err().text, "integer modulo by zero");
    assert_eq!(divmod_big(&big("-100000000000000000000"), &big("7")), {
        Ok((Int::Big(big("-14285714285714285715")), Int::Small(5)))
    });
}

#[test]
fn powers() {
    assert_eq!(pow(&Int::Small(2), 10), Ok(Int::Small(1024)));
    assert_eq!(pow(&Int::Small(-3), 41), Ok(Int::Big(big("-36472996377170786403"))));
    assert_eq!(pow(&Int::Small(-1), u64::MAX), Ok(Int::Small(-1)));
    assert_eq!(pow(&Int::Small(3), 1 << 40).unwrap_err().kind, FaultKind::MemoryError);
    assert_eq!(pow_negative(&Int::Small(2), &Int::Small(-2)), Ok(0.25));
    assert_eq!(pow_mod(&big("3"), &big("100"), &big("7")), Ok(Int::Small(4)));
    assert_eq!(pow_mod(&big("3"), &big("100"), &big("-7")), Ok(Int::Small(-3)));
    assert_eq!(pow_mod(&big("3"), &big("-1"), &big("7")), Ok(Int::Small(5)));
    assert_eq!(pow_mod(&big("3"), &big("-2"), &big("-7")), Ok(Int::Small(-3)));
    assert_eq!(pow_mod(&big("5"), &big("0"), &big("1")), Ok(Int::Small(0)));
    assert!(pow_mod(&big("2"), &big("-1"), &big("4")).is_err());
}

#[test]
fn shifts() {
    assert_eq!(shl(&Int::Small(1), &Int::Small(62)), Ok(Int::Small(1 << 62)));
    assert_eq!(shl(&Int::Small(1), &Int::Small(63)), Ok(Int::Big(big("9223372036854775808"))));
    assert_eq!(shl(&Int::Small(-1), &Int::Small(63)), Ok(Int::Small(i64::MIN)));
    assert_eq!(shr(&Int::Small(-5), &Int::Small(1)), Ok(Int::Small(-3)));
    assert_eq!(shr(&Int::Small(-5), &Int::Small(1000)), Ok(Int::Small(-1)));
    assert_eq!(shr(&Int::Big(big("-18446744073709551617")), &Int::Small(64)), Ok(Int::Small(-2)));
    assert_eq!(shr(&Int::Big(big("18446744073709551617")), &Int::Small(1000)), Ok(Int::Small(0)));
    assert_eq!(shl(&Int::Small(0), &Int::Big(big("99999999999999999999"))), Ok(Int::Small(0)));
    assert_eq!(shl(&Int::Small(1), &Int::Small(-1)).unwrap_err().text, "negative shift count");
}

#[test]
fn true_division() {
    assert_eq!(true_div_i64(1, 3), Ok(1.0 / 3.0));
    assert_eq!(true_div_i64(9007199254740993, 1), Ok(9007199254740992.0));
    assert_eq!(true_div_i64(i64::MAX, 3), Ok(3.074_457_345_618_258_4e18));
    let huge = BigInt::from(10).pow(400);
    assert_eq!(true_div_big(&huge, &(&huge * 3)), Ok(1.0 / 3.0));
    assert_eq!(true_div_big(&BigInt::from(-1), &huge), Ok(-0.0));
    assert_eq!(true_div_big(&BigInt::from(3), &(BigInt::one() << 1075)), Ok(5e-324 * 2.0));
    assert_eq!(true_div_big(&BigInt::from(1), &(BigInt::one() << 1075)), Ok(0.0));
    assert_eq!(
        true_div_big(&huge, &BigInt::from(3)).unwrap_err().text,
        "integer division result too large for a float"
    );
    assert_eq!(true_div_i64(1, 0).unwrap_err().text, "division by zero");
}

#[test]
fn floats() {
    assert_eq!(big_to_f64(&big("18446744073709551615")), Ok(18446744073709551616.0));
    assert_eq!(big_to_f64(&big("-9007199254740993")), Ok(-9007199254740992.0));
    assert!(big_to_f64(&(BigInt::one() << 1024)).is_err());
    assert!(big_to_f64(&((BigInt::one() << 1024) - 1)).is_err());
    assert_eq!(cmp_i64_float(9007199254740993, 9007199254740992.0), Some(Ordering::Greater));
    assert_eq!(cmp_i64_float(i64::MAX, 9223372036854775808.0), Some(Ordering::Less));
    assert_eq!(cmp_i64_float(-3, -3.5), Some(Ordering::Greater));
    assert_eq!(cmp_i64_float(1, f64::NAN), None);
    assert_eq!(cmp_big_float(&big("100000000000000000000"), 1e20), Some(Ordering::Equal));
    assert_eq!(cmp_big_float(&big("0"), -0.0), Some(Ordering::Equal));
    assert_eq!(cmp_big_float(&big("0"), 0.5), Some(Ordering::Less));
    assert_eq!(cmp_big_float(&big("0"), -0.5), Some(Ordering::Greater));
    assert_eq!(cmp_big_float(&big("99999999999999999999999"), f64::INFINITY), Some(Ordering::Less));
}

#[test]
fn rounding_roots_and_bytes() {
    assert_eq!(round_digits(&Int::Small(15), -1), Int::Small(20));
    assert_eq!(round_digits(&Int::Small(25), -1), Int::Small(20));
    assert_eq!(round_digits(&Int::Small(-25), -1), Int::Small(-20));
    assert_eq!(round_digits(&Int::Small(99), -2), Int::Small(100));
    assert_eq!(round_digits(&Int::Small(51), -2), Int::Small(100));
    assert_eq!(round_digits(&Int::Small(7), -1), Int::Small(10));
    assert_eq!(round_digits(&Int::Small(7), i64::MIN), Int::Small(0));
    assert_eq!(isqrt(&Int::Big(big("100000000000000000000"))), Ok(Int::Small(10_000_000_000)));
    assert_eq!(bit_length(&Int::Small(-256)), 9);
    assert_eq!(bit_count(&Int::Small(-7)), 3);
    assert_eq!(from_bytes(b"\xff\x00", true, true), Int::Small(-256));
    assert_eq!(to_bytes(&Int::Small(-256), 3, false, true), Ok(vec![0, 0xff, 0xff]));
    assert_eq!(to_bytes(&Int::Small(255), 1, true, true).unwrap_err().text, "int too big to convert");
    assert_eq!(to_bytes(&Int::Small(0), 0, true, false), Ok(vec![]));
}
