//! Tests of `%` formatting (`percent`).

use super::*;

enum Value {
    I(i64),
    F(f64),
    S(&'static str),
}
use Value::{F, I, S};

/// `template % value` for a template with conversions of one value each.
fn percent(template: &str, value: &Value) -> Result<String, Fault> {
    let mut out = String::new();
    for piece in Pieces::new(template) {
        match piece? {
            Piece::Literal(text) => out.push_str(text),
            Piece::Conversion(conversion) => {
                let layout = conversion.resolve(None, None)?;
                out.push_str(&match (layout.argument()?, value) {
                    (Argument::Str, S(text)) => layout.format_text(text),
                    (Argument::Repr, S(text)) => layout.format_text(&super::super::str_repr::repr_str(text)),
                    (Argument::Number | Argument::Integer, I(value)) => layout.format_int(&Int::Small(*value), 4300)?,
                    (Argument::Float, F(x)) => layout.format_float(*x),
                    (Argument::Char, I(code)) => layout.format_char(code_point(&Int::Small(*code))?),
                    (Argument::Integer, _) => return Err(layout.not_an_integer("str")),
                    _ => return Err(layout.not_a_number("str")),
                });
            }
        }
    }
    Ok(out)
}

#[test]
fn values() {
    for (template, value, expected) in [
        ("%d%%", I(5), "5%"),
        ("%05d", I(-3), "-0003"),
        ("%-05d|", I(3), "3    |"),
        ("%+-05d|", I(3), "+3   |"),
        ("% 05d", I(3), " 0003"),
        ("%+.3d", I(5), "+005"),
        ("%08.5d", I(-12), "-0000012"),
        ("%-8.5d|", I(-12), "-00012  |"),
        ("%#08.5x", I(12), "0x00000c"),
        ("%#X", I(255), "0XFF"),
        ("%#o", I(0), "0o0"),
        ("%x", I(-255), "-ff"),
        ("%ld", I(3), "3"),
        ("%5c|", I(65), "    A|"),
        ("%05c", I(65), "    A"),
        ("%.2s|%5s|%-5.1s|", S("abc"), "ab|  abc|a    |"),
        ("%.3r", S("abc"), "'ab"),
        ("%08.2f", F(-3.25159), "-0003.25"),
        ("%+08.2f", F(3.25159), "+0003.25"),
        ("%05f", F(f64::NEG_INFINITY), "-0inf"),
        ("%G", F(1e-10), "1E-10"),
        ("%#.3g", F(1.0), "1.00"),
        ("%#.0f", F(2.0), "2."),
        ("%.0f", F(2.5), "2"),
        ("é%d中", I(1), "é1中"),
    ] {
        assert_eq!(percent(template, &value).as_deref(), Ok(expected), "{template}");
    }
}

#[test]
fn errors() {
    for (template, value, text) in [
        ("%", I(1), "incomplete format"),
        ("%5.", I(1), "incomplete format"),
        ("%(a", I(1), "incomplete format key"),
        ("%q", I(1), "unsupported format character 'q' (0x71) at index 1"),
        ("é%5%", I(1), "unsupported format character '%' (0x25) at index 3"),
        ("%é", I(1), "unsupported format character '?' (0xe9) at index 1"),
        ("%lld", I(1), "unsupported format character 'l' (0x6c) at index 2"),
        ("%99999999999999999999d", I(1), "width too big"),
        ("%.99999999999d", I(1), "precision too big"),
        ("%d", S("a"), "%d format: a real number is required, not str"),
        ("%x", S("a"), "%x format: an integer is required, not str"),
        ("%c", I(-1), "%c arg not in range(0x110000)"),
        ("%*d", I(1), "not enough arguments for format string"),
    ] {
        assert_eq!(percent(template, &value).unwrap_err().text, text, "{template}");
    }
}

#[test]
fn keys_and_stars() {
    let pieces: Vec<_> = Pieces::new("a%(k(1))-*.*f").collect();
    let [Ok(Piece::Literal("a")), Ok(Piece::Conversion(conversion))] = pieces[..] else { panic!("{pieces:?}") };
    assert_eq!(conversion.key, Some("k(1)"));
    assert_eq!((conversion.width, conversion.precision), (Some(Amount::Star), Some(Amount::Star)));
    let layout = conversion.resolve(Some(&Int::Small(-7)), Some(&Int::Small(2))).expect("fits");
    assert_eq!(layout.format_float(1.0), "1.00   ");
    let refused = conversion.resolve(Some(&Int::Small(1)), Some(&Int::Small(1 << 40)));
    assert_eq!(refused.unwrap_err().text, "Python int too large to convert to C int");
}
