//! Finds phrases: the lists of a cheapest cover of a phrase's pairs, intersected from the shortest.

use super::reader::{Reader, Surfaces};
use super::record::List;
use super::{Corrupt, UnitId};
use crate::analysis::{Phrase, Surface};

/// The occurrences of a phrase in one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocMatch {
    /// Number of the document in its segment.
    pub doc: u32,
    /// How often it holds the phrase, overlapping occurrences counted each.
    pub n: u32,
    /// How many of these have the phrase's very characters.
    pub n_exact: u32,
    /// How many may or may not have them: only the text can tell.
    pub n_undecided: u32,
}

impl Reader {
    /// Every document of the segment that holds `phrase`, deleted ones included, ascending.
    pub fn find(&self, phrase: &Phrase) -> Result<Vec<DocMatch>, Corrupt> {
        let Some(ids) = self.ids(phrase)? else {
            return Ok(Vec::new());
        };
        let surfaces = phrase.surfaces();
        if let [id] = ids[..] {
            // Counts by document tell plain from odd, not one odd writing from another.
            if surfaces[0].is_odd() && surfaces[0].is_writing_definite() {
                return self.by_document(&self.positions(phrase)?, &surfaces);
            }
            return self.find_unit(id, surfaces[0]);
        }
        let positions = self.positions_of(&ids)?;
        self.by_document(&positions, &surfaces)
    }

    /// The same without occurrences that begin within the first `skip(doc)` units of a document.
    pub fn find_behind(
        &self,
        phrase: &Phrase,
        skip: &dyn Fn(u32) -> u32,
    ) -> Result<Vec<DocMatch>, Corrupt> {
        let mut positions = self.positions(phrase)?;
        let mut doc = 0;
        positions.retain(|position| {
            doc = self.doc_of(*position, doc);
            position - self.starts()[doc as usize] >= skip(doc)
        });
        self.by_document(&positions, &phrase.surfaces())
    }

    /// Positions at which `phrase` begins, ascending.
    ///
    /// For a phrase of a single unit these are gathered from all its pairs, which takes longer
    /// than counting them with [`Reader::find`].
    pub fn positions(&self, phrase: &Phrase) -> Result<Vec<u32>, Corrupt> {
        let Some(ids) = self.ids(phrase)? else {
            return Ok(Vec::new());
        };
        let [id] = ids[..] else {
            return self.positions_of(&ids);
        };
        let mut positions = Vec::new();
        self.record(id)?
            .for_each_pair(&mut |_, list| positions.extend_from_slice(list))?;
        positions.sort_unstable();
        Ok(positions)
    }

    /// Number of documents that hold the single unit or pair at the start of `phrase`, at most.
    pub fn estimate(&self, phrase: &Phrase) -> Result<usize, Corrupt> {
        let Some(ids) = self.ids(phrase)? else {
            return Ok(0);
        };
        let mut least = self.record(ids[0])?.n_docs();
        for pair in ids.windows(2) {
            let list = self.record(pair[0])?.list(pair[1])?;
            least = least.min(list.map_or(0, |list| list.n));
        }
        Ok(least)
    }

    fn ids(&self, phrase: &Phrase) -> Result<Option<Vec<UnitId>>, Corrupt> {
        let ids = phrase.units().iter().map(|unit| self.unit_id(unit.as_unit()));
        ids.collect()
    }

    fn find_unit(&self, id: UnitId, surface: Surface) -> Result<Vec<DocMatch>, Corrupt> {
        let docs = self.record(id)?.docs()?;
        let matches = docs.into_iter().map(|d| {
            let (n_exact, n_undecided) = if surface.is_odd() { (0, d.n_odd) } else { (d.n - d.n_odd, 0) };
            DocMatch { doc: d.doc, n: d.n, n_exact, n_undecided }
        });
        Ok(matches.collect())
    }

