//! What was to be reached, and whether it is.

/// One goal, as a line of the last table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// What is asked.
    pub asked: String,
    /// What came of it.
    pub measured: String,
    /// Whether that is enough.
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
