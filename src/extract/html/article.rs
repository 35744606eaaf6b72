//! Which lines of a page are its article, and which are menus, side columns, links to other pages and
//! notices. Recall comes first: what might be a paragraph stays. It knows no elements but by the
//! names that hold articles.

use super::dom::Element;
use super::flow::{Candidate, Line};

/// A line as long as this without links is running text, with or without punctuation.
const LONG_LINE_CHARS: usize = 60;
/// Outside the article a line without punctuation stays from this length on.
const PLAIN_LINE_CHARS: usize = 30;
/// A notice is no longer than this.
const NOTICE_CHARS: usize = 80;
/// The longest control has this many characters.
const CONTROL_CHARS: usize = 4;
/// A title is compared with the lines up to this length.
const TITLE_CHARS: usize = 300;
/// A page with fewer characters of running text is a list, and is taken whole.
const SENTENCE_CHARS: usize = 40;

/// Names in `id` and `class` that hold the article on the pages of Chinese authorities and
/// newspapers and of the systems they are made with (TRS, UCAP, 博达, 大汉, 金智, ...).
const NAMES: &[&str] = &[
    "article",
    "articleall",
    "articlebody",
    "articlecon",
    "articlecontent",
    "articlecontnet",
    "articletext",
    "article_body",
    "article_con",
    "article_content",
    "article_detail",
    "article_main",
    "article_text",
    "arti_content",
    "artibody",
    "artical",
    "box_con",
    "box_pic_text",
    "bt_content",
    "con",
    "con_con",
    "con_main",
    "con_text",
    "conbox",
    "content",
    "content_area",
    "content_body",
    "content_box",
    "content_main",
    "content_text",
    "contentbox",
    "contentdiv",
    "contentmain",
    "contenttext",
    "contenttxt",
    "contxt",
    "custom_unionstyle",
    "detail",
    "detailcontent",
    "detail_content",
    "detail_con",
    "detail_main",
    "div_content",
    "doc_content",
    "entry",
    "entry_content",
    "info_content",
    "infocontent",
    "j_fontcontent",
    "j_fontsize",
    "main_article",
    "main_content",
    "maincontent",
    "main_text",
    "mytext",
    "neirong",
    "news_con",
    "news_content",
    "news_detail",
    "news_text",
    "newscontent",
    "newsdetail",
    "newstext",
    "nr",
    "nr_con",
    "p_detail",
    "page_content",
    "pages_content",
    "pagecontent",
    "pgcontent",
    "pgc_content",
    "post_body",
    "post_content",
    "read",
    "rich_media_content",
    "rm_txt_con",
    "show_content",
    "show_text",
    "story_content",
    "text",
    "text_con",
    "text_content",
    "textbody",
    "textcontent",
    "text_area",
    "txt",
    "txt_con",
    "ucap_content",
    "v_news_content",
    "view",
    "view_content",
    "wp_articlecontent",
    "xl_content",
    "xxgk_content",
    "xxgk_detail",
    "zhengwen",
    "zoom",
    "zoomcon",
    "zw",
];
/// Beginnings of such names, where numbers follow.
const NAME_STARTS: &[&str] = &["trs_editor", "trs_ueditor", "vsb_content", "ucap_content"];

/// What a line holds that says something; a control has none of these.
const PUNCTUATION: [char; 8] = ['。', '；', '！', '？', '，', '、', '：', ':'];

