//! Words from characters: spaces restored, unclear letters decided by the lexicon, confidence told.

use homeroom_lexicon::Lexicon;

/// A character of a line, with what tells where words end.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// The most probable character.
    pub character: char,
    /// Its probability.
    pub probability: f32,
    /// What else it may be, with its probability.
    pub others: Vec<(char, f32)>,
    /// Probability of a space before it, by the recogniser.
    pub space: f32,
    /// Width of paper without ink before it, in line heights.
    pub gap: f32,
}

/// A word as it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// Its characters, with the punctuation that it touches.
    pub text: String,
    /// How sure its least sure letter is, from 0 to 1.
    pub confidence: f32,
    /// Whether a person should look at it.
    pub doubtful: bool,
    /// Number of letters that it was read from.
    pub letters: usize,
}

/// A word is doubtful below this confidence if the lexicon has it, in which case a misread letter would have to make
/// another word.
const DOUBT_KNOWN: f32 = 0.45;
/// The same for a word that the lexicon lacks: misread, misspelt or a name.
const DOUBT_UNKNOWN: f32 = 0.8;
/// Log-odds of a space: `BIAS + GAP × gap + SPACE × ln(p / (1 - p))`. Fitted by logistic regression on 26,000 pairs of
/// letters of pages drawn in four printed and six handwriting-like fonts and photographed by [`crate::render`]; .06 %
/// of the pairs then fall on the wrong side.
const BIAS: f32 = 7.2;
/// Weight of the gap, a line height. In print, words are parted by a third of one, letters by a tenth at most.
const GAP: f32 = 22.0;
/// Weight of the recogniser's own log-odds, which are low for many a space that it sees.
const SPACE: f32 = 2.4;
/// Log-odds for a space after a comma, a full stop or another mark that ends something.
const AFTER_MARK: f32 = 1.0;
/// Log-odds against a space before such a mark.
const BEFORE_MARK: f32 = -3.0;
/// Greatest log-odds that the page itself gives, so that the lexicon can still decide.
const MAX_ODDS: f32 = 7.0;
/// Weight of a word's log-probability.
const LEXICON: f32 = 0.6;
/// -ln P of a word that the lexicon lacks, and for each of its letters: a misspelt word of seven letters costs less than
/// the three words that it may be cut into, and as much as a rare known one, which has 18 to 20.
const UNKNOWN: (f32, f32) = (6.0, 2.0);
/// Longest word that is tried, in characters.
const MAX_WORD: usize = 28;
/// An unclear letter may be another one if that is at least this share as probable.
const MIN_OTHER: f32 = 0.02;
/// ln P of a word that the lexicon lacks, where it is compared with one that it has.
const LEXICON_FLOOR: f32 = -20.0;
/// How much greater ln P of a word is that is taken for what was written: fifty times as frequent.
const FAR_COMMONER: f32 = 4.0;
/// How probable a character is that looks like the one that was read, as a share of that one's probability.
const TWIN: f32 = 0.2;
/// -ln P that a letter costs by being another one than the best, beside the ratio of their probabilities.
const OTHER_COST: f32 = 1.5;

/// The words of a line of English.
#[must_use]
pub fn words(letters: &[Letter], lexicon: &Lexicon) -> Vec<Word> {
    let letters: Vec<Letter> = letters.iter().map(|l| Letter { character: plain(l.character), ..l.clone() }).collect();
    let n = letters.len();
    // best[i]: least cost of the letters before i as whole words, and where the last of them begins.
    let mut best: Vec<(f32, usize)> = vec![(f32::MAX, 0); n + 1];
    best[0] = (0.0, 0);
    let odds: Vec<f32> = (0..n).map(|i| space_odds(&letters, i)).collect();
    // -ln P(space) and -ln P(no space).
    let split: Vec<f32> = odds.iter().map(|o| (1.0 + (-o).exp()).ln()).collect();
    let stay: Vec<f32> = odds.iter().map(|o| (1.0 + o.exp()).ln()).collect();
    for end in 1..=n {
        let mut inside = 0.0;
        for begin in (end.saturating_sub(MAX_WORD)..end).rev() {
            if begin + 1 < end {
                inside += stay[begin + 1];
            }
            let before = if begin == 0 { 0.0 } else { split[begin] };
            let cost = best[begin].0 + before + inside + LEXICON * word_cost(&letters[begin..end], lexicon);
            if cost < best[end].0 {
                best[end] = (cost, begin);
            }
        }
    }
    let mut ends = Vec::new();
    let mut end = n;
    while end > 0 {
        ends.push((best[end].1, end));
        end = best[end].1;
    }
    ends.reverse();
    ends.into_iter().map(|(begin, end)| word(&letters[begin..end], lexicon)).collect()
}

