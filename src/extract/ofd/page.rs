//! What is painted on a page: runs of characters with their places and sizes.
//!
//! Lengths are millimetres from the upper left corner of the page. Knows neither lines nor
//! paragraphs.
//!
//! Source: GB/T 33190-2016, sections 7.7 (page), 8.5 (graphic unit) and 11 (text).

use super::super::xml::{Element, Node, decode};
use super::super::{Budget, Error};

/// What a run costs beside its text, in bytes.
const RUN: u64 = 128;
/// A gap wider than this share of the size stands for a space between two Latin letters or digits.
const GAP_IN_LATIN: f64 = 0.3;
/// The same between other characters.
const GAP: f64 = 1.0;
/// A gap of so many sizes ends a run: what stands between may be another object.
const WIDE: f64 = 2.5;

/// Characters that follow each other on one line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    /// The text.
    pub text: String,
    /// Where it begins.
    pub x: f64,
    /// Where it ends.
    pub end: f64,
    /// Its base line.
    pub y: f64,
    /// Size of its characters.
    pub size: f64,
}

/// A page.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// In the order of painting.
    pub runs: Vec<Run>,
    /// Width, where the page says it.
    pub width: Option<f64>,
    /// Height, where the page says it.
    pub height: Option<f64>,
    /// Ids of the templates that it uses.
    pub templates: Vec<String>,
    /// Whether pictures are on it.
    pub pictures: bool,
}

/// Reads the content of a page or of a template.
///
/// # Errors
/// [`Error::Broken`] where it is no XML, and those of [`Budget::spend`].
pub(super) fn read(bytes: &[u8], part: &str, budget: &mut Budget) -> Result<Page, Error> {
    let mut page = Page::default();
    let mut placed = Vec::new();
    let mut object: Option<Object> = None;
    let mut code: Option<Code> = None;
    let mut text = String::new();
    // Clips hold text objects too, which are not painted.
    let mut clips = 0_u32;
    let xml = decode(bytes, budget)?;
    let mut xml = super::loose(&xml, part);
    while let Some(node) = xml.next(budget)? {
        match node {
            Node::Start(element) => {
                text.clear();
                match element.name() {
                    "Template" => page.templates.extend(element.attribute("TemplateID")),
                    "ImageObject" => page.pictures = true,
                    "Clips" => clips = clips.saturating_add(1),
                    "TextObject" if clips == 0 => object = Some(Object::new(&element)),
                    "TextCode" if clips == 0 => {
                        code = object.as_mut().map(|object| Code::new(&element, object));
                    }
                    _ => {}
                }
            }
            Node::Text(piece) => text.push_str(&piece),
            Node::End(end) => match end.name() {
                "Clips" => clips = clips.saturating_sub(1),
                "TextObject" => object = None,
                "TextCode" => {
                    if let (Some(object), Some(code)) = (&object, code.take())
                        && object.visible
                    {
                        budget.spend(RUN + 8 * text.len() as u64)?;
                        place(object, code, &text, &mut placed);
                    }
                }
                "PhysicalBox" => (page.width, page.height) = size_of_box(&text),
                _ => {}
            },
        }
    }
    page.runs = upright(placed);
    Ok(page)
}

/// Width and height of a box such as `0 0 210 297`.
pub(super) fn size_of_box(text: &str) -> (Option<f64>, Option<f64>) {
    let numbers = numbers(text);
    let positive = |at: usize| numbers.get(at).copied().filter(|size| *size > 0.0);
    (positive(2), positive(3))
}

fn numbers(text: &str) -> Vec<f64> {
    let numbers = text.split_whitespace().take(16);
    numbers
        .map(|number| finite(number).unwrap_or(0.0))
        .collect()
}

fn finite(text: &str) -> Option<f64> {
    // A page wider than a kilometre is not meant.
    text.trim()
        .parse::<f64>()
        .ok()
        .filter(|number| number.abs() < 1e6)
}

/// What a text object says of all its codes.
struct Object {
    visible: bool,
    size: f64,
    stretch: f64,
    origin: (f64, f64),
    matrix: [f64; 6],
    /// Place of the code before, which the next one may leave out (11.3).
    last: (f64, f64),
}

