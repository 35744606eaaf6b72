//! Properties of paragraphs and characters by their place in the file, from the formatted pages
//! (FKP) of a Word file. Knows styles and text by number only.

use super::super::le::{slice_at, u16_at, u32_at};
use super::super::{Budget, Error};
use super::sprm::{Character, Paragraph};

/// Bytes of a page.
const PAGE: usize = 512;

/// A stretch of the stream whose text has these properties.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<T> {
    /// Offsets in the stream, half-open.
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) properties: T,
}

/// All stretches, in the order of the stream.
#[derive(Debug)]
pub(super) struct Runs<T> {
    runs: Vec<Run<T>>,
}

impl<T: Copy> Runs<T> {
    /// The stretch around an offset.
    pub(super) fn at(&self, offset: u32) -> Option<&Run<T>> {
        let after = self.runs.partition_point(|run| run.start <= offset);
        let run = self.runs.get(after.checked_sub(1)?)?;
        (offset < run.end).then_some(run)
    }

    fn new(mut runs: Vec<Run<T>>) -> Self {
        runs.sort_by_key(|run| run.start);
        Self { runs }
    }
}

/// Reads the properties of all paragraphs. `pages` is a `PlcBtePapx` ([MS-DOC] 2.8.6), `data` the
/// stream `Data`, where the properties stand that are too long for a page.
///
/// # Errors
/// Those of [`Budget::spend`]; what is damaged is left out.
pub(super) fn paragraphs(
    stream: &[u8],
    data: &[u8],
    pages: &[u8],
    budget: &mut Budget,
) -> Result<Runs<Paragraph>, Error> {
    let mut runs = Vec::new();
    for page in page_numbers(pages).filter_map(|number| page_at(stream, number)) {
        budget.spend(PAGE as u64)?;
        for (index, start, end) in ranges(page) {
            let entry = (usize::from(crun(page)) + 1) * 4 + index * 13;
            let mut properties = Paragraph::default();
            if let Some(bytes) = page.get(entry).and_then(|at| papx(page, *at)) {
                properties.style = u16_at(bytes, 0).unwrap_or_default();
                properties.change(bytes.get(2..).unwrap_or_default());
            }
            if let Some(more) = properties.more.take() {
                let more = huge(data, more).unwrap_or_default();
                budget.spend(more.len() as u64)?;
                properties.change(more);
            }
            budget.spend(size_of::<Run<Paragraph>>() as u64)?;
            runs.push(Run {
                start,
                end,
                properties,
            });
        }
    }
    Ok(Runs::new(runs))
}

/// Reads the properties of all characters. `pages` is a `PlcBteChpx` ([MS-DOC] 2.8.5).
///
/// # Errors
/// Those of [`Budget::spend`]; what is damaged is left out.
pub(super) fn characters(
    stream: &[u8],
    pages: &[u8],
    budget: &mut Budget,
) -> Result<Runs<Character>, Error> {
    let mut runs = Vec::new();
    for page in page_numbers(pages).filter_map(|number| page_at(stream, number)) {
        budget.spend(PAGE as u64)?;
        for (index, start, end) in ranges(page) {
            let entry = (usize::from(crun(page)) + 1) * 4 + index;
            let mut properties = Character::default();
            let at = page.get(entry).copied().unwrap_or_default();
            if let Some(bytes) = chpx(page, at) {
                properties.change(bytes);
            }
            budget.spend(size_of::<Run<Character>>() as u64)?;
            runs.push(Run {
                start,
                end,
                properties,
            });
        }
    }
    Ok(Runs::new(runs))
}

fn page_numbers(pages: &[u8]) -> impl Iterator<Item = u32> {
    let count = pages.len().saturating_sub(4) / 8;
    // The upper bits are not used.
    (0..count).filter_map(move |index| Some(u32_at(pages, (count + 1 + index) * 4)? & 0x3F_FFFF))
}

fn page_at(stream: &[u8], number: u32) -> Option<&[u8]> {
    slice_at(stream, (number as usize).checked_mul(PAGE)?, PAGE)
}

