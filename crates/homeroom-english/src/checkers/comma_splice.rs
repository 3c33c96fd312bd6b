//! Two independent clauses joined by a comma alone: *I was tired, I went home*.
//!
//! Both clauses have a subject of their own and a finite verb, neither is subordinate, nothing is quoted or reported,
//! and the sentence is not a list of clauses with *and* before the last.

use homeroom_core::{Analysis, Checker, Finding, Upos};

use super::clause::{at, finite_verb, in_quotes, is_comma, is_quote, is_under, leftmost, word};
use super::{Draft, clause};
use crate::compose::capitalise;

/// Confidence where the second clause opens with a pronoun.
const LIKELY: f64 = 0.85;
/// Confidence where it opens with a noun, which may be in apposition or in a list.
const DOUBTFUL: f64 = 0.5;

/// Verbs that report what stands before or behind them.
const REPORTING: [&str; 22] = [
    "say", "think", "believe", "suppose", "guess", "know", "hope", "mean", "see", "ask", "reply", "tell", "feel",
    "answer", "shout", "write", "add", "explain", "remember", "admit", "mind", "wonder",
];

/// Words that make a clause subordinate.
const SUBORDINATORS: [&str; 30] = [
    "if",
    "when",
    "because",
    "although",
    "though",
    "as",
    "while",
    "since",
    "after",
    "before",
    "once",
    "whenever",
    "unless",
    "until",
    "till",
    "wherever",
    "whatever",
    "whoever",
    "whether",
    "that",
    "so",
    "than",
    "where",
    "who",
    "which",
    "how",
    "what",
    "why",
    "however",
    "whichever",
];

/// Adverbs that do not join clauses, though they look as if they did.
const LINKING: [&str; 9] =
    ["however", "therefore", "moreover", "besides", "furthermore", "otherwise", "also", "then", "thus"];

pub(super) struct CommaSplice;

impl Checker for CommaSplice {
    fn id(&self) -> &'static str {
        "comma_splice"
    }

    fn fault(&self) -> &'static str {
        "Two independent clauses joined by a comma alone: *I was tired, I went home*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            if is_comma(analysis, i) {
                findings.extend(splice(analysis, i));
            }
        }
    }
}

/// The predicate of an independent clause that starts with its subject at `first`.
pub(super) fn independent_clause(analysis: &Analysis, first: usize) -> Option<(usize, usize)> {
    let end = analysis.sentences[analysis.tokens[first].sentence].tokens.end.min(first + 6);
    let subject = (first..end).find(|&k| {
        matches!(analysis.tokens[k].deprel, "nsubj" | "nsubj:pass" | "expl") && leftmost(analysis, k) == first
    })?;
    let predicate = analysis.tokens[subject].head?;
    let verb = finite_verb(analysis, predicate).filter(|&v| v > subject)?;
    is_independent(analysis, predicate, first).then_some((predicate, verb))
}

/// Whether no word before the subject subordinates the clause of `predicate`, which starts at `first`.
fn is_independent(analysis: &Analysis, predicate: usize, first: usize) -> bool {
    let deprel = analysis.tokens[predicate].deprel;
    let opener = analysis.children(predicate).any(|c| {
        c < predicate
            && (matches!(analysis.tokens[c].deprel, "mark" | "cc")
                || c < first && SUBORDINATORS.contains(&analysis.tokens[c].lower.as_str()))
    });
    !opener && !matches!(deprel, "acl:relcl" | "acl" | "advcl" | "advcl:relcl" | "csubj")
}

