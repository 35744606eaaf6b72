//! The province, city or county that a document is of: named at the beginning of its title, as the
//! body that issued it, or as the name of its file or folder.
//!
//! No list of places is used: a region is a name with 省, 市, 县 or the like behind it. `全市` and `我省`
//! are none, nor are `社区` and `城市`.

use super::date::date_at;
use super::line::{Part, is_han_or_mask, is_mask};

/// Names of provinces without their ending, as titles use them (`北京2023年…`).
const PROVINCES: [&str; 34] = [
    "北京",
    "天津",
    "河北",
    "山西",
    "内蒙古",
    "辽宁",
    "吉林",
    "黑龙江",
    "上海",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "广西",
    "海南",
    "重庆",
    "四川",
    "贵州",
    "云南",
    "西藏",
    "陕西",
    "甘肃",
    "青海",
    "宁夏",
    "新疆",
    "香港",
    "澳门",
    "台湾",
];

/// A level of region: its ending, what may not stand right before it, and what may not stand behind.
struct Level {
    ending: &'static str,
    /// Last characters of names that are none: `社` for 社区.
    not_after: &'static str,
    /// First characters behind that make another word: `民` for 市民.
    not_before: &'static str,
    /// Most characters of the name; the fewest are two.
    longest: usize,
    /// Whether any text may follow; else only what [`FOLLOWERS`] lists.
    open: bool,
}

/// Longest endings first.
const LEVELS: [Level; 16] = [
    level("特别行政区", "", "", 2, true),
    level("自治区", "各类个", "", 5, true),
    level("自治州", "各类个", "", 12, true),
    level("自治县", "各类个", "", 12, true),
    level("自治旗", "各类个", "", 8, true),
    level("开发区", "济术业家级个各类园化合", "", 6, false),
    level("高新区", "级个各家类", "", 6, false),
    level("经开区", "级个各家类", "", 6, false),
    level("新区", "级个各家类设市区化业镇村湾", "", 5, false),
    level(
        "省",
        "各全我本该两节反多外邻部级大跨省每",
        "级份会内长钱外直域部界际",
        3,
        true,
    ),
    level(
        "市",
        "城上超股楼夜车早闹省县各全我本该集牛熊菜花米入罢收开房汇债后县区大级跨个每",
        "场民值级区面价辖属直内外域里中长政容集",
        5,
        true,
    ),
    level("盟", "联同结加欧东非阿", "", 4, false),
    level("州", "各全我本该九神", "级长府", 6, false),
    level(
        "县",
        "各全我本该两市强困贫级百大小农业点范进省每个",
        "域城级长区市乡处",
        5,
        false,
    ),
    level("旗", "红国党军团锦大队面", "帜下手", 8, false),
    level(
        "区",
        "社园地辖老灾库景校营小片郊市县厂战专特禁教选街牧矿范验作聚能护贸税假境心业各全我本该两三域农时误盲雷险济发新行治林居山带展放灌港湾",
        "域划块间级位长县",
        5,
        false,
    ),
];

const fn level(
    ending: &'static str,
    not_after: &'static str,
    not_before: &'static str,
    longest: usize,
    open: bool,
) -> Level {
    Level {
        ending,
        not_after,
        not_before,
        longest,
        open,
    }
}

/// The last characters of all endings.
const LAST_OF_ENDINGS: [char; 7] = ['区', '州', '县', '旗', '省', '市', '盟'];
/// Most characters of an ending.
const LONGEST_ENDING: usize = 5;

/// Most characters of a name before its ending.
const MAX_NAME: usize = 12;
/// Most characters of a name whose followers are not checked.
const MAX_OPEN_NAME: usize = 4;

