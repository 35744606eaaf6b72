//! Lines over time as SVG.
//!
//! What lies across is in percent and what stands up in pixels, so that the chart is as wide as the
//! window while its texts keep their size. Lines differ by dashes, marks and labels at their ends as
//! well as by colour. What is pointed at says its values: the browser shows them as a title, or a
//! script takes them from there into the box that waits beside the lines. Hundreds of months are
//! hundreds of titles, so that a title is all that there is of each.

use maud::{Markup, html};

/// Heights in pixels: above the lines, of the lines, of the labels below.
const TOP: f64 = 12.0;
const PLOT: f64 = 220.0;
const BOTTOM: f64 = 26.0;
/// Width of the lines in their own units; they are stretched to what there is.
const ACROSS: f64 = 1_000.0;
/// Characters of all labels below, and marks on a line, where there are many stretches of time.
const TIME_CHARS: usize = 52;
const MOST_MARKS: usize = 30;
/// From one label at the end of a line to the next.
const LABEL_HEIGHT: f64 = 17.0;
/// Characters of a label.
const LABEL_CHARS: usize = 8;

/// What stands between a label and its value; a value has none of it.
const BEHIND_LABEL: &str = "：";

/// The marks of the lines, around their middle.
const MARKS: [&str; 5] = [
    "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z",
    "M-3.7,-3.7h7.4v7.4h-7.4z",
    "M0,-4.8L4.8,3.8H-4.8z",
    "M0,-5.4L5.4,0L0,5.4L-5.4,0z",
    "M-3.8,-3.8L3.8,3.8M3.8,-3.8L-3.8,3.8",
];

/// One line.
pub(super) struct Series<'a> {
    /// Which of the five looks it has.
    pub(super) look: usize,
    pub(super) label: &'a str,
    /// One for each stretch of time; `None` where there is nothing to be measured.
    pub(super) values: Vec<Option<f64>>,
    /// The same in words.
    pub(super) shown: Vec<String>,
}

/// Lines over the same stretches of time.
pub(super) struct LineChart<'a> {
    /// Names of the stretches of time.
    pub(super) times: Vec<String>,
    pub(super) series: Vec<Series<'a>>,
    /// Whether values are parts of a hundred rather than whole numbers.
    pub(super) is_percent: bool,
    /// What it shows, for those who do not see it.
    pub(super) label: String,
}

/// A short piece of a line, as it looks in the chart.
pub(super) fn sample(look: usize) -> Markup {
    html! {
        svg.sample.{ "look-" (look) } width="34" height="14" aria-hidden="true" {
            line x1="1" y1="7" x2="33" y2="7" {}
            path d=(mark(look)) transform="translate(17,7)" {}
        }
    }
}

fn mark(look: usize) -> &'static str {
    MARKS[look % MARKS.len()]
}

