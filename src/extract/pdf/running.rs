//! Running headers, footers and page numbers: found at the edges of the pages, and dropped.

use std::collections::HashMap;

use super::layout::{PageText, Region};

/// Lines at each edge that are looked at.
const DEPTH: usize = 4;
/// Part of the page's height at an edge where running lines stand.
const RUNNING_MARGIN: f32 = 0.15;
/// The same where a bare number is a page number.
const NUMBER_MARGIN: f32 = 0.12;
/// Heights nearer than this, in points, are the same.
const SAME_HEIGHT: f32 = 4.0;

/// Drops what is the same, numbers aside, at the same height on several pages, and page numbers.
pub(super) fn drop_running(pages: &mut [PageText]) {
    let mut heights: HashMap<String, Vec<f32>> = HashMap::new();
    for page in pages.iter() {
        let mut edges = Edge::Top.lines(page);
        edges.extend(Edge::Bottom.lines(page));
        // On a short page the edges overlap.
        edges.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
        edges.dedup();
        for (text, y) in edges {
            heights.entry(without_numbers(&text)).or_default().push(y);
        }
    }
    for heights in heights.values_mut() {
        heights.sort_by(f32::total_cmp);
    }
    let needed = if pages.len() > 4 { 3 } else { 2 };
    let is_single = pages.len() < 2;
    for page in pages {
        for edge in [Edge::Top, Edge::Bottom] {
            for _ in 0..DEPTH {
                let Some((text, y)) = edge.lines(page).into_iter().next() else {
                    break;
                };
                let same = heights.get(&without_numbers(&text));
                let n_same = same.map_or(0, |heights| {
                    let from = heights.partition_point(|other| *other < y - SAME_HEIGHT);
                    heights.partition_point(|other| *other <= y + SAME_HEIGHT) - from
                });
                let is_running =
                    n_same >= needed && !is_single && is_at_edge(y, page.edges, RUNNING_MARGIN);
                let is_in_margin = is_at_edge(y, page.edges, NUMBER_MARGIN);
                if !is_running && !is_page_number(&text, is_in_margin) {
                    break;
                }
                edge.drop_line(page);
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Edge {
    Top,
    Bottom,
}

impl Edge {
    /// Text and height of the lines, from the edge inwards.
    fn lines(self, page: &PageText) -> Vec<(String, f32)> {
        let mut found = Vec::new();
        let regions: Box<dyn Iterator<Item = &Region>> = match self {
            Self::Top => Box::new(page.regions.iter()),
            Self::Bottom => Box::new(page.regions.iter().rev()),
        };
        for region in regions.take(DEPTH) {
            match region {
                Region::Row(cells) => {
                    let lines = cells.iter().flatten();
                    let texts: Vec<&str> = lines.map(|line| line.text.as_str()).collect();
                    let y = cells.iter().flatten().next().map_or(0.0, |line| line.y);
                    found.push((texts.concat(), y));
                }
                Region::Lines(lines) => {
                    let place = |line: &super::line::Line| (line.text.clone(), line.y);
                    match self {
                        Self::Top => found.extend(lines.iter().take(DEPTH).map(place)),
                        Self::Bottom => found.extend(lines.iter().rev().take(DEPTH).map(place)),
                    }
                }
            }
        }
        found.truncate(DEPTH);
        found
    }

    fn drop_line(self, page: &mut PageText) {
        let place = match self {
            Self::Top => 0,
            Self::Bottom => page.regions.len().saturating_sub(1),
        };
        let is_empty = match page.regions.get_mut(place) {
            Some(Region::Lines(lines)) if lines.len() > 1 => {
                match self {
                    Self::Top => drop(lines.remove(0)),
                    Self::Bottom => drop(lines.pop()),
                }
                false
            }
            Some(_) => true,
            None => false,
        };
        if is_empty {
            page.regions.remove(place);
        }
    }
}

fn without_numbers(text: &str) -> String {
    let mut kept = String::new();
    for character in text.chars().filter(|character| !character.is_whitespace()) {
        if !character.is_numeric() {
            kept.push(character);
        } else if !kept.ends_with('#') {
            kept.push('#');
        }
    }
    kept
}

fn is_at_edge(y: f32, (bottom, top): (f32, f32), share: f32) -> bool {
    let margin = share * (top - bottom);
    y < bottom + margin || y > top - margin
}

/// Such as `— 1 —`, `- 3 -` and `第3页`, and in the margin `12` and `3/12`.
fn is_page_number(text: &str, is_in_margin: bool) -> bool {
    let text: String = text
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    let is_dash = |character| "-—–－―·•~～".contains(character);
    let bare = text.trim_matches(is_dash);
    let is_number = |text: &str| {
        let is_digit = |character: char| {
            character.is_numeric() || "〇一二三四五六七八九十百".contains(character)
        };
        (1..=4).contains(&text.chars().count()) && text.chars().all(is_digit)
    };
    if is_number(bare) {
        let is_plain = bare.chars().all(char::is_numeric);
        return bare.len() < text.len() || is_in_margin && is_plain;
    }
    if let Some(page) = bare.strip_prefix('第')
        && let Some((number, rest)) = page.split_once('页').or_else(|| page.split_once('頁'))
    {
        let rest = rest.trim_start_matches(|character| "，,/共".contains(character));
        let rest = rest.trim_end_matches(['页', '頁']);
        return is_number(number) && (rest.is_empty() || is_number(rest));
    }
    match bare.split_once(['/', '／']) {
        Some((number, all)) => is_in_margin && is_number(number) && is_number(all),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_page_number;

    #[test]
    fn page_numbers() {
        for text in [
            "— 1 —",
            "- 3 -",
            "－12－",
            "第 3 页",
            "第三页",
            "第 3 页 共 10 页",
            "·7·",
            "第2页/共8页",
        ] {
            assert!(is_page_number(text, false), "{text}");
        }
        for text in ["12", "3/12", "xii3"] {
            assert_eq!(is_page_number(text, true), text != "xii3", "{text}");
            assert!(!is_page_number(text, false), "{text}");
        }
        for text in [
            "一、",
            "第三章",
            "2024年",
            "一",
            "第 3 页的内容",
            "—",
            "12345",
        ] {
            assert!(!is_page_number(text, true), "{text}");
        }
    }
}
