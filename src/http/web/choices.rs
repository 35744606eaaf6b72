//! How to look and in which order: choices of one value each, as parts of the form.

use maud::{Markup, html};

use super::address::{Address, View};
use super::language::Language;
use super::mask_name;
use crate::search::Mask;

/// Choices of one kind.
pub(super) struct Choice {
    /// Name in the address.
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// Values with labels; the first is what goes without saying.
    pub(super) values: Vec<(&'static str, &'static str)>,
}

/// The choices of a view and those that all views have. `default_mask` is what searches do about
/// masks unless they say so.
pub(super) fn choices(
    language: Language,
    address: &Address,
    default_mask: Mask,
    own: Vec<Choice>,
) -> Markup {
    let words = language.words();
    let n_own = own.len();
    let shared = [
        Choice {
            name: "in",
            label: words.zone,
            values: vec![
                ("all", words.zone_all),
                ("title", words.zone_title),
                ("heading", words.zone_heading),
                ("body", words.zone_body),
            ],
        },
        Choice {
            name: "scope",
            label: words.scope,
            values: vec![
                ("document", words.scope_document),
                ("paragraph", words.scope_paragraph),
                ("sentence", words.scope_sentence),
            ],
        },
        Choice {
            name: "mask",
            label: words.mask,
            values: vec![
                ("also", words.mask_also),
                ("off", words.mask_off),
                ("only", words.mask_only),
            ],
        },
    ];
    html! {
        div.choices {
            @if address.view() == View::Documents {
                label.filter-button for="show-filters" { (words.filters) }
            }
            @for (at, Choice { name, label, values }) in own.into_iter().chain(shared).enumerate() {
                @let default = if name == "mask" { mask_name(default_mask) } else { values[0].0 };
                @let chosen = match address.value(name) { "" => default, value => value };
                // Where there is little room, those of the view are what is changed most.
                label.secondary[at >= n_own] {
                    span { (label) }
                    select name=(name) form="search" data-key=(name) data-default=(default) {
                        @for (value, shown) in values {
                            option value=(value) selected[value == chosen] { (shown) }
                        }
                    }
                }
            }
            noscript { button.quiet type="submit" form="search" { (words.apply) } }
        }
    }
}
