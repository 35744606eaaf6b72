//! What stands beside a number of one digit and makes it a count, a date or an ordinal.
//!
//! A single Chinese digit is more often part of a word or a name than a number (`统一`, `三农`,
//! `五四`), so it counts only before one of these. The list is closed on purpose: what is missing
//! costs a variant, what is wrong gives a wrong equality. Made by reading government reports
//! (docs/numbers.md).

use Scope::{All, FromTwo, FromTwoInside, NoLiang, Ten};

/// A measure word, a unit of time, size or money, or another mark that a number stands before it.
struct Counter {
    /// Folded, one character or more.
    word: &'static str,
    /// Characters that make another word of it: `名` is no counter in `名称`.
    except_before: &'static str,
    scope: Scope,
}

/// Which of the numbers 1 and 2 a counter takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// All; 2 is written `二` or `两`.
    All,
    /// 2 is never `两`: `两月` is no month.
    NoLiang,
    /// From 2 on: `一点`, `一起` are words.
    FromTwo,
    /// From 2 on, and only if a character follows: `三大任务`, but `八大` is a congress.
    FromTwoInside,
    /// 10 only: `十多个`, where `三多` counts nothing.
    Ten,
}

/// How a number of one digit may be written before what follows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// Whether a counter follows that the number can stand before.
    pub(super) counted: bool,
    /// Whether 2 may be `两` here.
    pub(super) liang: bool,
}

/// Judges the characters behind a number of the value `value`, which is below 11.
///
/// `rest` is folded and ends where something other than Chinese characters comes.
pub(super) fn judge(value: u128, rest: &str) -> Counted {
    let Some(unit) = longest(rest) else {
        return Counted::default();
    };
    let behind = rest.get(unit.word.len()..).unwrap_or("");
    let counted = match unit.scope {
        All | NoLiang => value >= 1,
        FromTwo => value >= 2,
        Ten => value == 10,
        FromTwoInside => value >= 2 && !behind.is_empty(),
    };
    Counted {
        counted,
        liang: counted && unit.scope != NoLiang,
    }
}

fn longest(rest: &str) -> Option<&'static Counter> {
    COUNTERS
        .iter()
        .filter(|counter| {
            rest.strip_prefix(counter.word).is_some_and(|behind| {
                let next = behind.chars().next();
                // 一天天, 一处处 count nothing.
                let doubled = next.is_some() && counter.word.chars().last() == next;
                !doubled && !next.is_some_and(|c| counter.except_before.contains(c))
            })
        })
        .max_by_key(|counter| counter.word.len())
}

/// Whether `c` before `一` makes a word of it: `统一`, `唯一`.
pub(super) fn binds_one(c: char) -> bool {
    "统唯专单划归合如逐进之其同不惟初".contains(c)
}

const fn counter(word: &'static str, except_before: &'static str, scope: Scope) -> Counter {
    Counter {
        word,
        except_before,
        scope,
    }
}

static COUNTERS: &[Counter] = &[
    // Dates and times.
    counter("年", "", All),
    counter("年代", "", NoLiang),
    counter("月", "", NoLiang),
    counter("日", "常报益", NoLiang),
    counter("号", "召", NoLiang),
    counter("天", "然津", All),
    counter("周", "边围转", All),
    counter("星期", "", All),
    counter("小时", "", All),
    counter("分钟", "", All),
    counter("秒", "", All),
    counter("季度", "", All),
    counter("世纪", "", All),
    counter("岁", "", All),
    counter("时", "间代期刻候节风", FromTwo),
    counter("点", "燃缀名", FromTwo),
    // Ordinals and events.
    counter("次", "要", All),
    counter("届", "", All),
    counter("期", "间待望限", All),
    counter("批", "准评判", All),
    counter("轮", "流换", All),
    counter("级", "跳别", All),
    counter("章", "程", All),
    counter("节", "约能目日点", All),
    counter("条", "件例约", All),
    counter("款", "待", All),
    counter("项", "", All),
    counter("卷", "", All),
    counter("篇", "", All),
    counter("页", "", All),
    // People, bodies and things.
    counter("个", "别性", All),
    counter("名", "称单字义片", All),
    counter("位", "置于", All),
    counter("人", "民类", All),
    counter("户", "籍口", All),
    counter("家", "庭族园", All),
    counter("件", "", All),
    counter("种", "植子业", All),
    counter("类", "似", All),
    counter("套", "", All),
    counter("座", "谈", All),
    counter("所", "有以谓需得在", All),
    counter("处", "理于在罚置", All),
    counter("台", "湾账风县山儿", All),
    counter("艘", "", All),
    counter("架", "构", All),
    counter("辆", "", All),
    counter("枚", "", All),
    counter("张", "", All),
    counter("间", "谍接隔断歇距或", All),
    counter("宗", "教旨族", All),
    counter("例", "如外会", All),
    counter("幅", "度员", All),
    counter("棵", "", All),
    counter("趟", "", All),
    counter("份", "", All),
    counter("本", "身质来地市着级次届底", All),
    counter("册", "", All),
    counter("组", "织合建团", All),
    counter("支", "持付出撑援配", All),
    counter("场", "所景面地", All),
    counter("层", "面次", All),
    counter("栋", "", All),
    counter("幢", "", All),
    counter("笔", "记试", All),
    counter("颗", "", All),
    counter("株", "", All),
    counter("头", "", All),
    counter("匹", "", All),
    counter("只", "有要是能", All),
    counter("项目", "", All),
    counter("部门", "", All),
    counter("部委", "", All),
    counter("部", "分署队长属", FromTwo),
    counter("起", "来点步", FromTwo),
    counter("道", "路理德教河海关湾坝沟岭口镇", FromTwo),
    counter("段", "", FromTwo),
    counter("番", "", FromTwo),
    counter("大", "力量型", FromTwoInside),
    // Sizes and money.
    counter("倍", "", All),
    counter("元", "旦首化结素路", All),
    counter("米", "", All),
    counter("公里", "", All),
    counter("千米", "", All),
    counter("厘米", "", All),
    counter("毫米", "", All),
    counter("亩", "", All),
    counter("公顷", "", All),
    counter("平方", "", All),
    counter("立方", "", All),
    counter("吨", "", All),
    counter("公斤", "", All),
    counter("千克", "", All),
    counter("斤", "", All),
    counter("克", "服难拉里", All),
    counter("毫克", "", All),
    counter("千瓦", "", All),
    // 十多个, 十余年.
    counter("多", "", Ten),
    counter("余", "", Ten),
];