/// Log-odds that a space stands before a letter.
fn space_odds(letters: &[Letter], at: usize) -> f32 {
    if at == 0 {
        return 0.0;
    }
    let (last, letter) = (&letters[at - 1], &letters[at]);
    let p = letter.space.clamp(0.001, 0.999);
    let mut odds = BIAS + GAP * letter.gap + SPACE * (p / (1.0 - p)).ln();
    let ends = |c: char| matches!(c, ',' | '.' | '!' | '?' | ';' | ':');
    if ends(last.character) && letter.character.is_alphabetic() {
        odds += AFTER_MARK;
    }
    if ends(letter.character) || letter.character == ')' {
        odds += BEFORE_MARK;
    }
    odds.clamp(-MAX_ODDS, MAX_ODDS)
}

/// -ln P of some letters as one word, its best reading.
fn word_cost(letters: &[Letter], lexicon: &Lexicon) -> f32 {
    let core = core(letters);
    if core.is_empty() {
        // Punctuation by itself: a dash; anything else belongs to a word.
        let dash = letters.iter().all(|l| matches!(l.character, '-' | '–' | '—' | '&' | '+' | '='));
        return if dash { 8.0 } else { 14.0 };
    }
    let core_len = core.len();
    if core.iter().all(|l| l.character.is_ascii_digit() || matches!(l.character, '.' | ',' | ':' | '/' | '%')) {
        return 8.0;
    }
    let text: String = core.iter().map(|l| l.character).collect();
    match known(&text, lexicon) {
        Some(ln_p) => -ln_p,
        None => UNKNOWN.0 + UNKNOWN.1 * core_len as f32,
    }
}

/// Without the punctuation at the ends.
fn core(letters: &[Letter]) -> &[Letter] {
    let is_word = |l: &Letter| l.character.is_alphanumeric();
    match (letters.iter().position(is_word), letters.iter().rposition(is_word)) {
        (Some(first), Some(last)) => &letters[first..=last],
        _ => &[],
    }
}

/// ln P of a word that the lexicon has: by itself, without a clitic, or as parts joined by hyphens.
fn known(text: &str, lexicon: &Lexicon) -> Option<f32> {
    let lower = text.to_lowercase();
    // One letter is a word only if it is one of these; a lexicon lists all of them.
    if lower.chars().count() == 1 {
        return matches!(lower.as_str(), "a" | "i" | "o").then(|| lexicon.unigram_logprob(&lower));
    }
    // Capitals inside of a word are two words, or a word in capitals.
    let inner_capital = text.chars().skip(1).any(char::is_uppercase) && text.chars().any(char::is_lowercase);
    if inner_capital {
        return None;
    }
    if lexicon.contains(&lower) || lexicon.is_listed_name(&lower) {
        return Some(lexicon.unigram_logprob(&lower));
    }
    for clitic in ["'s", "n't", "'ll", "'ve", "'re", "'d", "'m", "s'"] {
        if let Some(stem) = lower.strip_suffix(clitic)
            && (lexicon.contains(stem) || lexicon.is_listed_name(stem))
        {
            return Some(lexicon.unigram_logprob(stem) - 3.0);
        }
    }
    let parts: Vec<&str> = lower.split('-').collect();
    if parts.len() > 1 && parts.iter().all(|p| lexicon.contains(p)) {
        return parts.iter().map(|p| lexicon.unigram_logprob(p)).reduce(f32::min).map(|p| p - 3.0);
    }
    None
}

/// One word: unclear letters decided, confidence told.
fn word(letters: &[Letter], lexicon: &Lexicon) -> Word {
    let as_read: Vec<char> = letters.iter().map(|l| l.character).collect();
    let (chars, confidence, is_known) = decide(letters, &as_read, lexicon);
    let threshold = if is_known { DOUBT_KNOWN } else { DOUBT_UNKNOWN };
    let text: String = chars.iter().collect();
    Word { text, confidence, doubtful: confidence < threshold, letters: letters.len() }
}

