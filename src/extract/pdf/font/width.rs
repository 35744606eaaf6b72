//! Widths of glyphs, in ems (ISO 32000-1, 9.7.4.3 for composite fonts).

use std::collections::HashMap;

use hayro_syntax::object::{Array, Dict, Object};

/// Widths by character identifier.
#[derive(Debug)]
pub(super) struct Widths {
    default: f64,
    single: HashMap<u32, f32>,
    /// First and last identifier, and the width; sorted, and tried after `single`.
    ranges: Vec<(u32, u32, f32)>,
}

impl Widths {
    /// Those of a CID font.
    pub(super) fn of_cids(descendant: &Dict<'_>) -> Self {
        let default = descendant
            .get::<f32>("DW")
            .map_or(1.0, |width| f64::from(width) / 1000.0);
        let mut widths = Self {
            default,
            single: HashMap::new(),
            ranges: Vec::new(),
        };
        if let Some(list) = descendant.get::<Array<'_>>("W") {
            widths.read(&list);
        }
        widths.ranges.sort_by_key(|range| range.0);
        widths
    }

    /// Bytes of memory, about.
    pub(super) fn cost(&self) -> u64 {
        (self.single.len() as u64 + self.ranges.len() as u64).saturating_mul(16)
    }

    /// The width of a character.
    pub(super) fn of(&self, cid: u32) -> f64 {
        if let Some(width) = self.single.get(&cid) {
            return f64::from(*width) / 1000.0;
        }
        let after = self.ranges.partition_point(|range| range.0 <= cid);
        let range = after
            .checked_sub(1)
            .and_then(|place| self.ranges.get(place));
        match range {
            Some((_, last, width)) if cid <= *last => f64::from(*width) / 1000.0,
            _ => self.default,
        }
    }

    /// Either `first [w1 w2 …]` or `first last w`.
    fn read(&mut self, list: &Array<'_>) {
        let mut objects = list.iter::<Object<'_>>();
        while let Some(first) = objects.next().and_then(number) {
            match objects.next() {
                Some(Object::Array(each)) => {
                    for (cid, width) in (first as u32..=u32::MAX).zip(each.iter::<f32>()) {
                        self.single.insert(cid, width);
                    }
                }
                Some(object) => {
                    let (Some(end), Some(width)) =
                        (number(object), objects.next().and_then(number))
                    else {
                        return;
                    };
                    self.ranges.push((first as u32, end as u32, width));
                }
                None => return,
            }
        }
    }
}

fn number(object: Object<'_>) -> Option<f32> {
    object.into_f32()
}
