//! Builds the exact index of one segment in memory and writes it.

use std::io::{self, Write};

use rustc_hash::FxHashMap;

use super::breaks;
use super::layout::{Layout, PageWriter, position_bits};
use super::record::{COMMON, DocCount, RecordWriter};
use super::surfaces::{self, Code};
use super::{END, FIRST_HAN, MASK, STOP, UnitId};
use crate::analysis::surface::OTHER_GAP;
use crate::analysis::{OwnedUnit, Surface, Unit};

/// Collects the units of documents, then writes their exact index.
///
/// Memory: 5 bytes a unit while collecting, about 13 while writing.
pub struct Builder {
    /// Units by provisional number, in order of appearance.
    units: Vec<OwnedUnit>,
    /// Provisional numbers of characters of the basic plane, plus one.
    basic: Box<[u32]>,
    others: FxHashMap<char, UnitId>,
    runs: FxHashMap<Box<str>, UnitId>,
    /// The stream: a provisional number a position, END behind every document.
    stream: Vec<UnitId>,
    /// A byte a position: the code in its low half, the number of the writing in its high half.
    surfaces: Vec<u8>,
    /// Surfaces that their code does not say: provisional numbers, in the order of positions.
    rarer: Vec<u32>,
    keys: FxHashMap<String, u32>,
    /// Positions of stops that end a paragraph.
    ends: Vec<u32>,
    starts: Vec<u32>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            // END has no unit; a stop holds its place.
            units: vec![OwnedUnit::Stop, OwnedUnit::Stop, OwnedUnit::Mask],
            basic: vec![0; 0x1_0000].into_boxed_slice(),
            others: FxHashMap::default(),
            runs: FxHashMap::default(),
            stream: Vec::new(),
            surfaces: Vec::new(),
            rarer: Vec::new(),
            keys: FxHashMap::default(),
            ends: Vec::new(),
            starts: vec![0],
        }
    }
}

impl Builder {
    /// A builder without documents.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next unit of the document being collected.
    #[inline]
    pub fn push(&mut self, unit: Unit<'_>, surface: Surface<'_>) {
        let id = match unit {
            Unit::Stop => STOP,
            Unit::Mask => MASK,
            Unit::Han(c) => self.intern_han(c),
            Unit::Run(run) => self.intern_run(run),
        };
        if id == STOP && surface.ends_paragraph() {
            self.ends.push(self.stream.len() as u32);
        }
        self.stream.push(id);
        let code = surface.code();
        let writing = if code == 0 { 0 } else { surface.writing() };
        self.surfaces.push(code | writing << 4);
        if code >= OTHER_GAP {
            let next = self.keys.len() as u32;
            self.rarer
                .push(*self.keys.entry(surface.key()).or_insert(next));
        }
    }

    /// Ends the document being collected, which may be empty, and starts the next.
    pub fn end_document(&mut self) {
        self.stream.push(END);
        self.surfaces.push(0);
        self.starts.push(self.stream.len() as u32);
    }

    #[inline]
    fn intern_han(&mut self, c: char) -> UnitId {
        let next = self.units.len() as UnitId;
        let id = match self.basic.get_mut(c as usize) {
            Some(slot) => {
                if *slot == 0 {
                    *slot = next + 1;
                }
                *slot - 1
            }
            None => *self.others.entry(c).or_insert(next),
        };
        if id == next {
            self.units.push(OwnedUnit::Han(c));
        }
        id
    }

    fn intern_run(&mut self, run: &str) -> UnitId {
        if let Some(id) = self.runs.get(run) {
            return *id;
        }
        let id = self.units.len() as UnitId;
        self.runs.insert(run.into(), id);
        self.units.push(OwnedUnit::Run(run.into()));
        id
    }

    /// Bytes of memory in use.
    pub fn memory(&self) -> usize {
        self.stream.capacity() * 5 + self.units.len() * 96 + self.starts.len() * 4 + 0x4_0000
    }

