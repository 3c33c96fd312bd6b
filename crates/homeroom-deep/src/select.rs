//! From scored candidates to the edits that are made: the best of each place.

use crate::edit::Edit;
use crate::scan::Scored;

/// An edit and how far it is above what its kind needs, in nats.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) edit: Edit,
    pub(crate) margin: f32,
}

/// The candidates with a positive margin, each place once, in order of place. `margin`: above what a candidate must have.
pub(crate) fn select(scored: &[Scored], margin: impl Fn(&Scored) -> f32) -> Vec<Chosen> {
    let mut chosen: Vec<(f32, &Scored)> = scored.iter().map(|s| (margin(s), s)).filter(|(m, _)| *m > 0.0).collect();
    chosen.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut kept: Vec<Chosen> = Vec::new();
    for (margin, Scored { edit, .. }) in chosen {
        let (words, span) = (&edit.words, edit.span);
        // Edits that touch would change what the other was judged on.
        let free = kept.iter().all(|k| {
            let (other, other_span) = (&k.edit.words, k.edit.span);
            (words.start > other.end || other.start > words.end)
                && (span.start > other_span.end || other_span.start > span.end)
        });
        if free {
            kept.push(Chosen { edit: edit.clone(), margin });
        }
    }
    kept.sort_by_key(|k| k.edit.span);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Words;
    use crate::kind::Kind;
    use crate::scan::Change;

    #[test]
    fn the_surest_edit_of_a_place_wins() {
        let text = "He go home now.";
        let words = Words::new(text);
        let scored = |edit, gain| Scored { edit, change: Change { local: gain, full: gain } };
        let all = vec![
            scored(words.replace(1..2, "goes", Kind::named("agreement")), 5.0),
            scored(words.replace(1..2, "went", Kind::named("verb_form")), 4.0),
            scored(words.delete(3, Kind::named("extra_word")), 3.0),
            scored(words.delete(2, Kind::named("extra_word")), -1.0),
        ];
        let kept = select(&all, |s| s.change.gain());
        let new: Vec<&str> = kept.iter().map(|k| k.edit.new.as_str()).collect();
        assert_eq!(new, ["goes", ""]);
    }
}
