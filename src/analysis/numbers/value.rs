//! Exact values of numbers, and their writings in Arabic digits and in Chinese characters.
//!
//! Knows how a number is written, not where one stands; `read` finds them.

/// Most digits of a value, on both sides of the decimal point.
pub(super) const MAX_DIGITS: usize = 16;

/// 10⁴ and 10⁸, the steps of Chinese numbers.
pub(super) const WAN: u128 = 10_000;
pub(super) const YI: u128 = 100_000_000;

/// A decimal number that is not negative: `mantissa` / 10^`decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) mantissa: u128,
    /// Digits behind the point, as written: 15.10 is another writing than 15.1.
    pub(super) decimals: u32,
}

impl Value {
    pub(super) fn integer(mantissa: u128) -> Self {
        Self {
            mantissa,
            decimals: 0,
        }
    }

    /// Reads `12` or `12.50`: ASCII digits with at most one point between them; `None` when there
    /// are more than [`MAX_DIGITS`] digits, more points, or zeros before the first digit.
    pub(super) fn parse(written: &str) -> Option<Self> {
        let (whole, fraction) = written.split_once('.').unwrap_or((written, ""));
        let has_point = whole.len() < written.len();
        let zero_first = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || zero_first || has_point == fraction.is_empty() {
            return None;
        }
        let digits = whole.len() + fraction.len();
        let all_digits = whole
            .bytes()
            .chain(fraction.bytes())
            .all(|b| b.is_ascii_digit());
        if digits > MAX_DIGITS || !all_digits {
            return None;
        }
        Some(Self {
            mantissa: format!("{whole}{fraction}").parse().ok()?,
            decimals: fraction.len() as u32,
        })
    }

    /// The value if it has no decimals.
    pub(super) fn whole(self) -> Option<u128> {
        (self.decimals == 0).then_some(self.mantissa)
    }

    /// What stands before the point.
    pub(super) fn integer_part(self) -> u128 {
        self.split().0
    }

    /// This value times 10^`zeros`, without zeros at the end of what stays behind the point.
    pub(super) fn times(self, zeros: u32) -> Option<Self> {
        if zeros == 0 {
            return Some(self);
        }
        let more = zeros.saturating_sub(self.decimals);
        let mantissa = self.mantissa.checked_mul(10_u128.checked_pow(more)?)?;
        let decimals = self.decimals.saturating_sub(zeros);
        (mantissa < 10_u128.pow(2 * MAX_DIGITS as u32))
            .then_some(Self { mantissa, decimals }.trimmed())
    }

    /// This value and a whole number.
    pub(super) fn plus(self, whole: u128) -> Option<Self> {
        let more = whole.checked_mul(10_u128.checked_pow(self.decimals)?)?;
        let mantissa = self.mantissa.checked_add(more)?;
        Some(Self { mantissa, ..self })
    }

    /// This value divided by 10^`zeros`, without zeros at the end.
    fn shifted(self, zeros: u32) -> Self {
        let decimals = self.decimals + zeros;
        Self { decimals, ..self }.trimmed()
    }

    pub(super) fn trimmed(mut self) -> Self {
        while self.decimals > 0 && self.mantissa.is_multiple_of(10) {
            self.mantissa /= 10;
            self.decimals -= 1;
        }
        self
    }

    fn split(self) -> (u128, String) {
        let unit = 10_u128.pow(self.decimals.min(2 * MAX_DIGITS as u32));
        let width = self.decimals as usize;
        let fraction = match width {
            0 => String::new(),
            _ => format!("{:0width$}", self.mantissa % unit),
        };
        (self.mantissa / unit, fraction)
    }

    /// `1234.5`
    pub(super) fn arabic(self) -> String {
        let (whole, fraction) = self.split();
        if fraction.is_empty() {
            return whole.to_string();
        }
        format!("{whole}.{fraction}")
    }

    /// `一千二百三十四点五`
    pub(super) fn chinese(self, style: Style) -> String {
        let (whole, fraction) = self.split();
        let mut written = chinese_integer(whole, style);
        if !fraction.is_empty() {
            written.push('点');
            written.push_str(&digit_by_digit(&fraction, style.zero));
        }
        written
    }

