//! Uneven light taken out, and a teacher's red ink parted from the pupil's writing.

use homeroom_core::Picture;

use crate::grey::box_blur;

/// Side of the blocks in which the paper's brightness is taken, in pixels: wider than strokes, narrower than shadows.
const BLOCK: usize = 24;
/// The paper is as bright as this share of a block's pixels at most; writing covers less than the rest.
const PAPER_QUANTILE: f32 = 0.75;
/// Blocks around one that its brightness is averaged with: shadows of a hand have soft edges.
const BLUR: usize = 1;
/// Paper in the deepest shadow has this share of the brightest paper's light; what is darker is no paper.
const DEEPEST_SHADOW: f32 = 0.3;
/// The paper's level in the result.
const PAPER: f32 = 245.0;
/// A pixel darker than this is ink, once the paper is at [`PAPER`].
pub(crate) const INK: u8 = 170;
/// Red ink is redder than green and blue by this many levels.
const RED: i32 = 48;
/// Red pixels around a stroke, in pixels: lenses and JPEG blur its edges.
const RED_EDGE: usize = 2;
/// A page with more red than this share of its ink is written in red, not corrected in it.
const WRITTEN_IN_RED: f32 = 0.5;
/// Less red than this share of the page is a speck, a stamp's edge or noise.
const MIN_RED: f32 = 0.0004;

/// The picture as if the light were even and white: each colour divided by the paper's around it.
#[must_use]
pub fn even_light(picture: &Picture) -> Picture {
    let (width, height) = (picture.width(), picture.height());
    let (columns, rows) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
    let mut papers: Vec<Vec<f32>> = Vec::new();
    for channel in 0..3 {
        let mut paper = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            for column in 0..columns {
                let mut counts = [0_usize; 256];
                let mut n = 0;
                for y in row * BLOCK..((row + 1) * BLOCK).min(height) {
                    for x in column * BLOCK..((column + 1) * BLOCK).min(width) {
                        counts[usize::from(picture.rgb()[3 * (y * width + x) + channel])] += 1;
                        n += 1;
                    }
                }
                let mut left = ((1.0 - PAPER_QUANTILE) * n as f32) as usize;
                let level = counts.iter().enumerate().rev().find(|(_, count)| {
                    let found = left < **count;
                    left = left.saturating_sub(**count);
                    found
                });
                paper.push(level.map_or(255.0, |(value, _)| value as f32));
            }
        }
        let mut sorted = paper.clone();
        sorted.sort_by(f32::total_cmp);
        let floor = DEEPEST_SHADOW * sorted[sorted.len() * 9 / 10];
        paper.iter_mut().for_each(|v| *v = v.max(floor).max(1.0));
        papers.push(box_blur(&paper, columns, rows, BLUR));
    }
    let mut out = picture.clone();
    for (y, row) in out.rgb_mut().chunks_exact_mut(3 * width).enumerate() {
        let (top, fy) = between(y, rows);
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let (left, fx) = between(x, columns);
            let right = (left + 1).min(columns - 1);
            let bottom = (top + 1).min(rows - 1);
            for (value, paper) in pixel.iter_mut().zip(&papers) {
                let at = |column: usize, row: usize| paper[row * columns + column];
                let above = at(left, top) + (at(right, top) - at(left, top)) * fx;
                let below = at(left, bottom) + (at(right, bottom) - at(left, bottom)) * fx;
                let level = above + (below - above) * fy;
                *value = (f32::from(*value) * PAPER / level).min(255.0) as u8;
            }
        }
    }
    out
}

/// The block whose middle lies before a pixel, and how far the pixel is on the way to the next.
fn between(pixel: usize, n_blocks: usize) -> (usize, f32) {
    let at = ((pixel as f32 + 0.5) / BLOCK as f32 - 0.5).clamp(0.0, (n_blocks - 1) as f32);
    (at as usize, at - at.floor())
}

