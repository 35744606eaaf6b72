//! Bytes of a PDF stream, its filters (ISO 32000-1, 7.4) undone within the budget.
//!
//! The parser's own decoders have no bound, so only streams measured here are ever given to them.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::{DeflateDecoder, ZlibDecoder};
use hayro_syntax::Filter;
use hayro_syntax::object::{Array, Dict, Stream};

use super::super::{Budget, Error};

/// Filters one after the other on one stream.
const MAX_FILTERS: usize = 8;

/// Unpacks a stream that is no picture; damaged ones give what can be had, others nothing.
pub(super) fn decode(stream: &Stream<'_>, budget: &mut Budget) -> Result<Vec<u8>, Error> {
    let filters = stream.filters();
    if filters.len() > MAX_FILTERS {
        return Err(Error::broken("pdf: too many filters on a stream"));
    }
    let mut bytes = stream.raw_data().into_owned();
    for filter in filters {
        let limit = usize::try_from(budget.left()).unwrap_or(usize::MAX);
        // One byte more than allowed, so that `spend` notices.
        let limit = limit.saturating_add(1);
        bytes = match filter {
            Filter::FlateDecode => flate(&bytes, limit),
            Filter::LzwDecode => lzw(&bytes, early_change(stream.dict()), limit),
            Filter::AsciiHexDecode => ascii_hex(&bytes),
            Filter::Ascii85Decode => ascii_85(&bytes),
            Filter::RunLengthDecode => run_length(&bytes, limit),
            Filter::Crypt => bytes,
            _ => return Ok(Vec::new()),
        };
        budget.spend(bytes.len() as u64)?;
    }
    if has_predictor(stream.dict()) {
        // Its size is known to fit now.
        let decoded = stream.decoded_data();
        return Ok(decoded.map(Cow::into_owned).unwrap_or_default());
    }
    Ok(bytes)
}

fn parameters<'a>(dict: &Dict<'a>) -> Vec<Dict<'a>> {
    let keys = ["DecodeParms", "DP"];
    let mut found: Vec<_> = keys
        .iter()
        .filter_map(|key| dict.get::<Dict<'a>>(key))
        .collect();
    for list in keys.iter().filter_map(|key| dict.get::<Array<'a>>(key)) {
        found.extend(list.iter::<Dict<'a>>().take(MAX_FILTERS));
    }
    found
}

fn has_predictor(dict: &Dict<'_>) -> bool {
    let parameters = parameters(dict);
    parameters
        .iter()
        .any(|one| one.get::<i32>("Predictor").is_some_and(|value| value > 1))
}

fn early_change(dict: &Dict<'_>) -> bool {
    let parameters = parameters(dict);
    !parameters
        .iter()
        .any(|one| one.get::<i32>("EarlyChange") == Some(0))
}

fn flate(bytes: &[u8], limit: usize) -> Vec<u8> {
    let mut out = Vec::new();
    // An error means a damaged end; what came before it stays in `out`.
    let _ = ZlibDecoder::new(bytes)
        .take(limit as u64)
        .read_to_end(&mut out);
    if out.is_empty() {
        // Some writers leave out or damage the two bytes of the zlib header.
        let body = bytes.get(2..).unwrap_or_default();
        let _ = DeflateDecoder::new(body)
            .take(limit as u64)
            .read_to_end(&mut out);
    }
    out
}

fn ascii_hex(bytes: &[u8]) -> Vec<u8> {
    let digits = bytes.iter().take_while(|byte| **byte != b'>');
    let digits: Vec<u8> = digits
        .filter_map(|byte| char::from(*byte).to_digit(16))
        .map(|digit| digit as u8)
        .collect();
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| pair.first().unwrap_or(&0) << 4 | pair.get(1).unwrap_or(&0))
        .collect()
}

fn ascii_85(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut group = Vec::with_capacity(5);
    for byte in bytes {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            _ => {}
        }
        if group.len() == 5 {
            out.extend(four_bytes(&group));
            group.clear();
        }
    }
    if group.len() > 1 {
        let kept = group.len() - 1;
        group.resize(5, 84);
        out.extend(four_bytes(&group).into_iter().take(kept));
    }
    out
}

