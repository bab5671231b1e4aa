//! Counts the allocations, bytes and instructions of a message, a key, a frame and a commit. These do not depend on how
//! busy the machine is, so only a change of the code changes them.
//!
//! `make counts` runs this program. To count instructions, it runs itself under valgrind once with few repeats and once
//! with more, and divides the difference by the additional repeats. It checks no limits.

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

/// Repeats before counting. After these, buffers have reached their final size.
const WARM_UP: usize = 200;
const REPEATS: usize = 101;
/// The repeats of the two runs under valgrind.
const FEW: usize = 10;
const MORE: usize = 110;
/// The number of keys after which the line is cleared, to keep it within its row.
const LINE_LENGTH: usize = 40;

/// The label of a case, and the function that prepares it.
type NamedCase = (&'static str, fn() -> Case);

const CASES: [NamedCase; 9] = [
    ("a message of a plain client, received", || Case::screen(Scene::receive_plain)),
    ("a message of a papo, received", || Case::screen(Scene::receive_papo)),
    ("a key, handled", || Case::screen_with_turn(type_or_clear)),
    ("a full frame", || Case::screen(Scene::draw_full)),
    ("an unchanged frame", || Case::screen(Scene::draw)),
    ("a key and its frame", || {
        Case::screen_with_turn(|scene, turn| {
            type_or_clear(scene, turn);
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
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [command, case, times] = arguments.as_slice()
        && command == "repeat"
    {
        let case = case.parse::<usize>().expect("the number of a case");
        let mut case = CASES[case].1();
        for _ in 0..times.parse().expect("the number of repeats") {
            (case.run)();
        }
        return;
    }
    println!("{:<38}{:>12}{:>12}{:>12}{:>14}", "", "allocations", "bytes", "written", "instructions");
    let folder = tempfile::tempdir().expect("a folder");
    for (number, (name, prepare)) in CASES.iter().enumerate() {
        let counts = count(prepare());
        let instructions = instructions(number, folder.path());
        let instructions = instructions.map_or_else(|| "-".to_owned(), |count| count.to_string());
        let written = counts.written.map_or_else(|| "-".to_owned(), |count| count.to_string());
        println!("{name:<38}{:>12}{:>12}{written:>12}{instructions:>14}", counts.allocations, counts.bytes);
    }
}

/// An action to repeat.
struct Case {
    run: Box<dyn FnMut()>,
    /// The bytes that this process has written so far, to the terminal or to files; `None` if the system does not count
    /// them.
    written: Box<dyn Fn() -> Option<u64>>,
}

impl Case {
    fn screen(mut run: impl FnMut(&mut Scene) + 'static) -> Self {
        Self::screen_with_turn(move |scene, _| run(scene))
    }

    /// Passes to `run` the number of calls before this one.
    fn screen_with_turn(mut run: impl FnMut(&mut Scene, usize) + 'static) -> Self {
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

    /// Commits this many messages at a time.
    fn store(per_commit: u64) -> Self {
        let folder: TempDir = tempfile::tempdir().expect("a folder");
        let me = "alice".parse().expect("an id");
        let mut store = Store::open(folder.path(), &me, "bench").expect("a store").store;
        // All groups are created in advance, to count only the work of the store.
        let group = |n| (n * per_commit..(n + 1) * per_commit).flat_map(append).collect::<Vec<_>>();
        let mut groups = (0..(WARM_UP + REPEATS) as u64).map(group).collect::<Vec<_>>().into_iter();
        let run = move || {
            // Moves the folder into the closure, where it outlives the store.
            let _ = &folder;
            store.commit(&groups.next().expect("one group per call")).expect("the commit succeeds");
        };
        Self { run: Box::new(run), written: Box::new(written_to_files) }
    }
}

fn type_or_clear(scene: &mut Scene, turn: usize) {
    if turn % LINE_LENGTH == LINE_LENGTH - 1 {
        scene.clear_line();
    } else {
        scene.type_letter('x');
    }
}

/// The costs of one repeat: medians over all repeats.
struct Costs {
    allocations: u64,
    bytes: u64,
    /// The bytes written; `None` if the system does not count them.
    written: Option<u64>,
}

fn count(mut case: Case) -> Costs {
    (0..WARM_UP).for_each(|_| (case.run)());
    let (mut allocations, mut bytes, mut written) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        let before = (case.written)();
        let allocated = measure(&mut case.run);
        allocations.push(allocated.count_total);
        bytes.push(allocated.bytes_total);
        written.extend((case.written)().zip(before).map(|(after, before)| after - before));
    }
    let median = |mut counts: Vec<u64>| {
        counts.sort_unstable();
        counts.get(counts.len() / 2).copied()
    };
    Costs { allocations: median(allocations).unwrap_or(0), bytes: median(bytes).unwrap_or(0), written: median(written) }
}

/// The bytes that this process has written so far; `None` if the system does not count them.
fn written_to_files() -> Option<u64> {
    let counts = fs::read_to_string("/proc/self/io").ok()?;
    counts.lines().find_map(|line| line.strip_prefix("wchar: "))?.parse().ok()
}

/// The number of instructions of one repeat; `None` without valgrind.
fn instructions(case: usize, folder: &Path) -> Option<u64> {
    let total = |times: usize| {
        let out = folder.join("counts");
        let program = env::current_exe().ok()?;
        let status = Command::new("valgrind")
            .args(["--tool=callgrind", &format!("--callgrind-out-file={}", out.display())])
            .arg(program)
            .args(["repeat", &case.to_string(), &times.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok()?;
        let counts = status.success().then(|| fs::read_to_string(&out).ok())??;
        counts.lines().find_map(|line| line.strip_prefix("summary: "))?.trim().parse::<u64>().ok()
    };
    Some((total(MORE)?.checked_sub(total(FEW)?)?) / (MORE - FEW) as u64)
}
