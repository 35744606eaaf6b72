//! Opens the exact index of one segment and gives out what is stored in it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use super::breaks::{self, Break};
use super::layout::{Layout, Pages, u32_at};
use super::lists::{List, gallop};
use super::record::{DocCount, Located, Record};
use super::surfaces::{Code, RARE, Surfaces, read_table as read_rarer};
use super::{Corrupt, FIRST_HAN, MASK, STOP, UnitId};
use crate::analysis::Surface;
use crate::analysis::{OwnedUnit, Unit};

/// The bytes of a file, mapped or in memory.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// The exact index of one segment.
pub struct Reader {
    pages: Pages,
    /// First position of each document, and the end of the last.
    starts: Vec<u32>,
    /// Chinese characters in ascending order.
    han: Vec<u32>,
    /// Keys of the rarer surfaces.
    rarer: Vec<String>,
    /// What was asked for before.
    known: Mutex<Known>,
}

/// What queries ask for again and again.
#[derive(Default)]
struct Known {
    /// Documents of units.
    docs: FxHashMap<UnitId, Arc<[DocCount]>>,
    /// All of these together.
    n_docs: usize,
    /// How many documents hold pairs of units.
    pairs: FxHashMap<(UnitId, UnitId), u64>,
    /// Where the lists of pairs are: to find one takes longer than to read a short one.
    lists: FxHashMap<(UnitId, UnitId), Located>,
}

/// Most entries of documents that are kept, of 16 bytes each.
const MAX_DOCS: usize = 1 << 20;
/// Most pairs that are kept.
const MAX_PAIRS: usize = 1 << 16;

impl Reader {
    /// Opens the index in `bytes`; verifies its footer and the tables that every query needs.
    ///
    /// # Errors
    /// [`Corrupt`] where the bytes are not a whole index of this version.
    pub fn open(bytes: Bytes) -> Result<Self, Corrupt> {
        let pages = Pages::open(bytes)?;
        let layout = pages.layout;
        let starts = read_table(&pages, layout.starts, layout.n_docs + 1)?;
        let han = read_table(&pages, layout.units, layout.n_han)?;
        let starts_hold = starts.first() == Some(&0)
            && starts.windows(2).all(|pair| pair[0] < pair[1])
            && starts.last().copied().map(u64::from) == Some(layout.n_positions);
        if !starts_hold || !han.is_sorted() {
            return Err(Corrupt {
                what: "a table runs out of order",
                at: layout.starts,
            });
        }
        let rarer = read_rarer(&pages)?;
        Ok(Self {
            pages,
            starts,
            han,
            rarer,
            known: Mutex::default(),
        })
    }

