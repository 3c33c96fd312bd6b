//! The shell of a page and what both pages share.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use homeroom_core::{Band, Bilingual, Scale, Score, Status};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::bundle::PageLanguage;
use crate::kind::kinds;
use crate::wording::{number, shows_number, status_note, status_words};

/// Styles of both pages, with the kinds' inks and underlines behind them.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    let mut css = include_str!("../assets/page.css").to_owned();
    let rule = |ink: fn(&crate::Kind) -> &'static str| {
        kinds()
            .iter()
            .map(|k| format!(".k-{}{{--ink:{};--line:{}}}\n", k.slug, ink(k), k.underline))
            .collect::<String>()
    };
    css.push_str(&rule(|k| k.ink_light));
    css.push_str("@media screen and (prefers-color-scheme:dark){\n");
    css.push_str(&rule(|k| k.ink_dark));
    css.push_str("}\n");
    css
});

impl PageLanguage {
    /// A text within a line.
    pub(crate) fn say(self, text: &Bilingual) -> Markup {
        self.t(&text.en, &text.zh)
    }

    /// [`PageLanguage::say`] of two strings.
    pub(crate) fn t(self, en: &str, zh: &str) -> Markup {
        html! {
            @match self {
                _ if zh.is_empty() || zh == en => @if self == PageLanguage::Zh { span lang="en" { (en) } } @else { (en) },
                PageLanguage::Zh => (zh),
                _ if en.is_empty() => span lang="zh-Hans" { (zh) },
                PageLanguage::En => (en),
                PageLanguage::Both => { (en) " " span.zh lang="zh-Hans" { (zh) } },
            }
        }
    }

    /// A text as paragraphs of its own, one per language.
    pub(crate) fn paragraphs(self, text: &Bilingual) -> Markup {
        let (en, zh) = (text.en.as_str(), text.zh.as_str());
        html! {
            @if self != PageLanguage::Both || zh.is_empty() || zh == en || en.is_empty() {
                p { (self.say(text)) }
            } @else {
                p { (en) }
                p.zh lang="zh-Hans" { (zh) }
            }
        }
    }
}

/// A whole page.
pub(crate) fn shell(language: PageLanguage, title: &str, script: &str, generator: &str, body: Markup) -> String {
    let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
    // Only the page's own script runs, and nothing is ever requested: the page works from a USB stick.
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; img-src data:; base-uri 'none'; \
         form-action 'none'"
    );
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                meta name="generator" content=(generator);
                title { (title) }
                style { (PreEscaped(STYLE.as_str())) }
            }
            body {
                a.skip href="#main" { (language.t("Skip to the content", "跳到正文")) }
                (body)
                footer.foot {
                    p { (language.t(
                        "Homeroom drafts, the teacher decides. Nothing on this page was sent anywhere.",
                        "Homeroom 起草，由老师决定。本页内容没有发送到任何地方。",
                    )) }
                    p.quiet { (generator) }
                }
                script { (PreEscaped(script)) }
            }
        }
    }
    .into_string()
}

/// Where a mark stands.
pub(crate) fn badge(status: Status, language: PageLanguage) -> Markup {
    let class = match status {
        Status::Draft => "badge draft",
        Status::Confirmed => "badge confirmed",
        Status::Released => "badge released",
    };
    html! {
        p class=(class) {
            strong { (language.say(&status_words(status))) }
            span.note { (language.say(&status_note(status))) }
        }
    }
}

/// Share of the scale below `value`, in percent with two digits.
fn percent(value: f64, scale: Scale) -> f64 {
    let share = (value - scale.min) / scale.width().max(f64::EPSILON);
    (share.clamp(0.0, 1.0) * 1e4).round() / 1e2
}

/// The scale as a bar: its bands, the interval, and the score itself where there is one to show.
pub(crate) fn band_bar(score: &Score, scale: Scale, bands: &[Band], labels: bool, language: PageLanguage) -> Markup {
    let (low, high, value) = (percent(score.low, scale), percent(score.high, scale), percent(score.value, scale));
    // An interval narrower than this could not be seen, in percent of the bar.
    const NARROWEST: f64 = 1.5;
    let width = (high - low).max(NARROWEST);
    let label = {
        let (l, h, min, max) = (number(score.low), number(score.high), number(scale.min), number(scale.max));
        language.plain_of(
            &format!("From {l} to {h} on a scale from {min} to {max}."),
            &format!("在 {min} 到 {max} 的量表上，从 {l} 到 {h}。"),
        )
    };
    html! {
        div.bar {
            svg viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label=(label) {
                rect.track x="0" y="3" width="100" height="6" rx="1" {}
                rect.range x=(low.min(100.0 - width)) y="1" width=(width) height="10" rx="1.2" {}
                @for band in bands.iter().filter(|b| b.low > scale.min) {
                    @let x = percent(band.low, scale);
                    line.tick x1=(x) x2=(x) y1="3" y2="9" {}
                }
                @if shows_number(score) {
                    line.value x1=(value) x2=(value) y1="0" y2="12" {}
                }
            }
            @if labels {
                div.ends aria-hidden="true" {
                    span { (number(scale.min)) }
                    span.at style=(format!("left:{:.1}%", (low + high) / 2.0)) { (number(score.low)) "–" (number(score.high)) }
                    span { (number(scale.max)) }
                }
            }
        }
    }
}
