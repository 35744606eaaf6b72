//! Bits, least significant first: Rice codes, gamma codes and plain numbers, and LEB128 bytes.

/// A quotient that says: the value follows in 32 plain bits.
const ESCAPE: u32 = 24;

/// Appends bits to a buffer.
#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits not yet in `bytes`, in the low `n_pending` bits.
    pending: u64,
    n_pending: u32,
}

impl BitWriter {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.pending = 0;
        self.n_pending = 0;
    }

    /// Appends the low `width` bits of `value`; `width` is at most 32.
    #[inline]
    pub(super) fn plain(&mut self, value: u32, width: u32) {
        debug_assert!(width <= 32 && (width == 32 || value >> width == 0));
        self.pending |= u64::from(value) << self.n_pending;
        self.n_pending += width;
        if self.n_pending >= 32 {
            self.bytes
                .extend_from_slice(&(self.pending as u32).to_le_bytes());
            self.pending >>= 32;
            self.n_pending -= 32;
        }
    }

    /// Appends a Rice code with parameter `k` (0 to 31): `value >> k` ones, a zero, `k` bits.
    #[inline]
    pub(super) fn rice(&mut self, value: u32, k: u32) {
        let quotient = value >> k;
        if quotient < ESCAPE {
            let (ones, low) = ((1 << quotient) - 1, value & ((1 << k) - 1));
            if quotient + 1 + k <= 32 {
                self.plain(low << (quotient + 1) | ones, quotient + 1 + k);
            } else {
                self.plain(ones, quotient + 1);
                self.plain(low, k);
            }
        } else {
            self.plain((1 << ESCAPE) - 1, ESCAPE);
            self.plain(value, 32);
        }
    }

    /// Appends an Elias gamma code of `value`, which is at least 1.
    #[inline]
    pub(super) fn gamma(&mut self, value: u32) {
        let width = value.ilog2();
        let low = value & !(1 << width);
        if 2 * width < 32 {
            self.plain((low << 1 | 1) << width, 2 * width + 1);
        } else {
            self.plain(0, width);
            self.plain(1, 1);
            self.plain(low, width);
        }
    }

    /// Fills the last byte with zeros and gives the bytes.
    pub(super) fn finish(&mut self) -> &[u8] {
        while self.n_pending > 0 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.n_pending = self.n_pending.saturating_sub(8);
        }
        &self.bytes
    }
}

/// The cost in bits of `values` under a Rice code with parameter `k`.
fn rice_cost(values: &[u32], k: u32) -> u64 {
    let mut cost = values.len() as u64 * u64::from(k + 1);
    // In pieces whose sums fit 32 bits, which a processor adds several of at once.
    for piece in values.chunks(1 << 16) {
        let quotients = piece.iter().map(|value| {
            let quotient = value >> k;
            if quotient < ESCAPE {
                quotient
            } else {
                ESCAPE + 31 - k
            }
        });
        cost += u64::from(quotients.sum::<u32>());
    }
    cost
}

/// The Rice parameter that codes `values` shortest, or nearly so.
pub(super) fn best_rice(values: &[u32]) -> u32 {
    if values.is_empty() {
        return 0;
    }
    let sum: u64 = values.iter().map(|&v| u64::from(v)).sum();
    let mean = (sum / values.len() as u64).max(1);
    let top = mean.ilog2().min(31);
    let mut best = (rice_cost(values, top), top);
    // Gaps come in clusters (a document repeats itself), so the best is often below the mean's. Going
    // down, costs fall and then rise, but for a wave where values escape.
    let mut n_worse = 0;
    for k in (top.saturating_sub(6)..top).rev() {
        let cost = rice_cost(values, k);
        n_worse = if cost > best.0 { n_worse + 1 } else { 0 };
        if n_worse == 2 {
            break;
        }
        best = best.min((cost, k));
    }
    best.1
}

