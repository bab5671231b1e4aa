//! Compares the content of the stores with the typed lines.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use papo::{
    domain::{Body, UserId},
    store::Store,
};

/// The lines in a user's store, by author, in order.
pub type Lines = BTreeMap<String, Vec<String>>;

/// Reads a store that no papo has open. Panics if anything is damaged, or if there is more than one conversation.
pub fn read(folder: &Path, user: &str) -> Lines {
    let opened = Store::open(folder, &UserId::new(user).unwrap(), "").expect("the store can be opened");
    assert!(opened.damage.is_empty(), "damage in the store of {user}: {:?}", opened.damage);
    assert!(opened.saved.conversations.len() <= 1, "{user} has {:?}", opened.saved.conversations);
    let mut lines = Lines::new();
    for conversation in &opened.saved.conversations {
        let page = opened.store.page(&conversation.id, u64::MAX, usize::MAX).expect("it can be read");
        assert!(page.damage.is_empty(), "damage in the store of {user}: {:?}", page.damage);
        assert_eq!(page.messages.len() as u64, conversation.len, "wrong count of {user}");
        for (_, message) in page.messages {
            let text = match message.body {
                Body::Text(text) => text,
                // Nobody typed the lines about the members.
                Body::Membership(_) => continue,
                other => panic!("{user} has {other:?}"),
            };
            assert_eq!(message.failure, None, "{text} of {user}");
            lines.entry(message.author.to_string()).or_default().push(text);
        }
    }
    lines
}

/// Reads a copy of the store of a killed papo, because opening it changes it.
pub fn peek(folder: &Path, user: &str) -> Lines {
    let copy = tempfile::tempdir().unwrap();
    let file = folder.join("papo.redb");
    // papo was killed before it created the store.
    if !file.exists() {
        return Lines::new();
    }
    fs::copy(file, copy.path().join("papo.redb")).unwrap();
    read(copy.path(), user)
}

/// The differences between the stores, summed over all users; every count but `written` should be 0.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Lines in the stores of their authors.
    pub written: usize,
    /// Lines of the authors' own stores that differ from the line typed at that position.
    pub astray: usize,
    /// Lines that a reader is missing.
    pub lost: usize,
    /// Lines that a reader has twice.
    pub doubled: usize,
    /// Lines that a reader has out of order.
    pub disordered: usize,
    /// Lines that no one wrote.
    pub invented: usize,
}

impl Balance {
    /// Compares the stores of all users with each other and with what was typed.
    pub fn of(stores: &BTreeMap<String, Lines>, typed: &BTreeMap<String, Vec<String>>) -> Self {
        let mut balance = Self::default();
        for (author, store) in stores {
            let empty = Vec::new();
            let own = store.get(author).unwrap_or(&empty);
            balance.written += own.len();
            let wanted = &typed[author];
            balance.astray += wanted.iter().zip(own).filter(|(wanted, own)| wanted != own).count();
            balance.astray += wanted.len().abs_diff(own.len());
            for reader in stores.keys().filter(|reader| *reader != author) {
                balance.compare(own, stores[reader].get(author).unwrap_or(&empty));
            }
        }
        balance
    }

    fn compare(&mut self, written: &[String], read: &[String]) {
        let places: BTreeMap<&String, usize> = written.iter().zip(0..).collect();
        let mut times = vec![0_usize; written.len()];
        let mut latest = None;
        for line in read {
            let Some(&place) = places.get(line) else {
                self.invented += 1;
                continue;
            };
            times[place] += 1;
            if times[place] > 1 {
                self.doubled += 1;
            } else if Some(place) < latest {
                self.disordered += 1;
            }
            latest = latest.max(Some(place));
        }
        self.lost += times.iter().filter(|times| **times == 0).count();
    }

    /// Whether every count but `written` is 0.
    pub fn is_faultless(&self) -> bool {
        *self == Self { written: self.written, ..Self::default() }
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { written, astray, lost, doubled, disordered, invented } = self;
        writeln!(f, "  messages      {written:>7}")?;
        writeln!(f, "  lost          {lost:>7}")?;
        writeln!(f, "  doubled       {doubled:>7}")?;
        writeln!(f, "  out of order  {disordered:>7}")?;
        writeln!(f, "  invented      {invented:>7}")?;
        writeln!(f, "  not as typed  {astray:>7}")
    }
}

#[test]
fn ledger_counts_every_fault() {
    let lines = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>();
    let typed = BTreeMap::from([("a".to_owned(), lines(&[1, 2, 3, 4])), ("b".to_owned(), lines(&[]))]);
    let balance = |read: &[u32]| {
        let stores = BTreeMap::from([
            ("a".to_owned(), Lines::from([("a".to_owned(), lines(&[1, 2, 3, 4]))])),
            ("b".to_owned(), Lines::from([("a".to_owned(), lines(read))])),
        ]);
        Balance::of(&stores, &typed)
    };
    let faultless = Balance { written: 4, ..Balance::default() };
    assert!(balance(&[1, 2, 3, 4]).is_faultless());
    assert_eq!(balance(&[1, 2, 4]), Balance { lost: 1, written: 4, ..Balance::default() });
    assert_eq!(balance(&[1, 2, 2, 3, 4]), Balance { doubled: 1, written: 4, ..Balance::default() });
    assert_eq!(balance(&[1, 3, 4, 2]), Balance { disordered: 1, written: 4, ..Balance::default() });
    assert_eq!(balance(&[1, 2, 3, 4, 5]), Balance { invented: 1, ..faultless });
}
