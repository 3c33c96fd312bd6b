//! A reader that finds ink and says how much there is of it.

use homeroom_core::Picture;
use homeroom_core::ability::{AbilityError, Glyph, Heatmap, SeeText};

/// Finds lines by their ink. A line reads as `abcd` and what its ink spells in darkness: enough to know it again.
pub(crate) struct Stub {
    /// Probability of every letter.
    pub(crate) sure: f32,
}

/// How dark ink is at least.
fn is_ink(pixel: [u8; 3]) -> bool {
    pixel[1] < 150
}

impl SeeText for Stub {
    fn text_map(&self, page: &Picture) -> Result<Heatmap, AbilityError> {
        let (width, height) = (page.width(), page.height());
        let mut values = vec![0.0; width * height];
        // Ink that is no farther apart than two letters joins to a line, which ever way it runs.
        for y in 0..height {
            let inked: Vec<usize> = (0..width).filter(|&x| is_ink(page.pixel(x, y))).collect();
            for pair in inked.windows(2).filter(|pair| pair[1] - pair[0] < 15) {
                (pair[0]..=pair[1]).for_each(|x| values[y * width + x] = 0.9);
            }
        }
        for x in 0..width {
            let inked: Vec<usize> =
                (0..height).filter(|&y| values[y * width + x] > 0.0 || is_ink(page.pixel(x, y))).collect();
            for pair in inked.windows(2).filter(|pair| pair[1] - pair[0] < 15) {
                (pair[0]..=pair[1]).for_each(|y| values[y * width + x] = 0.9);
            }
        }
        Ok(Heatmap { width, height, values })
    }

    fn upside_down(&self, lines: &[Picture]) -> Result<Vec<f32>, AbilityError> {
        // The drawn lines have a taller stroke at their left end.
        Ok(lines.iter().map(|line| f32::from(u8::from(heavy_end(line)))).collect())
    }

    fn read_lines(&self, lines: &[Picture]) -> Result<Vec<Vec<Glyph>>, AbilityError> {
        let read = |line: &Picture| {
            let sure = if heavy_end(line) { self.sure / 2.0 } else { self.sure };
            let marks = runs(line);
            // A mark of ink is a letter: its length in line heights says which.
            marks
                .iter()
                .map(|&(from, to)| Glyph {
                    character: char::from(b'a' + ((to - from) * 4 / line.height().max(1)).min(25) as u8),
                    probability: sure,
                    position: (from + to) as f32 / 2.0 / line.width() as f32,
                    space: 0.0,
                    others: Vec::new(),
                })
                .collect()
        };
        Ok(lines.iter().map(read).collect())
    }
}

/// First and last column of each mark, the last excluded.
fn runs(line: &Picture) -> Vec<(usize, usize)> {
    let inked: Vec<bool> =
        (0..line.width()).map(|x| (0..line.height()).filter(|&y| is_ink(line.pixel(x, y))).count() > 1).collect();
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (x, &ink) in inked.iter().enumerate() {
        match runs.last_mut() {
            // The strokes of a mark are two pixels apart.
            Some(last) if ink && last.1 + 4 > x => last.1 = x + 1,
            _ if ink => runs.push((x, x + 1)),
            _ => {}
        }
    }
    runs
}

/// Whether there is more ink in the right tenth than in the left one.
fn heavy_end(line: &Picture) -> bool {
    let tenth = (line.width() / 10).max(1);
    let ink = |from: usize, to: usize| {
        (from..to)
            .flat_map(|x| (0..line.height()).map(move |y| (x, y)))
            .filter(|&(x, y)| is_ink(line.pixel(x, y)))
            .count()
    };
    ink(line.width() - tenth, line.width()) > 2 * ink(0, tenth)
}
