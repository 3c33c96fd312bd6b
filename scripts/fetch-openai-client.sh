#!/bin/sh
# Makes FOLDER/venv, a Python environment with OpenAI's client in a pinned version, for the test that asks the server with it:
#   scripts/fetch-openai-client.sh FOLDER && HOMEROOM_SDKS=FOLDER cargo test --release -p homeroom-serve openai_client
# Needs python3 with the module venv; does nothing where it has already run.
set -eu

version=3.57.0

if [ $# -ne 1 ]; then
    echo "usage: $0 FOLDER" >&2
    exit 2
fi
venv="$1/venv"
python="$venv/bin/python"

if [ -x "$python" ] && [ "$("$python" -c 'import openai; print(openai.__version__)' 2>/dev/null)" = "$version" ]; then
    echo "$venv is there."
    exit 0
fi
mkdir -p "$1"
rm -rf "$venv"
if ! python3 -m venv "$venv"; then
    echo "python3 with the module venv is needed (Debian: apt-get install python3-venv)." >&2
    exit 1
fi
"$python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: "openai==$version"
echo "$venv is ready."
