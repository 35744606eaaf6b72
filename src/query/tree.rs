//! The query tree, how it is printed back as a query, and how it is shown to be understood.

use std::fmt;

use crate::document::Date;

/// Where a leaf is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// In the whole text.
    #[default]
    Text,
    /// In the title.
    Title,
    /// In a line of the outline.
    Heading,
}

impl Field {
    /// Name in queries, with its colon; empty for the text.
    fn prefix(self) -> &'static str {
        match self {
            Self::Text => "",
            Self::Title => "title:",
            Self::Heading => "heading:",
        }
    }
}

/// What is known of a document beside its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Property {
    /// 文种.
    Kind,
    /// Name of the meeting.
    Meeting,
    /// Who speaks.
    Speaker,
    /// Which place it is of.
    Region,
}

impl Property {
    /// Name in queries.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "type",
            Self::Meeting => "meeting",
            Self::Speaker => "speaker",
            Self::Region => "region",
        }
    }
}

/// Something asked of a document as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// To lie in this folder or at this path: `path:`.
    Path(String),
    /// A kind that is this text, or a meeting, speaker or region that holds it.
    Has(Property, String),
    /// To be of these years, both ends included: `year:`.
    Years(Option<u16>, Option<u16>),
    /// To be of this time, both ends included: `date:`.
    Dates(Option<Date>, Option<Date>),
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(prefix) => write!(f, "path:\"{prefix}\""),
            Self::Has(property, text) => write!(f, "{}:\"{text}\"", property.name()),
            Self::Years(from, until) => write!(f, "year:{}", range(*from, *until)),
            Self::Dates(from, until) => write!(f, "date:{}", range(*from, *until)),
        }
    }
}

/// A closed range as queries have it.
fn range<T: ToString + PartialEq + Copy>(from: Option<T>, until: Option<T>) -> String {
    let end = |end: Option<T>| end.map(|end| end.to_string()).unwrap_or_default();
    if from == until {
        end(from)
    } else {
        format!("{}..{}", end(from), end(until))
    }
}

/// What is asked of a leaf's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeafKind {
    /// The whole of it, or all of its words.
    Keyword,
    /// Exactly it.
    Phrase,
}

/// Whether numbers of a leaf's text are looked for in other notations, too (`numbers=`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Numbers {
    /// They are: `2023年` finds 二〇二三年.
    #[default]
    Also,
    /// Only as they are typed.
    Off,
}

/// A keyword or a phrase.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Leaf {
    /// Where.
    pub field: Field,
    /// How.
    pub kind: LeafKind,
    /// What, as typed; it has at least one unit.
    pub text: String,
    /// In which notations. Nothing in a query says so, it is asked beside it.
    pub numbers: Numbers,
}

/// A query, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A keyword or a phrase.
    Leaf(Leaf),
    /// Something about the document as a whole.
    Condition(Condition),
    /// Two of these within so many units of each other, in either order and in one paragraph. Each is
    /// a leaf, leaves joined by OR, or such a pair itself; all are looked for in one field.
    Near(u32, Box<Node>, Box<Node>),
    /// All of these, two or more.
    And(Vec<Node>),
    /// Any of these, two or more.
    Or(Vec<Node>),
    /// Not this.
    Not(Box<Node>),
}

impl Node {
    /// Joins nodes by AND; none for none, and nothing is wrapped around a single one.
    pub fn all(nodes: Vec<Node>) -> Option<Node> {
        let mut flat = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Node::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() > 1 {
            Some(Node::And(flat))
        } else {
            flat.pop()
        }
    }

    /// Joins nodes by OR, in the same way.
    pub fn any(nodes: Vec<Node>) -> Option<Node> {
        let mut flat = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Node::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() > 1 {
            Some(Node::Or(flat))
        } else {
            flat.pop()
        }
    }

    /// The one field in which something that may stand beside NEAR has its places.
    pub fn places(&self) -> Option<Field> {
        match self {
            Node::Leaf(leaf) => Some(leaf.field),
            Node::Or(nodes) => {
                // Each is asked once: asking the first twice would double the work with every bracket
                // inside of another.
                let mut places = nodes.iter().map(Node::places);
                let first = places.next()??;
                places.all(|other| other == Some(first)).then_some(first)
            }
            // Both have the same, else they are no pair.
            Node::Near(_, first, _) => first.places(),
            Node::Condition(_) | Node::And(_) | Node::Not(_) => None,
        }
    }

    /// Whether anything in it asks for nearness.
    pub fn has_near(&self) -> bool {
        match self {
            Node::Near(..) => true,
            Node::And(nodes) | Node::Or(nodes) => nodes.iter().any(Node::has_near),
            Node::Not(node) => node.has_near(),
            Node::Leaf(_) | Node::Condition(_) => false,
        }
    }

    /// Calls `each` with every leaf that a document may match by, leaves under NOT left out.
    pub fn for_each_positive(&self, each: &mut impl FnMut(&Leaf)) {
        match self {
            Node::Leaf(leaf) => each(leaf),
            Node::And(nodes) | Node::Or(nodes) => {
                for node in nodes {
                    node.for_each_positive(each);
                }
            }
            Node::Near(_, first, second) => {
                first.for_each_positive(each);
                second.for_each_positive(each);
            }
            Node::Condition(_) | Node::Not(_) => {}
        }
    }

