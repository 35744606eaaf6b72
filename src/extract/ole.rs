//! OLE compound files: their streams by name, and the properties that they carry. What the streams
//! mean is left to the readers of each format.

use std::io::{Cursor, Read};

use cfb::CompoundFile;
use encoding_rs::{Encoding, GBK};

use super::le::{slice_at, u16_at, u32_at, u64_at};
use super::{Budget, Error, Properties, codepage};

/// The first bytes of every compound file.
pub(crate) const SIGNATURE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// The stream of the title, the author and the dates.
const SUMMARY: &str = "\u{5}SummaryInformation";

/// Properties looked at, at most; files have about twenty.
const MAX_PROPERTIES: u32 = 1000;

/// A compound file.
#[derive(Debug)]
pub(crate) struct Container<'a> {
    file: CompoundFile<Cursor<&'a [u8]>>,
}

impl<'a> Container<'a> {
    /// Reads the directory.
    ///
    /// # Errors
    /// [`Error::Broken`] where `bytes` are no compound file, or a cut one.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        check_tables(bytes)?;
        let file = CompoundFile::open(Cursor::new(bytes))
            .map_err(|error| Error::broken(format!("compound file: {error}")))?;
        Ok(Self { file })
    }

    /// The names of the streams at the root.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = self.file.read_root_storage();
        entries
            .filter(cfb::Entry::is_stream)
            .map(|entry| entry.name().to_owned())
            .collect()
    }

    /// The bytes of a stream at the root; `None` if there is none of this name.
    ///
    /// # Errors
    /// [`Error::Broken`], and those of [`Budget::spend`].
    pub(crate) fn stream(
        &mut self,
        name: &str,
        budget: &mut Budget,
    ) -> Result<Option<Vec<u8>>, Error> {
        let path = format!("/{name}");
        if !self.file.is_stream(&path) {
            return Ok(None);
        }
        let broken = |error| Error::broken(format!("stream `{name}`: {error}"));
        let stream = self.file.open_stream(&path).map_err(broken)?;
        let mut bytes = Vec::new();
        // What the directory says about the size is not believed.
        stream
            .take(budget.left().saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(broken)?;
        budget.spend(bytes.len() as u64)?;
        Ok(Some(bytes))
    }

    /// Title, author and day of creation (in UTC, as the file has it), as far as they can be read,
    /// with the code page that the properties name.
    ///
    /// # Errors
    /// Those of [`Budget::spend`] only: a file whose properties are damaged still has its text.
    pub(crate) fn summary(
        &mut self,
        budget: &mut Budget,
    ) -> Result<(Properties, Option<u32>), Error> {
        match self.stream(SUMMARY, budget) {
            Ok(Some(bytes)) => Ok(summary(&bytes).unwrap_or_default()),
            Ok(None) | Err(Error::Broken { .. }) => Ok(Default::default()),
            Err(error) => Err(error),
        }
    }
}

/// Refuses a file whose lists name more allocation tables than it has room for: the same one, named
/// again and again, would be read as often.
///
/// Source: [MS-CFB] 2.2 and 2.5.
fn check_tables(bytes: &[u8]) -> Result<(), Error> {
    let Some(shift @ (9 | 12)) = u16_at(bytes, 30) else {
        return Err(Error::broken("compound file: unknown size of sectors"));
    };
    let sector = 1usize << shift;
    let numbers = sector / 4;
    let n_sectors = bytes.len() / sector;
    let mut n_tables = 0;
    let mut next = u32_at(bytes, 68);
    while let Some(number) = next.filter(|number| *number < 0xFFFF_FFFA) {
        n_tables += numbers - 1;
        if n_tables > n_sectors + numbers {
            return Err(Error::broken("compound file: too many allocation tables"));
        }
        let last = (number as usize + 2).saturating_mul(sector) - 4;
        next = u32_at(bytes, last);
    }
    Ok(())
}

