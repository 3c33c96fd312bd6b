//! A sentence to the symbols of the voice, with the words that they belong to.
//!
//! # Source
//! After `g2p/__init__.py` of hibari 0.2.1 (Apache-2.0), which is misaki 0.9.4's English (Apache-2.0, hexgrad). What
//! differs: words remember their place in the source; symbols that the voice does not know are dropped here; phones
//! given in the text itself are not taken.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use fancy_regex::Regex;
use flate2::read::GzDecoder;
use homeroom_core::Span;
use homeroom_core::ability::SpellOut;

use crate::lexicon::{Accent, Following, Lexicon, apply_stress, has_primary, weight};
use crate::normalize::Normalizer;
use crate::rewrite::Rewritten;
use crate::tagger::Tagger;
use crate::token::Token;
use crate::tokenize::Tokenizer;
use crate::vocabulary::Vocabulary;
use crate::{VoiceError, sentences, spoken};

/// Bytes to which a table may unpack: ten times the greatest one.
const LARGEST_TABLE: u64 = 50 * 1024 * 1024;

/// The parts of a token: runs of letters, of digits, marks; a capital inside a word begins a part.
const PARTS: &str = "^['‘’]+|[A-ZÀ-ÖØ-Þ](?=[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ])|(?:^-)?(?:[0-9]?[,.]?[0-9])+|[-_]+|['‘’]{2,}\
    |[^\\W0-9_]*?(?:['‘’][^\\W0-9_])*?[a-zß-öø-ÿ](?=[A-ZÀ-ÖØ-Þ])|[^\\W0-9_]+(?:['‘’][^\\W0-9_])*\
    |[^\\w\\-'‘’]|['‘’]+$";
/// What a word that nobody knows is cut into.
const FALLBACK_PARTS: &str = r"[^\W0-9_]+(?:['’][^\W0-9_]+)*|[0-9]+(?:[,.][0-9]+)*|[^\w\s]+";
/// Parts of a word that are looked up together at most; without a limit, a long row of digits and hyphens would take long.
const LONGEST_RUN: usize = 8;
/// Marks inside a word without a sound. Quotation marks are ours: to hibari a word after one is unknown if it has an
/// apostrophe (“Don't).
const SILENT: &str = "',-._‘’/\"“”";
const MARKS: &str = ";:,.!?—…\"“”";
/// Marks that are a pause.
const PAUSES: &str = ";:,.!?—…";
const MARK_TAGS: [&str; 10] = [".", ",", "-LRB-", "-RRB-", "``", "\"\"", "''", ":", "$", "#"];
const SYMBOL_PHONES: [(char, &str); 12] = [
    ('/', "slˈæʃ"),
    ('=', "ˈikwᵊlz"),
    ('+', "plˈʌs"),
    ('&', "ænd"),
    ('@', "æt"),
    ('%', "pəɹsˈɛnt"),
    ('#', "hˈæʃ"),
    ('*', "ˈæstəɹˌɪsk"),
    ('~', "tˈɪldə"),
    ('^', "kˈɛɹət"),
    ('<', "lˈɛs ðən"),
    ('>', "ɡɹˈATəɹ ðən"),
];

/// The texts of the tables that pronunciation rests on, as they are in the voice's folder.
#[derive(Debug, Clone)]
pub struct Tables {
    /// `normalize.json`: months, titles, abbreviations, units, symbols, money.
    pub normalize: String,
    /// `tokenizer_exceptions.json`: text to the texts of its tokens.
    pub tokenizer: String,
    /// `tagger.json`: tags, dictionary and weights.
    pub tagger: Arc<str>,
    /// `vocab.json`: symbol to its number.
    pub vocabulary: String,
    /// Checked dictionary: word to phones, or to phones by tag.
    pub gold: Arc<str>,
    /// Unchecked dictionary: word to phones.
    pub silver: Arc<str>,
}

impl Tables {
    /// Reads the tables of one accent from the folder of the voice.
    ///
    /// # Errors
    /// [`VoiceError::Unreadable`] where one is missing, no gzip, too large or not UTF-8.
    pub fn read(folder: &Path, accent: Accent) -> Result<Tables, VoiceError> {
        let short = match accent {
            Accent::American => "us",
            Accent::British => "gb",
        };
        let packed = |name: &str| read(&folder.join(name), true);
        let plain = |name: &str| read(&folder.join(name), false);
        let silver = format!("lexicon_{short}_silver.json.gz");
        let gold = format!("lexicon_{short}_gold.json.gz");
        // The great tables are unpacked side by side: half of what starting costs.
        let (tagger, lexicons) = std::thread::scope(|scope| {
            let tagger = scope.spawn(|| packed("tagger.json.gz"));
            let lexicons = (packed(&gold), packed(&silver));
            (tagger.join().expect("invariant: reading a table does not panic"), lexicons)
        });
        Ok(Tables {
            normalize: plain("normalize.json")?,
            tokenizer: plain("tokenizer_exceptions.json")?,
            tagger: tagger?.into(),
            vocabulary: plain("vocab.json")?,
            gold: lexicons.0?.into(),
            silver: lexicons.1?.into(),
        })
    }
}

