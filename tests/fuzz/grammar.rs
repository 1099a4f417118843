//! Sentences of a grammar, chosen by a seed. The grammar is a text:
//!
//! ```text
//! name 4
//! | a production, with <other> names in it; the number above, if any, is how deep free choice goes here at most
//! |4 one that is taken four times as often
//! |{loop} only where the flag `loop` is set; {!loop} only where it is not
//! | several lines:
//!       <name+loop>      with the flag for what is below; <name=gen> with this flag alone; <name=> with none
//! ```
//!
//! A name that stands alone on its line is indented as a whole. `<#>` is a new number, `<@f>` one of the numbers below the
//! count of `f` that the caller gave; where that is zero, the production is not open.

use super::random::Random;
use std::collections::HashMap;

struct Production {
    weight: u64,
    /// Flags that must be set, and those that must not.
    needs: Vec<String>,
    refuses: Vec<String>,
    parts: Vec<Part>,
    /// Expansions below it, at the least.
    height: u32,
}

enum Part {
    Text(String),
    Name { name: String, flags: Flags },
    Fresh,
    Known(String),
}

/// What a placeholder does with the flags.
enum Flags {
    Keep,
    Add(String),
    Only(Vec<String>),
}

#[derive(Default)]
struct Rule {
    productions: Vec<Production>,
    /// Free choice goes no deeper below it.
    deepest: Option<u32>,
}

/// A grammar that was read.
pub struct Grammar(HashMap<String, Rule>);

const ENDLESS: u32 = u32::MAX / 2;

impl Grammar {
    /// Reads a grammar; it is a part of the tests, so that a mistake in it is a panic.
    pub fn read(text: &str) -> Grammar {
        let mut rules: HashMap<String, Rule> = HashMap::new();
        let mut name = String::new();
        let mut body: Option<String> = None;
        for line in text.lines().chain(["end"]) {
            if let (Some(more), Some(body)) = (line.strip_prefix("  "), &mut body) {
                body.push('\n');
                body.push_str(more);
                continue;
            }
            if let Some(body) = body.take() {
                rules.entry(name.clone()).or_default().productions.push(production(&body));
            }
            if let Some(rest) = line.strip_prefix('|') {
                body = Some(rest.to_owned());
            } else if !line.is_empty() && !line.starts_with('#') {
                let (start, deepest) = line.split_once(' ').unwrap_or((line, ""));
                start.clone_into(&mut name);
                rules.entry(name.clone()).or_default().deepest = deepest.parse().ok();
            }
        }
        let mut grammar = Grammar(rules);
        grammar.measure();
        grammar
    }

    fn rule(&self, name: &str) -> &Rule {
        self.0.get(name).unwrap_or_else(|| panic!("the grammar has no {name:?}"))
    }

    /// Heights, by repetition until nothing changes.
    fn measure(&mut self) {
        let mut heights: HashMap<String, u32> = HashMap::new();
        loop {
            let mut changed = false;
            for (name, rule) in &mut self.0 {
                for production in &mut rule.productions {
                    let below = |part: &Part| match part {
                        Part::Name { name, .. } => heights.get(name).copied().unwrap_or(ENDLESS),
                        _ => 0,
                    };
                    let height = 1 + production.parts.iter().map(below).max().unwrap_or(0).min(ENDLESS);
                    changed |= std::mem::replace(&mut production.height, height) != height;
                    // A production with a condition may be barred where the height counts.
                    if production.needs.is_empty() && production.refuses.is_empty() {
                        let known = heights.entry(name.clone()).or_insert(ENDLESS);
                        *known = (*known).min(height);
                    }
                }
            }
            if !changed {
                return;
            }
        }
    }
}

fn production(body: &str) -> Production {
    let digits = body.chars().take_while(char::is_ascii_digit).count();
    let weight = body[..digits].parse().unwrap_or(1);
    let mut rest = &body[digits..];
    let (mut needs, mut refuses) = (Vec::new(), Vec::new());
    if let Some((flags, after)) = rest.strip_prefix('{').and_then(|r| r.split_once('}')) {
        for flag in flags.split(' ') {
            match flag.strip_prefix('!') {
                Some(flag) => refuses.push(flag.to_owned()),
                None => needs.push(flag.to_owned()),
            }
        }
        rest = after;
    }
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    Production { weight, needs, refuses, parts: parts(rest), height: ENDLESS }
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let length = rest[start + 1..].find(|c: char| !(c.is_ascii_alphanumeric() || "_#@+= ".contains(c)));
        let end = start + 1 + length.unwrap_or(rest.len() - start - 1);
        let inner = &rest[start + 1..end];
        let opens = inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '#' || c == '@');
        if !(opens && rest[end..].starts_with('>')) {
            // An operator.
            parts.push(Part::Text(rest[..=start].to_owned()));
            rest = &rest[start + 1..];
            continue;
        }
        parts.push(Part::Text(rest[..start].to_owned()));
        parts.push(placeholder(inner));
        rest = &rest[end + 1..];
    }
    parts.push(Part::Text(rest.to_owned()));
    parts
}

