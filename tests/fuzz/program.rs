//! Whole programs: sentences of `program.grammar`, put together so that they end, print only what is the same in each run,
//! and can be repeated within one run.

use super::grammar::{Grammar, Writer};

/// How free choice goes down within a function, a method and the main part.
const DEPTH: u32 = 9;

/// What is defined, each once at the least.
const KINDS: [&str; 5] = ["function", "class", "generator", "agenerator", "coroutine"];

/// A program in two parts.
pub struct Program {
    definitions: String,
    main: String,
}

/// The program of a seed.
pub fn program(seed: u64) -> Program {
    let grammar = Grammar::read(include_str!("program.grammar"));
    let mut writer = Writer::new(&grammar, seed);
    let mut definitions = writer.sentence("head", DEPTH);
    // What is defined calls only what was defined before it, so that nothing is endless.
    for number in 0..KINDS.len() + writer.random.below(3) as usize {
        let kind = KINDS.get(number).copied().unwrap_or_else(|| writer.random.pick(&KINDS));
        let number = writer.known.get(kind).copied().unwrap_or(0);
        let definition = writer.sentence(kind, DEPTH);
        definitions.push_str(&format!("\n\n{}\n", definition.replace('\u{a7}', &number.to_string())));
        writer.known.insert(kind, number + 1);
    }
    let mut main = format!("{}\n", writer.sentence("start", DEPTH));
    for _ in 0..3 + writer.random.below(6) {
        main.push_str(&format!("\n{}\n", writer.sentence("main", DEPTH)));
    }
    Program { definitions, main }
}

impl Program {
    pub fn text(&self) -> String {
        format!("{}\n{}", self.definitions, self.main)
    }

    /// The same with its main part in a function that is called again and again: then there must be no more objects than
    /// before. None for a program that makes classes as it goes, since they live for ever, or that has cycles of numbers and
    /// texts with attributes, which are not collected.
    pub fn repeated(&self) -> Option<String> {
        let spared = ["class H", "(float):", "(int):", "(str):"];
        if spared.iter().any(|what| self.text().contains(what)) {
            return None;
        }
        let mut text = format!("import gc\n{}\n\ndef program():\n", self.definitions);
        text.push_str(
            "    global i0, i1, f0, s0, s1, b0, l0, l1, t0, d0, d1, e0, o0, o1, o2, i2, x, y\n    budget[0] = 0\n",
        );
        for line in self.main.lines() {
            text.push_str(&format!("    {line}\n"));
        }
        text.push_str(REPEAT);
        Some(text)
    }
}

/// Texts of one character are kept once they were made; those are made before.
const REPEAT: &str = "

kept = [chr(number) for number in range(1000)]
counts = []
for _ in range(6):
    program()
    gc.collect()
    gc.collect()
    counts.append(sys.getallocatedblocks())
print('blocks', [b - counts[0] for b in counts[2:]])
";
