//! Reads the tokens of rich text: groups, destinations, characters, ends of paragraphs and cells.
//! Makes blocks and properties; what a file is without text is left to the caller.

use super::super::running_text::Flow;
use super::super::{Block, Budget, Error, Properties, codepage};
use super::state::{FontsInUse, State};
use super::styles::{Style, Styles, outline_level};
use super::text::{Byte, Fonts, decode, pair};
use super::tokens::{Token, Tokens};
use super::words::{self, Destination, Word};

/// Groups inside each other, at most; files have some dozens.
const MAX_DEPTH: usize = 10_000;

/// Reads a file.
#[derive(Debug, Default)]
pub(super) struct Reader {
    state: State,
    outer: Vec<State>,
    fonts: Fonts,
    default_font: i32,
    styles: Styles,
    style: Option<Style>,
    /// Bytes that are not decoded yet, all of them in the font of the state.
    bytes: Vec<Byte>,
    /// Characters that stand for the one before in readers that do not know Unicode.
    to_skip: u32,
    /// The character before, and the first byte that stood for it.
    skipped: Option<(char, u8)>,
    starred: bool,
    main: Flow,
    boxes: Flow,
    notes: Flow,
    field: String,
    created: [i32; 3],
    properties: Properties,
}

impl Reader {
    /// Reads all of it. The text boxes and then the notes follow the text.
    ///
    /// # Errors
    /// [`Error::Broken`] where groups are too deep or the file ends inside something that is no text,
    /// and those of [`Budget::spend`].
    pub(super) fn read(
        mut self,
        bytes: &[u8],
        budget: &mut Budget,
    ) -> Result<(Vec<Block>, Properties), Error> {
        let mut tokens = Tokens::new(bytes);
        let mut n_tokens = 0u64;
        while let Some(token) = tokens.next() {
            n_tokens += 1;
            if n_tokens.is_multiple_of(4096) {
                budget.spend(0)?;
            }
            match token {
                Token::Open => self.open()?,
                Token::Close => {
                    self.close(budget)?;
                    // What follows the last group is no text.
                    if self.outer.is_empty() {
                        break;
                    }
                }
                Token::Word(name, number) => self.word(name, number, budget)?,
                Token::Symbol(sign) => self.symbol(sign, budget)?,
                Token::Escaped(value) => self.byte(Byte {
                    value,
                    escaped: true,
                }),
                Token::Byte(value) => {
                    self.byte(Byte {
                        value,
                        escaped: false,
                    });
                    self.second_byte(value, &mut tokens);
                }
            }
        }
        self.flush();
        let ends_in_text = matches!(
            self.state.destination,
            Destination::Main | Destination::Boxes | Destination::Notes
        );
        if tokens.is_cut() || !ends_in_text {
            return Err(Error::broken("rich text is cut short"));
        }
        let mut blocks = self.main.finish(budget)?;
        blocks.extend(self.boxes.finish(budget)?);
        blocks.extend(self.notes.finish(budget)?);
        Ok((blocks, self.properties))
    }

    fn open(&mut self) -> Result<(), Error> {
        self.flush();
        self.end_fallback();
        self.starred = false;
        if self.outer.len() >= MAX_DEPTH {
            return Err(Error::broken(format!(
                "more than {MAX_DEPTH} groups inside each other"
            )));
        }
        self.outer.push(self.state);
        if self.state.destination == Destination::Styles {
            self.state.destination = Destination::Style;
            self.style = Some(Style::default());
        }
        Ok(())
    }

    fn close(&mut self, budget: &mut Budget) -> Result<(), Error> {
        self.flush();
        self.end_fallback();
        self.starred = false;
        let is_last = self.outer.len() == 1;
        if is_last && self.flow().is_some_and(|flow| !flow.is_blank()) {
            self.end_paragraph(budget)?;
        }
        let inner = self.state;
        self.state = self.outer.pop().unwrap_or_default();
        if inner.destination == self.state.destination {
            return Ok(());
        }
        match inner.destination {
            Destination::Style => {
                if let Some(style) = self.style.take() {
                    budget.spend((style.name.len() + size_of::<Style>()) as u64)?;
                    self.styles.insert(style);
                }
            }
            // The first one counts: some writers name the last author in the same way.
            Destination::Title => {
                let field = self.take_field();
                self.properties.title = self.properties.title.take().or(field);
            }
            Destination::Author => {
                let field = self.take_field();
                self.properties.author = self.properties.author.take().or(field);
            }
            Destination::Created => self.properties.created = day(self.created),
            Destination::Notes => self.notes.end_paragraph(None, budget)?,
            Destination::Boxes => self.boxes.end_paragraph(None, budget)?,
            _ => {}
        }
        Ok(())
    }

