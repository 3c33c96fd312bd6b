//! The fonts that the templates use, searched once per process.

use serde::Serialize;
use typst::text::{Font, FontInfo, FontStyle};
use typst_kit::fonts::{FontSource as _, embedded, system};

/// Families for essays, the best first. The last is part of the program.
const SERIF: [&str; 2] = ["Noto Serif", "Libertinus Serif"];
/// Families for everything around the essays, the best first; without one of them the serif is used throughout.
const SANS: [&str; 5] = ["Noto Sans", "Source Sans 3", "Segoe UI", "Helvetica Neue", "DejaVu Sans"];
/// Families with simplified Chinese, the best first.
const CJK: [&str; 7] = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
];
/// The weights that the templates use, in CSS numbers.
const WEIGHTS: [u16; 2] = [400, 700];
/// A character of simplified Chinese that traditional Chinese and Japanese do not have: what has it has the rest.
const SIMPLIFIED: char = '们';

/// The fonts of this computer that the templates use.
pub(crate) struct Fonts {
    /// Loaded, so that no essay waits for a font of 20 MB.
    pub(crate) loaded: Vec<Font>,
    /// Their families by role.
    pub(crate) families: Families,
}

/// Font families by role, each with its fallbacks behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Families {
    /// For essays.
    pub(crate) serif: Vec<String>,
    /// For everything else.
    pub(crate) sans: Vec<String>,
    /// For Chinese; the same as `sans` where there is no such font.
    pub(crate) zh: Vec<String>,
    /// Whether there is a font with Chinese.
    #[serde(skip)]
    pub(crate) cjk: bool,
}

impl Fonts {
    /// Looks for fonts on this computer.
    pub(crate) fn search() -> Self {
        Self::choose(system())
    }

    /// Only the fonts that are part of the program: no Chinese.
    #[cfg(test)]
    pub(crate) fn built_in() -> Self {
        Self::choose(std::iter::empty::<(typst_kit::fonts::FontPath, FontInfo)>())
    }

    /// The families that the templates use out of all fonts found, and the built-in ones.
    fn choose(found: impl Iterator<Item = (typst_kit::fonts::FontPath, FontInfo)>) -> Self {
        let mut found: Vec<_> = found.filter(|(_, info)| usable(info)).collect();
        // Directories come in no fixed order, and the same family may be installed twice.
        found.sort_by(|(a, _), (b, _)| (&a.path, a.index).cmp(&(&b.path, b.index)));
        let built_in: Vec<_> = embedded().filter(|(_, info)| usable(info)).collect();

        let has = |family: &str| {
            found.iter().map(|(_, i)| i).chain(built_in.iter().map(|(_, i)| i)).any(|info| info.family == family)
        };
        let first = |list: &[&str]| list.iter().find(|f| has(f)).map(|f| (*f).to_owned());
        let serif = first(&SERIF).unwrap_or_else(|| SERIF[SERIF.len() - 1].to_owned());
        let sans = first(&SANS).unwrap_or_else(|| serif.clone());
        let zh = first(&CJK).or_else(|| {
            found
                .iter()
                .find(|(_, info)| info.coverage.contains(u32::from(SIMPLIFIED)))
                .map(|(_, info)| info.family.clone())
        });

        let chosen: Vec<&str> =
            [Some(&serif), Some(&sans), zh.as_ref()].into_iter().flatten().map(String::as_str).collect();
        let mut loaded: Vec<Font> = Vec::new();
        let mut taken: Vec<(&str, u16, bool)> = Vec::new();
        for (path, info) in &found {
            let key = (info.family.as_str(), info.variant.weight.to_number(), info.variant.style == FontStyle::Italic);
            if chosen.contains(&key.0)
                && !taken.contains(&key)
                && let Some(font) = path.load()
            {
                loaded.push(font);
                taken.push(key);
            }
        }
        loaded.extend(built_in.into_iter().filter(|(_, i)| chosen.contains(&i.family.as_str())).map(|(font, _)| font));

        let list = |first: &[&String]| {
            let mut list: Vec<String> = Vec::new();
            for family in first.iter().copied().chain(zh.as_ref()) {
                if !list.contains(family) {
                    list.push(family.clone());
                }
            }
            list
        };
        let families = Families {
            serif: list(&[&serif, &sans]),
            sans: list(&[&sans, &serif]),
            zh: zh.iter().chain([&sans]).cloned().collect(),
            cjk: zh.is_some(),
        };
        Self { loaded, families }
    }
}

/// Whether the templates could use a font: upright or italic, of a weight that they ask for.
fn usable(info: &FontInfo) -> bool {
    info.variant.style != FontStyle::Oblique && WEIGHTS.contains(&info.variant.weight.to_number())
}
