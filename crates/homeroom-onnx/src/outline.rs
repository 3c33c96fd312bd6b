//! Is a file an ONNX graph that is all there? Asked before the runtime reads it, which trusts the lengths that a file states.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Field of `ModelProto` that holds the graph.
const GRAPH: u64 = 7;
/// A number in this format takes at most so many bytes.
const LONGEST_NUMBER: u32 = 10;

/// Why a file is no whole ONNX graph.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutlineError {
    #[error("the file cannot be read")]
    Read(#[from] std::io::Error),
    #[error("the file is no ONNX graph")]
    Foreign,
    #[error("the file is cut off: {has} bytes of at least {needs}")]
    CutOff { has: u64, needs: u64 },
}

/// Walks the outermost fields of a file.
///
/// # Source
/// <https://protobuf.dev/programming-guides/encoding/>, `onnx.proto3`.
pub(crate) fn check(path: &Path) -> Result<(), OutlineError> {
    let file = File::open(path)?;
    let has = file.metadata()?.len();
    let mut reader = BufReader::new(file);
    let (mut at, mut graph) = (0, false);
    while at < has {
        let (tag, used) = number(&mut reader)?;
        at += used;
        let skip = match tag & 7 {
            0 => {
                let (_, used) = number(&mut reader)?;
                at += used;
                0
            }
            1 => 8,
            2 => {
                let (length, used) = number(&mut reader)?;
                at += used;
                graph |= tag >> 3 == GRAPH && length > 0;
                length
            }
            5 => 4,
            _ => return Err(OutlineError::Foreign),
        };
        let needs = at.checked_add(skip).ok_or(OutlineError::Foreign)?;
        if needs > has {
            return Err(if graph { OutlineError::CutOff { has, needs } } else { OutlineError::Foreign });
        }
        reader.seek_relative(i64::try_from(skip).map_err(|_| OutlineError::Foreign)?)?;
        at = needs;
    }
    if graph { Ok(()) } else { Err(OutlineError::Foreign) }
}

/// A number and how many bytes it took.
fn number(reader: &mut impl BufRead) -> Result<(u64, u64), OutlineError> {
    let mut value = 0_u64;
    for index in 0..LONGEST_NUMBER {
        let mut byte = [0];
        reader.read_exact(&mut byte).map_err(|_| OutlineError::Foreign)?;
        value |= u64::from(byte[0] & 0x7F).checked_shl(7 * index).unwrap_or(0);
        if byte[0] & 0x80 == 0 {
            return Ok((value, u64::from(index) + 1));
        }
    }
    Err(OutlineError::Foreign)
}
