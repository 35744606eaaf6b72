//! The languages of the page and all that it says in them.

use axum::http::{HeaderMap, header};

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Chinese,
    English,
}

impl Language {
    /// The one of the two that `Accept-Language` likes better (RFC 9110 §12.5.4); Chinese where it
    /// does not say.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let accepted = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        let weight = |wanted: &str| {
            let weights = accepted.split(',').filter_map(|range| {
                let mut parts = range.split(';').map(str::trim);
                let tag = parts.next()?.split('-').next()?;
                let q = parts.find_map(|part| part.strip_prefix("q="));
                let weight: f32 = q.map_or(Some(1.0), |q| q.parse().ok())?;
                tag.eq_ignore_ascii_case(wanted).then_some(weight)
            });
            weights.fold(0.0, f32::max)
        };
        if weight("en") > weight("zh") {
            Self::English
        } else {
            Self::Chinese
        }
    }

    /// Its tag (BCP 47).
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// What the page says in it.
    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::Chinese => &CHINESE,
            Self::English => &ENGLISH,
        }
    }
}

macro_rules! words {
    ($($name:ident: $chinese:literal, $english:literal;)*) => {
        /// Everything that the page says; `{}` stands for a number or a text.
        #[derive(Debug)]
        pub(super) struct Words {
            $(pub(super) $name: &'static str,)*
        }

        const CHINESE: Words = Words { $($name: $chinese,)* };
        const ENGLISH: Words = Words { $($name: $english,)* };
    };
}

words! {
    name: "议查", "yicha";
    tagline: "会议文件全文检索", "Exact search in meeting documents";
    skip: "跳到结果", "Skip to results";
    skip_text: "跳到正文", "Skip to the text";
    search: "检索", "Search";
    search_label: "检索词", "Query";
    placeholder: "词语，或加引号的整句", "Words, or a \"phrase\" in quotes";
    suggestions: "联想", "Suggestions";
    help: "帮助", "Help";
    close: "关闭", "Close";
    filters: "筛选", "Filters";
    chosen: "已选条件", "Chosen filters";
    remove: "去掉 {}", "Remove {}";
    remove_all: "全部去掉", "Clear all";
    kind: "文种", "Type";
    year: "年份", "Year";
    meeting: "会议", "Meeting";
    speaker: "发言人", "Speaker";
    region: "地区", "Region";
    format: "格式", "Format";
    path: "路径", "Path";
    date: "日期", "Date";
    from: "起", "From";
    until: "止", "Until";
    apply: "应用", "Apply";
    more_values: "更多", "More";
    year_hint: "点一年，或拖过几年", "Click a year or drag across several";
    sort: "排序", "Sort";
    sort_relevance: "相关", "Relevance";
    sort_newest: "新的在前", "Newest first";
    sort_oldest: "旧的在前", "Oldest first";
    sort_occurrences: "次数多的在前", "Most occurrences";
    sort_title: "标题", "Title";
    views: "呈现方式", "Views";
    view_documents: "文件", "Documents";
    view_counts: "走势", "Over time";
    view_lines: "语境", "In context";
    export: "导出", "Export";
    feed: "订阅", "Feed";
    compare: "对比", "Compare with";
    nth_expression: "第 {} 个词语", "Expression {}";
    by: "按", "By";
    month: "月份", "Month";
    measure: "计", "Count";
    of_documents: "篇数", "Documents";
    of_occurrences: "处数", "Occurrences";
    of_share: "占全部文件", "Share of all documents";
    of_all: "全部文件", "All documents";
    of_none: "不详", "Unknown";
    of_total: "合计", "Total";
    counts_hint: "在上面输入词语，看它在各年出现多少；最多五个，可以互相对比。", "Write an expression above to see how often it occurs over the years; up to five are compared.";
    counts_undated: "这些文件都没有日期。", "None of these documents has a date.";
    chart_label: "各时期出现次数的折线图，数字见数字表", "Lines of how often each occurs over time; the table has the figures";
    first_document: "最早", "First";
    last_document: "最近", "Latest";
    table: "数字表", "Figures";
    fold: "收起", "Fold";
    n_rows: "{} 行", "{} rows";
    more_times: "另有 {} 行，见 CSV 文件", "{} more rows in the CSV file";
    sort_left: "左文", "Left";
    sort_right: "右文", "Right";
    sort_path: "文件", "Document";
    group: "列出", "List";
    group_lines: "每一处", "Each occurrence";
    group_previous: "前面的词", "Words before";
    group_next: "后面的词", "Words behind";
    left: "左文", "Left";
    right: "右文", "Right";
    key_word: "词语", "Match";
    document: "文件", "Document";
    lines_hint: "在上面输入词语，逐处对齐列出它的上下文。", "Write an expression above to list each occurrence in its context.";
    lines_none: "没有出现。检索时会放宽条件：", "It does not occur. A search goes on to part of it:";
    lines_truncated: "文件太多，只列出最近的 {} 篇；可以加上筛选条件。", "So many documents have it that only the {} newest are listed; filters make them fewer.";
    no_neighbour: "另有 {} 处旁边没有实词", "{} more have no word beside them";
    pages: "翻页", "Pages";
    previous_page: "上一页", "Previous page";
    next_page: "下一页", "Next page";
    narrowed: "只标出符合检索范围的命中", "Only matches within the search's limits are marked";
    unnarrowed: "标出全部", "Mark all";
    zone: "范围", "Look in";
    zone_all: "全文", "Whole text";
    zone_title: "标题", "Titles";
    zone_heading: "小标题", "Headings";
    zone_body: "正文", "Body";
    scope: "同现于", "Together in";
    scope_document: "同一文件", "One document";
    scope_paragraph: "同一段", "One paragraph";
    scope_sentence: "同一句", "One sentence";
    mask: "掩码", "Masks";
    mask_also: "也找", "Included";
    mask_off: "不找", "Left out";
    mask_only: "只找", "Only";
    found: "{} 篇", "{} documents";
    found_times: "{} 处", "{} occurrences";
    found_none: "没有找到", "Nothing found";
    all_documents: "全部文件 {} 篇", "All {} documents";
    took: "用时 {} 毫秒", "{} ms";
    understood: "理解为", "Read as";
    and: "且", "and";
    or: "或", "or";
    not: "不含", "not";
    within: "相隔 {} 字以内", "within {}";
    in_title: "标题有", "title has";
    in_heading: "小标题有", "heading has";
    path_is: "在", "in";
    year_is: "年份", "year";
    date_is: "日期", "date";
    as_phrase: "只找连在一起的", "As an exact phrase";
    repaired: "已修正", "Repaired";
    repair_unclosed_quote: "引号缺另一半", "quote without its other half";
    repair_stray_bracket: "括号不成对，作普通文字", "unpaired bracket, read as text";
    repair_stray_operator: "运算符没有对象，作普通文字", "operator without operand, read as text";
    repair_nothing_to_find: "没有可检索的字，略去", "nothing to search for, left out";
    repair_no_date: "不是日期，作普通文字", "not a date, read as text";
    repair_no_distance: "NEAR 后要写 /1 到 /1000，作普通文字", "NEAR needs a distance from /1 to /1000, read as text";
    repair_other: "按普通文字理解", "read as text";
    relaxed: "没有文件含全部词语，以下文件含其中多数。", "No document has all the words; these have most of them.";
    strict: "改找原样词句", "Look for the exact phrase";
    variants: "也找了数字的其他写法：", "Other writings of the numbers: ";
    variants_off: "数字只按所写的找，没有找其他写法。", "Numbers were looked for only as they are written.";
    normalized_hits: "{} 处写法不同（繁简、全半角、标点、数字）", "{} written differently (characters, width, signs, numbers)";
    masked_hits: "{} 处在掩码之下", "{} under masks";
    masked_off: "未找掩码之下的文字。", "What is under masks was left out.";
    masked_only: "只找了掩码之下的文字。", "Only what is under masks was looked for.";
    leave_out: "不含这些", "Leave out";
    show_only: "只看这些", "Only these";
    include: "一并查找", "Include";
    normalized: "写法不同", "written differently";
    masked: "掩码", "under a mask";
    n_occurrences: "{} 处", "{}×";
    nth_paragraph: "第 {} 段", "¶ {}";
    more: "再看 {} 篇", "{} more";
    loading: "正在取……", "Loading…";
    window_end: "再往后的结果请用筛选缩小范围。", "Narrow the search to see what lies deeper.";
    none_hint: "可以这样试试", "You may try";
    none_longest: "最长能找到的是", "The longest part that is found:";
    none_meant: "您要找的可能是", "You may have meant";
    title: "标题", "Title";
    heading: "小标题", "Heading";
    phrase: "词语", "Phrase";
    none_without: "去掉 {}", "Without {}";
    none_filters: "去掉全部筛选条件", "Without any filter";
    none_masks: "连同掩码之下的文字一起找", "With what is under masks";
    none_numbers: "连同数字的其他写法一起找", "With other writings of the numbers";
    none_words: "不要引号，按词语找", "As words, without quotes";
    none_shorter: "换一个更短的说法，或者只留最要紧的词。", "Try a shorter wording, or only the words that matter most.";
    empty_archive: "档案库里还没有文件。把文件放进 corpus 文件夹，然后运行 yicha index。", "The archive is empty. Put files into the folder corpus and run yicha index.";
    failed: "这次没有查成。", "That did not work.";
    offline: "连不上服务器，显示的是之前的结果。", "The server cannot be reached; these are the earlier results.";
    retry: "重试", "Try again";
    back: "返回检索", "Back to the search";
    outline: "大纲", "Outline";
    about: "文件信息", "About this document";
    original: "打开原件", "Open the file";
    read_from: "读自 {}", "from {}";
    rejoined: "硬换行的各行已接成段落", "hard-wrapped lines were joined";
    find_in: "在本文件中查找", "Find in this document";
    find: "查找", "Find";
    matches: "命中", "Matches";
    no_matches: "本文件没有", "Not in this document";
    previous: "上一处", "Previous match";
    next: "下一处", "Next match";
    copy: "复制（附出处）", "Copy with source";
    copy_link: "复制链接", "Copy link";
    copied: "已复制", "Copied";
    not_copied: "没有复制成", "Could not be copied";
    link_to: "第 {} 段的链接", "Link to paragraph {}";
    source_paragraph: "第{}段", "paragraph {}";
    keys: "快捷键", "Keys";
    key_focus: "到检索框", "Go to the search field";
    key_move: "在结果间移动", "Move among results";
    key_open: "打开", "Open";
    key_matches: "下一处、上一处命中", "Next and previous match";
    key_help: "本帮助", "This help";
    key_escape: "离开检索框、关闭", "Leave the field, close";
    language_help: "检索写法", "Writing a query";
    write_words: "都要有", "both words";
    write_phrase: "原样的整句", "an exact phrase";
    write_or: "有一个就行", "either";
    write_not: "不要有", "not this";
    write_near: "相隔十字以内", "within ten characters";
    write_gap: "同一句里先后出现", "in this order in one sentence";
    write_mask: "中间隔一至六字，或一个掩码", "one to six characters or a mask between";
    write_field: "限定标题、会议、年份", "in the title, of a meeting, of years";
    problem_invalid_parameter: "地址里有不能理解的条件", "The address has a condition that cannot be read";
    problem_date: "写年、年月或年月日，从 1900 年到 2100 年：2023、2023-07、2023-07-18", "A year, a month or a day from 1900 to 2100: 2023, 2023-07, 2023-07-18";
    problem_query_too_long: "检索词太长", "The query is too long";
    problem_window_too_large: "不能再往后翻了，请缩小范围", "Results lie too deep; narrow the search";
    problem_not_found: "没有这个文件，或它已经移走", "There is no such document, or it was moved";
    problem_too_busy: "现在检索的人太多，请稍后再试", "Too many searches at once; try again in a moment";
    problem_timeout: "检索用时过长，请换一个更具体的说法", "The search took too long; try something more specific";
    problem_index_not_ready: "索引还没有建好，请稍等片刻", "The index is not ready yet; wait a moment";
    problem_internal: "服务器出了问题，管理员可以在日志里查到", "Something went wrong; the log has the details";
}

/// Puts `value` in the place of `{}`.
pub(super) fn filled(template: &str, value: impl std::fmt::Display) -> String {
    template.replacen("{}", &value.to_string(), 1)
}

/// A number with its thousands apart: `1,293`.
pub(super) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_what_the_browser_prefers() {
        let language = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(
                header::ACCEPT_LANGUAGE,
                axum::http::HeaderValue::from_static(accept),
            );
            Language::of(&headers)
        };
        for accept in [
            "",
            "zh-CN,zh;q=0.9,en;q=0.8",
            "zh",
            "fr",
            "*",
            "en;q=x",
            "en;q=0.5,zh;q=0.5",
        ] {
            assert_eq!(language(accept), Language::Chinese, "{accept}");
        }
        for accept in ["en", "en-GB,en;q=0.9", "zh;q=0.2, en;q=0.3", "EN-us"] {
            assert_eq!(language(accept), Language::English, "{accept}");
        }
    }

    #[test]
    fn numbers_are_grouped_and_filled_in() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_293), "1,293");
        assert_eq!(number(1_000_000), "1,000,000");
        assert_eq!(filled("{} 篇", number(48_211)), "48,211 篇");
    }
}