/// Source: [MS-OLEPS] 2.20 and 2.21; the numbers of the properties are in [MS-OSHARED] 2.3.3.2.1.1.
fn summary(bytes: &[u8]) -> Option<(Properties, Option<u32>)> {
    let start = u32_at(bytes, 44)? as usize;
    let set = bytes.get(start..)?;
    let count = u32_at(set, 4)?.min(MAX_PROPERTIES);
    let values: Vec<(u32, &[u8])> = (0..count as usize)
        .filter_map(|index| {
            let at = 8 + index * 8;
            let value = set.get(u32_at(set, at + 4)? as usize..)?;
            Some((u32_at(set, at)?, value))
        })
        .collect();
    let value = |wanted| {
        let found = values.iter().find(|(number, _)| *number == wanted);
        found.map(|(_, value)| *value)
    };
    // A signed number of 16 bits by its type: 65001 stands as -535.
    let codepage = value(1).and_then(|value| u16_at(value, 4)).map(u32::from);
    let properties = Properties {
        title: value(2).and_then(|value| string(value, codepage)),
        author: value(4).and_then(|value| string(value, codepage)),
        created: value(12).and_then(day),
    };
    Some((properties, codepage))
}

fn string(value: &[u8], codepage: Option<u32>) -> Option<String> {
    let len = u32_at(value, 4)? as usize;
    let text = match (u16_at(value, 0)?, codepage) {
        (0x1E, Some(1200)) => utf16(slice_at(value, 8, len)?),
        (0x1E, codepage) => decode(slice_at(value, 8, len)?, codepage),
        (0x1F, _) => utf16(slice_at(value, 8, len.checked_mul(2)?)?),
        _ => return None,
    };
    let text = text.split('\0').next().unwrap_or_default();
    let clean: String = text.chars().filter(|c| !c.is_control()).collect();
    let clean = clean.trim();
    (!clean.is_empty()).then(|| clean.to_owned())
}

fn utf16(bytes: &[u8]) -> String {
    let (units, _) = bytes.as_chunks();
    char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit)))
        .filter_map(Result::ok)
        .collect()
}

