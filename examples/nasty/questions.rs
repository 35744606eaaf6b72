//! Queries of all kinds that are made to be slow.

use std::collections::BTreeMap;

use crate::shared::Dice;
use yicha::analysis::fold::is_han;
use yicha::index::Reader;
use yicha::query::{self, Limits, Query};
use yicha::search::{
    Beside, By, ConcordanceRequest, CountsRequest, Facet, Filters, LineOrder, Mask, Request, Scope,
    Searcher, Zone,
};

/// Most leaves and characters of a query.
const LEAVES: usize = 64;
const CHARS: usize = 1_000;
/// Queries of each kind.
const OF_EACH: usize = 8;

/// What is asked.
pub(crate) enum Question {
    Search(String, Box<Request>),
    Counts(Vec<String>, Scope),
    Lines(String, Box<ConcordanceRequest>),
}

impl Question {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Search(q, _) | Self::Lines(q, _) => q.clone(),
            Self::Counts(all, _) => all.join(" ⧉ "),
        }
    }

    /// Asks, and tells what was found.
    pub(crate) fn ask(&self, reader: &Reader) -> anyhow::Result<String> {
        Ok(match self {
            Self::Search(_, request) => {
                let found = reader.search(request)?;
                let hits: Vec<_> = found
                    .hits
                    .iter()
                    .map(|hit| (&hit.document.path, hit.occurrences, &hit.fragments))
                    .collect();
                format!(
                    "{:?} {:?} {:?} {hits:?}",
                    found.total, found.facets, found.hint
                )
            }
            Self::Counts(all, scope) => {
                let request = CountsRequest {
                    queries: all.iter().map(|q| parsed(q)).collect(),
                    by: By::Year,
                    zone: Zone::All,
                    mask: Mask::Also,
                    scope: *scope,
                    filters: Filters::default(),
                    limit: 200,
                    deadline: None,
                };
                let found = reader.counts(&request)?;
                format!("{:?} {:?}", found.buckets, found.queries)
            }
            Self::Lines(_, request) => {
                let found = reader.concordance(request)?;
                format!(
                    "{} {} {:?}",
                    found.documents, found.occurrences, found.listed
                )
            }
        })
    }
}

fn parsed(q: &str) -> Query {
    query::parse(q, Limits::default()).expect("is within the limits")
}

/// The commonest characters of the archive, and words of it.
pub(crate) struct Common {
    chars: Vec<char>,
    pairs: Vec<String>,
}

impl Common {
    pub(crate) fn of(texts: &[String]) -> Self {
        let mut chars: BTreeMap<char, usize> = BTreeMap::new();
        let mut pairs: BTreeMap<[char; 2], usize> = BTreeMap::new();
        for text in texts.iter().step_by(5) {
            let mut before = ' ';
            for c in text.chars() {
                if is_han(c) {
                    *chars.entry(c).or_default() += 1;
                    if is_han(before) {
                        *pairs.entry([before, c]).or_default() += 1;
                    }
                }
                before = c;
            }
        }
        let mut by_count: Vec<(char, usize)> = chars.into_iter().collect();
        by_count.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let mut pairs: Vec<([char; 2], usize)> = pairs.into_iter().collect();
        pairs.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        Self {
            chars: by_count.into_iter().map(|(c, _)| c).take(400).collect(),
            pairs: pairs
                .into_iter()
                .map(|(pair, _)| pair.iter().collect())
                .take(400)
                .collect(),
        }
    }
}

impl Dice {
    /// One of the commonest `n`.
    fn char(&mut self, common: &Common, n: usize) -> String {
        let n = n.min(common.chars.len());
        common.chars[self.below(n)].to_string()
    }

    /// One of the commonest `n` pairs.
    fn pair(&mut self, common: &Common, n: usize) -> String {
        let n = n.min(common.pairs.len());
        common.pairs[self.below(n)].clone()
    }

    /// Parts of a phrase with gaps between them.
    fn gaps(&mut self, common: &Common, parts: usize, of: usize) -> String {
        let chars: Vec<String> = (0..parts).map(|_| self.char(common, of)).collect();
        format!("\"{}\"", chars.join("…"))
    }

    /// Brackets in brackets with `leaves` of characters and gaps.
    fn tree(&mut self, common: &Common, leaves: usize, depth: usize) -> String {
        if leaves == 1 {
            return match self.below(3) {
                0 => self.gaps(common, 2, 60),
                1 => format!("-{}", self.char(common, 60)),
                _ => self.char(common, 60),
            };
        }
        let left = 1 + self.below(leaves - 1);
        let operator = if self.below(2) == 0 { " | " } else { " " };
        let (a, b) = (
            self.tree(common, left, depth + 1),
            self.tree(common, leaves - left, depth + 1),
        );
        if depth == 0 {
            format!("{a}{operator}{b}")
        } else {
            format!("({a}{operator}{b})")
        }
    }
}

