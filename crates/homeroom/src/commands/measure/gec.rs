//! `homeroom measure gec`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use homeroom_core::{Analysis, Display, Document, Finding, Language, Span};
use homeroom_deep::Deep;
use homeroom_english::{English, tokens};
use homeroom_judge::{proposals, rewrite, sentences as sendable};
use homeroom_measure::bootstrap::wilson;
use homeroom_measure::errant::is_errant_type;
use homeroom_measure::gec::{Item, Method, Options, Select, SystemMark, figures, sweep, sweep_table};
use homeroom_measure::m2::{self, M2Edit, M2Sentence};
use homeroom_measure::report::aligned;
use homeroom_measure::span_score::touches;
use homeroom_model::Limits;
use rayon::prelude::*;
use serde_json::{Map, Value};

use super::{Common, read, sentences};
use crate::progress::Progress;
use crate::typing::with_typer;
use crate::{deep, llm};

/// Confidences of the sweep.
const THRESHOLDS: [f64; 9] = [0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

#[derive(clap::Args)]
pub(super) struct Args {
    /// Annotated sentences
    #[arg(long, value_name = "FILE.m2", required_unless_present = "source")]
    data: Option<PathBuf>,
    /// Instead: sentences as written, one a line, tokens separated by spaces
    #[arg(long, value_name = "FILE", requires = "reference", conflicts_with = "data")]
    source: Option<PathBuf>,
    /// The same sentences, corrected; once per annotator
    #[arg(long, value_name = "FILE")]
    reference: Vec<PathBuf>,
    /// Score another system's sentences (one a line, tokenised) instead of Homeroom
    #[arg(long, value_name = "FILE")]
    hypotheses: Option<PathBuf>,
    /// Which marks: the default ones, all, or those of at least this confidence
    #[arg(long, default_value = "default", value_name = "default|all|CONFIDENCE")]
    select: String,
    /// How corrections are matched [default: errant where the types are ERRANT's, else maxmatch]
    #[arg(long, value_parser = ["errant", "maxmatch"])]
    method: Option<String>,
    /// With the language model's findings, too (`homeroom pull smollm2-135m`)
    #[arg(long, conflicts_with = "hypotheses")]
    deep: bool,
    /// With the corrections of this language model, checked by the small one and joined with its findings (implies --deep)
    #[arg(long, value_name = "NAME", conflicts_with = "hypotheses")]
    model: Option<String>,
    /// Write down what the model answers; `homeroom model add NAME --provider recorded --model FILE` gives it again
    #[arg(long, value_name = "FILE", requires = "model")]
    record: Option<PathBuf>,
    /// Raise every threshold of the deep check by so many nats: fewer marks, surer ones
    #[arg(long, requires = "deep", value_name = "NATS", default_value_t = 0.0)]
    stricter: f32,
    /// Also list how often each checker's marks touch an annotator's edit
    #[arg(long)]
    by_checker: bool,
    /// Also list the marks of this checker (`all` for every one) in their sentences
    #[arg(long, value_name = "CHECKER")]
    show: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// A sentence with what was found in it.
struct Marked {
    item: Item,
    /// Checker and display of each of the item's marks.
    by: Vec<(String, Display)>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let gold = gold(args)?;
    let data = args.data.as_ref().or(args.source.as_ref());
    let hypotheses = args.hypotheses.as_deref().map(sentences).transpose()?;
    if let Some(h) = &hypotheses
        && h.len() != gold.len()
    {
        bail!("{} sentences are annotated, but {} hypotheses given", gold.len(), h.len());
    }
    let errant_types = gold.iter().flat_map(|s| s.annotators.values().flatten()).all(|e| is_errant_type(&e.error_type));
    let method = match args.method.as_deref() {
        Some("maxmatch") => Method::MaxMatch,
        Some(_) => Method::Errant,
        None if errant_types => Method::Errant,
        None => Method::MaxMatch,
    };
    let hypotheses: Vec<Option<Vec<String>>> =
        hypotheses.map_or_else(|| vec![None; gold.len()], |h| h.into_iter().map(Some).collect());
    let deep = (args.deep || args.model.is_some()).then(deep::load).transpose()?.map(|d| d.stricter(args.stricter));
    let items = args.common.select(gold.into_iter().zip(hypotheses).collect())?;
    let progress = Progress::new(args.common.json);
    let texts: Vec<&[String]> = items.iter().map(|(gold, _)| gold.source.as_slice()).collect();
    let whole = if deep.is_some() { texts.chunks(TEXT_SENTENCES).map(Whole::new).collect() } else { Vec::new() };
    let rewritten =
        args.model.as_deref().map(|name| rewrite_all(name, args.record.as_deref(), &whole, &progress)).transpose()?;
    progress.start("Checking", items.len());
    let deep_findings = deep.map_or_else(Vec::new, |deep| {
        let none = Rewritten::default();
        let with = |(i, whole): (usize, &Whole)| {
            check_deep(&deep, whole, rewritten.as_ref().map_or(&none, |r| &r[i]), &progress)
        };
        whole.iter().enumerate().flat_map(with).collect()
    });
    let alone: Vec<Item> = match &rewritten {
        None => Vec::new(),
        Some(rewritten) => {
            let said = whole.iter().zip(rewritten).flat_map(|(whole, rewritten)| whole.applied(rewritten));
            let gold = items.iter().map(|(gold, _)| gold);
            gold.zip(said)
                .map(|(gold, text)| {
                    let spans = tokens(&text, 0..text.len());
                    let words: Vec<&str> = spans.iter().map(|s| s.of(&text)).collect();
                    with_typer(|typer| {
                        let typed = if errant_types { gold.clone() } else { typer.retype_sentence(gold) };
                        Item::from_hypothesis(typed, &words, typer)
                    })
                })
                .collect()
        }
    };
    let marked: Vec<Marked> = items
        .into_par_iter()
        .enumerate()
        .map(|(i, (gold, hypothesis))| {
            let typed = with_typer(|typer| if errant_types { gold.clone() } else { typer.retype_sentence(&gold) });
            progress.step();
            match hypothesis {
                Some(h) => {
                    let words: Vec<&str> = h.iter().map(String::as_str).collect();
                    let item = with_typer(|typer| Item::from_hypothesis(typed.clone(), &words, typer));
                    let by = vec![("hypothesis".to_owned(), Display::Sure); item.marks.len()];
                    Marked { item, by }
                }
                None => check(typed, deep_findings.get(i)),
            }
        })
        .collect();
    progress.finish();
    let select = match args.select.as_str() {
        "default" => Select::Default,
        "all" => Select::All,
        number => Select::Confidence(
            number.parse().with_context(|| format!("`{number}` is not default, all or a confidence"))?,
        ),
    };
    let items: Vec<Item> = marked.iter().map(|m| m.item.clone()).collect();
    let options = Options { select, method, ..Options::default() };
    let mut all = figures(&items, &options).context("measure the marks")?;
    let rows = sweep(&items, &THRESHOLDS, method).context("sweep the confidences")?;
    let mut extra = Map::new();
    extra.insert("sweep".to_owned(), serde_json::to_value(&rows).context("write JSON")?);
    let method_name = if method == Method::Errant { "span and correction" } else { "MaxMatch" };
    if !alone.is_empty() {
        let before = figures(&alone, &options).context("measure the model's own edits")?;
        for (name, figure) in before.iter() {
            all.push(format!("model_alone.{name}"), figure.clone());
        }
    }
    let mut tables = format!("corrections matched by {method_name}\n\n{}", aligned(&sweep_table(&rows)));
    if args.by_checker {
        let (table, json) = by_checker(&marked);
        tables.push('\n');
        tables.push_str(&table);
        extra.insert("checkers".to_owned(), json);
    }
    if let Some(checker) = &args.show {
        tables.push('\n');
        tables.push_str(&shown(&marked, checker));
    }
    let data: Vec<&Path> = data.into_iter().map(PathBuf::as_path).collect();
    args.common.print("gec", &data, all, extra, &tables)
}

fn gold(args: &Args) -> Result<Vec<M2Sentence>> {
    if let Some(path) = &args.data {
        return m2::read(&read(path)?).with_context(|| format!("read {}", path.display()));
    }
    let Some(source) = &args.source else {
        bail!("give --data, or --source with --reference");
    };
    let written = sentences(source)?;
    let references = args.reference.iter().map(|path| sentences(path)).collect::<Result<Vec<_>>>()?;
    for (reference, path) in references.iter().zip(&args.reference) {
        if reference.len() != written.len() {
            bail!("{} has {} lines, {} has {}", source.display(), written.len(), path.display(), reference.len());
        }
    }
    let sentence = |i: usize| -> M2Sentence {
        let words: Vec<&str> = written[i].iter().map(String::as_str).collect();
        let mut annotators = BTreeMap::new();
        for (annotator, reference) in (0u32..).zip(&references) {
            let target: Vec<&str> = reference[i].iter().map(String::as_str).collect();
            annotators.insert(annotator, with_typer(|typer| typer.edits(&words, &target)));
        }
        M2Sentence { source: written[i].clone(), annotators, out_of_bounds: 0 }
    };
    Ok((0..written.len()).into_par_iter().map(sentence).collect())
}

/// Tokens as a text that a person would have written, with the place of each token in it.
fn detokenise(words: &[String]) -> (String, Vec<Span>) {
    let mut text = String::new();
    let mut spans = Vec::with_capacity(words.len());
    let mut glue = true;
    let mut open_quote = false;
    for word in words {
        let lower = word.to_lowercase();
        let closes_quote = word == "\"" && open_quote;
        let attached = closes_quote
            || matches!(word.as_str(), "," | "." | "!" | "?" | ";" | ":" | ")" | "]" | "''" | "%" | "…" | "...")
            || matches!(
                lower.as_str(),
                "n't" | "n’t" | "'s" | "’s" | "'m" | "'re" | "'ve" | "'ll" | "'d" | "’m" | "’re" | "’ve" | "’ll" | "’d"
            );
        if !glue && !attached {
            text.push(' ');
        }
        let start = text.len();
        text.push_str(word);
        spans.push(Span::new(start, text.len()));
        glue = matches!(word.as_str(), "(" | "[" | "``" | "$" | "£" | "€" | "#") || (word == "\"" && !open_quote);
        if word == "\"" {
            open_quote = !open_quote;
        }
    }
    (text, spans)
}

/// Sentences that are read as one text, a paragraph each: the deep check looks at how many errors a text has.
const TEXT_SENTENCES: usize = 20;

/// Sentences that are read as one text.
struct Whole {
    paragraphs: Vec<String>,
    analysis: Analysis,
}

/// Numbers of a text's sentences, and what a model made of them.
type Rewritten = Vec<(usize, String)>;

impl Whole {
    fn new(sentences: &[&[String]]) -> Self {
        let paragraphs: Vec<String> = sentences.iter().map(|words| detokenise(words).0).collect();
        let document = Document::new(paragraphs.join("\n\n"), Language::ENGLISH);
        Self { paragraphs, analysis: English::shipped().analyse(&document) }
    }

    /// Where each paragraph is.
    fn spans(&self) -> impl Iterator<Item = Span> + '_ {
        let mut start = 0;
        self.paragraphs.iter().map(move |paragraph| {
            let span = Span::new(start, start + paragraph.len());
            start = span.end + "\n\n".len();
            span
        })
    }

    /// The paragraphs as the model would have them.
    fn applied(&self, rewritten: &Rewritten) -> Vec<String> {
        let text = self.analysis.text();
        let one = |span: Span| {
            let (mut out, mut at) = (String::new(), span.start);
            for (number, new) in rewritten {
                let sentence = self.analysis.sentences[*number].span;
                if sentence.start >= span.start && sentence.end <= span.end && !new.is_empty() {
                    out.push_str(&text[at..sentence.start]);
                    out.push_str(new);
                    at = sentence.end;
                }
            }
            out + &text[at..span.end]
        };
        self.spans().map(one).collect()
    }
}

/// Has every sentence rewritten.
fn rewrite_all(name: &str, record: Option<&Path>, texts: &[Whole], progress: &Progress) -> Result<Vec<Rewritten>> {
    let client = llm::recorded(Some(name), Limits::default(), record)?;
    let asked: Vec<(usize, usize)> = texts
        .iter()
        .enumerate()
        .flat_map(|(t, text)| sendable(&text.analysis).into_iter().map(move |s| (t, s)))
        .collect();
    let sentence = |&(t, s): &(usize, usize)| texts[t].analysis.sentences[s].span.of(texts[t].analysis.text());
    let all: Vec<&str> = asked.iter().map(sentence).collect();
    progress.start("Asking the model", all.len());
    let answers = llm::runtime()?.block_on(rewrite(&client, &all, || progress.step()));
    let mut rewritten = vec![Rewritten::new(); texts.len()];
    let mut failed = None;
    for ((t, s), answer) in asked.into_iter().zip(answers) {
        match answer {
            Ok(text) => rewritten[t].push((s, text)),
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        // A figure over answers that never came would be another figure.
        Some(error) => Err(crate::commands::model::with_detail(error)),
        None => Ok(rewritten),
    }
}

/// What is found in each sentence with the language model's help.
fn check_deep(deep: &Deep, whole: &Whole, rewritten: &Rewritten, progress: &Progress) -> Vec<Vec<Finding>> {
    let analysis = &whole.analysis;
    let proposed = with_typer(|typer| proposals(analysis, rewritten, typer, "llm"));
    let findings = deep.check_proposed(analysis, English::shipped().check(analysis), &proposed);
    let of = |span: Span| {
        progress.step();
        let inside = findings.iter().filter(|f| span.start <= f.span.start && f.span.end <= span.end);
        inside
            .map(|f| Finding { span: Span::new(f.span.start - span.start, f.span.end - span.start), ..f.clone() })
            .collect()
    };
    whole.spans().map(of).collect()
}

fn check(gold: M2Sentence, deep: Option<&Vec<Finding>>) -> Marked {
    let (text, spans) = detokenise(&gold.source);
    let findings = match deep {
        Some(findings) => findings.clone(),
        None => {
            let english = English::shipped();
            english.check(&english.analyse(&Document::new(text.as_str(), Language::ENGLISH)))
        }
    };
    let mut marks = Vec::new();
    let mut by = Vec::new();
    for finding in findings.iter().filter(|f| f.display != Display::Style) {
        if let Some(mark) = mark(&text, &spans, &gold.source, finding) {
            marks.push(mark);
            by.push((format!("{}/{}", finding.source, finding.checker), finding.display));
        }
    }
    Marked { item: Item { gold, marks, references: Vec::new() }, by }
}

/// A finding in tokens: the tokens that it touches, cut to those that its first suggestion changes.
fn mark(text: &str, spans: &[Span], words: &[String], finding: &Finding) -> Option<SystemMark> {
    let touched: Vec<usize> = (0..spans.len()).filter(|&i| finding.span.overlaps(spans[i])).collect();
    let (mut start, mut end) = match (touched.first(), touched.last()) {
        (Some(&a), Some(&b)) => (a, b + 1),
        // Between two tokens: the place before the next one.
        _ => {
            let next = spans.iter().position(|s| s.start >= finding.span.end).unwrap_or(spans.len());
            (next, next)
        }
    };
    let mut correction = None;
    if let Some(suggestion) = finding.suggestions.first() {
        let whole = if start < end { spans[start].join(spans[end - 1]) } else { finding.span };
        let whole = whole.join(finding.span);
        let changed = format!(
            "{}{suggestion}{}",
            Span::new(whole.start, finding.span.start).of(text),
            Span::new(finding.span.end, whole.end).of(text)
        );
        let mut new: Vec<String> =
            tokens(&changed, 0..changed.len()).iter().map(|s| s.of(&changed).to_owned()).collect();
        while start < end && new.first() == Some(&words[start]) {
            new.remove(0);
            start += 1;
        }
        while start < end && new.last() == Some(&words[end - 1]) {
            new.pop();
            end -= 1;
        }
        if start == end && new.is_empty() {
            return None;
        }
        correction = Some(new.join(" "));
    }
    let error_type = match &correction {
        Some(new) => {
            let source: Vec<&str> = words.iter().map(String::as_str).collect();
            let edit = M2Edit::new(start, end, &finding.errant, new);
            with_typer(|typer| typer.retype(&source, &[edit])).pop().map_or(finding.errant.clone(), |e| e.error_type)
        }
        None => finding.errant.clone(),
    };
    Some(SystemMark {
        start,
        end,
        correction,
        error_type,
        confidence: finding.confidence,
        default: finding.display == Display::Sure,
    })
}

fn hits(item: &Item, mark: &SystemMark) -> bool {
    item.gold.annotators.values().flatten().any(|e| touches((mark.start, mark.end), (e.start, e.end)))
}

fn by_checker(marked: &[Marked]) -> (String, Value) {
    let mut counts: BTreeMap<(String, bool), (usize, usize)> = BTreeMap::new();
    for m in marked {
        for (mark, (checker, display)) in m.item.marks.iter().zip(&m.by) {
            let entry = counts.entry((checker.clone(), *display == Display::Sure)).or_default();
            entry.0 += 1;
            entry.1 += usize::from(hits(&m.item, mark));
        }
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by_key(|((_, sure), (n, hit))| (!*sure, std::cmp::Reverse(n - hit), std::cmp::Reverse(*n)));
    let mut table = vec![["checker", "shown", "marks", "touch", "share", "low", "high"].map(str::to_owned).to_vec()];
    let mut json = Vec::new();
    for ((checker, sure), (n, hit)) in rows {
        let (low, high) = wilson(hit as f64, n as f64);
        table.push(vec![
            checker.clone(),
            if sure { "sure" } else { "check" }.to_owned(),
            n.to_string(),
            hit.to_string(),
            format!("{:.2}", hit as f64 / n as f64),
            format!("{low:.2}"),
            format!("{high:.2}"),
        ]);
        json.push(serde_json::json!({"checker": checker, "sure": sure, "marks": n, "touch": hit}));
    }
    (aligned(&table), Value::Array(json))
}

fn shown(marked: &[Marked], checker: &str) -> String {
    let mut out = String::new();
    for m in marked {
        for (mark, (name, display)) in m.item.marks.iter().zip(&m.by) {
            let wanted = checker == "all" || name == checker || name.split('/').nth(1) == Some(checker);
            if !wanted || (checker == "all" && *display != Display::Sure) {
                continue;
            }
            let words = &m.item.gold.source;
            let verdict = if hits(&m.item, mark) { "ok " } else { "BAD" };
            out.push_str(&format!(
                "{verdict} {name} {}: {} [{}] {} => {}\n",
                mark.error_type,
                words[..mark.start].join(" "),
                words[mark.start..mark.end].join(" "),
                words[mark.end..].join(" "),
                mark.correction.as_deref().unwrap_or("?")
            ));
        }
    }
    out
}
