use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Command, Stdio},
};

use super::*;

/// The variable that makes a child process of this test program write to the folder that it names, until it is killed.
const KILL_IN: &str = "PAPO_TEST_KILL_STATE_IN";
const TEST: &str = "broker::state::tests::kill::closed_state_survives_kills";
/// Messages between two reports.
const ROUND: u64 = 20;

/// What message number `id` changes, in one call: it comes, and an earlier one goes.
fn step(id: u64) -> Vec<Change> {
    let gone = id.checked_sub(50).filter(|gone| *gone > 0);
    let gone = gone.map(|id| [Change::Message(id, None), Change::Queued { session: 1, position: id, entry: None }]);
    let mut changes = vec![
        Change::Session("a".into(), Some(session(1))),
        Change::Message(id, Some(message(id, 3000))),
        Change::Queued { session: 1, position: id, entry: Some(entry(id)) },
        Change::Retained("last".into(), None),
    ];
    changes.extend(gone.into_iter().flatten());
    changes
}

fn last(saved: &Saved) -> u64 {
    saved.messages.keys().next_back().copied().unwrap_or(0)
}

#[expect(clippy::print_stdout, reason = "the parent process reads it")]
fn write_until_killed(folder: &Path) -> ! {
    loop {
        let (mut state, saved) = State::open(folder, Duration::ZERO).unwrap();
        let last = last(&saved);
        for id in last + 1..=last + ROUND {
            state.apply(step(id));
        }
        state.close().unwrap();
        println!("\nsaved {}", last + ROUND);
    }
}

/// Runs a child process until its first report and for `delay` more. Returns the last message that it reported.
fn saved_before_kill(folder: &Path, delay: Duration) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([TEST, "--exact", "--nocapture"])
        .env(KILL_IN, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut printed = String::new();
    while !printed.contains("saved ") {
        assert!(output.read_line(&mut printed).unwrap() > 0, "the child has ended: {printed}");
    }
    // Sleeps instead of waiting for a condition, because the kill should hit at any moment.
    thread::sleep(delay);
    child.kill().unwrap();
    output.read_to_string(&mut printed).unwrap();
    child.wait().unwrap();
    // The kill may have truncated the last line.
    let complete = printed.rsplit_once('\n').map_or("", |(complete, _)| complete);
    complete.lines().filter_map(|line| line.strip_prefix("saved ")?.parse().ok()).max().unwrap_or(0)
}

#[test]
fn closed_state_survives_kills() {
    if let Some(folder) = std::env::var_os(KILL_IN) {
        write_until_killed(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut known = 0;
    for round in 0..30 {
        let reported = saved_before_kill(folder.path(), Duration::from_millis(round * 7 % 50));
        let saved = saved_in(folder.path());
        let last = last(&saved);
        assert!(last >= reported.max(known), "{reported} were saved, and {last} are there");
        // A transaction is there whole: the messages and their entries, and no others.
        let expected = last.saturating_sub(49).max(1)..=last;
        assert!(saved.messages.keys().copied().eq(expected.clone()), "{:?}", saved.messages.keys());
        assert!(saved.queues.keys().copied().eq(expected.clone().map(|id| (1, id))));
        assert!(expected.clone().all(|id| saved.messages[&id] == message(id, 3000)));
        known = last;
    }
}