/// How a notice or a control of the page begins.
const NOTICE_STARTS: &[&str] = &[
    "上一篇",
    "下一篇",
    "上一条",
    "下一条",
    "上一页",
    "下一页",
    "上篇",
    "下篇",
    "当前位置",
    "您当前的位置",
    "您所在的位置",
    "您的位置",
    "你的位置",
    "您现在的位置",
    "所在位置",
    "现在位置",
    "收听本文",
    "分享到",
    "分享：",
    "分享至",
    "扫一扫",
    "扫码",
    "用微信扫",
    "【打印",
    "【关闭",
    "[打印",
    "[关闭",
    "打印本页",
    "关闭窗口",
    "【大中小",
    "字体：",
    "字号：",
    "【字体",
    "[字体",
    "【字号",
    "字体大小",
    "网站地图",
    "设为首页",
    "加入收藏",
    "友情链接",
    "版权所有",
    "技术支持：",
    "网站标识码",
    "联系我们",
    "关于我们",
    "浏览次数：",
    "浏览量：",
    "阅读次数：",
    "点击数：",
    "点击次数：",
    "访问量：",
    "您是第",
    "copyright",
    "©",
];
/// How a line below the article begins that says who runs the site. In an article it may be content.
const IMPRINT_STARTS: &[&str] = &[
    "主办单位：",
    "主办：",
    "承办单位：",
    "承办：",
    "地址：",
    "邮编：",
];
/// What stands in a notice at any place.
const NOTICE_PARTS: &[&str] = &[
    "版权所有",
    "ICP备",
    "icp备",
    "公网安备",
    "网站标识码",
    "Copyright",
    "copyright",
    "COPYRIGHT",
    "All Rights Reserved",
    "建议使用IE",
    "违法和不良信息举报",
];
/// Controls that stand alone in a line.
const CONTROLS: &[&str] = &[
    "打印",
    "分享",
    "收藏",
    "关闭",
    "返回",
    "返回顶部",
    "顶部",
    "更多",
    "更多>>",
    "首页",
    "搜索",
    "登录",
    "注册",
    "纠错",
    "评论",
    "点赞",
    "举报",
    "微信",
    "微博",
    "大",
    "中",
    "小",
    "大中小",
];

/// Whether an element says that it holds the article.
pub(super) fn is_candidate(element: &Element) -> bool {
    if matches!(element.name(), "article" | "main")
        || element.attribute("role") == Some("main")
        || element
            .attribute("itemprop")
            .is_some_and(|property| property.eq_ignore_ascii_case("articlebody"))
    {
        return true;
    }
    // A class of the whole page says nothing of where the article is.
    if matches!(element.name(), "html" | "body") {
        return false;
    }
    ["id", "class"].iter().any(|attribute| {
        let names = element.attribute(attribute).unwrap_or_default();
        names.split_ascii_whitespace().any(|name| {
            let name = name.to_ascii_lowercase().replace('-', "_");
            NAMES.contains(&name.as_str())
                || NAME_STARTS.iter().any(|start| name.starts_with(start))
        })
    })
}

/// The lines that make up the document, in their order.
///
/// The article is the smallest candidate with two thirds of the running text of the page. In it,
/// only links to the next page and controls go. Around it, links and what has no punctuation go too,
/// unless it is a heading, the title, or stands beside running text. On a page without one, lists of links and notices go. `title` is that of the page.
pub(super) fn choose(mut lines: Vec<Line>, candidates: &[Candidate], title: &str) -> Vec<Line> {
    let (mut n_shown, mut n_aside) = (0, 0);
    for line in lines.iter().filter(|line| line.is_running_text()) {
        if line.is_aside {
            n_aside += line.n_chars;
        } else {
            n_shown += line.n_chars;
        }
    }
    if n_aside > n_shown {
        for line in &mut lines {
            line.is_aside = false;
        }
    }
    let n_running: usize = n_shown.max(n_aside);
    if n_running < SENTENCE_CHARS {
        lines.retain(|line| !line.is_aside);
        return lines;
    }
    let keep = match article(&lines, candidates, n_running) {
        Some(article) => around_article(&lines, article, title),
        None => without_lists_of_links(&lines),
    };
    let kept = lines.into_iter().zip(keep);
    kept.filter_map(|(line, keep)| keep.then_some(line))
        .collect()
}

