//! The sheet of paper in a photo: found, and seen straight from above.

use homeroom_core::Picture;

use crate::decode::{WORKING_SIDE, shrink};
use crate::geometry::{Point, area, convex_hull, cut_out};
use crate::grey::{Grey, box_blur, components};

/// Longest side of the picture in which the sheet is looked for, in pixels.
const SEARCH_SIDE: usize = 400;
/// Writing is narrower than this many pixels of that picture; it is closed up before the sheet is looked for.
const CLOSING: usize = 4;
/// A sheet fills at least this share of the picture.
const MIN_SHARE: f32 = 0.2;
/// From this share on the picture is the sheet.
const WHOLE_SHARE: f32 = 0.97;
/// Share of the four-cornered shape that is bright; a crumpled sheet still has .9.
const MIN_FILLED: f32 = 0.85;
/// Share of the bright patch's hull that the four corners span.
const MIN_SPANNED: f32 = 0.9;
/// Along each side the sheet is brighter than what it lies on by this factor at least, in the mean; a shadow's soft edge
/// is not.
const MIN_STEP: f32 = 1.2;
/// How far inside and outside of a side its brightness is compared, in pixels of the small picture.
const STEP_REACH: f32 = 4.0;
/// Brightnesses between table and paper that are tried, as quantiles of the picture: no single one is right where a
/// shadow lies on the page.
const QUANTILES: [f32; 12] = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7];
/// Most corners of a hull that are tried, four at a time.
const MAX_CORNERS: usize = 28;
/// A corner within this share of the picture's longer side of an edge counts as lying on it.
const EDGE: f32 = 0.012;

/// The sheet's corners, clockwise from the top left; `None` where no four-cornered bright patch stands out, or where the
/// picture cuts it off.
#[must_use]
pub fn find_sheet(picture: &Picture) -> Option<[Point; 4]> {
    let small = shrink(picture.clone(), SEARCH_SIDE);
    let (width, height) = (small.width(), small.height());
    let grey = closed(Grey::of(&small));
    let mut sorted = grey.values.clone();
    sorted.sort_unstable();
    let mut thresholds: Vec<u8> = QUANTILES.iter().map(|q| sorted[(q * (sorted.len() - 1) as f32) as usize]).collect();
    thresholds.push(grey.otsu());
    thresholds.dedup();
    let candidates = thresholds.into_iter().filter_map(|threshold| patch_corners(&grey, threshold));
    let with_step = candidates.map(|corners| (corners, least_step(&grey, &corners)));
    let (corners, step) = with_step.max_by(|a, b| a.1.total_cmp(&b.1))?;
    if step < MIN_STEP {
        return None;
    }
    let (sx, sy) = (picture.width() as f32 / width as f32, picture.height() as f32 / height as f32);
    Some(corners.map(|p| Point::new(p.x * sx, p.y * sy)))
}

/// The corners of the largest patch that is brighter than a threshold, if it has four.
fn patch_corners(grey: &Grey, threshold: u8) -> Option<[Point; 4]> {
    let (width, height) = (grey.width, grey.height);
    let bright: Vec<bool> = grey.values.iter().map(|&v| v > threshold).collect();
    let patch = components(&bright, width, height).into_iter().max_by_key(Vec::len)?;
    let all = (width * height) as f32;
    if (patch.len() as f32) < MIN_SHARE * all || patch.len() as f32 > WHOLE_SHARE * all {
        return None;
    }
    // The corners of the pixels, so that a sheet of whole pixels is found to the edge.
    let points: Vec<Point> = patch
        .iter()
        .flat_map(|at| {
            let (x, y) = ((at % width) as f32, (at / width) as f32);
            [(x, y), (x + 1.0, y), (x, y + 1.0), (x + 1.0, y + 1.0)].map(|(x, y)| Point::new(x, y))
        })
        .collect();
    let hull = convex_hull(&points);
    let corners = largest_quadrilateral(&hull)?;
    let spanned = area(&corners);
    if spanned < MIN_SPANNED * area(&hull) || (patch.len() as f32) < MIN_FILLED * spanned {
        return None;
    }
    let edge = EDGE * width.max(height) as f32;
    let at_edge = |p: &Point| p.x < edge || p.y < edge || p.x > width as f32 - edge || p.y > height as f32 - edge;
    // A corner at the edge may be one of the picture, not of the sheet.
    (corners.iter().filter(|p| at_edge(p)).count() <= 1).then_some(corners)
}

