use super::*;
use crate::analysis::units::collect;
use proptest::prelude::*;

fn equal(one: &str, other: &str) {
    for (from, to) in [(one, other), (other, one)] {
        let all = variants(from);
        assert!(
            all.iter().any(|v| v == to),
            "{from}: {to} is not in {all:?}"
        );
    }
}

fn different(one: &str, other: &str) {
    for (from, to) in [(one, other), (other, one)] {
        assert!(!variants(from).iter().any(|v| v == to), "{from} gives {to}");
    }
}

fn no_number(text: &str) {
    assert_eq!(variants(text), Vec::<String>::new(), "{text}");
}

#[test]
fn counts_are_equal() {
    equal("12个", "十二个");
    equal("12", "十二");
    equal("20家", "二十家");
    equal("25", "二十五");
    equal("105条", "一百零五条");
    equal("105条", "一百〇五条");
    equal("110", "一百一十");
    equal("110", "一百一");
    equal("112人", "一百一十二人");
    assert!(variants("1,000人").contains(&"一千人".to_owned()));
    assert!(variants("一千人").contains(&"1000人".to_owned()));
    equal("10010", "一万零一十");
    equal("2023个", "二千零二十三个");
    equal("35000", "三万五");
    equal("2345", "二千三百四十五");
}

#[test]
fn two_has_two_names() {
    equal("200", "二百");
    equal("200", "两百");
    equal("二百", "两百");
    equal("2000多人", "两千多人");
    equal("22000人", "两万二千人");
    equal("2个", "两个");
    equal("2次", "二次");
    different("两次", "二次"); // the second time
    different("2月", "两月");
    different("第2次", "第两次");
}

#[test]
fn steps_are_equal() {
    equal("5000万", "五千万");
    equal("5000万", "50000000");
    equal("5000万", "0.5亿");
    equal("0.5亿", "五千万");
    equal("1.2亿元", "一点二亿元");
    equal("1.2亿元", "12000万元");
    equal("1.2亿元", "1亿2000万元");
    equal("1.2亿元", "一亿二千万元");
    equal("1.2亿元", "120000000元");
    equal("3.5万亿元", "三万五千亿元");
    equal("3.5万亿元", "三点五万亿元");
    equal("1.5万", "一万五千");
    equal("3500万分钟", "35000000分钟");
    equal("300分钟", "三百分钟");
    equal("1间", "一间");
    equal("3例", "三例");
    no_number("三宗教");
    equal("10000多人", "1万多人");
    equal("15000余户", "1.5万余户");
    assert!(!variants("12000多万").contains(&"1.2万多万".to_owned()));
    equal("5000名", "5千名");
    equal("2000万", "2千万");
    equal("53000人", "5万3千人");
    equal("5.3万人", "5万3000人");
    equal("1.5亿元", "1亿5千万元");
    equal("75000亿元", "7万5千亿元");
    different("3000瓦", "3千瓦");
    assert!(variants("3万2500").contains(&"32500".to_owned()));
    assert!(variants("3万5千人").contains(&"35000人".to_owned()));
    assert!(variants("1.5千万").contains(&"1500万".to_owned()));
}

#[test]
fn decimals_and_shares_are_equal() {
    equal("15.1", "十五点一");
    equal("0.5", "零点五");
    equal("0.38亿元", "零点三八亿元");
    equal("0.05亿元", "零点零五亿元");
    equal("15.1%", "百分之十五点一");
    equal("增长5%", "增长百分之五");
    equal("100%", "百分之百");
    equal("百分之一百", "百分之百");
    equal("200%", "百分之两百");
    equal("15.1%", "十五点一%");
    equal("8‰", "千分之八");
    equal("1.5个百分点", "一点五个百分点");
    assert!(variants("15.1％").contains(&"百分之十五点一".to_owned()));
    assert!(variants("百分之15").contains(&"15%".to_owned()));
    different("1.5个百分点", "1.5%");
    different("15.10%", "百分之十五点一");
}

#[test]
fn ordinals_are_equal() {
    equal("第12次", "第十二次");
    equal("第1季度", "第一季度");
    equal("第二十届", "第20届");
    equal("第108条", "第一百零八条");
    equal("二十届三中全会", "20届三中全会");
    equal("八届六次全会", "8届6次全会");
    no_number("第一");
    no_number("第一书记");
    no_number("第一时间");
    no_number("第一产业");
}

