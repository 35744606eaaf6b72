//! The value of a run of signs, if it is well-formed as a whole.

use super::tokens::{Sign, Token};
use super::value::{Value, WAN, YI};

/// The value of a number that is written by position or in Arabic digits; `None` when it is not
/// well-formed as a whole, as in `三四十` or `十四五`.
pub(super) fn evaluate(inside: &[Token]) -> Option<Value> {
    let mut at = 0;
    // What stands before 亿, what stands before 万 behind that, and the last step.
    let (mut high, mut low) = (0_u128, 0_u128);
    let mut limit = u128::MAX;
    loop {
        let part = section(inside, at, limit)?;
        at = part.end;
        let mut steps = inside.iter().skip(at).map(|t| t.sign);
        let (first, second) = (steps.next(), steps.next());
        let (zeros, step, taken) = match (first, second) {
            (Some(Sign::Step(WAN)), Some(Sign::Step(YI))) => (12, WAN * YI, 2),
            (Some(Sign::Step(WAN)), _) => (4, WAN, 1),
            (Some(Sign::Step(YI)), _) => (8, YI, 1),
            (None, _) => (0, 1, 0),
            _ => return None,
        };
        at += taken;
        let value = part.value.times(zeros)?;
        if high == 0 && low == 0 && at == inside.len() {
            return Some(value);
        }
        if zeros == 0 && value.decimals > 0 {
            let front = high.checked_add(low)?;
            return value.plus(front).filter(|_| value.integer_part() < limit);
        }
        // Only the last part has decimals, and no step then: not 1亿2000.5万.
        let whole = value.whole()?;
        let size = if step >= YI {
            part.value.whole()?
        } else {
            whole
        };
        if part.value.decimals > 0 || size >= limit {
            return None;
        }
        if step >= YI {
            // 三万五千亿: what came with 万 before counts 亿, too.
            if high > 0 || (step > YI && low > 0) {
                return None;
            }
            high = low.checked_mul(YI)?.checked_add(whole)?;
            low = 0;
            limit = YI;
        } else {
            low = low.checked_add(whole)?;
            // Behind 万 only what is smaller than it, before 亿 or at the end.
            limit = WAN;
        }
        if at == inside.len() {
            return high.checked_add(low).map(Value::integer);
        }
    }
}

/// The value of four Chinese digits one behind the other: `二〇二三`.
pub(super) fn digits(inside: &[Token]) -> Option<u128> {
    let [_, _, _, _] = inside else {
        return None;
    };
    inside.iter().try_fold(0, |value, token| match token.sign {
        Sign::Digit(digit) => Some(value * 10 + u128::from(digit)),
        _ => None,
    })
}

/// `07`
pub(super) fn padded(inside: &[Token]) -> Option<Value> {
    let [token] = inside else {
        return None;
    };
    match token.run().as_bytes() {
        [b'0', digit @ b'1'..=b'9'] => Some(Value::integer(u128::from(digit - b'0'))),
        _ => None,
    }
}

struct Section {
    value: Value,
    end: usize,
}

/// Reads up to the next 万 or 亿. `limit` is the step before, if there is one.
fn section(inside: &[Token], start: usize, limit: u128) -> Option<Section> {
    let first = inside.get(start)?;
    if first.sign != Sign::Arabic {
        return chinese_section(inside, start, limit);
    }
    let value = Value::parse(first.run())?;
    let mut end = start + 1;
    let mut zeros = 0;
    if let Some(Sign::Unit(unit @ (100 | 1000))) = inside.get(end).map(|t| t.sign) {
        zeros = unit.ilog10();
        end += 1;
    }
    // 3万2500, but not 3万5, which would be 35000.
    let tail = limit < u128::MAX && end == inside.len() && zeros == 0;
    let fits = !tail || (first.run().len() >= 3 && limit == WAN);
    fits.then_some(Section {
        value: value.times(zeros)?,
        end,
    })
}

fn chinese_section(inside: &[Token], start: usize, limit: u128) -> Option<Section> {
    let mut at = start;
    let mut sum = 0_u128;
    let mut pending: Option<u128> = None;
    let mut zero = false;
    // The last of 千, 百, 十 that was read; the next has to be smaller.
    let mut unit = WAN;
    while let Some(token) = inside.get(at) {
        match token.sign {
            Sign::Digit(0) => {
                let leads = sum == 0 && limit == u128::MAX;
                let fraction = inside.get(at + 1).is_some_and(|t| t.sign == Sign::Point);
                if zero || pending.is_some() || (leads && !fraction) {
                    return None;
                }
                zero = true;
                if leads {
                    pending = Some(0);
                }
            }
            Sign::Digit(digit) if pending.is_none() => pending = Some(u128::from(digit)),
            Sign::Liang if pending.is_none() => {
                let larger = inside.get(at + 1).map(|t| t.sign);
                let alone = inside.len() == 1;
                if !alone && !matches!(larger, Some(Sign::Unit(100 | 1000) | Sign::Step(_))) {
                    return None;
                }
                pending = Some(2);
            }
            Sign::Unit(next) if next < unit => {
                let digit = match pending.take() {
                    Some(digit) => digit,
                    // 十五, 一百十五, 二千零十六.
                    None if next == 10 => 1,
                    None => return None,
                };
                sum += digit * next;
                unit = next;
                zero = false;
            }
            Sign::Point | Sign::Step(_) => break,
            _ => return None,
        }
        at += 1;
    }
    let at_end = at == inside.len();
    match pending {
        None if zero || at == start => return None,
        None => {}
        // 一百一 is 110, 三万五 is 35000.
        Some(digit) if at_end && !zero && sum > 0 && unit >= 100 => sum += digit * unit / 10,
        Some(digit) if at_end && !zero && sum == 0 && limit < u128::MAX => {
            sum = digit * limit / 10;
        }
        Some(digit) => {
            if sum > 0 && !zero && unit > 10 {
                return None;
            }
            sum += digit;
        }
    }
    match inside.get(at) {
        Some(token) if token.sign == Sign::Point => fraction(inside, at, sum),
        _ => Some(Section {
            value: Value::integer(sum),
            end: at,
        }),
    }
}

/// Reads the point at `point` and what belongs to it, behind `whole`.
fn fraction(inside: &[Token], point: usize, whole: u128) -> Option<Section> {
    let digits: String = inside
        .iter()
        .skip(point + 1)
        .map_while(|t| match t.sign {
            Sign::Digit(digit) => Some(char::from(b'0' + digit)),
            _ => None,
        })
        .collect();
    let mut end = point + 1 + digits.len();
    let mut value = Value::parse(&format!("{whole}.{digits}"))?;
    if let Some(Sign::Unit(unit @ (100 | 1000))) = inside.get(end).map(|t| t.sign) {
        value = value.times(unit.ilog10())?;
        end += 1;
    }
    Some(Section { value, end })
}
