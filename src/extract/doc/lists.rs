//! Automatic numbers of paragraphs, counted through the document as Word shows them. Knows lists and
//! levels by number, not the text that they stand before.

use std::collections::HashMap;

use super::super::le::{slice_at, u16_at, u32_at};
use super::super::numerals::Notation;
use super::super::{Budget, Error};

/// Levels of a list.
const LEVELS: usize = 9;

/// Bytes of a list, and of a level without its text.
const LIST_LEN: usize = 28;
const LEVEL_LEN: usize = 28;

/// All lists, and how far each has been counted.
#[derive(Debug, Default)]
pub(super) struct Lists {
    lists: HashMap<u32, List>,
    uses: Vec<Use>,
}

#[derive(Debug, Default)]
struct List {
    /// The style of each level; 0x0FFF for none.
    styles: [u16; LEVELS],
    levels: Vec<Level>,
    /// The last number given at each level.
    counts: [Option<u32>; LEVELS],
}

#[derive(Clone, Debug, Default)]
struct Level {
    start: u32,
    notation: Notation,
    /// Numbers of higher levels are written as digits.
    legal: bool,
    /// Nothing stands between the number and the text.
    tight: bool,
    /// Which higher level starts it again; `None` for all of them.
    restart_after: Option<u8>,
    /// What is written, with the numbers of levels in the places of numbers.
    template: Vec<u16>,
    /// Which units of the template are such places.
    places: [u8; LEVELS],
}

/// A use of a list (an `LFO`).
#[derive(Debug, Default)]
struct Use {
    list: u32,
    overrides: Vec<Override>,
    begun: bool,
}

#[derive(Debug)]
struct Override {
    level: u8,
    start: Option<u32>,
    format: Option<Level>,
}

impl Lists {
    /// Reads lists and uses: `lists` begins at the `PlfLst` and ends with the table stream, for its
    /// levels follow it ([MS-DOC] 2.9.192); `uses` is the `PlfLfo` (2.9.191). What is damaged is left
    /// out.
    ///
    /// # Errors
    /// Those of [`Budget::spend`].
    pub(super) fn read(lists: &[u8], uses: &[u8], budget: &mut Budget) -> Result<Self, Error> {
        let mut found = Self::default();
        found.read_lists(lists, budget)?;
        found.read_uses(uses, budget)?;
        Ok(found)
    }

    /// The level of a list that a style belongs to.
    pub(super) fn level_of_style(&self, number: u16, style: u16) -> Option<u8> {
        let list = self.lists.get(&self.used(number)?.list)?;
        let level = list.styles.iter().position(|of_level| *of_level == style)?;
        u8::try_from(level).ok()
    }

    /// Counts a paragraph of a list and gives what stands before it, with a blank behind it unless it
    /// is tight; `None` for bullets and where there is no such list. `number` is that of the use, from
    /// 1.
    pub(super) fn next(&mut self, number: u16, level: u8) -> Option<String> {
        let index = usize::from(number.checked_sub(1)?);
        let used = self.uses.get_mut(index)?;
        let list = self.lists.get_mut(&used.list)?;
        let at = usize::from(level);
        if !used.begun {
            used.begun = true;
            for change in &used.overrides {
                let count = list.counts.get_mut(usize::from(change.level));
                if let (Some(count), Some(_)) = (count, change.start) {
                    *count = None;
                }
            }
        }
        let level_at = |at: usize| {
            let changed = used
                .overrides
                .iter()
                .find(|change| usize::from(change.level) == at);
            let format = changed.and_then(|change| change.format.as_ref());
            let format = format.or_else(|| list.levels.get(at))?;
            let start = changed.and_then(|change| change.start);
            Some((format, start.unwrap_or(format.start)))
        };
        let (format, start) = level_at(at)?;
        let count = list.counts.get_mut(at)?;
        *count = Some(count.map_or(start, |count| count.saturating_add(1)));
        for deeper in at + 1..LEVELS {
            let restarts = level_at(deeper)
                .and_then(|(level, _)| level.restart_after)
                .is_none_or(|after| usize::from(after) > at);
            if let Some(count) = list.counts.get_mut(deeper).filter(|_| restarts) {
                *count = None;
            }
        }
        if format.notation == Notation::Bullet {
            return None;
        }
        let mut label = String::new();
        let mut text = Vec::new();
        for (place, unit) in format.template.iter().enumerate() {
            let is_number = format
                .places
                .iter()
                .any(|number| usize::from(*number) == place + 1);
            if !is_number {
                text.push(*unit);
                continue;
            }
            label.push_str(&String::from_utf16_lossy(&text));
            text.clear();
            let of = usize::from(*unit);
            let Some((other, start)) = level_at(of) else {
                continue;
            };
            let number = list.counts.get(of).copied().flatten().unwrap_or(start);
            let notation = if format.legal {
                Notation::Decimal
            } else {
                other.notation
            };
            label.push_str(&notation.write(number));
        }
        label.push_str(&String::from_utf16_lossy(&text));
        let clean: String = label.chars().filter(|c| !c.is_control()).collect();
        let clean = clean.trim();
        let apart = if format.tight { "" } else { " " };
        (!clean.is_empty()).then(|| format!("{clean}{apart}"))
    }

