//! SmolLM2-135M against an independent implementation: log-probabilities by NumPy in `f32` with attention in full, and
//! tokens by the `tokenizers` package with the vocabulary, merges and pre-tokeniser of the model.

use crate::smollm;

/// Largest difference of a token's log-probability from the reference, in nats.
const TOLERANCE: f32 = 0.25;

#[test]
fn log_probabilities() {
    let Some(lm) = smollm() else { return };
    for (text, wanted) in SENTENCES {
        let mut tokens = vec![lm.start()];
        tokens.extend(lm.tokenize(text));
        let trunk = lm.read(&tokens, 1).unwrap();
        let found = &trunk.log_probabilities()[1..];
        assert_eq!(found.len(), wanted.len(), "{text}");
        for (place, (found, wanted)) in found.iter().zip(wanted.iter()).enumerate() {
            assert!((found - wanted).abs() < TOLERANCE, "{text}, token {place}: {found} in place of {wanted}");
        }
    }
}

#[test]
fn tokens() {
    let Some(lm) = smollm() else { return };
    for (text, wanted) in TEXTS {
        let found: Vec<u32> = lm.tokenize(text).into_iter().map(|token| token.0).collect();
        assert_eq!(&found, wanted, "{text:?}");
    }
}

/// Sentences, and the natural-log probability of each token after `<|endoftext|>`.
// One of them happens to look like a constant of mathematics.
#[allow(clippy::approx_constant)]
const SENTENCES: &[(&str, &[f32])] = &[
    (
        "The cat sat on the mat and looked at the birds outside.",
        &[-5.113, -9.075, -3.069, -0.892, -0.318, -1.124, -3.589, -2.571, -0.621, -1.175, -6.756, -4.156, -0.855],
    ),
    (
        "Last summer my parents and me went to the countryside for visiting my grandfather who live in a old house.",
        &[
            -10.043, -7.481, -7.694, -4.843, -4.195, -6.001, -3.032, -0.548, -1.069, -5.963, -2.875, -9.377, -2.118,
            -4.417, -2.818, -6.153, -0.835, -2.389, -8.074, -1.414, -1.650,
        ],
    ),
    (
        "In my opinion, students should not use their phones in class because it make them lose attention.",
        &[
            -5.854, -5.241, -2.666, -0.064, -9.455, -2.260, -2.650, -5.425, -1.922, -3.192, -2.213, -3.289, -5.600,
            -1.450, -8.787, -0.424, -3.740, -5.061, -1.068,
        ],
    ),
    (
        "I have been learning English since 2015, but I still can't speak it good!",
        &[
            -6.850, -2.736, -1.844, -7.216, -6.346, -2.909, -1.670, -1.519, -0.631, -1.724, -1.551, -1.503, -1.763,
            -0.396, -2.878, -2.971, -0.135, -2.636, -1.543, -8.920, -5.660,
        ],
    ),
    (
        "There are many advantages of living in a big city, such as better jobs, hospitals and schools; however, life is expensive.",
        &[
            -10.868, -0.779, -1.745, -5.275, -0.825, -5.741, -0.512, -0.373, -7.142, -0.192, -1.422, -3.029, -0.000,
            -3.875, -5.069, -0.371, -8.911, -2.291, -2.652, -5.302, -1.354, -0.069, -5.959, -2.385, -5.276, -1.353,
        ],
    ),
];

/// Texts and their tokens.
const TEXTS: &[(&str, &[u32])] = &[
    ("", &[]),
    ("Hello world", &[19556, 905]),
    ("I'm sure they'd've gone, wouldn't you?", &[57, 5248, 2090, 502, 6737, 3543, 7270, 28, 7336, 982, 346, 47]),
    (
        "It's 3,456.78 dollars (or €12).",
        &[1589, 506, 216, 35, 28, 36, 37, 38, 30, 39, 40, 8358, 365, 270, 24927, 33, 34, 595],
    ),
    ("  two  spaces   here ", &[216, 827, 216, 5600, 256, 1535, 216]),
    ("tab\there\n\n  newline", &[15999, 197, 1531, 8866, 725, 1311]),
    ("\n\n\nA", &[1116, 198, 49]),
    ("A \n B", &[49, 3717, 389]),
    ("end with spaces   ", &[486, 351, 5600, 333]),
    ("mixed\t \t tabs", &[35781, 197, 216, 197, 29416]),
    ("crlf\r\nnext", &[11170, 46610, 201, 198, 11282]),
    (
        "中文句子，混合 English words。",
        &[28589, 29184, 12034, 115, 47222, 12831, 177, 132, 132, 16357, 226, 2321, 1924, 19076],
    ),
    ("naïve café résumé", &[3546, 46494, 37366, 412, 2756, 5422, 2756]),
    ("½ ² ³ Ⅷ ٣٤ 五", &[16738, 216, 19133, 216, 39050, 216, 173, 223, 117, 216, 164, 113, 164, 114, 216, 16736, 238]),
    ("emoji 😀👍🏽 test", &[391, 33777, 40303, 218, 10813, 235, 231, 10813, 233, 138, 1028]),
    ("İstanbul ﬁ", &[143, 125, 28683, 40367]),
    ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &[46880, 46880, 46880, 46880, 46880, 46880, 46880, 81]),
    ("!!!!!!!!!!!!!!!!!!!!!", &[36689, 36689, 36689, 36689, 10095, 29646]),
    ("1234567890", &[33, 34, 35, 36, 37, 38, 39, 40, 41, 32]),
    ("DON'T 'S 's 'tis", &[52, 2154, 23, 68, 637, 67, 637, 99, 637, 34818]),
    ("\u{a0}nbsp here", &[15442, 94, 32093, 1535]),
    ("全角\u{3000}空白", &[17086, 118, 37249, 236, 12109, 218, 178, 119, 135, 178, 243, 138]),
    ("a\u{2028}b", &[81, 321, 118, 82]),
    ("\u{85}x", &[141, 223, 104]),
    ("under_score __init__", &[5941, 79, 9818, 2758, 2563, 890]),
    ("<|im_start|>user<|im_end|>", &[44, 108, 306, 79, 3738, 108, 46, 4093, 44, 108, 306, 79, 486, 108, 46]),
    ("…“quotes” — dashes – ‘x’", &[2829, 1585, 385, 2346, 573, 1841, 287, 9604, 816, 1551, 104, 417]),
    (
        "a.b@c.org http://x.y/z?q=1&r=2",
        &[81, 30, 82, 48, 83, 30, 2295, 3622, 1742, 104, 30, 105, 31, 106, 47, 97, 45, 33, 22, 98, 45, 34],
    ),
    ("e\u{301} soft\u{ad}hyphen zero\u{200b}width", &[85, 151, 219, 2375, 141, 251, 1724, 18861, 6708, 321, 229, 6930]),
    ("U.S.A. 100% $5 #tag", &[69, 30, 67, 30, 49, 30, 216, 33, 32, 32, 21, 1885, 37, 907, 9204]),
];
