//! The segments of a deployment that X-Ray's daemon receives.

use std::collections::BTreeSet;
use std::net::UdpSocket;

use serde_json::Value;

use super::{deploy, options};
use cfi::simulate::run;

use super::Logs;

#[tokio::test]
async fn each_call_is_a_subsegment_of_its_run() {
    let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
    daemon.set_nonblocking(true).unwrap();
    let address = daemon.local_addr().unwrap().to_string();
    let mut options = options(deploy(), &[]);
    options
        .settings
        .insert("AWS_XRAY_DAEMON_ADDRESS".into(), address);
    let report = run(&options, &mut Logs::default()).await.unwrap();
    assert!(report.is_ok(), "{report:#?}");
    let (mut datagram, mut calls) = ([0; 65_536], BTreeSet::new());
    while let Ok(length) = daemon.recv(&mut datagram) {
        let text = std::str::from_utf8(&datagram[..length]).unwrap();
        let (header, document) = text.split_once('\n').unwrap();
        assert_eq!(header, r#"{"format": "json", "version": 1}"#);
        let document: Value = serde_json::from_str(document).unwrap();
        assert!(document["trace_id"].as_str().unwrap().starts_with("1-"));
        assert_eq!(document["parent_id"].as_str().unwrap().len(), 16);
        assert!(document["end_time"].as_f64() >= document["start_time"].as_f64());
        let keys = document.as_object().unwrap().len();
        assert_eq!(keys, 9, "nothing but names and times: {document}");
        let name = [&document["name"], &document["aws"]["operation"]];
        calls.insert(name.map(|name| name.as_str().unwrap().to_owned()).join(" "));
    }
    for call in [
        "CloudFront CreateInvalidation",
        "CodePipeline PutJobSuccessResult",
        "DynamoDB PutItem",
        "SNS Publish",
    ] {
        assert!(calls.contains(call), "{calls:?}");
    }
}
