use std::collections::{BTreeMap, BTreeSet};

use homeroom_core::{Feature, Span, TraitContext, TraitExtractor, TraitId, Upos};

use crate::{
    EffectiveText, Features, errors, ratio,
    words::{self, WordFacts},
};

/// Words of a text that the counts of types look at, so that length alone does not raise them without end.
const TYPE_WINDOW: usize = 400;

/// Window of the moving-average type-token ratio, in words (Covington and McFall 2010 use 50 to 100).
const MATTR_WINDOW: usize = 50;

/// Type-token ratio at which a factor of MTLD ends (McCarthy and Jarvis 2010).
const MTLD_LIMIT: f64 = 0.72;

/// Zipf values between which a known word is called sophisticated: below every-day words, above likely misspellings.
const SOPHISTICATED_ZIPF: (f64, f64) = (1.8, 4.2);

/// Zipf value from which on a pair of words that is in no reference corpus says something.
const PAIRED_ZIPF: f64 = 4.0;

/// CEFR levels as numbers: A1 is 1.
const A1: u8 = 1;
const B1: u8 = 3;
const B2: u8 = 4;

/// Range and level of the words.
///
/// `mean_word_letters`, `mean_zipf` over content types; `a1_share`, `b1_plus_share`, `b2_plus_share` over content types
/// whose CEFR level is known; `sophisticated_share`: known rare content types; `mattr` and `mtld`: diversity;
/// `root_ttr`: types over the root of tokens, of the first 400 words; `collocation_rate`: findings of phrase rules and word
/// choice; `pair_association`: mean pointwise mutual information of the different neighbouring words that a reference
/// corpus knows together, and `unseen_pair_share`: the share that it does not know, though it knows both words well.
///
/// # Source
/// MATTR: Covington and McFall 2010. MTLD: McCarthy and Jarvis 2010. Root TTR: Guiraud 1954. Sophistication: Laufer and
/// Nation 1995, Kyle and Crossley 2015. Pairs: Bestgen and Granger 2014.
pub(crate) struct Vocabulary;

/// A content word as the essay uses it first.
struct ContentType {
    span: Span,
    lower: String,
    upos: Upos,
}

impl TraitExtractor for Vocabulary {
    fn id(&self) -> TraitId {
        TraitId::VOCABULARY
    }

    fn extract(&self, context: TraitContext<'_>) -> Vec<Feature> {
        let analysis = context.analysis;
        let text = EffectiveText::new(analysis, context.prompt);
        let facts = WordFacts::shipped();
        let mut out = Features::new(self.id());

        // A misspelt word says nothing about range: it would look rare and long.
        let misspelt: BTreeSet<usize> =
            context.findings.iter().filter(|f| errors::is_spelling(f)).map(|f| f.span.start).collect();
        let mut types: BTreeMap<&str, ContentType> = BTreeMap::new();
        for &i in text.words.iter().take(TYPE_WINDOW) {
            let token = &analysis.tokens[i];
            if words::is_content(token) && token.upos != Upos::Propn && !misspelt.contains(&token.span.start) {
                types.entry(token.lemma.as_str()).or_insert_with(|| ContentType {
                    span: token.span,
                    lower: token.lower.clone(),
                    upos: token.upos,
                });
            }
        }
        let n_types = types.len() as f64;
        let letters: usize = types.keys().map(|l| l.chars().count()).sum();
        let mut longest: Vec<(&&str, &ContentType)> = types.iter().collect();
        longest.sort_by_key(|(lemma, t)| (std::cmp::Reverse(lemma.chars().count()), t.span));
        out.add("mean_word_letters", ratio(letters as f64, n_types), "letters", longest.iter().map(|(_, t)| t.span));

        let mut by_zipf: Vec<(f64, Span)> = types
            .iter()
            .filter_map(|(lemma, t)| {
                let zipf = facts.zipf(lemma).unwrap_or(0.0).max(facts.zipf(&t.lower)?);
                Some((zipf, t.span))
            })
            .filter(|(zipf, _)| *zipf >= SOPHISTICATED_ZIPF.0)
            .collect();
        by_zipf.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let n_known = by_zipf.len() as f64;
        if n_known > 0.0 {
            let rare: Vec<Span> = by_zipf.iter().filter(|(z, _)| *z < SOPHISTICATED_ZIPF.1).map(|(_, s)| *s).collect();
            let mean = by_zipf.iter().map(|(z, _)| z).sum::<f64>() / n_known;
            out.add("mean_zipf", mean, "Zipf", rare.iter().copied());
            out.add("sophisticated_share", rare.len() as f64 / n_known, "share", rare);
        }

        let levels: Vec<(u8, Span)> =
            types.iter().filter_map(|(lemma, t)| Some((facts.level(lemma, t.upos)?, t.span))).collect();
        if !levels.is_empty() {
            let share = |wanted: &dyn Fn(u8) -> bool| {
                ratio(levels.iter().filter(|(l, _)| wanted(*l)).count() as f64, levels.len() as f64)
            };
            let mut high: Vec<(u8, Span)> = levels.iter().copied().filter(|(l, _)| *l >= B2).collect();
            high.sort_by_key(|&(l, span)| (std::cmp::Reverse(l), span));
            let high = high.into_iter().map(|(_, span)| span);
            out.add("a1_share", share(&|l| l == A1), "share", []);
            out.add("b1_plus_share", share(&|l| l >= B1), "share", []);
            out.add("b2_plus_share", share(&|l| l >= B2), "share", high);
        }

        let forms: Vec<&str> = text.words.iter().map(|&i| analysis.tokens[i].lower.as_str()).collect();
        let window = &forms[..forms.len().min(TYPE_WINDOW)];
        let n_forms = window.iter().collect::<BTreeSet<_>>().len() as f64;
        out.add("mattr", mattr(&forms), "share", []);
        out.add("mtld", mtld(&forms), "words", []);
        out.add("root_ttr", ratio(n_forms, (window.len() as f64).sqrt()), "types per root word", []);

        let pairs: BTreeMap<(&str, &str), Span> = neighbours(&text, &facts);
        let mut seen: Vec<(f64, Span)> =
            pairs.iter().filter_map(|((a, b), span)| Some((facts.association(a, b)?, *span))).collect();
        seen.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
        if !pairs.is_empty() {
            let unseen = (pairs.len() - seen.len()) as f64;
            out.add("unseen_pair_share", unseen / pairs.len() as f64, "share", []);
            let mean = ratio(seen.iter().map(|(pmi, _)| pmi).sum(), seen.len() as f64);
            out.add("pair_association", mean, "nats", seen.iter().map(|(_, span)| *span));
        }

        let collocations = errors::of(&context, &text, |f| {
            f.source == "phrase" || matches!(errors::group(&f.errant), errors::Group::WordChoice)
        });
        out.add(
            "collocation_rate",
            text.per_100_words(errors::weight(&collocations)),
            "per 100 words",
            collocations.iter().map(|f| f.span),
        );
        out.list
    }
}