    /// The usual writings in Arabic digits and those in Chinese characters, each with the likely
    /// ones first. With `steps`, also those with 万, 亿 and 万亿.
    pub(super) fn writings(self, steps: bool) -> (Vec<String>, Vec<String>) {
        // Of a step that the number reaches (1.5亿), and of one that it does not (0.5亿).
        let (mut reached, mut unreached) = (Vec::new(), Vec::new());
        let whole = self.integer_part();
        for (step, zeros) in STEPS.iter().rev().filter(|_| steps && whole >= WAN) {
            let divided = self.shifted(*zeros);
            let one = 10_u128.pow(*zeros);
            // Up to eight digits before the step, as in 12000000万.
            if (one..one.saturating_mul(YI)).contains(&whole) && divided.decimals <= 4 {
                reached.push((divided, step));
            } else if whole < one && divided.decimals <= if *zeros > 8 { 1 } else { 2 } {
                unreached.push((divided, step));
            }
        }
        let arabic = |(value, step): &(Self, &&str)| format!("{}{step}", value.arabic());
        let decimal = |(value, step): &(Self, &&str)| {
            let said = value.decimals > 0 && value.integer_part() < WAN;
            said.then(|| format!("{}{step}", value.chinese(Style::USUAL)))
        };
        let mut in_arabic: Vec<String> = reached.iter().map(arabic).collect();
        in_arabic.extend(self.compound().filter(|_| steps));
        // Nobody writes thirteen digits where a step would do.
        if whole < WAN * YI || in_arabic.is_empty() {
            in_arabic.push(self.arabic());
        }
        in_arabic.extend(unreached.iter().map(arabic));
        let mut in_chinese: Vec<String> = reached.iter().filter_map(decimal).collect();
        // 一万点五 is not said.
        if self.decimals == 0 || whole == 0 || !whole.is_multiple_of(WAN) {
            in_chinese.extend(Style::ALL.iter().map(|style| self.chinese(*style)));
        }
        in_chinese.extend(unreached.iter().filter_map(decimal));
        (in_arabic, in_chinese)
    }

    /// `一百一` for 110, `三万五` for 35000: without the last unit, which is the next one.
    pub(super) fn without_last_unit(self) -> Option<String> {
        let whole = self.whole()?;
        let zeros = whole
            .checked_ilog10()
            .filter(|zeros| [2, 3, 4, 8].contains(zeros))?;
        let (first, rest) = (whole / 10_u128.pow(zeros), whole % 10_u128.pow(zeros));
        let next = 10_u128.pow(zeros - 1);
        let two_digits = rest > 0 && rest.is_multiple_of(next);
        let front = Self::integer(first * 10_u128.pow(zeros)).chinese(Style::USUAL);
        let last = Self::integer(rest / next).chinese(Style::USUAL);
        two_digits.then(|| format!("{front}{last}"))
    }

    /// `1亿2000万`, `5万3000`
    fn compound(self) -> Option<String> {
        let whole = self.whole()?;
        let (yi, rest) = (whole / YI, whole % YI);
        if yi > 0 {
            let fits = yi < WAN && rest > 0 && rest.is_multiple_of(WAN);
            return fits.then(|| format!("{yi}亿{}万", rest / WAN));
        }
        let (wan, rest) = (whole / WAN, whole % WAN);
        let fits = wan > 0 && rest >= 1000 && rest.is_multiple_of(100);
        fits.then(|| format!("{wan}万{rest}"))
    }

    /// With 千 behind Arabic digits: `5千`, `5千万`, `5万3千`, `1亿5千万`.
    pub(super) fn with_thousands(self) -> Option<String> {
        let whole = self.whole()?;
        let thousands = |n: u128| (n >= 1000 && n.is_multiple_of(1000)).then_some(n / 1000);
        let (size, name) = match whole {
            YI.. => (YI, '亿'),
            WAN.. => (WAN, '万'),
            _ => return thousands(whole).map(|n| format!("{n}千")),
        };
        let (above, below) = (whole / size, whole % size);
        let (front, back) = (above / WAN, above % WAN);
        if below == 0 {
            // 7万5千亿
            let front = if front > 0 {
                format!("{front}万")
            } else {
                String::new()
            };
            return thousands(back)
                .filter(|_| above < WAN * WAN)
                .map(|n| format!("{front}{n}千{name}"));
        }
        let (below, step) = if size == YI {
            (below / WAN, "万")
        } else {
            (below, "")
        };
        let exact = size == WAN || whole.is_multiple_of(WAN);
        thousands(below)
            .filter(|_| exact && front == 0)
            .map(|n| format!("{above}{name}{n}千{step}"))
    }
}

