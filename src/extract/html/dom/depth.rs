//! How deep a tree may become: tags that would go deeper are left out before they reach the tree
//! builder. It knows no text.

use std::cell::Cell;

use html5ever::local_name;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use html5ever::tree_builder::TreeBuilder;

use super::Sink;

/// Elements that may lie in each other, as in browsers; the parser takes time for each at every tag.
const MAX_DEPTH: usize = 512;
/// A depth that only pages made for it reach, as after an end tag one more element is let through.
pub(super) const MAX_DEPTH_AT_ALL: usize = 4 * MAX_DEPTH;

/// Hands the tokens to the tree builder, but for start tags that would go too deep: of those the
/// ones that might begin a paragraph become a line break.
pub(super) struct Capped {
    builder: TreeBuilder<usize, Sink>,
    /// How deep the tree is after an end tag shows only with the next element.
    after_end_tag: Cell<bool>,
}

impl Capped {
    pub(super) fn new(builder: TreeBuilder<usize, Sink>) -> Self {
        Self {
            builder,
            after_end_tag: Cell::new(false),
        }
    }

    pub(super) fn builder(&self) -> &TreeBuilder<usize, Sink> {
        &self.builder
    }

    pub(super) fn into_builder(self) -> TreeBuilder<usize, Sink> {
        self.builder
    }
}

impl TokenSink for Capped {
    type Handle = usize;

    fn process_token(&self, token: Token, line_number: u64) -> TokenSinkResult<usize> {
        let token = match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let depth = self.builder.sink.depth.get();
                let after_end_tag = self.after_end_tag.take();
                let too_deep = depth >= MAX_DEPTH && !after_end_tag || depth >= MAX_DEPTH_AT_ALL;
                if too_deep && !is_raw_text(&tag.name) {
                    if is_inline(&tag.name) {
                        return TokenSinkResult::Continue;
                    }
                    Token::TagToken(line_break())
                } else {
                    Token::TagToken(tag)
                }
            }
            Token::TagToken(tag) => {
                self.after_end_tag.set(true);
                Token::TagToken(tag)
            }
            token => token,
        };
        self.builder.process_token(token, line_number)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder
            .adjusted_current_node_present_but_not_in_html_namespace()
    }
}

fn is_raw_text(name: &str) -> bool {
    matches!(
        name,
        "script" | "style" | "title" | "textarea" | "noscript" | "iframe" | "xmp" | "noframes"
    )
}

fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "b" | "big" | "code" | "em" | "font" | "i" | "s" | "small" | "span" | "strong" | "u"
    )
}

fn line_break() -> Tag {
    Tag {
        kind: TagKind::StartTag,
        name: local_name!("br"),
        self_closing: false,
        attrs: Vec::new(),
        had_duplicate_attributes: false,
    }
}