    fn take_field(&mut self) -> Option<String> {
        let field = std::mem::take(&mut self.field);
        let trimmed = field.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    fn symbol(&mut self, sign: u8, budget: &mut Budget) -> Result<(), Error> {
        match sign {
            b'*' => self.starred = true,
            b'\\' | b'{' | b'}' => self.byte(Byte {
                value: sign,
                escaped: false,
            }),
            b'~' => self.character(' '),
            b'_' => self.character('-'),
            b'\r' | b'\n' => {
                self.flush();
                self.end_paragraph(budget)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn word(&mut self, name: &str, number: Option<i32>, budget: &mut Budget) -> Result<(), Error> {
        let starred = std::mem::take(&mut self.starred);
        let word = words::word(name);
        // These may stand for the character before, too.
        if let Word::Character(character) = word {
            self.character(character);
            return Ok(());
        }
        self.flush();
        if !matches!(word, Word::Other | Word::Unicode) {
            self.end_fallback();
        }
        if self.state.destination == Destination::Skipped {
            return Ok(());
        }
        let on = number != Some(0);
        let value = number.unwrap_or_default();
        match word {
            Word::Destination(destination) => self.enter(destination),
            Word::InUnicode => self.state.destination = self.in_unicode(),
            _ if starred => self.state.destination = Destination::Skipped,
            Word::Unicode => self.unicode(value),
            Word::Fallback => self.state.n_fallback = u32::try_from(value).unwrap_or(1),
            Word::Paragraph => self.end_paragraph(budget)?,
            Word::Cell => self.end_cell(budget)?,
            Word::Row => {
                if let Some(flow) = self.flow() {
                    flow.end_row(budget)?;
                }
            }
            Word::Tab => self.character('\t'),
            Word::ResetParagraph => {
                self.state.style = 0;
                self.state.outline = None;
                self.state.in_table = false;
            }
            Word::ResetCharacter => {
                self.state.hidden = false;
                self.state.deleted = false;
                self.state.fonts = FontsInUse {
                    font: self.default_font,
                    ..FontsInUse::default()
                };
            }
            Word::InTable => self.state.in_table = on,
            Word::Number => self.state.in_number = true,
            Word::Hidden => self.state.hidden = on,
            Word::Deleted => self.state.deleted = on,
            Word::Character(_) | Word::Other => {}
            Word::Style | Word::Outline | Word::Base | Word::NoParagraphStyle => {
                self.style_word(word, value);
            }
            _ => self.font_word(word, value),
        }
        Ok(())
    }

    /// Words of the style sheet, which paragraphs use as well.
    fn style_word(&mut self, word: Word, value: i32) {
        match word {
            Word::Style => self.state.style = value,
            Word::Outline => self.state.outline = Some(value),
            _ => {}
        }
        let Some(style) = &mut self.style else {
            return;
        };
        match word {
            Word::Style => style.number = value,
            Word::Outline => style.outline = Some(value),
            Word::Base => style.base = Some(value),
            _ => self.style = None,
        }
    }

    fn font_word(&mut self, word: Word, value: i32) {
        let fonts = &mut self.state.fonts;
        match word {
            Word::CodePage => self.fonts.set_codepage(value),
            Word::Language => self.fonts.set_language(value),
            Word::DefaultFont => {
                self.default_font = value;
                fonts.set(value);
            }
            Word::Font => fonts.set(value),
            Word::FontOfKind => fonts.set_kind(value),
            Word::Kind(kind) => fonts.kind = kind,
            Word::Year => self.created[0] = value,
            Word::Month => self.created[1] = value,
            Word::Day => self.created[2] = value,
            Word::Charset => self.fonts.set_charset(fonts.font, value),
            Word::FontCodePage => self.fonts.set_font_codepage(fonts.font, value),
            _ => {}
        }
    }

    /// Goes to a destination, where it may stand here.
    fn enter(&mut self, destination: Destination) {
        let here = self.state.destination;
        let in_text = matches!(
            here,
            Destination::Main | Destination::Boxes | Destination::Notes
        );
        let may = match destination {
            Destination::Title | Destination::Author | Destination::Created => {
                here == Destination::Info
            }
            Destination::Notes | Destination::Shape | Destination::Boxes => {
                in_text || here == Destination::Shape
            }
            _ => here != Destination::Twice,
        };
        if !may {
            return;
        }
        self.state.destination = destination;
        match destination {
            // What a box or note says is no part of the cell that it stands in.
            Destination::Boxes | Destination::Notes => {
                self.state.in_table = false;
                self.state.style = 0;
                self.state.outline = None;
            }
            Destination::Created => self.created = [0; 3],
            Destination::Title | Destination::Author => self.field.clear(),
            _ => {}
        }
    }

    /// The destination of what is written twice, of which the second time in Unicode is read.
    fn in_unicode(&self) -> Destination {
        let outside = self.outer.iter().rev().map(|state| state.destination);
        let mut outside = outside.skip_while(|destination| *destination == Destination::Twice);
        match self.state.destination {
            Destination::Twice => outside.next().unwrap_or(Destination::Skipped),
            _ => Destination::Skipped,
        }
    }

    /// A character by its code; negative ones are those above 32767.
    fn unicode(&mut self, value: i32) {
        self.to_skip = self.state.n_fallback;
        self.skipped = None;
        let character = match value {
            ..=0xFFFF => {
                let unit = value as u16;
                self.push_unit(unit);
                char::from_u32(unit.into())
            }
            other => {
                let character = u32::try_from(other).ok().and_then(char::from_u32);
                if let Some(character) = character {
                    self.push(character);
                }
                character
            }
        };
        self.skipped = character.map(|character| (character, 0));
    }

    /// A byte of text.
    fn byte(&mut self, byte: Byte) {
        if self.to_skip > 0 {
            self.to_skip -= 1;
            self.skipped = self.skipped.map(|(character, _)| (character, byte.value));
            return;
        }
        // Some writers count a character of two bytes as one.
        if let Some((character, first)) = self.skipped.take()
            && first >= 0x80
            && let Some(encoding) = self.fonts.script(self.state.fonts.font()).encoding()
            && codepage::is_double_byte(encoding)
            && pair(first, byte.value, encoding) == Some(character)
        {
            return;
        }
        if self.reads_text() {
            self.bytes.push(byte);
        }
    }

    /// Takes the second byte of a character that is written as it is, for it may look like a sign of
    /// the grammar.
    fn second_byte(&mut self, first: u8, tokens: &mut Tokens<'_>) {
        let script = self.fonts.script(self.state.fonts.font());
        let is_first = self
            .bytes
            .last()
            .is_some_and(|last| last.value == first && !last.escaped);
        if first <= 0x80
            || !is_first
            || !script.encoding().is_some_and(codepage::is_double_byte)
            || self.is_second()
        {
            return;
        }
        if let Some(value) = tokens.second_byte() {
            self.bytes.push(Byte {
                value,
                escaped: false,
            });
        }
    }

    /// Whether the last byte may be the second one of a character, for the one before is a first.
    fn is_second(&self) -> bool {
        let before = self.bytes.iter().rev().skip(1);
        let n_first = before
            .take_while(|byte| byte.value > 0x80 && byte.escaped)
            .count();
        n_first % 2 == 1
    }

    fn character(&mut self, character: char) {
        self.flush();
        if self.to_skip > 0 {
            self.to_skip -= 1;
            return;
        }
        self.skipped = None;
        self.push(character);
    }

    fn end_fallback(&mut self) {
        self.to_skip = 0;
        self.skipped = None;
    }

    /// Decodes the bytes that wait.
    fn flush(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let script = self.fonts.script(self.state.fonts.font());
        let text = decode(&self.bytes, script);
        self.bytes.clear();
        text.chars().for_each(|character| self.push(character));
    }

    fn push(&mut self, character: char) {
        match self.state.destination {
            Destination::Style => {
                if let Some(style) = &mut self.style {
                    style.name.push(character);
                }
            }
            Destination::Title | Destination::Author => {
                if !character.is_control() {
                    self.field.push(character);
                }
            }
            _ if self.state.hidden || self.state.deleted => {}
            _ => {
                let in_number = self.state.in_number;
                match self.flow() {
                    Some(flow) if in_number => flow.push_label(character),
                    Some(flow) => flow.push(character),
                    None => {}
                }
            }
        }
    }

    fn push_unit(&mut self, unit: u16) {
        let is_visible = !self.state.hidden && !self.state.deleted;
        let in_number = self.state.in_number;
        match self.flow() {
            Some(flow) if !in_number => {
                if is_visible {
                    flow.push_unit(unit);
                }
            }
            _ => {
                if let Some(character) = char::from_u32(unit.into()) {
                    self.push(character);
                }
            }
        }
    }

    fn reads_text(&self) -> bool {
        !matches!(
            self.state.destination,
            Destination::Skipped
                | Destination::Shape
                | Destination::Twice
                | Destination::Fonts
                | Destination::Styles
                | Destination::Info
                | Destination::Created
        )
    }

    fn flow(&mut self) -> Option<&mut Flow> {
        match self.state.destination {
            Destination::Main => Some(&mut self.main),
            Destination::Boxes => Some(&mut self.boxes),
            Destination::Notes => Some(&mut self.notes),
            _ => None,
        }
    }

    fn end_paragraph(&mut self, budget: &mut Budget) -> Result<(), Error> {
        // A paragraph whose mark is not seen goes on.
        if self.state.hidden || self.state.deleted {
            if let Some(flow) = self.flow() {
                flow.drop_label();
            }
            return Ok(());
        }
        let of_style = self.styles.level(self.state.style);
        let level = match self.state.outline {
            Some(outline) if of_style != Some(0) => outline_level(outline),
            _ => of_style,
        };
        let in_table = self.state.in_table;
        match self.flow() {
            Some(flow) if in_table => flow.end_cell_paragraph(budget),
            Some(flow) => flow.end_paragraph(level, budget),
            None => Ok(()),
        }
    }

    fn end_cell(&mut self, budget: &mut Budget) -> Result<(), Error> {
        self.flow().map_or(Ok(()), |flow| flow.end_cell(budget))
    }
}

/// The day of a year, a month and a day.
fn day([year, month, day]: [i32; 3]) -> Option<String> {
    let known = (1980..=9999).contains(&year) && (1..=12).contains(&month);
    let known = known && (1..=31).contains(&day);
    known.then(|| format!("{year:04}-{month:02}-{day:02}"))
}