/// How much brighter it is inside than outside along the side where that is least.
fn least_step(grey: &Grey, corners: &[Point; 4]) -> f32 {
    const SAMPLES: usize = 40;
    let at = |p: Point| {
        let x = (p.x.max(0.0) as usize).min(grey.width - 1);
        let y = (p.y.max(0.0) as usize).min(grey.height - 1);
        f32::from(grey.at(x, y)).max(1.0)
    };
    let step = |side: usize| {
        let (a, b) = (corners[side], corners[(side + 1) % 4]);
        let length = a.distance(b).max(1.0);
        // Corners run clockwise on the screen, so that the inside is to the right of the way.
        let inward = Point::new(-(b.y - a.y) / length * STEP_REACH, (b.x - a.x) / length * STEP_REACH);
        let ratio = |i: usize| {
            let part = (i as f32 + 0.5) / SAMPLES as f32;
            let p = Point::new(a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part);
            at(Point::new(p.x + inward.x, p.y + inward.y)) / at(Point::new(p.x - inward.x, p.y - inward.y))
        };
        ((0..SAMPLES).map(|i| ratio(i).ln()).sum::<f32>() / SAMPLES as f32).exp()
    };
    (0..4).map(step).fold(f32::MAX, f32::min)
}

/// The sheet of a photo, filling the picture; the photo itself where no sheet is found.
#[must_use]
pub fn straighten(picture: &Picture) -> Picture {
    let Some(c) = find_sheet(picture) else { return picture.clone() };
    let width = f32::midpoint(c[0].distance(c[1]), c[3].distance(c[2]));
    let height = f32::midpoint(c[0].distance(c[3]), c[1].distance(c[2]));
    let scale = (WORKING_SIDE as f32 / width.max(height)).min(1.0);
    let side = |length: f32| (length * scale).round().max(1.0) as usize;
    cut_out(picture, c, side(width), side(height)).unwrap_or_else(|| picture.clone())
}

/// Dark marks narrower than twice [`CLOSING`] filled up with what is around them, and the grain smoothed.
fn closed(grey: Grey) -> Grey {
    let (width, height) = (grey.width, grey.height);
    let smooth: Vec<f32> = grey.values.iter().map(|&v| f32::from(v)).collect();
    let smooth: Vec<u8> = box_blur(&smooth, width, height, 1).into_iter().map(|v| v.round() as u8).collect();
    let grown = extreme(&smooth, width, height, u8::max);
    let values = extreme(&grown, width, height, u8::min);
    Grey { width, height, values }
}

/// The greatest or least value around each pixel.
fn extreme(values: &[u8], width: usize, height: usize, pick: fn(u8, u8) -> u8) -> Vec<u8> {
    let pass = |values: &[u8], n: usize, lines: usize, step: usize, stride: usize| {
        let mut out = values.to_vec();
        for line in 0..lines {
            for i in 0..n {
                let at = |i: usize| line * stride + i * step;
                let around = i.saturating_sub(CLOSING)..=(i + CLOSING).min(n - 1);
                out[at(i)] = around.map(|j| values[at(j)]).fold(values[at(i)], pick);
            }
        }
        out
    };
    let rows = pass(values, width, height, 1, width);
    pass(&rows, height, width, width, 1)
}

