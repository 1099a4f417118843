//! The fewest and the most characters that a part of a pattern matches.

use super::tree::{Node, UNLIMITED};

/// A width beyond all texts.
pub const MAX_WIDTH: u64 = 1 << 62;

/// Fewest and most characters.
pub type Width = (u64, u64);

fn plus(a: Width, b: Width) -> Width {
    (a.0.saturating_add(b.0).min(MAX_WIDTH), a.1.saturating_add(b.1).min(MAX_WIDTH))
}

fn either(a: Width, b: Width) -> Width {
    (a.0.min(b.0), a.1.max(b.1))
}

/// The width of a sequence; `groups` has those of the groups that are complete.
pub fn of_sequence(nodes: &[Node], groups: &[Width]) -> Width {
    nodes.iter().fold((0, 0), |sum, node| plus(sum, of(node, groups)))
}

fn of(node: &Node, groups: &[Width]) -> Width {
    match node {
        Node::Literal(_) | Node::NotLiteral(_) | Node::Any | Node::Set { .. } => (1, 1),
        Node::At(_) | Node::Look { .. } | Node::Fail => (0, 0),
        Node::Branch(items) => {
            let widths = items.iter().map(|item| of_sequence(item, groups));
            widths.reduce(either).unwrap_or((0, 0))
        }
        Node::Group { body, .. } | Node::Atomic(body) => of_sequence(body, groups),
        Node::Repeat { min, max, body, .. } => {
            let (low, high) = of_sequence(body, groups);
            let most = match *max {
                UNLIMITED if high > 0 => MAX_WIDTH,
                max => high.saturating_mul(u64::from(max)).min(MAX_WIDTH),
            };
            (low.saturating_mul(u64::from(*min)).min(MAX_WIDTH), most)
        }
        Node::BackRef(group) => groups.get(*group).copied().unwrap_or((0, MAX_WIDTH)),
        Node::Conditional { yes, no, .. } => {
            let no = no.as_ref().map_or((0, 0), |no| of_sequence(no, groups));
            either(of_sequence(yes, groups), no)
        }
    }
}
