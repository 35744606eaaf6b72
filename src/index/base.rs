//! What a run builds upon: the generation that is served, a build that was killed, or nothing.

use std::collections::BTreeMap;
use std::io;

use super::compare::Stock;
use super::generation::Generations;
use super::live::cause_of;
use super::lock::Lock;
use super::manifest::Manifest;
use super::proof;
use super::reader::Reader;
use super::writer::{BuildError, Options, Progress, Rebuild};

/// What a run builds upon.
#[derive(Default)]
pub(super) struct Base {
    /// The generation that is served, if it can be built upon.
    pub(super) name: Option<String>,
    /// An unfinished one that goes on in its own folder.
    pub(super) unfinished: Option<String>,
    /// What the latter was built of, or else the former.
    pub(super) manifest: Manifest,
    /// The generation that is served, whether it can be built upon or not.
    pub(super) current: Option<String>,
    /// Documents that are served.
    pub(super) served: u64,
    why: Option<Rebuild>,
}

impl Base {
    pub(super) fn find(
        generations: &Generations,
        fingerprint: &BTreeMap<String, String>,
        options: &Options,
    ) -> io::Result<Self> {
        let Some(current) = generations.current()? else {
            return Ok(Self::default());
        };
        let manifest = generations.manifest(&current);
        let served = served(generations, &current, manifest.as_ref().ok());
        let base = |name| Self {
            name,
            served,
            current: Some(current.clone()),
            ..Self::default()
        };
        let anew = |why| Self {
            why: Some(why),
            ..base(None)
        };
        if options.rebuild {
            return Ok(anew(Rebuild::Asked));
        }
        let manifest = match manifest {
            Ok(manifest) => manifest,
            Err(error) => return Ok(anew(Rebuild::Damaged(error.to_string()))),
        };
        let changed = differences(&manifest.head.fingerprint, fingerprint);
        if !changed.is_empty() {
            return Ok(anew(Rebuild::Changed(changed)));
        }
        // What no server would open is not built upon either, or one would serve the generation
        // before for as long as nothing changes in the archive.
        match Reader::open_generation(generations, &current) {
            Ok(_) => Ok(Self {
                manifest,
                ..base(Some(current.clone()))
            }),
            Err(error) => Ok(anew(Rebuild::Damaged(cause_of(&error)))),
        }
    }

    /// Goes on where a run that was killed has stopped, if it was to do the same, and removes what
    /// others have left.
    pub(super) fn or_resumed(
        self,
        generations: &Generations,
        fingerprint: &BTreeMap<String, String>,
        lock: &mut Lock,
        progress: &dyn Progress,
    ) -> Result<Self, BuildError> {
        let unfinished = generations.unfinished()?;
        if self.name.is_none() || !unfinished.is_empty() {
            lock.sign()?;
        }
        if let Some(why) = &self.why {
            progress.rebuilding(why);
        }
        let mut resumed = None;
        for name in unfinished.into_iter().rev() {
            let left = resumable(generations, &name).filter(|left| {
                left.head.base == self.name && left.head.fingerprint == *fingerprint
            });
            match left {
                Some(left) if resumed.is_none() => resumed = Some((name, left)),
                _ => generations.discard(&name)?,
            }
        }
        Ok(match resumed {
            None => self,
            Some((name, manifest)) => {
                progress.resuming(manifest.n_documents());
                Self {
                    unfinished: Some(name),
                    manifest,
                    ..self
                }
            }
        })
    }

    /// Whether the generation that is served cannot be opened.
    pub(super) fn is_damaged(&self) -> bool {
        matches!(self.why, Some(Rebuild::Damaged(_)))
    }

    /// The documents of the manifest.
    pub(super) fn stock(&self, generations: &Generations) -> Option<Stock> {
        let name = self.unfinished.as_ref().or(self.name.as_ref())?;
        proof::open(&generations.folder(name)).ok()
    }
}

/// How many documents are served. No damage to a file may hide that there are any: a guard depends
/// on it.
fn served(generations: &Generations, current: &str, manifest: Option<&Manifest>) -> u64 {
    let of = |name: &str| Some(generations.summary(name).ok()?.documents);
    of(current)
        .or_else(|| manifest.map(Manifest::n_documents))
        .or_else(|| of(&generations.before(current).ok()??))
        .unwrap_or(0)
}

/// What a build that was killed is made of: the checkpoint that its index knows of. Another may have
/// been written, but then the index is not that far.
fn resumable(generations: &Generations, name: &str) -> Option<Manifest> {
    let folder = generations.folder(name);
    let stock = proof::open(&folder).ok()?;
    let metas = stock.searcher.index().load_metas().ok()?;
    let checkpoint = metas.payload?.parse().ok()?;
    generations.partial(name, checkpoint).ok()
}

fn differences(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<String> {
    new.iter()
        .filter(|(name, hash)| old.get(*name) != Some(hash))
        .map(|(name, _)| name.clone())
        .collect()
}
