//! Points, rotated rectangles and homographies. Lengths are in pixels; pixel (x, y) covers x to x + 1 and y to y + 1.

use homeroom_core::Picture;

/// A place in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downward.
    pub y: f32,
}

impl Point {
    /// A place.
    #[must_use]
    pub const fn new(x: f32, y: f32) -> Point {
        Point { x, y }
    }

    /// How far it is to another.
    #[must_use]
    pub fn distance(self, other: Point) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The place after a turn by `angle` (radians, from x to y) about the origin.
    #[must_use]
    pub fn turned(self, angle: f32) -> Point {
        let (sin, cos) = angle.sin_cos();
        Point { x: self.x * cos - self.y * sin, y: self.x * sin + self.y * cos }
    }
}

/// A rectangle at an angle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tilted {
    /// Its middle.
    pub centre: Point,
    /// Length of the sides that are nearer to horizontal.
    pub width: f32,
    /// Length of the other sides.
    pub height: f32,
    /// Angle of the width against the horizontal in radians, from -π/4 to π/4; positive sinks to the right.
    pub angle: f32,
}

impl Tilted {
    /// Corners, clockwise from the top left.
    #[must_use]
    pub fn corners(&self) -> [Point; 4] {
        let (w, h) = (self.width / 2.0, self.height / 2.0);
        [(-w, -h), (w, -h), (w, h), (-w, h)].map(|(x, y)| {
            let p = Point::new(x, y).turned(self.angle);
            Point::new(self.centre.x + p.x, self.centre.y + p.y)
        })
    }

    /// The rectangle with every side moved outward by `by`.
    #[must_use]
    pub fn grown(self, by: f32) -> Tilted {
        Tilted { width: self.width + 2.0 * by, height: self.height + 2.0 * by, ..self }
    }
}

/// Convex hull, counter-clockwise in a system with y upward; fewer than three points for a line.
///
/// # Source
/// Andrew 1979, the monotone chain.
#[must_use]
pub fn convex_hull(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    sorted.dedup();
    if sorted.len() < 3 {
        return sorted;
    }
    let mut hull: Vec<Point> = Vec::new();
    let half = |points: &mut dyn Iterator<Item = Point>, hull: &mut Vec<Point>| {
        let start = hull.len();
        for point in points {
            while hull.len() >= start + 2 && cross(hull[hull.len() - 2], hull[hull.len() - 1], point) <= 0.0 {
                hull.pop();
            }
            hull.push(point);
        }
        hull.pop();
    };
    half(&mut sorted.iter().copied(), &mut hull);
    half(&mut sorted.iter().rev().copied(), &mut hull);
    hull
}

fn cross(o: Point, a: Point, b: Point) -> f32 {
    (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x)
}

/// Area of a polygon.
#[must_use]
pub fn area(polygon: &[Point]) -> f32 {
    let next = polygon.iter().cycle().skip(1);
    (polygon.iter().zip(next).map(|(a, b)| a.x * b.y - a.y * b.x).sum::<f32>() / 2.0).abs()
}

/// The smallest rectangle around points; `None` without any.
///
/// # Source
/// Freeman and Shapira 1975: one of its sides lies on a side of the convex hull.
#[must_use]
pub fn min_area_rectangle(points: &[Point]) -> Option<Tilted> {
    let hull = convex_hull(points);
    let first = *hull.first()?;
    let mut best: Option<Tilted> = None;
    for (a, b) in hull.iter().zip(hull.iter().cycle().skip(1)) {
        let angle = if a == b { 0.0 } else { (b.y - a.y).atan2(b.x - a.x) };
        // A quarter turn exchanges width and height.
        let quarter = std::f32::consts::FRAC_PI_2;
        let angle = angle - (angle / quarter).round() * quarter;
        let turned = hull.iter().map(|p| p.turned(-angle));
        let start = first.turned(-angle);
        let (mut low, mut high) = (start, start);
        for p in turned {
            low = Point::new(low.x.min(p.x), low.y.min(p.y));
            high = Point::new(high.x.max(p.x), high.y.max(p.y));
        }
        let (width, height) = (high.x - low.x, high.y - low.y);
        if best.is_none_or(|best| width * height < best.width * best.height) {
            let centre = Point::new(f32::midpoint(low.x, high.x), f32::midpoint(low.y, high.y)).turned(angle);
            best = Some(Tilted { centre, width, height, angle });
        }
    }
    best
}