/// The different pairs of neighbouring words within the counted sentences, both known and not rare, with the first place
/// of each.
fn neighbours<'a>(text: &EffectiveText<'a>, facts: &WordFacts) -> BTreeMap<(&'a str, &'a str), Span> {
    let tokens = &text.analysis.tokens;
    let mut pairs = BTreeMap::new();
    let common = |form: &str| facts.zipf(form).is_some_and(|zipf| zipf >= PAIRED_ZIPF);
    for &sentence in text.sentences.iter() {
        let words: Vec<usize> = text.words_of(sentence).collect();
        for pair in words.windows(2) {
            let (a, b) = (&tokens[pair[0]], &tokens[pair[1]]);
            if pair[0] + 1 == pair[1] && common(&a.lower) && common(&b.lower) {
                pairs.entry((a.lower.as_str(), b.lower.as_str())).or_insert(a.span.join(b.span));
            }
        }
    }
    pairs
}

/// Moving-average type-token ratio; of a text shorter than the window the plain ratio, scaled down to it.
fn mattr(forms: &[&str]) -> f64 {
    if forms.is_empty() {
        return 0.0;
    }
    if forms.len() < MATTR_WINDOW {
        // A plain ratio over fewer words is higher by nature: by Herdan's law types grow with about the power .8.
        let types = forms.iter().collect::<BTreeSet<_>>().len() as f64;
        let n = forms.len() as f64;
        return types / n * (n / MATTR_WINDOW as f64).powf(0.2);
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut sum, mut windows) = (0usize, 0usize);
    for (i, form) in forms.iter().enumerate() {
        *counts.entry(form).or_default() += 1;
        if i >= MATTR_WINDOW
            && let Some(n) = counts.get_mut(forms[i - MATTR_WINDOW])
        {
            *n -= 1;
            if *n == 0 {
                counts.remove(forms[i - MATTR_WINDOW]);
            }
        }
        if i + 1 >= MATTR_WINDOW {
            sum += counts.len();
            windows += 1;
        }
    }
    sum as f64 / (windows * MATTR_WINDOW) as f64
}

/// Measure of textual lexical diversity: mean length of stretches whose type-token ratio stays above [`MTLD_LIMIT`],
/// read forwards and backwards.
fn mtld(forms: &[&str]) -> f64 {
    if forms.is_empty() {
        return 0.0;
    }
    let one_way = |forms: &mut dyn Iterator<Item = &&str>, n: usize| {
        let (mut factors, mut types, mut tokens) = (0.0, BTreeSet::new(), 0usize);
        for form in forms {
            types.insert(*form);
            tokens += 1;
            if (types.len() as f64) / (tokens as f64) < MTLD_LIMIT {
                factors += 1.0;
                types.clear();
                tokens = 0;
            }
        }
        if tokens > 0 {
            factors += (1.0 - types.len() as f64 / tokens as f64) / (1.0 - MTLD_LIMIT);
        }
        if factors > 0.0 { n as f64 / factors } else { n as f64 }
    };
    let n = forms.len();
    (one_way(&mut forms.iter(), n) + one_way(&mut forms.iter().rev(), n)) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diversity_falls_with_repetition() {
        let varied: Vec<String> = (0..120).map(|i| format!("w{i}")).collect();
        let varied: Vec<&str> = varied.iter().map(String::as_str).collect();
        let dull: Vec<&str> = (0..120).map(|i| ["a", "b", "c"][i % 3]).collect();
        assert!((mattr(&varied) - 1.0).abs() < 1e-9);
        assert!((mattr(&dull) - 3.0 / 50.0).abs() < 1e-9);
        assert!(mtld(&varied) > mtld(&dull));
        assert_eq!((mattr(&[]), mtld(&[])), (0.0, 0.0));
    }
}
