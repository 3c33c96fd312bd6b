//! Notes which of a processor's instructions llama.cpp is built to use, so that the program can tell where they are missing
//! before it runs into one. llama.cpp's build takes the same variables from the environment (`scripts/cpu.sh` sets them).

/// Variables of llama.cpp's build, and what they make it use.
const SWITCHES: [(&str, &str); 3] = [
    ("GGML_AVX512", "avx512f,avx512cd,avx512vl,avx512dq,avx512bw"),
    ("GGML_AVX512_VNNI", "avx512vnni"),
    ("GGML_AVX512_VBMI", "avx512vbmi"),
];
/// What it uses in any case.
const ALWAYS: &str = "avx2,fma,f16c,bmi2";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let mut used = ALWAYS.to_owned();
    for (switch, instructions) in SWITCHES {
        println!("cargo:rerun-if-env-changed={switch}");
        if std::env::var(switch).is_ok_and(|value| value == "ON") {
            used = format!("{used},{instructions}");
        }
    }
    println!("cargo:rustc-env=LLAMA_INSTRUCTIONS={used}");
}
