use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::depth::MAX_DEPTH_AT_ALL;
use super::*;

fn outline(html: &str) -> String {
    let mut budget = Budget::new(1 << 20, Instant::now() + Duration::from_mins(1));
    let dom = Dom::parse(html, &mut budget).expect("parses");
    let mut outline = String::new();
    for step in dom.walk() {
        match step {
            Step::Enter(_, element) => write!(outline, "<{}>", element.name()),
            Step::Leave(_, element) => write!(outline, "</{}>", element.name()),
            Step::Text(text) => write!(outline, "{text}"),
        }
        .expect("a string takes it");
    }
    outline
}

fn body(html: &str) -> String {
    let outline = outline(html);
    let inner = outline.strip_prefix("<html><head></head><body>");
    inner
        .and_then(|inner| inner.strip_suffix("</body></html>"))
        .map(str::to_owned)
        .unwrap_or(outline)
}

#[test]
fn elements_are_put_in_order() {
    assert_eq!(body("<p>a<p>b"), "<p>a</p><p>b</p>");
    assert_eq!(body("<p><b>a<p>c</b>d"), "<p><b>a</b></p><p><b>c</b>d</p>");
    // Text in a table stands in front of it.
    assert_eq!(
        body("<table>x<tr><td>y</table>"),
        "x<table><tbody><tr><td>y</td></tr></tbody></table>"
    );
    assert_eq!(
        body("<b>1<div>2</b>3</div>"),
        "<b>1</b><div><b>2</b>3</div>"
    );
    assert_eq!(body("&#150;&#x4e2d;&copy;"), "–中©");
}

#[test]
fn what_is_in_a_template_is_left_out() {
    assert_eq!(
        body("<p>a</p><template><p>b</template>"),
        "<p>a</p><template></template>"
    );
}

#[test]
fn elements_can_be_skipped() {
    let mut budget = Budget::new(1 << 20, Instant::now() + Duration::from_mins(1));
    let dom = Dom::parse("<p>a<i>b</i></p><p>c</p>", &mut budget).expect("parses");
    let mut walk = dom.walk();
    let mut text = String::new();
    while let Some(step) = walk.next() {
        match step {
            Step::Enter(_, element) if element.name() == "i" => walk.skip_element(),
            Step::Text(piece) => text.push_str(piece),
            _ => (),
        }
    }
    assert_eq!(text, "ac");
}

#[test]
fn a_tree_that_is_too_big_is_refused() {
    let mut budget = Budget::new(10_000, Instant::now() + Duration::from_mins(1));
    let error = Dom::parse(&"<br>".repeat(1000), &mut budget).expect_err("is too big");
    assert_eq!(error, Error::TooLarge { limit: 10_000 });
}

#[test]
fn depth_is_limited_and_text_stays() {
    let mut budget = Budget::new(1 << 26, Instant::now() + Duration::from_mins(1));
    let html = "<div>".repeat(100_000) + "deep<p>next" + &"</x><p>".repeat(5_000) + "end";
    let dom = Dom::parse(&html, &mut budget).expect("parses");
    assert!(
        dom.nodes
            .iter()
            .all(|node| node.depth <= MAX_DEPTH_AT_ALL + 2)
    );
    let texts = dom.walk().filter_map(|step| match step {
        Step::Text(text) => Some(text),
        _ => None,
    });
    assert_eq!(texts.collect::<Vec<_>>(), ["deep", "next", "end"]);
}
