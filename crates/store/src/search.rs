//! What a search string means, alike for every backend.

/// Words of a search that are looked at, at most: more only narrow what 32 words have narrowed
/// already, and each costs a walk through the index.
pub const MAX_SEARCH_WORDS: usize = 32;

/// Cuts what somebody typed into words at blanks and control characters, at most
/// [`MAX_SEARCH_WORDS`] of them.
///
/// A word may still hold punctuation; backends look for its parts side by side. A word of nothing
/// but punctuation asks for nothing.
pub fn search_words(words: &str) -> impl Iterator<Item = &str> {
    words
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .take(MAX_SEARCH_WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_at_blanks_and_bounded() {
        // [HUB-6]
        let cut = |words| search_words(words).collect::<Vec<_>>();
        assert_eq!(cut(" two\twords\0here\n"), ["two", "words", "here"]);
        assert_eq!(cut(" \u{3000} "), Vec::<&str>::new());
        assert_eq!(cut(&"x ".repeat(1000)).len(), MAX_SEARCH_WORDS);
    }
}
