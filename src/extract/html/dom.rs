//! A page as a tree, built by html5ever. The nodes lie in one list and point at each other by number,
//! so neither walking nor dropping a tree, however deep, uses the stack. It knows nothing of what
//! the elements mean.

mod depth;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use html5ever::buffer_queue::BufferQueue;
use html5ever::interface::{ElemName, ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::Tokenizer;
use html5ever::tree_builder::TreeBuilder;
use html5ever::{Attribute, LocalName, Namespace, QualName, TokenizerResult, local_name, ns};

use self::depth::Capped;
use super::super::{Budget, Error};

/// Bytes given to the parser between two looks at the budget.
const CHUNK_BYTES: usize = 4096;
/// What a node takes beside its text, in bytes.
const NODE_BYTES: u64 = size_of::<Node>() as u64;
/// The document itself.
const ROOT: usize = 0;

/// A parsed page.
#[derive(Debug)]
pub(super) struct Dom {
    nodes: Vec<Node>,
}

/// A node, with the numbers of those around it.
#[derive(Debug, Default)]
struct Node {
    kind: Kind,
    parent: Option<usize>,
    previous: Option<usize>,
    next: Option<usize>,
    first_child: Option<usize>,
    last_child: Option<usize>,
    depth: usize,
}

#[derive(Debug, Default)]
enum Kind {
    /// The document, a comment and the like.
    #[default]
    Other,
    Text(String),
    Element(Element),
}

/// An element, without its children.
#[derive(Debug)]
pub(super) struct Element {
    name: QualName,
    attributes: Vec<Attribute>,
    /// The root of what is in a `<template>`.
    template: Option<usize>,
}

impl Element {
    /// Its name, in lower case.
    pub(super) fn name(&self) -> &str {
        &self.name.local
    }

    /// The value of an attribute, by its name in lower case.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let attribute = self.attributes.iter().find(|a| &*a.name.local == name)?;
        Some(&attribute.value)
    }
}

/// A step of a walk through the tree.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    /// An element begins.
    Enter(usize, &'a Element),
    /// It ends; every element that begins also ends, unless it is skipped.
    Leave(usize, &'a Element),
    Text(&'a str),
}

impl Dom {
    /// Parses a page; what a browser can read, this can.
    ///
    /// # Errors
    /// Those of [`Budget::spend`]: the tree may not take more memory than is left.
    pub(super) fn parse(html: &str, budget: &mut Budget) -> Result<Self, Error> {
        let builder = TreeBuilder::new(
            Sink::new(),
            html5ever::tree_builder::TreeBuilderOpts::default(),
        );
        let capped = Capped::new(builder);
        let tokenizer = Tokenizer::new(capped, html5ever::tokenizer::TokenizerOpts::default());
        let queue = BufferQueue::default();
        let mut rest = html;
        while !rest.is_empty() {
            let (chunk, tail) = rest.split_at(rest.floor_char_boundary(CHUNK_BYTES));
            rest = tail;
            queue.push_back(StrTendril::from_slice(chunk));
            while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
            budget.spend(tokenizer.sink.builder().sink.made.take())?;
        }
        tokenizer.end();
        budget.spend(tokenizer.sink.builder().sink.made.take())?;
        Ok(tokenizer.sink.into_builder().sink.finish())
    }

    /// Walks through the whole tree in the order of the page.
    pub(super) fn walk(&self) -> Walk<'_> {
        Walk {
            dom: self,
            at: self.nodes.get(ROOT).and_then(|root| root.first_child),
            leaving: false,
            entered: None,
        }
    }

    /// The elements from the parent of `node` upwards.
    pub(super) fn ancestors(&self, node: usize) -> impl Iterator<Item = (usize, &Element)> {
        let parent = move |node: usize| self.nodes.get(node).and_then(|node| node.parent);
        std::iter::successors(parent(node), move |&node| parent(node)).filter_map(
            |node| match &self.nodes.get(node)?.kind {
                Kind::Element(element) => Some((node, element)),
                _ => None,
            },
        )
    }
}

/// A walk through a tree; see [`Dom::walk`].
#[derive(Debug)]
pub(super) struct Walk<'a> {
    dom: &'a Dom,
    at: Option<usize>,
    leaving: bool,
    entered: Option<usize>,
}

