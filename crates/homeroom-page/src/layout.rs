//! Boxes in reading order: columns, lines, and what stands in the margin.

use crate::geometry::{Point, Tilted};

/// Boxes whose middles are nearer than this share of the lower one's height stand on one line.
const SAME_LINE: f32 = 0.5;
/// A gutter between columns is at least this many line heights wide.
const GUTTER: f32 = 0.8;
/// Lines that a column has at least.
const COLUMN_LINES: usize = 3;
/// Share of the boxes that may stand across a gutter (a title, a rule).
const ACROSS: f32 = 0.25;
/// Share of the lower column's height over which two columns stand side by side.
const SIDE_BY_SIDE: f32 = 0.4;
/// A column takes at least this share of the text's width.
const COLUMN_WIDTH: f32 = 0.22;
/// A line at least this share as wide as the widest belongs to the main text.
const MAIN_LINE: f32 = 0.5;
/// What stands in the margin is at most this share as wide as the main text.
const MARGIN_WIDTH: f32 = 0.3;
/// Places across the text at which a gutter is looked for.
const STEPS: usize = 240;

/// A box in a page whose lines run level: edges in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Level {
    /// Left edge.
    pub left: f32,
    /// Right edge.
    pub right: f32,
    /// Upper edge.
    pub top: f32,
    /// Lower edge.
    pub bottom: f32,
}

impl Level {
    pub(crate) fn middle(&self) -> f32 {
        f32::midpoint(self.top, self.bottom)
    }

    pub(crate) fn height(&self) -> f32 {
        self.bottom - self.top
    }

    fn width(&self) -> f32 {
        self.right - self.left
    }
}

/// Which way the lines of a page sink to the right: the middle angle of its boxes by width, in radians.
#[must_use]
pub(crate) fn slope(boxes: &[Tilted]) -> f32 {
    // A box nearly as high as wide has no direction.
    let mut angles: Vec<(f32, f32)> =
        boxes.iter().filter(|b| b.width > 3.0 * b.height).map(|b| (b.angle, b.width)).collect();
    angles.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half: f32 = angles.iter().map(|a| a.1).sum::<f32>() / 2.0;
    let mut sum = 0.0;
    let middle = angles.iter().find(|(_, width)| {
        sum += width;
        sum >= half
    });
    middle.map_or(0.0, |a| a.0)
}

/// The boxes with the page turned by `-slope`.
#[must_use]
pub(crate) fn level(boxes: &[Tilted], slope: f32) -> Vec<Level> {
    boxes
        .iter()
        .map(|b| {
            let c: Point = b.centre.turned(-slope);
            // What is left of the angle makes a box higher than its line.
            Level {
                left: c.x - b.width / 2.0,
                right: c.x + b.width / 2.0,
                top: c.y - b.height / 2.0,
                bottom: c.y + b.height / 2.0,
            }
        })
        .collect()
}

/// Lines of a page in reading order, each a column's number and the indices of its boxes from left to right.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Layout {
    /// The lines of the text.
    pub lines: Vec<(usize, Vec<usize>)>,
    /// The lines beside it, from the top.
    pub margin: Vec<Vec<usize>>,
}

/// Orders the boxes of a page.
///
/// # Source
/// Nagy and Seth 1984, the recursive XY cut, with boxes that may stand across a cut.
#[must_use]
pub(crate) fn layout(boxes: &[Level]) -> Layout {
    let (main, beside) = part_margin(boxes);
    let mut columns = Vec::new();
    cut(boxes, main, &mut columns);
    let mut lines = Vec::new();
    for (column, members) in columns.into_iter().enumerate() {
        lines.extend(rows(boxes, members).into_iter().map(|row| (column, row)));
    }
    Layout { lines, margin: rows(boxes, beside) }
}