fn decode(bytes: &[u8], codepage: Option<u32>) -> String {
    let named = codepage.and_then(codepage::by_number);
    let encoding: &'static Encoding = named.unwrap_or(GBK);
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// The day of a time in units of 100 ns since 1601.
fn day(value: &[u8]) -> Option<String> {
    if u16_at(value, 0)? != 0x40 {
        return None;
    }
    let days = i64::try_from(u64_at(value, 4)? / 864_000_000_000).ok()?;
    // Days since 0000-03-01, so that a leap day ends the year; 1601-01-01 is day 584694.
    // Source: Howard Hinnant, chrono-compatible low-level date algorithms, `civil_from_days`.
    let days = days.checked_add(584_694)?;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    // Programs that know no date write 1601 or so.
    (1980..=9999)
        .contains(&year)
        .then(|| format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;
    use std::time::{Duration, Instant};

    use super::*;

    fn budget() -> Budget {
        Budget::new(1 << 20, Instant::now() + Duration::from_mins(1))
    }

    /// A compound file of these streams.
    pub(crate) fn container(streams: &[(&str, &[u8])]) -> Vec<u8> {
        let mut file = CompoundFile::create(Cursor::new(Vec::new())).expect("made by the test");
        for (name, bytes) in streams {
            let mut stream = file
                .create_stream(format!("/{name}"))
                .expect("made by the test");
            stream.write_all(bytes).expect("made by the test");
        }
        file.flush().expect("made by the test");
        file.into_inner().into_inner()
    }

    /// The stream of the summary, of these properties (number, type and value).
    pub(crate) fn summary_of(properties: &[(u32, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = vec![0; 44];
        bytes.extend(48u32.to_le_bytes());
        let mut at = 8 + properties.len() * 8;
        let mut set = vec![0; 4];
        set.extend((properties.len() as u32).to_le_bytes());
        for (number, value) in properties {
            set.extend(number.to_le_bytes());
            set.extend((at as u32).to_le_bytes());
            at += value.len();
        }
        for (_, value) in properties {
            set.extend(value);
        }
        bytes.extend(set);
        bytes
    }

    pub(crate) fn text_value(bytes: &[u8]) -> Vec<u8> {
        let mut value = vec![0x1E, 0, 0, 0];
        value.extend((bytes.len() as u32).to_le_bytes());
        value.extend(bytes);
        value
    }

    fn time_value(days: u64) -> Vec<u8> {
        let mut value = vec![0x40, 0, 0, 0];
        value.extend((days * 864_000_000_000 + 5).to_le_bytes());
        value
    }

    #[test]
    fn streams_are_found_by_name() {
        let bytes = container(&[("One", b"first"), ("Two", &[7; 5000])]);
        let mut file = Container::open(&bytes).expect("made by the test");
        assert_eq!(file.names(), ["One", "Two"]);
        let two = file.stream("Two", &mut budget()).expect("made by the test");
        assert_eq!(two.expect("made by the test"), [7; 5000]);
        assert_eq!(
            file.stream("Three", &mut budget())
                .expect("made by the test"),
            None
        );
    }

    #[test]
    fn a_stream_is_paid_for() {
        let bytes = container(&[("Two", &[7; 5000])]);
        let mut file = Container::open(&bytes).expect("made by the test");
        let mut poor = Budget::new(4999, Instant::now() + Duration::from_mins(1));
        let error = file.stream("Two", &mut poor).expect_err("refused");
        assert_eq!(error, Error::TooLarge { limit: 4999 });
    }

    #[test]
    fn tables_named_again_and_again_are_refused() {
        let mut bytes = container(&[("One", &[7; 5000])]);
        // A list of tables that is its own next one.
        let number = (bytes.len() / 4096 - 1) as u32;
        bytes[68..72].copy_from_slice(&number.to_le_bytes());
        bytes.resize(bytes.len() + 4092, 0);
        bytes.extend(number.to_le_bytes());
        let error = Container::open(&bytes).expect_err("refused");
        assert_eq!(
            error,
            Error::broken("compound file: too many allocation tables")
        );
    }

    #[test]
    fn properties_are_read_in_their_code_page() {
        let title = GBK.encode("某市工作要点").0.into_owned();
        let bytes = summary_of(&[
            (1, vec![2, 0, 0, 0, 0xA8, 0x03, 0, 0]),
            (2, text_value(&[&title[..], b"\0"].concat())),
            (4, text_value(b" office \0")),
            (12, time_value(154_497)),
        ]);
        let (properties, codepage) = summary(&bytes).expect("made by the test");
        assert_eq!(codepage, Some(936));
        assert_eq!(properties.title.as_deref(), Some("某市工作要点"));
        assert_eq!(properties.author.as_deref(), Some("office"));
        assert_eq!(properties.created.as_deref(), Some("2024-01-01"));
    }

    #[test]
    fn utf_8_and_utf_16_properties_are_read() {
        let utf_8 = summary_of(&[
            (1, vec![2, 0, 0, 0, 0xE9, 0xFD, 0, 0]),
            (2, text_value("甲".as_bytes())),
        ]);
        assert_eq!(
            summary(&utf_8)
                .expect("made by the test")
                .0
                .title
                .as_deref(),
            Some("甲")
        );
        let utf_16 = summary_of(&[(2, vec![0x1F, 0, 0, 0, 2, 0, 0, 0, 0x32, 0x75, 0, 0])]);
        assert_eq!(
            summary(&utf_16)
                .expect("made by the test")
                .0
                .title
                .as_deref(),
            Some("甲")
        );
    }

    #[test]
    fn days_are_counted_over_leap_years() {
        assert_eq!(
            day(&time_value(145_790)).expect("made by the test"),
            "2000-02-29"
        );
        assert_eq!(
            day(&time_value(145_791)).expect("made by the test"),
            "2000-03-01"
        );
        assert_eq!(day(&time_value(0)), None);
        assert_eq!(day(&time_value(21_350_398)), None);
    }

    #[test]
    fn damaged_files_do_not_panic() {
        let title = summary_of(&[(2, text_value(b"title")), (12, time_value(154_497))]);
        let whole = container(&[(SUMMARY, &title), ("WordDocument", &[1; 5000])]);
        let read = |bytes: &[u8]| {
            if let Ok(mut file) = Container::open(bytes) {
                for name in file.names() {
                    let _ = file.stream(&name, &mut budget());
                }
                let _ = file.summary(&mut budget());
            }
        };
        // Empty space in the file is not worth the time.
        let used = |at: &usize| ![0, 1, 0xFF].contains(&whole[*at]);
        for at in (0..whole.len()).filter(used) {
            for flip in [0x01, 0x80] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                read(&bytes);
            }
        }
        for end in (0..whole.len()).step_by(256) {
            read(&whole[..end]);
        }
        for at in 0..title.len() {
            let _ = summary(&title[..at]);
        }
    }
}