    /// Number of documents, deleted ones included.
    pub fn n_docs(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    /// Number of units of all documents.
    pub fn n_units(&self) -> u64 {
        self.layout().n_positions - u64::from(self.n_docs())
    }

    /// Number of units of a document; 0 where there is no such document.
    pub fn doc_len(&self, doc: u32) -> u32 {
        match self.starts.get(doc as usize..doc as usize + 2) {
            Some(pair) => pair[1] - pair[0] - 1,
            None => 0,
        }
    }

    /// Verifies the checksum of every page of the file.
    pub fn verify(&self) -> Result<(), Corrupt> {
        self.pages.verify_all()
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.pages.layout
    }

    pub(super) fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// The document of a position, which is not below the start of document `from`.
    #[inline]
    pub(super) fn doc_of(&self, position: u32, from: u32) -> u32 {
        let n = self.starts.len();
        gallop(from as usize, n, |doc| self.starts[doc] <= position) as u32
    }

    /// The number of a unit in this segment; `None` where no document holds it.
    pub(super) fn unit_id(&self, unit: Unit<'_>) -> Result<Option<UnitId>, Corrupt> {
        match unit {
            Unit::Stop => Ok(Some(STOP)),
            Unit::Mask => Ok(Some(MASK)),
            Unit::Han(c) => {
                let found = self.han.binary_search(&(c as u32));
                Ok(found.ok().map(|index| FIRST_HAN + index as UnitId))
            }
            Unit::Run(run) => self.run_id(run.as_bytes()),
        }
    }

    fn run_id(&self, run: &[u8]) -> Result<Option<UnitId>, Corrupt> {
        let (mut low, mut high) = (0, self.layout().n_runs as usize);
        while low < high {
            let middle = low.midpoint(high);
            match self.run(middle)?.cmp(run) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    return Ok(Some(FIRST_HAN + (self.han.len() + middle) as UnitId));
                }
            }
        }
        Ok(None)
    }

    /// Byte offsets in the file of the ends of runs, the record offsets, and the runs' text.
    fn unit_sections(&self) -> (u64, u64, u64) {
        let layout = self.layout();
        let ends = layout.units + layout.n_han * 4;
        let offsets = ends + layout.n_runs * 4;
        // One offset for each unit but END, and one for the end.
        (ends, offsets, offsets + layout.n_units() * 5)
    }

    fn run(&self, index: usize) -> Result<&[u8], Corrupt> {
        let (ends, _, text) = self.unit_sections();
        let first = index.saturating_sub(1);
        let table = self
            .pages
            .slice(ends + first as u64 * 4..ends + index as u64 * 4 + 4)?;
        let start = if index == 0 { 0 } else { u32_at(table, 0) };
        let end = u32_at(table, index - first);
        self.pages
            .slice(text + u64::from(start)..text + u64::from(end))
    }

    /// The unit with this number, which is not END.
    pub(super) fn unit(&self, id: UnitId) -> Result<OwnedUnit, Corrupt> {
        let corrupt = Corrupt {
            what: "a unit is no text",
            at: self.layout().units,
        };
        Ok(match id {
            STOP => OwnedUnit::Stop,
            MASK => OwnedUnit::Mask,
            _ => {
                let index = id.wrapping_sub(FIRST_HAN) as usize;
                if let Some(&c) = self.han.get(index) {
                    OwnedUnit::Han(char::from_u32(c).ok_or(corrupt)?)
                } else {
                    let run = self.run(index - self.han.len())?;
                    OwnedUnit::Run(std::str::from_utf8(run).map_err(|_| corrupt)?.into())
                }
            }
        })
    }

    /// The record of the unit with this number, which is not END.
    pub(super) fn record(&self, id: UnitId) -> Result<Record<'_>, Corrupt> {
        let (_, offsets, _) = self.unit_sections();
        let at = offsets + u64::from(id.wrapping_sub(STOP)) * 5;
        let pair = self.pages.slice(at..at + 10)?;
        let offset = |five: &[u8]| {
            let mut eight = [0; 8];
            eight[..5].copy_from_slice(five);
            u64::from_le_bytes(eight)
        };
        let (start, end) = (offset(&pair[..5]), offset(&pair[5..]));
        if start > end || end > self.layout().starts {
            return Err(Corrupt {
                what: "a unit's record lies outside its section",
                at,
            });
        }
        Record::open(&self.pages, start..end)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The documents that hold a unit and how often, ascending. The same characters stand in many
    /// queries, so lists are kept for a while.
    pub(super) fn unit_docs(&self, id: UnitId) -> Result<Arc<[DocCount]>, Corrupt> {
        if let Some(docs) = self.known().docs.get(&id) {
            return Ok(Arc::clone(docs));
        }
        let docs: Arc<[DocCount]> = self.doc_counts(id)?.into();
        let mut known = self.known();
        if known.n_docs + docs.len() > MAX_DOCS {
            known.docs.clear();
            known.n_docs = 0;
        }
        if known.docs.insert(id, Arc::clone(&docs)).is_none() {
            known.n_docs += docs.len();
        }
        Ok(docs)
    }

    /// The list of a pair; `None` where the two never stand together.
    pub(super) fn list(&self, first: UnitId, second: UnitId) -> Result<Option<List<'_>>, Corrupt> {
        self.located(first, second)?.list(&self.pages)
    }

    /// In how many places a pair stands; nothing of its list is read.
    pub(super) fn pair_places(&self, first: UnitId, second: UnitId) -> Result<usize, Corrupt> {
        Ok(self.located(first, second)?.n())
    }

    fn located(&self, first: UnitId, second: UnitId) -> Result<Located, Corrupt> {
        let pair = (first, second);
        if let Some(located) = self.known().lists.get(&pair) {
            return Ok(located.clone());
        }
        let located = self.record(first)?.locate(second)?;
        let mut known = self.known();
        if known.lists.len() >= MAX_PAIRS {
            known.lists.clear();
        }
        known.lists.insert(pair, located.clone());
        Ok(located)
    }

    /// How many documents hold a pair: what `find` finds, or what it found before.
    pub(super) fn pair_docs(
        &self,
        pair: (UnitId, UnitId),
        find: impl FnOnce() -> Result<u64, Corrupt>,
    ) -> Result<u64, Corrupt> {
        if let Some(n_docs) = self.known().pairs.get(&pair) {
            return Ok(*n_docs);
        }
        let n_docs = find()?;
        let mut known = self.known();
        if known.pairs.len() >= MAX_PAIRS {
            known.pairs.clear();
        }
        known.pairs.insert(pair, n_docs);
        Ok(n_docs)
    }

    /// The documents that hold a unit and how often, ascending.
    pub(super) fn doc_counts(&self, id: UnitId) -> Result<Vec<DocCount>, Corrupt> {
        let record = self.record(id)?;
        if let Some(docs) = record.docs()? {
            return Ok(docs);
        }
        let surfaces = self.surfaces()?;
        let mut counts: Vec<DocCount> = Vec::new();
        self.for_each_doc(&self.unit_positions(id)?, |doc, positions| {
            let mut count: Option<DocCount> = None;
            for &position in positions {
                let writing = self.writing(surfaces.get(position));
                match &mut count {
                    Some(count) => count.add(writing),
                    None => count = Some(DocCount::one(doc, writing)),
                }
            }
            counts.extend(count);
            Ok(())
        })?;
        Ok(counts)
    }

    /// The surface that is stored as this; `None` where only its writing is known.
    pub(super) fn surface(&self, code: Code) -> Option<Surface<'_>> {
        Surface::from_code(code.code).or_else(|| {
            let key = self.rarer.get(usize::from(code.number))?;
            Surface::from_key(key)
        })
    }

    /// The number of the writing that a surface says.
    fn writing(&self, code: Code) -> u8 {
        let surface = self.surface(code);
        surface.map_or(code.number.saturating_sub(RARE), Surface::writing)
    }

    /// Every position of a unit, ascending, gathered from the lists of its pairs.
    pub(super) fn unit_positions(&self, id: UnitId) -> Result<Vec<u32>, Corrupt> {
        self.record(id)?.sorted_positions()
    }

    /// The list of all ends of sentences or paragraphs.
    pub(super) fn breaks(&self, kind: Break) -> Result<List<'_>, Corrupt> {
        breaks::list(&self.pages, kind)
    }

    /// A view of the surfaces.
    pub(super) fn surfaces(&self) -> Result<Surfaces<'_>, Corrupt> {
        Surfaces::open(&self.pages)
    }

    /// Keys of the rarer surfaces.
    pub(super) fn rarer(&self) -> &[String] {
        &self.rarer
    }
}

fn read_table(pages: &Pages, at: u64, n: u64) -> Result<Vec<u32>, Corrupt> {
    let bytes = pages.slice(at..at.saturating_add(n.saturating_mul(4)))?;
    Ok((0..n as usize).map(|index| u32_at(bytes, index)).collect())
}
