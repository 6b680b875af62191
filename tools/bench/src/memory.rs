//! The memory of a process, as Linux reports it.

use std::fmt::Display;
use std::fs;

/// This process, in the path that Linux expects.
pub(super) const OURSELVES: &str = "self";

/// Resets the peak memory of this process, so that [`peak`] covers what follows. Where that is not allowed, the peak
/// remains that of the whole process.
pub(super) fn forget_peak() {
    // "5: reset the peak resident set size to the current" (proc_pid_clear_refs(5)).
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The peak memory of a process, "peak resident set size ("high water mark")", in bytes; zero without `/proc`.
pub(super) fn peak(process: impl Display) -> Option<u64> {
    field(&page(process)?, "VmHWM:")
}

/// The current resident memory, in bytes.
pub(super) fn now(process: impl Display) -> Option<u64> {
    field(&page(process)?, "VmRSS:")
}

fn page(process: impl Display) -> Option<String> {
    fs::read_to_string(format!("/proc/{process}/status")).ok()
}

fn field(page: &str, name: &str) -> Option<u64> {
    let line = page.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_kernel_are_read() {
        let status = "Name:\tstart\nVmPeak:\t   99 kB\nVmHWM:\t    4132 kB\nThreads:\t1\n";
        assert_eq!(field(status, "VmHWM:"), Some(4_132 * 1_024));
        assert_eq!(field("Name:\tstart\n", "VmHWM:"), None);
    }
}
