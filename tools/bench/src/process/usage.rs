//! The resources that a process has used, from the kernel.

use std::io;
use std::time::Duration;

use tokio::time::sleep;

/// How long a process may take to become idle after its response, a hundred times.
const MOMENT: Duration = Duration::from_millis(2);

/// The processor time of a process, read when it sleeps, because the kernel has then counted all of it. In nanoseconds,
/// not in the hundredths of a second of `/proc/PID/stat`, which are coarser than a whole job.
pub(super) async fn cpu_at_rest(pid: u32) -> io::Result<Duration> {
    let mut before = None;
    for _ in 0..100 {
        sleep(MOMENT).await;
        let now = cpu(pid)?;
        if before == Some(now) && is_asleep(pid)? {
            return Ok(now);
        }
        before = Some(now);
    }
    Err(io::Error::other(
        "the process does not come to rest between two events",
    ))
}

/// The sum over all threads. A thread that has ended is not counted; no thread of the functions ends before its
/// process.
fn cpu(pid: u32) -> io::Result<Duration> {
    let mut sum = Duration::ZERO;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        sum += time_on_processor(&text).ok_or_else(|| unreadable("schedstat"))?;
    }
    Ok(sum)
}

fn is_asleep(pid: u32) -> io::Result<bool> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    Ok(state(&stat) == Some("S"))
}

pub(super) fn unreadable(what: &str) -> io::Error {
    io::Error::other(format!(
        "the kernel does not report {what} in the format of Linux"
    ))
}

/// "time spent on the cpu (in nanoseconds)", then the time spent waiting, then how often.
fn time_on_processor(schedstat: &str) -> Option<Duration> {
    let nanoseconds = schedstat.split_whitespace().next()?;
    nanoseconds.parse().ok().map(Duration::from_nanos)
}

/// The third field; the second is the program's name in parentheses, which may contain any character.
fn state(stat: &str) -> Option<&str> {
    stat.rsplit_once(") ")?.1.split(' ').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_kernel_are_read() {
        assert_eq!(
            time_on_processor("867753 56124 3\n"),
            Some(Duration::from_nanos(867_753))
        );
        assert_eq!(time_on_processor(""), None);
        assert_eq!(state("12 (a) R) name) S 1 12"), Some("S"));
        assert_eq!(state(""), None);
    }
}