    fn used(&self, number: u16) -> Option<&Use> {
        self.uses.get(usize::from(number.checked_sub(1)?))
    }

    fn read_lists(&mut self, bytes: &[u8], budget: &mut Budget) -> Result<(), Error> {
        let count = usize::from(u16_at(bytes, 0).unwrap_or_default());
        let mut at = 2 + count * LIST_LEN;
        for index in 0..count {
            let Some(head) = slice_at(bytes, 2 + index * LIST_LEN, LIST_LEN) else {
                break;
            };
            let mut list = List::default();
            for (level, style) in list.styles.iter_mut().enumerate() {
                *style = u16_at(head, 8 + level * 2).unwrap_or(0x0FFF);
            }
            let simple = head.get(26).is_some_and(|flags| flags & 1 != 0);
            for _ in 0..if simple { 1 } else { LEVELS } {
                let Some((level, len)) = bytes.get(at..).and_then(level) else {
                    break;
                };
                budget.spend((len + size_of::<Level>()) as u64)?;
                list.levels.push(level);
                at += len;
            }
            let number = u32_at(head, 0).unwrap_or_default();
            budget.spend(size_of::<List>() as u64)?;
            self.lists.entry(number).or_insert(list);
        }
        Ok(())
    }

    fn read_uses(&mut self, bytes: &[u8], budget: &mut Budget) -> Result<(), Error> {
        let count = u32_at(bytes, 0).unwrap_or_default() as usize;
        let mut at = count.saturating_mul(16).saturating_add(4);
        for index in 0..count {
            let Some(head) = slice_at(bytes, 4 + index * 16, 16) else {
                break;
            };
            budget.spend(size_of::<Use>() as u64)?;
            let mut used = Use {
                list: u32_at(head, 0).unwrap_or_default(),
                ..Use::default()
            };
            let changes = head.get(12).copied().unwrap_or_default();
            // A position that is not used stands before the changes of each use.
            at = at.saturating_add(4);
            for _ in 0..changes {
                let Some((change, len)) = bytes.get(at..).and_then(change) else {
                    break;
                };
                budget.spend((len + size_of::<Override>()) as u64)?;
                used.overrides.push(change);
                at = at.saturating_add(len);
            }
            self.uses.push(used);
        }
        Ok(())
    }
}

/// A level at the beginning of `bytes`, and its length ([MS-DOC] 2.9.150).
fn level(bytes: &[u8]) -> Option<(Level, usize)> {
    let flags = *bytes.get(5)?;
    let changes = usize::from(*bytes.get(24)?) + usize::from(*bytes.get(25)?);
    let mut level = Level {
        start: u32_at(bytes, 0)?,
        notation: Notation::from_mso(*bytes.get(4)?),
        legal: flags & 0x04 != 0,
        tight: *bytes.get(15)? == 2,
        restart_after: (flags & 0x08 != 0).then_some(*bytes.get(26)?),
        ..Level::default()
    };
    level.places.copy_from_slice(slice_at(bytes, 6, LEVELS)?);
    let text = LEVEL_LEN + changes;
    let len = usize::from(u16_at(bytes, text)?);
    let (units, _) = slice_at(bytes, text + 2, len * 2)?.as_chunks();
    level.template = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    Some((level, text + 2 + len * 2))
}

