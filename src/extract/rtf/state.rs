//! What holds inside a group of rich text, and ends with it. Knows no tokens.

use super::words::Destination;

/// What holds inside a group.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the format, set by its own word"
)]
pub(super) struct State {
    pub(super) destination: Destination,
    pub(super) fonts: FontsInUse,
    /// How many characters follow one written as `\u`.
    pub(super) n_fallback: u32,
    pub(super) hidden: bool,
    pub(super) deleted: bool,
    pub(super) style: i32,
    pub(super) outline: Option<i32>,
    pub(super) in_table: bool,
    pub(super) in_number: bool,
}

/// The font of the text; Word writes one for each kind of text and says of which kind it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FontsInUse {
    pub(super) font: i32,
    /// Low and high Western, double-byte.
    pub(super) kinds: [Option<i32>; 3],
    pub(super) kind: Option<usize>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            destination: Destination::Main,
            fonts: FontsInUse::default(),
            n_fallback: 1,
            hidden: false,
            deleted: false,
            style: 0,
            outline: None,
            in_table: false,
            in_number: false,
        }
    }
}

impl FontsInUse {
    /// The font of the text that follows.
    pub(super) fn font(&self) -> i32 {
        let of_kind = self.kind.and_then(|kind| self.kinds.get(kind).copied());
        of_kind.flatten().unwrap_or(self.font)
    }

    /// Sets the font.
    pub(super) fn set(&mut self, font: i32) {
        self.font = font;
        self.set_kind(font);
    }

    /// Sets the font of the kind that the text is said to be of.
    pub(super) fn set_kind(&mut self, font: i32) {
        if let Some(of_kind) = self.kind.and_then(|kind| self.kinds.get_mut(kind)) {
            *of_kind = Some(font);
        }
    }
}
