//! The `yicha` program.
fn main() {}