/// A text of at most so many characters.
fn shortened(text: &str) -> String {
    let text = text.trim_matches(['"', '“', '”']);
    match text.char_indices().nth(LABEL_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl LineChart<'_> {
    pub(super) fn svg(&self) -> Markup {
        let values = self.series.iter().flat_map(|series| &series.values);
        let most = values.flatten().copied().fold(0.0, f64::max);
        let (step, n_steps) = steps(most, !self.is_percent);
        let high = step * n_steps as f64;
        let y = |value: f64| TOP + PLOT * (1.0 - value / high);
        let ticks: Vec<(f64, String)> = (0..=n_steps)
            .map(|n| (y(step * n as f64), self.tick(step * n as f64, step)))
            .collect();
        let height = TOP + PLOT + BOTTOM;
        html! {
            div.line-chart role="img" aria-label=(self.label) {
                svg.scale height=(height) {
                    @for (y, label) in &ticks { text x="100%" y=(px(y + 4.0)) text-anchor="end" { (label) } }
                }
                div.plot {
                    svg width="100%" height=(height) {
                        defs { @for series in &self.series { path id={ "mark-" (series.look) } d=(mark(series.look)) {} } }
                        @for (y, _) in &ticks { line.grid x1="0" x2="100%" y1=(px(*y)) y2=(px(*y)) {} }
                        (self.time_labels())
                        line.cross y1=(TOP) y2=(TOP + PLOT) {}
                        @for series in &self.series { (self.line(series, high, &y)) }
                        @for at in 0..self.times.len() { (self.column(at)) }
                    }
                    (self.values())
                }
                svg.ends height=(height) {
                    @for (series, y) in self.ends(&y) {
                        g.{ "look-" (series.look) } {
                            path d=(mark(series.look)) transform={ "translate(8," (px(y)) ")" } {}
                            text x="18" y=(px(y + 4.5)) { (shortened(series.label)) }
                        }
                    }
                }
            }
        }
    }

    fn tick(&self, value: f64, step: f64) -> String {
        match (self.is_percent, step < 1.0) {
            (false, _) => super::language::number(value.round() as u64),
            (true, false) => format!("{value:.0}%"),
            (true, true) => format!("{value:.1}%"),
        }
    }

    /// The middle of a stretch of time, as a share of the width.
    fn x(&self, at: usize) -> f64 {
        (at as f64 + 0.5) / self.times.len().max(1) as f64
    }

    fn time_labels(&self) -> Markup {
        let chars = self.times.first().map_or(1, |time| time.len().max(1));
        let step = self.times.len().div_ceil(TIME_CHARS / chars).max(1);
        html! {
            @for (n, (at, time)) in self.times.iter().enumerate().step_by(step).enumerate() {
                text.time.secondary[n % 2 == 1] x=(percent(self.x(at))) y=(px(TOP + PLOT + 18.0)) text-anchor="middle" { (time) }
            }
        }
    }

    /// A line, broken where there is nothing, and its marks.
    fn line(&self, series: &Series<'_>, high: f64, y: &dyn Fn(f64) -> f64) -> Markup {
        let points: Vec<(usize, f64)> = series
            .values
            .iter()
            .enumerate()
            .filter_map(|(at, value)| Some((at, (*value)?)))
            .collect();
        let pieces = points.chunk_by(|(a, _), (b, _)| a + 1 == *b);
        let point = |&(at, value): &(usize, f64)| {
            let x = self.x(at) * ACROSS;
            format!("{x:.1},{:.1}", PLOT * (1.0 - value / high))
        };
        let step = points.len().div_ceil(MOST_MARKS).max(1);
        // Lines that lie on each other show their marks by turns.
        let first = if step > 1 { series.look % step } else { 0 };
        html! {
            g.{ "look-" (series.look) } {
                svg.drawn y=(px(TOP)) width="100%" height=(PLOT) viewBox={ "0 0 " (ACROSS) " " (PLOT) } preserveAspectRatio="none" {
                    @for piece in pieces {
                        polyline points=(piece.iter().map(point).collect::<Vec<_>>().join(" ")) {}
                    }
                }
                // Where there are many, those that say nothing would lie on each other.
                @for (at, value) in points.iter().skip(first).step_by(step).filter(|(_, value)| step == 1 || *value > 0.0) {
                    use href={ "#mark-" (series.look) } x=(percent(self.x(*at))) y=(px(y(*value))) {}
                }
            }
        }
    }

    /// A stretch of time with its values, a line for each expression behind its label.
    fn column(&self, at: usize) -> Markup {
        let width = 1.0 / self.times.len().max(1) as f64;
        html! {
            rect.reach x=(percent(self.x(at) - width / 2.0)) width=(percent(width)) height="100%" {
                title {
                    (self.times[at])
                    @for series in &self.series { "\n" (shortened(series.label)) (BEHIND_LABEL) (series.shown[at]) }
                }
            }
        }
    }

    /// The box for the values of what is pointed at; a script fills it in.
    fn values(&self) -> Markup {
        html! {
            div.values hidden {
                p.time {}
                @for series in &self.series {
                    p.{ "look-" (series.look) } { (sample(series.look)) span { (shortened(series.label)) } span.n {} }
                }
            }
        }
    }

    /// Where the labels at the ends stand: beside their lines, and none on another.
    fn ends(&self, y: &dyn Fn(f64) -> f64) -> Vec<(&Series<'_>, f64)> {
        let last = |series: &Series<'_>| series.values.iter().rev().flatten().next().copied();
        let mut ends: Vec<(&Series<'_>, f64)> = self
            .series
            .iter()
            .map(|series| (series, y(last(series).unwrap_or(0.0))))
            .collect();
        ends.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut low = f64::MIN;
        for (_, y) in &mut ends {
            *y = y.max(low);
            low = *y + LABEL_HEIGHT;
        }
        let mut high = TOP + PLOT;
        for (_, y) in ends.iter_mut().rev() {
            *y = y.min(high);
            high = *y - LABEL_HEIGHT;
        }
        ends
    }
}

/// How far it is from one line of a grid to the next, so that a few of them reach `most`, and how many
/// steps that takes.
fn steps(most: f64, whole: bool) -> (f64, usize) {
    let rough = (most / 4.0).max(1e-6);
    let magnitude = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|n| n * magnitude)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(rough);
    let step = if whole { step.max(1.0) } else { step };
    let n = (most / step).ceil().clamp(1.0, 10.0);
    (step, n as usize)
}

fn percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}

fn px(pixels: f64) -> String {
    format!("{pixels:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_have_round_numbers() {
        for (most, whole, step, n) in [
            (0.0, true, 1.0, 1),
            (1.0, true, 1.0, 1),
            (3.0, true, 1.0, 3),
            (7.0, true, 2.0, 4),
            (1_234.0, true, 500.0, 3),
            (3_325.0, true, 1_000.0, 4),
            (0.7, false, 0.2, 4),
            (100.0, false, 50.0, 2),
        ] {
            let (got, times) = steps(most, whole);
            assert!((got - step).abs() < 1e-9, "{most}: {got}");
            assert_eq!(times, n, "{most}");
        }
        let (step, n) = steps(0.0, false);
        assert!(step > 0.0 && n == 1);
    }

    #[test]
    fn labels_at_the_ends_keep_apart() {
        let series = |look: usize, last: f64| Series {
            look,
            label: "",
            values: vec![None, Some(last)],
            shown: Vec::new(),
        };
        let chart = LineChart {
            times: Vec::new(),
            series: [0.0, 1.0, 0.0, 99.0, 98.0]
                .into_iter()
                .enumerate()
                .map(|(look, last)| series(look, last))
                .collect(),
            is_percent: false,
            label: String::new(),
        };
        let y = |value: f64| TOP + PLOT * (1.0 - value / 100.0);
        let ends: Vec<f64> = chart.ends(&y).into_iter().map(|(_, y)| y).collect();
        assert!(
            ends.windows(2).all(|w| w[1] - w[0] >= LABEL_HEIGHT - 1e-9),
            "{ends:?}"
        );
        assert!(
            ends.iter().all(|y| (0.0..=TOP + PLOT).contains(y)),
            "{ends:?}"
        );
    }
}
