//! From text to tree: `raw` and `layout` make tokens, `contextual` and `depth` look at whole lines, the LALRPOP grammar
//! (`grammar/coro.lalrpop`) builds the tree through `actions`, and `explain` words what did not parse.

mod actions;
pub mod ast;
mod check;
mod contextual;
mod depth;
mod escape;
mod explain;
mod fstring;
mod identifier;
mod indent;
mod layout;
mod literal;
mod number;
mod parser;
mod print;
mod raw;
mod string;
pub mod token;
mod typo;

pub use check::check;
pub use parser::{parse, tokenize};
pub use print::{print_expr, print_module, print_tokens};
