//! Merges the exact indexes of several segments into one, leaving deleted documents out.
//!
//! Streams: at any time no more than the record of one unit is held, and in the end all stops.
//! Documents keep their order, segment behind segment, so every list of the result is the lists of the sources, shifted, one
//! behind the other.

use std::io::{self, Write};

use rustc_hash::FxHashMap;

use super::breaks::{self, Break};
use super::build::write_units;
use super::layout::{Layout, PageWriter, position_bits};
use super::reader::Reader;
use super::record::{COMMON, DocCount, RecordWriter};
use super::surfaces::{self, Code};
use super::{Corrupt, END, FIRST_HAN, UnitId};
use crate::analysis::OwnedUnit;
use crate::analysis::surface::OTHER_GAP;

/// One segment to be merged.
pub struct Source<'a> {
    /// Its exact index.
    pub reader: &'a Reader,
    /// Whether a document stays; `None` where all do.
    pub keep: Option<&'a dyn Fn(u32) -> bool>,
}

impl From<Corrupt> for io::Error {
    fn from(corrupt: Corrupt) -> Self {
        io::Error::new(io::ErrorKind::InvalidData, corrupt)
    }
}

/// Writes the index of the documents of all `sources`, in order, to `out`.
///
/// # Errors
/// Those of `out`, damage of a source, and more than 2³² units in all, or 2³² bytes of runs.
pub fn merge(sources: &[Source<'_>], out: impl Write) -> io::Result<()> {
    let (shifts, starts) = shift(sources)?;
    let n_positions = u64::from(starts[starts.len() - 1]);
    let (units, numbers) = merge_units(sources, &shifts)?;
    let mut out = PageWriter::new(out)?;
    let mut record = RecordWriter::new(position_bits(n_positions));
    let (mut docs, mut bytes) = (Vec::new(), Vec::new());
    // Which sources have the unit, and its number in each.
    let mut olds: Vec<(usize, UnitId)> = Vec::new();
    let mut offsets = Vec::with_capacity(units.len());
    let mut next = vec![1 as UnitId; sources.len()];
    for id in 1..units.len() as UnitId {
        offsets.push(out.at());
        docs.clear();
        olds.clear();
        let mut lists = Lists::default();
        for (index, source) in sources.iter().enumerate() {
            // Numbers ascend with the old ones, so each source waits at its next unit.
            while (next[index] as usize) < numbers[index].len()
                && numbers[index][next[index] as usize].is_none_or(|new| new < id)
            {
                next[index] += 1;
            }
            let old = next[index];
            if numbers[index].get(old as usize) == Some(&Some(id)) {
                olds.push((index, old));
                source
                    .reader
                    .record(old)?
                    .for_each_pair(&mut |second, positions| {
                        let new = numbers[index].get(second as usize).copied().flatten();
                        lists.add(new.unwrap_or(END), index, &shifts[index], positions);
                    })?;
            }
        }
        if lists.positions.len() > COMMON {
            for &(index, old) in &olds {
                let counts = sources[index].reader.doc_counts(old)?;
                shifts[index].docs(&counts, &mut docs);
            }
        }
        lists.for_each(|second, positions| record.pair(second, positions));
        bytes.clear();
        record.finish(&docs, &mut bytes);
        out.write_all(&bytes)?;
    }
    offsets.push(out.at());
    let starts_at = out.at();
    for start in &starts {
        out.write_all(&start.to_le_bytes())?;
    }
    let surfaces = out.at();
    let rarer = merge_surfaces(&shifts, &mut out)?;
    let breaks_at = out.at();
    let (stops, ends) = merge_breaks(&shifts)?;
    breaks::write(&mut out, &stops, &ends, position_bits(n_positions))?;
    let units_at = out.at();
    let (n_han, n_runs) = write_units(&mut out, &units, &offsets)?;
    out.finish(Layout {
        n_docs: starts.len() as u64 - 1,
        n_positions,
        n_han,
        n_runs,
        starts: starts_at,
        surfaces,
        rarer,
        breaks: breaks_at,
        units: units_at,
        checksums: 0,
    })
}

/// Where the documents of one source go.
struct Shift<'a> {
    reader: &'a Reader,
    /// Number of the first document that stays, in the result.
    first_doc: u32,
    /// Its position.
    first_position: u32,
    /// For each document its number among those that stay, and its new start; `None`: all stay.
    kept: Option<Vec<Option<(u32, u32)>>>,
}

