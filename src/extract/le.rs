//! Little-endian numbers at a place in bytes of unknown length. Knows no format.

/// The `u16` at `at`; `None` beyond the end.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let found = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(found.try_into().ok()?))
}

/// The `u32` at `at`; `None` beyond the end.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let found = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(found.try_into().ok()?))
}

/// The `u64` at `at`; `None` beyond the end.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let found = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(found.try_into().ok()?))
}

/// The `f64` at `at`; `None` beyond the end.
pub(crate) fn f64_at(bytes: &[u8], at: usize) -> Option<f64> {
    u64_at(bytes, at).map(f64::from_bits)
}

/// `len` bytes from `at`; `None` where the end comes before.
pub(crate) fn slice_at(bytes: &[u8], at: usize, len: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(len)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_inside_and_refuses_beyond() {
        let bytes = [1, 2, 3, 4, 0, 0, 0, 0, 9];
        assert_eq!(u16_at(&bytes, 1), Some(0x0302));
        assert_eq!(u32_at(&bytes, 0), Some(0x0403_0201));
        assert_eq!(u64_at(&bytes, 1), Some(0x0900_0000_0004_0302));
        assert_eq!(f64_at(&[0, 0, 0, 0, 0, 0, 0xF8, 0x3F], 0), Some(1.5));
        assert_eq!(u16_at(&bytes, 8), None);
        assert_eq!(u32_at(&bytes, usize::MAX), None);
        assert_eq!(slice_at(&bytes, 2, usize::MAX), None);
        assert_eq!(slice_at(&bytes, 8, 1), Some(&[9][..]));
    }
}