fn read(path: &Path, packed: bool) -> Result<String, VoiceError> {
    let unreadable = |source| VoiceError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    let outcome = if packed {
        GzDecoder::new(file).take(LARGEST_TABLE).read_to_string(&mut text)
    } else {
        file.take(LARGEST_TABLE).read_to_string(&mut text)
    };
    outcome.map_err(unreadable)?;
    Ok(text)
}

/// One spoken word of a [`Phones`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpokenWord {
    /// The word as it is read: "kilometers" where "km" is written.
    pub text: String,
    /// Where it stands in the source, in bytes. Several words may share a place ("9:30").
    pub span: Span,
    /// Its symbols.
    pub symbols: Range<usize>,
}

/// The symbols of a stretch of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phones {
    /// Symbols of the voice's vocabulary, marks of stress, pauses and spaces among them.
    pub symbols: Vec<char>,
    /// The spoken words, in order.
    pub words: Vec<SpokenWord>,
}

impl Phones {
    /// The symbols as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.symbols.iter().collect()
    }
}

/// Text to phones, in one accent.
pub struct FrontEnd {
    normalizer: Normalizer,
    tokenizer: Tokenizer,
    tagger: Tagger,
    lexicon: Lexicon,
    vocabulary: Vocabulary,
    unknown: Option<Arc<dyn SpellOut>>,
    parts: Regex,
    fallback_parts: Regex,
    spoken_tokens: Regex,
}

impl FrontEnd {
    /// `unknown` reads the words that no dictionary has; without it they are silent.
    ///
    /// # Errors
    /// [`VoiceError::Damaged`] where a table is not what it should be.
    pub fn new(tables: &Tables, accent: Accent, unknown: Option<Arc<dyn SpellOut>>) -> Result<FrontEnd, VoiceError> {
        let compile = |pattern| Regex::new(pattern).expect("invariant: the pattern is fixed");
        let (tagger, lexicon) = std::thread::scope(|scope| {
            let tagger = scope.spawn(|| Tagger::new(&tables.tagger));
            let lexicon = Lexicon::new(&tables.gold, &tables.silver, accent);
            (tagger.join().expect("invariant: reading a table does not panic"), lexicon)
        });
        Ok(FrontEnd {
            normalizer: Normalizer::new(&tables.normalize)?,
            tokenizer: Tokenizer::new(&tables.tokenizer)?,
            tagger: tagger?,
            lexicon: lexicon?,
            vocabulary: Vocabulary::new(&tables.vocabulary)?,
            unknown,
            parts: compile(PARTS),
            fallback_parts: compile(FALLBACK_PARTS),
            spoken_tokens: compile(spoken::TOKENS),
        })
    }

    /// The symbols that the voice knows.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The sentences of `text`, in order: at full stops (not after a title), question marks and paragraphs.
    #[must_use]
    pub fn sentences(&self, text: &str) -> Vec<Span> {
        sentences::split(text, |word| self.normalizer.is_title(word))
    }

    /// `text` in words, as it will be read: "nine thirty" for "9:30". Plain numbers stay in digits.
    #[must_use]
    pub fn normalized(&self, text: &str) -> String {
        self.normalizer.normalize(text, 0).text().to_owned()
    }

    /// The words of `text` as they are said, in lower case and without marks: the same for "$5 at 9:30" and "five dollars
    /// at nine thirty". For comparing what was said with what was heard.
    #[must_use]
    pub fn spoken_words(&self, text: &str) -> Vec<String> {
        let text = self.normalizer.normalize(text, 0);
        spoken::words(self.spoken_tokens.captures_iter(text.text()).map_while(Result::ok))
    }

    /// The phones of one sentence, which begins at byte `offset` of its source.
    ///
    /// # Errors
    /// [`VoiceError::Ability`] where the network for unknown words fails.
    pub fn phones(&self, sentence: &str, offset: usize) -> Result<Phones, VoiceError> {
        let text = self.normalizer.normalize(sentence, offset);
        let mut words = self.words(text.text());
        self.settle(&mut words)?;
        Ok(self.join(&text, &words))
    }

