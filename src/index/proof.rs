//! Proves that a generation is what it should be: checksums, the manifest against the index, phrases
//! searched against a plain scan of the stored texts, and these against the archive (`reread.rs`).

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustc_hash::FxHashSet;
use tantivy::{DocAddress, TantivyError};

use super::checksums;
use super::compare::Stock;
use super::generation::Generations;
use super::manifest::Manifest;
use super::plugin::{Stream, open as open_exact};
use super::reader::Reader;
use super::summary::BuildSummary;
use super::{ids, published, reread, store};
use crate::analysis::{Phrase, Scanner, fold};
use crate::corpus::Archive;
use crate::document::DocumentId;
use crate::query::{self, Limits};
use crate::search::{Error, Filters, Mask, Request, Searcher};

/// Phrases that are tried before publishing, each in its own document.
const SMALL_SAMPLE: usize = 20;
/// Longest time for these.
const SMALL_TIME: Duration = Duration::from_secs(1);
/// Units of the phrases that are tried.
const PHRASE_LENS: [usize; 4] = [2, 4, 7, 12];
/// Phrases that one scan looks for at once.
const AT_ONCE: usize = 500;
/// More problems than this are only counted.
const MAX_PROBLEMS: usize = 100;
/// Numerals: what they find in other notations a plain scan does not.
const NUMERALS: &str =
    "〇零一二三四五六七八九十百千万亿两廿卅卌半壹贰叁肆伍陆柒捌玖拾佰仟第年月日时分点";

/// What a check has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Name of the generation.
    pub generation: String,
    /// Files whose checksum was compared.
    pub files: usize,
    /// Documents of the manifest that were looked for.
    pub documents: u64,
    /// Phrases that were searched and scanned for.
    pub phrases: usize,
    /// Files of the archive whose documents were taken out of them again and compared.
    pub reread: usize,
    /// Files that were not, because they have changed since the build or cannot be read, or because
    /// the settings have changed.
    pub left_out: usize,
    /// What is wrong; the first hundred.
    pub problems: Vec<String>,
    /// How many things are wrong.
    pub n_problems: usize,
}

impl Proof {
    pub(super) fn wrong(&mut self, problem: String) {
        self.n_problems += 1;
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }
}

/// Opens the index in a folder, for its stored documents.
pub(super) fn open(folder: &Path) -> tantivy::Result<Stock> {
    let (searcher, fields) = published::open(folder)?;
    let stores = searcher.segment_readers().iter().map(store::open);
    Ok(Stock {
        stores: stores.collect::<tantivy::Result<_>>()?,
        searcher,
        fields,
    })
}

/// Units of all documents of the index in a folder, without those of deleted ones.
pub(super) fn n_units(folder: &Path) -> tantivy::Result<u64> {
    let mut n_units = 0;
    for reader in open(folder)?.searcher.segment_readers() {
        let exact = open_exact(reader, Stream::Text)?;
        n_units += exact.n_units();
        if let Some(alive) = reader.alive_bitset() {
            let deleted = (0..reader.max_doc()).filter(|doc| !alive.is_alive(*doc));
            n_units -= deleted
                .map(|doc| u64::from(exact.doc_len(doc)))
                .sum::<u64>();
        }
    }
    Ok(n_units)
}

/// A check that is cheap enough for every run: every document of the manifest is there once and no
/// other is, and some phrases are found where they were cut out.
pub(super) fn before_publishing(
    folder: &Path,
    summary: &BuildSummary,
    manifest: &Manifest,
) -> tantivy::Result<Vec<String>> {
    let stock = open(folder)?;
    let (of_ids, of_phrases) = thread::scope(|scope| {
        let of_ids = scope.spawn(|| {
            let mut proof = Proof::default();
            compare_ids(&stock, manifest, &mut proof).map(|()| proof.problems)
        });
        let of_phrases = try_phrases(folder, summary, &stock);
        (of_ids.join(), of_phrases)
    });
    let panicked = |_| TantivyError::InternalError("ids cannot be compared".to_owned());
    let mut problems = of_ids.map_err(panicked)??;
    problems.extend(of_phrases?);
    Ok(problems)
}

fn try_phrases(
    folder: &Path,
    summary: &BuildSummary,
    stock: &Stock,
) -> tantivy::Result<Vec<String>> {
    let mut proof = Proof::default();
    let until = Instant::now() + SMALL_TIME;
    match Reader::of(folder, summary.clone()) {
        Err(error) => proof.wrong(told(&error)),
        Ok(reader) => {
            for (address, phrase) in sample(stock, SMALL_SAMPLE)? {
                if Instant::now() > until {
                    break;
                }
                try_in_its_document(stock, &reader, address, &phrase, &mut proof)?;
            }
        }
    }
    Ok(proof.problems)
}

