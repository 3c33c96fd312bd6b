//! Writes ONNX graphs: as much of the protobuf format as the graphs of this crate need.
//!
//! # Source
//! `onnx.proto3` of ONNX 1.12, whose field numbers stand beside their names; <https://protobuf.dev/programming-guides/encoding/>.

use std::collections::{BTreeMap, BTreeSet};

use super::quantise::{Columns, PRODUCT_RANGE, WHOLE_RANGE, columns, rows};

/// Version of the operators' definitions: the first with `LayerNormalization`.
const OPSET: u64 = 17;
/// Version of the file format that came with it.
const IR_VERSION: u64 = 8;

/// Types of a tensor's elements, by ONNX's numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Element {
    F32 = 1,
    I8 = 3,
    I64 = 7,
}

/// Length of an axis of an input or an output.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Axis {
    Fixed(usize),
    Free(&'static str),
}

/// An operator's attribute.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attribute<'a> {
    Int(&'a str, i64),
    Ints(&'a str, &'a [i64]),
    Float(&'a str, f32),
}

/// A protobuf message that is being written.
#[derive(Debug, Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn int(&mut self, field: u64, value: u64) {
        self.varint(field << 3);
        self.varint(value);
    }

    fn float(&mut self, field: u64, value: f32) {
        self.varint(field << 3 | 5);
        self.0.extend(value.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, value: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
    }

    fn text(&mut self, field: u64, value: &str) {
        self.bytes(field, value.as_bytes());
    }
}

/// A graph that is being built. Values are named; an operator's output is named after it.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    name: &'static str,
    nodes: Vec<Message>,
    constants: Vec<Message>,
    constant_names: BTreeSet<String>,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
    /// Values that are quantised already: their quantised form, its scale and its zero point.
    quantised: BTreeMap<String, [String; 3]>,
}

impl Graph {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    fn constant(&mut self, name: &str, shape: &[usize], element: Element, bytes: impl FnOnce() -> Vec<u8>) -> String {
        if self.constant_names.insert(name.to_owned()) {
            let mut tensor = Message::default();
            for &length in shape {
                tensor.int(1, length as u64); // dims
            }
            tensor.int(2, element as u64); // data_type
            tensor.text(8, name); // name
            tensor.bytes(9, &bytes()); // raw_data
            self.constants.push(tensor);
        }
        name.to_owned()
    }