/// The letters as read if they make a word; else the most probable change of unclear ones that does.
///
/// A misspelling that is clearly written stays as it is, for its letters have no other reading.
fn decide(letters: &[Letter], as_read: &[char], lexicon: &Lexicon) -> (Vec<char>, f32, bool) {
    let first = letters.iter().position(|l| l.character.is_alphanumeric()).unwrap_or(0);
    let n_core = core(letters).len();
    let of = |chars: &[char]| -> Option<f32> {
        let text: String = chars[first..first + n_core].iter().collect();
        known(&text, lexicon)
    };
    // A doubtful quotation mark is not worth a person's look.
    let least = |chars: &[char]| {
        let letters = letters.iter().zip(chars).skip(first).take(n_core.max(1));
        letters.map(|(l, c)| probability(l, *c)).fold(1.0_f32, f32::min)
    };
    // A lone l, or a lone 1 that may be an I, is one in an essay; so is an l in front of what makes a far commoner word.
    let is_i = match as_read.get(first) {
        Some('1') => n_core == 1 && letters[first].others.iter().any(|o| o.0 == 'I'),
        Some('l') => {
            let mut chars = as_read.to_vec();
            chars[first] = 'I';
            n_core == 1 || of(&chars).is_some_and(|p| p > of(as_read).unwrap_or(LEXICON_FLOOR) + FAR_COMMONER)
        }
        _ => false,
    };
    if is_i {
        let mut chars = as_read.to_vec();
        chars[first] = 'I';
        return (chars, letters[first].probability, true);
    }
    if n_core == 0 || of(as_read).is_some() || !as_read.iter().any(|c| c.is_alphabetic()) {
        let is_known = n_core == 0 || of(as_read).is_some();
        return (as_read.to_vec(), least(as_read), is_known);
    }
    // Best first over changes of up to two unclear letters.
    let mut changes: Vec<(usize, char, f32)> = Vec::new();
    for (at, letter) in letters.iter().enumerate().skip(first).take(n_core) {
        let twins = twins(letter.character).iter().map(|&twin| (twin, TWIN * letter.probability));
        for (other, p) in letter.others.iter().copied().chain(twins) {
            let other = plain(other);
            if p >= MIN_OTHER * letter.probability && (other.is_alphabetic() || other == '\'') {
                changes.push((at, other, (letter.probability / p).ln() + OTHER_COST));
            }
        }
    }
    let mut best: Option<(Vec<char>, f32)> = None;
    let mut consider = |chars: Vec<char>, cost: f32| {
        if let Some(ln_p) = of(&chars) {
            let total = cost - LEXICON * ln_p;
            if best.as_ref().is_none_or(|(_, least)| total < *least) {
                best = Some((chars, total));
            }
        }
    };
    for (i, &(at, c, cost)) in changes.iter().enumerate() {
        let mut once = as_read.to_vec();
        once[at] = c;
        for &(at2, c2, cost2) in &changes[i + 1..] {
            if at2 != at {
                let mut twice = once.clone();
                twice[at2] = c2;
                consider(twice, cost + cost2);
            }
        }
        consider(once, cost);
    }
    let unchanged = LEXICON * (UNKNOWN.0 + UNKNOWN.1 * n_core as f32);
    match best {
        Some((chars, cost)) if cost < unchanged => {
            let confidence = least(&chars);
            (chars, confidence, true)
        }
        _ => (as_read.to_vec(), least(as_read), false),
    }
}

fn probability(letter: &Letter, c: char) -> f32 {
    if letter.character == c || twins(letter.character).contains(&c) {
        return letter.probability;
    }
    letter.others.iter().find(|(other, _)| plain(*other) == c).map_or(0.0, |o| o.1)
}

/// Characters that look alike in many hands and fonts, so that the recogniser's choice says little.
fn twins(c: char) -> &'static [char] {
    match c {
        'l' | '|' => &['I'],
        'I' => &['l'],
        '1' => &['I', 'l'],
        '0' => &['o', 'O'],
        _ => &[],
    }
}