/// How much is proved.
#[derive(Clone, Copy, Debug)]
pub struct Extent<'a> {
    /// Phrases that are searched and scanned for, and files of the archive that are read again.
    pub sample: usize,
    /// The archive; without it no file is read again.
    pub archive: Option<&'a Archive>,
}

/// How far a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// So many phrases have been compared.
    Phrases(usize),
    /// So many files have been read again.
    Files(usize),
}

/// Proves the published generation. `step` is told how far it is.
///
/// # Errors
/// Where there is none, or it cannot be read at all.
pub fn check(root: &Path, extent: Extent<'_>, step: &dyn Fn(Checked)) -> Result<Proof, Error> {
    let generations = Generations::new(root);
    loop {
        let name = generations.current()?.ok_or(Error::NotReady)?;
        let proof = prove(&generations, &name, extent, step);
        // Runs may have removed it meanwhile, which is no damage.
        let is_gone = !generations.is_whole(&name) && generations.current()? != Some(name);
        if proof.n_problems == 0 || !is_gone {
            return Ok(proof);
        }
    }
}

fn prove(
    generations: &Generations,
    name: &str,
    extent: Extent<'_>,
    step: &dyn Fn(Checked),
) -> Proof {
    let folder = generations.folder(name);
    let mut proof = Proof {
        generation: name.to_owned(),
        ..Proof::default()
    };
    match checksums::read(&folder) {
        Err(error) => proof.wrong(format!("{}: {error}", checksums::FILE)),
        Ok(sums) => {
            for (file, sum) in sums {
                proof.files += 1;
                match checksums::of_file(&folder.join(&file)) {
                    Err(error) => proof.wrong(format!("{file}: {}", error.kind())),
                    Ok(now) if now != sum => proof.wrong(format!("{file}: wrong checksum")),
                    Ok(_) => {}
                }
            }
        }
    }
    let manifest = match generations.manifest(name) {
        Ok(manifest) => Some(manifest),
        Err(error) => {
            proof.wrong(format!("manifest.jsonl.zst: {error}"));
            None
        }
    };
    if proof.n_problems > 0 {
        // What is read out of damaged files proves nothing.
        return proof;
    }
    let examined = examine(
        generations,
        name,
        manifest.as_ref(),
        extent,
        step,
        &mut proof,
    );
    if let Err(error) = examined {
        proof.wrong(told(&error));
    }
    if !generations.named().is_ok_and(|named| named.is_some()) {
        let told = "CURRENT: missing or damaged; the newest whole generation counts as served";
        proof.wrong(told.to_owned());
    }
    proof
}

fn examine(
    generations: &Generations,
    name: &str,
    manifest: Option<&Manifest>,
    extent: Extent<'_>,
    step: &dyn Fn(Checked),
    proof: &mut Proof,
) -> Result<(), Error> {
    let stock = open(&generations.folder(name))?;
    for file in stock.searcher.index().validate_checksum()? {
        proof.wrong(format!("{}: wrong checksum of tantivy's", file.display()));
    }
    for reader in stock.searcher.segment_readers() {
        for stream in [Stream::Text, Stream::Title, Stream::Headings] {
            if let Err(corrupt) = open_exact(reader, stream)?.verify() {
                let segment = reader.segment_id().short_uuid_string();
                proof.wrong(format!("segment {segment}, {stream:?}: {corrupt}"));
            }
        }
    }
    if let Some(manifest) = manifest {
        compare_ids(&stock, manifest, proof)?;
    }
    let reader = Reader::of(&generations.folder(name), generations.summary(name)?)?;
    let phrases: Vec<Phrase> = sample(&stock, extent.sample)?
        .into_iter()
        .map(|(_, phrase)| phrase)
        .collect();
    for phrases in phrases.chunks(AT_ONCE) {
        compare_scans(&stock, &reader, phrases, proof)?;
        proof.phrases += phrases.len();
        step(Checked::Phrases(proof.phrases));
    }
    if let (Some(manifest), Some(archive)) = (manifest, extent.archive) {
        let step = |n| step(Checked::Files(n));
        reread::compare(&stock, manifest, archive, extent.sample, &step, proof);
    }
    Ok(())
}

fn told(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn compare_ids(stock: &Stock, manifest: &Manifest, proof: &mut Proof) -> tantivy::Result<()> {
    let mut found = ids::all(&stock.searcher, stock.fields.id)?;
    for path in manifest
        .files
        .iter()
        .flat_map(super::manifest::FileRecord::paths)
    {
        proof.documents += 1;
        match found.remove(&DocumentId::of_path(&path)) {
            Some(1) => {}
            Some(n) => proof.wrong(format!("{path}: is in the index {n} times")),
            None => proof.wrong(format!("{path}: is not in the index")),
        }
    }
    let mut others: Vec<DocumentId> = found.into_keys().collect();
    others.sort_unstable();
    for id in others {
        proof.wrong(format!(
            "document {id}: is in the index, but not in the manifest"
        ));
    }
    Ok(())
}

/// Numbers that look random and are the same every time (xorshift64*).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(0x9E37_79B9_7F4A_7C15 ^ seed)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % n.max(1) as u64) as usize
    }
}