fn splice(analysis: &Analysis, comma: usize) -> Option<Finding> {
    let sentence = analysis.tokens[comma].sentence;
    let tokens = analysis.sentences[sentence].tokens.clone();
    let (mut first, opener) = at(analysis, comma, 1)?;
    let linked = LINKING.contains(&opener.lower.as_str());
    if linked {
        first = at(analysis, first, 1)?.0;
        if is_comma(analysis, first) {
            first = at(analysis, first, 1)?.0;
        }
    }
    // "which", "who" and "what" make a relative clause whatever the parser calls it.
    if matches!(analysis.tokens[first].xpos, "WDT" | "WP" | "WRB" | "WP$") {
        return None;
    }
    let (right, verb) = independent_clause(analysis, first)?;
    // Nothing quoted, in brackets or between dashes.
    let quoted = in_quotes(analysis, comma) || (tokens.start..tokens.end).any(|k| is_quote(analysis, k));
    let bracket = tokens.clone().any(|k| matches!(analysis.form(k), "(" | ")" | "-" | "–" | "—" | "--" | ":" | "?"));
    if quoted || bracket {
        return None;
    }
    // The left clause: the last independent predicate before the comma, with a subject and a finite verb.
    let boundary = (tokens.start..comma).rev().find(|&k| analysis.form(k) == ";").map_or(tokens.start, |k| k + 1);
    let left = (boundary..comma).rev().find(|&k| {
        analysis.child(k, "nsubj").is_some_and(|s| s < comma) && finite_verb(analysis, k).is_some_and(|v| v < comma)
    })?;
    let left_subject = analysis.child(left, "nsubj")?;
    let left_first = leftmost(analysis, left_subject);
    if left_subject >= comma || !is_main_left(analysis, left, left_first, tokens.start) {
        return None;
    }
    // The whole stretch before the comma opens without a subordinator, a gerund or an infinitive.
    let segment = (tokens.start..comma)
        .rev()
        .find(|&k| is_comma(analysis, k) || analysis.form(k) == ";")
        .map_or(tokens.start, |k| k + 1);
    let subordinate = |k: usize| {
        let token = &analysis.tokens[k];
        SUBORDINATORS.contains(&token.lower.as_str()) && token.lower != "that" && token.lower != "so"
            || matches!(token.lower.as_str(), "even" | "no" | "the" | "not") && {
                matches!(
                    word(analysis, k, 1),
                    "if" | "though" | "when" | "matter" | "more" | "less" | "only" | "better"
                )
            }
    };
    let opens_subordinate = |from: usize| {
        let from =
            if matches!(analysis.tokens[from].lower.as_str(), "and" | "but" | "so" | "or") { from + 1 } else { from };
        from < comma && subordinate(from)
    };
    if opens_subordinate(tokens.start) && (tokens.start..comma).all(|k| !is_comma(analysis, k))
        || opens_subordinate(segment)
    {
        return None;
    }
    // Subordinate on the sentence level although it does not open it: "and when he came, ...", "I think that if ..., ".
    if (left_first.saturating_sub(3).max(segment)..left_first).any(subordinate) {
        return None;
    }
    // "If I hire him, and he is good, I don't care": a conjunct is as subordinate as what it continues. A sentence that
    // opens with a subordinator has its main clause behind a later comma.
    let mut conjunct = left;
    while analysis.tokens[conjunct].deprel == "conj" {
        let Some(head) = analysis.tokens[conjunct].head.filter(|&h| h < conjunct) else { break };
        conjunct = head;
        if analysis.children(head).any(|c| c < head && analysis.tokens[c].deprel == "mark") {
            return None;
        }
    }
    let if_then = linked && tokens.clone().any(|k| matches!(analysis.tokens[k].lower.as_str(), "if" | "when"));
    let commas = (boundary..comma).filter(|&k| is_comma(analysis, k)).count();
    if if_then || subordinate(tokens.start) && commas < 2 {
        return None;
    }
    if is_under(analysis, left, right) && matches!(analysis.tokens[left].deprel, "advcl" | "csubj" | "advcl:relcl") {
        return None;
    }
    // Reported speech and comments: "..., he said", "I think, ...", "The truth is, ...".
    let reports = |k: usize| REPORTING.contains(&analysis.tokens[k].lemma.as_str());
    let empty_left = reports(comma - 1) || clause::word(analysis, comma, -1) == "is";
    if reports(right) && analysis.child(right, "obj").is_none() || empty_left {
        return None;
    }
    // A list of clauses: a later one has "and".
    let list = (verb + 1..tokens.end.saturating_sub(1))
        .any(|k| is_comma(analysis, k) && matches!(analysis.tokens[k + 1].lower.as_str(), "and" | "or" | "but"));
    let words_left = (segment..comma).filter(|&k| analysis.tokens[k].upos != Upos::Punct).count();
    if list || words_left < 3 {
        return None;
    }
    let pronoun = matches!(
        analysis.tokens[first].lower.as_str(),
        "i" | "he" | "she" | "we" | "they" | "it" | "you" | "this" | "there"
    );
    // Three clauses in a row may be a list without "and".
    let row = (tokens.start..tokens.end - 1)
        .filter(|&k| k != comma && is_comma(analysis, k) && independent_clause(analysis, k + 1).is_some())
        .count();
    let noun = matches!(analysis.tokens[first].xpos, "DT" | "PRP$") && analysis.tokens[first].lower != "that";
    let opens_plainly = !subordinate(tokens.start) && analysis.tokens[left].deprel != "ccomp";
    let negated = (segment..comma).any(|k| matches!(analysis.tokens[k].lower.as_str(), "not" | "n't"));
    let parallel = negated && matches!(analysis.tokens[first].lower.as_str(), "it" | "they");
    let sure = (pronoun || noun && opens_plainly)
        && row == 0
        && !parallel
        && !matches!(analysis.tokens[right].deprel, "ccomp" | "xcomp" | "dep");
    let opener = analysis.form(comma + 1);
    let lower = if opener == "I" { opener.to_owned() } else { lower_first(analysis, comma + 1) };
    let mut draft = Draft::new("comma_splice", analysis.span_of(comma, comma + 1), "R:PUNCT", "cs")
        .because(
            "Two complete sentences can't be joined by a comma alone: use a full stop or a conjunction.",
            "两个完整的句子不能只用逗号连接，要用句号或加连词。",
        )
        .confidence(if sure { LIKELY } else { DOUBTFUL });
    let mut suggestions = vec![format!(". {}", capitalise(opener)), format!("; {lower}")];
    if !linked {
        suggestions.insert(1, format!(", and {lower}"));
    }
    draft = draft.suggest(suggestions);
    Some(if sure { draft.done() } else { draft.check_this().done() })
}