#[test]
fn years_and_dates_are_equal() {
    equal("2023年", "二〇二三年");
    equal("2023年", "二零二三年");
    equal("1840年", "一八四〇年");
    equal("2035远景", "二〇三五远景");
    equal("2000年", "两千年");
    equal("上世纪90年代", "上世纪九十年代");
    equal("2023年7月18日", "二〇二三年七月十八日");
    equal("7月", "七月");
    equal("07月", "7月");
    equal("07月", "七月");
    equal("12月1日", "十二月一日");
    equal("18号", "十八号");
    assert!(variants("二○二三年").contains(&"2023年".to_owned()));
    different("18日", "18号");
    equal("2023年", "二千零二十三年");
    equal("2023年", "两千零二十三年");
    equal("二〇二三年", "二千零二十三年");
    equal("1949年", "一千九百四十九年");
    equal("二〇〇〇年", "两千年");
    different("25年", "二五年");
    no_number("2023.7.18");
    no_number("07");
}

#[test]
fn ranges_share_what_they_count() {
    equal("三至五年", "3至5年");
    equal("3-5个", "三-五个");
    equal("1953至1957年", "一九五三至一九五七年");
    equal("1978、1979两年", "一九七八、一九七九两年");
    no_number("三至");
}

#[test]
fn names_and_set_phrases_are_no_numbers() {
    let texts = "张三 李四 五一 三农 “十四五” 十五规划 二十大 十九大 一带一路 一是 统一 三级跳 五四 \
        九三学社 八一 七一 三中全会 一二三四 万一 百姓 千万 万众 亿万 十分 百年 千年 三明市 六安 \
        十一 两会 三台县 一元化 一些 一起 进一步 统一名称 一天天 星期三 二五 四万万 零 〇";
    for text in texts.split_whitespace() {
        no_number(text);
    }
    no_number("市第一人民医院");
    no_number("百色市千山区万家乡亿元");
}

#[test]
fn guesses_and_fractions_are_no_numbers() {
    for text in
        "十几个 几十年 数百人 三四十 两三天 一两个 上百 二三百万 三分之一 十分之九 万分之五 \
        三百分之一 数十万 半年 好几千"
            .split_whitespace()
    {
        no_number(text);
    }
    equal("十多个", "10多个");
    equal("三十多万", "30多万");
}

#[test]
fn digits_that_touch_letters_are_no_numbers() {
    for text in ["5G", "A4", "COVID19", "3D", "X2个", "2.3.4", "①个", "㈠个"] {
        no_number(text);
    }
}

#[test]
fn units_of_measure_are_no_multipliers() {
    equal("3千瓦", "三千瓦");
    equal("200万千瓦", "二百万千瓦");
    equal("3000米", "三千米");
    different("3百分点", "300分点");
}

#[test]
fn the_rest_of_the_text_stays() {
    assert_eq!(
        variants("《關於》２０２３ 年\u{3000}“A”"),
        [
            "《關於》二〇二三 年\u{3000}“A”",
            "《關於》二零二三 年\u{3000}“A”",
            "《關於》二千零二十三 年\u{3000}“A”",
            "《關於》两千零二十三 年\u{3000}“A”",
            "《關於》二千〇二十三 年\u{3000}“A”",
            "《關於》两千〇二十三 年\u{3000}“A”",
        ]
    );
    // Those that touch would become one.
    assert_eq!(variants("5%十二"), Vec::<String>::new());
    assert!(variants("增长5%、十二个").contains(&"增长百分之五、12个".to_owned()));
    // 5.十二 would become 5.12.
    no_number("5.十二个");
    assert_eq!(variants("十二，5个"), ["十二，五个"]);
    assert_eq!(variants("十二，5.5元"), ["十二，五点五元"]);
}

#[test]
fn all_numbers_together_come_first() {
    let all = variants("2023年7月18日");
    assert_eq!(
        all.first().map(String::as_str),
        Some("二〇二三年七月十八日")
    );
    assert!(all.contains(&"2023年七月18日".to_owned()));
    let chinese = variants("二零二三年七月十八日");
    assert!(chinese.contains(&"二〇二三年7月18日".to_owned()));
    let mixed = variants("将于二○二六年6月1日正式");
    assert!(mixed.contains(&"将于2026年六月一日正式".to_owned()));
    let mixed = variants("超2.9亿人次，比去年增长百分之3");
    assert!(mixed.contains(&"超二点九亿人次，比去年增长3%".to_owned()));
    assert!(variants("1.2亿元，增长15.1%").contains(&"12000万元，增长百分之15.1".to_owned()));
    assert_eq!(
        variants("1.2亿和2.3亿和5万和2000年和3个").len(),
        MAX_VARIANTS
    );
    assert!(variants(&"1.2亿，".repeat(300)).len() <= MAX_VARIANTS);
}

