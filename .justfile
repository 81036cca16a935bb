# What people type most. `just` lists it; everything is plain cargo underneath.

_list:
    @just --list --unsorted

# Does it compile, tests included
check:
    cargo check --all-targets

# Everything that needs no Node or Python
test *args:
    cargo test {{args}}

# As CI sees it
lint:
    cargo fmt
    cargo clippy --all-targets -- -D warnings

# Try it: pretend vendors, the gateway, a token for each team
demo *args:
    cargo run --release -- demo {{args}}

# The pretend vendors alone
sandbox *args:
    cargo run --release -- sandbox {{args}}

# The gateway before the vendors of leadline.toml
serve *args:
    cargo run --release -- serve {{args}}

# Write down the contract and each view's part of it
schema:
    cargo build
    target/debug/leadline schema > schema/schema.graphql
    for file in schema/views/*.graphql; do target/debug/leadline schema --view "$(basename "$file" .graphql)" > "$file"; done

# The vendors' own libraries and npm's auditors; needs Node 20 and Python 3.11
clients:
    cargo build
    tests/clients/run

# Everything CI runs
ci:
    .ci/run
