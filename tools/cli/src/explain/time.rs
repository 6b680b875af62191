//! Times in readable form.

use std::time::Duration;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// "12.3 s", or "4 min 05 s" once a tenth of a second no longer matters.
pub(crate) fn span(time: Duration) -> String {
    match time.as_secs() {
        0..120 => format!("{:.1} s", time.as_secs_f64()),
        seconds => match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
            (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
            (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
        },
    }
}

/// This many milliseconds as a span.
pub(crate) fn span_ms(ms: u64) -> String {
    span(Duration::from_millis(ms))
}

/// The time of the day, UTC: "21:24:09.228".
pub(crate) fn time_of_day(ms: u64) -> String {
    let of_day = ms % DAY_MS;
    let (hours, minutes) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (seconds, millis) = (of_day / 1_000 % 60, of_day % 1_000);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{millis:03}")
}

/// The day, UTC: "2026-11-22".
pub(crate) fn day(ms: u64) -> String {
    let moment = DateTime::from_millis(i64::try_from(ms).unwrap_or_default());
    let text = moment.fmt(Format::DateTime).unwrap_or_default();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// A moment to the second, UTC: "2026-11-22 21:24:09 UTC".
pub(crate) fn moment(ms: u64) -> String {
    let time = time_of_day(ms);
    let to_the_second = time.split('.').next().unwrap_or_default();
    format!("{} {to_the_second} UTC", day(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_in_utc() {
        let ms = 1_767_225_600_000 + 3_723_045;
        assert_eq!(time_of_day(ms), "01:02:03.045");
        assert_eq!(moment(ms), "2026-01-01 01:02:03 UTC");
        assert_eq!(day(u64::MAX), "1970-01-01", "no clock shows this");
    }

    #[test]
    fn a_duration_is_shown_as_exactly_as_needed() {
        let spans = [12_340, 245_000, 3_725_000].map(span_ms);
        assert_eq!(spans, ["12.3 s", "4 min 05 s", "1 h 02 min"]);
    }
}
