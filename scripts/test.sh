#!/usr/bin/env bash
# All tests: formatting, lints, licences, every test of the workspace, and every measure on a small sample. Needs Debian and
# Rust; installs the rest. The open models are pulled once, into target/models, and what needs them is skipped by name
# where they can't be had.
set -euo pipefail
cd "$(dirname "$0")/.."
./scripts/setup.sh --tests
. ./scripts/cpu.sh
cargo fmt --all --check
cargo clippy --release --locked --workspace --all-targets -- -D warnings
command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --quiet
cargo deny --locked check licenses bans sources
cargo deny --locked check advisories || echo "advisories: not checked (the advisory database could not be read)"
# Not `cargo build`: tests unify the features of dependencies in another way, and the heavy ones would be built twice.
cargo test --release --locked --workspace --no-run
if [ -z "${HOMEROOM_MODELS:-}" ]; then
  models="$PWD/target/models"
  if HOMEROOM_MODELS="$models" ./target/release/homeroom pull starter; then
    export HOMEROOM_MODELS="$models"
  else
    echo "skipped: everything that needs a pulled model (the models could not be had)"
  fi
fi
# Other people's programs that ours are tried with.
if [ -z "${HOMEROOM_SDKS:-}" ]; then
  if ./scripts/fetch-sdks.sh "$PWD/target/sdks"; then
    export HOMEROOM_SDKS="$PWD/target/sdks"
  else
    echo "skipped: our servers and clients with OpenAI's and the Model Context Protocol's own programs (they could not be had)"
  fi
fi
cargo test --release --locked --workspace
./scripts/measure-samples.sh
