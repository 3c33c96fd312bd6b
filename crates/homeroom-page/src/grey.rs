//! Brightness alone, for the steps that need no colour.

use homeroom_core::Picture;

/// A picture without colour; 0 is black, 255 white.
#[derive(Clone)]
pub(crate) struct Grey {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) values: Vec<u8>,
}

impl Grey {
    /// Luma by ITU-R BT.601.
    pub(crate) fn of(picture: &Picture) -> Grey {
        let luma = |p: &[u8]| ((299 * u32::from(p[0]) + 587 * u32::from(p[1]) + 114 * u32::from(p[2])) / 1000) as u8;
        Grey {
            width: picture.width(),
            height: picture.height(),
            values: picture.rgb().chunks_exact(3).map(luma).collect(),
        }
    }

    pub(crate) fn at(&self, x: usize, y: usize) -> u8 {
        self.values[y * self.width + x]
    }

    /// The value that parts dark from bright best.
    ///
    /// # Source
    /// Otsu 1979.
    pub(crate) fn otsu(&self) -> u8 {
        let mut counts = [0_u32; 256];
        self.values.iter().for_each(|&v| counts[usize::from(v)] += 1);
        let total = self.values.len() as f64;
        let sum: f64 = counts.iter().enumerate().map(|(v, &n)| v as f64 * f64::from(n)).sum();
        let (mut below, mut sum_below) = (0.0, 0.0);
        let (mut best, mut threshold) = (-1.0, 127);
        for (value, &n) in counts.iter().enumerate() {
            below += f64::from(n);
            sum_below += value as f64 * f64::from(n);
            let above = total - below;
            if below == 0.0 || above == 0.0 {
                continue;
            }
            let difference = sum_below / below - (sum - sum_below) / above;
            let between = below * above * difference * difference;
            if between > best {
                (best, threshold) = (between, value);
            }
        }
        threshold as u8
    }
}

/// Connected pixels (8 neighbours) of a mask, each as the indices of its pixels.
pub(crate) fn components(mask: &[bool], width: usize, height: usize) -> Vec<Vec<usize>> {
    let mut seen = vec![false; mask.len()];
    let mut found = Vec::new();
    for start in 0..mask.len() {
        if !mask[start] || seen[start] {
            continue;
        }
        let mut pixels = vec![start];
        seen[start] = true;
        let mut next = 0;
        while next < pixels.len() {
            let (x, y) = (pixels[next] % width, pixels[next] / width);
            next += 1;
            for ny in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                for nx in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    let at = ny * width + nx;
                    if mask[at] && !seen[at] {
                        seen[at] = true;
                        pixels.push(at);
                    }
                }
            }
        }
        found.push(pixels);
    }
    found
}

/// Mean over a square of `2 × reach + 1`, cut at the edges.
pub(crate) fn box_blur(values: &[f32], width: usize, height: usize, reach: usize) -> Vec<f32> {
    let pass = |values: &[f32], n: usize, lines: usize, step: usize, stride: usize| {
        let mut out = vec![0.0; values.len()];
        for line in 0..lines {
            let at = |i: usize| line * stride + i * step;
            let mut sum: f64 = (0..reach.min(n)).map(|i| f64::from(values[at(i)])).sum();
            for i in 0..n {
                if i + reach < n {
                    sum += f64::from(values[at(i + reach)]);
                }
                if i > reach {
                    sum -= f64::from(values[at(i - reach - 1)]);
                }
                let count = (i + reach).min(n - 1) - i.saturating_sub(reach) + 1;
                out[at(i)] = (sum / count as f64) as f32;
            }
        }
        out
    };
    if reach == 0 {
        return values.to_vec();
    }
    let rows = pass(values, width, height, 1, width);
    pass(&rows, height, width, width, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn otsu_parts_two_heaps() {
        let grey = Grey { width: 4, height: 2, values: vec![10, 12, 11, 200, 201, 202, 12, 10] };
        let threshold = grey.otsu();
        assert!((12..200).contains(&threshold), "{threshold}");
    }

    #[test]
    fn blurs_and_components() {
        assert_eq!(box_blur(&[0.0, 3.0, 0.0, 0.0], 4, 1, 1), [1.5, 1.0, 1.0, 0.0]);
        let mask = [true, false, false, false, true, false, false, false, true];
        assert_eq!(components(&mask, 3, 3), [vec![0, 4, 8]]);
    }
}
