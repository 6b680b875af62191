//! The goals, and whether they are met.

/// One goal, as a line of the last table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// The goal.
    pub asked: String,
    /// The result.
    pub measured: String,
    /// Whether the goal is met.
    pub is_met: bool,
}

/// The goals, a line each, in Markdown.
#[must_use]
pub fn table(goals: &[Goal]) -> String {
    let lines = goals.iter().map(|goal| {
        let met = if goal.is_met { "met" } else { "missed" };
        format!("| {} | {} | {met} |\n", goal.asked, goal.measured)
    });
    "| goal | measured | |\n| --- | --- | --- |\n".to_owned() + &lines.collect::<String>()
}
