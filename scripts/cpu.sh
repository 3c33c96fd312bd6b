# Sourced before cargo: what llama.cpp may use of this machine's processor beyond AVX2. Models in the same process are then a
# fifth faster, and the program says so where another processor lacks it. HOMEROOM_PORTABLE=1 leaves it out: the program
# then runs such models on every x86-64 processor with AVX2.
if [ -z "${HOMEROOM_PORTABLE:-}" ] && [ -r /proc/cpuinfo ]; then
  processor=" $(sed -n '/^flags/{s/.*: //p;q}' /proc/cpuinfo) "
  all_of() { local flag; for flag in "$@"; do [[ "$processor" == *" $flag "* ]] || return 1; done; }
  if all_of avx512f avx512cd avx512vl avx512dq avx512bw; then
    export GGML_AVX512=ON
    if all_of avx512_vnni; then export GGML_AVX512_VNNI=ON; fi
    if all_of avx512vbmi; then export GGML_AVX512_VBMI=ON; fi
  fi
fi
