//! What is stored of a document, as bytes.

use super::text;
use crate::document::Document;
use crate::index::outline;
use crate::index::varint::{put, take};

/// Everything that is kept of a document beside its indexes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::index) struct Record {
    pub(in crate::index) path: String,
    pub(in crate::index) title: String,
    /// Name of the kind of file.
    pub(in crate::index) format: String,
    /// Character encoding of the file.
    pub(in crate::index) encoding: String,
    /// Bytes of the file.
    pub(in crate::index) size: u64,
    /// Whether lines were joined.
    pub(in crate::index) rejoined: bool,
    /// Bytes of the title at the start of the text; 0 where it stands elsewhere.
    pub(in crate::index) title_bytes: usize,
    /// Where its headings stand, as [`outline::encode`] has it.
    pub(in crate::index) outline: Vec<u8>,
    /// Where it comes from, and where that was read, as JSON.
    pub(in crate::index) origin: String,
    /// What else the document was made of.
    pub(in crate::index) notes: String,
    pub(in crate::index) text: String,
}

impl Record {
    /// The bytes of a document's record. `origin` is the JSON of where it comes from.
    pub(in crate::index) fn encode(
        document: &Document,
        title_bytes: usize,
        lines: &[outline::Line],
        origin: &str,
    ) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(document.text.len() * 3 / 4 + 256);
        for number in [
            document.size as usize,
            usize::from(document.rejoined),
            title_bytes,
        ] {
            put(&mut bytes, number);
        }
        let mut add = |field: &[u8]| {
            put(&mut bytes, field.len());
            bytes.extend_from_slice(field);
        };
        add(&outline::encode(lines));
        for field in [
            &*document.path,
            &document.title,
            document.format.name(),
            &document.encoding,
            origin,
            &document.notes,
            // Last, so that what is known of the documents stands together with their beginnings.
            &document.text,
        ] {
            add(&text::encode(field));
        }
        bytes
    }

    /// `None` where the bytes are damaged.
    pub(in crate::index) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let bytes = &mut bytes;
        let (size, rejoined, title_bytes) = (take(bytes)?, take(bytes)?, take(bytes)?);
        let outline = field(bytes)?.to_vec();
        let mut next = || text::decode(field(bytes)?);
        Some(Self {
            size: size as u64,
            rejoined: rejoined == 1,
            title_bytes,
            outline,
            path: next()?,
            title: next()?,
            format: next()?,
            encoding: next()?,
            origin: next()?,
            notes: next()?,
            text: next()?,
        })
    }
}

fn field<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = take(bytes)?;
    let (field, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Some(field)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::{DocumentId, Format, Origin};

    fn document(path: &str, text: &str) -> Document {
        Document {
            id: DocumentId::of_path(path),
            path: path.to_owned(),
            title: "题目".to_owned(),
            title_paragraphs: 0,
            text: text.to_owned(),
            headings: Vec::new(),
            origin: Origin::default(),
            format: Format::Txt,
            encoding: "gb18030".to_owned(),
            size: 5_000_000_000,
            rejoined: true,
            notes: String::new(),
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(path in ".{0,20}", text in ".{0,200}") {
            let document = document(&path, &text);
            let lines = [outline::Line { range: 0..text.len(), level: 2, inline: true }];
            let bytes = Record::encode(&document, 7, &lines, "{}");
            let record = Record::decode(&bytes).expect("is whole");
            prop_assert_eq!(&record.text, &text);
            prop_assert_eq!(&record.path, &path);
            prop_assert_eq!(outline::decode(&record.outline, text.len()), lines);
            prop_assert_eq!((record.size, record.rejoined, record.title_bytes), (5_000_000_000, true, 7));
            prop_assert_eq!((&*record.title, &*record.origin, &*record.encoding), ("题目", "{}", "gb18030"));
            for end in 0..bytes.len() {
                prop_assert_eq!(Record::decode(&bytes[..end]), None);
            }
        }

        #[test]
        fn no_bytes_are_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = Record::decode(&bytes);
        }
    }
}
