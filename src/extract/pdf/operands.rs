//! The operands of an instruction in a content stream (ISO 32000-1, 7.8.2), by place and kind.

use hayro_syntax::content::Instruction;
use hayro_syntax::object::{Array, Name, Object, String as PdfString};

use super::geometry::Matrix;

/// What stands before an operator; missing numbers are 0.
pub(super) struct Operands<'b, 'a>(Vec<&'b Object<'a>>);

impl<'b, 'a> Operands<'b, 'a> {
    /// Those of an instruction.
    pub(super) fn of(instruction: &Instruction<'b, 'a>) -> Self {
        Self(instruction.operands().collect())
    }

    pub(super) fn object(&self, place: usize) -> Option<&'b Object<'a>> {
        self.0.get(place).copied()
    }

    pub(super) fn number(&self, place: usize) -> f64 {
        match self.0.get(place) {
            Some(Object::Number(number)) => number.as_f64(),
            _ => 0.0,
        }
    }

    pub(super) fn matrix(&self) -> Matrix {
        Matrix(std::array::from_fn(|place| self.number(place)))
    }

    pub(super) fn string(&self, place: usize) -> Option<&'b PdfString<'a>> {
        match self.0.get(place) {
            Some(Object::String(string)) => Some(string),
            _ => None,
        }
    }

    pub(super) fn array(&self, place: usize) -> Option<&'b Array<'a>> {
        match self.0.get(place) {
            Some(Object::Array(array)) => Some(array),
            _ => None,
        }
    }

    pub(super) fn name(&self, place: usize) -> Option<&'b Name<'a>> {
        match self.0.get(place) {
            Some(Object::Name(name)) => Some(name),
            _ => None,
        }
    }
}
