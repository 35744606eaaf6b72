//! The parser. Nothing that a person can type is an error: what makes no sense is text, or left
//! out, and listed among the repairs.

use super::lexer::{Kind, Lexer, Token};
use super::tree::{Field, Leaf, LeafKind, Node, OPERATORS};
use crate::analysis::Phrase;

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
}

impl RepairCode {
    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnclosedQuote => "unclosed_quote",
            Self::StrayBracket => "stray_bracket",
            Self::StrayOperator => "stray_operator",
            Self::NothingToFind => "nothing_to_find",
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
                _ => parts.extend(self.operand(field)),
            }
            n_operands += 1;
        }
        Node::all(parts)
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
            Kind::Title => {
                self.next += 1;
                self.operand(Field::Title)
            }
            Kind::Path => {
                self.next += 1;
                self.path()
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
            Kind::And | Kind::Or | Kind::Close => self.stray(field),
        }
    }

    fn next_is_operator(&self) -> bool {
        let behind = self.tokens.get(self.next + 1).map(|token| &token.kind);
        matches!(behind, Some(Kind::And | Kind::Or))
    }

    fn path(&mut self) -> Option<Node> {
        let token = self.tokens.get(self.next)?;
        match &token.kind {
            Kind::Word(text) | Kind::Quoted(text) => {
                self.next += 1;
                let prefix = text.trim_matches('/').to_owned();
                if prefix.is_empty() {
                    self.repair(token, RepairCode::NothingToFind);
                    return None;
                }
                Some(Node::Path(prefix))
            }
            // `path:` before a bracket or an operator names no folder.
            _ => {
                let field = &self.tokens[self.next - 1];
                self.repair(field, RepairCode::NothingToFind);
                self.operand(Field::Text)
            }
        }
    }

    /// An operator with nothing to work on is text.
    fn stray(&mut self, field: Field) -> Option<Node> {
        let token = self.tokens.get(self.next)?;
        self.repair(token, RepairCode::StrayOperator);
        let text = if OPERATORS.contains(&&*token.text) {
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
            1 => "(AND|OR|NOT|title:|path:|title：)",
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
