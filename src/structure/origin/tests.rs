//! Whole documents, all of them invented.

use super::reading::without_ending;
use super::*;

struct Document<'a> {
    path: &'a str,
    paragraphs: &'a [&'a str],
    created: Option<&'a str>,
    sidecar: &'a str,
    settings: Settings,
}

impl<'a> Document<'a> {
    fn new(path: &'a str, paragraphs: &'a [&'a str]) -> Self {
        Self {
            path,
            paragraphs,
            created: None,
            sidecar: "",
            settings: Settings::default(),
        }
    }

    fn origin(&self) -> Origin {
        let properties = Properties {
            created: self.created.map(str::to_owned),
            ..Properties::default()
        };
        let leveled: Vec<(&str, Option<u8>)> = self.paragraphs.iter().map(|p| (*p, None)).collect();
        let name = self.path.rsplit('/').next().unwrap_or("");
        let title = title_of(&leveled, &properties, without_ending(name));
        let overrides = Overrides::from_sidecar(self.sidecar).unwrap_or_default();
        let rules = Rules::new(&self.settings).unwrap_or_default();
        derive(
            &Source {
                path: self.path,
                title: &title,
                paragraphs: self.paragraphs,
                properties: &properties,
                overrides: &overrides,
            },
            &rules,
        )
    }

    /// One line a value: `year 2020 落款：2020年3月5日`.
    fn shown(&self) -> String {
        fn line<T: std::fmt::Display>(name: &str, value: Option<Derived<T>>) -> String {
            value.map_or(String::new(), |d| {
                format!("{name} {} {}\n", d.value, d.from)
            })
        }
        let origin = self.origin();
        [
            line("title", origin.title),
            line("date", origin.date),
            line("year", origin.year),
            line("type", origin.kind),
            line("meeting", origin.meeting),
            line("speaker", origin.speaker),
            line("region", origin.region),
        ]
        .concat()
    }
}

#[test]
fn a_speech() {
    let paragraphs = [
        "茶好，水也好",
        "——在全县茶叶产业大会上的讲话",
        "（２０２０年３月５日）",
        "县委书记　陈一鸣",
        "同志们：",
        "今天我们开会。截至2020年2月底，全县茶园八万亩。",
    ];
    let document = Document::new("2020/茶叶/陈书记讲话.txt", &paragraphs);
    assert_eq!(
        document.shown(),
        "title 茶好，水也好 正文：第1段\n\
         date 2020-03-05 正文：２０２０年３月５日\n\
         year 2020 正文：２０２０年３月５日\n\
         type 讲话 副标题：讲话\n\
         meeting 全县茶叶产业大会 副标题：全县茶叶产业大会\n\
         speaker 陈一鸣 署名：县委书记　陈一鸣\n"
    );
}

#[test]
fn a_notice() {
    let paragraphs = [
        "关于做好2020年春耕工作的通知",
        "青农发〔2020〕3号",
        "各镇人民政府：",
        "请于2020年4月1日前完成。",
        "青石县人民政府办公室",
        "二〇二〇年三月五日",
    ];
    let document = Document::new("通知/春耕.docx", &paragraphs);
    assert_eq!(
        document.shown(),
        "title 关于做好2020年春耕工作的通知 正文：第1段\n\
         date 2020-03-05 落款：二〇二〇年三月五日\n\
         year 2020 落款：二〇二〇年三月五日\n\
         type 通知 标题：通知\n\
         region 青石县 落款：青石县\n"
    );
}

#[test]
fn minutes() {
    let paragraphs = [
        "青石县人民政府常务会议纪要",
        "（第3期）",
        "2020年3月5日上午，县长陈**主持召开县政府第八次常务会议。会议审议了春耕方案。",
    ];
    let document = Document::new("纪要.txt", &paragraphs);
    assert_eq!(
        document.shown(),
        "title 青石县人民政府常务会议纪要 正文：第1段\n\
         date 2020-03-05 正文：2020年3月5日\n\
         year 2020 正文：2020年3月5日\n\
         type 纪要 标题：纪要\n\
         meeting 县政府第八次常务会议 正文：县政府第八次常务会议\n\
         region 青石县 标题：青石县\n"
    );
}

#[test]
fn a_report_without_a_head() {
    let paragraphs = [
        "各位代表：",
        "现在，我代表县人民政府，向大会报告工作，请予审议。",
        "过去一年，青石县茶叶增产。2019年工作回顾。",
    ];
    assert_eq!(
        Document::new("青石.docx", &paragraphs).shown(),
        "title 青石 文件名\n\
         type 报告 正文：向大会报告工作\n\
         region 青石县 文件名：青石；正文：青石县\n"
    );
}

#[test]
fn nothing_is_guessed() {
    let paragraphs = [
        "茶叶大会召开",
        "今天（3月5日），全县茶叶大会召开。2019年度茶叶增产，2020年3月将办茶节。",
        "县长在会上讲了话。",
    ];
    assert_eq!(
        Document::new("茶叶大会.txt", &paragraphs).shown(),
        "title 茶叶大会召开 正文：第1段\n"
    );
    assert_eq!(Document::new("", &[]).shown(), "title  文件名\n");
}

#[test]
fn names_with_masks_yield_to_whole_ones_that_fit() {
    let signed = |path: &'static str, signature: &'static str| {
        let paragraphs = ["在全县茶叶大会上的发言", signature, "同志们："];
        Document::new(path, &paragraphs)
            .origin()
            .speaker
            .map(|s| s.value)
    };
    assert_eq!(signed("a.txt", "镇长　陈*鸣").as_deref(), Some("陈*鸣"));
    assert_eq!(
        signed("陈一鸣同志发言.txt", "镇长　陈*鸣").as_deref(),
        Some("陈一鸣")
    );
    assert_eq!(signed("a.txt", "镇长　*").as_deref(), Some("镇长 *"));
}

#[test]
fn folders_give_what_the_text_does_not() {
    let paragraphs = ["茶叶生产情况", "今年雨水好。", "茶叶增产。"];
    let document = Document::new(
        "青石县/2020/三月/全县茶叶大会/汇报材料/茶叶.txt",
        &paragraphs,
    );
    assert_eq!(
        document.shown(),
        "title 茶叶生产情况 正文：第1段\n\
         date 2020-03 文件夹：2020/三月\n\
         year 2020 文件夹：2020/三月\n\
         type 汇报 文件夹：汇报材料\n\
         meeting 全县茶叶大会 文件夹：全县茶叶大会\n\
         region 青石县 文件夹：青石县\n"
    );
}

#[test]
fn a_day_without_its_year_takes_it_from_the_folder() {
    let paragraphs = ["在茶叶大会上的讲话", "（3月5日）", "同志们："];
    let date = |path| {
        Document::new(path, &paragraphs)
            .origin()
            .date
            .map(|d| format!("{} {}", d.value, d.from))
    };
    assert_eq!(
        date("2020/讲话.txt").as_deref(),
        Some("2020-03-05 正文：3月5日；文件夹：2020")
    );
    assert_eq!(
        date("2020/四月/讲话.txt").as_deref(),
        Some("2020-04 文件夹：2020/四月")
    );
    assert_eq!(date("讲话.txt"), None);
}

#[test]
fn the_day_of_a_file_name_completes_the_month_of_the_text() {
    let paragraphs = ["在茶叶大会上的讲话", "（2020年3月　日）", "同志们："];
    let date = |path| {
        Document::new(path, &paragraphs)
            .origin()
            .date
            .map(|d| d.value.to_string())
    };
    assert_eq!(date("20200305 讲话.txt").as_deref(), Some("2020-03-05"));
    assert_eq!(date("20200405 讲话.txt").as_deref(), Some("2020-03"));
}

#[test]
fn templates_stand_above_rules_and_below_people() {
    let paragraphs = ["在全县茶叶大会上的讲话", "（2020年3月5日）", "同志们："];
    let mut document = Document::new("存档/2019/茶会/陈一鸣-茶.txt", &paragraphs);
    document.settings.patterns = vec!["{year}/{meeting}/{speaker}-{title}".into()];
    assert_eq!(
        document.shown(),
        "title 茶 文件名：茶\n\
         date 2020-03-05 正文：2020年3月5日\n\
         year 2019 文件夹：2019\n\
         type 讲话 标题：讲话\n\
         meeting 茶会 文件夹：茶会\n\
         speaker 陈一鸣 文件名：陈一鸣\n"
    );
    document.sidecar =
        "speaker = '林二'\nmeeting = ''\n日期 = '2018-01-02'\ntype = '茶话'\nregion = '青石县'";
    assert_eq!(
        document.shown(),
        "title 茶 文件名：茶\n\
         date 2018-01-02 旁注\n\
         year 2018 旁注\n\
         type 茶话 旁注\n\
         speaker 林二 旁注\n\
         region 青石县 旁注\n"
    );
}

#[test]
fn a_corrected_year_drops_the_date_that_was_read() {
    let paragraphs = ["在全县茶叶大会上的讲话", "（2020年3月5日）", "同志们："];
    let mut document = Document::new("a.txt", &paragraphs);
    document.sidecar = "year = 2021";
    let origin = document.origin();
    assert_eq!(
        (origin.date, origin.year.map(|y| y.value)),
        (None, Some(2021))
    );
}

#[test]
fn the_day_of_the_file_counts_only_where_it_is_allowed() {
    let mut document = Document::new("a.txt", &["茶叶", "好茶。"]);
    document.created = Some("2020-03-05");
    assert_eq!(document.origin().date, None);
    document.settings.use_created = true;
    let date = document
        .origin()
        .date
        .map(|d| format!("{} {}", d.value, d.from));
    assert_eq!(date.as_deref(), Some("2020-03-05 属性：2020-03-05"));
}

#[test]
fn settings_refuse_unknown_keys() {
    let settings: Result<Settings, _> = toml::from_str("patern = []");
    assert!(settings.is_err());
    let settings: Settings = toml::from_str("patterns = ['{title}']").unwrap_or_default();
    assert_eq!(settings.patterns, ["{title}"]);
}

/// A sequence of numbers that looks random and is always the same.
fn noise(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 33).unwrap_or(0)
}

