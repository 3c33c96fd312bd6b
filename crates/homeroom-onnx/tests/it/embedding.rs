//! Vectors of texts.

use homeroom_core::ability::Embed;
use homeroom_onnx::MiniLm;

use crate::models;

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn nearness_in_meaning() {
    let Some(models) = models() else { return };
    let model = MiniLm::load(&models.join("minilm"), 1).unwrap();
    let texts = [
        "this is an example sentence",
        "Pupils should wear a uniform at school.",
        "School uniforms make all children look the same.",
        "My grandmother bakes bread every Sunday.",
        "",
        &"word ".repeat(5_000),
    ];
    let vectors = model.embed(&texts).unwrap();
    assert_eq!(vectors.len(), texts.len());
    for vector in &vectors {
        assert_eq!(vector.len(), 384);
        assert!((cosine(vector, vector) - 1.0).abs() < 1e-3);
    }
    // The reference runtime's first values for the first sentence.
    let wanted = [0.0714, 0.0610, 0.0516, 0.0769, 0.0397, 0.0023];
    assert!(vectors[0].iter().zip(wanted).all(|(a, b)| (a - b).abs() < 0.02), "{:?}", &vectors[0][..6]);
    assert!(cosine(&vectors[1], &vectors[2]) > 0.5);
    assert!(cosine(&vectors[1], &vectors[3]) < 0.3);
    assert_eq!(model.embed(&texts[..1]).unwrap()[0], vectors[0], "a vector does not depend on the texts beside it");
    assert!(model.embed(&[]).unwrap().is_empty());
}
