//! Content streams, interpreted for text alone (ISO 32000-1, 9.4): which glyph stands where.
//!
//! Invisible text (rendering mode 3) counts, as it is how recognised text lies over scans.

use std::rc::Rc;

use hayro_syntax::content::UntypedIter;
use hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};
use hayro_syntax::page::{Page, Resources};

use super::super::{Budget, Error};
use super::PAGE_CHARACTERS;
use super::font::{Code, Font, Fonts, Text};
use super::geometry::Matrix;
use super::info::text_string;
use super::inline;
use super::operands::Operands;
use super::stream::decode;

/// Forms within forms.
const MAX_FORM_DEPTH: usize = 12;
/// Saved graphics states.
const MAX_NESTING: usize = 512;
/// Budget for the glyphs of one code.
const GLYPH_COST: u64 = 4;

/// Which way a glyph's line runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    /// To the right, as usual.
    Right,
    /// Downwards: vertical writing, or text turned clockwise.
    Down,
    /// Upwards.
    Up,
    /// Upside down.
    Left,
    /// Across the page, as watermarks do.
    Slanted,
}

/// A glyph on a page, in points; the page is turned so that its line runs to the right and `y` is
/// upwards.
#[derive(Clone, Debug)]
pub(super) struct Glyph {
    /// What it stands for.
    pub(super) text: Text,
    /// Left end of its baseline.
    pub(super) x: f32,
    /// Height of its baseline.
    pub(super) y: f32,
    /// From `x` to where the next one is expected.
    pub(super) width: f32,
    /// Height of an em.
    pub(super) size: f32,
    /// How the page was turned.
    pub(super) direction: Direction,
}

/// A page's text.
#[derive(Debug, Default)]
pub(super) struct Painted {
    /// In the order of the content stream.
    pub(super) glyphs: Vec<Glyph>,
    /// Whether there are pictures.
    pub(super) pictures: bool,
    /// Lower and upper edge of the visible page.
    pub(super) edges: (f32, f32),
}

/// Interprets the content of a page.
pub(super) fn paint(
    page: &Page<'_>,
    fonts: &mut Fonts,
    budget: &mut Budget,
) -> Result<Painted, Error> {
    let (_, height) = page.render_dimensions();
    let mut painter = Painter {
        fonts,
        budget,
        painted: Painted {
            edges: (0.0, height),
            ..Painted::default()
        },
        state: State::new(Matrix(page.initial_transform(false).as_coeffs())),
        saved: Vec::new(),
        text: Matrix::IDENTITY,
        line: Matrix::IDENTITY,
        marked: 0,
        replaced: None,
        forms: Vec::new(),
    };
    let content = painter.page_content(page)?;
    let content = painter.without_pictures(content);
    painter.run(&content, page.resources(), 0)?;
    Ok(painter.painted)
}

/// The part of the graphics state that text needs (ISO 32000-1, 8.4 and 9.3).
#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    character_spacing: f64,
    word_spacing: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
}

impl State {
    fn new(matrix: Matrix) -> Self {
        Self {
            matrix,
            font: None,
            size: 0.0,
            character_spacing: 0.0,
            word_spacing: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
        }
    }
}

/// Marked content with text that stands for its glyphs (`ActualText`, ISO 32000-1, 14.9.4).
struct Replaced {
    text: String,
    /// Number of marked contents open around it.
    depth: usize,
    /// The glyph that will carry the text.
    glyph: Option<Glyph>,
}

struct Painter<'p> {
    fonts: &'p mut Fonts,
    budget: &'p mut Budget,
    painted: Painted,
    state: State,
    saved: Vec<State>,
    text: Matrix,
    line: Matrix,
    /// Number of open marked contents.
    marked: usize,
    replaced: Option<Replaced>,
    /// The forms that are being painted, by the places of their dictionaries in memory.
    forms: Vec<usize>,
}