/// The candidate with the fewest characters that holds two thirds of the running text.
fn article(lines: &[Line], candidates: &[Candidate], n_running: usize) -> Option<Candidate> {
    // Sums up to each line, so that many candidates cost no more than many lines.
    let mut sums = vec![(0usize, 0usize)];
    let (mut n_chars, mut n_of_running) = (0, 0);
    for line in lines {
        if !line.is_aside {
            n_chars += line.n_chars;
            n_of_running += if line.is_running_text() {
                line.n_chars
            } else {
                0
            };
        }
        sums.push((n_chars, n_of_running));
    }
    let mut best: Option<(usize, Candidate)> = None;
    for &candidate in candidates {
        let (Some(start), Some(end)) = (sums.get(candidate.start), sums.get(candidate.end)) else {
            continue;
        };
        let n_chars = end.0.saturating_sub(start.0);
        let holds = end.1.saturating_sub(start.1);
        if holds.saturating_mul(3) >= n_running.saturating_mul(2)
            && best.is_none_or(|(least, _)| n_chars < least)
        {
            best = Some((n_chars, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn around_article(lines: &[Line], article: Candidate, title: &str) -> Vec<bool> {
    let title: String = squeeze(title).chars().take(TITLE_CHARS).collect();
    let keep = lines.iter().enumerate().map(|(i, line)| {
        if line.is_aside {
            return false;
        }
        if (article.start..article.end).contains(&i) {
            return !(line.is_control() || line.is_notice() && line.is_linked());
        }
        if line.is_notice() || line.is_control() || i >= article.end && line.is_imprint() {
            return false;
        }
        if line.is_linked() {
            return line.is_sentence() && line.n_links < 3 || line.text.starts_with("附件");
        }
        let is_title = line.n_chars >= 4 && title.contains(&squeeze(&line.text));
        let is_data = line.n_cells > 1 && line.n_links == 0;
        is_title
            || is_data
            || line.level.is_some()
            || line.n_chars >= PLAIN_LINE_CHARS
            || line.text.contains(PUNCTUATION)
            || neighbours(lines, i).any(|(j, line)| {
                !(article.start..article.end).contains(&j)
                    && !line.is_aside
                    && line.is_running_text()
            })
    });
    keep.collect()
}

/// Keeps all but notices and lists of links: two and more such lines in a row, or links side by side.
fn without_lists_of_links(lines: &[Line]) -> Vec<bool> {
    let is_link = |line: &Line| line.is_linked() && !line.is_sentence() && line.level.is_none();
    let keep = lines.iter().enumerate().map(|(i, line)| {
        if line.is_aside || line.is_notice() || line.is_control() {
            return false;
        }
        if !is_link(line) || line.text.starts_with("附件") {
            return true;
        }
        line.n_links < 2 && !neighbours(lines, i).any(|(_, line)| is_link(line))
    });
    keep.collect()
}

/// The lines in front of and behind a line.
fn neighbours(lines: &[Line], i: usize) -> impl Iterator<Item = (usize, &Line)> {
    let places = [i.checked_sub(1), i.checked_add(1)];
    let found = places.into_iter().flatten();
    found.filter_map(|i| Some((i, lines.get(i)?)))
}

/// Without white space.
fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

impl Line {
    /// A sentence, or so long that it must be one; and not mostly links.
    pub(super) fn is_running_text(&self) -> bool {
        !self.is_linked()
            && (self.n_chars >= LONG_LINE_CHARS
                || self.text.contains(['。', '；', '，', '！', '？']))
    }

    fn is_linked(&self) -> bool {
        self.n_linked.saturating_mul(2) > self.n_chars
    }

    /// A link that is a sentence of a text rather than the title of a page.
    fn is_sentence(&self) -> bool {
        self.text.contains(['。', '；'])
    }

    /// A notice of the site or a link to its next page.
    fn is_notice(&self) -> bool {
        if self.n_chars > NOTICE_CHARS || self.is_sentence() {
            return false;
        }
        let text = self
            .text
            .trim_start_matches(['>', '»', '|', '·', ' ', '\t']);
        NOTICE_STARTS.iter().any(|start| text.starts_with(start))
            || NOTICE_PARTS.iter().any(|part| text.contains(part))
    }

    fn is_imprint(&self) -> bool {
        !self.is_sentence()
            && IMPRINT_STARTS
                .iter()
                .any(|start| self.text.starts_with(start))
    }

    fn is_control(&self) -> bool {
        self.level.is_none()
            && self.n_chars <= CONTROL_CHARS
            && CONTROLS.contains(&squeeze(&self.text).as_str())
    }
}