/// Steps and their zeros, small ones first.
const STEPS: [(&str, u32); 3] = [("万", 4), ("亿", 8), ("万亿", 12)];

/// How a Chinese number writes what can be written in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// `零` or `〇`.
    pub(super) zero: char,
    two: Two,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Two {
    /// 二千, 二万
    Er,
    /// 两千二百, 两万二千: at the front only.
    LiangFirst,
    /// 两万两千, 两千两百
    Liang,
}

impl Style {
    pub(super) const USUAL: Self = Self {
        zero: '零',
        two: Two::Er,
    };
    pub(super) const BOTH_ZEROS: [Self; 2] = [
        Self {
            zero: '〇',
            two: Two::Er,
        },
        Self::USUAL,
    ];
    pub(super) const LIANG_FIRST: Self = Self {
        zero: '零',
        two: Two::LiangFirst,
    };
    const ALL: [Self; 5] = [
        Self::USUAL,
        Self::LIANG_FIRST,
        Self {
            zero: '〇',
            two: Two::Er,
        },
        Self {
            zero: '零',
            two: Two::Liang,
        },
        Self {
            zero: '〇',
            two: Two::LiangFirst,
        },
    ];
}

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// Each ASCII digit as one character: `2023` is `二〇二三`.
pub(super) fn digit_by_digit(digits: &str, zero: char) -> String {
    digits
        .bytes()
        .map(|b| match b.wrapping_sub(b'0') {
            0 => zero,
            digit => DIGITS.get(usize::from(digit)).copied().unwrap_or(zero),
        })
        .collect()
}

/// Writes a whole number below 10¹⁶ by position; above, the steps repeat as `亿亿`.
fn chinese_integer(n: u128, style: Style) -> String {
    if n == 0 {
        return style.zero.to_string();
    }
    let mut written = String::new();
    // Groups of four digits, the highest first; `亿` closes every second one.
    let groups: Vec<u128> = std::iter::successors(Some(n), |n| Some(n / WAN).filter(|n| *n > 0))
        .map(|n| n % WAN)
        .collect();
    let mut gap = false;
    for (place, group) in groups.iter().enumerate().rev() {
        if *group > 0 {
            let skipped = !written.is_empty() && (gap || *group < 1000);
            if skipped {
                written.push(style.zero);
            }
            push_group(*group, place > 0, style, &mut written);
            if !place.is_multiple_of(2) {
                written.push('万');
            }
        }
        gap = *group == 0 && place > 0 && !closes_yi(&groups, place);
        if closes_yi(&groups, place) {
            written.push('亿');
        }
    }
    written
}

/// Whether `亿` stands behind the group at `place`.
fn closes_yi(groups: &[u128], place: usize) -> bool {
    let above = groups.get(place..).unwrap_or_default();
    place > 0 && place.is_multiple_of(2) && above.iter().take(2).any(|group| *group > 0)
}

/// Writes 1 to 9999; `step` says whether a step such as 万 follows.
fn push_group(group: u128, step: bool, style: Style, written: &mut String) {
    let first = written.is_empty();
    let mut skipped = false;
    let mut any = false;
    for (unit, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = group / unit % 10;
        if digit == 0 {
            skipped = any;
            continue;
        }
        if std::mem::take(&mut skipped) {
            written.push(style.zero);
        }
        let leads = first && !any;
        let before_unit = unit >= 100 || (step && group == 2);
        let liang = match style.two {
            Two::Er => false,
            Two::LiangFirst => leads,
            Two::Liang => true,
        };
        if digit == 2 && before_unit && liang {
            written.push('两');
        } else if !(digit == 1 && unit == 10 && leads) {
            written.push(DIGITS.get(digit as usize).copied().unwrap_or('零'));
        }
        written.push_str(name);
        any = true;
    }
}