fn placeholder(inner: &str) -> Part {
    if inner == "#" {
        return Part::Fresh;
    }
    if let Some(name) = inner.strip_prefix('@') {
        return Part::Known(name.to_owned());
    }
    if let Some((name, flag)) = inner.split_once('+') {
        return Part::Name { name: name.to_owned(), flags: Flags::Add(flag.to_owned()) };
    }
    if let Some((name, flags)) = inner.split_once('=') {
        let flags = flags.split(' ').filter(|flag| !flag.is_empty()).map(str::to_owned).collect();
        return Part::Name { name: name.to_owned(), flags: Flags::Only(flags) };
    }
    Part::Name { name: inner.to_owned(), flags: Flags::Keep }
}

/// Makes sentences.
pub struct Writer<'a> {
    grammar: &'a Grammar,
    pub random: Random,
    /// How many there are of what `<@name>` numbers.
    pub known: HashMap<&'static str, u64>,
    fresh: u32,
    flags: Vec<String>,
}

impl<'a> Writer<'a> {
    pub fn new(grammar: &'a Grammar, seed: u64) -> Writer<'a> {
        Writer { grammar, random: Random(seed), known: HashMap::new(), fresh: 0, flags: Vec::new() }
    }

    /// A sentence of `name`, in which free choice ends `depth` expansions down.
    pub fn sentence(&mut self, name: &str, depth: u32) -> String {
        let mut text = String::new();
        self.expand(name, depth, 0, &mut text);
        text
    }

    fn expand(&mut self, name: &str, depth: u32, indent: usize, out: &mut String) {
        let depth = depth.min(self.grammar.rule(name).deepest.unwrap_or(depth));
        let production = self.choose(name, depth);
        for part in &production.parts {
            match part {
                Part::Text(text) => out.push_str(&text.replace('\n', &format!("\n{}", " ".repeat(indent)))),
                Part::Fresh => {
                    self.fresh += 1;
                    out.push_str(&self.fresh.to_string());
                }
                Part::Known(what) => {
                    let number = self.random.below(self.count(what));
                    out.push_str(&number.to_string());
                }
                Part::Name { name, flags } => {
                    let before = self.flags.clone();
                    match flags {
                        Flags::Keep => {}
                        Flags::Add(flag) => self.flags.push(flag.clone()),
                        Flags::Only(flags) => self.flags.clone_from(flags),
                    }
                    let line = out.rsplit('\n').next().unwrap_or("");
                    let deeper = if line.trim().is_empty() { line.len() } else { indent };
                    self.expand(name, depth.saturating_sub(1), deeper, out);
                    self.flags = before;
                }
            }
        }
    }

    fn count(&self, what: &str) -> u64 {
        self.known.get(what).copied().unwrap_or(0)
    }

    /// One of the productions that the flags allow; the lowest of them where no depth is left.
    fn choose(&mut self, name: &str, depth: u32) -> &'a Production {
        let has = |flag: &String| self.flags.contains(flag);
        let mut open: Vec<&Production> = self.grammar.rule(name).productions.iter().collect();
        open.retain(|p| p.needs.iter().all(has) && !p.refuses.iter().any(has));
        open.retain(|p| p.parts.iter().all(|part| !matches!(part, Part::Known(what) if self.count(what) == 0)));
        if open.iter().any(|p| p.height <= depth) {
            open.retain(|p| p.height <= depth);
        } else {
            let lowest = open.iter().map(|p| p.height).min().unwrap_or_else(|| panic!("nothing fits for {name:?}"));
            open.retain(|p| p.height == lowest);
        }
        let mut at = self.random.below(open.iter().map(|p| p.weight).sum());
        for production in &open {
            if at < production.weight {
                return production;
            }
            at -= production.weight;
        }
        unreachable!("the weights add up")
    }
}
