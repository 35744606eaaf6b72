//! The generation that a running server answers from, and those before it that lists go on in.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::generation::Generations;
use super::reader::Reader;
use crate::document::DocumentId;
use crate::query::Query;
use crate::search::{
    Concordance, ConcordanceRequest, Counts, CountsRequest, Error, FullDocument, Request, Response,
    Searcher, Stats, Suggestion, Summary,
};

/// The generation being served; takes up a new one when told to look.
pub struct Live {
    generations: Generations,
    reader: RwLock<Option<Arc<Reader>>>,
    /// Generations that lists go on in which were begun in them; the last used at the end.
    older: Mutex<Vec<Arc<Reader>>>,
    n_older: usize,
}

impl Live {
    /// Opens what is published in the index folder `root`, if anything is.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let live = Self {
            generations: Generations::new(root),
            reader: RwLock::new(None),
            older: Mutex::default(),
            n_older: super::Settings::default().keep,
        };
        live.refresh()?;
        Ok(live)
    }

    /// Keeps at most `n` generations open beside the one being served, for cursors of theirs.
    #[must_use]
    pub fn keeping(mut self, n: usize) -> Self {
        self.n_older = n.max(1);
        self
    }

    /// Opens the published generation if it is another than the one being served. On an error the
    /// old one goes on being served. Gives whether there is a new one.
    pub fn refresh(&self) -> Result<bool, Error> {
        let published = self.generations.current()?;
        let serving = self
            .reader()
            .map(|reader| reader.generation().to_owned())
            .ok();
        if published.is_none() || published == serving {
            return Ok(false);
        }
        let Some(name) = published else {
            return Ok(false);
        };
        let reader = Arc::new(Reader::open_generation(&self.generations, &name)?);
        // Its folder may be gone when the first one types.
        reader.load_suggestions();
        let mut serving = self.reader.write().unwrap_or_else(PoisonError::into_inner);
        let before = serving.replace(reader);
        drop(serving);
        if let Some(before) = before {
            let mut older = self.older.lock().unwrap_or_else(PoisonError::into_inner);
            self.keep_open(&mut older, before);
        }
        Ok(true)
    }

    fn keep_open(&self, older: &mut Vec<Arc<Reader>>, reader: Arc<Reader>) {
        older.retain(|other| other.generation() != reader.generation());
        older.push(reader);
        let n_beyond = older.len().saturating_sub(self.n_older);
        older.drain(..n_beyond);
    }

    /// The generation of this name, if it is open still or on disk.
    fn reader_of(&self, name: &str) -> Result<Arc<Reader>, Error> {
        if let Ok(reader) = self.reader()
            && reader.generation() == name
        {
            return Ok(reader);
        }
        let mut older = self.older.lock().unwrap_or_else(PoisonError::into_inner);
        let open = older.iter().find(|reader| reader.generation() == name);
        let reader = match open {
            Some(reader) => Arc::clone(reader),
            None => {
                // Only a finished build has a summary. The names that exist are those that are read.
                let expired = || Error::CursorExpired(name.to_owned());
                let names = self.generations.names()?;
                if !names.iter().any(|known| known == name)
                    || self.generations.summary(name).is_err()
                {
                    return Err(expired());
                }
                let opened = Reader::open_generation(&self.generations, name);
                // It may go while it is being opened.
                let gone = |_| self.generations.summary(name).is_err();
                match opened {
                    Ok(reader) => Arc::new(reader),
                    Err(error) if gone(&error) => return Err(expired()),
                    Err(error) => return Err(error),
                }
            }
        };
        self.keep_open(&mut older, Arc::clone(&reader));
        Ok(reader)
    }

    fn reader(&self) -> Result<Arc<Reader>, Error> {
        let reader = self.reader.read().unwrap_or_else(PoisonError::into_inner);
        reader.clone().ok_or(Error::NotReady)
    }
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

    fn document(&self, id: DocumentId, query: Option<&Query>) -> Result<FullDocument, Error> {
        self.reader()?.document(id, query)
    }

    fn summary(&self, id: DocumentId) -> Result<Summary, Error> {
        self.reader()?.summary(id)
    }

    fn suggest(&self, typed: &str, limit: usize) -> Result<Vec<Suggestion>, Error> {
        self.reader()?.suggest(typed, limit)
    }

    fn stats(&self) -> Result<Stats, Error> {
        self.reader()?.stats()
    }
}
