//! The query tree, how it is printed back as a query, and how it is shown to be understood.

use std::fmt;

/// Where a leaf is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// In the whole text.
    #[default]
    Text,
    /// In the title.
    Title,
}

/// What is asked of a leaf's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeafKind {
    /// The whole of it, or all of its words.
    Keyword,
    /// Exactly it.
    Phrase,
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
}

/// A query, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A keyword or a phrase.
    Leaf(Leaf),
    /// Documents in this folder or at this path: `path:`.
    Path(String),
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

    /// Calls `each` with every leaf that a document may match by, leaves under NOT left out.
    pub fn for_each_positive(&self, each: &mut impl FnMut(&Leaf)) {
        match self {
            Node::Leaf(leaf) => each(leaf),
            Node::And(nodes) | Node::Or(nodes) => {
                for node in nodes {
                    node.for_each_positive(each);
                }
            }
            Node::Path(_) | Node::Not(_) => {}
        }
    }

    /// Number of leaves, `path:` included.
    pub fn n_leaves(&self) -> usize {
        match self {
            Node::Leaf(_) | Node::Path(_) => 1,
            Node::And(nodes) | Node::Or(nodes) => nodes.iter().map(Node::n_leaves).sum(),
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
                let field = match leaf.field {
                    Field::Text => "",
                    Field::Title => "title:",
                };
                let kind = match leaf.kind {
                    LeafKind::Keyword => "keyword",
                    LeafKind::Phrase => "phrase",
                };
                format!("{field}{kind}({})", leaf.text)
            }
            Node::Path(prefix) => format!("path({prefix})"),
            Node::And(nodes) => list("and", nodes),
            Node::Or(nodes) => list("or", nodes),
            Node::Not(node) => list("not", std::slice::from_ref(node)),
        }
    }
}

/// Words that would be read as operators.
pub(super) const OPERATORS: [&str; 3] = ["AND", "OR", "NOT"];

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field == Field::Title {
            f.write_str("title:")?;
        }
        match self.kind {
            LeafKind::Phrase => write!(f, "\"{}\"", self.text),
            LeafKind::Keyword if OPERATORS.contains(&&*self.text) => write!(f, "({})", self.text),
            LeafKind::Keyword => f.write_str(&self.text),
        }
    }
}

impl fmt::Display for Node {
    /// Writes the query in its own language; parsing that gives the same tree.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Leaf(leaf) => leaf.fmt(f),
            Node::Path(prefix) => write!(f, "path:\"{prefix}\""),
            Node::And(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    let blank = if index > 0 { " " } else { "" };
                    match node {
                        Node::Or(_) => write!(f, "{blank}({node})")?,
                        _ => write!(f, "{blank}{node}")?,
                    }
                }
                Ok(())
            }
            Node::Or(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    write!(f, "{}{node}", if index > 0 { " | " } else { "" })?;
                }
                Ok(())
            }
            Node::Not(node) => match **node {
                Node::And(_) | Node::Or(_) => write!(f, "-({node})"),
                _ => write!(f, "-{node}"),
            },
        }
    }
}
