//! What a request has looked up in a segment already: a query of many patterns asks for the same units
//! again and again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::UnitId;
use super::sets::{Borders, NumberSet};

/// Most places that are kept, of four bytes each.
const MAX_KEPT: usize = 3 << 22;

/// Places of sequences of units in all documents of a segment, kept for the next who asks.
#[derive(Default)]
pub struct Lookups {
    known: RefCell<FxHashMap<Vec<UnitId>, Known>>,
    n_kept: Cell<usize>,
}

#[derive(Clone)]
struct Known {
    places: Rc<Vec<u32>>,
    /// The sentences in which they begin.
    sentences: Option<Rc<NumberSet>>,
}

impl Lookups {
    /// The places of a sequence, if they were looked up before.
    pub(super) fn places(&self, ids: &[UnitId]) -> Option<Rc<Vec<u32>>> {
        let known = self.known.borrow();
        known.get(ids).map(|known| Rc::clone(&known.places))
    }

    /// Keeps the places of a sequence, unless much is kept already.
    pub(super) fn keep(&self, ids: &[UnitId], places: &Rc<Vec<u32>>) {
        let n_kept = self.n_kept.get() + places.len();
        if n_kept <= MAX_KEPT {
            self.n_kept.set(n_kept);
            let known = Known {
                places: Rc::clone(places),
                sentences: None,
            };
            self.known.borrow_mut().insert(ids.to_vec(), known);
        }
    }

    /// The sentences in which places of a sequence begin; `borders` are the same at every call.
    pub(super) fn sentences(
        &self,
        ids: &[UnitId],
        places: &[u32],
        borders: &Borders,
    ) -> Rc<NumberSet> {
        if let Some(Known {
            sentences: Some(sentences),
            ..
        }) = self.known.borrow().get(ids)
        {
            return Rc::clone(sentences);
        }
        let mut sentences = NumberSet::new(borders.n_stretches() as usize);
        let mut walk = borders.walk();
        for place in places {
            sentences.insert(walk.stretch(*place));
        }
        let sentences = Rc::new(sentences);
        if let Some(known) = self.known.borrow_mut().get_mut(ids) {
            known.sentences = Some(Rc::clone(&sentences));
        }
        sentences
    }
}
