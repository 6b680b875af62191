//! A server in a separate process, with its child processes.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// The longest time until it listens.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A listening server. Dropping it kills it and its child processes.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
}

impl Server {
    /// Starts a server, and waits until it listens on `port`.
    ///
    /// # Errors
    ///
    /// Fails if it does not start, or does not listen in time.
    pub(super) async fn start(command: &mut Command, port: u16) -> io::Result<Self> {
        // Its child processes are in its process group, and would otherwise outlive it.
        let process = command.process_group(0).kill_on_drop(true).spawn()?;
        let server = Self { process };
        let listens = async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(START_TIMEOUT, listens).await?;
        Ok(server)
    }

    /// Its process id; none once it has ended and was waited for.
    pub(super) fn id(&self) -> Option<u32> {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(id) = self.id() {
            // The group may have ended already.
            let _ = std::process::Command::new("kill")
                .args(["-KILL", "--", &format!("-{id}")])
                .status();
        }
    }
}

/// A free port.
pub(super) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
