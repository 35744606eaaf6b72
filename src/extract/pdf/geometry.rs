//! Affine matrices of PDF (ISO 32000-1, 8.3.3): a point is a row vector, `x' = a x + c y + e`.

/// Six numbers `a b c d e f`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Matrix(pub(super) [f64; 6]);

impl Matrix {
    /// Changes nothing.
    pub(super) const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// Moves by `x` and `y`.
    pub(super) fn shift(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// `self` first, `next` after it.
    pub(super) fn then(self, next: Self) -> Self {
        let ((right_x, right_y), (up_x, up_y), (x, y)) = next.parts();
        let turned = |(along, across): (f64, f64)| {
            (
                along * right_x + across * up_x,
                along * right_y + across * up_y,
            )
        };
        let (right, up, origin) = self.parts();
        let (right, up, origin) = (turned(right), turned(up), turned(origin));
        Self([right.0, right.1, up.0, up.1, origin.0 + x, origin.1 + y])
    }

    /// Where a step to the right, a step upwards, and the origin come to lie.
    pub(super) fn parts(self) -> ((f64, f64), (f64, f64), (f64, f64)) {
        let Self([right_x, right_y, up_x, up_y, x, y]) = self;
        ((right_x, right_y), (up_x, up_y), (x, y))
    }
}

#[cfg(test)]
mod tests {
    use super::Matrix;

    #[test]
    fn the_first_matrix_is_applied_first() {
        let double = Matrix([2.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
        let both = Matrix::shift(1.0, 0.0).then(double);
        assert_eq!(both, Matrix([2.0, 0.0, 0.0, 2.0, 2.0, 0.0]));
    }
}