/// Phrases cut at random out of stored texts, each with its document.
fn sample(stock: &Stock, n: usize) -> tantivy::Result<Vec<(DocAddress, Phrase)>> {
    let readers = stock.searcher.segment_readers();
    let n_docs: usize = readers.iter().map(|reader| reader.max_doc() as usize).sum();
    let mut dice = Dice::new(n_docs as u64);
    let mut found = Vec::with_capacity(n);
    for attempt in 0..n.saturating_mul(3) {
        if found.len() >= n || n_docs == 0 {
            break;
        }
        let mut doc = dice.below(n_docs);
        let mut ord = 0;
        while doc >= readers[ord].max_doc() as usize {
            doc -= readers[ord].max_doc() as usize;
            ord += 1;
        }
        let address = DocAddress::new(ord as u32, doc as u32);
        if readers[ord].is_deleted(address.doc_id) {
            continue;
        }
        let text = stock.record(address)?.text;
        let len = PHRASE_LENS[attempt % PHRASE_LENS.len()];
        found.extend(cut(&text, len, &mut dice).map(|phrase| (address, phrase)));
    }
    Ok(found)
}

/// A phrase of `len` characters out of `text` that means the same to a query as to a scan: Chinese
/// characters only, and no numerals.
fn cut(text: &str, len: usize, dice: &mut Dice) -> Option<Phrase> {
    let plain = |c: char| {
        let mut plain = fold::is_han(c);
        fold::fold_char(c, |folded| plain &= !NUMERALS.contains(folded));
        plain
    };
    let runs: Vec<&str> = text
        .split(|c| !plain(c))
        .filter(|run| run.chars().nth(len - 1).is_some())
        .collect();
    let run: Vec<char> = runs.get(dice.below(runs.len()))?.chars().collect();
    let start = dice.below(run.len() - len + 1);
    Phrase::new(&run[start..start + len].iter().collect::<String>())
}

/// A search for a phrase, in one document if a path is given.
fn searched(reader: &Reader, phrase: &Phrase, path: Option<String>) -> Result<(u64, u64), Error> {
    let Ok(query) = query::parse(&format!("\"{}\"", phrase.text()), Limits::default()) else {
        return Ok((0, 0));
    };
    let request = Request {
        query,
        mask: Mask::Off,
        limit: 1,
        n_snippets: 0,
        filters: Filters {
            paths: path.into_iter().collect(),
            ..Filters::default()
        },
        ..Request::default()
    };
    let total = reader.search(&request)?.total;
    Ok((total.documents, total.occurrences))
}

fn try_in_its_document(
    stock: &Stock,
    reader: &Reader,
    address: DocAddress,
    phrase: &Phrase,
    proof: &mut Proof,
) -> tantivy::Result<()> {
    let store::Record { path, text, .. } = stock.record(address)?;
    let n = Scanner::new([phrase]).scan(&text).len() as u64;
    proof.phrases += 1;
    match searched(reader, phrase, Some(path.clone())) {
        Ok(found) if found == (1, n) => {}
        Ok((documents, found)) => proof.wrong(format!(
            "`{}` in {path}: {found} of {n} occurrences found, in {documents} documents",
            phrase.text()
        )),
        Err(error) => proof.wrong(told(&error)),
    }
    Ok(())
}

/// Compares searches for phrases with one scan of all texts.
fn compare_scans(
    stock: &Stock,
    reader: &Reader,
    phrases: &[Phrase],
    proof: &mut Proof,
) -> Result<(), Error> {
    let scanner = Scanner::new(phrases);
    let mut counted = vec![(0u64, 0u64); phrases.len()];
    for (ord, segment) in (0..).zip(stock.searcher.segment_readers()) {
        for doc in (0..segment.max_doc()).filter(|doc| !segment.is_deleted(*doc)) {
            let text = match stock.record(DocAddress::new(ord, doc)) {
                Ok(record) => record.text,
                Err(error) => {
                    proof.wrong(error.to_string());
                    continue;
                }
            };
            let mut here = FxHashSet::default();
            for found in scanner.scan(&text) {
                counted[found.phrase].1 += 1;
                if here.insert(found.phrase) {
                    counted[found.phrase].0 += 1;
                }
            }
        }
    }
    for (phrase, expected) in phrases.iter().zip(counted) {
        let found = searched(reader, phrase, None)?;
        if found != expected {
            let text = phrase.text();
            let ((documents, n), (found_documents, found)) = (expected, found);
            proof.wrong(format!(
                "`{text}`: a scan finds {n} in {documents} documents, a search {found} in {found_documents}"
            ));
        }
    }
    Ok(())
}
