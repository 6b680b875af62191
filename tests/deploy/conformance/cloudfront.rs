//! The questions about CloudFront.

use serde_json::json;

use super::{Call, Question, Show};

fn invalidate(distribution: &str, reference: &str, paths: &[&str]) -> Call {
    let request = json!({
        "DistributionId": distribution,
        "InvalidationBatch": {
            "CallerReference": reference,
            "Paths": { "Quantity": paths.len(), "Items": paths },
        },
    });
    ("cloudfront", "create_invalidation", request)
}

pub(super) fn questions(distribution: &str) -> Vec<Question> {
    let wildcards: Vec<String> = (0..16).map(|number| format!("/{number}/*")).collect();
    let wildcards: Vec<&str> = wildcards.iter().map(String::as_str).collect();
    let paths = json!({ "Quantity": 2, "Items": ["/a"] });
    let batch = json!({ "CallerReference": "miscounted", "Paths": paths });
    let miscounted = json!({ "DistributionId": distribution, "InvalidationBatch": batch });
    let unknown = json!({ "DistributionId": distribution, "Id": "IGONE" });
    vec![
        Question {
            subject: "the same batch again, under the same reference",
            calls: vec![
                invalidate(distribution, "again", &["/a"]),
                invalidate(distribution, "again", &["/a"]),
            ],
            show: Show::Same("/Invalidation/Id"),
            right: "the same",
            documented: "the earlier invalidation is returned, if the content of each path is the same (API_InvalidationBatch)",
        },
        Question {
            subject: "another batch under the same reference",
            calls: vec![
                invalidate(distribution, "reused", &["/a"]),
                invalidate(distribution, "reused", &["/b"]),
            ],
            show: Show::At(""),
            right: "InvalidArgument",
            documented: "documented is InvalidationBatchAlreadyExists (API_InvalidationBatch), and seen was \"Your request contains a caller reference that was used for a previous invalidation batch for the same distribution.\" (aws/aws-cdk#3878); the product understands both",
        },
        Question {
            subject: "a new invalidation's status",
            calls: vec![invalidate(distribution, "status", &["/a"])],
            show: Show::At("/Invalidation/Status"),
            right: "InProgress",
            documented: "\"When the invalidation batch is finished, the status is Completed\": not at once (API_Invalidation)",
        },
        Question {
            subject: "a distribution that does not exist",
            calls: vec![invalidate("EGONE", "gone", &["/a"])],
            show: Show::At(""),
            right: "NoSuchDistribution",
            documented: "\"NoSuchDistribution: The specified distribution does not exist\" (API_CreateInvalidation)",
        },
        Question {
            subject: "an invalidation that does not exist",
            calls: vec![("cloudfront", "get_invalidation", unknown)],
            show: Show::At(""),
            right: "NoSuchInvalidation",
            documented: "\"NoSuchInvalidation: The specified invalidation does not exist\" (API_GetInvalidation)",
        },
        Question {
            subject: "a path without its first slash",
            calls: vec![invalidate(distribution, "slash", &["a"])],
            show: Show::At(""),
            right: "InvalidArgument",
            documented: "\"Your request contains one or more invalid invalidation paths.\" (seen in rust-lang/promote-release#94)",
        },
        Question {
            subject: "a path with an apostrophe",
            calls: vec![invalidate(distribution, "apostrophe", &["/it's.html"])],
            show: Show::At(""),
            right: "InvalidArgument",
            documented: "seen in laurilehmijoki/s3_website#63 and ir-engine/etherealengine-archive#10608; the product sends %27",
        },
        Question {
            subject: "a quantity that is not the number of paths",
            calls: vec![("cloudfront", "create_invalidation", miscounted)],
            show: Show::At(""),
            right: "InconsistentQuantities",
            documented: "\"InconsistentQuantities: The value of Quantity and the size of Items don't match.\" (API_CreateInvalidation)",
        },
        Question {
            subject: "sixteen wildcards at a time",
            calls: vec![invalidate(distribution, "wildcards", &wildcards)],
            show: Show::At(""),
            right: "TooManyInvalidationsInProgress",
            documented: "\"If you're using the * wildcard, you can have requests for up to 15 invalidation paths in progress at one time.\" (InvalidationLimits)",
        },
    ]
}
