//! Cuts a query into tokens: brackets, operators, fields, quoted and other text.

use std::collections::HashSet;

use super::parser::{Repair, RepairCode};
use super::tree::{Field, Property, half_width, near_distance};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    And,
    Or,
    Not,
    Near(u32),
    Name(Name),
    Word(String),
    Quoted(String),
}

/// A name with a colon, and what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Field(Field),
    Path,
    Property(Property),
    Year,
    Date,
}

const NAMES: [(&str, Name); 9] = [
    ("title", Name::Field(Field::Title)),
    ("heading", Name::Field(Field::Heading)),
    ("path", Name::Path),
    ("type", Name::Property(Property::Kind)),
    ("meeting", Name::Property(Property::Meeting)),
    ("speaker", Name::Property(Property::Speaker)),
    ("region", Name::Property(Property::Region)),
    ("year", Name::Year),
    ("date", Name::Date),
];

#[derive(Clone, Debug)]
pub(super) struct Token {
    /// In characters of the query.
    pub(super) at: usize,
    pub(super) kind: Kind,
    /// As typed, for an operator that turns out to be text.
    pub(super) text: String,
}

/// Opening quotes, each with the sign that closes it, and with those that do if that is missing.
const QUOTES: [(char, char, &[char]); 6] = [
    ('"', '"', &['”', '“', '＂']),
    ('＂', '＂', &['"', '”']),
    ('“', '”', &['“', '"']),
    ('”', '”', &['“']),
    ('「', '」', &[]),
    ('『', '』', &[]),
];

pub(super) struct Lexer<'a> {
    chars: &'a [char],
    at: usize,
    /// Places of brackets that have their other half.
    paired: HashSet<usize>,
    pub(super) repairs: Vec<Repair>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(chars: &'a [char]) -> Self {
        let mut lexer = Self {
            chars,
            at: 0,
            paired: HashSet::new(),
            repairs: Vec::new(),
        };
        lexer.pair_brackets();
        lexer
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn pair_brackets(&mut self) {
        let mut open = Vec::new();
        let mut at = 0;
        while at < self.chars.len() {
            match self.chars[at] {
                '(' => open.push(at),
                ')' => match open.pop() {
                    Some(start) => {
                        self.paired.insert(start);
                        self.paired.insert(at);
                    }
                    None => self.repair(at, RepairCode::StrayBracket, ")"),
                },
                _ => {
                    if let Some((end, _)) = self.quote_end(at) {
                        at = end;
                    }
                }
            }
            at += 1;
        }
        for at in open {
            self.repair(at, RepairCode::StrayBracket, "(");
        }
    }

    fn repair(&mut self, at: usize, code: RepairCode, text: &str) {
        self.repairs.push(Repair {
            at,
            code,
            text: text.to_owned(),
        });
    }

    /// Where the quote that opens at `at` ends, and whether by its own sign. A quote that no sign
    /// closes ends behind the last character; `None` where no quote opens.
    fn quote_end(&self, at: usize) -> Option<(usize, bool)> {
        let opening = *self.chars.get(at)?;
        let (_, closing, others) = QUOTES.iter().find(|(open, ..)| *open == opening)?;
        let rest = &self.chars[at + 1..];
        if let Some(n) = rest.iter().position(|c| c == closing) {
            return Some((at + 1 + n, true));
        }
        if let Some(n) = rest.iter().position(|c| others.contains(c)) {
            return Some((at + 1 + n, false));
        }
        // A closing sign by itself quotes nothing.
        (opening != '”').then_some((self.chars.len(), false))
    }

    pub(super) fn tokens(&mut self) -> Vec<Token> {
        let mut tokens: Vec<Token> = Vec::new();
        while let Some(c) = self.peek() {
            let at = self.at;
            let kind = if c.is_whitespace() {
                self.at += 1;
                continue;
            } else if matches!(c, '(' | ')') && self.paired.contains(&at) {
                self.at += 1;
                if c == '(' { Kind::Open } else { Kind::Close }
            } else if matches!(c, '|' | '｜') {
                self.at += 1;
                Kind::Or
            } else if matches!(c, '-' | '－') && self.text_at(at + 1) {
                self.at += 1;
                Kind::Not
            } else if let Some((end, closed)) = self.quote_end(at) {
                self.quoted(end, closed)
            } else {
                self.word()
            };
            let text = self.chars[at..self.at].iter().collect();
            tokens.push(Token { at, kind, text });
        }
        tokens
    }

    fn quoted(&mut self, end: usize, closed: bool) -> Kind {
        let at = self.at;
        // Quotes of the printed form stay out of the text; they are no unit anyway.
        let inner = self.chars[at + 1..end].iter();
        let text = inner.map(|c| if *c == '"' { '＂' } else { *c }).collect();
        if !closed {
            let opening = self.chars[at].to_string();
            self.repair(at, RepairCode::UnclosedQuote, &opening);
        }
        self.at = self.chars.len().min(end + 1);
        Kind::Quoted(text)
    }

    /// Whether something that an operator could work on begins at `at`.
    fn text_at(&self, at: usize) -> bool {
        self.chars.get(at).is_some_and(|c| {
            let closes = *c == ')' && self.paired.contains(&at);
            !c.is_whitespace() && !closes && !matches!(c, '|' | '｜')
        })
    }

    fn ends_word(&self, at: usize) -> bool {
        let c = self.chars[at];
        c.is_whitespace()
            || matches!(c, '|' | '｜')
            || (matches!(c, '(' | ')') && self.paired.contains(&at))
            || self.quote_end(at).is_some()
    }

    fn word(&mut self) -> Kind {
        let start = self.at;
        while self.at < self.chars.len() && (self.at == start || !self.ends_word(self.at)) {
            self.at += 1;
            if let Some(field) = self.field(start) {
                return field;
            }
        }
        let word: String = self.chars[start..self.at]
            .iter()
            .map(|c| match c {
                // A stray bracket is text, and in its wide form never anything else.
                '(' => '（',
                ')' => '）',
                other => *other,
            })
            .collect();
        let typed = half_width(&word);
        match &*typed {
            "AND" => Kind::And,
            "OR" => Kind::Or,
            "NOT" => Kind::Not,
            _ => {
                if let Some(distance) = near_distance(&typed) {
                    return Kind::Near(distance);
                }
                if typed == "NEAR" || typed.starts_with("NEAR/") {
                    self.repair(start, RepairCode::NoDistance, &word);
                }
                Kind::Word(word)
            }
        }
    }

    /// A field's name with its colon from `start` to here, with something behind it.
    fn field(&self, start: usize) -> Option<Kind> {
        let (colon, name) = self.chars[start..self.at].split_last()?;
        if !matches!(colon, ':' | '：') || !self.text_at(self.at) {
            return None;
        }
        let is_name = |known: &str| known.chars().eq(name.iter().copied());
        let found = NAMES.iter().find(|(known, _)| is_name(known));
        found.map(|(_, name)| Kind::Name(*name))
    }
}
