//! The generation that a running server answers from, and those before it that lists go on in.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::generation::Generations;
use super::reader::Reader;
use super::runs::last_run;
use crate::document::DocumentId;
use crate::search::{
    Concordance, ConcordanceRequest, Counts, CountsRequest, Error, FullDocument, Request, Response,
    Searcher, Stats, Suggestion, Summary,
};

/// The generation being served; takes up a new one when told to look.
pub struct Live {
    generations: Generations,
    reader: RwLock<Option<Arc<Reader>>>,
    /// Those served before and those that lists go on in, the last used at the end.
    old: RwLock<Vec<Arc<Reader>>>,
    n_old: usize,
    /// The generation that could not be opened last, so that it is complained of once, and when it
    /// was tried.
    damaged: RwLock<Option<(String, Instant)>>,
    /// File that keeps what the last runs did.
    runs: Option<PathBuf>,
}

/// Time after which a generation that could not be opened is tried again: the system may have been
/// at its limits.
const AGAIN: Duration = Duration::from_secs(30);

impl Live {
    /// Opens what is published in the index folder `root`, if anything is.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let live = Self {
            generations: Generations::new(root),
            reader: RwLock::new(None),
            old: RwLock::default(),
            n_old: super::Settings::default().keep,
            damaged: RwLock::new(None),
            runs: None,
        };
        live.refresh()?;
        Ok(live)
    }

    /// Tells in its figures of the last of the runs that are kept in a file.
    #[must_use]
    pub fn telling(mut self, runs: PathBuf) -> Self {
        self.runs = Some(runs);
        self
    }

    /// Keeps at most `n` generations open beside the one being served, for cursors of theirs.
    #[must_use]
    pub fn keeping(mut self, n: usize) -> Self {
        self.n_old = n.max(1);
        self
    }

    /// Opens the published generation if it is another than the one being served. Where it is
    /// damaged the old one goes on being served, or, at the start, the newest before it that is
    /// whole. Gives whether there is a new one.
    ///
    /// # Errors
    /// Where nothing that was published can be opened. One that is damaged is complained of once.
    pub fn refresh(&self) -> Result<bool, Error> {
        let Some(published) = self.generations.current()? else {
            return Ok(false);
        };
        let serving = self.reader().ok();
        let tried = self.tried();
        let is_known = tried.as_ref().is_some_and(|(name, _)| *name == published);
        let is_early = tried.is_some_and(|(_, tried)| tried.elapsed() < AGAIN);
        if (is_known && is_early)
            || serving
                .as_ref()
                .is_some_and(|r| r.generation() == published)
        {
            return Ok(false);
        }
        let error = match Reader::open_generation(&self.generations, &published) {
            Ok(reader) => {
                self.serve(reader);
                return Ok(true);
            }
            Err(error) => error,
        };
        // A run may have removed it meanwhile.
        if self.generations.current()?.as_ref() != Some(&published) {
            return Ok(false);
        }
        let cause = cause_of(&error);
        if let Some(serving) = serving {
            let serving = serving.generation();
            if !is_known {
                tracing::error!(
                    generation = published,
                    serving,
                    cause,
                    "the published generation is damaged; the old one goes on being served; run `yicha index --rebuild`"
                );
            }
            self.set_damaged(Some(published));
            return Ok(false);
        }
        let mut name = published.clone();
        while let Some(before) = self.generations.before(&name)? {
            if let Ok(reader) = Reader::open_generation(&self.generations, &before) {
                tracing::error!(
                    generation = published,
                    serving = before,
                    cause,
                    "the published generation is damaged; the one before is served; run `yicha index --rebuild`"
                );
                self.serve(reader);
                self.set_damaged(Some(published));
                return Ok(true);
            }
            name = before;
        }
        Err(error)
    }

    /// The published generation, if it is damaged and another one is served.
    pub fn damaged(&self) -> Option<String> {
        self.tried().map(|(name, _)| name)
    }

    fn tried(&self) -> Option<(String, Instant)> {
        let damaged = self.damaged.read().unwrap_or_else(PoisonError::into_inner);
        damaged.clone()
    }

    fn set_damaged(&self, name: Option<String>) {
        let mut damaged = self.damaged.write().unwrap_or_else(PoisonError::into_inner);
        *damaged = name.map(|name| (name, Instant::now()));
    }

    /// The generation of this name, if it is open still or on disk.
    fn reader_of(&self, name: &str) -> Result<Arc<Reader>, Error> {
        if let Ok(reader) = self.reader()
            && reader.generation() == name
        {
            return Ok(reader);
        }
        let mut old = self.old.write().unwrap_or_else(PoisonError::into_inner);
        let open = old.iter().find(|reader| reader.generation() == name);
        let reader = if let Some(reader) = open {
            Arc::clone(reader)
        } else {
            // Only a finished build has a summary. The names that exist are those that are read.
            let expired = || Error::CursorExpired(name.to_owned());
            let names = self.generations.names()?;
            if !names.iter().any(|known| known == name) || self.generations.summary(name).is_err() {
                return Err(expired());
            }
            match Reader::open_generation(&self.generations, name) {
                Ok(reader) => Arc::new(reader),
                // It may go while it is being opened.
                Err(_) if self.generations.summary(name).is_err() => return Err(expired()),
                Err(error) => return Err(error),
            }
        };
        self.keep_open(&mut old, Arc::clone(&reader));
        Ok(reader)
    }

    fn keep_open(&self, old: &mut Vec<Arc<Reader>>, reader: Arc<Reader>) {
        old.retain(|other| other.generation() != reader.generation());
        old.push(reader);
        let n_beyond = old.len().saturating_sub(self.n_old);
        old.drain(..n_beyond);
    }

    fn serve(&self, reader: Reader) {
        // Its folder may be gone when the first one types.
        reader.load_suggestions();
        let mut served = self.reader.write().unwrap_or_else(PoisonError::into_inner);
        let before = served.replace(Arc::new(reader));
        drop(served);
        if let Some(before) = before {
            let mut old = self.old.write().unwrap_or_else(PoisonError::into_inner);
            self.keep_open(&mut old, before);
        }
        self.set_damaged(None);
    }

    fn reader(&self) -> Result<Arc<Reader>, Error> {
        let reader = self.reader.read().unwrap_or_else(PoisonError::into_inner);
        reader.clone().ok_or(Error::NotReady)
    }
}

