//! Words that were crossed out.

use crate::grey::Grey;

/// The strokes that cross letters out lie between these shares of a line's height: below the tops of small letters, above
/// the line that they stand on.
const BAND: (f32, f32) = (0.34, 0.66);
/// A stroke is at least this many line heights long. The bar of a `t` or an `e` is a third, a dash two thirds.
const MIN_LENGTH: f32 = 1.05;
/// Slopes of strokes that are tried, downward per step to the right.
const SLOPES: [f32; 9] = [-0.16, -0.12, -0.08, -0.04, 0.0, 0.04, 0.08, 0.12, 0.16];
/// A stroke may break off for this many pixels, by a dry pen or the grain of the paper.
const MAX_BREAK: usize = 1;
/// A stroke over this share of a line is a rule of the paper, not a line that was crossed out whole: what is wrongly taken
/// out of an essay harms more than what is wrongly left in.
const RULE: f32 = 0.9;
/// Share of a stroke over which there is ink above and below it: a dash, or the paper's rule between two words, has none.
const MIN_CROSSED: f32 = 0.3;

/// Where a line is crossed out, as shares of its width from left to right. `line`: dark on bright; `ink`: what is darker
/// is ink; `ruled`: the pixels of the paper's rules.
pub(crate) fn strikes(line: &Grey, ink: u8, ruled: &[bool]) -> Vec<(f32, f32)> {
    let (width, height) = (line.width, line.height);
    if width == 0 || height < 8 {
        return Vec::new();
    }
    let min_length = MIN_LENGTH * height as f32;
    let is_ink = |x: usize, y: f32| {
        let y = y.round();
        y >= 0.0 && y < height as f32 && line.at(x, y as usize) < ink && !ruled[y as usize * width + x]
    };
    let mut found: Vec<(usize, usize)> = Vec::new();
    for slope in SLOPES {
        let from = (BAND.0 * height as f32) as usize;
        let to = (BAND.1 * height as f32) as usize;
        // Where a sloping stroke would leave the band, others that start elsewhere stay in it.
        let reach = (slope.abs() * width as f32) as i64;
        for start in from as i64 - reach..to as i64 + reach {
            let y = |x: usize| start as f32 + slope * x as f32;
            let in_band = |x: usize| y(x) >= from as f32 && y(x) <= to as f32;
            let mut run: Option<(usize, usize)> = None;
            for x in 0..=width {
                let inked = x < width && in_band(x) && is_ink(x, y(x));
                match (&mut run, inked) {
                    (None, true) => run = Some((x, x)),
                    (Some((_, end)), true) => *end = x,
                    (Some((begin, end)), false) if x == width || x - *end > MAX_BREAK => {
                        let (begin, end) = (*begin, *end);
                        run = None;
                        let length = (end - begin + 1) as f32;
                        if length >= min_length && crosses(line, ink, begin, end, &y) {
                            found.push((begin, end + 1));
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    found.sort_unstable();
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (begin, end) in found {
        match merged.last_mut() {
            Some(last) if begin <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((begin, end)),
        }
    }
    merged.into_iter().map(|(begin, end)| (begin as f32 / width as f32, end as f32 / width as f32)).collect()
}

/// The pixels of rules: straight lines of ink from one end to the other, and what is beside them.
pub(crate) fn rules(line: &Grey, ink: u8) -> Vec<bool> {
    const BESIDE: i64 = 2;
    let (width, height) = (line.width as i64, line.height as i64);
    let mut ruled = vec![false; line.values.len()];
    for slope in SLOPES.map(|s| s / 4.0) {
        for start in -height..2 * height {
            let y = |x: i64| (start as f32 + slope * x as f32).round() as i64;
            let inside = |y: i64| (0..height).contains(&y);
            let inked = (0..width).filter(|&x| inside(y(x)) && line.at(x as usize, y(x) as usize) < ink).count();
            if inked as f32 >= RULE * width as f32 {
                for x in 0..width {
                    for y in (y(x) - BESIDE..=y(x) + BESIDE).filter(|y| inside(*y)) {
                        ruled[(y * width + x) as usize] = true;
                    }
                }
            }
        }
    }
    ruled
}

/// Whether letters stand above and below a stroke.
fn crosses(line: &Grey, ink: u8, begin: usize, end: usize, y: &dyn Fn(usize) -> f32) -> bool {
    let thick = (line.height / 12).max(2) as f32;
    let reach = line.height as f32 * 0.22;
    let any = |x: usize, from: f32, to: f32| {
        let (from, to) = (from.max(0.0) as usize, (to.max(0.0) as usize).min(line.height));
        (from..to).any(|y| line.at(x, y) < ink)
    };
    let both =
        (begin..=end).filter(|&x| any(x, y(x) - reach, y(x) - thick) && any(x, y(x) + thick, y(x) + reach)).count();
    both as f32 >= MIN_CROSSED * (end - begin + 1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of upright strokes as letters, with bars as `(from, to, y, slope)`.
    fn line(bars: &[(usize, usize, f32, f32)]) -> Grey {
        let (width, height) = (400, 40);
        let mut values = vec![240; width * height];
        for x in 10..390 {
            // Words of 80 with gaps of 20, letters of 10.
            if x % 100 < 80 && x % 10 < 3 {
                (10..30).for_each(|y| values[y * width + x] = 30);
            }
        }
        for &(from, to, y, slope) in bars {
            for x in from..to {
                let y = (y + slope * (x - from) as f32) as usize;
                (y..y + 3).for_each(|y| values[y * width + x] = 30);
            }
        }
        Grey { width, height, values }
    }

    #[track_caller]
    fn check(bars: &[(usize, usize, f32, f32)], expected: &[(f32, f32)]) {
        let line = line(bars);
        let found = strikes(&line, 150, &rules(&line, 150));
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (a, b) in found.iter().zip(expected) {
            assert!((a.0 - b.0).abs() < 0.03 && (a.1 - b.1).abs() < 0.03, "{found:?}");
        }
    }

    #[test]
    fn crossed_out_words() {
        check(&[], &[]);
        check(&[(100, 180, 19.0, 0.0)], &[(0.25, 0.45)]);
        check(&[(100, 180, 22.0, -0.08), (300, 380, 15.0, 0.07)], &[(0.25, 0.45), (0.75, 0.95)]);
    }

    #[test]
    fn what_is_no_stroke() {
        // The bar of a letter, a dash between words, underlining, a rule of the paper.
        check(&[(110, 125, 19.0, 0.0)], &[]);
        check(&[(82, 98, 19.0, 0.0)], &[]);
        check(&[(100, 180, 33.0, 0.0)], &[]);
        check(&[(0, 400, 20.0, 0.0)], &[]);
    }
}