/// A change that a use makes in a level, and its length ([MS-DOC] 2.9.132).
fn change(bytes: &[u8]) -> Option<(Override, usize)> {
    let flags = u32_at(bytes, 4)?;
    let mut change = Override {
        level: (flags & 0x0F) as u8,
        start: (flags & 0x10 != 0).then_some(u32_at(bytes, 0)?),
        format: None,
    };
    if flags & 0x20 == 0 {
        return Some((change, 8));
    }
    let (format, len) = level(bytes.get(8..)?)?;
    if change.start.is_some() {
        change.start = Some(format.start);
    }
    change.format = Some(format);
    Some((change, 8 + len))
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn budget() -> Budget {
        Budget::new(1 << 20, Instant::now() + Duration::from_mins(1))
    }

    /// A level that begins with `start`, has `format`, and is written as `template`, in which the
    /// characters of code 0 to 8 are numbers.
    pub(in super::super) fn level_bytes(start: u32, format: u8, template: &str) -> Vec<u8> {
        let units: Vec<u16> = template.encode_utf16().collect();
        let mut bytes = start.to_le_bytes().to_vec();
        bytes.extend([format, 0]);
        let mut places: Vec<u8> = (1u8..)
            .zip(&units)
            .filter(|(_, unit)| **unit < 9)
            .map(|(place, _)| place)
            .collect();
        places.resize(9, 0);
        bytes.extend(places);
        bytes.resize(24, 0);
        bytes.extend([1, 2, 0, 0, 7, 7, 7]);
        bytes.extend((units.len() as u16).to_le_bytes());
        bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        bytes
    }

    /// A list of nine levels, of which these are the first.
    pub(in super::super) fn list_bytes(
        number: u32,
        styles: [u16; 9],
        levels: &[Vec<u8>],
    ) -> Vec<u8> {
        let mut bytes = vec![1, 0];
        bytes.extend(number.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(styles.iter().flat_map(|style| style.to_le_bytes()));
        bytes.extend([0, 0]);
        for level in levels {
            bytes.extend(level);
        }
        for _ in levels.len()..9 {
            bytes.extend(level_bytes(1, 0xFF, ""));
        }
        bytes
    }

    /// Uses of a list; each with the level that it starts again, and where.
    pub(in super::super) fn uses_bytes(list: u32, uses: &[Option<(u8, u32)>]) -> Vec<u8> {
        let mut bytes = (uses.len() as u32).to_le_bytes().to_vec();
        for change in uses {
            bytes.extend(list.to_le_bytes());
            bytes.extend([0; 8]);
            bytes.extend([u8::from(change.is_some()), 0, 0, 0]);
        }
        for change in uses {
            bytes.extend([0xFF; 4]);
            if let Some((level, start)) = change {
                bytes.extend(start.to_le_bytes());
                bytes.extend([level | 0x10, 0, 0, 0]);
            }
        }
        bytes
    }

    fn sample() -> (Vec<u8>, Vec<u8>) {
        let levels = [
            level_bytes(1, 37, "第\u{0}章"),
            level_bytes(1, 37, "（\u{1}）"),
            level_bytes(3, 0, "\u{0}.\u{2}."),
            level_bytes(1, 23, "\u{F0B7}"),
        ];
        let mut styles = [0x0FFF; 9];
        styles[1] = 5;
        (
            list_bytes(77, styles, &levels),
            uses_bytes(77, &[None, Some((0, 9))]),
        )
    }

    #[test]
    fn levels_count_and_start_again() {
        let (lists, uses) = sample();
        let mut lists = Lists::read(&lists, &uses, &mut budget()).expect("made by the test");
        let mut next = |number, level| {
            let label = lists.next(number, level).unwrap_or_default();
            label.trim_end().to_owned()
        };
        assert_eq!(next(1, 0), "第一章");
        assert_eq!(next(1, 1), "（一）");
        assert_eq!(next(1, 1), "（二）");
        assert_eq!(next(1, 2), "一.3.");
        assert_eq!(next(1, 2), "一.4.");
        assert_eq!(next(1, 0), "第二章");
        assert_eq!(next(1, 1), "（一）");
        assert_eq!(next(1, 3), "");
        // Another use goes on, unless it starts again.
        assert_eq!(next(2, 0), "第九章");
        assert_eq!(next(1, 0), "第十章");
        assert_eq!(next(3, 0), "");
        assert_eq!(next(0, 0), "");
        assert_eq!(next(1, 9), "");
    }

    #[test]
    fn a_style_has_its_level() {
        let (lists, uses) = sample();
        let lists = Lists::read(&lists, &uses, &mut budget()).expect("made by the test");
        assert_eq!(lists.level_of_style(1, 5), Some(1));
        assert_eq!(lists.level_of_style(1, 6), None);
        assert_eq!(lists.level_of_style(9, 5), None);
    }

    #[test]
    fn cut_lists_do_not_panic() {
        let (lists, uses) = sample();
        for end in 0..lists.len() {
            let mut read =
                Lists::read(&lists[..end], &uses, &mut budget()).expect("made by the test");
            let _ = read.next(1, 2);
        }
        for end in 0..uses.len() {
            let mut read =
                Lists::read(&lists, &uses[..end], &mut budget()).expect("made by the test");
            let _ = read.next(2, 0);
        }
    }
}
