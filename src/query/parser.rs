//! The parser. Nothing that a person can type is an error: what makes no sense is text, or left
//! out, and listed among the repairs.

use std::str::FromStr;

use super::lexer::{Kind, Lexer, Name, Token};
use super::tree::{Condition, Field, Leaf, LeafKind, Node, is_operator};
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

/// Parses a query.
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
                range(text, |end| year(end).map(Date::year))
                    .map(|(from, until)| Condition::Years(from, until))
            }
            Name::Date => range(text, |end| Date::from_str(end).ok())
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
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn parsed(text: &str) -> Query {
        parse(text, Limits::default()).expect("is short")
    }

    #[expect(clippy::needless_pass_by_value, reason = "expect! makes values")]
    fn check(text: &str, expect: Expect) {
        let query = parsed(text);
        let mut shown = query
            .root
            .map_or("everything".to_owned(), |root| root.understood());
        for repair in query.repairs {
            let parts = [
                repair.at.to_string(),
                repair.code.name().to_owned(),
                repair.text,
            ];
            shown = shown + " [" + &parts.join(" ") + "]";
        }
        expect.assert_eq(&shown);
    }

    #[test]
    fn keywords_are_joined_by_and() {
        check("产业 园区", expect!["and(keyword(产业), keyword(园区))"]);
        check(
            "　产业　园区 ",
            expect!["and(keyword(产业), keyword(园区))"],
        );
        check(
            "产业 AND 园区",
            expect!["and(keyword(产业), keyword(园区))"],
        );
        check("新型工业化", expect!["keyword(新型工业化)"]);
        check("", expect!["everything"]);
    }

    #[test]
    fn quoted_text_is_a_phrase() {
        check(r#""现代化产业体系""#, expect!["phrase(现代化产业体系)"]);
        check("“两年 三级跳”", expect!["phrase(两年 三级跳)"]);
        check(
            "「產業」『園區』",
            expect!["and(phrase(產業), phrase(園區))"],
        );
        check(
            "出台“科创十条”",
            expect!["and(keyword(出台), phrase(科创十条))"],
        );
        check("”两年三级跳”", expect!["phrase(两年三级跳)"]);
        check(r#""他说“好”""#, expect!["phrase(他说“好”)"]);
        check(r#""a | b -c (d)""#, expect!["phrase(a | b -c (d))"]);
    }

    #[test]
    fn alternatives_bind_weaker_than_and() {
        check("产业 | 园区", expect!["or(keyword(产业), keyword(园区))"]);
        check(
            "产业|园区 OR 集群",
            expect!["or(keyword(产业), keyword(园区), keyword(集群))"],
        );
        check(
            "a b | c d",
            expect!["or(and(keyword(a), keyword(b)), and(keyword(c), keyword(d)))"],
        );
        check(
            "a (b | c)",
            expect!["and(keyword(a), or(keyword(b), keyword(c)))"],
        );
    }

    #[test]
    fn minus_and_not_exclude() {
        check(
            "产业 -房地产",
            expect!["and(keyword(产业), not(keyword(房地产)))"],
        );
        check("NOT “房地产”", expect!["not(phrase(房地产))"]);
        check("-(a | b)", expect!["not(or(keyword(a), keyword(b)))"]);
        check(
            "COVID-19 疫情",
            expect!["and(keyword(COVID-19), keyword(疫情))"],
        );
    }

    #[test]
    fn fields_hold_for_what_follows() {
        check("title:总结", expect!["title:keyword(总结)"]);
        check(
            "title：“工作总结” x",
            expect!["and(title:phrase(工作总结), keyword(x))"],
        );
        check(
            "title:(a | -b)",
            expect!["or(title:keyword(a), not(title:keyword(b)))"],
        );
        check("path:2023/七月/", expect!["path(2023/七月)"]);
        check("path:\"2023/七月 会议\"", expect!["path(2023/七月 会议)"]);
        check("标题:总结", expect!["keyword(标题:总结)"]);
        check(
            "title: 总结",
            expect!["and(keyword(title:), keyword(总结))"],
        );
    }

    #[test]
    fn conditions_ask_of_the_document() {
        check("type:讲话 园区", expect!["and(type(讲话), keyword(园区))"]);
        check("-speaker:“王 五”", expect!["not(speaker(王 五))"]);
        check(
            "meeting:全会 | region:\"某市\"",
            expect!["or(meeting(全会), region(某市))"],
        );
        check("year:2023", expect!["year(2023)"]);
        check("year:2021..2023", expect!["year(2021..2023)"]);
        check(
            "year:..2023 date:2023-07..",
            expect!["and(year(..2023), date(2023-07..))"],
        );
        check(
            "date:2023-07..2023-09-30",
            expect!["date(2023-07..2023-09-30)"],
        );
        check(
            "heading:(园区 | “产业”)",
            expect!["or(heading:keyword(园区), heading:phrase(产业))"],
        );
        check("year:去年", expect!["keyword(year:去年) [5 no_date 去年]"]);
        check(
            "date:2023-13",
            expect!["keyword(date:2023-13) [5 no_date 2023-13]"],
        );
        check("year:..", expect!["keyword(year:..) [5 no_date ..]"]);
        check(
            "year:2023-01",
            expect!["keyword(year:2023-01) [5 no_date 2023-01]"],
        );
    }

    #[test]
    fn nearness_joins_what_has_places() {
        check(
            "产业 NEAR/10 园区",
            expect!["near/10(keyword(产业), keyword(园区))"],
        );
        check(
            "“a b” NEAR/3 (c | d) e",
            expect!["and(near/3(phrase(a b), or(keyword(c), keyword(d))), keyword(e))"],
        );
        check(
            "a NEAR/2 b NEAR/4 c",
            expect!["near/4(near/2(keyword(a), keyword(b)), keyword(c))"],
        );
        check(
            "-(a NEAR/2 b)",
            expect!["not(near/2(keyword(a), keyword(b)))"],
        );
        check(
            "a NEAR/2 (b c)",
            expect!["and(keyword(a), keyword(b), keyword(c)) [2 stray_operator NEAR/2]"],
        );
        check(
            "-a NEAR/2 b",
            expect!["and(not(keyword(a)), keyword(b)) [3 stray_operator NEAR/2]"],
        );
        check(
            "title:a NEAR/2 b",
            expect!["and(title:keyword(a), keyword(b)) [8 stray_operator NEAR/2]"],
        );
        check(
            "title:(a NEAR/2 b)",
            expect!["near/2(title:keyword(a), title:keyword(b))"],
        );
        check(
            "a NEAR/2",
            expect!["and(keyword(a), keyword(NEAR/2)) [2 stray_operator NEAR/2]"],
        );
        check(
            "a NEAR/0 b",
            expect!["and(keyword(a), keyword(NEAR/0), keyword(b)) [2 no_distance NEAR/0]"],
        );
        check(
            "a NEAR/1001 b NEAR c",
            expect![
                "and(keyword(a), keyword(NEAR/1001), keyword(b), keyword(NEAR), keyword(c)) [2 no_distance NEAR/1001] [14 no_distance NEAR]"
            ],
        );
        check(
            "\"NEAR\" NEARBY",
            expect!["and(phrase(NEAR), keyword(NEARBY))"],
        );
        check(
            "a near/2 b",
            expect!["and(keyword(a), keyword(near/2), keyword(b))"],
        );
    }

    #[test]
    fn nothing_typed_is_an_error() {
        check(
            "“两年三级跳",
            expect!["phrase(两年三级跳) [0 unclosed_quote “]"],
        );
        check(
            "a (b",
            expect!["and(keyword(a), keyword(（b)) [2 stray_bracket (]"],
        );
        check(
            "产业)园区",
            expect!["keyword(产业）园区) [2 stray_bracket )]"],
        );
        check(
            "OR 园区",
            expect!["and(keyword(OR), keyword(园区)) [0 stray_operator OR]"],
        );
        check(
            "产业 OR",
            expect!["and(keyword(产业), keyword(OR)) [3 stray_operator OR]"],
        );
        check("产业 |", expect!["keyword(产业) [3 stray_operator |]"]);
        check("NOT", expect!["keyword(NOT) [0 stray_operator NOT]"]);
        check("- 产业", expect!["keyword(产业) [0 nothing_to_find -]"]);
        check(
            "， “。” 产业",
            expect!["keyword(产业) [0 nothing_to_find ，] [2 nothing_to_find “。”]"],
        );
        check("()", expect!["everything [0 nothing_to_find (]"]);
        check("path:(a)", expect!["keyword(a) [0 nothing_to_find path:]"]);
        check("path:/", expect!["everything [5 nothing_to_find /]"]);
    }

    #[test]
    fn long_queries_are_refused() {
        let long = "产".repeat(1001);
        let error = parse(&long, Limits::default()).expect_err("is too long");
        assert_eq!(
            error,
            QueryTooLong::Chars {
                got: 1001,
                most: 1000
            }
        );
        let many = "产 ".repeat(65);
        let error = parse(&many, Limits::default()).expect_err("has too many");
        assert_eq!(error, QueryTooLong::Leaves { got: 65, most: 64 });
        assert!(parse(&"(".repeat(1000), Limits::default()).is_ok());
        assert!(parse(&("(".repeat(500) + &")".repeat(500)), Limits::default()).is_ok());
    }

    fn any_query() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            3 => "[产业园区ab]{1,3}",
            2 => "[ 　]",
            3 => "[()|\"“”「」『』＂\\-－｜:：/]",
            1 => "(AND|OR|NOT|NEAR/3| NEAR/12 |title:|path:|title：|heading:|type:|speaker:|region：)",
            1 => "(year|date):(2023|2021\\.\\.2023-0[0-3]|\\.\\.|2023-07\\.\\.)",
            1 => any::<String>(),
        ];
        prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_printing_round_trips(text in any_query()) {
            if let Ok(query) = parse(&text, Limits::default()) {
                let printed = query.root.as_ref().map(ToString::to_string).unwrap_or_default();
                let again = parse(&printed, Limits { chars: 100_000, leaves: 1000 });
                prop_assert_eq!(again.expect("limits are wide").root, query.root, "{}", printed);
            }
        }
    }
}
