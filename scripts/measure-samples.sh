#!/usr/bin/env bash
# Every measure on a small sample of its data, so that the whole path is exercised. HOMEROOM_DATA names the data,
# HOMEROOM_MODELS the models; what lacks either is skipped by name. The full figures are docs/figures.md.
set -euo pipefail
cd "$(dirname "$0")/.."
homeroom=./target/release/homeroom
measure() { echo; echo "homeroom measure $*"; "$homeroom" measure "$@"; }
data="${HOMEROOM_DATA:-}"
if [ -n "$data" ]; then
  jfleg="$data/gec-en/jfleg-dev"
  measure parser --data "$data/ud-en-ewt/test.conllu" --limit 200
  measure spelling --source "$jfleg/dev.src" --reference "$jfleg/dev.ref0" --limit 200
  measure gec --data "$jfleg/dev.ref.m2" --limit 100
  measure scoring --data "$data/aes-en/ellipse-half.jsonl" --limit 100
else
  echo "skipped: measures of correction, scoring and parsing (HOMEROOM_DATA is not set)"
fi
if [ -z "${HOMEROOM_MODELS:-}" ]; then
  echo "skipped: measures with models (HOMEROOM_MODELS is not set)"
  exit 0
fi
measure ocr --limit 2
measure speech --limit 5
# The small model that scores edits also talks, badly: the whole path of a large one without its gigabyte.
talker="$HOMEROOM_MODELS/smollm2-135m/model.gguf"
measure injection --limit 2
measure explanations --model "$talker" --limit 2
if [ -n "$data" ]; then
  measure transcription --data "$data/speechocean762-train" --limit 20
  measure gec --deep --data "$jfleg/dev.ref.m2" --limit 20
  measure gec --model "$talker" --data "$jfleg/dev.ref.m2" --limit 10
  measure tools --model "$talker" --data "$data/suites/bfcl" --limit 2
  measure hearing --data "$data/speechocean762-train" --limit 20
fi
