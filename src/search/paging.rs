//! Where a list of hits goes on: behind a hit that was given, in the generation that gave it.

/// The place of a hit in a list.
///
/// A published generation does not change, so its lists do not either: what comes behind a hit is
/// the same whenever it is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct After {
    /// The generation that answered.
    pub generation: String,
    /// Hits up to and with this one.
    pub position: u64,
    /// What the list is sorted by, of this hit.
    pub key: SortKey,
    /// The first day of its date as `YYYYMMDD`, 0 without one: newer ones of the same key come first.
    pub day: u64,
    /// Its path, the last that is compared.
    pub path: String,
}

/// What a list is sorted by, of one hit.
#[derive(Clone, Debug, PartialEq)]
pub enum SortKey {
    /// How it ranks before scores, and its score.
    Relevance(u32, f32),
    /// Its occurrences.
    Occurrences(u64),
    /// Its first day as `YYYYMMDD`, 0 without one.
    Day(u64),
    /// Its title.
    Title(String),
}
