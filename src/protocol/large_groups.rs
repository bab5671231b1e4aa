//! What the members of a large group have of its messages: the reports of members to their leader (`HAVE`), and what the
//! leader publishes on `groups/<group>/seen`.

use super::{properties::number, wire::WireError};
use crate::domain::{DeviceHash, UserId, ensure};

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
    pub(super) fn parse_all(words: &mut Words<'_>) -> Result<Vec<Self>, WireError> {
        parse_entries(words, |writer, words| Ok(Self { writer, store: next_store(words)?, n: next_number(words)? }))
    }

    pub(super) fn text(&self) -> String {
        format!(" {} {} {}", self.writer, self.store, self.n)
    }
}

impl Seen {
    /// Parses `<writer> <store> <all> <highest> <count> <of>` until the words end.
    pub(super) fn parse_all(words: &mut Words<'_>) -> Result<Vec<Self>, WireError> {
        parse_entries(words, |writer, words| {
            let store = next_store(words)?;
            let (all, highest) = (next_number(words)?, next_number(words)?);
            let mut count = || usize::try_from(next_number(words)?).map_err(|_| WireError::Malformed);
            let (count, of) = (count()?, count()?);
            ensure(all <= highest && count <= of, WireError::Malformed)?;
            Ok(Self { writer, reach: Reach { store, all, highest, count, of } })
        })
    }

    pub(super) fn text(&self) -> String {
        let Reach { store, all, highest, count, of } = self.reach;
        format!(" {} {store} {all} {highest} {count} {of}", self.writer)
    }
}

fn parse_entries<T>(
    words: &mut Words<'_>,
    parse: impl Fn(UserId, &mut Words<'_>) -> Result<T, WireError>,
) -> Result<Vec<T>, WireError> {
    let mut entries = Vec::new();
    while let Some(writer) = words.next() {
        ensure(entries.len() < WRITERS, WireError::Malformed)?;
        entries.push(parse(UserId::from_wire(writer)?, words)?);
    }
    ensure(!entries.is_empty(), WireError::Malformed)?;
    Ok(entries)
}

fn next_store(words: &mut Words<'_>) -> Result<DeviceHash, WireError> {
    words.next().and_then(|word| word.parse().ok()).ok_or(WireError::Malformed)
}

fn next_number(words: &mut Words<'_>) -> Result<u64, WireError> {
    words.next().and_then(number).ok_or(WireError::Malformed)
}
