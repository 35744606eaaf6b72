use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::*;

fn budget() -> Budget {
    Budget::new(1 << 28, Instant::now() + Duration::from_mins(2))
}

fn page(html: &str) -> Extracted {
    extract_text(html, &mut budget()).expect("is a page")
}

/// The blocks, one a line, with the level in front of headings.
fn shown(blocks: &[Block]) -> String {
    let mut text = String::new();
    for block in blocks {
        match block.level {
            Some(level) => writeln!(text, "{level} {}", block.text),
            None => writeln!(text, "{}", block.text),
        }
        .expect("a string takes it");
    }
    text
}

fn check(html: &str, expected: &[&str]) {
    let mut expected = expected.join("\n");
    expected.push('\n');
    assert_eq!(shown(&page(html).blocks), expected, "{html}");
}

/// A paragraph that is plainly running text.
const SENTENCE: &str =
    "会议强调，要把今年的各项任务一件一件落到实处，确保各个季度的目标按时完成，确保群众满意。";

#[test]
fn blocks_make_paragraphs_and_inline_elements_none() {
    check(
        "<p>一<b>二</b><span> 三</span></p>四<div>五<p>六</div>",
        &["一二 三", "四", "五", "六"],
    );
    check(
        "<p>第一行<br>第二行<br/><br>　　第三行</p>",
        &["第一行", "第二行", "第三行"],
    );
    check(
        "<ul><li>甲<li>乙</ul><dl><dt>丙<dd>丁</dl>",
        &["甲", "乙", "丙", "丁"],
    );
    check("<p>A&nbsp;B&#150;&#x56FD;</p>", &["A\u{a0}B–国"]);
}

#[test]
fn white_space_is_collapsed() {
    check(
        "<p>\n  抓好\n  落实，\n 再落实 one\n two\t x </p>",
        &["抓好落实，再落实 one two x"],
    );
    check("<pre>甲  乙\n\n\t丙</pre>", &["甲  乙", "丙"]);
    check(
        "<div style='white-space: pre-wrap'>甲\n乙</div>",
        &["甲", "乙"],
    );
}

#[test]
fn headings_have_levels() {
    check(
        "<h1>总题</h1><p>甲</p><h2>一、小题</h2><h6>细题</h6>",
        &["0 总题", "甲", "2 一、小题", "6 细题"],
    );
    check("<h1>上</h1><h1>下</h1>", &["1 上", "1 下"]);
    check(
        &format!("<p>{SENTENCE}</p><h1>题</h1>"),
        &[SENTENCE, "1 题"],
    );
    check("<h1>关于工作的<br>若干意见</h1>", &["0 关于工作的若干意见"]);
    let long = SENTENCE.repeat(4);
    check(&format!("<h3>{long}</h3>"), &[&long]);
}

#[test]
fn what_is_not_shown_is_left_out() {
    check(
        "<head><title>x</title><style>p{}</style></head><p>甲<script>var a</script><noscript>b</noscript></p>\
         <template><p>c</p></template><select><option>d</select><textarea>e</textarea><button>f</button>\
         <p hidden>g<p style='color:red; DISPLAY : none'>h<p aria-hidden=true>i<nav>j</nav><footer>k</footer><aside>l</aside>",
        &["甲"],
    );
    check(
        "<p><ruby>漢<rp>(</rp><rt>han</rt><rp>)</rp></ruby>字</p>",
        &["漢字"],
    );
}

#[test]
fn a_forgotten_end_tag_loses_nothing() {
    check(
        &format!("<nav><a href=x>要点</a><p>{SENTENCE}</p><p>甲</p>"),
        &["要点", SENTENCE, "甲"],
    );
    check(
        &format!("<div style='display:none'><p>{SENTENCE}</p></div><p>甲</p>"),
        &[SENTENCE, "甲"],
    );
}

#[test]
fn rows_are_blocks_with_tabs() {
    check(
        "<table><caption>表一</caption><tr><th>单位<br>名称<th>数量</tr><tr><td><p>甲县</p></td><td></td><td>3</td></tr><tr><td></td></tr></table>",
        &["表一", "单位 名称\t数量", "甲县\t\t3"],
    );
    check("<table><tr><td>唯一</td><td></td></tr></table>", &["唯一"]);
}