/// A projective map of the plane, as a 3 × 3 matrix row by row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Homography([f64; 9]);

impl Homography {
    /// The map that takes each of four points to its partner; `None` where three of them lie on a line.
    ///
    /// # Source
    /// Hartley and Zisserman 2004, section 4.1, with the last element set to 1.
    #[must_use]
    pub fn between(from: [Point; 4], to: [Point; 4]) -> Option<Homography> {
        let mut rows = [[0.0_f64; 9]; 8];
        for (i, (p, q)) in from.iter().zip(&to).enumerate() {
            let (x, y, u, v) = (f64::from(p.x), f64::from(p.y), f64::from(q.x), f64::from(q.y));
            rows[2 * i] = [x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u];
            rows[2 * i + 1] = [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v];
        }
        for column in 0..8 {
            let pivot = (column..8).max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()))?;
            if rows[pivot][column].abs() < 1e-9 {
                return None;
            }
            rows.swap(column, pivot);
            let lead = rows[column];
            for (idx, row) in rows.iter_mut().enumerate() {
                if idx != column {
                    let factor = row[column] / lead[column];
                    row.iter_mut().zip(&lead).for_each(|(value, lead)| *value -= factor * lead);
                }
            }
        }
        let mut matrix = [1.0; 9];
        for (idx, row) in rows.iter().enumerate() {
            matrix[idx] = row[8] / row[idx];
        }
        Some(Homography(matrix))
    }

    /// Where a point goes.
    #[must_use]
    pub fn apply(&self, p: Point) -> Point {
        let m = &self.0;
        let (x, y) = (f64::from(p.x), f64::from(p.y));
        let w = m[6] * x + m[7] * y + m[8];
        Point { x: ((m[0] * x + m[1] * y + m[2]) / w) as f32, y: ((m[3] * x + m[4] * y + m[5]) / w) as f32 }
    }
}

/// Shrinking by more than this loses strokes between the samples; the source is then shrunk first.
const MAX_STEP: f32 = 1.6;

/// What lies between the corners (clockwise from the top left), as a picture of `width` × `height`. What is outside of
/// the source repeats its edge. `None` where the corners lie on a line.
#[must_use]
pub fn cut_out(source: &Picture, corners: [Point; 4], width: usize, height: usize) -> Option<Picture> {
    let across = corners[0].distance(corners[1]).max(corners[3].distance(corners[2])) / width.max(1) as f32;
    let down = corners[0].distance(corners[3]).max(corners[1].distance(corners[2])) / height.max(1) as f32;
    let step = across.max(down);
    if step > MAX_STEP && source.width() > 1 && source.height() > 1 {
        let small = source
            .resized((source.width() as f32 / step).ceil() as usize, (source.height() as f32 / step).ceil() as usize);
        let (sx, sy) = (small.width() as f32 / source.width() as f32, small.height() as f32 / source.height() as f32);
        return cut_out(&small, corners.map(|p| Point::new(p.x * sx, p.y * sy)), width, height);
    }
    let (w, h) = (width as f32, height as f32);
    let frame = [Point::new(0.0, 0.0), Point::new(w, 0.0), Point::new(w, h), Point::new(0.0, h)];
    let map = Homography::between(frame, corners)?;
    let mut out = Picture::filled(width, height, [255; 3]);
    for (row_idx, row) in out.rgb_mut().chunks_exact_mut(3 * width.max(1)).enumerate() {
        for (column, pixel) in row.chunks_exact_mut(3).enumerate() {
            let at = map.apply(Point::new(column as f32 + 0.5, row_idx as f32 + 0.5));
            pixel.copy_from_slice(&sample(source, at));
        }
    }
    Some(out)
}

