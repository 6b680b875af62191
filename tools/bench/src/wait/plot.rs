//! A plot of the waits: the share of the deployments that finished after a number of seconds, for each design.

use std::fmt::Write as _;

use super::Outcome;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 824.0;
const TOP: f64 = 70.0;
const BOTTOM: f64 = 400.0;
/// The seconds at both ends of the scale, which is logarithmic, so that both common and slow cases are visible.
const SECONDS: (f64, f64) = (2.0, 1_000.0);
const SCHEDULED_RUNS: [f64; 9] = [2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0];
/// The position of the line names.
const LEGEND: (f64, f64) = (590.0, 300.0);

/// Light by default, dark if the user prefers it; without variables, which not every SVG viewer supports.
const STYLE: &str = "\
.wait{max-width:100%;height:auto;font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif}\
.wait .ground{fill:#fff}.wait text{fill:#1c2430}.wait .heading{font-size:18px;font-weight:650}\
.wait .tick{fill:#667085;font-size:12px}.wait .grid{stroke:#d5dae1;stroke-width:1}\
.wait .curve{fill:none;stroke-width:2.4;stroke-linejoin:round}.wait .floor{stroke:#3056d3;stroke-width:1.6;stroke-dasharray:3 4}\
.wait .a{stroke:#667085}.wait .curve.a{stroke-width:6;stroke-opacity:.5}.wait .b{stroke:#c2570c}.wait .c{stroke:#7a3fc4}\
.wait .d{stroke:#157f3c}\
@media (prefers-color-scheme:dark){.wait .ground{fill:#10151d}.wait text{fill:#e6eaf0}.wait .tick{fill:#98a2b3}\
.wait .grid{stroke:#313a47}.wait .floor{stroke:#84a4ff}.wait .a{stroke:#98a2b3}.wait .b{stroke:#f79a5c}.wait .c{stroke:#bb93f5}\
.wait .d{stroke:#4ac27a}}";
const CLASSES: [&str; 4] = ["a", "b", "c", "d"];

impl Outcome {
    /// The plot of the four designs, in SVG, for light and dark mode.
    #[must_use]
    pub fn plot(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"wait\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
             height=\"{HEIGHT}\" role=\"img\" aria-labelledby=\"wait-title\">\n\
             <title id=\"wait-title\">Share of {} deploys that are finished, by seconds since the action began</title>\n\
             <style>{STYLE}</style>\n\
             <rect class=\"ground\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"10\"/>\n\
             <text class=\"heading\" x=\"{LEFT}\" y=\"40\">Share of deploys that are finished, by seconds since the action began</text>\n",
            self.deploys
        );
        grid(&mut out);
        let slowest = (
            "CloudFront itself",
            "floor",
            self.designs.first().map(|(_, tally)| &tally.completions_ms),
        );
        let designs = self.designs.iter().zip(CLASSES);
        let designs = designs
            .map(|((design, tally), class)| (design.name.as_str(), class, Some(&tally.waits_ms)));
        for (number, (name, class, times_ms)) in [slowest].into_iter().chain(designs).enumerate() {
            curve(
                &mut out,
                class,
                times_ms.map(Vec::as_slice).unwrap_or_default(),
            );
            named(&mut out, number, name, class);
        }
        out.push_str("</svg>\n");
        out
    }
}

fn grid(out: &mut String) {
    for percent in (0..=100).step_by(20) {
        let y = y(f64::from(percent) / 100.0);
        let _ = writeln!(
            out,
            "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>\
             <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{percent} %</text>",
            LEFT - 8.0,
            y + 4.0
        );
    }
    for seconds in SCHEDULED_RUNS {
        let x = x(seconds);
        let _ = writeln!(
            out,
            "<path class=\"grid\" d=\"M{x:.1} {TOP}V{BOTTOM}\"/>\
             <text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{seconds} s</text>",
            BOTTOM + 20.0
        );
    }
}

/// The share of the sorted times that is complete at each step of the plot's width; a step without a change needs no
/// point.
fn curve(out: &mut String, class: &str, times_ms: &[u64]) {
    let mut path = format!("M{LEFT} {BOTTOM}");
    let mut last = 0;
    for step in LEFT as u32..=RIGHT as u32 {
        let ms = (seconds(f64::from(step)) * 1_000.0) as u64;
        let over = times_ms.partition_point(|time| *time <= ms);
        if over != last {
            let share = over as f64 / times_ms.len() as f64;
            let _ = write!(path, "H{step}V{:.1}", y(share));
            last = over;
        }
    }
    let _ = writeln!(out, "<path class=\"curve {class}\" d=\"{path}H{RIGHT}\"/>");
}

fn named(out: &mut String, number: usize, name: &str, class: &str) {
    let (x, y) = (LEGEND.0, LEGEND.1 + 18.0 * number as f64);
    let _ = writeln!(
        out,
        "<path class=\"curve {class}\" d=\"M{x} {:.1}h26\"/><text x=\"{:.1}\" y=\"{y}\">{name}</text>",
        y - 4.0,
        x + 34.0
    );
}

fn x(seconds: f64) -> f64 {
    LEFT + (RIGHT - LEFT) * (seconds / SECONDS.0).ln() / (SECONDS.1 / SECONDS.0).ln()
}

fn seconds(x: f64) -> f64 {
    SECONDS.0 * (SECONDS.1 / SECONDS.0).powf((x - LEFT) / (RIGHT - LEFT))
}

fn y(share: f64) -> f64 {
    BOTTOM - (BOTTOM - TOP) * share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_goes_both_ways() {
        assert!((x(2.0) - LEFT).abs() < 1e-9 && (x(1_000.0) - RIGHT).abs() < 1e-9);
        assert!((seconds(x(30.0)) - 30.0).abs() < 1e-9);
    }

    #[test]
    fn a_curve_rises_where_the_times_are() {
        let mut out = String::new();
        curve(&mut out, "a", &[10_000, 10_000, 100_000, 2_000_000]);
        assert_eq!(
            out,
            "<path class=\"curve a\" d=\"M64 400H261V235.0H543V152.5H824\"/>\n"
        );
    }
}
