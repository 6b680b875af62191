//! Distributions, a tenant, and their invalidations.

mod directory;
mod lifecycle;
mod limits;
mod rate;
mod tenants;

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::operation::create_invalidation::{
    CreateInvalidationError, CreateInvalidationOutput,
};
use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use local_aws::Aws;

use crate::{aws, without_retries};

type Created = Result<CreateInvalidationOutput, SdkError<CreateInvalidationError, HttpResponse>>;

fn setup() -> (Aws, Client) {
    let aws = aws();
    aws.cloudfront().add_distribution("E1");
    let client = Client::new(&without_retries(&aws));
    (aws, client)
}

fn batch<P: AsRef<str>>(reference: &str, paths: &[P]) -> InvalidationBatch {
    let items = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    let paths = Paths::builder()
        .quantity(paths.len() as i32)
        .set_items(Some(items))
        .build()
        .unwrap();
    InvalidationBatch::builder()
        .caller_reference(reference)
        .paths(paths)
        .build()
        .unwrap()
}

async fn create<P: AsRef<str>>(
    client: &Client,
    distribution: &str,
    reference: &str,
    paths: &[P],
) -> Created {
    let request = client.create_invalidation().distribution_id(distribution);
    request
        .invalidation_batch(batch(reference, paths))
        .send()
        .await
}

async fn status(client: &Client, id: &str) -> String {
    let got = client
        .get_invalidation()
        .distribution_id("E1")
        .id(id)
        .send()
        .await
        .unwrap();
    got.invalidation().unwrap().status().into()
}