impl Object {
    fn new(element: &Element<'_>) -> Self {
        let number = |name: &str| element.attribute(name).and_then(|text| finite(&text));
        let list = |name: &str| numbers(&element.attribute(name).unwrap_or_default());
        let origin = list("Boundary");
        let origin = (
            origin.first().copied().unwrap_or(0.0),
            origin.get(1).copied().unwrap_or(0.0),
        );
        let matrix = list("CTM")
            .try_into()
            .unwrap_or([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        Self {
            visible: element
                .attribute("Visible")
                .is_none_or(|flag| flag != "false" && flag != "0"),
            size: number("Size").filter(|size| *size > 0.0).unwrap_or(1.0),
            stretch: number("HScale").filter(|scale| *scale > 0.0).unwrap_or(1.0),
            origin,
            matrix,
            last: (0.0, 0.0),
        }
    }

    /// Where a place in the object is on the page.
    fn on_page(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let [xx, xy, yx, yy, right, down] = self.matrix;
        (
            self.origin.0 + xx * x + yx * y + right,
            self.origin.1 + xy * x + yy * y + down,
        )
    }

    /// How much wider and how much higher the matrix makes a character.
    fn scale(&self) -> (f64, f64) {
        let [xx, xy, yx, yy, ..] = self.matrix;
        let (wide, high) = (xx.hypot(xy), yx.hypot(yy));
        // Some writers leave one of them out.
        (
            if wide > 0.0 { wide } else { high },
            if high > 0.0 { high } else { wide },
        )
    }
}

/// Where the characters of a code stand.
struct Code {
    x: f64,
    y: f64,
    steps_x: Steps,
    steps_y: Steps,
}

impl Code {
    fn new(element: &Element<'_>, object: &mut Object) -> Self {
        let number = |name: &str| element.attribute(name).and_then(|text| finite(&text));
        let x = number("X").unwrap_or(object.last.0);
        let y = number("Y").unwrap_or(object.last.1);
        object.last = (x, y);
        Self {
            x,
            y,
            steps_x: Steps::new(element.attribute("DeltaX")),
            steps_y: Steps::new(element.attribute("DeltaY")),
        }
    }
}

/// The distances from character to character: `1.5 1.5 g 3 2.0` is 1.5 twice and 2.0 three times
/// (11.3). Where they run out, the last one goes on, as readers do it.
struct Steps {
    /// Distance, and how often it is left.
    steps: std::vec::IntoIter<(f64, u32)>,
    current: Option<(f64, u32)>,
}

impl Steps {
    fn new(text: Option<String>) -> Self {
        let text = text.unwrap_or_default();
        let mut words = text.split_whitespace();
        let mut steps = Vec::new();
        while let Some(word) = words.next() {
            if word == "g" {
                let times = words.next().and_then(|times| times.parse().ok());
                let step = words.next().and_then(finite);
                steps.extend(step.zip(times));
            } else {
                steps.extend(finite(word).map(|step| (step, 1)));
            }
        }
        Self {
            steps: steps.into_iter(),
            current: None,
        }
    }

    /// The next distance; `None` where none is given at all.
    fn next(&mut self) -> Option<f64> {
        while self.current.is_none_or(|(_, left)| left == 0) {
            match self.steps.next() {
                Some(step) => self.current = Some(step),
                None => break,
            }
        }
        let (step, left) = self.current.as_mut()?;
        *left = left.saturating_sub(1);
        Some(*step)
    }
}

/// Towards which side of the page a text reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Right,
    Down,
    Left,
    Up,
}

/// The direction of a matrix; `None` where it is oblique, as only watermarks are.
fn direction([a, b, c, d, ..]: [f64; 6]) -> Option<Direction> {
    // A matrix without width still says by its height how it is turned.
    let (across, down) = if a == 0.0 && b == 0.0 {
        (d, -c)
    } else {
        (a, b)
    };
    let (wide, high) = (across.abs(), down.abs());
    if high <= wide * 0.2 {
        Some(if across < 0.0 && d < 0.0 {
            Direction::Left
        } else {
            Direction::Right
        })
    } else if wide <= high * 0.2 {
        Some(if down > 0.0 {
            Direction::Down
        } else {
            Direction::Up
        })
    } else {
        None
    }
}

/// Adds the runs of a code.
fn place(object: &Object, mut code: Code, text: &str, placed: &mut Vec<(Direction, Run)>) {
    let Some(direction) = direction(object.matrix) else {
        return;
    };
    let (wide, high) = object.scale();
    let size = object.size * high;
    let mut at = (code.x, code.y);
    let mut run: Option<Run> = None;
    let mut last_y = 0.0;
    for character in text.chars() {
        let (x, y) = turn(object.on_page(at), direction);
        let forward = object.size * width_of(character) * object.stretch;
        // Some writers give glyphs without a character a control character.
        if !character.is_control() {
            let end = x + forward * wide;
            match run
                .as_mut()
                .map(|open| (fit(open, (x, y), last_y, size), open))
            {
                Some((Fit::Below, open)) => open.text.push(character),
                Some((Fit::Beside, open)) => {
                    let spaced = open.text.ends_with(' ') || character == ' ';
                    if x - open.end > GAP * size && !spaced {
                        open.text.push(' ');
                    }
                    open.text.push(character);
                    open.end = end;
                }
                Some((Fit::Apart, _)) | None => {
                    placed.extend(run.take().map(|run| (direction, run)));
                    run = Some(Run {
                        text: character.to_string(),
                        x,
                        end,
                        y,
                        size,
                    });
                }
            }
            last_y = y;
        }
        let (step_x, step_y) = (code.steps_x.next(), code.steps_y.next());
        let falls = step_y.is_some_and(|step| step != 0.0);
        at.0 += step_x.unwrap_or(if falls { 0.0 } else { forward });
        at.1 += step_y.unwrap_or(0.0);
    }
    placed.extend(run.map(|run| (direction, run)));
}

/// How a character stands to the run before it.
enum Fit {
    /// It goes on with it on the same line.
    Beside,
    /// It stands under its last character, as in a vertical label.
    Below,
    /// It begins another run.
    Apart,
}

fn fit(open: &Run, (x, y): (f64, f64), last_y: f64, size: f64) -> Fit {
    let gap = x - open.end;
    let step = y - last_y;
    let one_wide = open.end - open.x < 1.5 * size && (x - open.x).abs() < 0.3 * size;
    if one_wide && step > 0.5 * size && step < 2.5 * size {
        Fit::Below
    } else if (y - open.y).abs() < 0.5 * size && gap > -1.5 * size && gap < WIDE * size {
        Fit::Beside
    } else {
        Fit::Apart
    }
}

/// Whether the gap between the end of `before` and `character` is that of a space.
pub(super) fn needs_space(before: &str, character: char, gap: f64, size: f64) -> bool {
    let Some(last) = before.chars().next_back() else {
        return false;
    };
    if last.is_whitespace() || character.is_whitespace() {
        return false;
    }
    let latin = last.is_ascii_alphanumeric() && character.is_ascii_alphanumeric();
    gap > size * if latin { GAP_IN_LATIN } else { GAP }
}

/// About how wide a character is, as a share of its size.
fn width_of(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | '\'' | ' ' => 0.3,
        'm' | 'w' | 'M' | 'W' => 0.85,
        'A'..='Z' => 0.67,
        '\u{0}'..='\u{2ff}' => 0.5,
        _ => 1.0,
    }
}

