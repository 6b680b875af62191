//! An HTTP client that keeps each request and gives it a recorded reply.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

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
use shared::aws::{CloudFront, CodePipeline, DynamoDb, Sns};

use crate::reply::Reply;
use crate::sent::Sent;

/// A wire on which every request gets the next of these replies, and the last one again and again.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Wire {
    pub(crate) fn replying(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self {
            replies: Arc::new(Mutex::new(replies.into_iter().collect())),
            sent: Arc::default(),
        }
    }

    /// Every request so far.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    /// The only request so far.
    pub(crate) fn only(&self) -> Sent {
        let [sent] = &self.sent()[..] else {
            panic!("one request, not {:?}", self.sent())
        };
        sent.clone()
    }

    /// An SDK over this wire that tries each call once: every reply reaches the adapter.
    pub(crate) fn sdk(&self) -> SdkConfig {
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

    pub(crate) fn cloudfront(&self) -> CloudFront {
        CloudFront::new(aws_sdk_cloudfront::Client::new(&self.sdk()))
    }

    pub(crate) fn codepipeline(&self) -> CodePipeline {
        CodePipeline::new(aws_sdk_codepipeline::Client::new(&self.sdk()))
    }

    pub(crate) fn dynamodb(&self) -> DynamoDb {
        DynamoDb::new(aws_sdk_dynamodb::Client::new(&self.sdk()), "invalidations")
    }

    pub(crate) fn sns(&self) -> Sns {
        Sns::new(aws_sdk_sns::Client::new(&self.sdk()))
    }

    fn next_reply(&self) -> Reply {
        let mut replies = self.replies.lock().unwrap();
        let is_last = replies.len() == 1;
        let reply = if is_last {
            replies.front().cloned()
        } else {
            replies.pop_front()
        };
        reply.expect("a wire has at least one reply")
    }
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
        self.sent.lock().unwrap().push(Sent::of(&request));
        let reply = self.next_reply();
        HttpConnectorFuture::new(async move {
            match reply {
                Reply::Http { status, body } => {
                    let response = http::Response::builder()
                        .status(status)
                        .body(SdkBody::from(body));
                    Ok(HttpResponse::try_from(response.unwrap()).unwrap())
                }
                Reply::Lost => Err(ConnectorError::io("the connection was reset".into())),
                Reply::Silence => std::future::pending().await,
            }
        })
    }
}
