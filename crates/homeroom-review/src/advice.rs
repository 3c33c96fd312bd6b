//! Advice on a trait, for essays whose errors fill fewer than three topics.

use homeroom_core::{Bilingual, Document, Evidence, Span};

use crate::{Example, Exercise, ExerciseItem, WorkItem};

/// Below this many connectives of different kinds, ideas stand side by side.
const FEW_CONNECTIVES: f64 = 5.0;
/// Below this mean length in words, sentences are choppy for a learner of this age.
const SHORT_SENTENCES: f64 = 11.0;
/// Below this share of word types at B1 or higher, the vocabulary is basic.
const BASIC_VOCABULARY: f64 = 0.18;
/// With fewer paragraphs than this, an essay of [`LONG_ENOUGH`] words has no visible plan.
const FEW_PARAGRAPHS: f64 = 3.0;
/// Words from which paragraphs are expected.
const LONG_ENOUGH: usize = 120;

/// What an essay can gain apart from errors, the most useful first.
pub(crate) fn advice(evidence: &Evidence, sentences: &[Span]) -> Vec<WorkItem> {
    let mut out = Vec::new();
    out.extend(paragraphs(evidence));
    out.extend(joining(evidence, sentences));
    out.extend(openings(evidence, sentences));
    out.extend(repeated_word(evidence, sentences));
    out
}

fn example(document: &Document, span: Span, why: Bilingual) -> Example {
    let sentence = document.sentence_around(span);
    Example {
        span,
        sentence: sentence.of(&document.text).to_owned(),
        marked: span.of(&document.text).to_owned(),
        corrected: None,
        why,
    }
}

fn paragraphs(evidence: &Evidence) -> Option<WorkItem> {
    let value = evidence.feature("paragraphs")?;
    if value >= FEW_PARAGRAPHS || evidence.words < LONG_ENOUGH {
        return None;
    }
    let text = &evidence.document.text;
    let sentences = crate::sentences::sentences(&evidence.document);
    let middle = sentences.get(sentences.len() / 3)?;
    let late = sentences.get(sentences.len().saturating_sub(2))?;
    let why = Bilingual::new("A new paragraph could begin here.", "这里可以另起一段。");
    Some(WorkItem {
        topic: "paragraphs".to_owned(),
        title: Bilingual::new("Give your essay paragraphs", "给文章分段"),
        rule: Bilingual::new(
            format!(
                "Your {} words stand in {}. Use one paragraph to say what you think, one for each reason with its example, and one to close.",
                evidence.words,
                if value <= 1.0 { "one block" } else { "two blocks" }
            ),
            format!(
                "全文 {} 个词只有 {} 段。建议：一段提出观点，每个理由连同例子一段，最后一段总结。",
                evidence.words, value as usize
            ),
        ),
        count: 0,
        examples: vec![example(&evidence.document, *middle, why.clone()), example(&evidence.document, *late, why)],
        exercise: Exercise {
            instruction: Bilingual::new(
                "Decide where each sentence belongs: opening, reason, or closing.",
                "判断下面的句子应当放在开头、理由部分还是结尾。",
            ),
            items: vec![
                item(sentences.first()?.of(text), "opening"),
                item(middle.of(text), "reason"),
                item(sentences.last()?.of(text), "closing"),
            ],
        },
    })
}

fn item(task: &str, answer: &str) -> ExerciseItem {
    ExerciseItem { task: task.to_owned(), answer: answer.to_owned() }
}

fn n_words(text: &str) -> usize {
    text.split_whitespace().count()
}

fn joining(evidence: &Evidence, sentences: &[Span]) -> Option<WorkItem> {
    let short = evidence.feature("mean_sentence_words").is_some_and(|v| v < SHORT_SENTENCES);
    let bare = evidence.feature("connective_types").is_some_and(|v| v < FEW_CONNECTIVES);
    if !short && !bare {
        return None;
    }
    let text = &evidence.document.text;
    // Pairs of short neighbours in the same paragraph can be joined.
    let pairs: Vec<(Span, Span)> = sentences
        .windows(2)
        .map(|w| (w[0], w[1]))
        .filter(|(a, b)| !text[a.end..b.start].contains('\n'))
        .filter(|(a, b)| (3..=11).contains(&n_words(a.of(text))) && (3..=11).contains(&n_words(b.of(text))))
        .take(3)
        .collect();
    let (first, second) = *pairs.first()?;
    let items = pairs
        .iter()
        .map(|(a, b)| {
            let head = a.of(text).trim_end_matches(['.', '!', '。']);
            let tail = lower_first(b.of(text));
            ExerciseItem {
                task: format!(
                    "{} {} → one sentence with a joining word (and, but, so, because, when, which)",
                    a.of(text),
                    b.of(text)
                ),
                answer: format!("for example: {head}, and {tail} Choose the word that fits your meaning."),
            }
        })
        .collect();
    let why =
        Bilingual::new("These two short sentences belong together; join them.", "这两个短句意思相连，可以合成一句。");
    let mut shown = example(&evidence.document, first.join(second), why);
    shown.sentence = first.join(second).of(text).to_owned();
    Some(WorkItem {
        topic: "joining".to_owned(),
        title: Bilingual::new("Join short sentences", "把短句连起来"),
        rule: Bilingual::new(
            "When two short sentences belong together, show how: because gives the reason, so the result, but the contrast, when the time, which or who more about a thing or person.",
            "两个意思相连的短句，用连接词写成一句：because 表原因，so 表结果，but 表转折，when 表时间，which/who 进一步说明人或物。",
        ),
        count: 0,
        examples: vec![shown],
        exercise: Exercise {
            instruction: Bilingual::new("Join each pair of your own sentences.", "把你自己的这几对句子各连成一句。"),
            items,
        },
    })
}