    /// The tagged tokens of `text`, as parts grouped into words.
    fn words(&self, text: &str) -> Vec<Vec<Token>> {
        let pieces = self.tokenizer.tokens(text);
        let texts: Vec<&str> = pieces.iter().map(|p| &text[p.range.clone()]).collect();
        let tags = self.tagger.tags(&texts);
        let mut words: Vec<Vec<Token>> = Vec::new();
        // Whether the last group may take another part: it holds open parts and no space follows it.
        let mut open = false;
        let mut currency: Option<char> = None;
        for (i, piece) in pieces.iter().enumerate() {
            let mut parts = self.token_parts(texts[i], piece.range.start, tags[i]);
            if let Some(last) = parts.last_mut() {
                last.space = piece.space;
            }
            let bounds: Vec<(Option<char>, Option<char>, bool)> =
                parts.iter().map(|p| (p.text.chars().next(), p.text.chars().last(), p.text == "2")).collect();
            let n = parts.len();
            for (j, mut part) in parts.into_iter().enumerate() {
                let tag = part.tag.as_str();
                if tag == "$" && ["$", "£", "€"].contains(&part.text.as_str()) {
                    currency = part.text.chars().next();
                    part.phones = Some(String::new());
                } else if tag == ":" && ["-", "–"].contains(&part.text.as_str()) {
                    part.phones = Some("—".to_owned());
                } else if is_mark_tag(tag) && !part.text.chars().all(|c| c.is_ascii_alphabetic()) {
                    part.phones = Some(mark_phones(tag, &part.text));
                } else if currency.is_some() {
                    if tag != "CD" {
                        currency = None;
                    } else if j + 1 == n && tags.get(i + 1).is_none_or(|next| *next != "CD") {
                        part.currency = currency;
                    }
                } else if j > 0 && j + 1 < n && bounds[j].2 {
                    let letters = [bounds[j - 1].1, bounds[j + 1].0];
                    if letters.iter().all(|c| c.is_some_and(char::is_alphabetic)) {
                        part.alias = Some("to");
                    }
                }
                if part.is_settled() {
                    words.push(vec![part]);
                    open = false;
                } else if open && let Some(word) = words.last_mut() {
                    part.head = false;
                    open = !part.space;
                    word.push(part);
                } else {
                    open = !part.space;
                    words.push(vec![part]);
                }
            }
        }
        words
    }

    fn token_parts(&self, text: &str, start: usize, tag: &str) -> Vec<Token> {
        let token = |range: Range<usize>| Token {
            text: text[range.clone()].to_owned(),
            range: start + range.start..start + range.end,
            tag: tag.to_owned(),
            space: false,
            phones: None,
            head: true,
            alias: None,
            currency: None,
            apart: false,
        };
        let parts: Vec<Token> = self.parts.find_iter(text).map_while(Result::ok).map(|m| token(m.range())).collect();
        if parts.is_empty() { vec![token(0..text.len())] } else { parts }
    }

    /// Gives every word its phones. From the last to the first, since a word may depend on what follows.
    fn settle(&self, words: &mut [Vec<Token>]) -> Result<(), VoiceError> {
        let mut following = Following::default();
        for word in words.iter_mut().rev() {
            if let [token] = word.as_mut_slice() {
                if token.phones.is_none() {
                    token.phones = self.lexicon.phones(token, following);
                }
                if token.phones.is_none() {
                    token.phones = Some(self.fallback(&token.text)?);
                }
                following = following.before(token.phones.as_deref(), token);
            } else {
                following = self.settle_parts(word, following)?;
            }
        }
        Ok(())
    }

    /// A word of several parts: the longest runs of parts that the lexicon knows, from the right.
    fn settle_parts(&self, word: &mut [Token], mut following: Following) -> Result<Following, VoiceError> {
        let first = |right: usize| right.saturating_sub(LONGEST_RUN);
        let (mut left, mut right) = (first(word.len()), word.len());
        while left < right {
            let run = &word[left..right];
            let merged = if run.iter().any(Token::is_settled) { None } else { Token::merge(run, false) };
            let known = merged.and_then(|t| Some((self.lexicon.phones(&t, following)?, t)));
            if let Some((phones, merged)) = known {
                following = following.before(Some(&phones), &merged);
                for part in &mut word[left + 1..right] {
                    part.phones = Some(String::new());
                }
                word[left].phones = Some(phones);
                (right, left) = (left, first(left));
            } else if left + 1 < right {
                left += 1;
            } else {
                right -= 1;
                left = first(right);
                if word[right].phones.is_some() {
                    continue;
                }
                if !word[right].text.chars().all(|c| SILENT.contains(c)) {
                    let text: String = Token::merge(word, false).map_or_else(String::new, |t| t.text);
                    let phones = self.fallback(&text)?;
                    for part in word.iter_mut() {
                        part.phones = Some(String::new());
                    }
                    word[0].phones = Some(phones);
                    return Ok(following);
                }
                word[right].phones = Some(String::new());
            }
        }
        balance(word);
        Ok(following)
    }