/// Punctuation of Chinese type as English has it: the recogniser gives either.
fn plain(c: char) -> char {
    match c {
        '‘' | '’' | '`' | '´' => '\'',
        '“' | '”' => '"',
        '。' => '.',
        '、' => ',',
        '【' => '[',
        '】' => ']',
        // Full-width forms lie at a fixed distance from ASCII (Unicode, block FF00).
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// The parts of a line of Chinese: no spaces but those that were seen beside Latin letters.
#[must_use]
pub(crate) fn chinese(letters: &[Letter]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut last: Option<char> = None;
    for letter in letters {
        let latin = |c: char| c.is_ascii_alphanumeric();
        let splits = last.is_some_and(|l| latin(l) && latin(letter.character)) && letter.space > 0.5;
        if words.is_empty() || splits {
            words.push(Word { text: String::new(), confidence: 1.0, doubtful: false, letters: 0 });
        }
        if let Some(word) = words.last_mut() {
            word.text.push(letter.character);
            word.letters += 1;
            word.confidence = word.confidence.min(letter.probability);
        }
        last = Some(letter.character);
    }
    words.iter_mut().for_each(|w| w.doubtful = w.confidence < DOUBT_KNOWN);
    words
}

/// Whether most letters of a line are Chinese characters.
#[must_use]
pub(crate) fn is_chinese(letters: &[Letter]) -> bool {
    let count = |test: fn(char) -> bool| letters.iter().filter(|l| test(l.character)).count();
    let han = count(|c| matches!(c, '\u{4E00}'..='\u{9FFF}'));
    han * 3 > count(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line as it was read: `_` is a wide gap before the next letter, `~` a doubtful one; `[ao]` an `a` that may be an `o`.
    fn letters(line: &str) -> Vec<Letter> {
        let mut letters: Vec<Letter> = Vec::new();
        let (mut gap, mut space) = (0.03, 0.001);
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            let (character, probability, others) = match c {
                '_' => {
                    (gap, space) = (0.3, 0.6);
                    continue;
                }
                '~' => {
                    (gap, space) = (0.16, 0.02);
                    continue;
                }
                '[' => {
                    let (best, other) = (chars.next().unwrap(), chars.next().unwrap());
                    chars.next();
                    (best, 0.55, vec![(other, 0.35)])
                }
                c => (c, 0.99, Vec::new()),
            };
            letters.push(Letter { character, probability, others, space, gap });
            (gap, space) = (0.03, 0.001);
        }
        letters
    }

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let words = words(&letters(line), Lexicon::shipped());
        let found: Vec<String> =
            words.iter().map(|w| if w.doubtful { format!("{}?", w.text) } else { w.text.clone() }).collect();
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn spaces() {
        check("", "");
        check("I_like_spring_best.", "I like spring best.");
        // The lexicon decides where the gaps leave it open.
        check("The~weather~gets~warm", "The weather gets warm");
        check("in~side_the~house", "inside the house");
        // Wide gaps part what is a word, and narrow ones keep what is two.
        check("be_cause", "be cause");
        check("alot_of", "alot of");
        // Misspelt words, names and figures stay whole.
        check("becouse_of_my_oppinion", "becouse of my oppinion");
        check("Li_Hua_paid_3.50_yuan", "Li Hua paid 3.50 yuan");
        check("twenty-five_o'clock", "twenty-five o'clock");
        check("It's_his,_\"isn't_it?\"", "It's his, \"isn't it?\"");
    }

    #[test]
    fn unclear_letters() {
        check("a_v[il]l[il]age_near", "a village? near");
        // A clear misspelling is the pupil's own.
        check("I_recieve_it", "I recieve it");
        // No reading is a word: as it was read, and doubtful.
        check("x[qk]zt", "xqzt?");
    }

    #[test]
    fn characters_that_look_alike() {
        check("lf_you_like", "If you like");
        check("ln_May_l_went", "In May I went");
        check("[1I]_like_1_apple", "I like 1 apple");
        check("Iike", "like");
        check("f0r_10_days", "for 10 days");
    }

    #[test]
    fn marks_of_chinese_type() {
        check("‘Yes’，_he_said！", "'Yes', he said!");
        let line = letters("我有3本English_book，都很好看。");
        assert!(is_chinese(&line));
        assert_eq!(
            chinese(&line).iter().map(|w| w.text.as_str()).collect::<Vec<_>>(),
            ["我有3本English", "book，都很好看。"]
        );
        assert!(!is_chinese(&letters("My_name_is_李")));
    }
}
