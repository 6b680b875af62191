//! The commands as users and scripts call them, and the page that documents them.

use std::iter;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use local_aws::Settings;
use local_aws::account::{self, TABLE};
use serde_json::{Map, Value, json};
use tokio::process::Command;

const CFI: &str = env!("CARGO_BIN_EXE_cfi");
const PAGE: &str = "docs/command-line.md";
/// The commands that simulate nothing.
const SUBCOMMANDS: [&str; 6] = ["plan", "lint", "explain", "verify", "completions", "man"];
const EXECUTION: &str = "7a3c8513-dba0-4948-aa18-c9557ce3ade7";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A shell command in which `cargo run` stands for the binary `cfi`, run at the root of the project.
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    let command = command
        .replace("cargo run -- ", "cargo run ")
        .replace("cargo run", "\"$CFI\"")
        .replace("target/debug/cfi", "\"$CFI\"");
    shell
        .args(["-c", &command])
        .env("CFI", CFI)
        .current_dir(root());
    shell.stdin(Stdio::null());
    shell
}

async fn run(command: &str) -> Output {
    shell(command).output().await.unwrap()
}

fn text_of(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    text(&output.stdout) + &text(&output.stderr)
}

fn logs() -> String {
    let sample = |name: &str| format!("tests/cli/explain/samples/{name}.log");
    format!("{} {}", sample("start"), sample("checker"))
}

