//! A server in a process of its own, with all the processes that it starts.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that listens. Dropping it kills it, and whatever it has started.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
}

impl Server {
    /// Starts one, and waits until it listens on `port`.
    ///
    /// # Errors
    /// When it does not start, or does not listen in time.
    pub(super) async fn start(command: &mut Command, port: u16) -> io::Result<Self> {
        // What it starts is of its group, and would outlive it otherwise.
        let process = command.process_group(0).kill_on_drop(true).spawn()?;
        let server = Self { process };
        let listens = async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, listens).await?;
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
            // If there is nobody left to kill, all the better.
            let _ = std::process::Command::new("kill")
                .args(["-KILL", "--", &format!("-{id}")])
                .status();
        }
    }
}

/// A port on which nobody listens now.
pub(super) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
