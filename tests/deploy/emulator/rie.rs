//! A function in AWS's Runtime Interface Emulator: the runtime of Lambda, with one execution environment.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::process::Command;

use super::Tools;
use super::server::{Server, free_port};
use local_aws::lambda::Program;

const INVOKE: &str = "/2015-03-31/functions/function/invocations";

/// A running emulator with one function. Dropping it kills both.
#[derive(Debug)]
pub(crate) struct Rie {
    server: Server,
    port: u16,
}

impl Rie {
    /// Starts the emulator; it starts the function with the first event.
    ///
    /// # Errors
    ///
    /// Fails if it does not start.
    pub(crate) async fn start(
        tools: &Tools,
        program: &Program,
        timeout: Duration,
    ) -> io::Result<Self> {
        let (port, runtime_port) = (free_port()?, free_port()?);
        // By default it listens on every address.
        let at = |port: u16| format!("127.0.0.1:{port}");
        let mut command = Command::new(tools.rie());
        command
            .args(["--runtime-interface-emulator-address", &at(port)])
            .args(["--runtime-api-address", &at(runtime_port)])
            .arg(&program.path)
            .env_clear()
            .envs([
                ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLEFUNCTION0"),
                ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
                ("AWS_REGION", &program.region),
                ("AWS_LAMBDA_FUNCTION_NAME", &program.name),
                (
                    "AWS_LAMBDA_FUNCTION_TIMEOUT",
                    &timeout.as_secs().to_string(),
                ),
                (
                    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                    &program.memory_mb.to_string(),
                ),
            ])
            .envs(&program.settings)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let server = Server::start(&mut command, port).await?;
        Ok(Self { server, port })
    }

    /// Sends the function an event, and returns the emulator's reply. The status is 200 even for an error of the
    /// function; only the body shows it.
    ///
    /// # Errors
    ///
    /// Fails if the emulator closes the connection.
    pub(crate) async fn invoke(&self, event: &str) -> io::Result<(StatusCode, String)> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        let connection = tokio::spawn(connection);
        let request = Request::post(INVOKE)
            .header(http::header::HOST, "localhost")
            .body(Full::new(Bytes::from(event.to_owned())))
            .map_err(io::Error::other)?;
        let response = sender
            .send_request(request)
            .await
            .map_err(io::Error::other)?;
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(io::Error::other)?;
        connection.abort();
        Ok((
            status,
            String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        ))
    }

    /// Sends the function a signal, such as `KILL` for a crash or `STOP` for a hang.
    ///
    /// # Panics
    ///
    /// Panics if the function was not started yet.
    pub(crate) async fn signal_function(&self, signal: &str) {
        let parent = self.server.id().expect("the emulator runs").to_string();
        let sent = Command::new("pkill")
            .args(["--signal", signal, "--parent", &parent])
            .status();
        let sent = sent.await.expect("pkill is installed");
        assert!(sent.success(), "no function ran");
    }
}