/// Of the corners of a hull the four that span most, clockwise from the top left.
fn largest_quadrilateral(hull: &[Point]) -> Option<[Point; 4]> {
    let mut corners = hull.to_vec();
    // The corner that matters least goes first, until few enough are left.
    while corners.len() > MAX_CORNERS {
        let n = corners.len();
        let cost = |i: usize| area(&[corners[(i + n - 1) % n], corners[i], corners[(i + 1) % n]]);
        let least = (0..n).min_by(|&a, &b| cost(a).total_cmp(&cost(b)))?;
        corners.remove(least);
    }
    let n = corners.len();
    let mut best: Option<([Point; 4], f32)> = None;
    for a in 0..n {
        for b in a + 1..n {
            for c in b + 1..n {
                for d in c + 1..n {
                    let quad = [corners[a], corners[b], corners[c], corners[d]];
                    let size = area(&quad);
                    if best.is_none_or(|(_, s)| size > s) {
                        best = Some((quad, size));
                    }
                }
            }
        }
    }
    let (mut quad, _) = best?;
    let centre = quad.iter().fold(Point::default(), |sum, p| Point::new(sum.x + p.x / 4.0, sum.y + p.y / 4.0));
    // Clockwise on the screen, where y grows downward.
    quad.sort_by(|p, q| (p.y - centre.y).atan2(p.x - centre.x).total_cmp(&(q.y - centre.y).atan2(q.x - centre.x)));
    let first = (0..4).min_by(|&i, &j| (quad[i].x + quad[i].y).total_cmp(&(quad[j].x + quad[j].y)))?;
    quad.rotate_left(first);
    Some(quad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(corners: [Point; 4], paper: u8, table: u8) -> Picture {
        let mut picture = Picture::filled(300, 400, [table; 3]);
        let frame = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(x, y)| Point::new(x, y));
        let map = crate::geometry::Homography::between(corners, frame).unwrap();
        for y in 0..400 {
            for x in 0..300 {
                let p = map.apply(Point::new(x as f32 + 0.5, y as f32 + 0.5));
                if (0.0..1.0).contains(&p.x) && (0.0..1.0).contains(&p.y) {
                    // Lines of writing across the sheet.
                    let line = (p.y * 40.0) as usize % 2 == 1 && (0.1..0.9).contains(&p.x);
                    picture.set_pixel(x, y, if line && x % 2 == 0 { [40; 3] } else { [paper; 3] });
                }
            }
        }
        picture
    }

    #[track_caller]
    fn check(corners: [(f32, f32); 4], paper: u8, table: u8, found: bool) {
        let corners = corners.map(|(x, y)| Point::new(x, y));
        let sheet = find_sheet(&photo(corners, paper, table));
        assert_eq!(sheet.is_some(), found, "{sheet:?}");
        for (p, q) in sheet.iter().flatten().zip(&corners) {
            assert!(p.distance(*q) < 5.0, "{p:?} is not {q:?}");
        }
    }

    #[test]
    fn sheets() {
        // Straight, turned, seen at an angle.
        check([(40.0, 50.0), (260.0, 50.0), (260.0, 350.0), (40.0, 350.0)], 220, 60, true);
        check([(60.0, 30.0), (270.0, 70.0), (225.0, 360.0), (20.0, 325.0)], 200, 90, true);
        check([(80.0, 60.0), (220.0, 60.0), (280.0, 370.0), (20.0, 370.0)], 230, 100, true);
        // No contrast; the picture is the sheet; the picture cuts the sheet off.
        check([(40.0, 50.0), (260.0, 50.0), (260.0, 350.0), (40.0, 350.0)], 220, 215, false);
        check([(0.0, 0.0), (300.0, 0.0), (300.0, 400.0), (0.0, 400.0)], 220, 60, false);
        check([(-50.0, -40.0), (260.0, -40.0), (260.0, 440.0), (-50.0, 440.0)], 220, 60, false);
    }
}
