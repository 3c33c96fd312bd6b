use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use homeroom_core::Upos;
use serde::Deserialize;

use crate::format::{BLOCK, LN_STEPS, NONE, SECTIONS, Section, ZIPF_STEPS, assemble};
use crate::lexicon::{fold, rule_lemma};
use crate::morphology::{Class, regular};
use crate::{Form, LexiconError, PosSet};

static CLOSED_CLASS: &str = include_str!("../data/closed_class.tsv");
static EXTRA_WORDS: &str = include_str!("../data/extra_words.tsv");
static NOT_WORDS: &str = include_str!("../data/not_words.txt");
static OVERRIDES: &str = include_str!("../data/overrides.tsv");

/// The word lists of SCOWL (size 70, one word a line) that a source folder holds, as Debian names them.
const WORD_LISTS: [&str; 3] = ["american-english-large", "british-english-large", "canadian-english-large"];

/// Zipf frequency from which a form that only the inflection tables have counts as a word: below, the tables hold
/// hyphenations and technical terms that nobody writes.
const INFLECTED_ZIPF: f32 = 1.5;

/// Zipf frequency by which a distinct participle may be rarer than the past tense form and still be the one to
/// suggest (`beaten` beside `beat`, but not `gotten` beside `got`).
const PARTICIPLE_MARGIN: f32 = 1.2;

/// Letters that a capitalised entry of the inflection tables needs: shorter ones are abbreviations.
const NAME_LETTERS: usize = 5;

/// Letters that a word needs for the tags of the level list to be believed: it tags abbreviations as anything.
const LEVEL_TAG_LETTERS: usize = 4;

/// The list of pairs counts this many times the words that the list of single words counts: the median over frequent
/// words of the sum of a word's pairs by its own count.
const PAIR_SCALE: f64 = 45.0;

/// Where the sources lie.
#[derive(Debug, Clone)]
pub struct Sources {
    cefr: PathBuf,
    frequency: PathBuf,
    inflection: PathBuf,
    neighbours: PathBuf,
    word_lists: Vec<PathBuf>,
}

impl Sources {
    /// The sources in a folder: the wheels of `cefrpy`, `wordfreq`, `lemminflect` and `symspellpy`, and SCOWL's word
    /// lists under Debian's names (`american-english-large` and so on).
    ///
    /// # Errors
    /// [`LexiconError::Missing`] for one that is not there, [`LexiconError::Read`] if the folder can't be listed.
    pub fn in_folder(folder: &Path) -> Result<Sources, LexiconError> {
        let read = |source| LexiconError::Read { path: folder.to_owned(), source };
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(read)? {
            names.push(entry.map_err(read)?.path());
        }
        names.sort();
        let find = |prefix: &str, suffix: &str| {
            names
                .iter()
                .find(|p| {
                    p.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with(prefix) && n.ends_with(suffix))
                })
                .cloned()
                .ok_or_else(|| LexiconError::Missing { name: format!("{prefix}{suffix}"), folder: folder.to_owned() })
        };
        Ok(Sources {
            cefr: find("cefrpy-", ".whl")?,
            frequency: find("wordfreq-", ".whl")?,
            inflection: find("lemminflect-", ".whl")?,
            neighbours: find("symspellpy-", ".whl")?,
            word_lists: WORD_LISTS.iter().map(|name| find(name, "")).collect::<Result<_, _>>()?,
        })
    }
}

#[derive(Debug, Default, Clone)]
struct Entry {
    set: u32,
    zipf: f32,
    levels: [u8; 5],
}

type Table = BTreeMap<String, Entry>;