/// Beginnings that no name of a region has.
const NO_NAMES: &str = "关于 推进 加强 加快 促进 深化 建设 打造 提升 落实 贯彻 开展 做好 优化 完善 创建 支持 坚持 聚焦 围绕 学习 推动 \
实施 全面 努力 奋力 高举 认真 切实 进一步 扎实 着力 持续 中国 我国 全国 全省 全市 全县 全区 我们 各地 各级 部分 多个 这个 第 农村 乡村 国家 \
世界 首个 首批 特色 典型 优秀 先进 文明 卫生 现代 历史 大力 严格 规范 明年 今年 去年 中央 国务院 国际 在 把 为 对 向 从 以 让 和 与 及 \
走进 走访 调研 考察 视察 赴 到 年 月 日 新时代 高质量 十 百 千 万达 大型 中小 新型 智慧 数字 海绵 森林 园林 宜居 韧性 超大 特大 资源型 \
你 他 她 它 来 去 有 是 不 没 更 最 很 再 又 也 都 就 还 将 被 给 用 经 因 由 于 之 其 此 某 每 任 何 哪 那 这 另 别 除 连 即 若 如 虽 但 而 且 或 \
美国 俄罗斯 日本 英国 法国 德国 韩国 乌克兰 莫斯科 巴勒斯坦 以色列 今 昨 明天 当 股 楼 菜 夜 房 债 欧 亚 非 拉 联合 两岸 沿海 沿江 沿边 对口 结对 \
本 我 该 各 全 相关 有关 所有 其他 重点 边境 贫困 深度 革命 民族 少数 偏远 落后 产粮 产油 生猪 百强 千年 全域 示范 试点 我市 县 市 省 区 乡 镇 村";

/// What may follow a region in the name of a body, a meeting or a document.
const FOLLOWERS: [&str; 34] = [
    "人民",
    "委",
    "政府",
    "人大",
    "政协",
    "纪委",
    "监委",
    "第",
    "关于",
    "国民经济",
    "经济和",
    "发展",
    "财政",
    "教育",
    "公安",
    "农业",
    "水利",
    "民政",
    "司法",
    "人社",
    "自然资源",
    "生态环境",
    "住房",
    "交通",
    "卫生",
    "应急",
    "审计",
    "市场监",
    "统计",
    "退役",
    "医疗保障",
    "工业和",
    "商务",
    "文化",
];

/// The region that a piece begins with, and what follows it. Higher regions before it belong to it:
/// `四川省成都市`.
pub(super) fn at_start(part: Part<'_>) -> Option<(Part<'_>, Part<'_>)> {
    let part = part.trim();
    let province = PROVINCES
        .iter()
        .find(|p| part.text().starts_with(**p))
        .map_or(0, |p| p.len());
    // 四川青石市: the province without its ending, and a city.
    let mut end = unit_at(part.behind(province))
        .filter(|_| province > 0)
        .map_or(0, |n| province + n);
    if end == 0 {
        end = unit_at(part).unwrap_or(0);
    }
    if end == 0 && province > 0 {
        let rest = part.behind(province);
        let yearly = rest.is_empty()
            || date_at(rest.text()).is_some_and(|(_, n)| rest.before(n).text().ends_with('年'));
        return yearly.then(|| (part.before(province), rest));
    }
    for _ in 0..2 {
        let rest = part.behind(end);
        match unit_at(rest).filter(|n| end > 0 && rest.before(*n).n_chars() <= 6) {
            Some(length) => end += length,
            None => break,
        }
    }
    (end > 0).then(|| (part.before(end), part.behind(end)))
}

/// Bytes of one region that a piece begins with.
fn unit_at(part: Part<'_>) -> Option<usize> {
    let text = part.text();
    // Most pieces have no ending in reach, and need no look at the lists.
    let reach = text.chars().take(MAX_NAME + LONGEST_ENDING);
    if !reach.into_iter().any(|c| LAST_OF_ENDINGS.contains(&c))
        || NO_NAMES.split(' ').any(|word| text.starts_with(word))
    {
        return None;
    }
    for (n, (at, c)) in text.char_indices().enumerate().take(MAX_NAME + 1) {
        if let Some(level) = LEVELS
            .iter()
            .find(|l| n > 0 && text.get(at..).is_some_and(|t| t.starts_with(l.ending)))
        {
            let end = at + level.ending.len();
            // 通州区, 沙市区: the ending is part of the name.
            let longer = LEVELS
                .iter()
                .any(|l| text.get(end..).is_some_and(|t| t.starts_with(l.ending)));
            if longer && n < 3 && !level.ending.starts_with('省') {
                continue;
            }
            return is_unit(text.get(..at)?, level, text.get(end..)?, n).then_some(end);
        }
        if !is_han_or_mask(c) {
            return None;
        }
    }
    None
}

