#!/usr/bin/env bash
# Installs what Homeroom needs beside Rust on Debian: a C compiler, what llama.cpp is built with (language models in the
# same process), pip (to fetch the PDF reader by package name) and fonts for the printed reports. Nothing is installed twice. With --tests also what only the tests look at.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=(gcc libc6-dev cmake make g++ clang libclang-dev ca-certificates python3 python3-pip fonts-noto-core fonts-noto-cjk)
if [ "${1:-}" = "--tests" ]; then
  packages+=(chromium libreoffice-writer-nogui poppler-utils python3-venv)
  # `homeroom measure ocr`: fonts made of handwriting, and another program to read the same pages.
  packages+=(fonts-breip fonts-dkg-handwriting fonts-femkeklaver fonts-rufscript fonts-sjfonts)
  packages+=(fonts-dejavu-core fonts-liberation tesseract-ocr tesseract-ocr-chi-sim)
fi
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  sudo=""
  [ "$(id -u)" = 0 ] || sudo=sudo
  echo "Installing: ${missing[*]}"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
./scripts/fetch-pdfium.sh