impl Walk<'_> {
    /// Goes on behind the element that [`Step::Enter`] just gave; its end is not given either.
    pub(super) fn skip_element(&mut self) {
        if let Some(node) = self.entered.take() {
            self.go_on_behind(node);
        }
    }

    fn go_on_behind(&mut self, node: usize) {
        let Some(node) = self.dom.nodes.get(node) else {
            self.at = None;
            return;
        };
        self.leaving = node.next.is_none();
        self.at = node.next.or(node.parent);
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        loop {
            let id = self.at?;
            let node = self.dom.nodes.get(id)?;
            self.entered = None;
            if self.leaving {
                self.go_on_behind(id);
                if let Kind::Element(element) = &node.kind {
                    return Some(Step::Leave(id, element));
                }
                continue;
            }
            match &node.kind {
                Kind::Element(element) => {
                    self.entered = Some(id);
                    self.leaving = node.first_child.is_none();
                    self.at = node.first_child.or(Some(id));
                    return Some(Step::Enter(id, element));
                }
                Kind::Text(text) => {
                    self.go_on_behind(id);
                    return Some(Step::Text(text));
                }
                Kind::Other => self.go_on_behind(id),
            }
        }
    }
}

/// What the tree builder puts its nodes into.
#[derive(Debug)]
struct Sink {
    nodes: RefCell<Vec<Node>>,
    /// Bytes made since the budget was last asked.
    made: Cell<u64>,
    /// Of the last element put into the tree.
    depth: Cell<usize>,
}

impl Sink {
    fn new() -> Self {
        Self {
            nodes: RefCell::new(vec![Node::default()]),
            made: Cell::new(0),
            depth: Cell::new(0),
        }
    }

    fn add(&self, kind: Kind) -> usize {
        let text_bytes = match &kind {
            Kind::Text(text) => text.len(),
            Kind::Element(element) => element
                .attributes
                .iter()
                .map(|a| size_of::<Attribute>() + a.value.len())
                .sum(),
            Kind::Other => 0,
        };
        self.count(NODE_BYTES.saturating_add(text_bytes as u64));
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node {
            kind,
            ..Node::default()
        });
        nodes.len() - 1
    }

    fn count(&self, n_bytes: u64) {
        self.made.set(self.made.get().saturating_add(n_bytes));
    }

    /// Puts `child` under `parent`, in front of `before` or else at the end.
    fn insert(&self, parent: usize, before: Option<usize>, child: NodeOrText<usize>) {
        let child = match child {
            NodeOrText::AppendNode(node) => {
                detach(&mut self.nodes.borrow_mut(), node);
                node
            }
            NodeOrText::AppendText(text) => {
                let mut nodes = self.nodes.borrow_mut();
                let neighbour = match before {
                    Some(before) => nodes.get(before).and_then(|node| node.previous),
                    None => nodes.get(parent).and_then(|node| node.last_child),
                };
                if let Some(node) = neighbour.and_then(|node| nodes.get_mut(node))
                    && let Kind::Text(before) = &mut node.kind
                {
                    before.push_str(&text);
                    self.count(text.len() as u64);
                    return;
                }
                drop(nodes);
                self.add(Kind::Text(String::from(&*text)))
            }
        };
        let mut nodes = self.nodes.borrow_mut();
        let depth = attach(&mut nodes, parent, before, child);
        if matches!(nodes.get(child), Some(node) if matches!(node.kind, Kind::Element(_))) {
            self.depth.set(depth);
        }
    }
}

/// Links a node without neighbours into the tree; gives its depth.
fn attach(nodes: &mut [Node], parent: usize, before: Option<usize>, child: usize) -> usize {
    let depth = nodes
        .get(parent)
        .map_or(0, |node| node.depth)
        .saturating_add(1);
    let previous = match before {
        Some(before) => nodes.get(before).and_then(|node| node.previous),
        None => nodes.get(parent).and_then(|node| node.last_child),
    };
    if let Some(node) = nodes.get_mut(child) {
        node.parent = Some(parent);
        node.previous = previous;
        node.next = before;
        node.depth = depth;
    }
    match previous.and_then(|node| nodes.get_mut(node)) {
        Some(node) => node.next = Some(child),
        None => {
            if let Some(node) = nodes.get_mut(parent) {
                node.first_child = Some(child);
            }
        }
    }
    match before.and_then(|node| nodes.get_mut(node)) {
        Some(node) => node.previous = Some(child),
        None => {
            if let Some(node) = nodes.get_mut(parent) {
                node.last_child = Some(child);
            }
        }
    }
    depth
}