impl Shift<'_> {
    fn doc(&self, doc: u32) -> Option<(u32, u32)> {
        match &self.kept {
            None => {
                let start = self.reader.starts()[doc as usize];
                Some((self.first_doc + doc, self.first_position + start))
            }
            Some(kept) => kept[doc as usize],
        }
    }

    fn docs(&self, old: &[DocCount], new: &mut Vec<DocCount>) {
        new.extend(old.iter().filter_map(|count| {
            let (doc, _) = self.doc(count.doc)?;
            Some(DocCount { doc, ..*count })
        }));
    }

    /// Appends the new places of `positions`, which ascend.
    fn positions(&self, positions: &[u32], new: &mut Vec<u32>) {
        let Some(kept) = &self.kept else {
            return new.extend(
                positions
                    .iter()
                    .map(|position| position + self.first_position),
            );
        };
        let starts = self.reader.starts();
        let mut doc = 0;
        for &position in positions {
            doc = self.reader.doc_of(position, doc);
            if let Some((_, start)) = kept[doc as usize] {
                new.push(start + (position - starts[doc as usize]));
            }
        }
    }
}

/// Where each source's documents go, and the starts of all documents of the result.
fn shift<'a>(sources: &[Source<'a>]) -> io::Result<(Vec<Shift<'a>>, Vec<u32>)> {
    let mut starts = vec![0u32];
    let mut end = 0u32;
    let mut shifts = Vec::with_capacity(sources.len());
    for source in sources {
        let reader = source.reader;
        let (first_doc, first_position) = (starts.len() as u32 - 1, end);
        let mut kept = source
            .keep
            .map(|_| Vec::with_capacity(reader.n_docs() as usize));
        for doc in 0..reader.n_docs() {
            let stays = source.keep.is_none_or(|keep| keep(doc));
            if let Some(kept) = &mut kept {
                kept.push(stays.then(|| (starts.len() as u32 - 1, end)));
            }
            if stays {
                let next = end.checked_add(reader.doc_len(doc) + 1);
                end = next.filter(|end| *end < u32::MAX).ok_or_else(|| {
                    io::Error::new(
                        io::ErrorKind::FileTooLarge,
                        "a segment holds at most 2^32 units",
                    )
                })?;
                starts.push(end);
            }
        }
        shifts.push(Shift {
            reader,
            first_doc,
            first_position,
            kept,
        });
    }
    Ok((shifts, starts))
}

/// Old numbers of units to new ones, a table a source; `None` for a unit that is gone.
type Numbers = Vec<Vec<Option<UnitId>>>;

