//! Headless Chromium with its own profile and without network access.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use invalidation_runtime::settings::environment;
use serde_json::Value;

/// The path of Chromium when `CHROMIUM` is not set.
const PLACES: [&str; 4] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
/// No sandbox, because a container's root has none; few background services; and a proxy that does not exist, so that
/// no request leaves this machine.
const FLAGS: [&str; 13] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--window-size=1280,1700",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
];
/// How Chromium's own log marks the beginning of a request, and the initiators that are no page.
const REQUEST: &str = "URL_REQUEST_START_JOB";
const NO_PAGE: &str = "not an origin";

/// The result of loading a page.
pub(crate) struct Seen {
    /// The document as the browser has it.
    pub(crate) dom: String,
    /// The console messages of the page, including errors and blocked requests.
    pub(crate) said: Vec<String>,
    /// The address of each request that the page made.
    pub(crate) asked: Vec<String>,
}

/// Loads a page and records its activity.
pub(crate) fn open(page: &Path) -> Seen {
    let log = page.with_extension("requests.json");
    let mut flag = OsString::from("--log-net-log=");
    flag.push(&log);
    let output = run(page, [flag, "--dump-dom".into()]);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&output.stderr);
    let said = said.lines().filter(|line| line.contains("CONSOLE"));
    let log: Value = serde_json::from_str(&std::fs::read_to_string(log).unwrap()).unwrap();
    Seen {
        dom: text(&output.stdout),
        said: said.map(str::to_owned).collect(),
        asked: asked(&log),
    }
}

/// The requests of the page; Chromium also makes requests of its own.
fn asked(log: &Value) -> Vec<String> {
    let request = &log["constants"]["logEventTypes"][REQUEST];
    assert!(request.is_u64(), "Chromium has no {REQUEST} any more");
    let events = log["events"].as_array().unwrap().iter();
    let requests = events.filter(|event| event["type"] == *request);
    let by_the_page = requests
        .map(|event| &event["params"])
        .filter(|params| params["url"].is_string() && params["initiator"] != NO_PAGE);
    by_the_page
        .map(|params| params["url"].to_string())
        .collect()
}

/// Takes a screenshot of a page.
pub(crate) fn screenshot(page: &Path, picture: &Path) {
    let mut flag = OsString::from("--screenshot=");
    flag.push(picture);
    run(page, [flag]);
}

fn run(page: &Path, actions: impl IntoIterator<Item = OsString>) -> Output {
    let profile = page.with_extension("profile");
    // Files of an earlier run must not be shown; on the first run there are none.
    let _ = std::fs::remove_dir_all(&profile);
    let mut data = OsString::from("--user-data-dir=");
    data.push(&profile);
    let output = Command::new(program())
        .args(FLAGS)
        .arg(data)
        .args(actions)
        .arg(page)
        .output()
        .expect("Chromium can be started");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn program() -> PathBuf {
    let given = environment("CHROMIUM").map(PathBuf::from);
    let found = given.or_else(|| {
        PLACES
            .map(PathBuf::from)
            .into_iter()
            .find(|place| place.is_file())
    });
    found.expect(
        "there is no Chromium: `apt-get install chromium`, or set CHROMIUM to the path of one",
    )
}
