//! From scored candidates to the edits that are made: the best of each place.

use crate::scan::Scored;

/// A scored candidate and how far it is above what its kind needs, in nats.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) scored: Scored,
    pub(crate) margin: f32,
}

/// The candidates with a positive margin, each place once, in order of place. `margin`: above what a candidate must have.
pub(crate) fn select(scored: Vec<Scored>, margin: impl Fn(&Scored) -> f32) -> Vec<Chosen> {
    let mut chosen: Vec<Chosen> = scored
        .into_iter()
        .map(|scored| Chosen { margin: margin(&scored), scored })
        .filter(|c| c.margin > 0.0)
        .collect();
    chosen.sort_by(|a, b| b.margin.total_cmp(&a.margin));
    let mut kept: Vec<Chosen> = Vec::new();
    for candidate in chosen {
        let (words, span) = (&candidate.scored.edit.words, candidate.scored.edit.span);
        // Edits that touch would change what the other was judged on.
        let free = kept.iter().all(|k| {
            let (other, other_span) = (&k.scored.edit.words, k.scored.edit.span);
            (words.start > other.end || other.start > words.end)
                && (span.start > other_span.end || other_span.start > span.end)
        });
        if free {
            kept.push(candidate);
        }
    }
    kept.sort_by_key(|k| k.scored.edit.span);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Words;
    use crate::kind::Kind;

    #[test]
    fn the_surest_edit_of_a_place_wins() {
        let text = "He go home now.";
        let words = Words::new(text);
        let scored = |edit, local| Scored {
            edit,
            first: 0.0,
            source_first: 0.0,
            local,
            full: local,
            sentence: -9.0,
            n_tokens: 6,
        };
        let all = vec![
            scored(words.replace(1..2, "goes", Kind::named("agreement")), 5.0),
            scored(words.replace(1..2, "went", Kind::named("verb_form")), 4.0),
            scored(words.delete(3, Kind::named("extra_word")), 3.0),
            scored(words.delete(2, Kind::named("extra_word")), -1.0),
        ];
        let kept = select(all, Scored::gain);
        let new: Vec<&str> = kept.iter().map(|k| k.scored.edit.new.as_str()).collect();
        assert_eq!(new, ["goes", ""]);
    }
}