    /// Start positions of the sequence `ids`, which has two units or more.
    fn positions_of(&self, ids: &[UnitId]) -> Result<Vec<u32>, Corrupt> {
        let mut lists: Vec<List<'_>> = Vec::with_capacity(ids.len() - 1);
        for pair in ids.windows(2) {
            match self.record(pair[0])?.list(pair[1])? {
                Some(list) => lists.push(list),
                None => return Ok(Vec::new()),
            }
        }
        let mut chosen = cheapest_cover(&lists);
        chosen.sort_by_key(|index| lists[*index].n);
        let mut positions = Vec::new();
        let first = chosen[0];
        lists[first].decode(&mut positions)?;
        // From places of the pair to starts of the phrase; those too near the front are none.
        positions.retain(|position| *position >= first as u32);
        for position in &mut positions {
            *position -= first as u32;
        }
        for &index in &chosen[1..] {
            if positions.is_empty() {
                break;
            }
            lists[index].retain(&mut positions, index as u32)?;
        }
        Ok(positions)
    }

    fn by_document(
        &self,
        positions: &[u32],
        wanted: &[Surface],
    ) -> Result<Vec<DocMatch>, Corrupt> {
        let surfaces = self.surfaces()?;
        let all_plain = wanted.iter().all(|surface| *surface == Surface::PLAIN);
        let mut matches: Vec<DocMatch> = Vec::new();
        let (mut doc, mut end) = (0, 0);
        for &position in positions {
            if position >= end {
                doc = self.doc_of(position, doc);
                end = self.starts().get(doc as usize + 1).copied().unwrap_or(u32::MAX);
                matches.push(DocMatch { doc, n: 0, n_exact: 0, n_undecided: 0 });
            }
            let verdict = surfaces.compare(position, wanted, all_plain)?;
            if let Some(last) = matches.last_mut() {
                last.n += 1;
                last.n_exact += u32::from(verdict == Verdict::Exact);
                last.n_undecided += u32::from(verdict == Verdict::Undecided);
            }
        }
        Ok(matches)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Exact,
    Normalized,
    Undecided,
}

impl Surfaces<'_> {
    /// Whether the units from `position` on are written as `wanted` has them.
    #[inline]
    fn compare(
        &self,
        position: u32,
        wanted: &[Surface],
        all_plain: bool,
    ) -> Result<Verdict, Corrupt> {
        let inner = wanted.len() as u32 - 1;
        if !all_plain || inner >= 64 {
            return self.compare_each(position, wanted);
        }
        let n_plain = self.n_plain(position)?;
        if n_plain < inner {
            return Ok(Verdict::Normalized);
        }
        if n_plain > inner || !self.get(position + inner)?.is_odd() {
            return Ok(Verdict::Exact);
        }
        Ok(Verdict::Normalized)
    }

    fn compare_each(&self, position: u32, wanted: &[Surface]) -> Result<Verdict, Corrupt> {
        let mut verdict = Verdict::Exact;
        let last = wanted.len() - 1;
        for (offset, want) in wanted.iter().enumerate() {
            let have = self.get(position + offset as u32)?;
            let (same, definite) = if offset == last {
                (have.writing_code() == want.writing_code(), want.is_writing_definite())
            } else {
                (have == *want, want.is_definite())
            };
            if !same {
                return Ok(Verdict::Normalized);
            }
            if !definite {
                verdict = Verdict::Undecided;
            }
        }
        Ok(verdict)
    }
}

/// Chooses, of the pairs of a phrase, those that together touch every unit and whose lists cost
/// least to read.
///
/// Two chosen neighbours are at most two apart, so no unit is left out; the first and the last pair
/// are always among them. Source: docs/exact-index.md, "Covers".
fn cheapest_cover(lists: &[List<'_>]) -> Vec<usize> {
    let shortest = lists.iter().map(|list| list.n).min().unwrap_or(0);
    // A list is skipped through: of a long one no more is read than a run for each candidate.
    let cost = |index: usize| lists[index].n.min(shortest.saturating_mul(super::record::RUN)) + 16;
    let mut best: Vec<(usize, usize)> = Vec::with_capacity(lists.len());
    for index in 0..lists.len() {
        let before = match index {
            0 => (0, 0),
            1 => (best[0].0, 0),
            _ if best[index - 2].0 < best[index - 1].0 => (best[index - 2].0, index - 2),
            _ => (best[index - 1].0, index - 1),
        };
        best.push((before.0 + cost(index), before.1));
    }
    let mut chosen = vec![lists.len() - 1];
    while let Some(&index) = chosen.last()
        && index > 0
    {
        chosen.push(best[index].1);
    }
    chosen
}
