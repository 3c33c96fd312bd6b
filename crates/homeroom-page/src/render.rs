//! Pages drawn from text and photographed badly, by seed: what tests and `homeroom measure ocr` read.

use ab_glyph::{Font as _, FontVec, PxScale, ScaleFont, point};
use homeroom_core::Picture;

use crate::geometry::{Homography, Point};
use crate::grey::box_blur;

/// A font in memory.
pub struct Font(FontVec);

impl Font {
    /// A TrueType or OpenType font, or the face `index` of a collection. `None` for other bytes.
    #[must_use]
    pub fn parse(bytes: Vec<u8>, index: u32) -> Option<Font> {
        FontVec::try_from_vec_and_index(bytes, index).ok().map(Font)
    }

    /// Whether it can draw all of a text.
    #[must_use]
    pub fn covers(&self, text: &str) -> bool {
        text.chars().all(|c| c.is_whitespace() || self.0.glyph_id(c).0 != 0)
    }

    /// How wide a text is at a size, in pixels.
    #[must_use]
    pub fn width(&self, text: &str, size: f32) -> f32 {
        self.place(text, size, |_, _, _| ())
    }

    /// Draws a line of text. `at`: the left end of its baseline. Returns its width in pixels.
    pub fn draw(&self, picture: &mut Picture, text: &str, size: f32, at: Point, ink: [u8; 3]) -> f32 {
        self.place(text, size, |id, x, scale| {
            let glyph = id.with_scale_and_position(scale, point(at.x + x, at.y));
            let Some(outline) = self.0.outline_glyph(glyph) else { return };
            let bounds = outline.px_bounds();
            outline.draw(|dx, dy, cover| {
                let (x, y) = (bounds.min.x as i64 + i64::from(dx), bounds.min.y as i64 + i64::from(dy));
                if x < 0 || y < 0 || x >= picture.width() as i64 || y >= picture.height() as i64 {
                    return;
                }
                let (x, y) = (x as usize, y as usize);
                let paper = picture.pixel(x, y);
                let cover = cover.clamp(0.0, 1.0);
                let mixed = |i: usize| f32::from(paper[i]) + (f32::from(ink[i]) - f32::from(paper[i])) * cover;
                picture.set_pixel(x, y, std::array::from_fn(|i| mixed(i) as u8));
            });
        })
    }

    fn place(&self, text: &str, size: f32, mut each: impl FnMut(ab_glyph::GlyphId, f32, PxScale)) -> f32 {
        // A size is that of the em, as on paper, not of the line.
        let scale = self.0.pt_to_px_scale(size * 72.0 / 96.0).unwrap_or(PxScale::from(size));
        let font = self.0.as_scaled(scale);
        let mut x = 0.0;
        let mut last = None;
        for c in text.chars() {
            let id = font.glyph_id(c);
            if let Some(last) = last {
                x += font.kern(last, id);
            }
            each(id, x, scale);
            x += font.h_advance(id);
            last = Some(id);
        }
        x
    }
}

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Width of the page in pixels; its height is that of A4.
    pub width: usize,
    /// Size of the letters (an em) in pixels.
    pub size: f32,
    /// From baseline to baseline, in sizes.
    pub pitch: f32,
    /// Margin on all sides, in pixels.
    pub margin: f32,
    /// Indentation of first lines, in sizes.
    pub indent: f32,
    /// Colour of the ink.
    pub ink: [u8; 3],
    /// Colour of the paper.
    pub paper: [u8; 3],
}

/// Whether a line may be broken beside this character without a space.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}')
}

/// A page with a text: one paragraph per line. Returns also how much of the text found room, in bytes.
#[must_use]
pub fn page(font: &Font, text: &str, setting: Setting) -> (Picture, usize) {
    let height = (setting.width as f32 * std::f32::consts::SQRT_2) as usize;
    let mut picture = Picture::filled(setting.width, height, setting.paper);
    let mut y = setting.margin + setting.size;
    let right = setting.width as f32 - setting.margin;
    let mut done = 0;
    for paragraph in text.split_inclusive('\n') {
        let mut x = setting.margin + setting.indent * setting.size;
        let mut rest = paragraph.trim_end_matches('\n');
        while !rest.is_empty() {
            if y > height as f32 - setting.margin {
                return (picture, done);
            }
            let end = fitting(font, rest, setting.size, right - x);
            font.draw(&mut picture, rest[..end].trim_end(), setting.size, Point::new(x, y), setting.ink);
            done += end;
            rest = &rest[end..];
            x = setting.margin;
            y += setting.pitch * setting.size;
        }
        done += paragraph.len() - paragraph.trim_end_matches('\n').len();
    }
    (picture, done)
}

