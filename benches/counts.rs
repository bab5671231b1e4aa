//! What a message, a key, a frame and a commit cost, counted rather than timed: allocations, bytes and instructions
//! are the same on a machine that is busy, so that a change of them is the code's.
//!
//! `make counts` runs it. Instructions are there where valgrind is: this program runs under it once with few repeats
//! and once with more, and the difference is theirs. Nothing is asserted.

#[path = "support/scene.rs"]
mod scene;

use std::{
    cell::Cell,
    env, fs,
    path::Path,
    process::{Command, Stdio},
    rc::Rc,
};

use allocation_counter::measure;
use papo::store::Store;
use tempfile::TempDir;

use self::scene::{Scene, Size, append};

/// Until buffers have the size that they keep.
const WARM_UP: usize = 200;
const REPEATS: usize = 101;
/// How often it is repeated under valgrind, at first and more.
const FEW: usize = 10;
const MORE: usize = 110;
/// As many letters are written until they are taken away again.
const LINE: usize = 40;

/// What it is called, and how it is prepared.
type Named = (&'static str, fn() -> Case);

const CASES: [Named; 9] = [
    ("a message typed by hand, taken in", || Case::screen(Scene::hears_plain)),
    ("a message of a papo, taken in", || Case::screen(Scene::hears_papo)),
    ("a key, taken in", || Case::screen_by_turns(write)),
    ("a frame anew", || Case::screen(Scene::draw_anew)),
    ("a frame in which nothing has changed", || Case::screen(Scene::draw)),
    ("a key and its frame", || {
        Case::screen_by_turns(|scene, turn| {
            write(scene, turn);
            scene.draw();
        })
    }),
    ("a message of a papo and its frame", || {
        Case::screen(|scene| {
            scene.hears_papo();
            scene.draw();
        })
    }),
    ("1 message stored in a commit", || Case::store(1)),
    ("100 messages stored in a commit", || Case::store(100)),
];

fn main() {
    let asked: Vec<String> = env::args().skip(1).collect();
    if let [what, case, times] = asked.as_slice()
        && what == "repeat"
    {
        let case = case.parse::<usize>().expect("the number of a case");
        let mut case = CASES[case].1();
        for _ in 0..times.parse().expect("how often") {
            (case.run)();
        }
        return;
    }
    println!("{:<38}{:>12}{:>12}{:>12}{:>14}", "", "allocations", "bytes", "written", "instructions");
    let folder = tempfile::tempdir().expect("a folder");
    for (number, (name, prepare)) in CASES.iter().enumerate() {
        let counted = count(prepare());
        let instructions = instructions(number, folder.path());
        let instructions = instructions.map_or_else(|| "-".to_owned(), |count| count.to_string());
        let written = counted.written.map_or_else(|| "-".to_owned(), |count| count.to_string());
        println!("{name:<38}{:>12}{:>12}{written:>12}{instructions:>14}", counted.allocations, counted.bytes);
    }
}

/// Something to be repeated.
struct Case {
    run: Box<dyn FnMut()>,
    /// How many bytes it has written so far, to the terminal or to files.
    written: Box<dyn Fn() -> Option<u64>>,
}

impl Case {
    fn screen(mut run: impl FnMut(&mut Scene) + 'static) -> Self {
        Self::screen_by_turns(move |scene, _| run(scene))
    }

    /// `run` is told how often it was called before.
    fn screen_by_turns(mut run: impl FnMut(&mut Scene, usize) + 'static) -> Self {
        let mut scene = Scene::new(Size::default());
        let drawn: Rc<Cell<u64>> = scene.drawn();
        let mut turn = 0;
        Self {
            run: Box::new(move || {
                run(&mut scene, turn);
                turn += 1;
            }),
            written: Box::new(move || Some(drawn.get())),
        }
    }

    fn store(together: u64) -> Self {
        let folder: TempDir = tempfile::tempdir().expect("a folder");
        let me = "alice".parse().expect("an id");
        let mut store = Store::open(folder.path(), &me, "bench").expect("a store").store;
        // They are made before, so that only what the store does with them is counted.
        let group = |n| (n * together..(n + 1) * together).flat_map(append).collect::<Vec<_>>();
        let mut groups = (0..(WARM_UP + REPEATS) as u64).map(group).collect::<Vec<_>>().into_iter();
        let run = move || {
            // It goes when the store has gone.
            let _ = &folder;
            store.commit(&groups.next().expect("there are enough")).expect("room on the disk");
        };
        Self { run: Box::new(run), written: Box::new(written_to_files) }
    }
}

fn write(scene: &mut Scene, turn: usize) {
    if turn % LINE == LINE - 1 {
        scene.clears();
    } else {
        scene.types('x');
    }
}

/// The middle of what each of many repeats takes.
struct Counted {
    allocations: u64,
    bytes: u64,
    written: Option<u64>,
}

fn count(mut case: Case) -> Counted {
    (0..WARM_UP).for_each(|_| (case.run)());
    let (mut allocations, mut bytes, mut written) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        let before = (case.written)();
        let taken = measure(&mut case.run);
        allocations.push(taken.count_total);
        bytes.push(taken.bytes_total);
        written.extend((case.written)().zip(before).map(|(after, before)| after - before));
    }
    let middle = |mut counts: Vec<u64>| {
        counts.sort_unstable();
        counts.get(counts.len() / 2).copied()
    };
    Counted {
        allocations: middle(allocations).unwrap_or(0),
        bytes: middle(bytes).unwrap_or(0),
        written: middle(written),
    }
}

/// How many bytes this process has written to files so far, where the system says so.
fn written_to_files() -> Option<u64> {
    let counted = fs::read_to_string("/proc/self/io").ok()?;
    counted.lines().find_map(|line| line.strip_prefix("wchar: "))?.parse().ok()
}

/// How many instructions one repeat takes, where valgrind is there to count them.
fn instructions(case: usize, folder: &Path) -> Option<u64> {
    let all = |times: usize| {
        let out = folder.join("counted");
        let program = env::current_exe().ok()?;
        let ended = Command::new("valgrind")
            .args(["--tool=callgrind", &format!("--callgrind-out-file={}", out.display())])
            .arg(program)
            .args(["repeat", &case.to_string(), &times.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok()?;
        let counted = ended.success().then(|| fs::read_to_string(&out).ok())??;
        counted.lines().find_map(|line| line.strip_prefix("summary: "))?.trim().parse::<u64>().ok()
    };
    Some((all(MORE)?.checked_sub(all(FEW)?)?) / (MORE - FEW) as u64)
}
