//! How well the sample archive is searched: judged queries, recall and rank in a golden file, so
//! that a change of ranking shows in the diff (`UPDATE_EXPECT=1` writes it anew).

use std::collections::BTreeSet;
use std::fmt::Write;

use expect_test::expect_file;
use yicha::search::Request;

use crate::archive::{ask, parse, paths, request, sample};

/// A query, and parts of the paths of the documents that a person would want for it. Each part is
/// that of one document.
struct Judged {
    kind: &'static str,
    q: &'static str,
    wanted: &'static [&'static str],
}

const fn judged(kind: &'static str, q: &'static str, wanted: &'static [&'static str]) -> Judged {
    Judged { kind, q, wanted }
}

const JUDGED: [Judged; 34] = [
    judged(
        "phrase",
        "\"两年三级跳\"",
        &[
            "沈立川在市委经济工作会议",
            "（桐浦县）",
            "全市园区建设现场推进会上的讲话.txt",
            "（刊发稿）",
            "经济和信息化局2023年工作总结",
            "政府工作报告",
            "沈立川同志在市委八届八次",
        ],
    ),
    judged(
        "phrase",
        "\"把饭碗端到深海里去\"",
        &["周砚农", "苏海岚在市委七届", "沈立川在市委经济工作会议"],
    ),
    judged(
        "phrase",
        "“清江水库的坝稳了，下游四十万人的觉才睡得安稳”",
        &["周砚农", "第12期", "许闻溪在全市防汛"],
    ),
    judged(
        "phrase",
        "\"编程驾照\"",
        &["主题教育专题", "经济和信息化局2023年工作总结"],
    ),
    judged("phrase", "「歸帆獎學金」", &["同乡联谊"]),
    judged(
        "keywords",
        "窑洞机房 电能利用效率",
        &[
            "第12期",
            "贺知栈在市委八届三次",
            "（云栈县）",
            "贺知栈同志发言",
        ],
    ),
    judged(
        "keywords",
        "园惠贷 风险分担 比例",
        &[
            "（桐浦县）",
            "金融支持园区",
            "经济和信息化局2023年工作总结",
            "政协桐浦县",
            "沈立川在市委经济工作会议",
            "顾桐生",
        ],
    ),
    judged(
        "keywords",
        "预制菜 添加剂",
        &["发言（鹿埠县）.txt", "（初稿）", "沈立川在市委经济工作会议"],
    ),
    judged(
        "keywords",
        "以工代赈 劳务报酬",
        &[
            "许闻溪在全市防汛",
            "国民经济和社会发展工作总结",
            "第一次全体会议上的讲话",
            "上半年经济运行",
            "清江水库除险加固",
            "政府工作报告",
            "许闻溪同志讲话",
        ],
    ),
    judged(
        "keywords",
        "低空经济 航线",
        &["低空经济", "政府工作报告", "苏海岚同志发言"],
    ),
    judged("keywords", "WTO 碳足迹", &["市经济和信息化局汇报材料"]),
    judged("keywords", "蓝领公寓 -食堂", &["政协桐浦县"]),
    judged(
        "keywords",
        "芦苇项目 | 工业诊所",
        &[
            "全市园区建设现场推进会上的讲话.txt",
            "（刊发稿）",
            "主题教育专题",
            "经济和信息化局2023年工作总结",
        ],
    ),
    judged(
        "keyword",
        "银发经济",
        &["沈立川同志在市委八届八次", "唐书屏"],
    ),
    judged(
        "keyword",
        "轴承检测中心",
        &[
            "新型工业化工作情况的汇报.txt",
            "工作情况的汇报（征求意见稿）",
            "叶修远在全市新型工业化",
            "沈立川在市委经济工作会议",
        ],
    ),
    judged(
        "keyword",
        "信访积案化解",
        &["唐书屏", "周砚农", "沈立川同志在市委八届八次"],
    ),
    judged("keyword", "南屿华商总会", &["簡伯謙"]),
    judged(
        "keyword",
        "区域公用品牌",
        &["顾桐生", "2024年县域", "2025年县域"],
    ),
    judged("keyword", "換屆紀律", &["周砚农"]),
    judged("title", "政府工作报告", &["政府工作报告"]),
    judged(
        "title",
        "全市营商环境大会主持词",
        &["全市营商环境大会/主持词"],
    ),
    judged(
        "title",
        "title:防汛工作 通知",
        &["2021年防汛", "2022年防汛"],
    ),
    judged("title", "2023年上半年经济运行情况汇报", &["上半年经济运行"]),
    judged(
        "title",
        "关于望渚老码头更新工作情况的汇报",
        &["望渚老码头更新工作情况"],
    ),
    judged(
        "path",
        "path:2024/市委八届八次全会 光缆",
        &["贺知栈同志发言"],
    ),
    judged(
        "question",
        "叶修远的轴承厂为了磨出高速主轴轴承花了几年",
        &["叶修远在全市新型工业化"],
    ),
    judged(
        "question",
        "桐浦纺织鞋服园区是怎么从市级升到国家级的",
        &[
            "（桐浦县）",
            "全市园区建设现场推进会上的讲话.txt",
            "（刊发稿）",
        ],
    ),
    judged(
        "question",
        "近岸网箱退养以后渔民怎么转产上岸",
        &["苏海岚同志发言", "苏海岚在市委七届"],
    ),
    judged(
        "question",
        "汛期党政主要负责同志离开岚川市要不要报告",
        &["2021年防汛", "2022年防汛"],
    ),
    judged(
        "question",
        "停电以后护林员敲着脸盆通知村民转移",
        &["许闻溪在全市防汛"],
    ),
    judged(
        "question",
        "云栈县的窑洞为什么适合做机房",
        &["（云栈县）", "贺知栈同志发言", "贺知栈在市委八届三次"],
    ),
    judged(
        "question",
        "老码头房租上涨怎么办",
        &["望渚老码头更新工作情况"],
    ),
    judged(
        "question",
        "山区学校学生越来越少老师留不住怎么解决",
        &["唐书屏"],
    ),
    judged(
        "question",
        "工人下班吃饭难和住宿难的提案是谁办的",
        &["政协桐浦县"],
    ),
];

