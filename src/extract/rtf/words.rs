//! What the control words of rich text mean for its text; the many others are [`Word::Other`]. Source:
//! RTF specification 1.9.1.

/// Where text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// The text.
    Main,
    /// Text boxes.
    Boxes,
    /// Footnotes and endnotes.
    Notes,
    /// Nowhere, and nothing inside it is read.
    Skipped,
    /// Nowhere, but there may be text boxes inside.
    Shape,
    /// Nowhere: the group holds the same text twice, without and with Unicode.
    Twice,
    /// The table of fonts.
    Fonts,
    /// The style sheet.
    Styles,
    /// A style in it.
    Style,
    /// What the file says of itself.
    Info,
    /// The title in it.
    Title,
    /// The author in it.
    Author,
    /// The day of creation in it.
    Created,
}

/// A control word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// The group has this destination.
    Destination(Destination),
    /// A character.
    Character(char),
    /// A character by its code.
    Unicode,
    /// The group is the second time of what stands in a group that is `Twice`.
    InUnicode,
    /// How many characters follow each `Unicode`.
    Fallback,
    /// Ends a paragraph or a part of one.
    Paragraph,
    Cell,
    Row,
    Tab,
    ResetParagraph,
    ResetCharacter,
    InTable,
    /// The group is the number of a paragraph.
    Number,
    Hidden,
    Deleted,
    Style,
    Outline,
    Base,
    /// The style is one of characters, sections or tables.
    NoParagraphStyle,
    CodePage,
    Language,
    DefaultFont,
    Font,
    FontOfKind,
    /// The kind of the text that follows; `None` ends it.
    Kind(Option<usize>),
    Charset,
    FontCodePage,
    Year,
    Month,
    Day,
    Other,
}

/// What a word means.
pub(super) fn word(name: &str) -> Word {
    match name {
        "u" => Word::Unicode,
        "ud" => Word::InUnicode,
        "uc" => Word::Fallback,
        "par" | "sect" | "page" | "column" => Word::Paragraph,
        "cell" => Word::Cell,
        "row" => Word::Row,
        // The ends of cells and rows inside cells part words at least.
        "line" | "lbr" | "softline" | "softpage" | "nestcell" | "nestrow" | "emspace"
        | "enspace" | "qmspace" => Word::Character(' '),
        "tab" => Word::Tab,
        "emdash" => Word::Character('—'),
        "endash" => Word::Character('–'),
        "lquote" => Word::Character('‘'),
        "rquote" => Word::Character('’'),
        "ldblquote" => Word::Character('“'),
        "rdblquote" => Word::Character('”'),
        "bullet" => Word::Character('•'),
        "pard" => Word::ResetParagraph,
        "plain" => Word::ResetCharacter,
        "intbl" => Word::InTable,
        "listtext" | "pntext" => Word::Number,
        "v" => Word::Hidden,
        "deleted" => Word::Deleted,
        "s" => Word::Style,
        "outlinelevel" => Word::Outline,
        "sbasedon" => Word::Base,
        "cs" | "ds" | "ts" => Word::NoParagraphStyle,
        "ansicpg" => Word::CodePage,
        "deflang" | "deflangfe" => Word::Language,
        "deff" => Word::DefaultFont,
        "f" => Word::Font,
        "af" => Word::FontOfKind,
        "loch" => Word::Kind(Some(0)),
        "hich" => Word::Kind(Some(1)),
        "dbch" => Word::Kind(Some(2)),
        "ltrch" | "rtlch" => Word::Kind(None),
        "fcharset" => Word::Charset,
        "cpg" => Word::FontCodePage,
        "yr" => Word::Year,
        "mo" => Word::Month,
        "dy" => Word::Day,
        _ => destination(name).map_or(Word::Other, Word::Destination),
    }
}

fn destination(name: &str) -> Option<Destination> {
    Some(match name {
        "fonttbl" => Destination::Fonts,
        "stylesheet" => Destination::Styles,
        "info" => Destination::Info,
        "title" => Destination::Title,
        "author" => Destination::Author,
        "creatim" => Destination::Created,
        "upr" => Destination::Twice,
        "footnote" => Destination::Notes,
        "shpinst" | "do" => Destination::Shape,
        "shptxt" | "dptxbxtext" => Destination::Boxes,
        "colortbl" | "filetbl" | "listtable" | "listoverridetable" | "revtbl" | "rsidtbl"
        | "generator" | "template" | "private" | "header" | "headerl" | "headerr" | "headerf"
        | "footer" | "footerl" | "footerr" | "footerf" | "ftnsep" | "ftnsepc" | "ftncn"
        | "aftnsep" | "aftnsepc" | "aftncn" | "annotation" | "atnid" | "atnauthor" | "atndate"
        | "atntime" | "pict" | "nonshppict" | "shprslt" | "objdata" | "objclass" | "objname"
        | "fldinst" | "datafield" | "formfield" | "nonesttables" | "xe" | "tc" | "tcn" | "rxe"
        | "txe" | "bkmkstart" | "bkmkend" | "pn" | "pntxta" | "pntxtb" | "docvar" | "panose"
        | "falt" | "background" => Destination::Skipped,
        _ => return None,
    })
}
