//! What a request has looked up in a segment already: a query of many patterns asks for the same units
//! again and again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use super::UnitId;
use super::borders::Borders;
use super::grouped::Grouped;

/// Most places that are kept, of four bytes each; with how they are grouped twice as many.
const MAX_KEPT: usize = 3 << 22;

/// Places of sequences of units in all documents of a segment, kept for the next who asks.
#[derive(Default)]
pub struct Lookups(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    known: FxHashMap<Vec<UnitId>, Known>,
    n_kept: usize,
}

struct Known {
    places: Arc<Vec<u32>>,
    /// By the sentences in which they begin.
    grouped: Option<Arc<Grouped>>,
}

impl Lookups {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Only whole entries are put in: a panic elsewhere leaves none half.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The places of a sequence, if they were looked up before.
    pub(super) fn places(&self, ids: &[UnitId]) -> Option<Arc<Vec<u32>>> {
        let kept = self.kept();
        kept.known.get(ids).map(|known| Arc::clone(&known.places))
    }

    /// Keeps the places of a sequence, unless much is kept already.
    pub(super) fn keep(&self, ids: &[UnitId], places: &Arc<Vec<u32>>) {
        let mut kept = self.kept();
        if kept.n_kept + places.len() <= MAX_KEPT {
            kept.n_kept += places.len();
            let known = Known {
                places: Arc::clone(places),
                grouped: None,
            };
            kept.known.insert(ids.to_vec(), known);
        }
    }

    /// The places of a sequence by sentence; `borders` are the same at every call.
    pub(super) fn grouped(
        &self,
        ids: &[UnitId],
        places: &[u32],
        borders: &Borders,
    ) -> Arc<Grouped> {
        let known = |kept: &Kept| kept.known.get(ids)?.grouped.clone();
        if let Some(grouped) = known(&self.kept()) {
            return grouped;
        }
        let grouped = Arc::new(Grouped::new(places, borders));
        let mut kept = self.kept();
        let n_kept = kept.n_kept + grouped.n_kept();
        if n_kept <= MAX_KEPT * 2
            && let Some(known) = kept.known.get_mut(ids)
        {
            known.grouped = Some(Arc::clone(&grouped));
            kept.n_kept = n_kept;
        }
        grouped
    }
}
