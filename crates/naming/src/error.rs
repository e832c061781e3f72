use std::fmt;

/// A text that does not follow the grammar.
///
/// The message says what is wrong with which text. The text is cut after 100 characters and
/// printed with control characters escaped, since it may come from a store that others write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    what: &'static str,
    text: String,
    why: &'static str,
}

impl ParseError {
    pub(crate) fn new(what: &'static str, text: &str, why: &'static str) -> Self {
        const SHOWN: usize = 100;
        let mut shown: String = text.chars().take(SHOWN).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        Self {
            what,
            text: shown,
            why,
        }
    }

    /// What is wrong, without the text itself.
    pub fn why(&self) -> &'static str {
        self.why
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a {}: {}", self.text, self.what, self.why)
    }
}

impl std::error::Error for ParseError {}