/// Joins leaves, as many as a query may have.
fn joined(mut leaf: impl FnMut(usize) -> String, n: usize, operator: &str) -> String {
    let mut q = String::new();
    for at in 0..n.min(LEAVES) {
        let leaf = leaf(at);
        let operator = if at == 0 { "" } else { operator };
        if q.chars().count() + operator.chars().count() + leaf.chars().count() > CHARS {
            break;
        }
        q.push_str(operator);
        q.push_str(&leaf);
    }
    q
}

/// The questions by kind.
pub(crate) struct Kinds(pub(crate) Vec<(&'static str, Vec<Question>)>);

impl Kinds {
    pub(crate) fn new(common: &Common, texts: &[String]) -> Self {
        let mut kinds = Self(Vec::new());
        kinds.leaves(common);
        kinds.phrases(common, texts);
        kinds.near(common);
        kinds.counts(common);
        kinds.lines(common);
        kinds
    }

    fn dice(&self) -> Dice {
        Dice(self.0.len() as u64)
    }

    /// Searches of a kind.
    fn ask(&mut self, name: &'static str, query: impl FnMut(&mut Dice) -> String) {
        self.ask_with(name, &Request::default(), query);
    }

    fn ask_in(&mut self, name: &'static str, scope: Scope, query: impl FnMut(&mut Dice) -> String) {
        let request = Request {
            scope,
            ..Request::default()
        };
        self.ask_with(name, &request, query);
    }

    fn ask_with(
        &mut self,
        name: &'static str,
        request: &Request,
        mut query: impl FnMut(&mut Dice) -> String,
    ) {
        let mut dice = self.dice();
        let of_kind = (0..OF_EACH).map(|_| {
            let q = query(&mut dice);
            let request = Request {
                query: parsed(&q),
                ..request.clone()
            };
            Question::Search(q, Box::new(request))
        });
        self.0.push((name, of_kind.collect()));
    }

    /// 64 leaves, joined.
    fn leaves(&mut self, common: &Common) {
        let chars = |operator: &'static str| {
            move |dice: &mut Dice| joined(|_| dice.char(common, 150), LEAVES, operator)
        };
        let words = |operator: &'static str| {
            move |dice: &mut Dice| joined(|_| dice.pair(common, 400), LEAVES, operator)
        };
        let gaps = |operator: &'static str| {
            move |dice: &mut Dice| joined(|_| dice.gaps(common, 2, 100), LEAVES, operator)
        };
        let tree = |dice: &mut Dice| dice.tree(common, LEAVES, 0);
        let (sentence, paragraph) = (Scope::Sentence, Scope::Paragraph);
        self.ask("64 characters by AND", chars(" "));
        self.ask("64 characters by OR", chars(" | "));
        self.ask_in("64 characters by AND in a sentence", sentence, chars(" "));
        self.ask_in("64 characters by OR in a sentence", sentence, chars(" | "));
        self.ask("64 words by OR", words(" | "));
        self.ask_in("64 words by AND in a paragraph", paragraph, words(" "));
        self.ask("64 gaps by AND", gaps(" "));
        self.ask("64 gaps by OR", gaps(" | "));
        self.ask_in("64 gaps by AND in a sentence", sentence, gaps(" "));
        self.ask_in("64 gaps by OR in a sentence", sentence, gaps(" | "));
        for (name, zone) in [
            ("64 gaps by OR in titles", Zone::Title),
            ("64 gaps by OR in headings", Zone::Heading),
            ("64 gaps by OR behind the title", Zone::Body),
        ] {
            let request = Request {
                zone,
                ..Request::default()
            };
            self.ask_with(name, &request, gaps(" | "));
        }
        let all_facets = Request {
            facets: Facet::ALL.to_vec(),
            facet_limit: 200,
            ..Request::default()
        };
        self.ask_with("64 gaps by OR with all facets", &all_facets, gaps(" | "));
        let large = Request {
            limit: 100,
            n_snippets: 20,
            ..Request::default()
        };
        let name = "64 gaps by OR, 100 hits with 20 snippets";
        self.ask_with(name, &large, gaps(" | "));
        let name = "64 characters by OR, 100 hits with 20 snippets";
        self.ask_with(name, &large, chars(" | "));
        self.ask("brackets of 64", tree);
        self.ask_in("brackets of 64 in a paragraph", paragraph, tree);
        self.ask_in("brackets of 64 in a sentence", sentence, tree);
        self.ask("64 openings by OR", |dice| {
            let leaf = |_| format!("\"{}*{}\"", dice.char(common, 60), dice.char(common, 60));
            joined(leaf, LEAVES, " | ")
        });
        self.ask("64 numbers by OR", |dice| {
            joined(|_| format!("{}年", 1 + dice.below(30)), LEAVES, " | ")
        });
        self.ask("64 shares by OR", |dice| {
            joined(|_| format!("{}%", dice.below(100)), LEAVES, " | ")
        });
        let nothing = |dice: &mut Dice| {
            let chars = joined(|_| dice.char(common, 150), LEAVES - 1, " ");
            format!("\"新质生产利龘\" {chars}")
        };
        self.ask("nothing found", nothing);
        self.ask_in("nothing found in a sentence", sentence, nothing);
    }

    /// Short and long ones.
    fn phrases(&mut self, common: &Common, texts: &[String]) {
        let chain = |parts, of| move |dice: &mut Dice| dice.gaps(common, parts, of);
        self.ask("one character", |dice| dice.char(common, 8));
        self.ask("4 gaps in one phrase", chain(5, 30));
        self.ask("490 gaps in one phrase", chain(490, 100));
        self.ask("490 gaps of one character", chain(490, 1));
        let passage = |dice: &mut Dice| {
            // Some text is long enough, or this is no archive to measure on.
            for _ in 0..100_000 {
                let signs = texts[dice.below(texts.len())].chars();
                let cut: String = signs.filter(|c| is_han(*c)).take(990).collect();
                if cut.chars().count() == 990 {
                    return cut;
                }
            }
            dice.char(common, 1)
        };
        self.ask("a phrase of 990 characters", |dice| {
            format!("\"{}\"", passage(dice))
        });
        self.ask("a keyword of 990 characters", passage);
        self.ask("400 common characters, nowhere so", |dice| {
            let chars: String = (0..400).map(|_| dice.char(common, 30)).collect();
            format!("\"{chars}\"")
        });
    }

    fn near(&mut self, common: &Common) {
        let char = |dice: &mut Dice| dice.char(common, 100);
        let gaps = |dice: &mut Dice| dice.gaps(common, 2, 100);
        let sides = |leaf: &dyn Fn(&mut Dice) -> String, dice: &mut Dice| {
            let mut side = || joined(|_| leaf(dice), LEAVES / 2, " | ");
            format!("({}) NEAR/10 ({})", side(), side())
        };
        let pairs = |operator: &'static str| {
            move |dice: &mut Dice| {
                let pair = |_| format!("({} NEAR/9 {})", char(dice), char(dice));
                joined(pair, LEAVES / 2, operator)
            }
        };
        self.ask("NEAR of 32 and 32 characters", |dice| sides(&char, dice));
        self.ask("NEAR of 32 and 32 gaps", |dice| sides(&gaps, dice));
        self.ask("32 pairs with NEAR by AND", pairs(" "));
        self.ask("32 pairs with NEAR by OR", pairs(" | "));
        self.ask("NEAR in NEAR", |dice| {
            let first = dice.char(common, 60);
            let nest = |q, _| format!("({q} NEAR/20 {})", dice.char(common, 60));
            (1..LEAVES / 2).fold(first, nest)
        });
    }

    fn counts(&mut self, common: &Common) {
        let gaps = |dice: &mut Dice| joined(|_| dice.gaps(common, 2, 100), LEAVES, " | ");
        let tree = |dice: &mut Dice| dice.tree(common, LEAVES, 0);
        let mut kind = |name, scope, query: &dyn Fn(&mut Dice) -> String| {
            let mut dice = self.dice();
            let five = |dice: &mut Dice| (0..5).map(|_| query(dice)).collect();
            let of_kind = (0..OF_EACH).map(|_| Question::Counts(five(&mut dice), scope));
            self.0.push((name, of_kind.collect()));
        };
        let sentence = Scope::Sentence;
        kind("counts of five of 64 gaps", Scope::Document, &gaps);
        kind("counts of five brackets", Scope::Document, &tree);
        kind("counts of five brackets in a sentence", sentence, &tree);
    }

    fn lines(&mut self, common: &Common) {
        const ORDERS: [LineOrder; 4] = [
            LineOrder::Left,
            LineOrder::Right,
            LineOrder::Date,
            LineOrder::Document,
        ];
        let mut kind = |name, group, query: &dyn Fn(&mut Dice) -> String| {
            let mut dice = self.dice();
            let of_kind = (0..OF_EACH).zip(ORDERS.iter().cycle()).map(|(_, order)| {
                let q = query(&mut dice);
                let request = ConcordanceRequest {
                    order: *order,
                    group,
                    ..ConcordanceRequest::new(parsed(&q))
                };
                Question::Lines(q, Box::new(request))
            });
            self.0.push((name, of_kind.collect()));
        };
        let one = |dice: &mut Dice| dice.char(common, 4);
        let word = |dice: &mut Dice| dice.pair(common, 20);
        let all = |dice: &mut Dice| joined(|_| dice.char(common, 100), LEAVES, " | ");
        let gaps =
            |n: usize| move |dice: &mut Dice| joined(|_| dice.gaps(common, 2, 100), n, " | ");
        kind("lines of a character", None, &one);
        kind("lines of a word", None, &word);
        kind("lines of 64 characters", None, &all);
        kind("lines of 20 gaps", None, &gaps(20));
        kind("lines of 64 gaps", None, &gaps(LEAVES));
        kind("words behind a word", Some(Beside::Next), &word);
        kind("words behind a character", Some(Beside::Next), &one);
        kind("words before a character", Some(Beside::Previous), &one);
        kind("words behind 64 characters", Some(Beside::Next), &all);
    }
}
