//! The transport of an SDK client in this process, without sockets: under paused time a socket would time out at once.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use crate::Aws;

tokio::task_local! {
    /// The run of a function that is being polled.
    static RUN: String;
}

/// Polls `work` as the run of this name.
pub(crate) fn in_run<T>(name: &str, work: impl Future<Output = T>) -> impl Future<Output = T> {
    RUN.scope(name.to_owned(), work)
}

#[derive(Clone, Debug)]
pub(crate) struct InProcess {
    aws: Aws,
    caller: String,
    read_timeout: Option<Duration>,
}

impl InProcess {
    pub(crate) fn new(aws: Aws, caller: &str) -> Self {
        Self {
            aws,
            caller: caller.into(),
            read_timeout: None,
        }
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request
            .try_into_http1x()
            .map_err(|error| ConnectorError::user(error.into()))?;
        let request = request.map(|body| Bytes::copy_from_slice(body.bytes().unwrap_or_default()));
        let run = RUN.try_with(Clone::clone);
        let run = run.unwrap_or_else(|_| self.caller.clone());
        let reply = self.aws.handle_in(&run, &self.caller, request).await;
        // The SDK retries this as an I/O error, like a reset connection.
        let reply = reply.map_err(|dropped| ConnectorError::io(dropped.into()))?;
        HttpResponse::try_from(reply.map(SdkBody::from))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }
}

impl HttpClient for InProcess {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Self {
            read_timeout: settings.read_timeout(),
            ..self.clone()
        })
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let door = self.clone();
        HttpConnectorFuture::new(async move {
            let Some(limit) = door.read_timeout else {
                return door.exchange(request).await;
            };
            let exchange = tokio::time::timeout(limit, door.exchange(request)).await;
            exchange.unwrap_or_else(|elapsed| Err(ConnectorError::timeout(elapsed.into())))
        })
    }
}