fn four_bytes(group: &[u8]) -> [u8; 4] {
    let value = group.iter().fold(0_u32, |value, digit| {
        value.wrapping_mul(85).wrapping_add(u32::from(*digit))
    });
    value.to_be_bytes()
}

fn run_length(bytes: &[u8], limit: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some((&length, tail)) = rest.split_first() {
        if length == 128 || out.len() >= limit {
            break;
        }
        if length < 128 {
            let (run, tail) = tail.split_at(tail.len().min(usize::from(length) + 1));
            out.extend_from_slice(run);
            rest = tail;
        } else if let Some((&byte, tail)) = tail.split_first() {
            out.resize(out.len() + 257 - usize::from(length), byte);
            rest = tail;
        } else {
            break;
        }
    }
    out
}

/// ISO 32000-1, 7.4.4: codes of 9 to 12 bits, 256 clears the table, 257 ends.
fn lzw(bytes: &[u8], early: bool, limit: usize) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    // Where in `out` the string of each code from 258 on stands.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let mut previous: Option<(usize, usize)> = None;
    let (mut bits, mut n_bits) = (0_u32, 0_u32);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        n_bits += 8;
        let width = match table.len() + 258 + usize::from(early) {
            0..512 => 9,
            512..1024 => 10,
            1024..2048 => 11,
            _ => 12,
        };
        if n_bits < width {
            continue;
        }
        n_bits -= width;
        let code = (bits >> n_bits & ((1 << width) - 1)) as usize;
        if code == 257 || out.len() >= limit {
            break;
        }
        if code == 256 {
            table.clear();
            previous = None;
            continue;
        }
        let start = out.len();
        if let Ok(literal) = u8::try_from(code) {
            out.push(literal);
        } else if let Some(&(from, length)) = table.get(code - 258) {
            out.extend_from_within(from..from + length);
        } else if let Some((from, length)) = previous {
            out.extend_from_within(from..from + length);
            out.extend_from_within(from..=from);
        } else {
            break;
        }
        if let Some((from, length)) = previous
            && table.len() < 4096 - 258
        {
            // The previous string and the first byte of this one stand side by side.
            table.push((from, length + 1));
        }
        previous = Some((start, out.len() - start));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{ascii_85, ascii_hex, flate, lzw, run_length};

    #[test]
    fn hexadecimal_with_an_odd_digit() {
        assert_eq!(ascii_hex(b"48 65 7>00"), b"Hep");
    }

    #[test]
    fn base_85_with_a_short_group() {
        assert_eq!(ascii_85(b"87cURD]i,\"Ebo80~>"), b"Hello World!");
        assert_eq!(ascii_85(b"z87cUR~>"), b"\0\0\0\0Hell");
        assert_eq!(ascii_85(b"87cURDZ~>"), b"Hello");
    }

    #[test]
    fn runs_of_bytes() {
        assert_eq!(
            run_length(&[1, b'a', b'b', 254, b'c', 128, b'x'], 99),
            b"abccc"
        );
        assert_eq!(run_length(&[200], 99), b"");
    }

    #[test]
    fn lzw_of_the_specification() {
        // ISO 32000-1, 7.4.4.2, example 1.
        let packed = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
        assert_eq!(
            lzw(&packed, true, 99),
            [45, 45, 45, 45, 45, 65, 45, 45, 45, 66]
        );
    }

    #[test]
    fn nothing_goes_far_beyond_the_limit() {
        assert!(run_length(&[129, 7].repeat(1000), 500).len() < 1000);
        let bomb = deflated(&vec![b' '; 100_000]);
        assert_eq!(flate(&bomb, 300).len(), 300);
    }

    #[test]
    fn a_cut_stream_keeps_its_beginning() {
        let text: Vec<u8> = (0..5000_u32).map(|n| (n * n % 251) as u8).collect();
        let packed = deflated(&text);
        let part = flate(&packed[..packed.len() / 2], 99_999);
        assert!(part.len() > 100 && text.starts_with(&part));
    }

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut encoder =
            flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }
}
