//! Reads files of the format safetensors.
//!
//! # Source
//! <https://huggingface.co/docs/safetensors>: eight bytes with the header's length, the header as JSON, the tensors.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Number, Tensors};
use crate::ConvertFault;

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

/// The tensors of 32-bit floats that a file holds; others are left out.
///
/// # Errors
/// [`ConvertFault::CutOff`], [`ConvertFault::Format`], [`ConvertFault::Shape`] where shape and bytes disagree.
pub(crate) fn read(bytes: &[u8]) -> Result<Tensors<'_>, ConvertFault> {
    const FORMAT: ConvertFault = ConvertFault::Format { expected: "safetensors" };
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or(ConvertFault::CutOff { at: bytes.len() })?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| FORMAT)?;
    let (header, data) = rest.split_at_checked(length).ok_or(ConvertFault::CutOff { at: bytes.len() })?;
    let header: BTreeMap<String, serde_json::Value> = serde_json::from_slice(header).map_err(|_| FORMAT)?;
    let mut tensors = Tensors::default();
    for (name, entry) in header {
        if name == "__metadata__" {
            continue;
        }
        let Entry { dtype, shape, data_offsets: [from, to] } = serde_json::from_value(entry).map_err(|_| FORMAT)?;
        if dtype != "F32" {
            continue;
        }
        let bytes = data.get(from..to).ok_or(ConvertFault::CutOff { at: bytes.len() })?;
        tensors.insert(name, shape, Number::F32, bytes)?;
    }
    Ok(tensors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
    }

    #[test]
    fn a_tensor() {
        let header = r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},
            "ids":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}"#;
        let data: Vec<u8> = [1.0_f32, -2.0].iter().flat_map(|v| v.to_le_bytes()).chain([0; 8]).collect();
        let bytes = file(header, &data);
        let tensors = read(&bytes).unwrap();
        assert_eq!(tensors.get("a", &[1, 2]).unwrap(), [1.0, -2.0]);
        assert!(matches!(tensors.get("a", &[2, 1]), Err(ConvertFault::Shape { .. })));
        assert!(matches!(tensors.get("ids", &[1]), Err(ConvertFault::NoTensor { .. })));
    }

    #[test]
    fn damaged_files() {
        #[track_caller]
        fn check(bytes: &[u8], wanted: &str) {
            assert_eq!(read(bytes).err().unwrap().to_string(), wanted);
        }
        check(b"", "it is cut off at byte 0");
        check(&u64::MAX.to_le_bytes(), "it is cut off at byte 8");
        check(&file("no json", b""), "it is not in the format safetensors");
        check(&file(r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, b"12"), "it is cut off at byte 64");
        check(
            &file(r#"{"a":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,4]}}"#, b"1234"),
            "the tensor a has the shape [9223372036854775807, 4]",
        );
    }
}
