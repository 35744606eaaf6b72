//! The parser. Nothing that a person can type is an error: what makes no sense is text, or left
//! out, and listed among the repairs.

use std::str::FromStr;

use super::lexer::{Kind, Lexer, Name, Token};
use super::tree::{Condition, Field, Leaf, LeafKind, Node, Numbers, half_width, is_operator};
use crate::analysis::Phrase;
use crate::document::Date;

/// How large a query may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most characters.
    pub chars: usize,
    /// Most keywords, phrases and other conditions.
    pub leaves: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            chars: 1000,
            leaves: 64,
        }
    }
}

/// A query is larger than the limits allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryTooLong {
    /// Too many characters.
    #[error("the query has {got} characters; at most {most} are allowed")]
    Chars {
        /// How many there are.
        got: usize,
        /// How many there may be.
        most: usize,
    },
    /// Too many leaves.
    #[error("the query has {got} conditions; at most {most} are allowed")]
    Leaves {
        /// How many there are.
        got: usize,
        /// How many there may be.
        most: usize,
    },
}

/// What was done to a query to make sense of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// In characters of the query.
    pub at: usize,
    /// What kind of repair.
    pub code: RepairCode,
    /// The part of the query that it was about.
    pub text: String,
}

/// The kinds of [`Repair`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepairCode {
    /// A quote without its other half; the phrase runs to the end, or the sign is text.
    UnclosedQuote,
    /// A bracket without its other half is text.
    StrayBracket,
    /// An operator without anything to work on is text.
    StrayOperator,
    /// Nothing in it that could be searched for; left out.
    NothingToFind,
    /// Neither a year nor a date; the field's name and it are text.
    NoDate,
    /// NEAR without a distance, or with one that cannot be asked for, is text.
    NoDistance,
}

impl RepairCode {
    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnclosedQuote => "unclosed_quote",
            Self::StrayBracket => "stray_bracket",
            Self::StrayOperator => "stray_operator",
            Self::NothingToFind => "nothing_to_find",
            Self::NoDate => "no_date",
            Self::NoDistance => "no_distance",
        }
    }
}

/// A parsed query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// `None`: nothing was asked, so everything matches.
    pub root: Option<Node>,
    /// What had to be repaired, by place.
    pub repairs: Vec<Repair>,
}

impl Query {
    /// The same query, with its numbers looked for in this way.
    #[must_use]
    pub fn with_numbers(mut self, numbers: Numbers) -> Self {
        if let Some(root) = &mut self.root {
            root.set_numbers(numbers);
        }
        self
    }
}

/// Parses a query, whose numbers may be written in any notation.
///
/// # Errors
/// [`QueryTooLong`] beyond `limits`; nothing else.
pub fn parse(text: &str, limits: Limits) -> Result<Query, QueryTooLong> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > limits.chars {
        return Err(QueryTooLong::Chars {
            got: chars.len(),
            most: limits.chars,
        });
    }
    let mut lexer = Lexer::new(&chars);
    let tokens = lexer.tokens();
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        repairs: lexer.repairs,
    };
    let root = parser.any(Field::Text);
    let mut repairs = parser.repairs;
    repairs.sort_by_key(|repair| repair.at);
    let got = root.as_ref().map_or(0, Node::n_leaves);
    if got > limits.leaves {
        return Err(QueryTooLong::Leaves {
            got,
            most: limits.leaves,
        });
    }
    Ok(Query { root, repairs })
}

struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    repairs: Vec<Repair>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    fn repair(&mut self, token: &Token, code: RepairCode) {
        self.repairs.push(Repair {
            at: token.at,
            code,
            text: token.text.clone(),
        });
    }

    /// Alternatives, up to the end or a closing bracket.
    fn any(&mut self, field: Field) -> Option<Node> {
        let mut alternatives = Vec::new();
        loop {
            alternatives.extend(self.all(field));
            match self.peek() {
                Some(Kind::Or) => self.next += 1,
                _ => return Node::any(alternatives),
            }
        }
    }

    /// Parts side by side, up to an operator OR that separates something.
    fn all(&mut self, field: Field) -> Option<Node> {
        let mut parts = Vec::new();
        let mut n_operands = 0;
        while let Some(kind) = self.peek() {
            match kind {
                Kind::Close => break,
                Kind::Or if n_operands > 0 && self.operand_follows() => break,
                Kind::And if n_operands > 0 && self.operand_follows() => {
                    self.next += 1;
                    continue;
                }
                Kind::And | Kind::Or => parts.extend(self.stray(field)),
                _ => {
                    let operand = self.operand(field);
                    parts.extend(self.near(operand, field));
                }
            }
            n_operands += 1;
        }
        Node::all(parts)
    }

    /// What stands near `first`, if an operator says so.
    fn near(&mut self, first: Option<Node>, field: Field) -> Vec<Node> {
        let mut nodes: Vec<Node> = first.into_iter().collect();
        while let Some(Kind::Near(distance)) = self.peek() {
            let (distance, token) = (*distance, &self.tokens[self.next]);
            if nodes.is_empty() || !self.operand_follows() || self.next_is_operator() {
                break;
            }
            self.next += 1;
            let second = self.operand(field);
            let first = nodes.pop_if(|first| {
                let places = first.places();
                places.is_some() && second.as_ref().and_then(Node::places) == places
            });
            match (first, second) {
                (Some(first), Some(second)) => {
                    nodes.push(Node::Near(distance, Box::new(first), Box::new(second)));
                }
                // What has no place of its own, or one in another field, is near nothing: both are
                // asked for.
                (_, second) => {
                    self.repair(token, RepairCode::StrayOperator);
                    nodes.extend(second);
                }
            }
        }
        nodes
    }

    /// Whether something that is no operator of two sides stands behind the next token.
    fn operand_follows(&self) -> bool {
        match self.tokens.get(self.next + 1).map(|token| &token.kind) {
            None | Some(Kind::Close) => false,
            // `a OR OR b`: the second is text, and so something to work on.
            Some(_) => true,
        }
    }

    fn operand(&mut self, field: Field) -> Option<Node> {
        let token = self.tokens.get(self.next)?;
        match &token.kind {
            Kind::Not => {
                if !self.operand_follows() || self.next_is_operator() {
                    return self.stray(field);
                }
                self.next += 1;
                let node = self.operand(field)?;
                Some(Node::Not(Box::new(node)))
            }
            Kind::Name(Name::Field(field)) => {
                self.next += 1;
                self.operand(*field)
            }
            Kind::Name(name) => {
                self.next += 1;
                self.condition(*name)
            }
            Kind::Open => {
                self.next += 1;
                let node = self.any(field);
                if self.peek() == Some(&Kind::Close) {
                    self.next += 1;
                }
                if node.is_none() {
                    self.repair(token, RepairCode::NothingToFind);
                }
                node
            }
            Kind::Word(text) => self.leaf(field, LeafKind::Keyword, text),
            Kind::Quoted(text) => self.leaf(field, LeafKind::Phrase, text),
            Kind::And | Kind::Or | Kind::Near(_) | Kind::Close => self.stray(field),
        }
    }

    fn next_is_operator(&self) -> bool {
        let behind = self.tokens.get(self.next + 1).map(|token| &token.kind);
        matches!(behind, Some(Kind::And | Kind::Or | Kind::Near(_)))
    }

    /// What stands behind the name of a condition.
    fn condition(&mut self, name: Name) -> Option<Node> {
        let token = self.tokens.get(self.next)?;
        let name_token = &self.tokens[self.next - 1];
        let (Kind::Word(text) | Kind::Quoted(text)) = &token.kind else {
            // `path:` before a bracket or an operator names nothing.
            self.repair(name_token, RepairCode::NothingToFind);
            return self.operand(Field::Text);
        };
        let text = text.trim();
        let condition = match name {
            Name::Path => {
                let prefix = text.trim_matches('/');
                (!prefix.is_empty()).then(|| Condition::Path(prefix.to_owned()))
            }
            Name::Property(property) => {
                Phrase::new(text).map(|_| Condition::Has(property, text.to_owned()))
            }
            Name::Year => {
                let year = |text: &str| text.parse::<Date>().ok().filter(|d| d.month().is_none());
                range(&half_width(text), |end| year(end).map(Date::year))
                    .map(|(from, until)| Condition::Years(from, until))
            }
            Name::Date => range(&half_width(text), |end| Date::from_str(end).ok())
                .map(|(from, until)| Condition::Dates(from, until)),
            Name::Field(_) => None,
        };
        if condition.is_none() && matches!(name, Name::Year | Name::Date) {
            self.repair(token, RepairCode::NoDate);
            let text = format!("{}{text}", name_token.text);
            let kind = match token.kind {
                Kind::Quoted(_) => LeafKind::Phrase,
                _ => LeafKind::Keyword,
            };
            return self.leaf(Field::Text, kind, &text);
        }
        if condition.is_none() {
            self.repair(token, RepairCode::NothingToFind);
        }
        self.next += 1;
        condition.map(Node::Condition)
    }

    /// An operator with nothing to work on is text.
    fn stray(&mut self, field: Field) -> Option<Node> {
        let token = self.tokens.get(self.next)?;
        self.repair(token, RepairCode::StrayOperator);
        let text = if is_operator(&token.text) {
            token.text.as_str()
        } else {
            ""
        };
        self.leaf(field, LeafKind::Keyword, text)
    }

    fn leaf(&mut self, field: Field, kind: LeafKind, text: &str) -> Option<Node> {
        let token = self.tokens.get(self.next)?;
        self.next += 1;
        let text = text.trim();
        if Phrase::new(text).is_none() {
            if !text.is_empty() || kind == LeafKind::Phrase {
                self.repair(token, RepairCode::NothingToFind);
            }
            return None;
        }
        Some(Node::Leaf(Leaf {
            field,
            kind,
            text: text.to_owned(),
            numbers: Numbers::default(),
        }))
    }
}

/// A closed range `a..b` of which one end may be missing, or a single value that is both.
fn range<T: Copy>(text: &str, value: impl Fn(&str) -> Option<T>) -> Option<(Option<T>, Option<T>)> {
    let Some((from, until)) = text.split_once("..") else {
        return value(text).map(|only| (Some(only), Some(only)));
    };
    let end = |text: &str| match text {
        "" => Some(None),
        text => value(text).map(Some),
    };
    let (from, until) = (end(from)?, end(until)?);
    (from.is_some() || until.is_some()).then_some((from, until))
}

#[cfg(test)]
mod tests;