fn detach(nodes: &mut [Node], node: usize) {
    let Some(at) = nodes.get_mut(node) else {
        return;
    };
    let (parent, previous, next) = (at.parent.take(), at.previous.take(), at.next.take());
    let Some(parent) = parent else {
        return;
    };
    match previous.and_then(|node| nodes.get_mut(node)) {
        Some(node) => node.next = next,
        None => {
            if let Some(node) = nodes.get_mut(parent) {
                node.first_child = next;
            }
        }
    }
    match next.and_then(|node| nodes.get_mut(node)) {
        Some(node) => node.previous = previous,
        None => {
            if let Some(node) = nodes.get_mut(parent) {
                node.last_child = previous;
            }
        }
    }
}

/// The name of an element, as the tree builder asks for it. A copy, as the list of nodes may change
/// while it is held.
#[derive(Debug)]
struct Name(QualName);

impl ElemName for Name {
    fn ns(&self) -> &Namespace {
        &self.0.ns
    }

    fn local_name(&self) -> &LocalName {
        &self.0.local
    }
}

impl TreeSink for Sink {
    type Handle = usize;
    type Output = Dom;
    type ElemName<'a> = Name;

    fn finish(self) -> Dom {
        Dom {
            nodes: self.nodes.into_inner(),
        }
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> usize {
        ROOT
    }

    fn elem_name(&self, target: &usize) -> Name {
        let nodes = self.nodes.borrow();
        Name(match nodes.get(*target).map(|node| &node.kind) {
            Some(Kind::Element(element)) => element.name.clone(),
            _ => QualName::new(None, ns!(html), local_name!("")),
        })
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        flags: ElementFlags,
    ) -> usize {
        let template = flags.template.then(|| self.add(Kind::Other));
        self.add(Kind::Element(Element {
            name,
            attributes,
            template,
        }))
    }

    fn create_comment(&self, _: StrTendril) -> usize {
        self.add(Kind::Other)
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> usize {
        self.add(Kind::Other)
    }

    fn append(&self, parent: &usize, child: NodeOrText<usize>) {
        self.insert(*parent, None, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &usize,
        previous: &usize,
        child: NodeOrText<usize>,
    ) {
        let has_parent =
            matches!(self.nodes.borrow().get(*element), Some(node) if node.parent.is_some());
        if has_parent {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &usize) -> usize {
        let nodes = self.nodes.borrow();
        match nodes.get(*target).map(|node| &node.kind) {
            Some(Kind::Element(element)) => element.template.unwrap_or(*target),
            _ => *target,
        }
    }

    fn same_node(&self, x: &usize, y: &usize) -> bool {
        x == y
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &usize, child: NodeOrText<usize>) {
        if let NodeOrText::AppendNode(node) = &child {
            // It may be the very neighbour, so it goes before places are looked up.
            detach(&mut self.nodes.borrow_mut(), *node);
        }
        let parent = self
            .nodes
            .borrow()
            .get(*sibling)
            .and_then(|node| node.parent);
        if let Some(parent) = parent {
            self.insert(parent, Some(*sibling), child);
        }
    }

    fn add_attrs_if_missing(&self, target: &usize, attributes: Vec<Attribute>) {
        let mut nodes = self.nodes.borrow_mut();
        if let Some(node) = nodes.get_mut(*target)
            && let Kind::Element(element) = &mut node.kind
        {
            for attribute in attributes {
                if !element.attributes.iter().any(|a| a.name == attribute.name) {
                    element.attributes.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &usize) {
        detach(&mut self.nodes.borrow_mut(), *target);
    }

    fn reparent_children(&self, node: &usize, new_parent: &usize) {
        let mut nodes = self.nodes.borrow_mut();
        while let Some(child) = nodes.get(*node).and_then(|node| node.first_child) {
            detach(&mut nodes, child);
            attach(&mut nodes, *new_parent, None, child);
        }
    }
}