#[test]
fn numbers_stand_where_they_are_said_to() {
    let numbers = numbers_in("增长百分之五，共１２个，统一");
    let ranges: Vec<_> = numbers.iter().map(|n| n.range.clone()).collect();
    assert_eq!(ranges, [2..6, 8..10]);
    assert_eq!(numbers[0].writings, ["5%", "百分之5", "五%"]);
}

#[test]
fn borders_tell_whether_the_number_is_whole() {
    let check =
        |text: &str, variant: &str, before: Option<char>, behind: Option<char>, is: bool| {
            let all = variants_with_borders(text);
            let found = all.iter().find(|v| v.text == variant);
            let found = found.unwrap_or_else(|| panic!("{text}: {variant} is not in {all:?}"));
            assert_eq!(
                found.stands_between(before, behind),
                is,
                "{before:?} {variant} {behind:?}"
            );
        };
    check("5亿元", "五亿元", Some('十'), None, false);
    check("5亿元", "五亿元", Some('點'), None, false);
    check("5亿元", "五亿元", Some('达'), Some('一'), true);
    check("5亿元", "五亿元", None, None, true);
    check("增长5%", "增长百分之五", Some('十'), Some('。'), true);
    check("增长5%", "增长百分之五", None, Some('十'), false);
    check("增长5%", "增长百分之五", None, Some('点'), false);
    check("百分之五", "5%", Some('长'), Some('十'), true);
    check("二千万元", "2000万元", Some('億'), None, false);
    check("二十五", "25", None, Some('%'), false);
    check("10个", "十个", Some('几'), None, false);
    check("共10个", "共十个", Some('几'), None, true);
    check("第12次", "第十二次", Some('一'), Some('一'), true);
}

/// What the phrase matcher compares, and the numbers of a text apart from it.
fn shown(text: &str) -> Vec<String> {
    let units = collect(text);
    units
        .iter()
        .map(|(unit, _)| unit.as_unit().to_string())
        .collect()
}

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[零〇一二两三四五六七八九十百千万亿点]{1,6}",
        3 => "[0-9０-９]{1,5}[.,，．]?[0-9]{0,3}",
        3 => "[年月日个次届第号多几至%‰元]{1,2}",
        2 => "(百分之|千分之|分之|万亿|千瓦|统一)",
        1 => "[ 、。，—\\-a-z①㈠○\n]{1,2}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_count_is_read_back(n in 0_u128..100_000_000) {
        let value = value::Value::integer(n);
        let written = value.writings(false).1;
        for chinese in written {
            let text = format!("共{chinese}个");
            let found = numbers(&text);
            // A zero alone counts nothing.
            prop_assert!(n == 0 || found.iter().any(|f| f.value == value), "{text}: {found:?}");
        }
    }

    #[test]
    fn every_writing_has_the_same_value(mantissa in 1_u128..1_000_000_000_000, decimals in 0_u32..4) {
        let value = value::Value { mantissa, decimals };
        let (arabic, chinese) = value.writings(true);
        for written in arabic.into_iter().chain(chinese) {
            let text = format!("共{written}个");
            let found = numbers(&text);
            let values: Vec<_> = found.iter().map(|f| f.value.trimmed()).collect();
            prop_assert_eq!(values, vec![value.trimmed()], "{}", text);
        }
    }

    #[test]
    fn variants_are_other_texts_and_few(text in any_text()) {
        let all = variants(&text);
        prop_assert!(all.len() <= MAX_VARIANTS);
        let own = shown(&text);
        for (at, variant) in all.iter().enumerate() {
            prop_assert_ne!(&shown(variant), &own, "{} {}", text, variant);
            prop_assert!(!all[..at].contains(variant));
        }
    }

    #[test]
    fn numbers_are_inside_the_text_and_in_order(text in any_text()) {
        let chars = text.chars().count();
        let mut end = 0;
        for number in numbers_in(&text) {
            prop_assert!(end <= number.range.start && number.range.start < number.range.end);
            prop_assert!(number.range.end <= chars && !number.writings.is_empty());
            end = number.range.end;
        }
    }

    #[test]
    fn a_variant_leads_back(n in 1_u128..100_000_000, counter in "(个|万元|次|％|年)") {
        let text = format!("共{n}{counter}，");
        for variant in variants(&text) {
            let back = variants(&variant).iter().any(|v| shown(v) == shown(&text));
            prop_assert!(back, "{} {}", text, variant);
        }
    }
}