/// Reads bits. Past the end there are zeros; [`BitReader::overrun`] tells.
#[derive(Clone)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    /// In bits.
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// At least 57 bits from here on.
    #[inline]
    fn window(&self) -> u64 {
        let byte = self.at >> 3;
        let word = match self.bytes.get(byte..byte + 8) {
            Some(eight) => u64::from_le_bytes(eight.try_into().unwrap_or_default()),
            None => self.tail(byte),
        };
        word >> (self.at & 7)
    }

    #[cold]
    fn tail(&self, byte: usize) -> u64 {
        let mut eight = [0; 8];
        let rest = self.bytes.get(byte..).unwrap_or(&[]);
        eight[..rest.len()].copy_from_slice(rest);
        u64::from_le_bytes(eight)
    }

    #[inline]
    pub(super) fn plain(&mut self, width: u32) -> u32 {
        let value = self.window() & ((1 << width) - 1);
        self.at += width as usize;
        value as u32
    }

    #[inline]
    pub(super) fn rice(&mut self, k: u32) -> u32 {
        let window = self.window();
        let quotient = (!window).trailing_zeros();
        if quotient < ESCAPE {
            self.at += (quotient + 1 + k) as usize;
            let low = (window >> (quotient + 1)) as u32 & ((1 << k) - 1);
            quotient << k | low
        } else {
            self.at += (ESCAPE + 32) as usize;
            (window >> ESCAPE) as u32
        }
    }

    /// Rice codes with one parameter, read one after the other.
    #[inline]
    pub(super) fn rices(self, k: u32) -> Rices<'a> {
        Rices {
            k,
            window: self.window(),
            n_left: WINDOW,
            bits: self,
        }
    }

    /// A gamma code; 0 where the bits are damaged.
    #[inline]
    pub(super) fn gamma(&mut self) -> u32 {
        let width = self.window().trailing_zeros();
        if width > 31 {
            self.at = usize::MAX / 2;
            return 0;
        }
        self.at += width as usize + 1;
        1 << width | self.plain(width)
    }

    /// Whether more bits were read than there are.
    pub(super) fn overrun(&self) -> bool {
        self.at > self.bytes.len() * 8
    }
}

/// Bits that a window shows at least.
const WINDOW: u32 = 57;

/// Reads many Rice codes: of what was fetched at once several are taken.
pub(super) struct Rices<'a> {
    bits: BitReader<'a>,
    k: u32,
    /// Bits that were fetched, the next the lowest; behind them zeros.
    window: u64,
    n_left: u32,
}

impl<'a> Rices<'a> {
    /// What follows the codes that were read.
    pub(super) fn rest(self) -> BitReader<'a> {
        self.bits
    }

    #[inline]
    pub(super) fn next(&mut self) -> u32 {
        // Where the ones reach into what was not fetched, they and the zero are more than is left.
        let mut quotient = (!self.window).trailing_zeros();
        if quotient + 1 + self.k > self.n_left {
            self.window = self.bits.window();
            self.n_left = WINDOW;
            quotient = (!self.window).trailing_zeros();
        }
        let (n_used, value) = if quotient < ESCAPE {
            let low = (self.window >> (quotient + 1)) as u32 & ((1 << self.k) - 1);
            (quotient + 1 + self.k, quotient << self.k | low)
        } else {
            // It takes nearly all that a window shows.
            self.window = self.bits.window();
            self.n_left = WINDOW;
            (ESCAPE + 32, (self.window >> ESCAPE) as u32)
        };
        self.bits.at += n_used as usize;
        self.window >>= n_used;
        self.n_left -= n_used;
        value
    }
}

/// Appends `value` in seven-bit groups, least significant first.
pub(super) fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads what [`write_varint`] wrote and moves `at` behind it.
pub(super) fn read_varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(values in prop::collection::vec(
            (any::<u32>(), 0u32..=31, 0u32..3), 0..200,
        )) {
            let mut writer = BitWriter::default();
            for &(value, k, kind) in &values {
                match kind {
                    0 => writer.rice(value >> (k / 2), k),
                    1 => writer.gamma((value >> k).max(1)),
                    _ => writer.plain(value >> k, 32 - k),
                }
            }
            let bytes = writer.finish().to_vec();
            let mut reader = BitReader::new(&bytes);
            for &(value, k, kind) in &values {
                match kind {
                    0 => prop_assert_eq!(reader.rice(k), value >> (k / 2)),
                    1 => prop_assert_eq!(reader.gamma(), (value >> k).max(1)),
                    _ => prop_assert_eq!(reader.plain(32 - k), value >> k),
                }
            }
            prop_assert!(!reader.overrun());
        }

        #[test]
        fn codes_are_read_together_as_one_by_one(
            bytes in prop::collection::vec(any::<u8>(), 0..60), k in 0u32..=31, n in 0usize..80,
        ) {
            let mut one_by_one = BitReader::new(&bytes);
            let mut together = BitReader::new(&bytes).rices(k);
            for _ in 0..n {
                prop_assert_eq!(together.next(), one_by_one.rice(k));
            }
            prop_assert_eq!(together.rest().at, one_by_one.at);
        }

        #[test]
        fn garbage_is_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut reader = BitReader::new(&bytes);
            for k in 0..32 {
                reader.rice(k);
                reader.gamma();
                reader.plain(k);
            }
            prop_assert!(reader.overrun());
        }

        #[test]
        fn varints_round_trip(value: u64) {
            let mut bytes = Vec::new();
            write_varint(&mut bytes, value);
            let mut at = 0;
            prop_assert_eq!(read_varint(&bytes, &mut at), Some(value));
            prop_assert_eq!(at, bytes.len());
            prop_assert_eq!(read_varint(&bytes[..at - 1], &mut 0), None);
        }
    }
}