impl Painter<'_> {
    fn page_content(&mut self, page: &Page<'_>) -> Result<Vec<u8>, Error> {
        let mut content = Vec::new();
        match page.raw().get::<Object<'_>>("Contents") {
            Some(Object::Stream(stream)) => content = decode(&stream, self.budget)?,
            Some(Object::Array(list)) => {
                for stream in list.iter::<Object<'_>>().filter_map(Object::into_stream) {
                    content.extend(decode(&stream, self.budget)?);
                    content.push(b' ');
                }
            }
            _ => {}
        }
        Ok(content)
    }

    fn without_pictures(&mut self, content: Vec<u8>) -> Vec<u8> {
        let (content, found) = inline::without_pictures(content);
        self.painted.pictures |= found;
        content
    }

    fn run(
        &mut self,
        content: &[u8],
        resources: &Resources<'_>,
        depth: usize,
    ) -> Result<(), Error> {
        let mut instructions = UntypedIter::new(content);
        let mut n_instructions = 0_usize;
        while let Some(instruction) = instructions.next() {
            n_instructions = n_instructions.wrapping_add(1);
            if n_instructions.is_multiple_of(256) {
                self.budget.spend(0)?;
            }
            if self.painted.glyphs.len() >= PAGE_CHARACTERS {
                return Ok(());
            }
            let operands = Operands::of(&instruction);
            let operator: &[u8] = instruction.operator;
            match operator {
                b"Do" => self.external(&operands, resources, depth)?,
                b"Tf" => self.set_font(&operands, resources)?,
                b"Tj" => self.show(operands.string(0))?,
                b"TJ" => self.show_spaced(operands.array(0))?,
                b"'" => {
                    self.next_line(0.0, -self.state.leading);
                    self.show(operands.string(0))?;
                }
                b"\"" => {
                    self.state.word_spacing = operands.number(0);
                    self.state.character_spacing = operands.number(1);
                    self.next_line(0.0, -self.state.leading);
                    self.show(operands.string(2))?;
                }
                b"BDC" => self.begin_marked(operands.object(1), resources),
                b"BMC" => self.begin_marked(None, resources),
                b"EMC" => self.end_marked(),
                _ => self.set(operator, &operands),
            }
        }
        Ok(())
    }

    fn set(&mut self, operator: &[u8], operands: &Operands<'_, '_>) {
        match operator {
            b"q" if self.saved.len() < MAX_NESTING => self.saved.push(self.state.clone()),
            b"Q" => {
                if let Some(state) = self.saved.pop() {
                    self.state = state;
                }
            }
            b"cm" => self.state.matrix = operands.matrix().then(self.state.matrix),
            b"BT" => {
                self.text = Matrix::IDENTITY;
                self.line = Matrix::IDENTITY;
            }
            b"Tm" => {
                self.line = operands.matrix();
                self.text = self.line;
            }
            b"Td" => self.next_line(operands.number(0), operands.number(1)),
            b"TD" => {
                self.state.leading = -operands.number(1);
                self.next_line(operands.number(0), operands.number(1));
            }
            b"T*" => self.next_line(0.0, -self.state.leading),
            b"Tc" => self.state.character_spacing = operands.number(0),
            b"Tw" => self.state.word_spacing = operands.number(0),
            b"Tz" => self.state.stretch = operands.number(0) / 100.0,
            b"TL" => self.state.leading = operands.number(0),
            b"Ts" => self.state.rise = operands.number(0),
            _ => {}
        }
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line = Matrix::shift(x, y).then(self.line);
        self.text = self.line;
    }

    fn set_font(
        &mut self,
        operands: &Operands<'_, '_>,
        resources: &Resources<'_>,
    ) -> Result<(), Error> {
        self.budget.spend(0)?;
        self.state.size = operands.number(1);
        if let Some(name) = operands.name(0) {
            self.state.font = match resources.get_font(name) {
                Some(dict) => Some(self.fonts.load(&dict, self.budget)?),
                None => None,
            };
        }
        Ok(())
    }

    fn external(
        &mut self,
        operands: &Operands<'_, '_>,
        resources: &Resources<'_>,
        depth: usize,
    ) -> Result<(), Error> {
        self.budget.spend(0)?;
        let Some(stream) = operands
            .name(0)
            .and_then(|name| resources.get_x_object(name))
        else {
            return Ok(());
        };
        let dict = stream.dict();
        match dict.get::<Name<'_>>("Subtype").as_deref() {
            Some(b"Image") => self.painted.pictures = true,
            Some(b"Form") if depth < MAX_FORM_DEPTH => {
                let place = dict.data().as_ptr().addr();
                // One that has itself inside would be painted for ever.
                if !self.forms.contains(&place) {
                    self.forms.push(place);
                    let own = dict.get::<Dict<'_>>("Resources").map(Resources::new);
                    self.form(&stream, own.as_ref().unwrap_or(resources), depth)?;
                    self.forms.pop();
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn form(
        &mut self,
        stream: &Stream<'_>,
        resources: &Resources<'_>,
        depth: usize,
    ) -> Result<(), Error> {
        let content = decode(stream, self.budget)?;
        let content = self.without_pictures(content);
        let outside = self.state.clone();
        let saved = std::mem::take(&mut self.saved);
        let matrices = (self.text, self.line);
        if let Some(list) = stream.dict().get::<Array<'_>>("Matrix") {
            let numbers: Vec<f64> = list.iter::<f32>().take(6).map(f64::from).collect();
            if let Ok(matrix) = numbers.try_into() {
                self.state.matrix = Matrix(matrix).then(self.state.matrix);
            }
        }
        self.run(&content, resources, depth + 1)?;
        self.saved = saved;
        self.state = outside;
        (self.text, self.line) = matrices;
        Ok(())
    }

    fn begin_marked(&mut self, properties: Option<&Object<'_>>, resources: &Resources<'_>) {
        let dict = match properties {
            Some(Object::Dict(dict)) => Some(dict.clone()),
            Some(Object::Name(name)) => resources.properties.get::<Dict<'_>>(name),
            _ => None,
        };
        let text = dict.and_then(|dict| dict.get::<PdfString<'_>>("ActualText"));
        if let Some(text) = text
            && self.replaced.is_none()
        {
            self.replaced = Some(Replaced {
                text: text_string(&text),
                depth: self.marked,
                glyph: None,
            });
        }
        self.marked = self.marked.saturating_add(1);
    }

    fn end_marked(&mut self) {
        self.marked = self.marked.saturating_sub(1);
        let is_end = |replaced: &mut Replaced| replaced.depth >= self.marked;
        if let Some(replaced) = self.replaced.take_if(is_end)
            && let Some(mut glyph) = replaced.glyph
            && !replaced.text.is_empty()
        {
            glyph.text = Text::String(replaced.text.into());
            self.painted.glyphs.push(glyph);
        }
    }

    /// Shows the strings of an array; its numbers move the pen back, in thousandths of an em.
    fn show_spaced(&mut self, list: Option<&Array<'_>>) -> Result<(), Error> {
        let Some(list) = list else {
            return Ok(());
        };
        for object in list.iter::<Object<'_>>() {
            match object {
                Object::String(string) => self.show(Some(&string))?,
                Object::Number(number) => {
                    let back = number.as_f64() / 1000.0 * self.state.size;
                    let is_vertical = self
                        .state
                        .font
                        .as_ref()
                        .is_some_and(|font| font.is_vertical());
                    self.text = if is_vertical {
                        Matrix::shift(0.0, -back).then(self.text)
                    } else {
                        Matrix::shift(-back * self.state.stretch, 0.0).then(self.text)
                    };
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn show(&mut self, string: Option<&PdfString<'_>>) -> Result<(), Error> {
        let (Some(string), Some(font)) = (string, self.state.font.clone()) else {
            return Ok(());
        };
        let codes = font.codes(string);
        self.budget
            .spend(GLYPH_COST.saturating_mul(codes.len() as u64))?;
        for code in codes {
            self.show_code(&code, &font);
            if self.painted.glyphs.len() >= PAGE_CHARACTERS {
                break;
            }
        }
        Ok(())
    }

    /// Source: ISO 32000-1, 9.4.4.
    fn show_code(&mut self, code: &Code, font: &Font) {
        let state = &self.state;
        let size = state.size;
        let mut spacing = state.character_spacing;
        let scale = Matrix([size * state.stretch, 0.0, 0.0, size, 0.0, state.rise]);
        let matrix = scale.then(self.text).then(state.matrix);
        let (right, up, place) = matrix.parts();
        // Letters set wide apart are no words of their own, but a gap in the text is one.
        let em = if size == 0.0 {
            0.0
        } else {
            (code.width * size + spacing) / size
        };
        if code.is_word_space {
            spacing += state.word_spacing;
        }
        let (along, width, height) = if font.is_vertical() {
            let down = (-up.0, -up.1);
            (down, length(up) * em.abs(), length(right))
        } else {
            (right, length(right) * em.abs(), length(up) * font.height())
        };
        let advance = code.width * size + spacing;
        let moved = if font.is_vertical() {
            Matrix::shift(0.0, -advance)
        } else {
            Matrix::shift(advance * state.stretch, 0.0)
        };
        self.text = moved.then(self.text);
        if let Some(glyph) = placed(code.text.clone(), place, along, (width, height)) {
            self.push(glyph);
        }
    }

    fn push(&mut self, glyph: Glyph) {
        let Some(replaced) = &mut self.replaced else {
            self.painted.glyphs.push(glyph);
            return;
        };
        match &mut replaced.glyph {
            None => replaced.glyph = Some(glyph),
            Some(first) if (first.y - glyph.y).abs() < first.size => {
                first.width = first.width.max(glyph.x + glyph.width - first.x);
            }
            Some(_) => {}
        }
    }
}

fn length((x, y): (f64, f64)) -> f64 {
    x.hypot(y)
}

/// Turns a glyph so that its line runs to the right; `None` where it is nowhere or has no size.
fn placed(
    text: Text,
    (x, y): (f64, f64),
    along: (f64, f64),
    (width, height): (f64, f64),
) -> Option<Glyph> {
    let numbers = [x, y, width, height, along.0, along.1];
    let is_usual = |number: &f64| number.is_finite() && number.abs() < 1e6;
    if !numbers.iter().all(is_usual) || height < 0.1 {
        return None;
    }
    let (direction, x, y) = match along {
        (a, b) if a > 0.0 && b.abs() <= 0.15 * a => (Direction::Right, x, y),
        (a, b) if a < 0.0 && b.abs() <= -0.15 * a => (Direction::Left, -x, -y),
        (a, b) if b > 0.0 && a.abs() <= 0.15 * b => (Direction::Up, y, -x),
        (a, b) if b < 0.0 && a.abs() <= -0.15 * b => (Direction::Down, -y, x),
        (a, b) => {
            let length = length(along).max(f64::MIN_POSITIVE);
            let (cos, sin) = (a / length, b / length);
            (Direction::Slanted, x * cos + y * sin, y * cos - x * sin)
        }
    };
    Some(Glyph {
        text,
        x: x as f32,
        y: y as f32,
        width: width as f32,
        size: height as f32,
        direction,
    })
}