    /// A constant; the first of a name is kept.
    pub(crate) fn f32(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        self.constant(name, shape, Element::F32, || values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    /// A constant; the first of a name is kept.
    pub(crate) fn i64(&mut self, name: &str, values: &[i64]) -> String {
        self.constant(name, &[values.len()], Element::I64, || values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    fn i8(&mut self, name: &str, shape: &[usize], values: &[i8]) -> String {
        self.constant(name, shape, Element::I8, || values.iter().map(|v| v.cast_unsigned()).collect())
    }

    /// Adds an operator with outputs of these names.
    pub(crate) fn node(&mut self, kind: &str, inputs: &[&str], outputs: &[&str], attributes: &[Attribute<'_>]) {
        let mut node = Message::default();
        for input in inputs {
            node.text(1, input);
        }
        for output in outputs {
            node.text(2, output);
        }
        node.text(3, outputs[0]); // name
        node.text(4, kind); // op_type
        for attribute in attributes {
            let mut message = Message::default();
            match *attribute {
                Attribute::Int(name, value) => {
                    message.text(1, name);
                    message.int(3, value.cast_unsigned()); // i
                    message.int(20, 2); // type: INT
                }
                Attribute::Float(name, value) => {
                    message.text(1, name);
                    message.float(2, value); // f
                    message.int(20, 1); // type: FLOAT
                }
                Attribute::Ints(name, values) => {
                    message.text(1, name);
                    for value in values {
                        message.int(8, value.cast_unsigned()); // ints
                    }
                    message.int(20, 7); // type: INTS
                }
            }
            node.bytes(5, &message.0);
        }
        self.nodes.push(node);
    }

    /// Adds an operator with one output and returns the output's name.
    pub(crate) fn op(&mut self, kind: &str, inputs: &[&str], attributes: &[Attribute<'_>]) -> String {
        let output = format!("{kind}_{}", self.nodes.len());
        self.node(kind, inputs, &[&output], attributes);
        output
    }

    fn value(name: &str, element: Element, shape: &[Axis]) -> Message {
        let mut dims = Message::default();
        for axis in shape {
            let mut dim = Message::default();
            match axis {
                Axis::Fixed(length) => dim.int(1, *length as u64), // dim_value
                Axis::Free(name) => dim.text(2, name),             // dim_param
            }
            dims.bytes(1, &dim.0);
        }
        let mut tensor = Message::default();
        tensor.int(1, element as u64); // elem_type
        tensor.bytes(2, &dims.0); // shape
        let mut kind = Message::default();
        kind.bytes(1, &tensor.0); // tensor_type
        let mut value = Message::default();
        value.text(1, name);
        value.bytes(2, &kind.0); // type
        value
    }

    /// Adds an input of the graph.
    pub(crate) fn input(&mut self, name: &str, element: Element, shape: &[Axis]) {
        self.inputs.push(Self::value(name, element, shape));
    }

    /// Makes a value an output of the graph, of floats.
    pub(crate) fn output(&mut self, name: &str, shape: &[Axis]) {
        self.outputs.push(Self::value(name, Element::F32, shape));
    }

    /// `x · weights + bias`, with the weights in 8 bits and `x` quantised as it comes. `weights`: `[n_in, n_out]` as rows of
    /// `n_out`. The name is the constants'.
    pub(crate) fn linear(
        &mut self,
        x: &str,
        name: &str,
        weights: &[f32],
        bias: Option<&[f32]>,
        n_out: usize,
    ) -> String {
        let product = self.multiply(x, name, weights, n_out);
        self.add_bias(product, name, bias)
    }

    fn add_bias(&mut self, product: String, name: &str, bias: Option<&[f32]>) -> String {
        let Some(bias) = bias else { return product };
        let bias = self.f32(&format!("{name}/bias"), &[bias.len()], bias);
        self.op("Add", &[&product, &bias], &[])
    }

    /// The same with the weights in 8 bits and everything else in floats: slower, where the states differ too much between
    /// their dimensions for 8 bits.
    pub(crate) fn linear_by_floats(
        &mut self,
        x: &str,
        name: &str,
        weights: &[f32],
        bias: Option<&[f32]>,
        n_out: usize,
    ) -> String {
        let Columns { values, scales } = columns(weights, n_out, WHOLE_RANGE);
        let weights = self.i8(&format!("{name}/weights"), &[weights.len() / n_out, n_out], &values);
        let scales = self.f32(&format!("{name}/scales"), &[n_out], &scales);
        let weights = self.op("DequantizeLinear", &[&weights, &scales], &[Attribute::Int("axis", 1)]);
        let product = self.op("MatMul", &[x, &weights], &[]);
        self.add_bias(product, name, bias)
    }

    fn multiply(&mut self, x: &str, name: &str, weights: &[f32], n_out: usize) -> String {
        let Columns { values, scales } = columns(weights, n_out, PRODUCT_RANGE);
        let weights = self.i8(&format!("{name}/weights"), &[weights.len() / n_out, n_out], &values);
        let scales = self.f32(&format!("{name}/scales"), &[n_out], &scales);
        let zero = self.i8("zero_i8", &[], &[0]);
        let [quantised, scale, zero_point] = self.quantise(x);
        // The runtime makes one operation of the three: product of integers, cast, product with a vector of scales.
        let product = self.op("MatMulInteger", &[&quantised, &weights, &zero_point, &zero], &[]);
        let product = self.op("Cast", &[&product], &[Attribute::Int("to", Element::F32 as i64)]);
        let scale = self.op("Mul", &[&scale, &scales], &[]);
        self.op("Mul", &[&product, &scale], &[])
    }

    fn quantise(&mut self, x: &str) -> [String; 3] {
        if let Some(known) = self.quantised.get(x) {
            return known.clone();
        }
        let outputs = ["u8", "scale", "zero"].map(|what| format!("{x}/{what}"));
        self.node("DynamicQuantizeLinear", &[x], &outputs.each_ref().map(String::as_str), &[]);
        self.quantised.insert(x.to_owned(), outputs.clone());
        outputs
    }

    /// The rows of a table that `ids` names, the table being kept in 8 bits. `table`: rows of `width`.
    pub(crate) fn lookup(&mut self, ids: &str, name: &str, table: &[f32], width: usize) -> String {
        let Columns { values, scales } = rows(table, width, WHOLE_RANGE);
        let n_rows = scales.len();
        let table = self.i8(&format!("{name}/rows"), &[n_rows, width], &values);
        let scales = self.f32(&format!("{name}/scales"), &[n_rows, 1], &scales);
        let row = self.op("Gather", &[&table, ids], &[]);
        let row = self.op("Cast", &[&row], &[Attribute::Int("to", Element::F32 as i64)]);
        let scale = self.op("Gather", &[&scales, ids], &[]);
        self.op("Mul", &[&row, &scale], &[])
    }

    /// Layer normalisation over the last axis.
    pub(crate) fn norm(&mut self, x: &str, name: &str, gamma: &[f32], beta: &[f32], epsilon: f32) -> String {
        let gamma = self.f32(&format!("{name}/gamma"), &[gamma.len()], gamma);
        let beta = self.f32(&format!("{name}/beta"), &[beta.len()], beta);
        let attributes = [Attribute::Int("axis", -1), Attribute::Float("epsilon", epsilon)];
        self.op("LayerNormalization", &[x, &gamma, &beta], &attributes)
    }

    /// GELU by the error function, as both BERT and Whisper have it.
    pub(crate) fn gelu(&mut self, x: &str) -> String {
        let root = self.f32("sqrt_2", &[], &[std::f32::consts::SQRT_2]);
        let one = self.f32("one", &[], &[1.0]);
        let half = self.f32("half", &[], &[0.5]);
        let e = self.op("Div", &[x, &root], &[]);
        let e = self.op("Erf", &[&e], &[]);
        let e = self.op("Add", &[&e, &one], &[]);
        let e = self.op("Mul", &[x, &e], &[]);
        self.op("Mul", &[&e, &half], &[])
    }

    /// `[N, T, width]` to `[N, heads, T, width / heads]`.
    pub(crate) fn split_heads(&mut self, x: &str, heads: usize, head: usize) -> String {
        let shape = self.i64("split_heads", &[0, 0, heads as i64, head as i64]);
        let x = self.op("Reshape", &[x, &shape], &[]);
        self.op("Transpose", &[&x], &[Attribute::Ints("perm", &[0, 2, 1, 3])])
    }

    /// Scaled dot-product attention over heads, its heads joined again. `mask` is added to the products.
    pub(crate) fn attention(
        &mut self,
        query: &str,
        key: &str,
        value: &str,
        mask: Option<&str>,
        head: usize,
        width: usize,
    ) -> String {
        let scale = self.f32("attention_scale", &[], &[1.0 / (head as f32).sqrt()]);
        let query = self.op("Mul", &[query, &scale], &[]);
        let key = self.op("Transpose", &[key], &[Attribute::Ints("perm", &[0, 1, 3, 2])]);
        let mut weights = self.op("MatMul", &[&query, &key], &[]);
        if let Some(mask) = mask {
            weights = self.op("Add", &[&weights, mask], &[]);
        }
        let weights = self.op("Softmax", &[&weights], &[Attribute::Int("axis", -1)]);
        let mixed = self.op("MatMul", &[&weights, value], &[]);
        let mixed = self.op("Transpose", &[&mixed], &[Attribute::Ints("perm", &[0, 2, 1, 3])]);
        let shape = self.i64("join_heads", &[0, 0, width as i64]);
        self.op("Reshape", &[&mixed, &shape], &[])
    }

    /// The graph as an ONNX file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut model = Message::default();
        model.int(1, IR_VERSION);
        model.text(2, "homeroom"); // producer_name
        let mut opset = Message::default();
        opset.text(1, ""); // domain
        opset.int(2, OPSET); // version
        model.bytes(8, &opset.0);
        let mut graph = Message::default();
        for (field, messages) in [(1, &self.nodes), (5, &self.constants), (11, &self.inputs), (12, &self.outputs)] {
            for message in messages {
                graph.bytes(field, &message.0);
            }
        }
        graph.text(2, self.name);
        model.bytes(7, &graph.0);
        model.0
    }
}
