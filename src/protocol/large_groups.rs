//! What the members of a large group have of its messages: the reports of members to their leader (`HAVE`), and what the
//! leader publishes on `groups/<group>/seen`.

use super::properties::number;
use crate::domain::{DeviceHash, UserId};

/// The maximum number of writers in one publication.
pub(crate) const WRITERS: usize = 64;

/// How much of the messages of one writer a member has stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The writer.
    pub writer: UserId,
    /// The store of the writer that the number belongs to.
    pub store: DeviceHash,
    /// The member has everything up to this number. For the writer itself: it has written everything up to this number.
    pub n: u64,
}

/// How much of the messages of one writer the members have stored, as far as the leader knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The writer.
    pub writer: UserId,
    /// What the members have.
    pub reach: Reach,
}

/// How far the messages of one writer have reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The store of the writer that the numbers belong to.
    pub store: DeviceHash,
    /// All counted members have everything up to this number.
    pub all: u64,
    /// The highest number that the writer has written.
    pub highest: u64,
    /// How many of the counted members have everything up to `highest`.
    pub count: usize,
    /// How many members are counted. The writer and plain clients are not.
    pub of: usize,
}

type Words<'a> = std::str::Split<'a, char>;

impl Held {
    /// Parses `<writer> <store> <n>` until the words end.
    pub(super) fn parse_all(words: &mut Words<'_>) -> Option<Vec<Self>> {
        parse_entries(words, |writer, words| Some(Self { writer, store: next_store(words)?, n: next_number(words)? }))
    }

    pub(super) fn text(&self) -> String {
        format!(" {} {} {}", self.writer, self.store, self.n)
    }
}

impl Seen {
    /// Parses `<writer> <store> <all> <highest> <count> <of>` until the words end.
    pub(super) fn parse_all(words: &mut Words<'_>) -> Option<Vec<Self>> {
        parse_entries(words, |writer, words| {
            let store = next_store(words)?;
            let (all, highest) = (next_number(words)?, next_number(words)?);
            let mut count = || usize::try_from(next_number(words)?).ok();
            let (count, of) = (count()?, count()?);
            let reach = Reach { store, all, highest, count, of };
            (all <= highest && count <= of).then_some(Self { writer, reach })
        })
    }

    pub(super) fn text(&self) -> String {
        let Reach { store, all, highest, count, of } = self.reach;
        format!(" {} {store} {all} {highest} {count} {of}", self.writer)
    }
}

/// Parses 1 to [`WRITERS`] entries, each of which begins with the writer.
fn parse_entries<T>(words: &mut Words<'_>, parse: impl Fn(UserId, &mut Words<'_>) -> Option<T>) -> Option<Vec<T>> {
    let mut entries = Vec::new();
    while let Some(writer) = words.next() {
        entries.push(parse(UserId::from_wire(writer).ok()?, words)?);
    }
    (1..=WRITERS).contains(&entries.len()).then_some(entries)
}

fn next_store(words: &mut Words<'_>) -> Option<DeviceHash> {
    words.next()?.parse().ok()
}

fn next_number(words: &mut Words<'_>) -> Option<u64> {
    words.next().and_then(number)
}
