# Shortcuts for plain cargo commands; nothing here needs `just`.

# Lists the recipes.
default:
    @just --list

# Runs all tests.
test:
    cargo test --locked

# Checks the format and all lints.
lint:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings

# Builds the documentation of the code.
doc:
    cargo doc --locked --no-deps

# Runs the benchmarks.
bench:
    cargo bench --locked --bench yicha

# Serves the archive at http://127.0.0.1:7171; builds an index first where there is none.
serve *arguments:
    cargo run --locked --release -- serve {{arguments}}

# Builds the index.
index *arguments:
    cargo run --locked --release -- index {{arguments}}
