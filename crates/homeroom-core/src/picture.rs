//! A picture in memory, whatever file it came from.

/// A picture in colour: 8 bits each of red, green and blue (sRGB), row by row from the top left, without padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Picture {
    /// A picture of `width` × `height` pixels from 3 bytes a pixel. `None` where their number does not fit.
    #[must_use]
    pub fn from_rgb(width: usize, height: usize, rgb: Vec<u8>) -> Option<Picture> {
        let n = width.checked_mul(height)?.checked_mul(3)?;
        (n == rgb.len()).then_some(Picture { width, height, rgb })
    }

    /// A picture in one colour.
    #[must_use]
    pub fn filled(width: usize, height: usize, colour: [u8; 3]) -> Picture {
        let mut rgb = Vec::with_capacity(width * height * 3);
        (0..width * height).for_each(|_| rgb.extend_from_slice(&colour));
        Picture { width, height, rgb }
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// All bytes: red, green, blue of each pixel.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The bytes, to change.
    pub fn rgb_mut(&mut self) -> &mut [u8] {
        &mut self.rgb
    }

    /// Red, green and blue of a pixel.
    ///
    /// # Panics
    /// If `x` or `y` is outside.
    #[must_use]
    pub fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = 3 * (y * self.width + x);
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    /// Sets a pixel.
    ///
    /// # Panics
    /// If `x` or `y` is outside.
    pub fn set_pixel(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        let at = 3 * (y * self.width + x);
        self.rgb[at..at + 3].copy_from_slice(&colour);
    }

    /// The picture at another size, by a triangle filter that is widened where it shrinks, so that thin strokes fade
    /// instead of vanishing. A side of 0 becomes 1.
    #[must_use]
    pub fn resized(&self, width: usize, height: usize) -> Picture {
        let (width, height) = (width.max(1), height.max(1));
        if (width, height) == (self.width, self.height) || self.rgb.is_empty() {
            return if self.rgb.is_empty() { Picture::filled(width, height, [255; 3]) } else { self.clone() };
        }
        let columns = taps(self.width, width);
        let rows = taps(self.height, height);
        let mut narrow = vec![0.0_f32; width * self.height * 3];
        for (row, out) in self.rgb.chunks_exact(3 * self.width).zip(narrow.chunks_exact_mut(3 * width)) {
            for ((from, weights), out) in columns.iter().zip(out.chunks_exact_mut(3)) {
                for (pixel, weight) in row[3 * from..].chunks_exact(3).zip(weights) {
                    for (sum, &value) in out.iter_mut().zip(pixel) {
                        *sum += weight * f32::from(value);
                    }
                }
            }
        }
        let mut rgb = Vec::with_capacity(3 * width * height);
        let mut sums = vec![0.0_f32; 3 * width];
        for (from, weights) in &rows {
            sums.fill(0.0);
            for (row, weight) in narrow[3 * width * from..].chunks_exact(3 * width).zip(weights) {
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += weight * value;
                }
            }
            rgb.extend(sums.iter().map(|sum| sum.round().clamp(0.0, 255.0) as u8));
        }
        Picture { width, height, rgb }
    }
}

/// For each of `to` places, the first of `from` that counts and the weights of it and its followers, which sum to 1.
fn taps(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let scale = from as f32 / to as f32;
    let reach = scale.max(1.0);
    (0..to)
        .map(|place| {
            let centre = (place as f32 + 0.5) * scale - 0.5;
            let first = (centre - reach).ceil().max(0.0) as usize;
            let last = ((centre + reach).floor().max(0.0) as usize).min(from - 1);
            let first = first.min(last);
            let mut weights: Vec<f32> =
                (first..=last).map(|at| (1.0 - (at as f32 - centre).abs() / reach).max(0.0)).collect();
            let sum: f32 = weights.iter().sum();
            if sum > 0.0 {
                weights.iter_mut().for_each(|w| *w /= sum);
            } else {
                weights = vec![1.0];
            }
            (first, weights)
        })
        .collect()
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A pupil's page does not belong in a log, not even as numbers.
        f.debug_struct("Picture").field("width", &self.width).field("height", &self.height).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resizing_keeps_the_mean() {
        let mut stripes = Picture::filled(90, 60, [255; 3]);
        for y in 0..60 {
            (0..90).filter(|x| x % 3 == 0).for_each(|x| stripes.set_pixel(x, y, [0; 3]));
        }
        for (width, height) in [(30, 20), (7, 5), (180, 120), (1, 1)] {
            let small = stripes.resized(width, height);
            assert_eq!((small.width(), small.height()), (width, height));
            let mean = small.rgb().iter().map(|&v| f64::from(v)).sum::<f64>() / small.rgb().len() as f64;
            assert!((mean - 170.0).abs() < 8.0, "{width} × {height}: {mean}");
        }
        assert_eq!(Picture::filled(0, 0, [0; 3]).resized(2, 2).pixel(1, 1), [255; 3]);
    }

    #[test]
    fn bytes_must_fit_the_size() {
        assert!(Picture::from_rgb(2, 2, vec![0; 12]).is_some());
        assert!(Picture::from_rgb(2, 2, vec![0; 11]).is_none());
        assert!(Picture::from_rgb(usize::MAX, 2, vec![]).is_none());
        let mut picture = Picture::filled(3, 2, [1, 2, 3]);
        picture.set_pixel(2, 1, [7, 8, 9]);
        assert_eq!((picture.pixel(0, 0), picture.pixel(2, 1)), ([1, 2, 3], [7, 8, 9]));
    }
}
