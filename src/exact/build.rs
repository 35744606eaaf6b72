//! Builds the exact index of one segment in memory and writes it.

use std::io::{self, Write};

use rustc_hash::FxHashMap;

use super::breaks;
use super::layout::{Layout, PageWriter, position_bits};
use super::lists::gallop;
use super::record::{COMMON, DocCount, RecordWriter};
use super::surfaces::{self, Code};
use super::{END, FIRST_HAN, MASK, STOP, UnitId};
use crate::analysis::surface::OTHER_GAP;
use crate::analysis::{OwnedUnit, Surface, Unit};

/// Bits of an entry of the stream that hold the unit, once units are numbered by their order; those
/// above hold the number of its writing.
const UNIT_BITS: u32 = 28;
/// All of them.
const UNIT: u32 = (1 << UNIT_BITS) - 1;
/// Provisional numbers of runs begin here; that of a character is the character.
const FIRST_RUN: UnitId = char::MAX as UnitId + 1;

/// Collects the units of documents, then writes their exact index.
///
/// Memory: 5 bytes a unit while collecting, about 13 while writing; and all that is unusual in how
/// units are written.
pub struct Builder {
    /// Runs with their provisional numbers, which are given in order of appearance.
    runs: FxHashMap<Box<str>, UnitId>,
    /// Bytes of them.
    run_bytes: usize,
    /// Units by number, once they are numbered by their order; END has none, and a stop holds its
    /// place.
    units: Vec<OwnedUnit>,
    /// The stream: a provisional number a position, END behind every document. See [`UNIT_BITS`].
    stream: Vec<UnitId>,
    /// A byte a position: the code in its low half, the number of the writing in its high half.
    surfaces: Vec<u8>,
    /// Surfaces that their code does not say: provisional numbers, in the order of positions.
    rarer: Vec<u32>,
    keys: FxHashMap<String, u32>,
    /// Bytes of their keys.
    key_bytes: usize,
    /// The key that is looked up, so that none is made anew for each.
    key: String,
    /// Positions of stops that end a paragraph.
    ends: Vec<u32>,
    starts: Vec<u32>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            runs: FxHashMap::default(),
            run_bytes: 0,
            units: Vec::new(),
            stream: Vec::new(),
            surfaces: Vec::new(),
            rarer: Vec::new(),
            keys: FxHashMap::default(),
            key_bytes: 0,
            key: String::new(),
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
            Unit::Han(c) => c as UnitId,
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
            self.key.clear();
            surface.write_key(&mut self.key);
            let number = if let Some(number) = self.keys.get(&self.key) {
                *number
            } else {
                let next = self.keys.len() as u32;
                self.keys.insert(self.key.clone(), next);
                self.key_bytes += self.key.len();
                next
            };
            self.rarer.push(number);
        }
    }

    /// Ends the document being collected, which may be empty, and starts the next.
    pub fn end_document(&mut self) {
        self.stream.push(END);
        self.surfaces.push(0);
        self.starts.push(self.stream.len() as u32);
    }

    fn intern_run(&mut self, run: &str) -> UnitId {
        if let Some(id) = self.runs.get(run) {
            return *id;
        }
        let id = FIRST_RUN.saturating_add(self.runs.len() as UnitId);
        self.runs.insert(run.into(), id);
        self.run_bytes += run.len();
        id
    }

    /// Bytes of memory in use.
    pub fn memory(&self) -> usize {
        let places = self.starts.len() + self.ends.len() + self.rarer.len();
        let named = (self.runs.len() + self.keys.len()) * 64 + self.run_bytes + self.key_bytes;
        self.stream.capacity() * 5 + places * 4 + named
    }

    /// Number of documents.
    pub fn n_docs(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    /// Writes the index. Fails where `out` does, on more than 2³² units, on more than 2²⁸ different
    /// ones, and where the runs among these have more than 2³² bytes.
    pub fn write(mut self, out: impl Write) -> io::Result<()> {
        let too_large = |what| Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
        if self.stream.len() as u64 >= u64::from(u32::MAX) {
            return too_large("a segment holds at most 2^32 units");
        }
        if self.runs.len() + FIRST_RUN as usize >= 1 << UNIT_BITS {
            return too_large("a segment holds at most 2^28 different units");
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
        let stops = (0u32..).zip(&self.stream);
        let stops = stops.filter(|(_, entry)| **entry & UNIT == STOP);
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

    /// Replaces the provisional numbers by those in the order of units, and puts writings above them:
    /// who looks up a position far away finds both in one place.
    fn number_by_order(&mut self) {
        let characters = self.stream.iter().filter(|id| **id < FIRST_RUN);
        let last = characters.max().map_or(FIRST_HAN, |last| *last + 1);
        let mut number: Vec<UnitId> = vec![0; last.max(FIRST_HAN) as usize];
        for &id in &self.stream {
            if let Some(number) = number.get_mut(id as usize) {
                *number = 1;
            }
        }
        self.units = vec![OwnedUnit::Stop, OwnedUnit::Stop, OwnedUnit::Mask];
        for (number, id) in number.iter_mut().zip(0..) {
            match char::from_u32(id) {
                Some(c) if id >= FIRST_HAN && *number > 0 => {
                    *number = self.units.len() as UnitId;
                    self.units.push(OwnedUnit::Han(c));
                }
                _ => *number = id,
            }
        }
        let mut of_runs: Vec<UnitId> = vec![0; self.runs.len()];
        let mut runs: Vec<(Box<str>, UnitId)> =
            std::mem::take(&mut self.runs).into_iter().collect();
        runs.sort_unstable();
        for (run, id) in runs {
            of_runs[(id - FIRST_RUN) as usize] = self.units.len() as UnitId;
            self.units.push(OwnedUnit::Run(run));
        }
        for (entry, surface) in self.stream.iter_mut().zip(&self.surfaces) {
            let number = match entry.checked_sub(FIRST_RUN) {
                None => number[*entry as usize],
                Some(run) => of_runs[run as usize],
            };
            *entry = number | u32::from(surface >> 4) << UNIT_BITS;
        }
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
        for &entry in &self.stream {
            ends[(entry & UNIT) as usize + 1] += 1;
        }
        for id in 0..n_units {
            ends[id + 1] += ends[id];
        }
        let mut by_unit = vec![0u32; self.stream.len()];
        for (&entry, position) in self.stream.iter().zip(0u32..) {
            let end = &mut ends[(entry & UNIT) as usize];
            by_unit[*end as usize] = position;
            *end += 1;
        }
        // Each entry of `ends` has moved on to the end of its unit.
        let mut record = RecordWriter::new(position_bits(self.stream.len() as u64));
        let mut seconds = BySecond::new(n_units);
        let (mut docs, mut bytes) = (Vec::new(), Vec::new());
        let mut offsets = Vec::with_capacity(n_units + 1);
        for id in STOP as usize..n_units {
            let positions = &by_unit[ends[id - 1] as usize..ends[id] as usize];
            offsets.push(out.at());
            seconds.gather(positions, &self.stream);
            docs.clear();
            if positions.len() > COMMON {
                self.count_docs(positions, &seconds.writings, &mut docs);
            }
            seconds.for_each(positions, |second, list| {
                record.pair(second, list.iter().copied());
            });
            bytes.clear();
            record.finish(&docs, &mut bytes);
            out.write_all(&bytes)?;
        }
        offsets.push(out.at());
        Ok(offsets)
    }

    fn count_docs(&self, positions: &[u32], writings: &[u8], docs: &mut Vec<DocCount>) {
        let mut doc = 0;
        for (&position, &writing) in positions.iter().zip(writings) {
            if self.starts[doc + 1] <= position {
                let starts = &self.starts;
                doc = gallop(doc + 1, starts.len(), |doc| starts[doc] <= position);
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
    /// Of each position the unit behind it, and how its own is written. Gathered in a loop of its
    /// own: these places lie far apart, and nothing there waits for the one before.
    seconds: Vec<UnitId>,
    writings: Vec<u8>,
}

impl BySecond {
    fn new(n_units: usize) -> Self {
        Self {
            counts: vec![0; n_units],
            present: Vec::new(),
            sorted: Vec::new(),
            seconds: Vec::new(),
            writings: Vec::new(),
        }
    }

    fn gather(&mut self, positions: &[u32], stream: &[u32]) {
        self.seconds.clear();
        self.seconds.resize(positions.len(), 0);
        self.writings.clear();
        self.writings.resize(positions.len(), 0);
        let places = self.seconds.iter_mut().zip(&mut self.writings);
        for (&position, (second, writing)) in positions.iter().zip(places) {
            // A unit is never the last of the stream.
            if let Some([here, behind]) = stream.get(position as usize..position as usize + 2) {
                *second = behind & UNIT;
                *writing = (here >> UNIT_BITS) as u8;
            }
        }
    }

    /// Gives the positions that were gathered for by the unit behind them.
    fn for_each(&mut self, positions: &[u32], mut each: impl FnMut(UnitId, &[u32])) {
        self.present.clear();
        for &second in &self.seconds {
            let count = &mut self.counts[second as usize];
            if *count == 0 {
                self.present.push(second);
            }
            *count += 1;
        }
        self.present.sort_unstable();
        let mut start = 0;
        for &second in &self.present {
            let count = &mut self.counts[second as usize];
            (*count, start) = (start, start + *count);
        }
        self.sorted.resize(positions.len(), 0);
        for (&position, &second) in positions.iter().zip(&self.seconds) {
            let slot = &mut self.counts[second as usize];
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
/// for STOP, MASK and every unit behind them, and one more for the end. Fails where `out` does, and
/// where the runs have more than 2³² bytes.
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
                ends.push(u32::try_from(text.len()).map_err(|_| {
                    let what = "a segment holds at most 2^32 bytes of different words and numbers";
                    io::Error::new(io::ErrorKind::FileTooLarge, what)
                })?);
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