/// How many stretches a page has.
fn crun(page: &[u8]) -> u8 {
    page.last().copied().unwrap_or_default()
}

fn ranges(page: &[u8]) -> impl Iterator<Item = (usize, u32, u32)> {
    (0..usize::from(crun(page))).filter_map(move |index| {
        let start = u32_at(page, index * 4)?;
        let end = u32_at(page, index * 4 + 4)?;
        (start < end).then_some((index, start, end))
    })
}

/// Style and changes of a paragraph ([MS-DOC] 2.9.175).
fn papx(page: &[u8], at: u8) -> Option<&[u8]> {
    let at = usize::from(at) * 2;
    if at == 0 {
        return None;
    }
    match usize::from(*page.get(at)?) {
        0 => slice_at(page, at + 2, usize::from(*page.get(at + 1)?) * 2),
        half => slice_at(page, at + 1, half * 2 - 1),
    }
}

/// Changes of characters ([MS-DOC] 2.9.33).
fn chpx(page: &[u8], at: u8) -> Option<&[u8]> {
    let at = usize::from(at) * 2;
    if at == 0 {
        return None;
    }
    slice_at(page, at + 1, usize::from(*page.get(at)?))
}

/// Changes in the stream `Data` ([MS-DOC] 2.9.208).
fn huge(data: &[u8], at: u32) -> Option<&[u8]> {
    let at = at as usize;
    slice_at(data, at.checked_add(2)?, usize::from(u16_at(data, at)?))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn budget() -> Budget {
        Budget::new(1 << 20, Instant::now() + Duration::from_mins(1))
    }

    /// A table of one page, which is the second of the stream.
    fn table() -> Vec<u8> {
        [0u32, 100, 1]
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .collect()
    }

    fn stream(page: &[(usize, &[u8])], runs: u8) -> Vec<u8> {
        let mut stream = vec![0; 2 * PAGE];
        for (at, bytes) in page {
            stream[PAGE + at..PAGE + at + bytes.len()].copy_from_slice(bytes);
        }
        stream[2 * PAGE - 1] = runs;
        stream
    }

    #[test]
    fn paragraphs_have_style_and_changes() {
        let stream = stream(
            &[
                (0, &[10, 0, 0, 0, 20, 0, 0, 0, 30, 0, 0, 0]),
                (12, &[100]),
                (25, &[110]),
                (200, &[3, 4, 0, 0x40, 0x26, 1]),
                (220, &[0, 4, 5, 0, 0x46, 0x66, 1, 0, 0, 0]),
            ],
            2,
        );
        let data = [0, 3, 0, 0x17, 0x24, 1];
        let runs = paragraphs(&stream, &data, &table(), &mut budget()).expect("made by the test");
        let first = runs.at(19).expect("made by the test");
        assert_eq!(
            (first.start, first.end, first.properties.style),
            (10, 20, 4)
        );
        assert_eq!(first.properties.outline, Some(1));
        let second = runs.at(20).expect("made by the test").properties;
        assert_eq!((second.style, second.ends_row), (5, true));
        assert!(runs.at(9).is_none());
        assert!(runs.at(30).is_none());
    }

    #[test]
    fn characters_have_changes() {
        let stream = stream(
            &[
                (0, &[10, 0, 0, 0, 20, 0, 0, 0, 30, 0, 0, 0]),
                (12, &[0, 100]),
                (200, &[3, 0x00, 0x08, 1]),
            ],
            2,
        );
        let runs = characters(&stream, &table(), &mut budget()).expect("made by the test");
        assert!(!runs.at(10).expect("made by the test").properties.deleted);
        assert!(runs.at(29).expect("made by the test").properties.deleted);
    }

    #[test]
    fn pages_of_noise_do_not_panic() {
        for seed in 0..=u8::MAX {
            let noise: Vec<u8> = (0..2 * PAGE)
                .map(|at| (at as u8).wrapping_mul(seed).wrapping_add((at / 7) as u8))
                .collect();
            let read = paragraphs(&noise, &noise, &table(), &mut budget());
            assert!(read.is_ok());
            assert!(characters(&noise, &table(), &mut budget()).is_ok());
        }
    }
}