    /// A word that no dictionary has: letters by the network, digits as numbers, symbols by their names.
    fn fallback(&self, text: &str) -> Result<String, VoiceError> {
        let mut parts = Vec::new();
        for m in self.fallback_parts.find_iter(text).map_while(Result::ok) {
            let part = m.as_str();
            let first = part.chars().next().unwrap_or(' ');
            let phones = if first.is_ascii_digit() {
                self.lexicon.digits(part)
            } else if first.is_alphanumeric() {
                match &self.unknown {
                    Some(unknown) => unknown.spell_out(part)?,
                    None => None,
                }
            } else {
                let name = |c| SYMBOL_PHONES.iter().find(|(symbol, _)| *symbol == c).map_or("", |(_, phones)| *phones);
                Some(part.chars().map(name).collect())
            };
            parts.extend(phones.filter(|p| !p.is_empty()));
        }
        Ok(parts.join(" "))
    }

    /// The phones of all words, only such as the voice knows, with one space where the text has one.
    fn join(&self, text: &Rewritten, words: &[Vec<Token>]) -> Phones {
        let mut joined = Phones::default();
        for word in words {
            let Some(token) = Token::merge(word, true) else { continue };
            let said = token.phones.unwrap_or_default().replace('ɾ', "T").replace('ʔ', "t");
            // Words that are spelled out may end in a sign that is not said, with its space.
            let said = said.trim();
            let start = joined.symbols.len();
            joined.symbols.extend(said.chars().filter(|c| self.vocabulary.id(*c).is_some()));
            let symbols = start..joined.symbols.len();
            let spoken = joined.symbols[symbols.clone()].iter().any(|c| crate::timing::is_phone(*c));
            if spoken && let Some(span) = text.span(token.range) {
                joined.words.push(SpokenWord { text: token.text, span, symbols });
            }
            if token.space && joined.symbols.last().is_some_and(|c| *c != ' ') {
                joined.symbols.push(' ');
            }
        }
        while joined.symbols.last() == Some(&' ') {
            joined.symbols.pop();
        }
        joined
    }
}

fn is_mark_tag(tag: &str) -> bool {
    MARK_TAGS.contains(&tag) || tag == "NFP"
}

fn mark_phones(tag: &str, text: &str) -> String {
    match tag {
        "-LRB-" => "(".to_owned(),
        "-RRB-" => ")".to_owned(),
        "``" => "“".to_owned(),
        "\"\"" | "''" => "”".to_owned(),
        _ => text.chars().filter(|c| MARKS.contains(*c)).collect(),
    }
}

/// Settles what the parts of one word leave open: silent marks, spaces between them, and one main stress.
fn balance(parts: &mut [Token]) {
    let Some(whole) = Token::merge(parts, false) else { return };
    let kind = |c: char| if c.is_alphabetic() { 0 } else { 1 + u8::from(!c.is_ascii_digit()) };
    let mut kinds: Vec<u8> = whole.text.chars().filter(|c| !SILENT.contains(*c)).map(kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let apart = whole.text.contains([' ', '/']) || kinds.len() > 1;
    let last = parts.len() - 1;
    for (i, part) in parts.iter_mut().enumerate() {
        if part.phones.is_none() {
            if i == last && part.text.chars().count() == 1 && part.text.chars().all(|c| PAUSES.contains(c)) {
                part.phones = Some(part.text.clone());
            } else if part.text.chars().all(|c| SILENT.contains(c)) {
                part.phones = Some(String::new());
            }
        } else if i > 0 {
            part.apart = apart;
        }
    }
    if apart {
        return;
    }
    let mut said: Vec<(bool, usize, usize)> = parts
        .iter()
        .enumerate()
        .filter_map(|(i, p)| Some((i, p.phones.as_deref().filter(|p| !p.is_empty())?)))
        .map(|(i, phones)| (has_primary(phones), weight(phones), i))
        .collect();
    let lower = |parts: &mut [Token], i: usize| {
        let phones = parts[i].phones.as_deref().map(|p| apply_stress(p, Some(-0.5)));
        parts[i].phones = phones;
    };
    if let [first, second] = said.as_slice()
        && parts[first.2].text.chars().count() == 1
    {
        return lower(parts, second.2);
    }
    let stressed = said.iter().filter(|(primary, ..)| *primary).count();
    if said.len() < 2 || stressed <= said.len().div_ceil(2) {
        return;
    }
    said.sort_unstable();
    for (_, _, i) in &said[..said.len() / 2] {
        lower(parts, *i);
    }
}