/// Parts what stands outside of the main text's edges.
fn part_margin(boxes: &[Level]) -> (Vec<usize>, Vec<usize>) {
    let all: Vec<usize> = (0..boxes.len()).collect();
    let widest = boxes.iter().map(Level::width).fold(0.0, f32::max);
    let mut main: Vec<&Level> = boxes.iter().filter(|b| b.width() >= MAIN_LINE * widest).collect();
    if main.len() < COLUMN_LINES {
        return (all, Vec::new());
    }
    // The edge that most lines keep to, so that one line that begins in the margin does not move it.
    main.sort_by(|a, b| a.left.total_cmp(&b.left));
    let left = main[main.len() / 4].left;
    main.sort_by(|a, b| a.right.total_cmp(&b.right));
    let right = main[(main.len() * 3 / 4).min(main.len() - 1)].right;
    let width = right - left;
    all.into_iter().partition(|&idx| {
        let b = &boxes[idx];
        let slack = 0.5 * b.height();
        let outside = b.right < left + slack || b.left > right - slack;
        !(outside && b.width() < MARGIN_WIDTH * width)
    })
}

/// Cuts a part of the page into columns, in reading order.
fn cut(boxes: &[Level], members: Vec<usize>, columns: &mut Vec<Vec<usize>>) {
    let Some(x) = gutter(boxes, &members) else {
        if !members.is_empty() {
            columns.push(members);
        }
        return;
    };
    let mut across: Vec<usize> = members.iter().copied().filter(|&i| boxes[i].left < x && boxes[i].right > x).collect();
    across.sort_by(|&a, &b| boxes[a].middle().total_cmp(&boxes[b].middle()));
    let mut rest: Vec<usize> = members.into_iter().filter(|i| !across.contains(i)).collect();
    for bar in across.into_iter().map(Some).chain([None]) {
        let until = bar.map_or(f32::MAX, |i| boxes[i].middle());
        let (above, below): (Vec<usize>, Vec<usize>) = rest.into_iter().partition(|&i| boxes[i].middle() < until);
        rest = below;
        let (left, right): (Vec<usize>, Vec<usize>) = above.into_iter().partition(|&i| boxes[i].right <= x);
        cut(boxes, left, columns);
        cut(boxes, right, columns);
        if let Some(bar) = bar {
            // Lines across one below the other are one column.
            match columns.last_mut() {
                Some(last) if last.iter().all(|&i| boxes[i].left < x && boxes[i].right > x) => last.push(bar),
                _ => columns.push(vec![bar]),
            }
        }
    }
}

/// Where two columns part; `None` where there is one.
fn gutter(boxes: &[Level], members: &[usize]) -> Option<f32> {
    let edge = |f: fn(f32, f32) -> f32, side: fn(&Level) -> f32, from: f32| {
        members.iter().map(|&i| side(&boxes[i])).fold(from, f)
    };
    let (left, right) = (edge(f32::min, |b| b.left, f32::MAX), edge(f32::max, |b| b.right, f32::MIN));
    let mut heights: Vec<f32> = members.iter().map(|&i| boxes[i].height()).collect();
    heights.sort_by(f32::total_cmp);
    let height = *heights.get(heights.len() / 2)?;
    let (mut best, mut best_score) = (None, 0.0);
    for step in 1..STEPS {
        let x = left + (right - left) * step as f32 / STEPS as f32;
        let (mut before, mut after, mut across) = (Vec::new(), Vec::new(), 0);
        for &i in members {
            let b = &boxes[i];
            if b.right <= x {
                before.push(i);
            } else if b.left >= x {
                after.push(i);
            } else {
                across += 1;
            }
        }
        if across as f32 > ACROSS * members.len() as f32 {
            continue;
        }
        if rows(boxes, before.clone()).len() < COLUMN_LINES || rows(boxes, after.clone()).len() < COLUMN_LINES {
            continue;
        }
        let span = |side: &[usize]| {
            let top = side.iter().map(|&i| boxes[i].top).fold(f32::MAX, f32::min);
            (top, side.iter().map(|&i| boxes[i].bottom).fold(f32::MIN, f32::max))
        };
        let ((top_a, bottom_a), (top_b, bottom_b)) = (span(&before), span(&after));
        let shared = bottom_a.min(bottom_b) - top_a.max(top_b);
        if shared < SIDE_BY_SIDE * (bottom_a - top_a).min(bottom_b - top_b) {
            continue;
        }
        let inner_left = before.iter().map(|&i| boxes[i].right).fold(left, f32::max);
        let inner_right = after.iter().map(|&i| boxes[i].left).fold(right, f32::min);
        let narrow = COLUMN_WIDTH * (right - left);
        if inner_right - inner_left < GUTTER * height || inner_left - left < narrow || right - inner_right < narrow {
            continue;
        }
        let score = (inner_right - inner_left) / (1 + across) as f32;
        if score > best_score {
            (best, best_score) = (Some(f32::midpoint(inner_left, inner_right)), score);
        }
    }
    best
}

