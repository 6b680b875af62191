//! The Lambda Runtime API: how the process in an execution environment receives events and returns responses.
//!
//! One server for each environment, on a loopback port of its own, so that a process can only respond for itself.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::FunctionError;

const VERSION: &str = "/2018-06-01/runtime";

/// An event for `…/invocation/next`, in the terms of its headers.
pub(super) struct Task {
    pub(super) request_id: String,
    pub(super) function_arn: String,
    pub(super) deadline_ms: u64,
    pub(super) payload: Bytes,
}

/// A message of the process.
pub(super) enum Verdict {
    /// It has handled the event.
    Ended {
        request_id: String,
        result: Result<Bytes, FunctionError>,
    },
    /// It could not be initialised: `…/init/error`.
    InitFailed(FunctionError),
}

/// The server of one environment. It ends when it is dropped.
pub(super) struct RuntimeApi {
    pub(super) address: SocketAddr,
    pub(super) tasks: UnboundedSender<Task>,
    pub(super) verdicts: UnboundedReceiver<Verdict>,
    _server: JoinSet<()>,
}

impl RuntimeApi {
    pub(super) async fn listen() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (tasks, waiting) = unbounded_channel();
        let (sender, verdicts) = unbounded_channel();
        let endpoint = Arc::new(Endpoint {
            waiting: Mutex::new(waiting),
            sender,
        });
        let mut server = JoinSet::new();
        server.spawn(accept(listener, endpoint));
        Ok(Self {
            address,
            tasks,
            verdicts,
            _server: server,
        })
    }
}

/// The endpoint from which the process takes an event and to which it posts its response.
struct Endpoint {
    waiting: Mutex<UnboundedReceiver<Task>>,
    sender: UnboundedSender<Verdict>,
}

async fn accept(listener: TcpListener, endpoint: Arc<Endpoint>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let endpoint = Arc::clone(&endpoint);
        let service = service_fn(move |request| route(Arc::clone(&endpoint), request));
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service);
        // A connection ends with its process, often during a long poll; there is no receiver for the error.
        connections.spawn(async { drop(connection.await) });
    }
}

async fn route(
    endpoint: Arc<Endpoint>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request
        .uri()
        .path()
        .strip_prefix(VERSION)
        .unwrap_or_default()
        .to_owned();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    Ok(match (request.method(), parts.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => endpoint.next().await,
        (&Method::POST, ["invocation", id, "response"]) => {
            endpoint.ended(id, Ok(body(request).await))
        }
        (&Method::POST, ["invocation", id, "error"]) => {
            endpoint.ended(id, Err(error(&body(request).await)))
        }
        (&Method::POST, ["init", "error"]) => {
            endpoint.send(Verdict::InitFailed(error(&body(request).await)))
        }
        _ => empty(StatusCode::NOT_FOUND),
    })
}

impl Endpoint {
    /// The long poll: replies when there is an event.
    async fn next(&self) -> Response<Full<Bytes>> {
        let Some(task) = self.waiting.lock().await.recv().await else {
            return empty(StatusCode::INTERNAL_SERVER_ERROR);
        };
        Response::builder()
            .header("Lambda-Runtime-Aws-Request-Id", &task.request_id)
            .header("Lambda-Runtime-Deadline-Ms", task.deadline_ms)
            .header("Lambda-Runtime-Invoked-Function-Arn", &task.function_arn)
            .header("Lambda-Runtime-Trace-Id", trace_id(&task.request_id))
            .header("Content-Type", "application/json")
            .body(Full::new(task.payload))
            .unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR))
    }

    fn ended(
        &self,
        request_id: &str,
        result: Result<Bytes, FunctionError>,
    ) -> Response<Full<Bytes>> {
        self.send(Verdict::Ended {
            request_id: request_id.to_owned(),
            result,
        })
    }

    fn send(&self, verdict: Verdict) -> Response<Full<Bytes>> {
        // If the environment is gone already, the process will be killed shortly.
        let _ = self.sender.send(verdict);
        empty(StatusCode::ACCEPTED)
    }
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

async fn body(request: Request<Incoming>) -> Bytes {
    request
        .into_body()
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default()
}

fn error(body: &[u8]) -> FunctionError {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Reported {
        error_type: String,
        error_message: String,
    }
    match serde_json::from_slice::<Reported>(body) {
        Ok(reported) => FunctionError::new(reported.error_type, reported.error_message),
        Err(_) => FunctionError::new("Runtime.Unknown", String::from_utf8_lossy(body)),
    }
}

/// X-Ray's format, sampled; derived from the request id, so that a run can be repeated.
fn trace_id(request_id: &str) -> String {
    let hex: String = request_id.chars().filter(char::is_ascii_hexdigit).collect();
    let (root, parent) = (
        hex.get(..24).unwrap_or_default(),
        hex.get(..16).unwrap_or_default(),
    );
    format!("Root=1-00000000-{root};Parent={parent};Sampled=1")
}