/// What lies under an error.
pub(super) fn cause_of(error: &Error) -> String {
    let source = std::error::Error::source(error).map(ToString::to_string);
    source.unwrap_or_else(|| error.to_string())
}

impl Searcher for Live {
    fn search(&self, request: &Request) -> Result<Response, Error> {
        match &request.after {
            None => self.reader()?.search(request),
            Some(after) => self.reader_of(&after.generation)?.search(request),
        }
    }

    fn counts(&self, request: &CountsRequest) -> Result<Counts, Error> {
        self.reader()?.counts(request)
    }

    fn concordance(&self, request: &ConcordanceRequest) -> Result<Concordance, Error> {
        self.reader()?.concordance(request)
    }

    fn document_for(&self, id: DocumentId, request: &Request) -> Result<FullDocument, Error> {
        self.reader()?.document_for(id, request)
    }

    fn summary(&self, id: DocumentId) -> Result<Summary, Error> {
        self.reader()?.summary(id)
    }

    fn suggest(&self, typed: &str, limit: usize) -> Result<Vec<Suggestion>, Error> {
        self.reader()?.suggest(typed, limit)
    }

    fn stats(&self) -> Result<Stats, Error> {
        let mut stats = self.reader()?.stats()?;
        if let Some(runs) = &self.runs {
            // Figures are told without it, too.
            stats.last_run = last_run(runs).unwrap_or_else(|error| {
                tracing::warn!(%error, "the log of runs cannot be read");
                None
            });
        }
        Ok(stats)
    }
}