/// Each command in a console block, with the output below it. A block that requires an account has none.
fn examples(page: &str) -> Vec<(String, String)> {
    let blocks = page.split("```console\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split("```").next());
    let blocks = blocks.filter(|block| !block.starts_with("# Requires an AWS account."));
    let commands = blocks.flat_map(|block| block.split("$ ").skip(1).collect::<Vec<_>>());
    let pairs = commands.filter_map(|command| command.split_once('\n'));
    pairs
        .map(|(command, output)| (command.to_owned(), output.trim_end().to_owned()))
        .collect()
}

/// Whether `observed` matches the page; a line `…` stands for any lines.
fn is_as_shown(observed: &str, shown: &str) -> bool {
    let mut rest = observed.trim_matches('\n');
    for (number, part) in shown.split("\n…").enumerate() {
        let part = part.trim_matches('\n');
        let Some(at) = rest.find(part) else {
            return false;
        };
        if number == 0 && at > 0 {
            return false;
        }
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || shown.ends_with('…')
}

/// Each example whose output the page shows prints exactly that.
#[tokio::test]
async fn the_documented_examples_are_true() {
    let page = std::fs::read_to_string(root().join(PAGE)).unwrap();
    let shown = examples(&page);
    let shown: Vec<_> = shown
        .iter()
        .filter(|(_, output)| !output.is_empty())
        .collect();
    assert!(shown.len() >= 6, "{shown:?}");
    for (command, output) in shown {
        let observed = text_of(&run(command).await);
        assert!(
            is_as_shown(&observed, output),
            "{command} prints\n{observed}\nand the page shows\n{output}"
        );
    }
    assert!(is_as_shown("a\nb\nc\n", "a\n…\nc") && !is_as_shown("a\nb\nc\n", "a\nc"));
    assert!(!is_as_shown("x\na\n", "a") && !is_as_shown("a\nb", "a"));
}

/// A folder with the files that the commands of the page read.
fn folder_of_a_reader() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command-line");
    std::fs::create_dir_all(&folder).unwrap();
    for (copy, sample) in [
        ("start.json", "tests/cli/explain/samples/start.log"),
        ("checker.json", "tests/cli/explain/samples/checker.log"),
        (
            "events/start-bad-parameters.json",
            "events/start-bad-parameters.json",
        ),
    ] {
        let copy = folder.join(copy);
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::copy(root().join(sample), copy).unwrap();
    }
    let items: Value = serde_json::from_str(include_str!("../../adapters/records.json")).unwrap();
    let record = json!({ "Item": items["pending"] }).to_string();
    std::fs::write(folder.join("record.json"), record).unwrap();
    folder
}

/// The command; a simulation a thousand times as fast as real time.
fn without_waits(command: &str) -> String {
    let is_subcommand = |name: &&str| command.contains(&format!(" {name}"));
    match SUBCOMMANDS.iter().any(is_subcommand) {
        true => command.to_owned(),
        false => format!("{command} --speed 1000"),
    }
}

/// Each command without output on the page accepts its arguments and files, also if the simulated action fails.
#[tokio::test]
async fn the_documented_commands_run() {
    let page = std::fs::read_to_string(root().join(PAGE)).unwrap();
    let commands = examples(&page).into_iter();
    let commands: Vec<String> = commands
        .filter_map(|(command, output)| output.is_empty().then_some(command))
        .collect();
    assert!(commands.len() >= 9, "{commands:?}");
    let folder = folder_of_a_reader();
    let runs = commands.iter().map(async |command| {
        let mut shell = shell(&without_waits(command));
        let output = shell.current_dir(&folder).output().await.unwrap();
        let ran = matches!(output.status.code(), Some(0 | 1));
        assert!(ran, "{command}: {}", text_of(&output));
    });
    futures_util::future::join_all(runs).await;
}

/// Every command is on the page, and every `--help` has an example and the exit codes.
#[tokio::test]
async fn each_command_is_documented() {
    let page = std::fs::read_to_string(root().join(PAGE)).unwrap();
    for command in iter::once("").chain(SUBCOMMANDS) {
        let help = text_of(&run(&format!("cargo run -- {command} --help")).await);
        assert!(
            help.contains("Example") && help.contains("Exit code:\n  0  "),
            "{command}: {help}"
        );
        assert!(
            page.contains(&format!(
                "\n## `{}`",
                format!("cargo run -- {command}").trim_end_matches([' ', '-'])
            )),
            "{command}"
        );
    }
}

#[tokio::test]
async fn an_exit_code_reports_the_result() {
    let good = r#"'{"DistributionId":"E2EXAMPLE1ABCD"}'"#;
    for (command, code) in [
        (format!("cargo run -- lint {good}"), 0),
        (format!("printf '%s\\n' {good} | cargo run -- lint -"), 0),
        ("cargo run -- lint '{}'".to_owned(), 1),
        ("cargo run -- lint no-such-file".to_owned(), 2),
        (format!("cargo run -- plan {good}"), 0),
        ("cargo run -- plan '{}'".to_owned(), 1),
        ("cargo run -- plan no-such-file".to_owned(), 2),
        (format!("cargo run -- explain {}", logs()), 0),
        (
            format!("cargo run -- explain {} --execution 00000000", logs()),
            2,
        ),
        ("cargo run -- explain Cargo.toml".to_owned(), 2),
        ("cargo run -- explain no-such-file".to_owned(), 2),
        ("cargo run -- explain".to_owned(), 2),
        ("cargo run -- explain --record Cargo.toml".to_owned(), 2),
        (format!("cargo run -- explain --table {TABLE} nonsense"), 2),
        ("cargo run -- completions tcsh".to_owned(), 2),
        (format!("cargo run -- verify {}", logs()), 0),
    ] {
        let output = run(&command).await;
        assert_eq!(
            output.status.code(),
            Some(code),
            "{command}: {}",
            text_of(&output)
        );
    }
}

/// Colours are for terminals; `--color` disables them there, and enables them in a pipe.
#[tokio::test]
async fn colours_are_only_on_a_terminal() {
    let command = format!("cargo run -- explain {}", logs());
    let has_colours = |output: &Output| text_of(output).contains('\u{1b}');
    assert!(!has_colours(&run(&command).await));
    let forced = shell(&command)
        .env("CLICOLOR_FORCE", "1")
        .output()
        .await
        .unwrap();
    assert!(has_colours(&forced), "the check recognizes colours");
    let mut rejected = shell(&command);
    rejected.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    let rejected = rejected.output().await.unwrap();
    assert!(!has_colours(&rejected), "{}", text_of(&rejected));
}

#[tokio::test]
async fn completions_and_man_page_have_each_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = text_of(&run(&format!("cargo run -- completions {shell}")).await);
        for word in ["explain", "lint", "plan", "verify", "html"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let page = text_of(&run("cargo run -- man").await);
    for word in [
        ".TH cfi 1",
        "COMMAND EXPLAIN",
        "COMMAND LINT",
        "Exit code:",
        "start\\-dead",
    ] {
        assert!(page.contains(word), "{word}: {page}");
    }
    let syntax = run("cargo run -- completions bash | bash -n").await;
    assert!(syntax.status.success(), "{}", text_of(&syntax));
}

/// The record of an execution in a local AWS, read by the SDK as in an account.
#[tokio::test]
async fn a_record_is_read_from_a_table() {
    let aws = account::open(Settings::default());
    let items: Value = serde_json::from_str(include_str!("../../adapters/records.json")).unwrap();
    let item: Map<String, Value> = items["pending"].as_object().unwrap().clone();
    let id = item["id"]["S"].as_str().unwrap().to_owned();
    aws.dynamodb().put_raw(TABLE, item.clone());
    let endpoint = format!("http://{}", aws.listen("explain").await.unwrap());
    let explain_item = async |id: &str| {
        let mut command = shell(&format!("cargo run -- explain --table {TABLE} {id}"));
        let command = command
            .env("AWS_ENDPOINT_URL", &endpoint)
            .env("AWS_REGION", account::REGION);
        let command = command
            .env("AWS_ACCESS_KEY_ID", "AKIDTEST")
            .env("AWS_SECRET_ACCESS_KEY", "secret");
        command
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .await
            .unwrap()
    };
    let output = explain_item(&id).await;
    assert!(output.status.success(), "{}", text_of(&output));
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("record.json");
    std::fs::write(&file, json!({ "Item": item }).to_string()).unwrap();
    let from_file = run(&format!("cargo run -- explain --record {}", file.display())).await;
    assert_eq!(
        text_of(&output),
        text_of(&from_file),
        "the table and the output of aws give the same"
    );
    assert!(text_of(&output).contains("The notification, with the next attempt from"));

    let missing = explain_item(EXECUTION).await;
    assert_eq!(missing.status.code(), Some(2));
    assert!(
        text_of(&missing).contains("the table holds no execution"),
        "{}",
        text_of(&missing)
    );
}

/// A page is written beside the text, and only for one execution.
#[tokio::test]
async fn a_page_is_written() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("timeline.html");
    let output = run(&format!(
        "cargo run -- explain {} --execution 7a3c --html {}",
        logs(),
        file.display()
    ))
    .await;
    assert!(output.status.success(), "{}", text_of(&output));
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(
        page.starts_with("<!DOCTYPE html>") && page.contains(EXECUTION),
        "{page}"
    );
}
