//! What the standard library does, while papo is compiled: what papo ships is read then, so that a start need not.

/// Whether the texts are the same.
pub const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// What stands before the first such byte, which is ASCII, and what behind it.
pub const fn split(text: &str, at: u8) -> (&str, &str) {
    let mut end = 0;
    while end < text.len() && text.as_bytes()[end] != at {
        end += 1;
    }
    let (before, rest) = text.split_at(end);
    (before, if rest.is_empty() { rest } else { rest.split_at(1).1 })
}

/// What `find` of an iterator says of a slice.
macro_rules! find {
    ($all:expr, |$it:ident| $is_meant:expr) => {{
        let (all, mut at) = (&$all, 0);
        loop {
            if at == all.len() {
                break None;
            }
            let $it = &all[at];
            if $is_meant {
                break Some(*$it);
            }
            at += 1;
        }
    }};
}
pub(crate) use find;
