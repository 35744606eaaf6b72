//! That the version of extraction is raised when files become other documents: an index keeps what
//! was extracted for as long as it is the same.

use std::path::PathBuf;

use xxhash_rust::xxh3::xxh3_64;
use yicha::corpus::{self, Found, Read, VERSION, Walk, read_all};
use yicha::structure::Rules;

use crate::archive::SAMPLE_CORPUS;
use crate::formats::notices;

/// Version, and a hash of all that is taken out of the sample archive and of a file of every format.
const KNOWN: (u32, u64) = (2, 11_664_489_973_469_105_404);

#[test]
fn the_version_of_extraction_is_raised_with_what_is_extracted() {
    let folder = tempfile::tempdir().expect("temporary folder");
    for (path, _, bytes) in notices() {
        std::fs::write(folder.path().join(path), bytes).expect("can write");
    }
    let mut all = Vec::new();
    for root in [PathBuf::from(SAMPLE_CORPUS), folder.path().to_owned()] {
        let mut archive = corpus::Archive::default();
        archive.corpus.path = root;
        let rules = Rules::new(&archive.derive).expect("has no patterns");
        let walk = Walk::new(&archive.corpus).expect("is there");
        let taken = |read| -> Result<(), std::convert::Infallible> {
            match read {
                Read::Found(_, Found::Document(document)) => {
                    all.push((document.path.clone(), format!("{document:?}")));
                }
                Read::Found(_, Found::Failure(failure)) => {
                    all.push((failure.path.clone(), format!("{failure:?}")));
                }
                Read::Begun(..) | Read::Done(_) => {}
            }
            Ok(())
        };
        let Ok(()) = read_all(&archive, &rules, &walk.entries, 1, taken);
    }
    all.sort();
    let hash = xxh3_64(format!("{all:?}").as_bytes());
    assert_eq!(
        (VERSION, hash),
        KNOWN,
        "other documents are made of the same files: raise `VERSION` in src/corpus/mod.rs (once for \
         each release is enough), or archives that are indexed already keep the old ones; then write \
         the left pair to `KNOWN` here"
    );
}
