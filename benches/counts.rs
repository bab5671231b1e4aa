//! Counts what a message, a key, a frame and a commit cost. Allocations, bytes and instructions do not depend on how
//! busy the machine is, so a change of them is due to the code.
//!
//! `make counts` runs it. Instructions need valgrind: the program runs under it once with few repeats and once with
//! more, and the difference is counted. Nothing is asserted.

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

/// Repeats before counting, until buffers have reached their final size.
const WARM_UP: usize = 200;
const REPEATS: usize = 101;
/// The repeats of the two runs under valgrind, whose difference is counted.
const FEW: usize = 10;
const MORE: usize = 110;
/// Keys until the line is cleared, so that it stays within its row.
const LINE: usize = 40;

/// The label of a case, and its preparation.
type Named = (&'static str, fn() -> Case);

const CASES: [Named; 9] = [
    ("a message typed by hand, taken in", || Case::screen(Scene::receive_plain)),
    ("a message of a papo, taken in", || Case::screen(Scene::receive_papo)),
    ("a key, taken in", || Case::screen_by_turns(write)),
    ("a frame anew", || Case::screen(Scene::draw_full)),
    ("a frame in which nothing has changed", || Case::screen(Scene::draw)),
    ("a key and its frame", || {
        Case::screen_by_turns(|scene, turn| {
            write(scene, turn);
            scene.draw();
        })
    }),
    ("a message of a papo and its frame", || {
        Case::screen(|scene| {
            scene.receive_papo();
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

/// An action to repeat.
struct Case {
    run: Box<dyn FnMut()>,
    /// The bytes written so far to the terminal or to files.
    written: Box<dyn Fn() -> Option<u64>>,
}

impl Case {
    fn screen(mut run: impl FnMut(&mut Scene) + 'static) -> Self {
        Self::screen_by_turns(move |scene, _| run(scene))
    }

    /// `run` gets the number of calls before.
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
        // Created in advance, so that only the work of the store is counted.
        let group = |n| (n * together..(n + 1) * together).flat_map(append).collect::<Vec<_>>();
        let mut groups = (0..(WARM_UP + REPEATS) as u64).map(group).collect::<Vec<_>>().into_iter();
        let run = move || {
            // Moves the folder into the closure, so that it outlives the store.
            let _ = &folder;
            store.commit(&groups.next().expect("there are enough")).expect("room on the disk");
        };
        Self { run: Box::new(run), written: Box::new(written_to_files) }
    }
}

fn write(scene: &mut Scene, turn: usize) {
    if turn % LINE == LINE - 1 {
        scene.clear_line();
    } else {
        scene.type_letter('x');
    }
}

/// The medians over the repeats.
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
    let median = |mut counts: Vec<u64>| {
        counts.sort_unstable();
        counts.get(counts.len() / 2).copied()
    };
    Counted {
        allocations: median(allocations).unwrap_or(0),
        bytes: median(bytes).unwrap_or(0),
        written: median(written),
    }
}

/// The bytes that this process has written so far; `None` if the system does not count them.
fn written_to_files() -> Option<u64> {
    let counted = fs::read_to_string("/proc/self/io").ok()?;
    counted.lines().find_map(|line| line.strip_prefix("wchar: "))?.parse().ok()
}

/// The instructions of one repeat; `None` without valgrind.
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
