//! The page of `homeroom listen --html`: waveform, pitch, and words that play when they are clicked.

use anyhow::{Context, Result};
use homeroom_audio::write_wav;
use homeroom_core::Waveform;
use homeroom_hearing::{ReadingReport, Scores, Tip, Verdict, WordReport};

/// Size of the picture of the sound, in its own units.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 150.0;

/// Pitches that the picture has room for, in Hz.
const LOWEST: f32 = 70.0;
const HIGHEST: f32 = 500.0;

/// One page, with the sound inside.
pub(crate) fn page(
    name: &str,
    reading: &ReadingReport,
    word_tips: &[Vec<Tip>],
    tips: &[Tip],
    warnings: &[Tip],
    sound: &Waveform,
) -> Result<String> {
    let mut wav = Vec::new();
    write_wav(sound, std::io::Cursor::new(&mut wav)).context("write the sound into the page")?;
    let mut html = String::from(HEAD);
    html += &format!("<h1>{}</h1>\n", escaped(name));
    let s = reading.scores;
    html += "<table class=\"scores\"><tr>";
    for (label, score) in [
        ("Total 总分", s.total),
        ("Accuracy 准确", s.accuracy),
        ("Fluency 流利", s.fluency),
        ("Prosody 韵律", s.prosody),
        ("Completeness 完整", s.completeness),
    ] {
        html += &format!("<td><b>{score:.1}</b><span>{label}</span></td>");
    }
    html += &format!("<td><b>{:.0}</b><span>words a minute 词/分</span></td></tr></table>\n", reading.words_per_minute);
    for warning in warnings {
        html += &format!("<p class=\"warning\">{}<br>{}</p>\n", escaped(&warning.english), escaped(&warning.chinese));
    }
    html += &format!("<audio id=\"sound\" controls src=\"data:audio/wav;base64,{}\"></audio>\n", base64(&wav));
    html += &picture(reading, sound);
    html += "<p class=\"hint\">Click a word to hear it. 点一个词听一听。</p>\n<p class=\"words\">\n";
    for (i, word) in reading.words.iter().enumerate() {
        html += &word_button(i, word);
    }
    html += "</p>\n<ol class=\"tips\">\n";
    for (word, tips) in reading.words.iter().zip(word_tips).filter(|(_, tips)| !tips.is_empty()) {
        html += &format!("<li><b>{}</b> {}", escaped(&word.text), phones(word));
        for tip in tips {
            html += &format!("<p>{}<br><span lang=\"zh\">{}</span></p>", escaped(&tip.english), escaped(&tip.chinese));
        }
        html += "</li>\n";
    }
    for tip in tips {
        html += &format!(
            "<li><p>{}<br><span lang=\"zh\">{}</span></p></li>\n",
            escaped(&tip.english),
            escaped(&tip.chinese)
        );
    }
    html += "</ol>\n";
    html += FOOT;
    Ok(html)
}

/// A recording in the list of a folder.
pub(crate) struct Row<'a> {
    pub(crate) file: &'a str,
    /// Its page, where it was scored.
    pub(crate) page: Option<String>,
    /// Scores and weak words, or why there are none.
    pub(crate) result: Result<(Scores, String), String>,
}

