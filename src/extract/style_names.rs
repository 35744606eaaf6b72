//! What the names of built-in styles say of headings, in English and Chinese. Knows no files.

/// The level of the heading style of this name: 1 to 9 for `heading N` and `标题 N`, 0 for the title.
/// What follows a comma are other names of the same style.
pub(super) fn heading_level(name: &str) -> Option<u8> {
    let name = name.split(',').next().unwrap_or_default().trim();
    let lower = name.to_lowercase();
    if ["title", "标题", "標題"].contains(&lower.as_str()) {
        return Some(0);
    }
    let rest = ["heading", "标题", "標題"]
        .iter()
        .find_map(|word| lower.strip_prefix(word))?;
    let level: u8 = rest.trim().parse().ok()?;
    (1..=9).contains(&level).then_some(level)
}

#[cfg(test)]
mod tests {
    use super::heading_level;

    #[test]
    fn headings_go_by_their_style_names() {
        assert_eq!(heading_level("heading 2"), Some(2));
        assert_eq!(heading_level("标题 3,小节"), Some(3));
        assert_eq!(heading_level("Title"), Some(0));
        assert_eq!(heading_level("标题 12"), None);
        assert_eq!(heading_level("Normal"), None);
    }
}