/// Makes the table.
///
/// # Errors
/// If a source can't be read or has another layout than the versions that `data/README.md` names.
pub fn build(sources: &Sources) -> Result<Vec<u8>, LexiconError> {
    let zipf = frequencies(&sources.frequency)?;
    let inflections = Inflections::read(&sources.inflection)?;
    let levels = levels(&sources.cefr)?;
    let mut table = Table::new();
    let not_words: BTreeSet<&str> =
        NOT_WORDS.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace).collect();
    let overrides = Overrides::read()?;

    for path in &sources.word_lists {
        let text = fs::read(path).map_err(|source| LexiconError::Read { path: path.clone(), source })?;
        let text = String::from_utf8_lossy(&text);
        for word in text.lines().filter(|w| !w.ends_with("'s")) {
            let lower = word.to_lowercase();
            let flag = if lower == word { PosSet::KNOWN } else { PosSet::NAME.with(PosSet::of(Upos::Propn)) };
            let folded = fold(&lower);
            if is_plain(&folded) && !(flag == PosSet::KNOWN && not_words.contains(&*folded)) {
                mark(&mut table, &folded, flag);
            }
        }
    }
    inflections.mark(&mut table, &zipf, &not_words);
    mark_levels(&mut table, &levels);
    for (upos, words) in tab_lines(CLOSED_CLASS, "closed_class.tsv")? {
        let set = Upos::parse(upos).ok_or(layout("closed_class.tsv", 0))?;
        for word in words.split(' ') {
            mark(&mut table, word, PosSet::of(set).with(PosSet::KNOWN));
        }
    }
    for (kind, words) in tab_lines(EXTRA_WORDS, "extra_words.tsv")? {
        let (upos, form) = kind.split_once(':').map_or((kind, None), |(u, f)| (u, Some(f)));
        let mut set = PosSet::of(Upos::parse(upos).ok_or(layout("extra_words.tsv", 0))?).with(PosSet::KNOWN);
        if let Some(form) = form {
            set = set.with(PosSet::of_form(form_named(form).ok_or(layout("extra_words.tsv", 0))?));
        }
        if upos == "X" {
            set = PosSet::KNOWN;
        }
        for word in words.split(' ') {
            mark(&mut table, word, set);
        }
    }
    overrides.mark(&mut table);
    for (word, entry) in &mut table {
        entry.zipf = zipf.get(word).copied().unwrap_or(0.0);
        entry.levels = levels.get(word).map_or([0; 5], |l| l.slots);
    }

    let words: Vec<&str> = table.keys().map(String::as_str).collect();
    let ids: HashMap<&str, u32> = words.iter().enumerate().map(|(i, w)| (*w, i as u32)).collect();
    let lemmas = inflections.lemma_exceptions(&table, &ids, &overrides);
    let forms = inflections.form_exceptions(&table, &ids, &overrides);
    let (heads, bigrams) = bigrams(&sources.neighbours, &ids)?;
    Ok(assemble(encode(&table, lemmas, forms, heads, bigrams)))
}

fn layout(file: &str, at: usize) -> LexiconError {
    LexiconError::Layout { file: file.to_owned(), at }
}

fn form_named(name: &str) -> Option<Form> {
    Form::ALL.into_iter().find(|f| format!("{f:?}") == name)
}

fn tab_lines<'a>(text: &'a str, file: &str) -> Result<Vec<(&'a str, &'a str)>, LexiconError> {
    text.lines()
        .enumerate()
        .filter(|(_, l)| !l.starts_with('#'))
        .map(|(at, l)| l.split_once('\t').ok_or_else(|| layout(file, at + 1)))
        .collect()
}

fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= 60
        && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'\'' || b == b'-' || b == b'.')
}

fn mark(table: &mut Table, word: &str, set: PosSet) {
    table.entry(word.to_owned()).or_default().set |= set.0;
}

fn member(path: &Path, name: &str) -> Result<Vec<u8>, LexiconError> {
    let file = fs::File::open(path).map_err(|source| LexiconError::Read { path: path.to_owned(), source })?;
    let wheel = |source| LexiconError::Wheel { path: path.to_owned(), member: name.to_owned(), source };
    let mut archive = zip::ZipArchive::new(file).map_err(wheel)?;
    let mut entry = archive.by_name(name).map_err(wheel)?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(|source| LexiconError::Read { path: path.to_owned(), source })?;
    Ok(bytes)
}

fn gunzip(bytes: &[u8], path: &Path) -> Result<Vec<u8>, LexiconError> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(bytes)
        .read_to_end(&mut out)
        .map_err(|source| LexiconError::Read { path: path.to_owned(), source })?;
    Ok(out)
}