fn is_unit(name: &str, level: &Level, behind: &str, n_chars: usize) -> bool {
    let known = !name.chars().all(is_mask)
        && !name.contains(['在', '的', '和', '与', '及', '了', '等', '就', '是'])
        && !name.ends_with(|c| level.not_after.contains(c))
        && !behind.starts_with(|c| level.not_before.contains(c));
    let ends = behind.is_empty()
        || behind.starts_with(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation() || c == ' ');
    let followed = ends
        || (level.open && (n_chars <= MAX_OPEN_NAME || level.ending.starts_with("自治")))
        || FOLLOWERS.iter().any(|f| behind.starts_with(f))
        || behind.starts_with("二〇")
        || behind
            .trim_start_matches(|c| "一二三四五六七八九十".contains(c))
            .starts_with('届');
    // 兰州 and the like are cities; a 州 of its own has a longer name.
    let province = level.ending == "州" && PROVINCES.iter().any(|p| name.starts_with(p));
    known && followed && !province && (2..=level.longest).contains(&n_chars)
}

/// The region in a title or the name of a file: at its beginning, behind 中共, 政协 or 在, or in a remark of
/// its own at the end (`分组讨论发言（青石县）`).
pub(super) fn of_title(title: Part<'_>) -> Option<Part<'_>> {
    let title = title.without_dashes().trim();
    let title = title.strip_prefix("《").unwrap_or(title);
    let inside = title.strip_any_prefix(&[
        "中共",
        "中国共产党",
        "政协",
        "中国人民政治协商会议",
        "共青团",
    ]);
    let found = at_start(inside.unwrap_or(title)).map(|(region, _)| region);
    found
        .or_else(|| of_remark(title))
        .or_else(|| of_occasion(title))
}

fn of_remark(title: Part<'_>) -> Option<Part<'_>> {
    let mut rest = title;
    for _ in 0..3 {
        let (before, remark) = rest.split_remark()?;
        if let Some(region) = whole(remark) {
            return Some(region);
        }
        rest = before;
    }
    None
}

/// `…在青石县第五届人民代表大会…上`: a meeting of a body of the region.
pub(super) fn of_occasion(line: Part<'_>) -> Option<Part<'_>> {
    let (_, place) = line.split_once("在")?;
    let place = place
        .strip_any_prefix(&["中共", "中国共产党", "政协"])
        .unwrap_or(place);
    let (region, behind) = at_start(place)?;
    let body = [
        "第", "人民", "人大", "政协", "委", "二", "三", "四", "五", "六", "七", "八", "九", "十",
        "一",
    ];
    body.iter()
        .any(|b| behind.text().starts_with(b))
        .then_some(region)
}

/// A region that is all of a piece: the name of a folder.
pub(super) fn whole(part: Part<'_>) -> Option<Part<'_>> {
    let (region, rest) = at_start(part)?;
    rest.trim().is_empty().then_some(region)
}

/// The region of the government that a report is made for: `我代表青石县人民政府`.
pub(super) fn of_opening(paragraph: Part<'_>) -> Option<Part<'_>> {
    let rest = represented(paragraph)?;
    let (region, body) = at_start(rest)?;
    body.text().starts_with("人民政府").then_some(region)
}

/// The ending of the region whose government reports without naming it: `县` of `我代表县人民政府`.
pub(super) fn level_of_opening(paragraph: Part<'_>) -> Option<Part<'_>> {
    let rest = represented(paragraph)?;
    let ending = rest
        .text()
        .chars()
        .next()
        .filter(|c| matches!(c, '省' | '市' | '县' | '区' | '州'))?;
    let behind = rest.behind(ending.len_utf8());
    behind
        .text()
        .starts_with("人民政府")
        .then(|| rest.before(ending.len_utf8()))
}

fn represented(paragraph: Part<'_>) -> Option<Part<'_>> {
    let (before, rest) = paragraph.split_once("我代表")?;
    (before.n_chars() <= 30).then_some(rest)
}

/// Whether the name of a file can be the name of a place without its ending.
pub(super) fn may_be_name(stem: Part<'_>) -> bool {
    let plain = stem.text().chars().all(crate::analysis::fold::is_han);
    let whole = NO_NAMES
        .split(' ')
        .any(|word| stem.text().starts_with(word));
    plain && (2..=6).contains(&stem.n_chars()) && !whole
}

/// The region of the body that signed: `青石县人民政府`, alone on a line.
pub(super) fn of_signatory(line: Part<'_>) -> Option<Part<'_>> {
    let line = line.trim();
    let line = line.strip_any_prefix(&["中共", "政协"]).unwrap_or(line);
    let (region, body) = at_start(line)?;
    let body = body.text();
    let issuing = body.starts_with("人民")
        || body.starts_with('委')
        || super::names::BODIES.iter().any(|b| body.ends_with(b));
    (issuing && line.n_chars() <= 30).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::super::line::Line;
    use super::*;

    fn check(title: &str, expected: &str) {
        let line = Line::new(title);
        let found = of_title(line.whole()).map(Part::original);
        assert_eq!(found.as_deref().unwrap_or("none"), expected, "{title}");
    }

    #[test]
    fn titles() {
        check("青石市2020年政府工作报告", "青石市");
        check("四川省青石市2020年政府工作报告", "四川省青石市");
        check("中共青石县委关于茶叶产业的意见", "青石县");
        check("青石县人民政府关于防汛的通知", "青石县");
        check("政协青石县三届二次会议公报", "青石县");
        check("青石市城市更新条例", "青石市");
        check("北京2020年工作总结", "北京");
        check("青*市人民政府常务会议纪要", "青*市");
        check("分组讨论发言（青石县）", "青石县");
        check("分组讨论发言（青石县）（初稿）", "青石县");
        check(
            "——2020年3月5日在青石县第五届人民代表大会第二次会议上",
            "青石县",
        );
        check("青石土家族自治县人民政府公报", "青石土家族自治县");
        check("廣東省防汛方案", "廣東省");
    }

    #[test]
    fn no_regions() {
        for title in [
            "全市防汛工作会议",
            "我省茶叶产业规划",
            "城市更新方案",
            "推进城市更新2020年方案",
            "社区治理2020年总结",
            "市场监管工作总结",
            "关于全县防汛的通知",
            "各县区：",
            "中共中央关于防汛的决定",
            "高举旗帜2020年",
            "××市2020年工作报告",
            "贫困县2020年脱贫总结",
            "上海合作组织峰会",
            "政府工作报告",
            "超市2020年总结",
            "",
            "开发区2020年总结",
            "（县委办）",
        ] {
            check(title, "none");
        }
    }

    #[test]
    fn openings_and_signatures() {
        let opening = |text| of_opening(Line::new(text).whole()).map(Part::original);
        assert_eq!(
            opening("现在，我代表青石县人民政府，向大会报告工作").as_deref(),
            Some("青石县")
        );
        assert_eq!(opening("现在，我代表县人民政府，向大会报告工作"), None);
        let signature = |text| of_signatory(Line::new(text).whole()).map(Part::original);
        assert_eq!(signature("青石县人民政府办公室").as_deref(), Some("青石县"));
        assert_eq!(signature("县人民政府"), None);
        assert_eq!(
            whole(Line::new("青石县").whole())
                .map(Part::original)
                .as_deref(),
            Some("青石县")
        );
        assert!(whole(Line::new("青石县水利局").whole()).is_none());
    }
}