#[test]
fn tables_for_layout_are_transparent() {
    check(
        &format!("<table><tr><td>左栏</td><td><p>{SENTENCE}</p><p>乙</p></td></tr></table>"),
        &["左栏", SENTENCE, "乙"],
    );
    check(
        "<table><tr><td>外</td><td><table><tr><td>甲</td><td>乙</td></tr></table></td><td>边</td></tr></table>",
        &["外", "甲\t乙", "边"],
    );
    check(
        "<table><tr><td><h2>题</h2></td><td>甲</td></tr></table>",
        &["2 题", "甲"],
    );
}

#[test]
fn a_marked_article_is_taken_out_of_its_page() {
    let menu = "<div><a href=1>首页</a> <a href=2>要闻</a></div><ul><li><a href=3>习作选登，新一期</a></ul><div>本站导航</div>";
    let foot = "<div>上一篇：<a href=4>关于某事的通知</a></div><div>主办单位：某某局</div><p>某网 版权所有 ICP备1号</p>";
    for article in [
        "<article>",
        "<main>",
        "<div role=main>",
        "<div itemprop=articleBody>",
        "<div id=zoom>",
        "<div class='x TRS_Editor'>",
        "<td id=UCAP-CONTENT>",
        "<div id='vsb_content_12'>",
    ] {
        let open = article.replace("<td", "<table><tr><td");
        check(
            &format!(
                "{menu}<h1>某次会议</h1><div>来源：某报</div>{open}<p>{SENTENCE}</p><p>短句</p><p><a href=5>附录全文</a></p>{}{foot}",
                "</table>".repeat(usize::from(open.contains("<table")))
                    + if open.contains("<table") {
                        ""
                    } else {
                        "</main></article></div>"
                    }
            ),
            &["0 某次会议", "来源：某报", SENTENCE, "短句", "附录全文"],
        );
    }
}

#[test]
fn paragraphs_outside_the_article_stay() {
    check(
        &format!(
            "<div class=content><p>{SENTENCE}</p><p>{SENTENCE}</p></div><p>{SENTENCE}</p><p>说明</p><p>推荐</p><p>栏目</p><table><tr><td>文号<td>某发〔2019〕3号</table>"
        ),
        &[
            SENTENCE,
            SENTENCE,
            SENTENCE,
            "说明",
            "文号\t某发〔2019〕3号",
        ],
    );
}

#[test]
fn a_small_part_with_a_good_name_is_no_article() {
    check(
        &format!("<div class=content><p>简介，一句。</p></div><p>短</p><p>{SENTENCE}</p>"),
        &["简介，一句。", "短", SENTENCE],
    );
}

#[test]
fn without_an_article_lists_of_links_go() {
    check(
        &format!(
            "<div><a>首页</a> | <a>新闻</a></div><p>某次会议</p><p>{SENTENCE}</p><p><a href=1>某条例全文</a></p><p>短</p>\
                  <ul><li><a>甲消息</a><li><a>乙消息</a></ul><p>下一篇：<a>丙消息</a></p>"
        ),
        &["某次会议", SENTENCE, "某条例全文", "短"],
    );
}

#[test]
fn a_page_of_links_only_is_kept() {
    check(
        "<ul><li><a>甲</a><li><a>乙</a><li><a>丙</a></ul>",
        &["甲", "乙", "丙"],
    );
}

#[test]
fn a_notice_is_not_mistaken_in_a_sentence() {
    let line = "技术支持：各单位要给基层更多的技术支持。";
    check(
        &format!("<p>{SENTENCE}</p><p>{line}</p>"),
        &[SENTENCE, line],
    );
}