#[test]
fn damaged_text_never_panics() {
    let whole = "---\ntitle: 茶\n---\n青石县人民政府文件\n青政发〔2020〕3号\n关于全县茶叶大会的\n通知\n——陈一鸣在全县茶叶大会上的讲话（2020年3月5日上午）\n\
                 县长 陈*鸣\n发言人：陈一鸣·茶\n现将2020年度情况报告如下：\n青石县人民政府\n二〇二〇年三月五日印发";
    let chars: Vec<char> = whole.chars().collect();
    let extra: Vec<char> = "年月日()（）〔〕在上的关于：— 二十9*·\u{0}𠀀ﷺ…./{}'\"=+"
        .chars()
        .collect();
    let mut state = 0x2545_f491_4f6c_dd1d;
    for round in 0..1500 {
        let mut text: Vec<char> = chars
            .iter()
            .copied()
            .skip(noise(&mut state) % chars.len())
            .collect();
        text.truncate(1 + noise(&mut state) % chars.len());
        for _ in 0..round % 12 {
            let at = noise(&mut state) % text.len();
            text[at] = extra[noise(&mut state) % extra.len()];
        }
        let text: String = text.into_iter().collect();
        let paragraphs: Vec<&str> = text.lines().collect();
        let path = text.replace('\n', "/");
        let mut document = Document::new(&path, &paragraphs);
        document.sidecar = &text;
        document.settings.patterns = vec![text.clone()];
        assert!(document.origin().title.is_some());
        let _ = Overrides::from_sidecar(&text).is_ok();
        assert!(text.ends_with(split_front_matter(&text).1));
    }
}

#[test]
fn a_page_of_an_authority() {
    let paragraphs = [
        "索 引 号：\t000014/2020-3\t分类：\t茶叶",
        "发文机关：\t青石县人民政府\t成文日期：\t2020年03月05日",
        "标　　题：\t青石县人民政府关于春耕的通知",
        "发文字号：\t青政发〔2020〕3号\t发布日期：\t2020年03月09日",
        "主 题 词：",
        "青石县人民政府",
        "关于春耕的通知",
        "各镇：",
        "请在2020年4月1日前种完。",
    ];
    assert_eq!(
        Document::new("通知.html", &paragraphs).shown(),
        "title 青石县人民政府关于春耕的通知 正文：第3段\n\
         date 2020-03-05 正文：2020年03月05日\n\
         year 2020 正文：2020年03月05日\n\
         type 通知 标题：通知\n\
         region 青石县 标题：青石县\n"
    );
    let table = ["某表\t截止日期：\t2020年03月05日", "某行\t某值", "正文。"];
    assert!(!Document::new("表.html", &table).shown().contains("2020"));
}