/// The list of a folder's recordings, the weakest reading first.
pub(crate) fn list(rows: &[Row<'_>]) -> String {
    let mut sorted: Vec<&Row<'_>> = rows.iter().collect();
    let total = |row: &Row<'_>| row.result.as_ref().map_or(f32::MAX, |(scores, _)| scores.total);
    sorted.sort_by(|a, b| total(a).total_cmp(&total(b)).then_with(|| a.file.cmp(b.file)));
    let mut html = String::from(HEAD);
    html += "<h1>Readings 朗读</h1>\n<table class=\"list\"><thead><tr>";
    for head in [
        "Recording 录音",
        "Total 总分",
        "Accuracy 准确",
        "Fluency 流利",
        "Prosody 韵律",
        "Completeness 完整",
        "To practise 要练的词",
    ] {
        html += &format!("<th scope=\"col\">{head}</th>");
    }
    html += "</tr></thead><tbody>\n";
    for row in sorted {
        let name = match &row.page {
            Some(page) => format!("<a href=\"{page}\">{}</a>", escaped(row.file)),
            None => escaped(row.file),
        };
        html += &format!("<tr><th scope=\"row\">{name}</th>");
        match &row.result {
            Ok((s, weak)) => {
                for score in [s.total, s.accuracy, s.fluency, s.prosody, s.completeness] {
                    html += &format!("<td>{score:.1}</td>");
                }
                html += &format!("<td class=\"weak\">{}</td></tr>\n", escaped(weak));
            }
            Err(why) => html += &format!("<td colspan=\"6\" class=\"warning\">{}</td></tr>\n", escaped(why)),
        }
    }
    html + "</tbody></table>\n</body></html>\n"
}

fn word_button(i: usize, word: &WordReport) -> String {
    let class = match (word.verdict, word.accuracy) {
        (Verdict::Omitted, _) => "omitted",
        (Verdict::Unscored, _) | (_, None) => "unknown",
        (_, Some(a)) if a <= homeroom_hearing::MISPRONOUNCED => "bad",
        (_, Some(a)) if a < 8.5 => "fair",
        _ => "good",
    };
    let title = match (word.verdict, word.accuracy) {
        (Verdict::Omitted, _) => "left out 漏读".to_owned(),
        (_, Some(a)) => format!("{a:.1} of 10"),
        _ => "not scored 未评分".to_owned(),
    };
    let (from, to) = (word.start.map_or(-1.0, |s| s.0), word.end.map_or(-1.0, |s| s.0));
    format!(
        "<button class=\"word {class}\" id=\"w{i}\" data-from=\"{from:.2}\" data-to=\"{to:.2}\" title=\"{title}\">\
         {}<small>{}</small></button>\n",
        escaped(&word.text),
        phones(word)
    )
}

fn phones(word: &WordReport) -> String {
    let one = |p: &homeroom_hearing::PhoneReport| match (p.flagged, p.heard_instead) {
        (true, Some((_, other))) => format!("<i title=\"heard: {other}\">{}</i>", p.ipa),
        (true, None) => format!("<i>{}</i>", p.ipa),
        _ => p.ipa.to_owned(),
    };
    word.phones.iter().map(one).collect()
}

/// Waveform, pitch and the bounds of the words.
fn picture(reading: &ReadingReport, sound: &Waveform) -> String {
    let duration = sound.duration().0.max(0.01);
    let x = |seconds: f64| seconds / duration * WIDTH;
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"waveform and pitch\">\n");
    for word in &reading.words {
        if let (Some(from), Some(to)) = (word.start, word.end) {
            svg += &format!(
                "<rect class=\"span\" x=\"{:.1}\" y=\"0\" width=\"{:.1}\" height=\"{HEIGHT}\"/>\n",
                x(from.0),
                x(to.0 - from.0).max(0.5)
            );
        }
    }
    let columns = WIDTH as usize;
    let top = sound.samples.iter().fold(0.01_f32, |top, v| top.max(v.abs()));
    let mut path = String::new();
    for column in 0..columns {
        let from = column * sound.samples.len() / columns;
        let to = ((column + 1) * sound.samples.len() / columns).max(from + 1).min(sound.samples.len());
        let part = sound.samples.get(from..to).unwrap_or_default();
        let high = part.iter().copied().fold(0.0_f32, f32::max) / top;
        let low = part.iter().copied().fold(0.0_f32, f32::min) / top;
        let y = |v: f32| HEIGHT / 2.0 - f64::from(v) * HEIGHT / 2.2;
        path += &format!("M{column} {:.1}V{:.1}", y(high), y(low) + 0.5);
    }
    svg += &format!("<path class=\"wave\" d=\"{path}\"/>\n");
    let mut path = String::new();
    let mut down = false;
    for (frame, pitch) in reading.pitch.iter().enumerate() {
        match pitch {
            Some(pitch) => {
                let height = (pitch.clamp(LOWEST, HIGHEST) / LOWEST).log2() / (HIGHEST / LOWEST).log2();
                let y = HEIGHT - 8.0 - f64::from(height) * (HEIGHT - 16.0);
                path += &format!("{}{:.1} {y:.1}", if down { "L" } else { "M" }, x((frame as f64 + 0.5) * 0.02));
                down = true;
            }
            None => down = false,
        }
    }
    svg += &format!(
        "<path class=\"pitch\" d=\"{path}\"/>\n<line id=\"now\" x1=\"0\" x2=\"0\" y1=\"0\" y2=\"{HEIGHT}\"/>\n</svg>\n"
    );
    svg
}

fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\'' => "&#39;".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

const HEAD: &str = r##"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Reading</title>
<style>
body { font: 16px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 62rem; margin: 1.5rem auto; padding: 0 1rem; color: #1c2733; }
h1 { font-size: 1.3rem; }
.scores td { text-align: center; padding: .3rem 1rem .3rem 0; }
.scores b { display: block; font-size: 1.6rem; }
.scores span { font-size: .8rem; color: #4d5b69; }
audio { width: 100%; }
svg { width: 100%; height: auto; background: #f6f8fa; border-radius: .4rem; }
.span { fill: #e3ebf3; } .wave { stroke: #8fa3b5; fill: none; } .pitch { stroke: #0b62c4; stroke-width: 2; fill: none; }
#now { stroke: #c22; }
.words { line-height: 2.6; }
.word { font: inherit; border: 0; border-bottom: 3px solid; background: none; padding: 0 .15rem; margin-right: .35rem; cursor: pointer; text-align: center; }
.word small { display: block; font-size: .72rem; line-height: 1.1; color: #4d5b69; }
.word i { font-style: normal; font-weight: 700; color: #b3261e; }
.good { border-color: #2e7d32; } .fair { border-color: #b26a00; } .bad { border-color: #b3261e; color: #b3261e; }
.omitted { border-color: #b3261e; text-decoration: line-through; color: #6b7785; } .unknown { border-color: #9aa7b3; color: #6b7785; }
.playing { background: #fff3c4; }
.tips i { font-style: normal; font-weight: 700; color: #b3261e; } .tips p { margin: .1rem 0 .5rem; }
.list { border-collapse: collapse; width: 100%; } .list th, .list td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid #dde3e9; vertical-align: top; }
.list thead th { font-size: .8rem; color: #4d5b69; } .list tbody th { font-weight: 600; } .list td { font-variant-numeric: tabular-nums; } .list .weak { color: #b3261e; }
.hint, .warning { color: #4d5b69; font-size: .9rem; } .warning { color: #8a4b00; }
</style></head><body>
"##;

const FOOT: &str = r##"<script>
const sound = document.getElementById("sound"), now = document.getElementById("now");
const words = [...document.querySelectorAll(".word")];
let until = null;
for (const word of words) word.addEventListener("click", () => {
  const from = +word.dataset.from;
  if (from < 0) return;
  sound.currentTime = Math.max(0, from - 0.05);
  until = +word.dataset.to + 0.05;
  sound.play();
});
function tick() {
  const t = sound.currentTime;
  if (until !== null && t >= until) { sound.pause(); until = null; }
  for (const word of words) word.classList.toggle("playing", !sound.paused && t >= +word.dataset.from && t < +word.dataset.to);
  const x = sound.duration ? t / sound.duration * 960 : 0;
  now.setAttribute("x1", x); now.setAttribute("x2", x);
  requestAnimationFrame(tick);
}
tick();
</script></body></html>
"##;
