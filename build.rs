//! Points LALRPOP at `grammar/`; nothing else is generated.

fn main() {
    if let Err(error) = lalrpop::Configuration::new().set_in_dir("grammar").emit_rerun_directives(true).process() {
        println!("cargo::error=the grammar does not compile: {error}");
    }
}