fn lower_first(text: &str) -> String {
    if text.starts_with("I ") || text.starts_with("I'") {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

fn openings(evidence: &Evidence, sentences: &[Span]) -> Option<WorkItem> {
    let text = &evidence.document.text;
    let mut counts: std::collections::BTreeMap<String, Vec<Span>> = std::collections::BTreeMap::new();
    for span in sentences {
        let first = span.of(text).split_whitespace().next().unwrap_or("").trim_matches(|c: char| !c.is_alphanumeric());
        if !first.is_empty() {
            counts.entry(first.to_lowercase()).or_default().push(*span);
        }
    }
    let (word, spans) = counts.into_iter().max_by_key(|(_, v)| v.len())?;
    if spans.len() < 4 || spans.len() * 3 < sentences.len() {
        return None;
    }
    let why = Bilingual::new(
        format!("It begins with “{word}” like {} others.", spans.len() - 1),
        format!("这句和另外 {} 句一样以“{word}”开头。", spans.len() - 1),
    );
    Some(WorkItem {
        topic: "openings".to_owned(),
        title: Bilingual::new("Begin your sentences in different ways", "句子开头要有变化"),
        rule: Bilingual::new(
            format!(
                "{} of your {} sentences begin with “{word}”. Begin some with a time (After school, …), a reason (Because …), or another subject.",
                spans.len(),
                sentences.len()
            ),
            format!(
                "你的 {} 个句子里有 {} 句以“{word}”开头。可以试着用时间(After school, …)、原因(Because …)或别的主语开头。",
                sentences.len(),
                spans.len()
            ),
        ),
        count: 0,
        examples: spans.iter().take(2).map(|s| example(&evidence.document, *s, why.clone())).collect(),
        exercise: Exercise {
            instruction: Bilingual::new(
                "Write these sentences again with another beginning.",
                "换一种开头改写下面的句子。",
            ),
            items: spans
                .iter()
                .skip(1)
                .take(3)
                .map(|s| ExerciseItem {
                    task: s.of(text).to_owned(),
                    answer:
                        "open: any beginning that keeps the meaning, for example with a time, a place or a reason first"
                            .to_owned(),
                })
                .collect(),
        },
    })
}

/// Everyday words that say little, and words that say more.
const PLAIN_WORDS: [(&str, &str); 9] = [
    ("good", "useful, helpful, reliable, enjoyable"),
    ("bad", "harmful, serious, unpleasant, disappointing"),
    ("very", "extremely, really – or a stronger adjective"),
    ("many", "plenty of, a great number of, various"),
    ("think", "believe, consider, am convinced"),
    ("big", "huge, serious, important"),
    ("get", "receive, become, gain, obtain"),
    ("thing", "a word that names the thing: problem, habit, tool, reason"),
    ("things", "a word that names them: problems, habits, tools, reasons"),
];

fn repeated_word(evidence: &Evidence, sentences: &[Span]) -> Option<WorkItem> {
    if evidence.feature("b1_plus_share").is_some_and(|v| v >= BASIC_VOCABULARY) {
        return None;
    }
    let text = &evidence.document.text;
    let uses = |word: &str| -> Vec<Span> {
        let mut out = Vec::new();
        for sentence in sentences {
            let mut at = sentence.start;
            for chunk in sentence.of(text).split_inclusive(|c: char| !c.is_alphanumeric() && c != '\'') {
                let bare = chunk.trim_end_matches(|c: char| !c.is_alphanumeric());
                if bare.eq_ignore_ascii_case(word) {
                    out.push(Span::new(at, at + bare.len()));
                }
                at += chunk.len();
            }
        }
        out
    };
    let (word, better, spans) = PLAIN_WORDS.iter().map(|(w, b)| (*w, *b, uses(w))).max_by_key(|(_, _, s)| s.len())?;
    if spans.len() < 3 {
        return None;
    }
    let why = Bilingual::new(
        format!("“{word}” stands in your essay {} times.", spans.len()),
        format!("“{word}”在文中用了 {} 次。", spans.len()),
    );
    Some(WorkItem {
        topic: "vocabulary".to_owned(),
        title: Bilingual::new(format!("Find a better word than “{word}”"), format!("换掉“{word}”，用更准确的词")),
        rule: Bilingual::new(
            format!("You wrote “{word}” {} times. A more exact word tells the reader more: {better}.", spans.len()),
            format!("“{word}”用了 {} 次。更准确的词能告诉读者更多：{better}。", spans.len()),
        ),
        count: 0,
        examples: spans.iter().take(2).map(|s| example(&evidence.document, *s, why.clone())).collect(),
        exercise: Exercise {
            instruction: Bilingual::new("Replace the word in your own sentences.", "在你自己的句子里换一个词。"),
            items: spans
                .iter()
                .take(3)
                .map(|s| {
                    let sentence = evidence.document.sentence_around(*s);
                    let before = Span::new(sentence.start, s.start).of(text);
                    let after = Span::new(s.end, sentence.end).of(text);
                    ExerciseItem { task: format!("{before}____{after}"), answer: format!("for example: {better}") }
                })
                .collect(),
        },
    })
}
