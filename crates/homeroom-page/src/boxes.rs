//! From a map of text to the rectangles of its lines.

use homeroom_core::ability::Heatmap;

use crate::geometry::{Point, Tilted, min_area_rectangle};
use crate::grey::components;

/// Probability from which a pixel belongs to the core of a line (PP-OCRv4's `thresh`).
const CORE: f32 = 0.3;
/// Mean probability within a line's rectangle (PP-OCRv4's `box_thresh` is .5; writing in pencil gets less).
const MIN_SCORE: f32 = 0.45;
/// Lowest core of a line, in pixels of the map.
const MIN_CORE: f32 = 3.0;
/// How far a core grows to the line's full height, in units of its area by its perimeter (PP-OCRv4's `unclip_ratio`).
const UNCLIP: f32 = 1.6;

/// Rectangles of lines and parts of lines in a page of `width` × `height` pixels, in no order.
///
/// # Source
/// Liao et al. 2020, section 3.5, with the smallest rectangle in place of the polygon.
#[must_use]
pub fn text_boxes(map: &Heatmap, width: usize, height: usize) -> Vec<Tilted> {
    if map.width == 0 || map.height == 0 || map.values.len() != map.width * map.height {
        return Vec::new();
    }
    let mask: Vec<bool> = map.values.iter().map(|&v| v > CORE).collect();
    let (sx, sy) = (width as f32 / map.width as f32, height as f32 / map.height as f32);
    components(&mask, map.width, map.height)
        .into_iter()
        .filter_map(|pixels| {
            let points: Vec<Point> = pixels
                .iter()
                .flat_map(|at| {
                    let (x, y) = ((at % map.width) as f32, (at / map.width) as f32);
                    [(x, y), (x + 1.0, y), (x, y + 1.0), (x + 1.0, y + 1.0)].map(|(x, y)| Point::new(x, y))
                })
                .collect();
            let core = min_area_rectangle(&points)?;
            if core.width.min(core.height) < MIN_CORE || mean_inside(map, &core) < MIN_SCORE {
                return None;
            }
            let by = core.width * core.height * UNCLIP / (2.0 * (core.width + core.height));
            let grown = core.grown(by);
            // The map's two scales differ by rounding only, so that the rectangle stays one.
            Some(Tilted {
                centre: Point::new(grown.centre.x * sx, grown.centre.y * sy),
                width: grown.width * sx,
                height: grown.height * sy,
                angle: grown.angle,
            })
        })
        .collect()
}

fn mean_inside(map: &Heatmap, core: &Tilted) -> f32 {
    let corners = core.corners();
    let low = |f: fn(&Point) -> f32| corners.iter().map(f).fold(f32::MAX, f32::min).floor().max(0.0) as usize;
    let high = |f: fn(&Point) -> f32, n: usize| (corners.iter().map(f).fold(0.0, f32::max).ceil() as usize).min(n);
    let (mut sum, mut n) = (0.0, 0);
    for y in low(|p| p.y)..high(|p| p.y, map.height) {
        for x in low(|p| p.x)..high(|p| p.x, map.width) {
            let p = Point::new(x as f32 + 0.5 - core.centre.x, y as f32 + 0.5 - core.centre.y).turned(-core.angle);
            if p.x.abs() <= core.width / 2.0 && p.y.abs() <= core.height / 2.0 {
                sum += map.values[y * map.width + x];
                n += 1;
            }
        }
    }
    if n == 0 { 0.0 } else { sum / n as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_grow_to_lines() {
        let (width, height) = (100, 40);
        let mut values = vec![0.0; width * height];
        for y in 10..16 {
            (10..90).for_each(|x| values[y * width + x] = 0.9);
        }
        // A speck, and a faint patch.
        values[30 * width + 5] = 0.9;
        (60..80).for_each(|x| (30..35).for_each(|y| values[y * width + x] = 0.31));
        let boxes = text_boxes(&Heatmap { width, height, values }, 2 * width, 2 * height);
        assert_eq!(boxes.len(), 1);
        let line = boxes[0];
        assert!(line.centre.distance(Point::new(100.0, 26.0)) < 0.5, "{line:?}");
        assert!((line.height - 29.86).abs() < 0.1 && (line.width - 177.86).abs() < 0.1, "{line:?}");
        assert!(text_boxes(&Heatmap { width: 0, height: 0, values: vec![] }, 10, 10).is_empty());
    }
}
