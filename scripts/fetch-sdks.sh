#!/usr/bin/env bash
# Fetches other people's programs that ours are tried with, into FOLDER: OpenAI's client for Python and the official kits of
# the Model Context Protocol for Python (into FOLDER/venv) and TypeScript (into FOLDER/node_modules). Only tests run them:
#   scripts/fetch-sdks.sh FOLDER && HOMEROOM_SDKS=FOLDER cargo test --release --workspace
# What is missing on this machine (python3 with venv, node with npm) is skipped by name. Nothing is fetched twice.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
mkdir -p "$1"
cd "$1"

python_packages=(openai==3.57.0 mcp==2.3.0)
# The TypeScript kit leaves zod's version open; the tests' server describes its arguments with it.
node_packages=(@modelcontextprotocol/sdk@1.32.2 zod@4.6.7)

if [ "$(cat python-packages 2>/dev/null)" = "${python_packages[*]}" ]; then
  echo "${python_packages[*]} are there."
elif python3 -c 'import venv, ensurepip' 2>/dev/null; then
  rm -rf venv
  python3 -m venv venv
  venv/bin/python -m pip install --quiet --disable-pip-version-check --only-binary=:all: "${python_packages[@]}"
  echo "${python_packages[*]}" > python-packages
  echo "${python_packages[*]} are in $PWD/venv."
else
  echo "skipped: ${python_packages[*]} (python3 with venv is needed; Debian: apt-get install python3-venv)"
fi

if [ "$(cat node-packages 2>/dev/null)" = "${node_packages[*]}" ]; then
  echo "${node_packages[*]} are there."
elif command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then
  [ -f package.json ] || echo '{"private": true}' > package.json
  # No script of any package is run.
  npm install --silent --no-audit --no-fund --ignore-scripts --save-exact "${node_packages[@]}"
  echo "${node_packages[*]}" > node-packages
  echo "${node_packages[*]} are in $PWD/node_modules."
else
  echo "skipped: ${node_packages[*]} (node and npm are needed; Debian: apt-get install nodejs npm)"
fi
