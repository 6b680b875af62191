//! One emulator, in a separate process.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use serde_json::json;
use tokio::process::Command;

use super::server::{Server, free_port};
use super::{Client, Tools};
use cfi::simulate::variable;

/// A running emulator. Dropping it kills it and its functions.
#[derive(Debug)]
pub(crate) struct Ministack {
    /// Its services.
    pub(crate) client: Client,
    folder: PathBuf,
    _server: Server,
}

impl Ministack {
    /// Starts an emulator under `target`, in a folder of this `name`. Its functions use the endpoints in `elsewhere`
    /// for the services named there, by the end of a variable's name such as `CODEPIPELINE`, and the emulator for
    /// every other service.
    ///
    /// # Errors
    ///
    /// Fails if it does not start.
    pub(crate) async fn start(
        tools: &Tools,
        name: &str,
        elsewhere: &[(&str, String)],
    ) -> io::Result<Self> {
        let folder = std::path::absolute(tools.folder().join("runs").join(name))?;
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let port = free_port()?;
        let endpoint = format!("http://127.0.0.1:{port}");
        let log = File::create(folder.join("ministack.log"))?;
        let mut command = Command::new(tools.ministack());
        // Functions inherit the emulator's environment, which must not contain that of the test.
        command.env_clear().current_dir(&folder);
        command.envs(variable("PATH").map(|path| ("PATH", path)));
        command.envs([("HOME", &folder), ("TMPDIR", &folder)]);
        command.envs([
            ("GATEWAY_PORT", port.to_string().as_str()),
            ("BIND_HOST", "127.0.0.1"),
            ("MINISTACK_HOST", "127.0.0.1"),
            ("AWS_ENDPOINT_URL", &endpoint),
        ]);
        for (service, endpoint) in elsewhere {
            command.env(format!("AWS_ENDPOINT_URL_{service}"), endpoint);
        }
        command.stdout(log.try_clone()?).stderr(log);
        Ok(Self {
            _server: Server::start(&mut command, port).await?,
            client: Client::new(tools, &endpoint)?,
            folder,
        })
    }

    /// All messages of the functions in a log group, in order.
    ///
    /// # Panics
    ///
    /// Panics if the group does not exist.
    pub(crate) async fn log(&self, group: &str) -> String {
        let events = self
            .client
            .call(
                "logs",
                "filter_log_events",
                json!({ "logGroupName": group }),
            )
            .await
            .unwrap_or_else(|rejected| panic!("{group}: {rejected}"));
        let events = events["events"].as_array().cloned().unwrap_or_default();
        let messages = events.iter().filter_map(|event| event["message"].as_str());
        messages
            .map(|message| format!("{}\n", message.trim_end()))
            .collect()
    }

    /// The folder of its files, including its own log.
    #[must_use]
    pub(crate) const fn folder(&self) -> &PathBuf {
        &self.folder
    }
}
