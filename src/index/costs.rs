//! About how much has to be looked at for what is looked for: the cheapest goes first.

use super::matching::{Matching, Wanted, damaged, stream_of};
use super::parts::Sought;
use crate::analysis::Phrase;
use crate::search::Zone;

impl Matching<'_> {
    /// About how many places have to be looked at.
    pub(super) fn cost(&self, wanted: &Wanted) -> tantivy::Result<usize> {
        Ok(match wanted {
            Wanted::Sought(zone, sought) => self.sought_cost(*zone, sought)?,
            Wanted::Condition(_) => 0,
            Wanted::All(all) => all.first().map_or(Ok(usize::MAX), |one| self.cost(one))?,
            Wanted::Any(any) => {
                let mut sum = 0usize;
                for one in any {
                    sum = sum.saturating_add(self.cost(one)?);
                }
                sum
            }
            Wanted::Most(words, _) => {
                let mut sum = 0usize;
                for (zone, word) in words {
                    sum = sum.saturating_add(self.sought_cost(*zone, word)?);
                }
                sum
            }
            Wanted::Not(_) => usize::MAX,
        })
    }

    pub(super) fn sought_cost(&self, zone: Zone, sought: &Sought) -> tantivy::Result<usize> {
        let mut cost = 0usize;
        for wording in sought.wordings.iter() {
            let mut least = usize::MAX;
            for part in wording.pattern.parts() {
                least = least.min(self.phrase_cost(zone, part)?);
            }
            cost = cost.saturating_add(least);
        }
        // What is under masks is rare, and nobody knows beforehand how rare.
        Ok(cost.saturating_add(usize::from(sought.may_be_masked())))
    }

    fn phrase_cost(&self, zone: Zone, phrase: &Phrase) -> tantivy::Result<usize> {
        let mut cost = 0;
        for segment in &**self.segments {
            let exact = segment.stream(stream_of(zone));
            cost += exact.estimate(phrase).map_err(damaged)?;
        }
        Ok(cost)
    }
}
