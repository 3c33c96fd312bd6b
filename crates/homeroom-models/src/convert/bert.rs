//! A BERT encoder as a graph that gives sentence embeddings.

use super::onnx::{Attribute, Axis, Element, Graph};
use super::{Tensors, transposed};
use crate::ConvertFault;

/// Dimensions of a head in all BERT models of this size (`num_attention_heads` 12 of width 384).
const HEAD: usize = 32;
/// `layer_norm_eps` of the model's configuration.
const EPSILON: f32 = 1e-12;
/// What is added where the mask is 0: enough that `exp` makes 0 of it.
const MASKED: f32 = -1e9;

/// Inputs `input_ids`, `attention_mask` (1 where there is a token) and `token_type_ids`, all `[N, T]`, 64-bit integers.
/// Outputs `last_hidden_state` `[N, T, width]` and `sentence_embedding` `[N, width]`: the mean over the tokens that are there,
/// of length 1.
///
/// # Errors
/// [`ConvertFault::NoTensor`], [`ConvertFault::Shape`].
///
/// # Source
/// Devlin et al. 2019; the pooling is sentence-transformers' for all-MiniLM-L6-v2.
pub(crate) fn embedding(tensors: &Tensors<'_>) -> Result<Graph, ConvertFault> {
    let [vocabulary, width] = tensors.shape("embeddings.word_embeddings.weight")?;
    let [positions, _] = tensors.shape("embeddings.position_embeddings.weight")?;
    let [kinds, _] = tensors.shape("embeddings.token_type_embeddings.weight")?;
    if width % HEAD != 0 {
        let tensor = "embeddings.word_embeddings.weight".to_owned();
        return Err(ConvertFault::Shape { tensor, shape: vec![vocabulary, width] });
    }
    let n_layers = tensors.count(|i| format!("encoder.layer.{i}.attention.self.query.weight"));
    let mut g = Graph::new("bert");
    let batch = [Axis::Free("batch"), Axis::Free("tokens")];
    for name in ["input_ids", "attention_mask", "token_type_ids"] {
        g.input(name, Element::I64, &batch);
    }

    let words = tensors.get("embeddings.word_embeddings.weight", &[vocabulary, width])?;
    let words = g.lookup("input_ids", "words", &words, width);
    let kind_table = tensors.get("embeddings.token_type_embeddings.weight", &[kinds, width])?;
    let kind_table = g.f32("kinds", &[kinds, width], &kind_table);
    let kinds = g.op("Gather", &[&kind_table, "token_type_ids"], &[]);
    let table = tensors.get("embeddings.position_embeddings.weight", &[positions, width])?;
    let table = g.f32("positions", &[positions, width], &table);
    let zero = g.i64("zero", &[0]);
    let n_tokens = g.op("Shape", &["input_ids"], &[Attribute::Int("start", 1), Attribute::Int("end", 2)]);
    let places = g.op("Slice", &[&table, &zero, &n_tokens, &zero], &[]);
    let x = g.op("Add", &[&words, &kinds], &[]);
    let x = g.op("Add", &[&x, &places], &[]);
    let mut x = norm(&mut g, tensors, &x, "embeddings.LayerNorm", width)?;

    let present = g.op("Cast", &["attention_mask"], &[Attribute::Int("to", Element::F32 as i64)]);
    let one = g.f32("one", &[], &[1.0]);
    let masked = g.f32("masked", &[], &[MASKED]);
    let absent = g.op("Sub", &[&one, &present], &[]);
    let absent = g.op("Mul", &[&absent, &masked], &[]);
    let axes = g.i64("head_and_query", &[1, 2]);
    let mask = g.op("Unsqueeze", &[&absent, &axes], &[]);

    for i in 0..n_layers {
        let layer = |part: &str| format!("encoder.layer.{i}.{part}");
        let [query, key, value] = {
            let mut heads = |part: &str| {
                let all = linear(&mut g, tensors, &x, &layer(&format!("attention.self.{part}")))?;
                Ok::<_, ConvertFault>(g.split_heads(&all, width / HEAD, HEAD))
            };
            [heads("query")?, heads("key")?, heads("value")?]
        };
        let mixed = g.attention(&query, &key, &value, Some(&mask), HEAD, width);
        let mixed = linear(&mut g, tensors, &mixed, &layer("attention.output.dense"))?;
        x = g.op("Add", &[&mixed, &x], &[]);
        x = norm(&mut g, tensors, &x, &layer("attention.output.LayerNorm"), width)?;
        let inner = linear(&mut g, tensors, &x, &layer("intermediate.dense"))?;
        let inner = g.gelu(&inner);
        let inner = linear(&mut g, tensors, &inner, &layer("output.dense"))?;
        x = g.op("Add", &[&inner, &x], &[]);
        x = norm(&mut g, tensors, &x, &layer("output.LayerNorm"), width)?;
    }
    g.node("Identity", &[&x], &["last_hidden_state"], &[]);
    g.output("last_hidden_state", &[batch[0], batch[1], Axis::Fixed(width)]);

    let last = g.i64("last_axis", &[-1]);
    let tokens = g.i64("token_axis", &[1]);
    let weights = g.op("Unsqueeze", &[&present, &last], &[]);
    let sum = g.op("Mul", &[&x, &weights], &[]);
    // The mean's divisor would be taken out again by the length.
    let sum = g.op("ReduceSum", &[&sum, &tokens], &[Attribute::Int("keepdims", 0)]);
    let square = g.op("Mul", &[&sum, &sum], &[]);
    let square = g.op("ReduceSum", &[&square, &last], &[Attribute::Int("keepdims", 1)]);
    let length = g.op("Sqrt", &[&square], &[]);
    g.node("Div", &[&sum, &length], &["sentence_embedding"], &[]);
    g.output("sentence_embedding", &[batch[0], Axis::Fixed(width)]);
    Ok(g)
}

fn linear(g: &mut Graph, tensors: &Tensors<'_>, x: &str, name: &str) -> Result<String, ConvertFault> {
    let [n_out, n_in] = tensors.shape(&format!("{name}.weight"))?;
    let weights = transposed(&tensors.get(&format!("{name}.weight"), &[n_out, n_in])?, n_in);
    let bias = tensors.get(&format!("{name}.bias"), &[n_out])?;
    Ok(g.linear_by_floats(x, name, &weights, Some(&bias), n_out))
}

fn norm(g: &mut Graph, tensors: &Tensors<'_>, x: &str, name: &str, width: usize) -> Result<String, ConvertFault> {
    let gamma = tensors.get(&format!("{name}.weight"), &[width])?;
    let beta = tensors.get(&format!("{name}.bias"), &[width])?;
    Ok(g.norm(x, name, &gamma, &beta, EPSILON))
}
