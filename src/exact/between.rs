//! Places of phrases with numbers, without those that are only parts of larger numbers.

use rustc_hash::FxHashSet;

use super::Corrupt;
use super::lists::contains;
use super::reader::Reader;
use super::spans::Span;
use crate::analysis::surface::OTHER_GAP;
use crate::analysis::{OwnedUnit, Pattern, Surface, Unit};

impl Reader {
    /// Leaves out spans of `pattern` right before or behind which, with nothing in between, one of
    /// these units stands: what was found is only a part of a larger number then.
    pub fn retain_between(
        &self,
        spans: &mut Vec<Span>,
        pattern: &Pattern,
        before: &[OwnedUnit],
        behind: &[OwnedUnit],
    ) -> Result<(), Corrupt> {
        if spans.is_empty() {
            return Ok(());
        }
        let ends = |pattern: &Pattern| {
            let first = pattern.parts().first()?.units().first()?.clone();
            Some((first, pattern.parts().last()?.units().last()?.clone()))
        };
        let Some((first, last)) = ends(pattern) else {
            return Ok(());
        };
        let mut touched: FxHashSet<u32> = FxHashSet::default();
        for unit in before {
            let starts = spans.iter().filter_map(|span| span.start.checked_sub(1));
            touched.extend(self.touching(unit.as_unit(), first.as_unit(), starts.collect())?);
        }
        spans.retain(|span| {
            !span
                .start
                .checked_sub(1)
                .is_some_and(|at| touched.contains(&at))
        });
        touched.clear();
        for unit in behind {
            let lasts = spans.iter().map(|span| span.end - 1);
            touched.extend(self.touching(last.as_unit(), unit.as_unit(), lasts.collect())?);
        }
        spans.retain(|span| !touched.contains(&(span.end - 1)));
        Ok(())
    }

    /// Those of `places` at which two units stand with nothing between them.
    fn touching(
        &self,
        first: Unit<'_>,
        second: Unit<'_>,
        mut places: Vec<u32>,
    ) -> Result<Vec<u32>, Corrupt> {
        let (Some(first), Some(second)) = (self.unit_id(first)?, self.unit_id(second)?) else {
            return Ok(Vec::new());
        };
        let Some(list) = self.list(first, second)? else {
            return Ok(Vec::new());
        };
        places.sort_unstable();
        places.dedup();
        if list.n < places.len() / 4 {
            let mut pairs = Vec::with_capacity(list.n);
            list.decode(&mut pairs)?;
            let mut rest = &places[..];
            pairs.retain(|place| contains(&mut rest, *place));
            places = pairs;
        } else {
            list.retain(&mut places, 0)?;
        }
        let surfaces = self.surfaces()?;
        places.retain(|place| {
            let code = surfaces.get(*place);
            // With something between them, whether or not the table says what.
            if code.code == OTHER_GAP {
                return false;
            }
            self.surface(code).is_none_or(Surface::has_no_gap)
        });
        Ok(places)
    }
}
