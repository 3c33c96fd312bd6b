//! Vectors of meaning: as bytes in the index, and as arrays to search.

use std::collections::HashMap;
use std::sync::Arc;

use homeroom_core::ability::Embed;
use tantivy::index::SegmentId;
use tantivy::{DocId, Searcher, SegmentReader, TantivyDocument};

use crate::KnowError;
use crate::base::Fields;

/// How many products are summed side by side, so that the compiler can use wide registers.
const LANES: usize = 8;

/// The vectors of `texts`, of length 1.
pub(crate) fn embed(model: &dyn Embed, texts: &[&str]) -> Result<Vec<Vec<f32>>, KnowError> {
    let mut vectors = model.embed(texts)?;
    let width = vectors.first().map_or(0, Vec::len);
    let wrong = || KnowError::Vectors { texts: texts.len() };
    if vectors.len() != texts.len() || width == 0 {
        return Err(wrong());
    }
    for vector in &mut vectors {
        let length = dot(vector, vector).sqrt();
        if vector.len() != width || !length.is_finite() || length == 0.0 {
            return Err(wrong());
        }
        vector.iter_mut().for_each(|x| *x /= length);
    }
    Ok(vectors)
}

pub(crate) fn to_bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// `None` where the number of bytes is not one of whole numbers.
pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Vec<f32>> {
    let (numbers, []) = bytes.as_chunks::<4>() else { return None };
    Some(numbers.iter().map(|n| f32::from_le_bytes(*n)).collect())
}

/// The sum of products of the two, as far as both go.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let n = a.len().min(b.len());
    let ((a, a_rest), (b, b_rest)) = (a[..n].as_chunks::<LANES>(), b[..n].as_chunks::<LANES>());
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

/// The vectors of one segment of the index, which never changes.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Numbers per vector.
    width: usize,
    documents: Vec<DocId>,
    /// One vector after the other.
    values: Vec<f32>,
}

impl Segment {
    fn read(reader: &SegmentReader, fields: &Fields, model: &str) -> tantivy::Result<Segment> {
        let store = reader.get_store_reader(1)?;
        let mut segment = Segment { width: 0, documents: Vec::new(), values: Vec::new() };
        for id in reader.doc_ids_alive() {
            let document: TantivyDocument = store.get(id)?;
            let Some(vector) = fields.vector(&document, model) else { continue };
            if segment.width == 0 {
                segment.width = vector.len();
                segment.values.reserve_exact(vector.len() * reader.num_docs() as usize);
            }
            if vector.len() == segment.width {
                segment.documents.push(id);
                segment.values.extend_from_slice(&vector);
            }
        }
        segment.values.shrink_to_fit();
        Ok(segment)
    }

    /// The cosine of `asked` with each vector.
    pub(crate) fn cosines(&self, asked: &[f32]) -> impl Iterator<Item = (DocId, f32)> {
        let fits = asked.len() == self.width && self.width > 0;
        let rows = self.values.chunks_exact(self.width.max(1)).take(if fits { usize::MAX } else { 0 });
        self.documents.iter().copied().zip(rows).map(move |(id, row)| (id, dot(row, asked)))
    }
}

/// The vectors that have been read, by segment and model.
#[derive(Debug, Default)]
pub(crate) struct Vectors {
    segments: HashMap<(SegmentId, String), Arc<Segment>>,
}

impl Vectors {
    /// The vectors of `model` of every segment in `searcher`, in its order. Those of segments that are gone are let go.
    pub(crate) fn of(
        &mut self,
        searcher: &Searcher,
        fields: &Fields,
        model: &str,
    ) -> tantivy::Result<Vec<Arc<Segment>>> {
        let readers = searcher.segment_readers();
        self.segments.retain(|(id, _), _| readers.iter().any(|reader| reader.segment_id() == *id));
        let mut out = Vec::with_capacity(readers.len());
        for reader in readers {
            let key = (reader.segment_id(), model.to_owned());
            let segment = match self.segments.get(&key) {
                Some(known) => Arc::clone(known),
                None => {
                    let read = Arc::new(Segment::read(reader, fields, model)?);
                    self.segments.insert(key, Arc::clone(&read));
                    read
                }
            };
            out.push(segment);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_products() {
        let a: Vec<f32> = (0..11).map(|i| i as f32).collect();
        assert_eq!(from_bytes(&to_bytes(&a)), Some(a.clone()));
        assert_eq!(from_bytes(&[1, 2, 3]), None);
        assert!((dot(&a, &a) - 385.0).abs() < 1e-3);
    }
}
