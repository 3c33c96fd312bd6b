#!/usr/bin/env bash
# All tests: formatting, lints, licences, and every test of the workspace. Needs Debian and Rust; installs the rest.
set -euo pipefail
cd "$(dirname "$0")/.."
./scripts/setup.sh --tests
cargo fmt --all --check
cargo clippy --release --locked --workspace --all-targets -- -D warnings
command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --quiet
cargo deny --locked check licenses bans sources
cargo deny --locked check advisories || echo "advisories: not checked (the advisory database could not be read)"
cargo test --release --locked --workspace
