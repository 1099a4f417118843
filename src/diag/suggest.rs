//! "Did you mean": the nearest known name, by CPython's measure.

/// What an edit costs; a change of case costs less.
const MOVE: usize = 2;
const CASE: usize = 1;
/// Longer names are not compared.
const MAX_NAME: usize = 40;

/// The candidate nearest to `wanted`, if it is near enough to be a slip of the pen.
pub fn closest<'a>(wanted: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.filter(|c| *c != wanted) {
        let mut limit = (wanted.len() + candidate.len() + 3) * MOVE / 6;
        if let Some((distance, _)) = best {
            limit = limit.min(distance.saturating_sub(1));
        }
        let distance = distance(wanted.as_bytes(), candidate.as_bytes());
        if distance <= limit {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The cost of turning one name into the other: insertions, deletions, substitutions.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) * MOVE;
    }
    if a.len() > MAX_NAME || b.len() > MAX_NAME {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).map(|i| i * MOVE).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = (i + 1) * MOVE;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + substitution(*x, *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + MOVE).min(diagonal + MOVE);
        }
    }
    row[b.len()]
}

fn substitution(a: u8, b: u8) -> usize {
    if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE
    } else {
        MOVE
    }
}
