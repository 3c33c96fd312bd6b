#!/usr/bin/env bash
# From a fresh machine with Rust to a marked sample class: sets up, builds, marks, says where to look.
set -euo pipefail
cd "$(dirname "$0")/.."
./scripts/setup.sh
. ./scripts/cpu.sh
cargo build --release --locked
out="${1:-homeroom-out}"
./target/release/homeroom mark samples/class --prompt samples/class/prompt.md --roster samples/class/roster.csv \
  --rubric cet4 --lang both --pdf --out "$out"
