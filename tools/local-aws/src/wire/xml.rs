//! The XML of CloudFront and SNS.

use serde::Serialize;

use crate::rejection::Rejection;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorResponse<'a> {
    #[serde(rename = "@xmlns")]
    xmlns: &'a str,
    error: Error<'a>,
    request_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Error<'a> {
    #[serde(rename = "Type")]
    kind: &'a str,
    code: &'a str,
    message: &'a str,
}

pub(super) fn write(document: &impl Serialize) -> String {
    quick_xml::se::to_string(document).expect("structs of text and numbers have an XML form")
}

pub(super) fn error(xmlns: &str, rejection: &Rejection, request_id: &str) -> String {
    let kind = if rejection.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    let error = Error {
        kind,
        code: &rejection.code,
        message: &rejection.message,
    };
    write(&ErrorResponse {
        xmlns,
        error,
        request_id,
    })
}
