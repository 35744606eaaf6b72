//! What decides how files become an index. An index with another fingerprint is built anew.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::schema::Fields;
use super::suggestions;
use crate::analysis::fold;
use crate::analysis::phrase::for_each_surface;
use crate::corpus::{self, Archive};

/// To be raised with every change of what is written for the same documents that the schema and the
/// probe below do not show: formats of files, rules of units and words.
const VERSION: u32 = 2;

/// A text that shows most rules of units.
const PROBE: &str =
    "二○二三年，GDP增长5.5%；“十四五”规划：1,000亿元！四*省××同志㈠①ＷＴＯ，百分之十五。国际標準…";

/// Hashes of what decides, by name.
pub(super) fn fingerprint(archive: &Archive) -> BTreeMap<String, String> {
    let hex = |hash: u64| format!("{hash:016x}");
    let schema = serde_json::json!(Fields::schema().0).to_string();
    let settings = format!(
        "{:?} {:?} {}",
        archive.extract, archive.derive, archive.corpus.max_file_size
    );
    BTreeMap::from([
        ("analysis".to_owned(), hex(analysis())),
        ("schema".to_owned(), hex(xxh3_64(schema.as_bytes()))),
        ("extraction".to_owned(), corpus::VERSION.to_string()),
        ("settings".to_owned(), hex(xxh3_64(settings.as_bytes()))),
        ("suggestions".to_owned(), suggestions::VERSION.to_string()),
    ])
}

/// The folding of every character that may have one, and the units of the probe.
fn analysis() -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&VERSION.to_le_bytes());
    // The first plane, letters and numbers in other forms, and the rarer Chinese characters.
    let (letters, rare) = ('\u{1d400}'..='\u{1f2ff}', '\u{20000}'..='\u{323af}');
    for c in ('\0'..='\u{ffff}').chain(letters).chain(rare) {
        fold::fold_char(c, |folded| hash.update(&(folded as u32).to_le_bytes()));
    }
    for_each_surface(PROBE, |unit, surface| {
        hash.update(format!("{unit:?}{surface:?}").as_bytes());
    });
    hash.digest()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::words::for_each;
    use crate::exact::Builder;

    /// Version, and a hash of what the exact index and the words of the sample archive are.
    const KNOWN: (u32, u64) = (2, 1_124_173_746_922_047_139);

    #[test]
    fn the_version_is_raised_with_what_is_indexed() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus");
        let files = walkdir::WalkDir::new(root).sort_by_file_name().into_iter();
        let mut builder = Builder::new();
        let mut hash = Xxh3::new();
        for file in files {
            let file = file.expect("can be listed");
            // Other encodings have nothing to add.
            let Ok(text) = std::fs::read_to_string(file.path()) else {
                continue;
            };
            for_each_surface(&text, |unit, surface| builder.push(unit, surface));
            builder.end_document();
            for_each(&text, |word, range| {
                hash.update(format!("{word} {range:?}").as_bytes());
            });
        }
        let mut bytes = Vec::new();
        builder.write(&mut bytes).expect("can be written");
        hash.update(&bytes);
        assert_eq!(
            (VERSION, hash.digest()),
            KNOWN,
            "another index is made of the same documents: raise `VERSION` in src/index/fingerprint.rs \
             (once for each release is enough), or indexes that are there keep the old one; then write \
             the left pair to `KNOWN` here"
        );
    }
}