    /// Calls `each` with every leaf, those under NOT as well.
    fn for_each_leaf(&self, each: &mut impl FnMut(&Leaf)) {
        match self {
            Node::Leaf(leaf) => each(leaf),
            Node::And(nodes) | Node::Or(nodes) => {
                for node in nodes {
                    node.for_each_leaf(each);
                }
            }
            Node::Near(_, first, second) => {
                first.for_each_leaf(each);
                second.for_each_leaf(each);
            }
            Node::Not(node) => node.for_each_leaf(each),
            Node::Condition(_) => {}
        }
    }

    /// The one field in which all keywords and phrases are looked for, those under NOT as well.
    pub fn only_field(&self) -> Option<Field> {
        let mut fields: Vec<Field> = Vec::new();
        self.for_each_leaf(&mut |leaf| fields.push(leaf.field));
        let first = *fields.first()?;
        fields.iter().all(|field| *field == first).then_some(first)
    }

    /// Has the numbers of all leaves, those under NOT as well, looked for in this way.
    pub(super) fn set_numbers(&mut self, numbers: Numbers) {
        match self {
            Node::Leaf(leaf) => leaf.numbers = numbers,
            Node::And(nodes) | Node::Or(nodes) => {
                for node in nodes {
                    node.set_numbers(numbers);
                }
            }
            Node::Near(_, first, second) => {
                first.set_numbers(numbers);
                second.set_numbers(numbers);
            }
            Node::Not(node) => node.set_numbers(numbers),
            Node::Condition(_) => {}
        }
    }

    /// Number of leaves, conditions included.
    pub fn n_leaves(&self) -> usize {
        match self {
            Node::Leaf(_) | Node::Condition(_) => 1,
            Node::And(nodes) | Node::Or(nodes) => nodes.iter().map(Node::n_leaves).sum(),
            Node::Near(_, first, second) => first.n_leaves() + second.n_leaves(),
            Node::Not(node) => node.n_leaves(),
        }
    }

    /// How the query was understood, for people: `and(keyword(产业), not(phrase(园区)))`.
    pub fn understood(&self) -> String {
        let list = |name: &str, nodes: &[Node]| {
            let shown: Vec<String> = nodes.iter().map(Node::understood).collect();
            format!("{name}({})", shown.join(", "))
        };
        match self {
            Node::Leaf(leaf) => {
                let field = leaf.field.prefix();
                let kind = match leaf.kind {
                    LeafKind::Keyword => "keyword",
                    LeafKind::Phrase => "phrase",
                };
                format!("{field}{kind}({})", leaf.text)
            }
            Node::Condition(Condition::Path(prefix)) => format!("path({prefix})"),
            Node::Condition(Condition::Has(property, text)) => {
                format!("{}({text})", property.name())
            }
            Node::Condition(Condition::Years(from, until)) => {
                format!("year({})", range(*from, *until))
            }
            Node::Condition(Condition::Dates(from, until)) => {
                format!("date({})", range(*from, *until))
            }
            Node::And(nodes) => list("and", nodes),
            Node::Or(nodes) => list("or", nodes),
            Node::Not(node) => list("not", std::slice::from_ref(node)),
            Node::Near(distance, first, second) => {
                format!(
                    "near/{distance}({}, {})",
                    first.understood(),
                    second.understood()
                )
            }
        }
    }
}

/// Whether a word would be read as an operator.
pub(super) fn is_operator(word: &str) -> bool {
    let word = half_width(word);
    matches!(&*word, "AND" | "OR" | "NOT") || near_distance(&word).is_some()
}

/// Letters, digits and signs in half width: for operators and dates, which Chinese input methods type
/// in either.
pub(super) fn half_width(text: &str) -> String {
    let half = |c: char| match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    };
    text.chars().map(half).collect()
}

/// Greatest distance of NEAR, in units.
const MAX_DISTANCE: u32 = 1000;

/// The distance that `NEAR/n`, in half width, asks for.
pub(super) fn near_distance(word: &str) -> Option<u32> {
    let digits = word.strip_prefix("NEAR/")?;
    let valid = !digits.starts_with('+') && !digits.starts_with('0');
    let distance: u32 = digits.parse().ok()?;
    (valid && (1..=MAX_DISTANCE).contains(&distance)).then_some(distance)
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field.prefix())?;
        match self.kind {
            LeafKind::Phrase => write!(f, "\"{}\"", self.text),
            LeafKind::Keyword if is_operator(&self.text) => write!(f, "({})", self.text),
            LeafKind::Keyword => f.write_str(&self.text),
        }
    }
}

fn operand(f: &mut fmt::Formatter<'_>, node: &Node) -> fmt::Result {
    match node {
        Node::Or(_) => write!(f, "({node})"),
        _ => write!(f, "{node}"),
    }
}

impl fmt::Display for Node {
    /// Writes the query in its own language; parsing that gives the same tree, but for
    /// [`Leaf::numbers`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Leaf(leaf) => leaf.fmt(f),
            Node::Condition(condition) => condition.fmt(f),
            Node::And(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    f.write_str(if index > 0 { " " } else { "" })?;
                    operand(f, node)?;
                }
                Ok(())
            }
            Node::Or(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    write!(f, "{}{node}", if index > 0 { " | " } else { "" })?;
                }
                Ok(())
            }
            Node::Near(distance, first, second) => {
                operand(f, first)?;
                write!(f, " NEAR/{distance} ")?;
                // Pairs join from the left.
                match **second {
                    Node::Near(..) => write!(f, "({second})"),
                    _ => operand(f, second),
                }
            }
            Node::Not(node) => match **node {
                Node::And(_) | Node::Or(_) | Node::Near(..) => write!(f, "-({node})"),
                _ => write!(f, "-{node}"),
            },
        }
    }
}
