//! Whether this processor has the instructions that llama.cpp was built to use. Without them the system would end the process.

/// Instructions that llama.cpp uses, as Rust calls them (see `build.rs`).
const USED: &str = env!("LLAMA_INSTRUCTIONS");

/// The first instructions that llama.cpp uses and this processor lacks.
pub(crate) fn lacking() -> Option<&'static str> {
    first_lacking(USED, has)
}

fn first_lacking(used: &str, has: impl Fn(&str) -> bool) -> Option<&str> {
    used.split(',').find(|name| !has(name))
}

#[cfg(target_arch = "x86_64")]
fn has(name: &str) -> bool {
    match name {
        "avx2" => is_x86_feature_detected!("avx2"),
        "fma" => is_x86_feature_detected!("fma"),
        "f16c" => is_x86_feature_detected!("f16c"),
        "bmi2" => is_x86_feature_detected!("bmi2"),
        "avx512f" => is_x86_feature_detected!("avx512f"),
        "avx512cd" => is_x86_feature_detected!("avx512cd"),
        "avx512vl" => is_x86_feature_detected!("avx512vl"),
        "avx512dq" => is_x86_feature_detected!("avx512dq"),
        "avx512bw" => is_x86_feature_detected!("avx512bw"),
        "avx512vnni" => is_x86_feature_detected!("avx512vnni"),
        "avx512vbmi" => is_x86_feature_detected!("avx512vbmi"),
        _ => false,
    }
}

/// Elsewhere llama.cpp is built for what every processor of the kind has.
#[cfg(not(target_arch = "x86_64"))]
fn has(_name: &str) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(first_lacking("avx2,fma,avx512f", |name| name != "avx512f"), Some("avx512f"));
        assert_eq!(first_lacking("avx2,fma", |_| true), None);
        // These tests run where llama.cpp was built.
        assert_eq!(lacking(), None, "{USED}");
        assert!(cfg!(not(target_arch = "x86_64")) || !has("avx1024"));
    }
}
