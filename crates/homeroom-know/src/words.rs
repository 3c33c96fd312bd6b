//! From text to the terms that are indexed and searched: English words by their stems, Chinese words by jieba's
//! dictionary, in one text as they come.
//!
//! Nothing is left out of the index. Stop words are left out of *questions* ([`Question`]), unless they are quoted or there
//! is nothing else: in notes on articles, “the” is what a question is about.

use std::sync::LazyLock;

use jieba_rs::{Jieba, TokenizeMode};
use tantivy::tokenizer::{BoxTokenStream, Language, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer};

/// Longest term in bytes. A longer run of letters is no word that somebody asks for; it is cut.
const LONGEST_TERM: usize = 96;
/// What is read of a question, in characters.
const LONGEST_QUESTION: usize = 2000;

/// Words that say nothing of what a question is about.
const STOP_ENGLISH: &str = "a about after again all also am an and any anybody anyone anything are as at be because been before being \
    but by can cannot could did do does doing done during each either else ever every everybody everyone everything for from further \
    get gets getting give given gives got had has have having he her here hers him his how i if in into is it its just let like many \
    may me might more most much must my need needs no nor not of off on once one only or other our ours out over own per please \
    same shall she should so some somebody someone something such take takes than that the their theirs them then there these they \
    thing things this those through to too under until up upon us very was way we were what when where whether which while who whom \
    whose why will with within without would you your yours long happen happens does tell say says mean means there's what's don't \
    another back often always usually never able allowed permitted possible son daughter okay \
    can't isn't aren't doesn't didn't won't i'm it's who's";
/// As [`STOP_ENGLISH`], in Chinese.
const STOP_CHINESE: &str = "的 了 着 过 是 在 有 和 与 或 及 以及 而 但 但是 也 都 就 还 又 再 才 把 被 让 给 对 对于 关于 从 到 向 为 为了 \
    因为 所以 如果 要是 那么 这 那 这个 那个 这些 那些 这里 那里 这样 那样 我 你 您 他 她 它 我们 你们 他们 她们 它们 自己 什么 怎么 怎样 \
    怎么样 怎么办 如何 为什么 为何 谁 哪 哪个 哪些 哪里 哪儿 哪天 几 几个 几点 几次 多少 多 多久 多长 多大 多高 何时 何 吗 呢 吧 啊 呀 嘛 不 没 没有 \
    能 能否 能不能 可以 可 可否 是否 是不是 会 会不会 要 要不要 应 应该 应当 须 必须 需要 需 得 地 之 其 中 里 内 上 下 时 时候 后 前 个 些 点 \
    每 各 某 该 本 请 请问 一个 一下 一些 哪种 哪一 种 样 办 做 说 叫 算 用 最 很 更 太 所 于 由 按 按照 等 最多 最少 至少 一 第几 \
    有没有 什么样 什么时候 谁来 属于 指 指的 意思 时间 天 的话 那天 当天 允许 可不可以 行不行";

static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Whether `c` is a Chinese character.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' | '々' | '〇')
}

/// Whether the letters of `text` are mostly English: what a model of English can tell the meaning of. A Chinese character
/// counts as three letters.
pub(crate) fn is_english(text: &str) -> bool {
    let (mut english, mut other) = (0_usize, 0_usize);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        match c {
            c if c.is_ascii() => english += 1,
            c if is_han(c) => other += 3,
            _ => other += 1,
        }
    }
    english > other
}

/// A character as it is compared: full-width forms of ASCII as ASCII.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '’' | '‘' => '\'',
        c => c,
    }
}

/// Divides text into words: lower-cased, full-width letters as half-width ones, Chinese by jieba's words and the words
/// inside of them. Numbers with a point, colon or slash inside (7:50) stay whole.
#[derive(Clone)]
struct Mixed;

struct Words {
    tokens: Vec<Token>,
    /// One past the token that is current.
    next: usize,
}

impl TokenStream for Words {
    fn advance(&mut self) -> bool {
        self.next += 1;
        self.next <= self.tokens.len()
    }

    fn token(&self) -> &Token {
        &self.tokens[self.next - 1]
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.tokens[self.next - 1]
    }
}

impl Tokenizer for Mixed {
    type TokenStream<'a> = BoxTokenStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> BoxTokenStream<'a> {
        BoxTokenStream::new(Words { tokens: divide(text), next: 0 })
    }
}

fn divide(text: &str) -> Vec<Token> {
    let chars: Vec<(usize, char)> = text.char_indices().map(|(at, c)| (at, narrow(c))).collect();
    let byte = |i: usize| chars.get(i).map_or(text.len(), |&(at, _)| at);
    let is = |i: usize, test: fn(char) -> bool| chars.get(i).is_some_and(|&(_, c)| test(c));
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let start = at;
        if is_han(chars[at].1) {
            while is(at, is_han) {
                at += 1;
            }
            let from = byte(start);
            for word in JIEBA.tokenize(&text[from..byte(at)], TokenizeMode::Search, false) {
                push(&mut tokens, from + word.byte_start, from + word.byte_end, word.word.to_owned());
            }
        } else if is_letter(chars[at].1) {
            loop {
                let numeric = |i: usize| is(i, |c| c.is_ascii_digit());
                if is(at, is_letter)
                    || is(at, |c| c == '\'') && is(at - 1, char::is_alphabetic) && is(at + 1, char::is_alphabetic)
                    || is(at, |c| matches!(c, '.' | ':' | '/')) && numeric(at - 1) && numeric(at + 1)
                {
                    at += 1;
                } else {
                    break;
                }
            }
            let mut term: String = chars[start..at].iter().flat_map(|&(_, c)| c.to_lowercase()).collect();
            if term.len() > LONGEST_TERM {
                term.truncate((0..=LONGEST_TERM).rev().find(|&i| term.is_char_boundary(i)).unwrap_or(0));
            }
            push(&mut tokens, byte(start), byte(at), term);
        } else {
            at += 1;
        }
    }
    tokens
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && !is_han(c)
}

