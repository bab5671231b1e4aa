//! Measures how the cost of each action grows with the number of messages, users, groups and tabs, one at a time.
//!
//! `make growth` runs this program, which prints a table and draws assets/growth.svg. The values are relative to the
//! smallest size of the same run: a level line means constant cost, one along the dashed line proportional cost. It
//! checks no limits.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

#[path = "support/plot.rs"]
mod plot;
#[path = "support/scene.rs"]
mod scene;

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use papo::{
    domain::UserId,
    protocol::{Operation, Saved},
    store::Store,
};

use self::{
    plot::{Line, Panel},
    scene::{Scene, Size, append, saved, session},
};

/// The number of repeats of each action. The shortest one counts, because other programs disturb the longer ones.
const REPEATS: usize = 60;
/// The repeats of opening a store: fewer, because opening a store of a million messages takes long.
const OPENINGS: usize = 25;
/// Messages per commit while a store is filled.
const PER_COMMIT: u64 = 10_000;
const PAGE: usize = 100;
const DIAGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/growth.svg");

type Sizes = &'static [u64];

const MESSAGES: Sizes = &[100, 1_000, 10_000, 100_000, 1_000_000];
const USERS: Sizes = &[10, 100, 1_000, 10_000];
const GROUPS: Sizes = &[1, 10, 100, 500];
const TABS: Sizes = &[1, 10, 50, 200];

fn main() {
    let base = Size::default();
    let count = |n: u64| usize::try_from(n).expect("the number fits");
    let panels = [
        panel("messages in the talk", MESSAGES, |messages| Size { messages, ..base }),
        panel("users", USERS, |n| Size { users: count(n), ..base }),
        panel("groups", GROUPS, |n| Size { groups: count(n), ..base }),
        panel("tabs", TABS, |n| Size { tabs: count(n), ..base }),
    ];
    fs::write(DIAGRAM, plot::svg(&panels)).expect("the diagram is written");
}

/// Measures every action at each size. `of` names the size that varies, and `size` creates it from a number.
fn panel(of: &'static str, sizes: Sizes, size: impl Fn(u64) -> Size) -> Panel {
    let folder = tempfile::tempdir().expect("a folder");
    let store = |n: u64| folder.path().join(n.to_string());
    let mut lines: Vec<Line> = Vec::new();
    let mut record = |name, n, took: Duration| {
        let point = (n, took.as_secs_f64());
        match lines.iter_mut().find(|line| line.name == name) {
            Some(line) => line.points.push(point),
            None => lines.push(Line { name, points: vec![point] }),
        }
    };
    for &n in sizes {
        for (name, took) in on_screen(size(n)) {
            record(name, n, took);
        }
        record("a page is read", n, in_store(size(n), &store(n)));
    }
    // The sizes take turns, because the speed of the disk changes from one minute to the next.
    let mut openings = vec![Duration::MAX; sizes.len()];
    for _ in 0..OPENINGS {
        for (shortest, &n) in openings.iter_mut().zip(sizes) {
            let since = Instant::now();
            let opened = open(&store(n));
            *shortest = since.elapsed().min(*shortest);
            drop(opened);
        }
    }
    for (took, &n) in openings.into_iter().zip(sizes) {
        record("the store is opened", n, took);
    }
    print(of, sizes, &lines);
    Panel { of, lines }
}

/// Measures the actions of the interface.
fn on_screen(size: Size) -> [(&'static str, Duration); 4] {
    let mut scene = Scene::new(size);
    let message = shortest_of(REPEATS, || scene.receive_plain());
    let presence = shortest_of(REPEATS, || scene.receive_presence());
    let key = shortest_of(REPEATS, || scene.type_letter('x'));
    let frame = shortest_of(REPEATS, || scene.draw());
    [
        ("a message comes", message),
        ("a user comes or goes", presence),
        ("a key is typed", key),
        ("a frame is drawn", frame),
    ]
}

/// Fills a store in `folder`, and measures reading its last page.
fn in_store(size: Size, folder: &Path) -> Duration {
    let mut store = open(folder);
    fill(&mut store, size);
    shortest_of(REPEATS, || {
        store.page(&session(), size.messages, PAGE).expect("the page is read");
    })
}

fn open(folder: &Path) -> Store {
    let me: UserId = "alice".parse().expect("an id");
    Store::open(folder, &me, "bench").expect("a store").store
}

/// Fills a store to `size`.
fn fill(store: &mut Store, size: Size) {
    let Saved { users, groups, conversations, .. } = saved(Size { messages: 0, ..size });
    let records = conversations.into_iter().map(Operation::PutConversation);
    let users = users.into_iter().map(Operation::PutUser);
    let all: Vec<_> = records.chain(users).chain(groups.into_iter().map(Operation::PutGroup)).collect();
    store.commit(&all).expect("the commit succeeds");
    for first in (0..size.messages).step_by(usize::try_from(PER_COMMIT).expect("the number fits")) {
        let upto = size.messages.min(first + PER_COMMIT);
        let mut operations: Vec<_> = (first..upto).flat_map(append).collect();
        // `append` adds a record of the conversation after each message; only the last one is needed.
        let record = operations.pop();
        operations.retain(|operation| matches!(operation, Operation::Append { .. }));
        operations.extend(record);
        store.commit(&operations).expect("the commit succeeds");
    }
}

/// The shortest duration of this many calls.
fn shortest_of(times: usize, mut what: impl FnMut()) -> Duration {
    let mut once = || {
        let since = Instant::now();
        what();
        since.elapsed()
    };
    (0..times).map(|_| once()).min().unwrap_or_default()
}

fn print(of: &str, sizes: Sizes, lines: &[Line]) {
    print!("{of:<24}");
    for n in sizes {
        print!("{n:>12}");
    }
    println!();
    for line in lines {
        print!("  {:<22}", line.name);
        for (_, ratio) in line.ratios() {
            print!("{ratio:>11.1}x");
        }
        println!();
    }
}