/// The units of the result, in order, and for each source the new number of each old one.
fn merge_units(
    sources: &[Source<'_>],
    shifts: &[Shift<'_>],
) -> io::Result<(Vec<OwnedUnit>, Numbers)> {
    let mut all: Vec<(OwnedUnit, usize, UnitId)> = Vec::new();
    let mut numbers: Numbers = Vec::with_capacity(sources.len());
    for (index, source) in sources.iter().enumerate() {
        let n_units = source.reader.layout().n_units() as UnitId;
        numbers.push(vec![None; n_units as usize]);
        for fixed in END..FIRST_HAN {
            numbers[index][fixed as usize] = Some(fixed);
        }
        for id in FIRST_HAN..n_units {
            let stays = shifts[index].kept.is_none() || {
                let counts = source.reader.doc_counts(id)?;
                counts
                    .iter()
                    .any(|count| shifts[index].doc(count.doc).is_some())
            };
            if stays {
                all.push((source.reader.unit(id)?, index, id));
            }
        }
    }
    all.sort_unstable();
    let mut units = vec![OwnedUnit::Stop, OwnedUnit::Stop, OwnedUnit::Mask];
    for (unit, index, id) in all {
        if units.len() == FIRST_HAN as usize || units.last() != Some(&unit) {
            units.push(unit);
        }
        numbers[index][id as usize] = Some(units.len() as UnitId - 1);
    }
    Ok((units, numbers))
}

/// The lists of one unit out of all sources.
#[derive(Default)]
struct Lists {
    /// Second unit, source, range in `positions`.
    entries: Vec<(UnitId, usize, usize, usize)>,
    positions: Vec<u32>,
}

impl Lists {
    fn add(&mut self, second: UnitId, source: usize, shift: &Shift<'_>, positions: &[u32]) {
        let start = self.positions.len();
        shift.positions(positions, &mut self.positions);
        if self.positions.len() > start {
            let end = self.positions.len();
            self.entries.push((second, source, start, end));
        }
    }

    fn for_each(&mut self, mut each: impl FnMut(UnitId, Box<dyn Iterator<Item = u32> + '_>)) {
        self.entries.sort_unstable();
        for same in self.entries.chunk_by(|a, b| a.0 == b.0) {
            let positions = same
                .iter()
                .flat_map(|&(_, _, start, end)| self.positions[start..end].iter().copied());
            each(same[0].0, Box::new(positions));
        }
    }
}

/// The stops of all documents that stay, and those that end paragraphs.
fn merge_breaks(shifts: &[Shift<'_>]) -> io::Result<(Vec<u32>, Vec<u32>)> {
    let (mut stops, mut ends) = (Vec::new(), Vec::new());
    for shift in shifts {
        for (kind, merged) in [(Break::Sentence, &mut stops), (Break::Paragraph, &mut ends)] {
            let mut positions = Vec::new();
            shift.reader.breaks(kind)?.decode(&mut positions)?;
            shift.positions(&positions, merged);
        }
    }
    Ok((stops, ends))
}

/// Writes the surfaces of all documents that stay and the table of the rarer ones; gives where that
/// begins.
fn merge_surfaces(shifts: &[Shift<'_>], out: &mut PageWriter<impl Write>) -> io::Result<u64> {
    let mut views = Vec::with_capacity(shifts.len());
    for shift in shifts {
        views.push(shift.reader.surfaces()?);
    }
    let codes = || {
        shifts
            .iter()
            .zip(&views)
            .enumerate()
            .flat_map(|(index, (shift, view))| {
                let starts = shift.reader.starts();
                let docs = (0..shift.reader.n_docs()).filter(|doc| shift.doc(*doc).is_some());
                docs.flat_map(move |doc| starts[doc as usize]..starts[doc as usize + 1])
                    .map(move |position| (index, view.get(position)))
            })
    };
    let mut counts: FxHashMap<String, u64> = FxHashMap::default();
    for (index, code) in codes().filter(|(_, code)| code.code >= OTHER_GAP) {
        if let Some(key) = shifts[index].reader.rarer().get(usize::from(code.number)) {
            *counts.entry(key.clone()).or_default() += 1;
        }
    }
    let table = surfaces::choose_table(counts);
    let numbers = surfaces::numbers(&table);
    let renumbered: Vec<Vec<u8>> = shifts
        .iter()
        .map(|shift| {
            let number = |key: &String| surfaces::number(&numbers, key);
            shift.reader.rarer().iter().map(number).collect()
        })
        .collect();
    surfaces::write(out, || {
        codes().map(|(index, code)| {
            let number = renumbered[index].get(usize::from(code.number)).copied();
            match code.code {
                OTHER_GAP.. => Code {
                    number: number.unwrap_or(code.number),
                    ..code
                },
                _ => code,
            }
        })
    })?;
    let at = out.at();
    surfaces::write_table(out, &table)?;
    Ok(at)
}
