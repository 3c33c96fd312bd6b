//! `homeroom rubrics` and `homeroom checkers`: what there is.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::{Result, bail};
use homeroom_core::{Language, Rubric};
use homeroom_english::{Level, PhraseRule, Phrases, registry};
use homeroom_scoring::{rubric, rubrics as all_rubrics};
use serde_json::json;

use super::{print, print_json};

#[derive(clap::Args)]
pub(crate) struct RubricArgs {
    /// Show one rubric with its bands
    id: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn rubrics(args: &RubricArgs) -> Result<ExitCode> {
    if let Some(id) = &args.id {
        let Some(found) = rubric(id) else {
            bail!("there is no rubric `{id}`; `homeroom rubrics` lists them");
        };
        if args.json {
            print_json(found)?
        } else {
            print(&show(found))?
        }
        return Ok(ExitCode::SUCCESS);
    }
    if args.json {
        print_json(&all_rubrics())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = String::new();
    for r in all_rubrics() {
        let _ = writeln!(out, "{:22} {:>4}–{:<4} {} · {}", r.id, r.scale.min, r.scale.max, r.name.en, r.name.zh);
    }
    print(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn show(r: &Rubric) -> String {
    let mut out = format!(
        "{} (version {})\n{}\n{}\nSource: {}\nScale: {} to {} by {}; {} words or more\n",
        r.id, r.version, r.name.en, r.name.zh, r.source.en, r.scale.min, r.scale.max, r.scale.step, r.words.min
    );
    for band in &r.bands {
        let _ = writeln!(
            out,
            "\n{}–{}  {} · {}\n  {}\n  {}",
            band.low, band.high, band.name.en, band.name.zh, band.descriptor.en, band.descriptor.zh
        );
    }
    for c in r.criteria.iter().filter(|_| r.criteria.len() > 1) {
        let _ = writeln!(out, "\nCriterion {} ({:.0} %): {} · {}", c.id, 100.0 * c.weight, c.name.en, c.name.zh);
    }
    out
}

#[derive(clap::Args)]
pub(crate) struct CheckerArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print a Markdown page
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
}

pub(crate) fn checkers(args: &CheckerArgs) -> Result<ExitCode> {
    let own: Vec<(&'static str, &'static str)> =
        registry().iter().filter(|c| c.language() == Language::ENGLISH).map(|c| (c.id(), c.fault())).collect();
    let level = |l: Level| match l {
        Level::Sure => "sure",
        Level::Check => "check",
        Level::Style => "style",
    };
    let phrases = Phrases::shipped();
    if args.json {
        let rules: Vec<_> = phrases
            .rules()
            .map(|r| {
                json!({"id": r.id, "category": r.category, "errant": r.errant, "code": r.code, "level": level(r.level),
                    "wrong": r.hit.first().map(|h| &h.text), "right": r.hit.first().map(|h| &h.fix),
                    "en": r.en, "zh": r.zh})
            })
            .collect();
        let own: Vec<_> = own.iter().map(|(id, fault)| json!({"id": id, "fault": fault})).collect();
        print_json(&json!({"checkers": own, "phrases": rules}))?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.markdown {
        print(&checkers_page(&own, phrases, level))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = String::from("Checkers:\n");
    for (id, fault) in own {
        let _ = writeln!(out, "  {id:20} {}", fault.replace('*', ""));
    }
    let _ = writeln!(out, "\nPhrase rules ({}):", phrases.rules().count());
    for r in phrases.rules() {
        let example = r.hit.first().map_or(String::new(), |h| format!("{} → {}", h.text, h.fix));
        let _ = writeln!(out, "  {:36} {:6} {example}", r.id, level(r.level));
    }
    print(&out)?;
    Ok(ExitCode::SUCCESS)
}

/// The catalogue of checkers, `docs/checkers.md`.
fn checkers_page(own: &[(&str, &str)], phrases: &Phrases, level: fn(Level) -> &'static str) -> String {
    let mut out = String::from(
        "# What is checked\n\n\
         Findings come from Homeroom's own checkers, from phrase rules, from the speller and from the rules of Harper. Where \
         two mark the same place, the surer one stays. *sure*: a default mark; *check*: folded away as \"check this\"; \
         *style*: shown where a teacher opts in.\n\n## Checkers\n\n",
    );
    for (id, fault) in own {
        let _ = writeln!(out, "- `{id}`: {fault}");
    }
    let _ = writeln!(out, "\n## Phrase rules ({})", phrases.rules().count());
    let mut category = "";
    let cell = |text: &str| text.replace('|', "\\|");
    let mut rules: Vec<&PhraseRule> = phrases.rules().collect();
    rules.sort_by(|a, b| (&a.category, &a.id).cmp(&(&b.category, &b.id)));
    for r in rules {
        if r.category != category {
            category = &r.category;
            let _ =
                writeln!(out, "\n### {category}\n\n| rule | shown | for example | why |\n| --- | --- | --- | --- |");
        }
        let example = r.hit.first().map_or(String::new(), |h| format!("{} → {}", h.text, h.fix));
        let _ =
            writeln!(out, "| `{}` | {} | {} | {} {} |", r.id, level(r.level), cell(&example), cell(&r.en), cell(&r.zh));
    }
    out
}