/// A frequency list is an array: a header, then one array of words for each hundredth of a bel below certainty.
#[derive(Deserialize)]
#[serde(untagged)]
enum FrequencyItem {
    Words(Vec<String>),
    Header(#[allow(dead_code, reason = "only its place matters")] BTreeMap<String, serde::de::IgnoredAny>),
}

fn frequencies(wheel: &Path) -> Result<HashMap<String, f32>, LexiconError> {
    let name = "wordfreq/data/large_en.msgpack.gz";
    let bytes = gunzip(&member(wheel, name)?, wheel)?;
    let items: Vec<FrequencyItem> = rmp_serde::from_slice(&bytes)
        .map_err(|source| LexiconError::Frequencies { member: name.to_owned(), source })?;
    let bins = items.into_iter().filter_map(|item| match item {
        FrequencyItem::Words(words) => Some(words),
        FrequencyItem::Header(_) => None,
    });
    let mut zipf = HashMap::new();
    for (centibels, words) in bins.enumerate() {
        for word in words {
            zipf.insert(word, 9.0 - centibels as f32 / 100.0);
        }
    }
    Ok(zipf)
}

struct Levels {
    /// As stored: 0 is none, 1 is A1.
    slots: [u8; 5],
    /// What the tags of the source say the word can be.
    set: PosSet,
}

/// What each of the source's tags (by number) says: slot of the level, part of speech, form.
fn tag(number: u8) -> Option<(usize, PosSet)> {
    let noun = PosSet::of(Upos::Noun);
    let verb = PosSet::of(Upos::Verb);
    Some(match number {
        4 => (2, PosSet::of(Upos::Adj)),
        5 => (2, PosSet::of(Upos::Adj).with(PosSet::of_form(Form::Comparative))),
        6 => (2, PosSet::of(Upos::Adj).with(PosSet::of_form(Form::Superlative))),
        8 => (0, noun.with(PosSet::of_form(Form::Singular))),
        9 => (0, noun.with(PosSet::of_form(Form::Plural))),
        10 | 11 => return None,
        13..=15 => (3, PosSet::of(Upos::Adv)),
        19 | 23 => (1, verb.with(PosSet::of_form(Form::Base))),
        20 => (1, verb.with(PosSet::of_form(Form::Past))),
        21 => (1, verb.with(PosSet::of_form(Form::Gerund))),
        22 => (1, verb.with(PosSet::of_form(Form::PastParticiple))),
        24 => (1, verb.with(PosSet::of_form(Form::ThirdPerson))),
        0..=27 => (4, PosSet::EMPTY),
        _ => return None,
    })
}

/// `data.bin`: number of lengths, one `u32` start per length, then the words of each length with a tag and a level
/// (fiftieths of a level above A1).
fn levels(wheel: &Path) -> Result<HashMap<String, Levels>, LexiconError> {
    let name = "cefrpy/data.bin";
    let bytes = member(wheel, name)?;
    let n = *bytes.first().ok_or(layout(name, 0))? as usize;
    let start = |i: usize| {
        bytes
            .get(1 + 4 * i..5 + 4 * i)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
            .ok_or(layout(name, 1 + 4 * i))
    };
    let mut out: HashMap<String, Levels> = HashMap::new();
    for len in 1..n {
        let (mut at, end) = (1 + 4 * n + start(len - 1)?, 1 + 4 * n + start(len)?);
        while at < end {
            let record = bytes.get(at..at + len + 2).ok_or(layout(name, at))?;
            at += len + 2;
            let word = String::from_utf8_lossy(&record[..len]).into_owned();
            let level = (f32::from(record[len + 1]) / 50.0).round() as u8 + 1;
            let entry = out.entry(word).or_insert(Levels { slots: [0; 5], set: PosSet::EMPTY });
            if let Some((slot, set)) = tag(record[len]) {
                entry.set = entry.set.with(set);
                let old = entry.slots[slot];
                entry.slots[slot] = if old == 0 { level } else { old.min(level) };
            }
        }
    }
    Ok(out)
}

/// Words that the inflection tables lack take their parts of speech from the level list.
fn mark_levels(table: &mut Table, levels: &HashMap<String, Levels>) {
    for (word, entry) in table.iter_mut() {
        let set = PosSet(entry.set);
        if set.is_empty()
            && set.has_all(PosSet::KNOWN)
            && word.len() >= LEVEL_TAG_LETTERS
            && let Some(found) = levels.get(word)
        {
            entry.set |= found.set.0;
        }
    }
}

struct Overrides {
    lemmas: HashMap<(Class, &'static str), &'static str>,
    forms: HashMap<(&'static str, Form), &'static str>,
    plurals: Vec<&'static str>,
    not_forms: Vec<(&'static str, Form)>,
    invariants: BTreeSet<&'static str>,
}

impl Overrides {
    fn read() -> Result<Self, LexiconError> {
        let mut out = Self {
            lemmas: HashMap::new(),
            forms: HashMap::new(),
            plurals: Vec::new(),
            not_forms: Vec::new(),
            invariants: BTreeSet::new(),
        };
        for (at, line) in OVERRIDES.lines().enumerate() {
            let fields: Vec<&str> = line.split('\t').collect();
            let wrong = || layout("overrides.tsv", at + 1);
            match fields.as_slice() {
                ["lemma", class, form, lemma] => {
                    out.lemmas.insert((class_named(class).ok_or_else(wrong)?, form), lemma);
                }
                ["form", lemma, name, form] => {
                    out.forms.insert((lemma, form_named(name).ok_or_else(wrong)?), form);
                }
                ["not", word, name] => out.not_forms.push((word, form_named(name).ok_or_else(wrong)?)),
                ["plural", word] => out.plurals.push(word),
                ["invariant", word] => {
                    out.invariants.insert(word);
                }
                _ if line.starts_with('#') => {}
                _ => return Err(wrong()),
            }
        }
        Ok(out)
    }

    fn mark(&self, table: &mut Table) {
        let noun = PosSet::of(Upos::Noun).with(PosSet::KNOWN);
        let singular = PosSet::of_form(Form::Singular);
        for word in &self.plurals {
            mark(table, word, noun.with(PosSet::of_form(Form::Plural)));
            if let Some(entry) = table.get_mut(*word) {
                entry.set &= !singular.0;
            }
        }
        for word in &self.invariants {
            mark(table, word, noun.with(PosSet::of_form(Form::Plural)).with(singular));
        }
        for ((_, name), form) in self.forms.iter().filter(|(_, form)| **form != "-") {
            mark(table, form, PosSet::KNOWN.with(PosSet::of_form(*name)));
        }
        for (word, form) in &self.not_forms {
            if let Some(entry) = table.get_mut(*word) {
                entry.set &= !PosSet::of_form(*form).0;
            }
        }
    }
}

fn class_named(name: &str) -> Option<Class> {
    Some(match name {
        "noun" => Class::Noun,
        "verb" => Class::Verb,
        "adj" => Class::Adj,
        "adv" => Class::Adv,
        _ => return None,
    })
}

fn upos_of(class: Class) -> Upos {
    match class {
        Class::Noun => Upos::Noun,
        Class::Verb => Upos::Verb,
        Class::Adj => Upos::Adj,
        Class::Adv => Upos::Adv,
    }
}

/// Forms with their variants.
type Columns = Vec<(Form, Vec<String>)>;

struct Inflections {
    /// Form, class, lemmas with the most frequent first.
    lemmas: Vec<(String, Class, Vec<String>)>,
    /// The same for words that the source writes with capitals, here in lower case.
    capitals: Vec<(String, Class, Vec<String>)>,
    /// Lemma, class, forms with their variants.
    forms: Vec<(String, Class, Columns)>,
}

impl Inflections {
    fn read(wheel: &Path) -> Result<Self, LexiconError> {
        let text = |name: &str| -> Result<String, LexiconError> {
            let bytes = gunzip(&member(wheel, name)?, wheel)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        let plain = |w: &str| is_plain(w);
        let split = |field: &str| -> Vec<String> { field.split('/').filter(|w| plain(w)).map(str::to_owned).collect() };
        let mut lemmas = Vec::new();
        let mut capitals = Vec::new();
        let name = "lemminflect/resources/lemma_lu.csv.gz";
        for (at, line) in text(name)?.lines().enumerate() {
            let mut fields = line.trim().split(',');
            let (Some(form), Some(class), Some(lemma)) = (fields.next(), fields.next(), fields.next()) else {
                return Err(layout(name, at + 1));
            };
            let Some(class) = class_named(class) else { continue };
            if plain(form) {
                lemmas.push((form.to_owned(), class, split(lemma)));
            } else if plain(&form.to_lowercase()) && form.len() >= NAME_LETTERS {
                // Nationalities and the like: `American` as an adjective, `Americans` as a plural.
                capitals.push((form.to_lowercase(), class, split(&lemma.to_lowercase())));
            }
        }
        let mut forms = Vec::new();
        let name = "lemminflect/resources/infl_lu.csv.gz";
        for (at, line) in text(name)?.lines().enumerate() {
            let mut fields = line.trim().split(',');
            let (Some(lemma), Some(class)) = (fields.next(), fields.next()) else {
                return Err(layout(name, at + 1));
            };
            let Some(class) = class_named(class) else { continue };
            if !plain(lemma) {
                continue;
            }
            let names: &[Form] = match class {
                Class::Noun => &[Form::Plural],
                Class::Verb => &[Form::Past, Form::PastParticiple, Form::Gerund, Form::ThirdPerson],
                Class::Adj | Class::Adv => &[Form::Comparative, Form::Superlative],
            };
            let mut columns: Columns =
                names.iter().zip(fields.chain(std::iter::repeat(""))).map(|(f, c)| (*f, split(c))).collect();
            if class == Class::Verb && columns[1].1.is_empty() {
                columns[1].1 = columns[0].1.clone();
            }
            forms.push((lemma.to_owned(), class, columns));
        }
        Ok(Self { lemmas, capitals, forms })
    }

    fn mark(&self, table: &mut Table, zipf: &HashMap<String, f32>, not_words: &BTreeSet<&str>) {
        let mut add = |word: &str, set: PosSet| add_inflected(table, zipf, not_words, word, set);
        for (form, class, lemmas) in &self.lemmas {
            let upos = PosSet::of(upos_of(*class));
            let own = lemmas.iter().any(|l| l == form);
            match class {
                Class::Noun if own => add(form, upos.with(PosSet::of_form(Form::Singular))),
                Class::Noun => add(form, upos.with(PosSet::of_form(Form::Plural))),
                Class::Verb if own => add(form, upos.with(PosSet::of_form(Form::Base))),
                _ => add(form, upos),
            }
        }
        let adjectives: BTreeSet<&str> =
            self.capitals.iter().filter(|(_, class, _)| *class == Class::Adj).map(|(w, _, _)| w.as_str()).collect();
        for (form, class, lemmas) in &self.capitals {
            let Some(lemma) = lemmas.first().filter(|l| adjectives.contains(l.as_str())) else { continue };
            if !table.get(form).is_some_and(|e| PosSet(e.set).has_all(PosSet::NAME)) {
                continue;
            }
            let number = if form == lemma { Form::Singular } else { Form::Plural };
            match class {
                Class::Adj => mark(table, form, PosSet::of(Upos::Adj)),
                Class::Noun => mark(table, form, PosSet::of(Upos::Noun).with(PosSet::of_form(number))),
                _ => {}
            }
        }
        let mut add = |word: &str, set: PosSet| add_inflected(table, zipf, not_words, word, set);
        for (lemma, class, columns) in &self.forms {
            let upos = PosSet::of(upos_of(*class));
            let plural_only_itself = columns.iter().all(|(_, v)| v.iter().all(|w| w == lemma));
            let mut own = upos;
            match class {
                Class::Noun => {
                    own = own.with(PosSet::of_form(Form::Singular));
                    if plural_only_itself {
                        own = own.with(PosSet::NO_PLURAL);
                    }
                }
                Class::Verb => own = own.with(PosSet::of_form(Form::Base)),
                Class::Adj | Class::Adv => {
                    if columns.iter().any(|(_, v)| !v.is_empty()) {
                        own = own.with(PosSet::GRADABLE);
                    }
                }
            }
            add(lemma, own);
            for (form, variants) in columns {
                for variant in variants {
                    if *class == Class::Noun && variant == lemma {
                        continue;
                    }
                    add(variant, upos.with(PosSet::of_form(*form)));
                }
            }
        }
    }

    fn lemma_exceptions(&self, table: &Table, ids: &HashMap<&str, u32>, overrides: &Overrides) -> Vec<(u32, u32)> {
        let set = |word: &str| table.get(word).map_or(PosSet::EMPTY, |e| PosSet(e.set));
        let mut right: BTreeMap<(&str, Class), &str> = BTreeMap::new();
        for (form, class, lemmas) in &self.lemmas {
            if let Some(first) = lemmas.first() {
                right.insert((form.as_str(), *class), first.as_str());
            }
        }
        for (&(class, form), &lemma) in &overrides.lemmas {
            right.insert((form, class), lemma);
        }
        let mut out = BTreeMap::new();
        for ((form, class), lemma) in right {
            let Some(&id) = ids.get(form) else { continue };
            if rule_lemma(form, class, set(form), set) == lemma {
                continue;
            }
            let value = if form == lemma { Some(NONE) } else { ids.get(lemma).copied() };
            if let Some(value) = value {
                out.insert(id << 2 | class as u32, value);
            }
        }
        out.into_iter().collect()
    }

    fn form_exceptions(&self, table: &Table, ids: &HashMap<&str, u32>, overrides: &Overrides) -> Vec<(u32, u32)> {
        let zipf = |word: &str| table.get(word).map_or(0.0, |e| e.zipf);
        let mut right: BTreeMap<(&str, Form), &str> = BTreeMap::new();
        for (lemma, class, columns) in &self.forms {
            let past = columns.iter().find(|(f, _)| *f == Form::Past).map(|(_, v)| v.as_slice()).unwrap_or_default();
            for (form, variants) in columns {
                let usable = variants
                    .iter()
                    .map(String::as_str)
                    .filter(|v| ids.contains_key(v) && (*class != Class::Noun || v != lemma));
                let list: Vec<&str> = usable.collect();
                let mut best = most_frequent(&list, zipf);
                if *form == Form::PastParticiple {
                    let distinct: Vec<&str> =
                        list.into_iter().filter(|v| !past.iter().any(|p| p == v) && v != lemma).collect();
                    if let (Some(d), Some(b)) = (most_frequent(&distinct, zipf), best)
                        && zipf(d) + PARTICIPLE_MARGIN >= zipf(b)
                    {
                        best = Some(d);
                    }
                }
                if let Some(best) = best {
                    right.entry((lemma, *form)).or_insert(best);
                }
            }
        }
        for (&key, &form) in &overrides.forms {
            right.insert(key, form);
        }
        for noun in &overrides.invariants {
            right.insert((noun, Form::Plural), noun);
        }
        for (lemma, forms) in [
            ("be", ["was", "been", "being", "is"]),
            ("have", ["had", "had", "having", "has"]),
            ("do", ["did", "done", "doing", "does"]),
        ] {
            for (form, word) in
                [Form::Past, Form::PastParticiple, Form::Gerund, Form::ThirdPerson].into_iter().zip(forms)
            {
                right.insert((lemma, form), word);
            }
        }
        let mut out = BTreeMap::new();
        for ((lemma, form), word) in right {
            let Some(&id) = ids.get(lemma) else { continue };
            let value = if word == "-" {
                NONE
            } else if regular(lemma, form) == word
                && (form != Form::Plural || !PosSet(table[lemma].set).has_all(PosSet::NO_PLURAL))
            {
                continue;
            } else {
                match ids.get(word) {
                    Some(&w) => w,
                    None => continue,
                }
            };
            out.insert(id << 4 | form as u32, value);
        }
        out.into_iter().collect()
    }
}

/// Adds what the inflection tables say of a word, if word lists have it or it is frequent enough. The tables list many
/// names as nouns in lower case, too: those stay names.
fn add_inflected(table: &mut Table, zipf: &HashMap<String, f32>, not_words: &BTreeSet<&str>, word: &str, set: PosSet) {
    let wanted = !not_words.contains(word);
    let old = table.get(word).map(|e| PosSet(e.set));
    let common = wanted && zipf.get(word).is_some_and(|&z| z >= INFLECTED_ZIPF);
    if common || old.is_some() {
        let name = old.is_some_and(|s| s.has_all(PosSet::NAME) && !s.has_all(PosSet::KNOWN));
        mark(table, word, if wanted && !name { set.with(PosSet::KNOWN) } else { set });
    }
}

/// The most frequent of some forms; of equals the first, since the source puts the usual one first.
fn most_frequent<'a>(forms: &[&'a str], zipf: impl Fn(&str) -> f32) -> Option<&'a str> {
    forms.iter().rev().copied().max_by(|a, b| zipf(a).total_cmp(&zipf(b)))
}

/// Heads and followers of the pairs whose words are all in the table.
fn bigrams(wheel: &Path, ids: &HashMap<&str, u32>) -> Result<(Vec<u8>, Vec<u8>), LexiconError> {
    let text = |name: &str| -> Result<String, LexiconError> {
        let bytes = member(wheel, name)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(text.trim_start_matches('\u{feff}').to_owned())
    };
    let number = |field: Option<&str>, name: &str, at: usize| -> Result<f64, LexiconError> {
        field.and_then(|f| f.trim().parse().ok()).ok_or_else(|| layout(name, at + 1))
    };
    let name = "symspellpy/frequency_dictionary_en_82_765.txt";
    let mut unigrams: HashMap<u32, f64> = HashMap::new();
    for (at, line) in text(name)?.lines().enumerate() {
        let mut fields = line.split(' ');
        if let Some(&id) = fields.next().and_then(|w| ids.get(w)) {
            unigrams.insert(id, number(fields.next(), name, at)?);
        }
    }
    let name = "symspellpy/frequency_bigramdictionary_en_243_342.txt";
    let mut pairs: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    for (at, line) in text(name)?.lines().enumerate() {
        let mut fields = line.split(' ');
        let (a, b) = (fields.next(), fields.next());
        let (Some(&a), Some(&b)) = (a.and_then(|w| ids.get(w)), b.and_then(|w| ids.get(w))) else { continue };
        if let Some(&total) = unigrams.get(&a) {
            pairs.insert((a, b), (number(fields.next(), name, at)? / (total * PAIR_SCALE)).min(1.0));
        }
    }
    let (mut heads, mut followers) = (Vec::new(), Vec::new());
    let mut previous = None;
    for ((a, b), p) in pairs {
        if previous != Some(a) {
            push(&mut heads, a);
            push(&mut heads, followers.len() as u32 / 4);
            previous = Some(a);
        }
        let cost = (-p.ln() as f32 * LN_STEPS).round().clamp(0.0, 255.0) as u32;
        push(&mut followers, b << 8 | cost);
    }
    Ok((heads, followers))
}

fn push(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn encode(
    table: &Table,
    lemmas: Vec<(u32, u32)>,
    forms: Vec<(u32, u32)>,
    heads: Vec<u8>,
    bigrams: Vec<u8>,
) -> [Vec<u8>; SECTIONS] {
    let mut parts: [Vec<u8>; SECTIONS] = Default::default();
    push(&mut parts[Section::Count as usize], table.len() as u32);
    let mut sets: HashMap<u32, u16> = HashMap::new();
    let mut previous = "";
    for (id, (word, entry)) in table.iter().enumerate() {
        let mut shared = 0;
        if id % BLOCK == 0 {
            let at = parts[Section::Words as usize].len() as u32;
            push(&mut parts[Section::Blocks as usize], at);
        } else {
            shared = word.bytes().zip(previous.bytes()).take_while(|(a, b)| a == b).count();
        }
        let words = &mut parts[Section::Words as usize];
        words.push(shared as u8);
        words.push((word.len() - shared) as u8);
        words.extend_from_slice(&word.as_bytes()[shared..]);
        previous = word;
        parts[Section::Zipf as usize].push((entry.zipf * ZIPF_STEPS).round().clamp(0.0, 255.0) as u8);
        let next = sets.len() as u16;
        let set = *sets.entry(entry.set).or_insert_with(|| {
            push(&mut parts[Section::PosSets as usize], entry.set);
            next
        });
        parts[Section::Pos as usize].extend_from_slice(&set.to_le_bytes());
        let packed = entry.levels.iter().enumerate().fold(0_u16, |p, (slot, &l)| p | u16::from(l & 7) << (3 * slot));
        parts[Section::Levels as usize].extend_from_slice(&packed.to_le_bytes());
    }
    for (key, value) in lemmas {
        push(&mut parts[Section::Lemmas as usize], key);
        push(&mut parts[Section::Lemmas as usize], value);
    }
    for (key, value) in forms {
        push(&mut parts[Section::Forms as usize], key);
        push(&mut parts[Section::Forms as usize], value);
    }
    parts[Section::BigramHeads as usize] = heads;
    parts[Section::Bigrams as usize] = bigrams;
    parts
}