#[test]
fn properties_are_read() {
    let properties = page(
        "<title>某市召开会议_要闻_中国某网</title><meta name=PubDate content='2019/1/25 10:00'>\
         <meta name='Author' content=' 张三 '><meta name=ContentSource content=某报><p>甲",
    )
    .properties;
    assert_eq!(properties.title.as_deref(), Some("某市召开会议"));
    assert_eq!(properties.created.as_deref(), Some("2019-01-25"));
    assert_eq!(properties.author.as_deref(), Some("张三"));
    let properties = page("<title>x</title><meta property='og:title' content='乙题目录'><meta name=ArticleTitle content='甲题目录-某某日报'><p>甲").properties;
    assert_eq!(properties.title.as_deref(), Some("甲题目录"));
    assert_eq!(
        page("<title></title><p>甲").properties,
        Properties::default()
    );
}

#[test]
fn the_heading_is_the_title_unless_it_names_the_site() {
    let title = |html: &str| page(html).properties.title;
    assert_eq!(
        title("<title>某次会议召开-某地频道</title><h1>某次会议召开</h1>").as_deref(),
        Some("某次会议召开")
    );
    assert_eq!(
        title("<h1>某次会议召开</h1>").as_deref(),
        Some("某次会议召开")
    );
    assert_eq!(
        title("<title>某次会议召开 - 某某日报</title><h1>某某日报</h1>").as_deref(),
        Some("某次会议召开")
    );
    assert_eq!(
        title("<title>2018-2020年规划——总体要求</title><p>甲").as_deref(),
        Some("2018-2020年规划——总体要求")
    );
}

#[test]
fn days_are_found() {
    assert_eq!(day_in("2019年01月5日").as_deref(), Some("2019-01-05"));
    assert_eq!(day_in("20190125103000").as_deref(), Some("2019-01-25"));
    assert_eq!(
        day_in("2019-13-01 x 2020.2.3").as_deref(),
        Some("2020-02-03")
    );
    assert_eq!(day_in("2019"), None);
}

#[test]
fn bytes_are_decoded_by_the_label_of_the_page() {
    let html = format!(
        "<meta http-equiv=Content-Type content='text/html; charset=gb2312'><p>{SENTENCE}</p>"
    );
    let (bytes, _, _) = encoding_rs::GB18030.encode(&html);
    let extracted = extract(&bytes, &mut budget()).expect("is a page");
    assert_eq!(shown(&extracted.blocks), format!("{SENTENCE}\n"));
}

#[test]
fn a_page_without_text_says_so() {
    let error = extract_text("<html><body><img src=x></body></html>", &mut budget());
    assert_eq!(
        error,
        Err(Error::NoText {
            detail: "a page without text".to_owned()
        })
    );
}

#[test]
fn a_page_of_a_mail_is_kept_whole() {
    let blocks = fragment(
        &format!("<p><a>甲</a><p><a>乙</a><div class=content>{SENTENCE}</div><p>打印"),
        &mut budget(),
    );
    assert_eq!(
        shown(&blocks.expect("is read")),
        format!("甲\n乙\n{SENTENCE}\n打印\n")
    );
}

#[test]
fn deep_pages_need_no_stack() {
    for (tag, n) in [
        ("<div>", 100_000),
        ("<b>", 5_000),
        ("<table><tr><td>", 5_000),
        ("<ul><li>", 5_000),
        ("<span class=content>", 5_000),
    ] {
        check(&format!("{}底", tag.repeat(n)), &["底"]);
    }
}

#[test]
fn damaged_pages_never_panic() {
    let html = format!(
        "<meta charset=gbk><title>甲_乙网</title><nav>丙</nav><table><tr><td>丁<td><b>戊</table>\
        <div id=zoom><h1>己<br>庚</h1><pre>a\nb</pre><p>{SENTENCE}<ruby>汉<rt>x</ruby></p></div><a>辛</a>&#x110000;<svg><p>"
    );
    let bytes = html.into_bytes();
    for end in 0..bytes.len() {
        let _ = extract(&bytes[..end], &mut budget());
    }
    let mut state = 7u32;
    for _ in 0..400 {
        let mut damaged = bytes.clone();
        for _ in 0..6 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (state >> 8) as usize % damaged.len();
            damaged[at] ^= 1 << (state & 7);
        }
        let _ = extract(&damaged, &mut budget());
    }
}