/// Whether the left predicate's clause can stand alone.
fn is_main_left(analysis: &Analysis, predicate: usize, first: usize, start: usize) -> bool {
    let marked = analysis.children(predicate).any(|c| {
        c < first.max(start) + 1
            && (analysis.tokens[c].deprel == "mark" && analysis.tokens[c].lower != "that"
                || matches!(analysis.tokens[c].xpos, "WRB" | "WP" | "WDT"))
    });
    let inside = matches!(analysis.tokens[predicate].deprel, "acl:relcl" | "advcl" | "csubj" | "acl");
    if inside {
        // "I like the book that he wrote, it is good": the clause around it counts.
        let outer = analysis.tokens[predicate].head.filter(|&h| h < predicate);
        return outer.is_some_and(|mut h| {
            for _ in 0..6 {
                // "Every time I hear it, I am happy": the noun is an adverbial of the second clause.
                if h > predicate {
                    return false;
                }
                if finite_verb(analysis, h).is_some() && analysis.child(h, "nsubj").is_some() {
                    return matches!(analysis.tokens[h].deprel, "root" | "conj" | "parataxis" | "ccomp")
                        && !analysis.children(h).any(|c| analysis.tokens[c].deprel == "mark" && c < h);
                }
                match analysis.tokens[h].head {
                    Some(next) => h = next,
                    None => return false,
                }
            }
            false
        });
    }
    !marked
}

fn lower_first(analysis: &Analysis, i: usize) -> String {
    let form = analysis.form(i);
    if analysis.tokens[i].upos == Upos::Propn { form.to_owned() } else { form.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::CommaSplice;

    #[test]
    fn hits() {
        for (text, fixed) in [
            ("I was very tired, I went to bed early.", "I was very tired. I went to bed early."),
            ("My school is big, it has two libraries.", "My school is big. It has two libraries."),
            ("The food was cold, however, we ate it.", "The food was cold. However, we ate it."),
            ("Tom likes football, he plays it every day.", "Tom likes football. He plays it every day."),
        ] {
            check(&CommaSplice, text, Some(fixed));
        }
    }

    #[test]
    fn near_misses() {
        for text in [
            "When I was young, I lived in a village.",
            "If it rains, we stay at home.",
            "It was late, he said.",
            "As you know, it is hard to learn a language.",
            "I came, I saw, and I won.",
            "He is tired, isn't he?",
            "Walking home, I met a friend.",
            "In my opinion, it is right.",
            "The more you read, the more you know.",
            "If he comes, and you see him, I will be glad.",
            "I have to say, I like it.",
            "I bought a book, which is good.",
            "Every time I hear it, I am happy.",
            "I think that when we are tired, we should rest.",
            "No matter what you do, you will learn.",
            "I was tired, but I went on.",
            "He asked me, \"Is it late?\"",
        ] {
            check(&CommaSplice, text, None);
        }
    }
}
