//! Which tokens' keys and values are held, and which sequences share them: the engine's own books about llama.cpp's memory.
//!
//! A cell holds the keys and values of one token at one place. Copying the beginning of a sequence to another one shares its
//! cells; a cell is free again once no sequence has it.

/// A sequence of tokens whose keys and values are held.
#[derive(Debug, Default)]
pub(crate) struct Held {
    tokens: Vec<u32>,
    cells: Vec<usize>,
}

impl Held {
    /// The tokens, from the first on.
    pub(crate) fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// How many tokens from the first on are those of a prompt.
    pub(crate) fn common(&self, prompt: &[u32]) -> usize {
        common(&self.tokens, prompt)
    }
}

/// How many tokens from the first on two sequences share.
pub(crate) fn common(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// How many sequences have each cell.
#[derive(Debug)]
pub(crate) struct Cells {
    owners: Vec<u32>,
    free: Vec<usize>,
}

impl Cells {
    /// All of them free.
    pub(crate) fn new(n: usize) -> Self {
        Self { owners: vec![0; n], free: (0..n).collect() }
    }

    pub(crate) fn free(&self) -> usize {
        self.free.len()
    }

    /// Lengthens a sequence by a token; false where no cell is free.
    pub(crate) fn push(&mut self, held: &mut Held, token: u32) -> bool {
        let Some(cell) = self.free.pop() else { return false };
        self.owners[cell] = 1;
        held.tokens.push(token);
        held.cells.push(cell);
        true
    }

    /// A new sequence that shares the first `n` tokens of another.
    pub(crate) fn share(&mut self, held: &Held, n: usize) -> Held {
        let (tokens, cells) = (held.tokens[..n].to_vec(), held.cells[..n].to_vec());
        for &cell in &cells {
            self.owners[cell] += 1;
        }
        Held { tokens, cells }
    }

    /// Ends a sequence.
    pub(crate) fn release(&mut self, held: Held) {
        for cell in held.cells {
            self.owners[cell] -= 1;
            if self.owners[cell] == 0 {
                self.free.push(cell);
            }
        }
    }

    /// Which cells would be free if some sequences ended.
    pub(crate) fn freed<'a>(&self, ending: impl Iterator<Item = &'a Held>) -> Freed {
        let mut left = self.owners.clone();
        for &cell in ending.flat_map(|held| &held.cells) {
            left[cell] -= 1;
        }
        Freed(self.owners.iter().zip(left).map(|(&owners, left)| owners > 0 && left == 0).collect())
    }
}

/// Cells that would be free.
#[derive(Debug)]
pub(crate) struct Freed(Vec<bool>);

impl Freed {
    /// How many there are.
    pub(crate) fn n(&self) -> usize {
        self.0.iter().filter(|&&freed| freed).count()
    }

    /// How many of them hold the first `n` tokens of a sequence.
    pub(crate) fn among(&self, held: &Held, n: usize) -> usize {
        held.cells[..n].iter().filter(|&&cell| self.0[cell]).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shared_cells_are_counted_once() {
        let mut cells = Cells::new(6);
        let mut first = Held::default();
        assert!((1..=4).all(|token| cells.push(&mut first, token)));
        let mut second = cells.share(&first, 3);
        assert_eq!((cells.free(), second.tokens()), (2, &[1, 2, 3][..]));
        assert!(cells.push(&mut second, 9) && cells.push(&mut second, 8) && !cells.push(&mut second, 7));
        assert_eq!((first.common(second.tokens()), cells.freed([&first].into_iter()).n()), (3, 1));
        let freed = cells.freed([&second].into_iter());
        assert_eq!((freed.n(), freed.among(&second, 4), freed.among(&first, 4)), (2, 1, 0));
        assert_eq!(cells.freed([&first, &second].into_iter()).n(), 6);
        cells.release(first);
        assert_eq!((cells.free(), cells.freed([&second].into_iter()).n()), (1, 5));
        cells.release(second);
        assert_eq!(cells.free(), 6);
    }

    proptest! {
        #[test]
        fn no_cell_is_lost(steps in prop::collection::vec((0_u8..3, 0_usize..8, 0_usize..12), 0..200)) {
            let mut cells = Cells::new(32);
            let mut held: Vec<Held> = Vec::new();
            for (what, which, n) in steps {
                match what {
                    0 if held.len() > which => { cells.push(&mut held[which], 1); }
                    1 if held.len() > which => {
                        let n = n.min(held[which].tokens().len());
                        let shared = cells.share(&held[which], n);
                        held.push(shared);
                    }
                    2 if held.len() > which => { let ended = held.swap_remove(which); cells.release(ended); }
                    _ => held.push(Held::default()),
                }
            }
            for ended in held {
                cells.release(ended);
            }
            prop_assert_eq!(cells.free(), 32);
        }
    }
}
