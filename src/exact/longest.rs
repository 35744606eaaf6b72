//! The longest part of a phrase that stands somewhere.

use std::ops::Range;

use super::lists::List;
use super::matcher::{Within, cheapest_cover};
use super::reader::Reader;
use super::{Corrupt, STOP};
use crate::analysis::Phrase;

impl Reader {
    /// The longest part of `phrase`, of more than `n` units and two at least, that stands in a document
    /// which `counts`; of equally long ones the first. No stop is at its ends.
    ///
    /// The list of each pair is looked up once. A part of what is found is found, so that only longer
    /// ones are looked for further on.
    pub fn longest_part(
        &self,
        phrase: &Phrase,
        n: usize,
        within: Within<'_>,
        counts: &dyn Fn(u32) -> bool,
    ) -> Result<Option<Range<usize>>, Corrupt> {
        let units = phrase.units().iter();
        let ids = units.map(|unit| self.unit_id(unit.as_unit()));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        let mut lists: Vec<Option<List<'_>>> = Vec::with_capacity(ids.len());
        for pair in ids.windows(2) {
            lists.push(match *pair {
                [Some(first), Some(second)] => self.list(first, second)?,
                _ => None,
            });
        }
        let is_stop = |at: usize| ids.get(at) == Some(&Some(STOP));
        let (mut longest, mut n, mut from) = (None, n.max(1), 0);
        while let Some(pairs) = lists.get(from..from + n) {
            if within.is_given_up() {
                break;
            }
            if let Some(at) = pairs.iter().rposition(Option::is_none) {
                from += at + 1;
                continue;
            }
            let mut starts = if is_stop(from) {
                Vec::new()
            } else {
                self.starts_of(pairs, within, counts)?
            };
            let mut end = from + n + 1;
            let is_found = !starts.is_empty();
            while is_found
                && !within.is_given_up()
                && let Some(Some(next)) = lists.get(end - 1)
            {
                next.retain(&mut starts, (end - 1 - from) as u32)?;
                self.keep_counted(&mut starts, counts)?;
                if starts.is_empty() {
                    break;
                }
                end += 1;
            }
            while is_stop(end - 1) {
                end -= 1;
            }
            if is_found && end - from > n {
                n = end - from;
                longest = Some(from..end);
            }
            from += 1;
        }
        Ok(longest)
    }

    /// Where all of these pairs stand one behind the other.
    fn starts_of(
        &self,
        pairs: &[Option<List<'_>>],
        within: Within<'_>,
        counts: &dyn Fn(u32) -> bool,
    ) -> Result<Vec<u32>, Corrupt> {
        let lists: Vec<&List<'_>> = pairs.iter().flatten().collect();
        let mut chosen = cheapest_cover(&lists);
        chosen.sort_by_key(|index| lists[*index].n);
        let mut starts = Vec::new();
        for (n, &index) in chosen.iter().enumerate() {
            if n > 0 {
                lists[index].retain(&mut starts, index as u32)?;
                continue;
            }
            lists[index].decode(&mut starts)?;
            starts.retain(|position| *position >= index as u32);
            for position in &mut starts {
                *position -= index as u32;
            }
        }
        self.pass_over(&mut starts, within);
        self.keep_counted(&mut starts, counts)?;
        Ok(starts)
    }

    fn keep_counted(
        &self,
        starts: &mut Vec<u32>,
        counts: &dyn Fn(u32) -> bool,
    ) -> Result<(), Corrupt> {
        let mut kept = Vec::with_capacity(starts.len());
        self.for_each_doc(starts, |doc, starts| {
            if counts(doc) {
                kept.extend_from_slice(starts);
            }
            Ok(())
        })?;
        *starts = kept;
        Ok(())
    }
}
