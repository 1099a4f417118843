//! Texts that are nearly programs: pieces of real ones cut, repeated, exchanged and mixed with stray tokens.

use super::random::Random;

/// Longer texts are cut: what matters is near.
const LONGEST: usize = 6000;

/// What is strewn in: every kind of token, brackets without a partner, what begins and does not end.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    ";",
    ".",
    "->",
    ":=",
    "=",
    "==",
    "+=",
    "**=",
    "//",
    ">>=",
    "@",
    "~",
    "!",
    "!=",
    "...",
    "*",
    "**",
    "\\",
    "\\\n",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\t",
    " ",
    "    ",
    "        ",
    "\x0c",
    "\0",
    "\u{feff}",
    "\u{a0}",
    "#",
    "# c\n",
    "'",
    "\"",
    "'''",
    "\"\"\"",
    "f'",
    "f\"\"\"",
    "f'{",
    "f'{x!r:>{",
    "}'",
    "{{",
    "}}",
    "rb'",
    "b'\\xff'",
    "'\\N{DIGIT ONE}'",
    "'\\x4'",
    "'\\u12'",
    "r'\\'",
    "u'",
    "0",
    "1",
    "00",
    "01",
    "0x",
    "0xg",
    "0b2",
    "1_",
    "1__0",
    "1e",
    "1e400",
    "1.",
    ".5",
    "1j",
    "9999999999999999999999",
    "1if",
    "0_7",
    "é",
    "变量",
    "𝒳",
    "²",
    "€",
    "🎉",
    "\u{301}",
    "\u{202e}",
    "x",
    "y",
    "self",
    "None",
    "True",
    "__debug__",
    "print",
    "match",
    "case",
    "type",
    "_",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "except*",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
    "yield from",
    "async for",
    "async with",
    "async def f():",
    "def f(a, /, b, *, c=1, **d):",
    "class A(B, metaclass=C):",
    "match x:\n case",
    "case [*_, {**r}] | A(b=1) if x:",
    "lambda *a, **k:",
    "x if y else z",
    "[i for i in x]",
    "x[1:2, ::3]",
    "{**a, 'b': c}",
    "print(*a, **b)",
    "try:\n x\nexcept* E as e:\n y",
    "with (a as b, c as d,):",
    "from . import (a as b,)",
    "x: int = 5",
    "global x",
    "@d",
    "del (a, [b])",
    "for i, *j in k: pass",
    "x = yield",
    "await x",
    "f'{x:{y:{z}}}'",
    "f'{x=}'",
    "f'{'a'}'",
    "f'''{\n1}'''",
    "if x:\n  y\n z",
    "if x:\n\ty\n        z",
];

/// The text of a seed, made of the texts of `corpus`.
pub fn text(seed: u64, corpus: &[String]) -> String {
    let mut random = Random(seed);
    let mut text = match random.below(8) {
        0 => soup(&mut random),
        1 => lines_of_many(&mut random, corpus),
        _ => piece_of(&mut random, corpus, LONGEST).to_owned(),
    };
    for _ in 0..random.below(9) {
        mutate(&mut random, &mut text, corpus);
    }
    text
}

/// Tokens without a plan.
fn soup(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..1 + random.below(120) {
        text.push_str(random.pick(PIECES));
        if random.one_in(2) {
            text.push_str(random.pick(&[" ", " ", "\n", "\n    "]));
        }
    }
    text
}

/// Single lines of several programs, one below the other.
fn lines_of_many(random: &mut Random, corpus: &[String]) -> String {
    let mut text = String::new();
    for _ in 0..1 + random.below(30) {
        let from = &corpus[random.below(corpus.len() as u64) as usize];
        let lines: Vec<&str> = from.lines().collect();
        if !lines.is_empty() {
            text.push_str(random.pick(&lines));
            text.push('\n');
        }
    }
    text
}

/// A stretch of a program, of at most `longest` bytes.
fn piece_of<'a>(random: &mut Random, corpus: &'a [String], longest: usize) -> &'a str {
    let from = &corpus[random.below(corpus.len() as u64) as usize];
    if from.len() <= longest {
        return from;
    }
    let start = boundary(from, random.below((from.len() - longest) as u64) as usize);
    &from[start..boundary(from, start + longest)]
}

/// The nearest place at or below `at` where a character begins.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

fn place(random: &mut Random, text: &str) -> usize {
    boundary(text, random.below(text.len() as u64 + 1) as usize)
}

/// A stretch of the text: mostly short.
fn stretch(random: &mut Random, text: &str) -> std::ops::Range<usize> {
    let start = place(random, text);
    let length = if random.one_in(4) { random.below(200) } else { random.below(12) };
    start..boundary(text, start + length as usize)
}

fn mutate(random: &mut Random, text: &mut String, corpus: &[String]) {
    match random.below(8) {
        0 | 1 => {
            let at = place(random, text);
            text.insert_str(at, random.pick(PIECES));
        }
        2 => {
            let range = stretch(random, text);
            text.replace_range(range, "");
        }
        3 => {
            let range = stretch(random, text);
            text.replace_range(range, random.pick(PIECES));
        }
        4 => {
            let range = stretch(random, text);
            let again = text[range].repeat(1 + random.below(4) as usize);
            let at = place(random, text);
            text.insert_str(at, &again);
        }
        5 => {
            let at = place(random, text);
            text.insert_str(at, piece_of(random, corpus, 60));
        }
        6 => {
            let at = place(random, text);
            text.truncate(at);
        }
        _ => {
            // Everything one step further in or out.
            let by = random.pick(&["    ", " ", "\t"]);
            *text = text.lines().map(|line| format!("{by}{line}\n")).collect();
            if random.one_in(2) {
                text.insert_str(0, "if x:\n");
            }
        }
    }
    let end = boundary(text, 2 * LONGEST);
    text.truncate(end);
}
