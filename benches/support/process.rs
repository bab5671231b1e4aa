//! The CPU time, wake-ups and memory of a running process, from Linux's /proc.
#![allow(dead_code, reason = "each benchmark uses what it needs")]

use std::{fs, path::PathBuf, time::Duration};

/// A running process.
pub struct Process(PathBuf);

impl Process {
    /// The process with this ID.
    pub fn of(pid: u32) -> Self {
        Self(PathBuf::from(format!("/proc/{pid}")))
    }

    /// The CPU time of all threads.
    pub fn cpu(&self) -> Duration {
        let spent = |text: String| text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0);
        Duration::from_nanos(self.of_threads("schedstat").into_iter().map(spent).sum())
    }

    /// The CPU time since `before`.
    pub fn cpu_since(&self, before: Duration) -> Duration {
        self.cpu().saturating_sub(before)
    }

    /// The number of voluntary context switches of all threads: how often a thread has started to wait.
    pub fn wake_ups(&self) -> usize {
        self.of_threads("status").iter().map(|text| field(text, "voluntary_ctxt_switches:")).sum()
    }

    /// The resident set size, which includes touched pages of the program itself.
    #[expect(clippy::cast_precision_loss, reason = "a count of kilobytes")]
    pub fn megabytes(&self) -> f64 {
        let status = fs::read_to_string(self.0.join("status")).expect("the process runs, on Linux");
        field(&status, "VmRSS:") as f64 / 1024.0
    }

    /// The number of open files.
    pub fn open_files(&self) -> usize {
        fs::read_dir(self.0.join("fd")).expect("the process runs, on Linux").count()
    }

    /// The text of this /proc file for each thread.
    fn of_threads(&self, file: &str) -> Vec<String> {
        let threads = fs::read_dir(self.0.join("task")).expect("the process runs, on Linux");
        threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join(file)).ok()).collect()
    }
}

/// The number after `name` in a /proc file; 0 if there is none.
fn field(text: &str, name: &str) -> usize {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()).and_then(|value| value.parse().ok()).unwrap_or(0)
}
