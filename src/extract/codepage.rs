//! Encodings by the numbers that Windows files carry: code pages, character sets of fonts, languages.
//! Knows neither files nor text.

use encoding_rs::{
    BIG5, EUC_KR, Encoding, GB18030, GBK, MACINTOSH, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1250,
    WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256,
    WINDOWS_1257, WINDOWS_1258,
};

/// The encoding of a Windows code page; `None` for one that is not known.
pub(crate) fn by_number(codepage: u32) -> Option<&'static Encoding> {
    Some(match codepage {
        936 => GBK,
        54936 => GB18030,
        950 => BIG5,
        932 => SHIFT_JIS,
        949 | 1361 => EUC_KR,
        874 => WINDOWS_874,
        1250 => WINDOWS_1250,
        1251 => WINDOWS_1251,
        1252 => WINDOWS_1252,
        1253 => WINDOWS_1253,
        1254 => WINDOWS_1254,
        1255 => WINDOWS_1255,
        1256 => WINDOWS_1256,
        1257 => WINDOWS_1257,
        1258 => WINDOWS_1258,
        10000 => MACINTOSH,
        65001 => UTF_8,
        _ => return None,
    })
}

/// The code page of a font's character set, 0 and 1 (the file's own) and 2 (symbols) excepted.
///
/// Source: [MS-OE376] `ST_UcharHexNumber`, the table of `\fcharset` in the RTF specification 1.9.1.
pub(crate) fn of_charset(charset: i32) -> Option<u32> {
    Some(match charset {
        77 => 10000,
        128 => 932,
        129 => 949,
        130 => 1361,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    })
}

/// The code page of an East Asian language; `None` for all others.
///
/// Source: [MS-LCID].
pub(crate) fn of_language(lid: u16) -> Option<u32> {
    Some(match lid {
        0x0804 | 0x1004 => 936,
        0x0404 | 0x0C04 | 0x1404 => 950,
        0x0411 => 932,
        0x0412 => 949,
        _ => return None,
    })
}

/// Whether characters may take two bytes.
pub(crate) fn is_double_byte(encoding: &'static Encoding) -> bool {
    [GBK, GB18030, BIG5, SHIFT_JIS, EUC_KR].contains(&encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_known_by_each_number() {
        assert_eq!(by_number(936), Some(GBK));
        assert_eq!(of_charset(134).and_then(by_number), Some(GBK));
        assert_eq!(of_charset(136).and_then(by_number), Some(BIG5));
        assert_eq!(of_language(0x0804).and_then(by_number), Some(GBK));
        assert_eq!(of_language(0x0409), None);
        assert!(is_double_byte(BIG5));
        assert!(!is_double_byte(WINDOWS_1252));
    }
}
