//! A path with the query of a signed URL: CloudFront receives it exactly, and no other reader receives the
//! signature.

use harness::{DISTRIBUTION, Harness, TOPIC};

const SIGNED: &str = "/a.html?Expires=1&Policy=p0licy&Signature=s1gnature&Key-Pair-Id=K1SECRET";
const SECRETS: [&str; 3] = ["p0licy", "s1gnature", "K1SECRET"];

#[tokio::test(start_paused = true)]
async fn a_signature_is_in_the_request_to_cloudfront_only() {
    for format in ["text", "json", "chat", "mixed"] {
        let harness = Harness::new(&[("EVENT_BUS_NAME", "default")]);
        let parameters = format!(
            r#"{{"DistributionId":"{DISTRIBUTION}","Paths":["{SIGNED}"],"SnsTopicArn":"{TOPIC}","NotificationFormat":"{format}"}}"#
        );
        let ending = harness.play(&parameters).await;
        assert_eq!(ending.broken_invariants(), [""; 0]);
        assert_eq!(ending.invalidations[0].paths, [SIGNED]);
        let texts = [
            format!("{:?}", ending.action.summary),
            format!("{:?}", ending.action.output_variables),
            format!("{:?}", ending.notifications),
            format!("{:?}", ending.events),
        ];
        assert!(texts[0].contains("Signature=REDACTED"), "{}", texts[0]);
        for (text, secret) in texts
            .iter()
            .flat_map(|text| SECRETS.map(|secret| (text, secret)))
        {
            assert!(!text.contains(secret), "{format}: {text}");
        }
    }
}
