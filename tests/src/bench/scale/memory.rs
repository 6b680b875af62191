//! The memory of this process, as Linux counts it.

use std::fs;

/// Forgets how much memory the process ever had, so that [`peak`] is that of what follows. Where that is not allowed, the
/// peak stays that of the whole process.
pub(super) fn forget_peak() {
    // "5: reset the peak resident set size to the current" (proc_pid_clear_refs(5)).
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that the process had (`VmHWM`), in bytes; nothing where there is no such page.
pub(super) fn peak() -> Option<u64> {
    field("VmHWM:")
}

/// The memory that it has now (`VmRSS`), in bytes.
pub(super) fn now() -> Option<u64> {
    field("VmRSS:")
}

fn field(name: &str) -> Option<u64> {
    let page = fs::read_to_string("/proc/self/status").ok()?;
    let line = page.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024)
}