/// How many bytes of a text fit into a width, up to the end of a word.
fn fitting(font: &Font, text: &str, size: f32, width: f32) -> usize {
    let mut end = 0;
    let mut last = ' ';
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let breaks = (c == ' ' && last != ' ') || at == text.len() || is_wide(last) && !"，。！？；：、”）".contains(c);
        if breaks && at > 0 {
            if font.width(&text[..at], size) > width && end > 0 {
                break;
            }
            end = at + if c == ' ' && at < text.len() { 1 } else { 0 };
        }
        last = c;
    }
    end.max(text.chars().next().map_or(0, char::len_utf8))
}

/// What a phone does to a page.
#[derive(Debug, Clone, Copy, Default)]
pub struct Camera {
    /// Turn in radians.
    pub turn: f32,
    /// How far each corner is moved toward or off the middle at random, as a share of the width.
    pub tilt: f32,
    /// Reach of the blur in pixels.
    pub blur: f32,
    /// Share of the light that is lost in the shadow; it falls over a part of the page.
    pub shadow: f32,
    /// Standard deviation of the noise, in levels of 255.
    pub noise: f32,
    /// Share of the width that is table, not page, on each side.
    pub table: f32,
    /// Seed of everything random.
    pub seed: u64,
}

/// A seeded stream of numbers (SplitMix64; Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    /// From 0 to 1.
    fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// From -1 to 1.
    fn sign(&mut self) -> f32 {
        2.0 * self.unit() - 1.0
    }
}

/// A page as a phone sees it.
#[must_use]
pub fn photograph(page: &Picture, camera: &Camera) -> Picture {
    let mut random = Random(camera.seed);
    let (w, h) = (page.width() as f32, page.height() as f32);
    let (width, height) = ((w * (1.0 + 2.0 * camera.table)) as usize, (h * (1.0 + 2.0 * camera.table)) as usize);
    let (cx, cy) = (width as f32 / 2.0, height as f32 / 2.0);
    let frame = [(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)].map(|(x, y)| Point::new(x, y));
    let corners = frame.map(|p| {
        let moved = Point::new(
            p.x - w / 2.0 + random.sign() * camera.tilt * w,
            p.y - h / 2.0 + random.sign() * camera.tilt * w,
        )
        .turned(camera.turn);
        Point::new(moved.x + cx, moved.y + cy)
    });
    let Some(map) = Homography::between(corners, frame) else { return page.clone() };
    let table = [(70.0 + 50.0 * random.unit()) as u8, 75, 60];
    let mut photo = Picture::filled(width, height, table);
    for y in 0..height {
        for x in 0..width {
            let at = map.apply(Point::new(x as f32 + 0.5, y as f32 + 0.5));
            if (0.0..w).contains(&at.x) && (0.0..h).contains(&at.y) {
                photo.set_pixel(x, y, mixed(page, at));
            }
        }
    }
    let mut planes: Vec<Vec<f32>> =
        (0..3).map(|c| photo.rgb().iter().skip(c).step_by(3).map(|&v| f32::from(v)).collect()).collect();
    if camera.blur > 0.0 {
        // Twice a box is nearly a bell; a reach between two pixels lies between two pictures.
        let (reach, part) = (camera.blur as usize, camera.blur.fract());
        for plane in &mut planes {
            let blurred = |by: usize| box_blur(&box_blur(plane, width, height, by), width, height, by);
            let (a, b) = (blurred(reach), blurred(reach + 1));
            *plane = a.iter().zip(&b).map(|(a, b)| a + (b - a) * part).collect();
        }
    }
    // The shadow's edge is a line across the page, soft over a quarter of it.
    let direction = random.unit() * std::f32::consts::TAU;
    let middle = random.sign() * 0.25 * w;
    for y in 0..height {
        for x in 0..width {
            let across = (x as f32 - cx) * direction.cos() + (y as f32 - cy) * direction.sin() - middle;
            let light = 1.0 - camera.shadow * (0.5 + across / (0.25 * w)).clamp(0.0, 1.0);
            // The sum of three is nearly normal, with a standard deviation of 1.
            let noise = (random.sign() + random.sign() + random.sign()) * camera.noise;
            for (c, plane) in planes.iter().enumerate() {
                let value = plane[y * width + x] * light + noise;
                photo.rgb_mut()[3 * (y * width + x) + c] = value.clamp(0.0, 255.0) as u8;
            }
        }
    }
    photo
}

fn mixed(page: &Picture, at: Point) -> [u8; 3] {
    let (x, y) = ((at.x - 0.5).max(0.0), (at.y - 0.5).max(0.0));
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) = ((left + 1).min(page.width() - 1), (top + 1).min(page.height() - 1));
    let (fx, fy) = (x.fract(), y.fract());
    let [a, b, c, d] = [(left, top), (right, top), (left, bottom), (right, bottom)].map(|(x, y)| page.pixel(x, y));
    std::array::from_fn(|i| {
        let above = f32::from(a[i]) * (1.0 - fx) + f32::from(b[i]) * fx;
        let below = f32::from(c[i]) * (1.0 - fx) + f32::from(d[i]) * fx;
        (above * (1.0 - fy) + below * fy) as u8
    })
}