/// Boxes to lines from the top, each from left to right.
fn rows(boxes: &[Level], mut members: Vec<usize>) -> Vec<Vec<usize>> {
    members.sort_by(|&a, &b| boxes[a].middle().total_cmp(&boxes[b].middle()));
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for idx in members {
        let b = &boxes[idx];
        // Of a line, the member that is nearest across tells its height there: a line may rise or sink a little.
        let fits = rows.iter().rposition(|row| {
            let near = row.iter().min_by(|&&i, &&j| {
                let gap = |k: usize| (boxes[k].left - b.right).max(b.left - boxes[k].right);
                gap(i).total_cmp(&gap(j))
            });
            near.is_some_and(|&i| {
                let a = &boxes[i];
                // Two boxes one above the other are two lines, however near.
                let shared = a.right.min(b.right) - a.left.max(b.left);
                (a.middle() - b.middle()).abs() < SAME_LINE * a.height().min(b.height())
                    && shared < 0.5 * a.width().min(b.width())
            })
        });
        match fits {
            Some(row) => rows[row].push(idx),
            None => rows.push(vec![idx]),
        }
    }
    rows.iter_mut().for_each(|row| row.sort_by(|&a, &b| boxes[a].left.total_cmp(&boxes[b].left)));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Boxes as `(left, right, middle)`, 20 high.
    #[track_caller]
    fn check(boxes: &[(f32, f32, f32)], lines: &[&[usize]], margin: &[&[usize]]) {
        let boxes: Vec<Level> = boxes
            .iter()
            .map(|&(left, right, middle)| Level { left, right, top: middle - 10.0, bottom: middle + 10.0 })
            .collect();
        let found = layout(&boxes);
        assert_eq!(found.lines.iter().map(|l| l.1.as_slice()).collect::<Vec<_>>(), lines);
        assert_eq!(found.margin, margin);
    }

    #[test]
    fn one_column() {
        check(&[], &[], &[]);
        check(&[(10.0, 300.0, 80.0), (10.0, 290.0, 50.0), (120.0, 200.0, 20.0)], &[&[2], &[1], &[0]], &[]);
        // A line in two parts, the second a little higher.
        check(&[(200.0, 400.0, 48.0), (10.0, 180.0, 52.0), (10.0, 390.0, 90.0)], &[&[1, 0], &[2]], &[]);
    }

    #[test]
    fn two_columns_below_a_title() {
        let mut boxes = vec![(100.0, 500.0, 20.0)];
        for row in 0..5 {
            let y = 60.0 + 30.0 * row as f32;
            boxes.push((10.0, 280.0, y));
            boxes.push((320.0, 590.0, y + 8.0));
        }
        check(&boxes, &[&[0], &[1], &[3], &[5], &[7], &[9], &[2], &[4], &[6], &[8], &[10]], &[]);
    }

    #[test]
    fn what_stands_in_the_margin() {
        let mut boxes: Vec<(f32, f32, f32)> = (0..6).map(|row| (100.0, 600.0, 40.0 + 30.0 * row as f32)).collect();
        boxes.push((10.0, 80.0, 70.0));
        boxes.push((620.0, 690.0, 130.0));
        check(&boxes, &[&[0], &[1], &[2], &[3], &[4], &[5]], &[&[6], &[7]]);
    }

    #[test]
    fn slopes() {
        let line = |y: f32, angle: f32, width: f32| Tilted { centre: Point::new(100.0, y), width, height: 10.0, angle };
        let found =
            slope(&[line(10.0, 0.1, 200.0), line(40.0, 0.11, 190.0), line(70.0, -0.7, 20.0), line(90.0, 0.3, 40.0)]);
        assert!((found - 0.1).abs() < 0.011, "{found}");
        assert_eq!(slope(&[]), 0.0);
    }
}