    /// Number of documents.
    pub fn n_docs(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    /// Writes the index. Fails where `out` does, and on more than 2³² units.
    pub fn write(mut self, out: impl Write) -> io::Result<()> {
        if self.stream.len() as u64 >= u64::from(u32::MAX) {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "a segment holds at most 2^32 units",
            ));
        }
        self.number_by_order();
        let mut out = PageWriter::new(out)?;
        let offsets = self.write_records(&mut out)?;
        let starts = out.at();
        for start in &self.starts {
            out.write_all(&start.to_le_bytes())?;
        }
        let surfaces = out.at();
        let rarer = self.write_surfaces(&mut out)?;
        let breaks = out.at();
        let stops = (0u32..).zip(&self.stream).filter(|(_, id)| **id == STOP);
        let stops: Vec<u32> = stops.map(|(position, _)| position).collect();
        let bits = position_bits(self.stream.len() as u64);
        breaks::write(&mut out, &stops, &self.ends, bits)?;
        let units = out.at();
        let (n_han, n_runs) = write_units(&mut out, &self.units, &offsets)?;
        out.finish(Layout {
            n_docs: u64::from(self.n_docs()),
            n_positions: self.stream.len() as u64,
            n_han,
            n_runs,
            starts,
            surfaces,
            rarer,
            breaks,
            units,
            checksums: 0,
        })
    }

    /// Replaces the provisional numbers by those in the order of units.
    fn number_by_order(&mut self) {
        let mut order: Vec<UnitId> = (FIRST_HAN..self.units.len() as UnitId).collect();
        order.sort_unstable_by(|a, b| self.units[*a as usize].cmp(&self.units[*b as usize]));
        let mut number: Vec<UnitId> = (0..self.units.len() as UnitId).collect();
        for (&old, new) in order.iter().zip(FIRST_HAN..) {
            number[old as usize] = new;
        }
        for id in &mut self.stream {
            *id = number[*id as usize];
        }
        self.units[FIRST_HAN as usize..].sort_unstable();
    }

    /// Writes the surfaces and the table of the rarer ones; gives where that begins.
    fn write_surfaces(&self, out: &mut PageWriter<impl Write>) -> io::Result<u64> {
        let mut counts = vec![0u64; self.keys.len()];
        for &key in &self.rarer {
            counts[key as usize] += 1;
        }
        let counted = self
            .keys
            .iter()
            .map(|(key, n)| (key.clone(), counts[*n as usize]));
        let table = surfaces::choose_table(counted);
        let numbers = surfaces::numbers(&table);
        let mut number_of = vec![0; self.keys.len()];
        for (key, provisional) in &self.keys {
            number_of[*provisional as usize] = surfaces::number(&numbers, key);
        }
        let number_of = &number_of;
        surfaces::write(out, || {
            let mut rarer = self.rarer.iter();
            self.surfaces.iter().map(move |surface| {
                let code = surface & 15;
                let key = if code >= OTHER_GAP {
                    rarer.next()
                } else {
                    None
                };
                Code {
                    code,
                    number: key.map_or(0, |key| number_of[*key as usize]),
                }
            })
        })?;
        let at = out.at();
        surfaces::write_table(out, &table)?;
        Ok(at)
    }

    /// Writes the record of every unit; gives where each begins, and where the last ends.
    fn write_records(&self, out: &mut PageWriter<impl Write>) -> io::Result<Vec<u64>> {
        let n_units = self.units.len();
        // First counting sort: positions by unit, ascending for each.
        let mut ends = vec![0u32; n_units + 1];
        for &id in &self.stream {
            ends[id as usize + 1] += 1;
        }
        for id in 0..n_units {
            ends[id + 1] += ends[id];
        }
        let mut by_unit = vec![0u32; self.stream.len()];
        for (&id, position) in self.stream.iter().zip(0u32..) {
            by_unit[ends[id as usize] as usize] = position;
            ends[id as usize] += 1;
        }
        // Each entry of `ends` has moved on to the end of its unit.
        let mut record = RecordWriter::new(position_bits(self.stream.len() as u64));
        let mut seconds = BySecond::new(n_units);
        let (mut docs, mut bytes) = (Vec::new(), Vec::new());
        let mut offsets = Vec::with_capacity(n_units + 1);
        for id in STOP as usize..n_units {
            let positions = &by_unit[ends[id - 1] as usize..ends[id] as usize];
            offsets.push(out.at());
            docs.clear();
            if positions.len() > COMMON {
                self.count_docs(positions, &mut docs);
            }
            seconds.for_each(positions, &self.stream, |second, list| {
                record.pair(second, list.iter().copied());
            });
            bytes.clear();
            record.finish(&docs, &mut bytes);
            out.write_all(&bytes)?;
        }
        offsets.push(out.at());
        Ok(offsets)
    }

    fn count_docs(&self, positions: &[u32], docs: &mut Vec<DocCount>) {
        let mut doc = 0;
        for &position in positions {
            let writing = self.surfaces[position as usize] >> 4;
            if self.starts[doc + 1] <= position {
                doc += self.starts[doc..].partition_point(|start| *start <= position) - 1;
            } else if let Some(last) = docs.last_mut() {
                last.add(writing);
                continue;
            }
            docs.push(DocCount::one(doc as u32, writing));
        }
    }
}