/// A page in even light, parted by ink.
pub(crate) struct Inks {
    /// The pupil's writing: the page without red.
    pub(crate) pupil: Picture,
    /// The red alone, dark on white; `None` where there is too little to be writing, or where the pupil writes in red.
    pub(crate) red: Option<Picture>,
}

/// Parts red ink from the rest. `page`: in even light.
pub(crate) fn part_inks(page: &Picture) -> Inks {
    let (width, height) = (page.width(), page.height());
    let is_red = |p: &[u8]| i32::from(p[0]) - i32::from(p[1].max(p[2])) > RED;
    let red: Vec<bool> = page.rgb().chunks_exact(3).map(is_red).collect();
    let n_red = red.iter().filter(|r| **r).count();
    let is_ink = |p: &[u8]| p[1] < INK;
    let n_ink = page.rgb().chunks_exact(3).filter(|p| is_ink(p)).count();
    let share = n_red as f32 / red.len().max(1) as f32;
    if share < MIN_RED || n_red as f32 > WRITTEN_IN_RED * n_ink as f32 {
        return Inks { pupil: page.clone(), red: None };
    }
    let mut pupil = page.clone();
    let mut corrections = Picture::filled(width, height, [PAPER as u8; 3]);
    for y in 0..height {
        for x in 0..width {
            let near = (y.saturating_sub(RED_EDGE)..=(y + RED_EDGE).min(height - 1))
                .any(|y| (x.saturating_sub(RED_EDGE)..=(x + RED_EDGE).min(width - 1)).any(|x| red[y * width + x]));
            if !near {
                continue;
            }
            let [r, g, b] = page.pixel(x, y);
            // A black stroke keeps its darkness beside a red one: it is as dark in red as in the other colours.
            if r > INK || red[y * width + x] {
                pupil.set_pixel(x, y, [PAPER as u8; 3]);
            }
            if red[y * width + x] || r > INK {
                corrections.set_pixel(x, y, [g.min(b); 3]);
            }
        }
    }
    Inks { pupil, red: Some(corrections) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shadow_goes_and_the_ink_stays() {
        let mut page = Picture::filled(240, 240, [230, 220, 200]);
        for y in 0..240 {
            for x in 0..240 {
                // Light falls off to the right, a line of ink every 20 rows.
                let light = 1.0 - 0.55 * x as f32 / 240.0;
                let colour = if y % 20 < 3 && x % 5 < 3 { [60.0, 55.0, 60.0] } else { [230.0, 220.0, 200.0] };
                page.set_pixel(x, y, colour.map(|c: f32| (c * light) as u8));
            }
        }
        let even = even_light(&page);
        for x in (10..230).step_by(20) {
            let paper = even.pixel(x, 10);
            assert!(paper.iter().all(|&v| v > 225), "{x}: {paper:?}");
            let ink = even.pixel(x / 5 * 5 + 1, 121);
            assert!(ink.iter().all(|&v| v < 110), "{x}: {ink:?}");
        }
    }

    #[test]
    fn red_is_parted_from_black_and_blue() {
        let mut page = Picture::filled(100, 100, [245; 3]);
        for x in 10..90 {
            page.set_pixel(x, 20, [30, 30, 30]);
            page.set_pixel(x, 40, [40, 50, 140]);
            page.set_pixel(x, 60, [200, 40, 50]);
        }
        let inks = part_inks(&page);
        let red = inks.red.unwrap();
        assert_eq!(inks.pupil.pixel(50, 20), [30, 30, 30]);
        assert_eq!(inks.pupil.pixel(50, 40), [40, 50, 140]);
        assert!(inks.pupil.pixel(50, 60)[1] > 200 && red.pixel(50, 60)[0] < 80);
        assert!(red.pixel(50, 20)[0] > 200);
        // A page written in red is the pupil's.
        let mut page = Picture::filled(100, 100, [245; 3]);
        (10..90).for_each(|x| page.set_pixel(x, 60, [200, 40, 50]));
        assert!(part_inks(&page).red.is_none());
    }
}
