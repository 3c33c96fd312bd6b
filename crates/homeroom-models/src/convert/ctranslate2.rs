//! Reads CTranslate2's `model.bin`.
//!
//! # Source
//! `serialize` in <https://github.com/OpenNMT/CTranslate2/blob/master/python/ctranslate2/specs/model_spec.py>: version, name and
//! revision of the model, then name, rank, axes, type, number of bytes and bytes of each variable.

use super::{Number, Tensors};
use crate::ConvertFault;

/// Type ids of floats; others (scales of quantised models, settings) are left out.
const F32: u8 = 0;
const F16: u8 = 4;
/// Most axes that a variable has.
const MAX_RANK: u8 = 8;

const FORMAT: ConvertFault = ConvertFault::Format { expected: "model.bin of CTranslate2" };

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ConvertFault> {
        let end = self.at.checked_add(length);
        let taken =
            end.and_then(|end| self.bytes.get(self.at..end)).ok_or(ConvertFault::CutOff { at: self.bytes.len() })?;
        self.at += length;
        Ok(taken)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], ConvertFault> {
        let at = self.bytes.len();
        self.take(N)?.first_chunk::<N>().copied().ok_or(ConvertFault::CutOff { at })
    }

    fn u32(&mut self) -> Result<usize, ConvertFault> {
        Ok(u32::from_le_bytes(self.number()?) as usize)
    }

    fn text(&mut self) -> Result<&'a str, ConvertFault> {
        let length = u16::from_le_bytes(self.number()?);
        let text = std::str::from_utf8(self.take(length.into())?).map_err(|_| FORMAT)?;
        Ok(text.trim_end_matches('\0'))
    }
}

/// The variables of floats that a file holds.
///
/// # Errors
/// [`ConvertFault::CutOff`], [`ConvertFault::Format`], [`ConvertFault::Shape`].
pub(crate) fn read(bytes: &[u8]) -> Result<Tensors<'_>, ConvertFault> {
    let mut reader = Reader { bytes, at: 0 };
    let mut tensors = Tensors::default();
    let (_version, _name, _revision) = (reader.u32()?, reader.text()?, reader.u32()?);
    for _ in 0..reader.u32()? {
        let name = reader.text()?.to_owned();
        let [rank] = reader.number()?;
        if rank > MAX_RANK {
            return Err(FORMAT);
        }
        let shape = (0..rank).map(|_| reader.u32()).collect::<Result<Vec<_>, _>>()?;
        let [kind] = reader.number()?;
        let size = reader.u32()?;
        let bytes = reader.take(size)?;
        match kind {
            F32 => tensors.insert(name, shape, Number::F32, bytes)?,
            F16 => tensors.insert(name, shape, Number::F16, bytes)?,
            _ => {}
        }
    }
    Ok(tensors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Vec<u8> {
        [&(text.len() as u16 + 1).to_le_bytes()[..], text.as_bytes(), b"\0"].concat()
    }

    fn file(variables: &[(&str, &[u32], u8, &[u8])]) -> Vec<u8> {
        let mut file = [&6_u32.to_le_bytes()[..], &text("WhisperSpec"), &3_u32.to_le_bytes()].concat();
        file.extend((variables.len() as u32).to_le_bytes());
        for (name, shape, kind, bytes) in variables {
            file.extend(text(name));
            file.push(shape.len() as u8);
            shape.iter().for_each(|n| file.extend(n.to_le_bytes()));
            file.push(*kind);
            file.extend((bytes.len() as u32).to_le_bytes());
            file.extend(*bytes);
        }
        file
    }

    #[test]
    fn variables() {
        // 1.5 and -2 in 16 bits.
        let half = [0x00, 0x3e, 0x00, 0xc0];
        let bytes = file(&[("a", &[2, 1], F16, &half), ("b", &[], 1, &[7]), ("c", &[1], F32, &1.25_f32.to_le_bytes())]);
        let tensors = read(&bytes).unwrap();
        assert_eq!(tensors.get("a", &[2, 1]).unwrap(), [1.5, -2.0]);
        assert_eq!(tensors.get("c", &[1]).unwrap(), [1.25]);
        assert!(matches!(tensors.get("b", &[]), Err(ConvertFault::NoTensor { .. })));
        assert!(matches!(tensors.get("a", &[2]), Err(ConvertFault::Shape { .. })));
    }

    #[test]
    fn every_cut_is_noticed() {
        let bytes = file(&[("a", &[1], F32, &[0; 4])]);
        for end in 0..bytes.len() {
            assert!(matches!(read(&bytes[..end]), Err(ConvertFault::CutOff { .. })), "{end}");
        }
    }

    #[test]
    fn other_files() {
        assert!(read(&[0xff; 64]).is_err());
        assert!(matches!(read(&file(&[("a", &[3], F32, &[0; 4])])), Err(ConvertFault::Shape { .. })));
        assert!(matches!(read(&file(&[("a", &[0], F32, &[])])), Err(ConvertFault::Shape { .. })));
        assert!(matches!(read(&file(&[("a", &[1; 9], F32, &[0; 4])])), Err(ConvertFault::Format { .. })));
    }
}