/// The second counting sort: positions of one unit by the unit behind them.
struct BySecond {
    /// Per unit; zero between calls.
    counts: Vec<u32>,
    present: Vec<UnitId>,
    sorted: Vec<u32>,
}

impl BySecond {
    fn new(n_units: usize) -> Self {
        Self {
            counts: vec![0; n_units],
            present: Vec::new(),
            sorted: Vec::new(),
        }
    }

    fn for_each(
        &mut self,
        positions: &[u32],
        stream: &[UnitId],
        mut each: impl FnMut(UnitId, &[u32]),
    ) {
        self.present.clear();
        for &position in positions {
            let second = stream[position as usize + 1];
            if self.counts[second as usize] == 0 {
                self.present.push(second);
            }
            self.counts[second as usize] += 1;
        }
        self.present.sort_unstable();
        let mut start = 0;
        for &second in &self.present {
            let count = &mut self.counts[second as usize];
            (*count, start) = (start, start + *count);
        }
        self.sorted.resize(positions.len(), 0);
        for &position in positions {
            let slot = &mut self.counts[stream[position as usize + 1] as usize];
            self.sorted[*slot as usize] = position;
            *slot += 1;
        }
        let mut start = 0;
        for &second in &self.present {
            let end = std::mem::take(&mut self.counts[second as usize]) as usize;
            each(second, &self.sorted[start..end]);
            start = end;
        }
    }
}

/// Writes the unit table: characters, ends of runs, record offsets, runs. `offsets` has an entry
/// for STOP, MASK and every unit behind them, and one more for the end.
pub(super) fn write_units(
    out: &mut impl Write,
    units: &[OwnedUnit],
    offsets: &[u64],
) -> io::Result<(u64, u64)> {
    let (mut n_han, mut text, mut ends) = (0, String::new(), Vec::new());
    for unit in &units[FIRST_HAN as usize..] {
        match unit {
            OwnedUnit::Han(c) => {
                n_han += 1;
                out.write_all(&(*c as u32).to_le_bytes())?;
            }
            OwnedUnit::Run(run) => {
                text.push_str(run);
                ends.push(text.len() as u32);
            }
            OwnedUnit::Stop | OwnedUnit::Mask => {}
        }
    }
    for end in &ends {
        out.write_all(&end.to_le_bytes())?;
    }
    for offset in offsets {
        out.write_all(&offset.to_le_bytes()[..5])?;
    }
    out.write_all(text.as_bytes())?;
    Ok((n_han, ends.len() as u64))
}