/// Turns a place so that text of this direction reads to the right.
fn turn((x, y): (f64, f64), direction: Direction) -> (f64, f64) {
    match direction {
        Direction::Right => (x, y),
        Direction::Down => (y, -x),
        Direction::Left => (-x, -y),
        Direction::Up => (-y, x),
    }
}

/// Puts all runs into the frame of the direction in which most of the page reads; a run of another
/// direction keeps its text and becomes a line of its own where it begins.
fn upright(placed: Vec<(Direction, Run)>) -> Vec<Run> {
    let directions = [
        Direction::Right,
        Direction::Down,
        Direction::Left,
        Direction::Up,
    ];
    let length = |direction: Direction| -> usize {
        let runs = placed.iter().filter(|(of_run, _)| *of_run == direction);
        runs.map(|(_, run)| run.text.len()).sum()
    };
    let mut main = Direction::Right;
    for direction in directions {
        if length(direction) > length(main) {
            main = direction;
        }
    }
    let into_main = |(direction, mut run): (Direction, Run)| {
        if direction != main {
            let back = match direction {
                Direction::Right => (run.x, run.y),
                Direction::Down => (-run.y, run.x),
                Direction::Left => (-run.x, -run.y),
                Direction::Up => (run.y, -run.x),
            };
            (run.x, run.y) = turn(back, main);
            run.end = run.x + run.size;
        }
        run
    };
    placed.into_iter().map(into_main).collect()
}