/// The wanted documents of a query, by path.
fn wanted(judged: &Judged, all: &[String]) -> BTreeSet<String> {
    let path = |part: &&str| {
        let found: Vec<&String> = all.iter().filter(|path| path.contains(part)).collect();
        assert_eq!(found.len(), 1, "`{part}` is part of {found:?}");
        found[0].clone()
    };
    judged.wanted.iter().map(path).collect()
}

#[test]
fn judged_queries_find_what_people_want() {
    let reader = &*sample().reader;
    let all = paths(&ask(reader, &request("")));
    let mut table = String::from("recall@10     RR  relaxed  kind      query\n");
    let (mut recalls, mut reciprocals) = (0.0, 0.0);
    for judged in &JUDGED {
        let wanted = wanted(judged, &all);
        let asked = Request {
            query: parse(judged.q),
            n_snippets: 0,
            ..Request::default()
        };
        let response = ask(reader, &asked);
        let found = paths(&response);
        let ranks: Vec<usize> = (1..)
            .zip(&found)
            .filter(|(_, path)| wanted.contains(*path))
            .map(|(rank, _)| rank)
            .collect();
        let recall = ranks.len() as f64 / wanted.len() as f64;
        let reciprocal = ranks.first().map_or(0.0, |rank| 1.0 / *rank as f64);
        recalls += recall;
        reciprocals += reciprocal;
        let relaxed = if response.relaxed { "relaxed" } else { "-" };
        let Judged { kind, q, .. } = judged;
        writeln!(
            table,
            "{recall:9.2}  {reciprocal:5.2}  {relaxed:7}  {kind:8}  {q}"
        )
        .expect("memory takes all");
    }
    let n = JUDGED.len() as f64;
    let (mean_recall, mrr) = (recalls / n, reciprocals / n);
    writeln!(table, "{mean_recall:9.3}  {mrr:5.3}  mean of {n} queries").expect("memory takes all");
    expect_file!["golden/relevance.txt"].assert_eq(&table);
    assert!(mrr > 0.7, "MRR is {mrr:.3}");
}
