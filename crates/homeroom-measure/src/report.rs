//! The one object that every `measure` command prints, and the tables that are made from it.

use std::fmt::Write as _;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::MeasureError;
use crate::rng::SplitMix64;

/// A figure with its 95 % interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Best estimate, in `unit`.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
    /// Number of items that the value rests on (edits, sentences, essays).
    pub n: usize,
    /// What the value counts: `share`, `correlation`, `marks per 100 words`, ...
    pub unit: String,
}

impl Figure {
    /// A count that was taken, not estimated: its interval is the value itself.
    #[must_use]
    pub fn exact(value: f64, n: usize, unit: &str) -> Self {
        Self { value, low: value, high: value, n, unit: unit.to_owned() }
    }

    /// The share of `n` items (at least one) that have something, with Wilson's interval.
    #[must_use]
    pub fn share(with: usize, n: usize, unit: &str) -> Self {
        let (low, high) = crate::bootstrap::wilson(with as f64, n as f64);
        Self { value: with as f64 / n as f64, low, high, n, unit: unit.to_owned() }
    }
}

/// Named figures, in the order in which they are printed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures(Vec<(String, Figure)>);

impl Figures {
    /// Adds a figure, or replaces the one of the same name.
    pub fn push(&mut self, name: impl Into<String>, figure: Figure) {
        let name = name.into();
        match self.0.iter_mut().find(|(n, _)| *n == name) {
            Some(entry) => entry.1 = figure,
            None => self.0.push((name, figure)),
        }
    }

    /// Adds all figures of another set, in order.
    pub fn append(&mut self, others: Figures) {
        for (name, figure) in others.0 {
            self.push(name, figure);
        }
    }

    /// The figure of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Figure> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, f)| f)
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Figure)> {
        self.0.iter().map(|(n, f)| (n.as_str(), f))
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, figure) in &self.0 {
            map.serialize_entry(name, figure)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Figures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Figures;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of figures")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Figures, A::Error> {
                let mut figures = Figures::default();
                while let Some((name, figure)) = map.next_entry::<String, Figure>()? {
                    figures.push(name, figure);
                }
                Ok(figures)
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// What a `measure` command prints with `--json`; the tables are made from the same object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Which measurement (`gec`, `scoring`, ...).
    pub measure: String,
    /// What it was run on.
    pub data: String,
    /// Version of the program.
    pub version: String,
    /// The figures.
    pub figures: Figures,
}

impl Report {
    /// A report of figures.
    ///
    /// # Errors
    /// [`MeasureError::Empty`] without a figure or where a figure rests on no item; [`MeasureError::NotFinite`] where a
    /// value or an end of an interval is not a number.
    pub fn new(measure: &str, data: &str, version: &str, figures: Figures) -> Result<Self, MeasureError> {
        if figures.is_empty() {
            return Err(MeasureError::Empty { what: "figure" });
        }
        for (name, figure) in figures.iter() {
            if figure.n == 0 {
                return Err(MeasureError::Empty { what: "item under a figure" });
            }
            if ![figure.value, figure.low, figure.high].iter().all(|x| x.is_finite()) {
                return Err(MeasureError::NotFinite { name: name.to_owned() });
            }
        }
        Ok(Self { measure: measure.to_owned(), data: data.to_owned(), version: version.to_owned(), figures })
    }

    /// The object as indented JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("invariant: strings, counts and finite numbers serialise")
    }

    /// A plain-text table with aligned columns.
    #[must_use]
    pub fn to_table(&self) -> String {
        let header = format!("measure {} on {} (version {})\n\n", self.measure, self.data, self.version);
        header + &aligned(&self.rows())
    }

    /// A Markdown table.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        markdown(&self.rows())
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = vec![["figure", "value", "95 % interval", "n", "unit"].map(str::to_owned).to_vec()];
        for (name, f) in self.figures.iter() {
            rows.push(vec![
                name.to_owned(),
                number(f.value),
                format!("{} to {}", number(f.low), number(f.high)),
                f.n.to_string(),
                f.unit.clone(),
            ]);
        }
        rows
    }
}

/// Three decimals for shares and correlations, one from 100 on.
fn number(x: f64) -> String {
    if x.abs() >= 100.0 { format!("{x:.1}") } else { format!("{x:.3}") }
}

