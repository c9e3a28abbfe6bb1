//! Where in a message the walk stands, as a person would write it.

use std::fmt::Write as _;

/// `items[1].labels["blue"]`.
#[derive(Debug, Default)]
pub(super) struct MessagePath {
    text: String,
    ends: Vec<usize>,
}

impl MessagePath {
    pub(super) fn enter_field(&mut self, name: &str) {
        self.ends.push(self.text.len());
        if !self.text.is_empty() {
            self.text.push('.');
        }
        self.text.push_str(name);
    }

    pub(super) fn enter_row(&mut self, index: usize) {
        self.ends.push(self.text.len());
        // Writing to a String cannot fail.
        write!(self.text, "[{index}]").unwrap_or_default();
    }

    pub(super) fn enter_entry(&mut self, key: &str) {
        self.ends.push(self.text.len());
        write!(self.text, "[{key:?}]").unwrap_or_default();
    }

    pub(super) fn leave(&mut self) {
        let end = self.ends.pop().unwrap_or_default();
        self.text.truncate(end);
    }

    pub(super) fn depth(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn text(&self) -> String {
        self.text.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_code() {
        let mut path = MessagePath::default();
        path.enter_field("items");
        path.enter_row(1);
        path.enter_field("labels");
        path.enter_entry("blue");
        assert_eq!(path.text(), "items[1].labels[\"blue\"]");
        path.leave();
        path.leave();
        assert_eq!((path.text(), path.depth()), ("items[1]".to_owned(), 2));
    }
}
