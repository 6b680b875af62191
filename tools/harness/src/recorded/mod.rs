//! A transport with scripted replies: the real SDK and the adapters send requests, and each request receives a reply
//! that was defined before.
//!
//! The local AWS sends correct replies. This module sends replies that AWS should not send: half a body, a proxy's page,
//! the reply to another request.

mod reply;
mod sent;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sns::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use invalidation_aws::{AwsPublisher, CloudFront, CodePipeline, DynamoDb, EventBridge, S3, Sns};
use invalidation_core::input::identifiers::EventBusName;

pub use reply::{CANARY, CLOUDFRONT, Reply, SNS, json_error, s3_error, unreadable, xml_error};
pub use sent::Sent;

/// A transport on which every request gets the next reply; the last reply is repeated.
#[derive(Clone, Debug)]
pub struct Wire {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Wire {
    /// A transport with these replies, at least one.
    pub fn replying(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self {
            replies: Arc::new(Mutex::new(replies.into_iter().collect())),
            sent: Arc::default(),
        }
    }

    /// Discards the recorded requests, and sends this reply from now on.
    pub fn reply_with(&self, reply: Reply) {
        lock(&self.sent).clear();
        *lock(&self.replies) = VecDeque::from([reply]);
    }

    /// Every request so far.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        lock(&self.sent).clone()
    }

    /// The only request so far.
    ///
    /// # Panics
    /// When there were none, or more.
    #[must_use]
    pub fn only(&self) -> Sent {
        let [sent] = &self.sent()[..] else {
            panic!("one request, not {:?}", self.sent())
        };
        sent.clone()
    }

    /// An SDK over this transport that tries each call once, so that every reply reaches the adapter.
    #[must_use]
    pub fn sdk(&self) -> SdkConfig {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "a recorded wire");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .http_client(self.clone())
            .retry_config(RetryConfig::disabled())
            .build()
    }

    /// CloudFront over this transport.
    #[must_use]
    pub fn cloudfront(&self) -> CloudFront {
        CloudFront::new(aws_sdk_cloudfront::Client::new(&self.sdk()))
    }

    /// CodePipeline over this transport.
    #[must_use]
    pub fn codepipeline(&self) -> CodePipeline {
        CodePipeline::new(aws_sdk_codepipeline::Client::new(&self.sdk()))
    }

    /// The table `invalidations` over this transport.
    #[must_use]
    pub fn dynamodb(&self) -> DynamoDb {
        DynamoDb::new(aws_sdk_dynamodb::Client::new(&self.sdk()), "invalidations")
    }

    /// S3 over this transport.
    #[must_use]
    pub fn s3(&self) -> S3 {
        S3::new(self.sdk())
    }

    /// SNS, and the bus `deploys`, over this transport.
    ///
    /// # Panics
    /// Never: the bus has a name.
    #[must_use]
    pub fn publisher(&self) -> AwsPublisher {
        let bus = EventBusName::parse("deploys").expect("a name");
        let eventbridge = aws_sdk_eventbridge::Client::new(&self.sdk());
        AwsPublisher {
            sns: Sns::new(aws_sdk_sns::Client::new(&self.sdk())),
            bus: Some(EventBridge::new(eventbridge, bus)),
        }
    }

    fn next_reply(&self) -> Reply {
        let mut replies = lock(&self.replies);
        let is_last = replies.len() == 1;
        let reply = if is_last {
            replies.front().cloned()
        } else {
            replies.pop_front()
        };
        reply.expect("a wire has at least one reply")
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().expect("no thread panics with the lock")
}

fn response(status: u16, body: Bytes) -> Result<HttpResponse, ConnectorError> {
    let response = http::Response::builder()
        .status(status)
        .body(SdkBody::from(body))
        .map_err(|error| ConnectorError::user(error.into()))?;
    HttpResponse::try_from(response).map_err(|error| ConnectorError::user(error.into()))
}

/// A part of an object, with the headers that S3 sends.
fn part(range: Option<&str>, length: u64, body: Bytes) -> Result<HttpResponse, ConnectorError> {
    let mut response = response(206, body)?;
    let headers = response.headers_mut();
    headers.insert("content-length", length.to_string());
    headers.insert("etag", "\"1\"");
    if let Some(range) = range {
        headers.insert("content-range", range.to_owned());
    }
    Ok(response)
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        lock(&self.sent).push(Sent::of(&request));
        let reply = self.next_reply();
        HttpConnectorFuture::new(async move {
            match reply {
                Reply::Http { status, body } => response(status, body),
                Reply::Part {
                    range,
                    length,
                    body,
                } => part(range, length, body),
                Reply::Slow {
                    after,
                    status,
                    body,
                } => {
                    tokio::time::sleep(after).await;
                    response(status, body)
                }
                Reply::Lost => Err(ConnectorError::io("the connection was reset".into())),
                Reply::Silence => std::future::pending().await,
            }
        })
    }
}
