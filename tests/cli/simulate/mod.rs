//! `simulate`, with minimal functions as processes, because its output does not depend on the product; and with the
//! product in virtual time.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop there"
)]

mod command;
mod deploys;
mod events;
mod virtual_time;

use std::rc::Rc;
use std::time::Duration;

use cfi::simulate::view::{Moment, View};
use cfi::simulate::{Binaries, Options, Script};
use local_aws::account::PARAMETERS;
use tokio::sync::Notify;

/// Records what it sees, and notifies when a function writes a certain line.
#[derive(Default)]
struct Notes {
    woken: Vec<String>,
    calls: Vec<String>,
    logs: Vec<String>,
    awaited: Option<(&'static str, Rc<Notify>)>,
}

impl View for Notes {
    fn show(&mut self, _at: Duration, moment: Moment<'_>) {
        match moment {
            Moment::Delivered(delivered) => self
                .woken
                .push(format!("{} {}", delivered.function, delivered.why)),
            Moment::Call(call) => self.calls.push(call.operation.clone()),
            Moment::Log(line) => self.log(&line.text),
            Moment::Attempt(_) | Moment::Progress(_) => {}
        }
    }
}

impl Notes {
    fn log(&mut self, line: &str) {
        self.logs.push(line.into());
        if let Some((_, found)) = self
            .awaited
            .as_ref()
            .filter(|(awaited, _)| *awaited == line)
        {
            found.notify_one();
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "Lambda's own PATH need not lead to this machine's Python"
)]
fn options(speed: f64, faults: &[&str]) -> Options {
    let python = |name: &str| {
        format!(
            "{}/../../tests/cli/simulate/{name}.py",
            env!("CARGO_MANIFEST_DIR")
        )
        .into()
    };
    let binaries = Binaries {
        start: python("start"),
        checker: python("checker"),
    };
    let script = Script::Action {
        user_parameters: PARAMETERS.into(),
    };
    Options {
        speed,
        faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(),
        patience: Duration::from_secs(60),
        settings: [("PATH".into(), std::env::var("PATH").unwrap())].into(),
        ..Options::new(binaries, script)
    }
}
