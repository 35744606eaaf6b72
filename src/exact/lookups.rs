//! What a request has looked up in a segment already: a query of many patterns asks for the same units
//! again and again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::UnitId;
use super::borders::Borders;
use super::grouped::Grouped;

/// Most places that are kept, of four bytes each; with how they are grouped twice as many.
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
    /// By the sentences in which they begin.
    grouped: Option<Rc<Grouped>>,
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
                grouped: None,
            };
            self.known.borrow_mut().insert(ids.to_vec(), known);
        }
    }

    /// The places of a sequence by sentence; `borders` are the same at every call.
    pub(super) fn grouped(&self, ids: &[UnitId], places: &[u32], borders: &Borders) -> Rc<Grouped> {
        if let Some(Known {
            grouped: Some(grouped),
            ..
        }) = self.known.borrow().get(ids)
        {
            return Rc::clone(grouped);
        }
        let grouped = Rc::new(Grouped::new(places, borders));
        let n_kept = self.n_kept.get() + grouped.n_kept();
        if n_kept <= MAX_KEPT * 2
            && let Some(known) = self.known.borrow_mut().get_mut(ids)
        {
            self.n_kept.set(n_kept);
            known.grouped = Some(Rc::clone(&grouped));
        }
        grouped
    }
}