/// The colour at a place, between the four pixels around it.
fn sample(source: &Picture, at: Point) -> [u8; 3] {
    let x = (at.x - 0.5).clamp(0.0, (source.width() - 1) as f32);
    let y = (at.y - 0.5).clamp(0.0, (source.height() - 1) as f32);
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) = ((left + 1).min(source.width() - 1), (top + 1).min(source.height() - 1));
    let (fx, fy) = (x - left as f32, y - top as f32);
    let [a, b, c, d] =
        [(left, top), (right, top), (left, bottom), (right, bottom)].map(|(x, y)| source.pixel(x, y).map(f32::from));
    std::array::from_fn(|i| {
        let above = a[i] + (b[i] - a[i]) * fx;
        let below = c[i] + (d[i] - c[i]) * fx;
        (above + (below - above) * fy).round() as u8
    })
}

/// The picture turned by quarters clockwise.
#[must_use]
pub fn quarter_turns(picture: &Picture, quarters: usize) -> Picture {
    let (w, h) = (picture.width(), picture.height());
    let (width, height) = if quarters % 2 == 1 { (h, w) } else { (w, h) };
    let mut out = Picture::filled(width, height, [255; 3]);
    for y in 0..height {
        for x in 0..width {
            let (from_x, from_y) = match quarters % 4 {
                0 => (x, y),
                1 => (y, h - 1 - x),
                2 => (w - 1 - x, h - 1 - y),
                _ => (w - 1 - y, x),
            };
            out.set_pixel(x, y, picture.pixel(from_x, from_y));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(a: f32, b: f32) {
        assert!((a - b).abs() < 0.01, "{a} is not {b}");
    }

    #[test]
    fn homography_takes_corners_to_corners() {
        let from = [(10.0, 20.0), (300.0, 5.0), (320.0, 410.0), (-5.0, 380.0)].map(|(x, y)| Point::new(x, y));
        let to = [(0.0, 0.0), (200.0, 0.0), (200.0, 280.0), (0.0, 280.0)].map(|(x, y)| Point::new(x, y));
        let map = Homography::between(from, to).unwrap();
        let back = Homography::between(to, from).unwrap();
        for (p, q) in from.iter().zip(&to) {
            near(map.apply(*p).distance(*q), 0.0);
            near(back.apply(map.apply(*p)).distance(*p), 0.0);
        }
        let on_a_line = [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (3.0, 0.0)].map(|(x, y)| Point::new(x, y));
        assert!(Homography::between(on_a_line, to).is_none());
    }

    #[test]
    fn smallest_rectangles() {
        for angle in [-0.7_f32, -0.3, 0.0, 0.1, 0.6] {
            let tilted = Tilted { centre: Point::new(50.0, 40.0), width: 60.0, height: 8.0, angle };
            let found = min_area_rectangle(&tilted.corners()).unwrap();
            near(found.angle, angle);
            near(found.width, 60.0);
            near(found.height, 8.0);
            near(found.centre.distance(tilted.centre), 0.0);
        }
        assert!(min_area_rectangle(&[]).is_none());
        let dot = min_area_rectangle(&[Point::new(3.0, 4.0)]).unwrap();
        assert_eq!((dot.width, dot.height), (0.0, 0.0));
    }

    #[test]
    fn turns_and_cuts() {
        let mut picture = Picture::filled(3, 2, [255; 3]);
        picture.set_pixel(0, 0, [9, 9, 9]);
        assert_eq!(quarter_turns(&picture, 1).pixel(1, 0), [9, 9, 9]);
        assert_eq!(quarter_turns(&picture, 2).pixel(2, 1), [9, 9, 9]);
        assert_eq!(quarter_turns(&picture, 3).pixel(0, 2), [9, 9, 9]);
        let whole = [(0.0, 0.0), (3.0, 0.0), (3.0, 2.0), (0.0, 2.0)].map(|(x, y)| Point::new(x, y));
        assert_eq!(cut_out(&picture, whole, 3, 2).unwrap(), picture);
    }
}