/// Rows as a text table: the first row is the header, the first and last columns are left-aligned, others right.
#[must_use]
pub fn aligned(rows: &[Vec<String>]) -> String {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..n_columns)
        .map(|c| rows.iter().filter_map(|r| r.get(c)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (c, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[c] - cell.chars().count());
            let is_text = c == 0 || c + 1 == n_columns;
            let sep = if c == 0 { "" } else { "  " };
            let _ = if is_text { write!(line, "{sep}{cell}{pad}") } else { write!(line, "{sep}{pad}{cell}") };
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Rows as a Markdown table; the first row is the header.
#[must_use]
pub fn markdown(rows: &[Vec<String>]) -> String {
    let mut out = String::new();
    for (i, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|c| c.replace('|', "\\|")).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
        if i == 0 {
            let _ = writeln!(out, "|{}", " --- |".repeat(row.len()));
        }
    }
    out
}

/// Which items are taken: all, or N of a seeded shuffle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sample {
    limit: Option<(usize, u64)>,
}

impl Sample {
    /// All items, in order.
    #[must_use]
    pub fn all() -> Self {
        Self { limit: None }
    }

    /// The first `n` items of a shuffle with this seed; all where there are no more.
    #[must_use]
    pub fn limit(n: usize, seed: u64) -> Self {
        Self { limit: Some((n, seed)) }
    }

    /// The indices taken of `len` items, in ascending order.
    ///
    /// # Errors
    /// [`MeasureError::Empty`] where none is left.
    pub fn indices(&self, len: usize) -> Result<Vec<usize>, MeasureError> {
        let mut indices: Vec<usize> = (0..len).collect();
        if let Some((n, seed)) = self.limit {
            SplitMix64::new(seed).shuffle(&mut indices);
            indices.truncate(n);
            indices.sort_unstable();
        }
        if indices.is_empty() { Err(MeasureError::Empty { what: "item" }) } else { Ok(indices) }
    }

    /// The items taken, in their order.
    ///
    /// # Errors
    /// [`MeasureError::Empty`] where none is left.
    pub fn select<T>(&self, items: Vec<T>) -> Result<Vec<T>, MeasureError> {
        let keep = self.indices(items.len())?;
        let mut next = keep.into_iter().peekable();
        let taken = items.into_iter().enumerate().filter(|(i, _)| next.next_if_eq(i).is_some());
        Ok(taken.map(|(_, item)| item).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        let mut figures = Figures::default();
        figures.push("recall", Figure { value: 0.25, low: 0.125, high: 0.5, n: 40, unit: "share".into() });
        figures.push("f0.5", Figure { value: 0.5, low: 0.25, high: 0.75, n: 7, unit: "share".into() });
        figures
    }

    #[test]
    fn json_has_the_agreed_shape_and_order_and_reads_back() {
        let report = Report::new("gec", "a.m2", "0.1.0", figures()).unwrap();
        let compact = serde_json::to_string(&report).unwrap();
        assert_eq!(
            compact,
            r#"{"measure":"gec","data":"a.m2","version":"0.1.0","figures":{"recall":{"value":0.25,"low":0.125,"high":0.5,"n":40,"unit":"share"},"f0.5":{"value":0.5,"low":0.25,"high":0.75,"n":7,"unit":"share"}}}"#
        );
        assert_eq!(serde_json::from_str::<Report>(&report.to_json()).unwrap(), report);
    }

    #[test]
    fn tables_are_aligned() {
        let report = Report::new("gec", "a.m2", "0.1.0", figures()).unwrap();
        assert_eq!(
            report.to_table(),
            "measure gec on a.m2 (version 0.1.0)\n\n\
             figure  value   95 % interval   n  unit\n\
             recall  0.250  0.125 to 0.500  40  share\n\
             f0.5    0.500  0.250 to 0.750   7  share\n"
        );
        assert!(report.to_markdown().starts_with("| figure | value | 95 % interval | n | unit |\n| --- |"));
    }

    #[test]
    fn an_empty_or_broken_report_is_refused() {
        assert!(matches!(Report::new("x", "y", "z", Figures::default()), Err(MeasureError::Empty { .. })));
        let mut nan = figures();
        nan.push("recall", Figure::exact(f64::NAN, 1, "share"));
        assert!(matches!(Report::new("x", "y", "z", nan), Err(MeasureError::NotFinite { .. })));
        let mut none = figures();
        none.push("recall", Figure::exact(0.0, 0, "share"));
        assert!(matches!(Report::new("x", "y", "z", none), Err(MeasureError::Empty { .. })));
    }

    #[test]
    fn samples_are_seeded_and_sized() {
        let one = Sample::limit(5, 1).indices(100).unwrap();
        assert_eq!(one.len(), 5);
        assert_eq!(one, Sample::limit(5, 1).indices(100).unwrap());
        assert_ne!(one, Sample::limit(5, 2).indices(100).unwrap());
        assert_eq!(Sample::limit(5, 1).indices(3).unwrap(), vec![0, 1, 2]);
        assert_eq!(Sample::limit(5, 1).select((0..100).collect()).unwrap(), one);
        assert!(Sample::limit(0, 1).indices(3).is_err());
        assert!(Sample::all().indices(0).is_err());
    }
}