fn push(tokens: &mut Vec<Token>, offset_from: usize, offset_to: usize, text: String) {
    let position = tokens.len();
    tokens.push(Token { offset_from, offset_to, position, text, position_length: 1 });
}

/// What the index and questions are analysed with.
pub(crate) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(Mixed).filter(Stemmer::new(Language::English)).build()
}

/// The terms of a text, each as often as it stands there.
pub(crate) fn terms(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    analyzer().token_stream(text).process(&mut |token| out.push(token.text.clone()));
    out
}

/// A word that a question is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    /// As indexed.
    pub(crate) term: String,
    /// As it stands in the question.
    pub(crate) surface: String,
    /// Where it first stands there, in bytes.
    pub(crate) place: (usize, usize),
    /// Whether it is one Chinese character that is not quoted: often half of a word, or a verb that says little.
    pub(crate) slight: bool,
}

/// The words that `question` is about, each once, in order.
pub(crate) fn asked(question: &str) -> Vec<Asked> {
    let end = question.char_indices().nth(LONGEST_QUESTION).map_or(question.len(), |(at, _)| at);
    let question = &question[..end];
    let quoted = quoted(question);
    let mut all: Vec<(Asked, bool)> = Vec::new();
    analyzer().token_stream(question).process(&mut |token| {
        let surface = &question[token.offset_from..token.offset_to];
        let plain: String = surface.chars().map(narrow).flat_map(char::to_lowercase).collect();
        let place = (token.offset_from, token.offset_to);
        let in_quotes = quoted.iter().any(|q| q.0 <= place.0 && place.1 <= q.1);
        let content = in_quotes || !is_stop_word(&plain);
        let slight = !in_quotes && is_one_character(surface);
        let asked = Asked { term: token.text.clone(), surface: surface.to_owned(), place, slight };
        match all.iter_mut().find(|(a, _)| a.term == asked.term) {
            Some((_, known)) => *known |= content,
            None => all.push((asked, content)),
        }
    });
    let any = all.iter().any(|(_, content)| *content);
    all.into_iter().filter(|(_, content)| *content || !any).map(|(asked, _)| asked).collect()
}

fn is_one_character(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(is_han) && chars.next().is_none()
}

fn is_stop_word(word: &str) -> bool {
    STOP_ENGLISH.split_ascii_whitespace().chain(STOP_CHINESE.split_ascii_whitespace()).any(|stop| stop == word)
}

/// Where something stands in quote marks: bytes, without the marks.
fn quoted(text: &str) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut open: Option<(usize, char)> = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match open {
            Some((from, close)) if c == close => {
                // An apostrophe inside of a word closes nothing.
                let inside = c == '\'' && text[at + 1..].starts_with(char::is_alphanumeric);
                if !inside {
                    out.push((from, at));
                    open = None;
                }
            }
            Some(_) => {}
            None => {
                let close = match c {
                    '"' => Some('"'),
                    '\'' if !before.is_alphanumeric() => Some('\''),
                    '“' => Some('”'),
                    '‘' => Some('’'),
                    '「' => Some('」'),
                    '『' => Some('』'),
                    '《' => Some('》'),
                    _ => None,
                };
                open = close.map(|close| (at + c.len_utf8(), close));
            }
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(terms(text), expected);
    }

    #[test]
    fn english_words_are_stemmed_and_chinese_ones_found() {
        check("Borrowed books, and the Library's rules.", &["borrow", "book", "and", "the", "librari", "rule"]);
        check("请在7:50前到校", &["请", "在", "7:50", "前", "到校"]);
        check("图书馆借书", &["图书", "书馆", "图书馆", "借书"]);
        check("使用ＡＰＰ Uploading作业。", &["使用", "app", "upload", "作业"]);
        check("", &[]);
        check("\u{0}…—", &[]);
    }

    #[track_caller]
    fn about(question: &str, expected: &[&str]) {
        let got: Vec<String> = asked(question).into_iter().map(|a| a.surface).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn questions_lose_stop_words_unless_they_are_about_them() {
        about("How long can I keep a library book?", &["keep", "library", "book"]);
        about("When do we use ‘the’ and “an”?", &["use", "the", "an"]);
        about("校服丢了怎么办？", &["校服", "丢"]);
        about("what is it", &["what", "is", "it"]);
        about("don't books' covers tear", &["books", "covers", "tear"]);
    }

    #[test]
    fn language_goes_by_letters() {
        assert!(is_english("The word 的 is a particle"));
        assert!(!is_english("单词 the 是冠词"));
        assert!(!is_english("Привет"));
        assert!(!is_english("123"));
    }
}
