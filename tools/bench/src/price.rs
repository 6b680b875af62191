//! AWS on-demand prices in us-east-1, in dollars, without free tiers. `docs/cost.md` has their date, and `infra/check
//! pages` compares them with its tables.

/// A GB-second of Lambda on arm64.
pub(super) const GB_SECOND_ARM: f64 = 0.000_013_333_4;
/// The same on x86.
pub(super) const GB_SECOND_X86: f64 = 0.000_016_666_7;
/// A request to Lambda.
pub(super) const LAMBDA_REQUEST: f64 = 0.2e-6;
/// A write unit of DynamoDB.
pub(super) const WRITE_UNIT: f64 = 0.625e-6;
/// A read unit of DynamoDB.
pub(super) const READ_UNIT: f64 = 0.125e-6;
/// A message to a standard topic.
pub(super) const PUBLISH: f64 = 0.5e-6;
/// A path of an invalidation.
pub(super) const PATH: f64 = 0.005;
/// An invocation by EventBridge Scheduler, <https://aws.amazon.com/eventbridge/pricing/>.
pub(super) const SCHEDULED_RUN: f64 = 1e-6;
/// A GB of log lines, <https://aws.amazon.com/cloudwatch/pricing/>.
pub(super) const LOG_GB: f64 = 0.50;

/// The source of Lambda's prices.
pub(super) const LAMBDA: &str = "https://aws.amazon.com/lambda/pricing/";
/// The source of DynamoDB's prices.
pub(super) const DYNAMODB: &str = "https://aws.amazon.com/dynamodb/pricing/on-demand/";
/// The source of the prices of SNS.
pub(super) const SNS: &str = "https://aws.amazon.com/sns/pricing/";
/// The source of CloudFront's prices.
pub(super) const CLOUDFRONT: &str = "https://aws.amazon.com/cloudfront/pricing/";

/// The memory of both functions in GB, from the template.
const MEMORY_GB: f64 = 128.0 / 1_024.0;

/// Lambda time in GB-seconds, billed by the millisecond.
pub(super) fn gb_seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0 * MEMORY_GB
}
