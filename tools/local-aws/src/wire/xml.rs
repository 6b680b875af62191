//! The XML of CloudFront, S3 and SNS.

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

#[derive(Serialize)]
#[serde(rename = "Error", rename_all = "PascalCase")]
struct BareError<'a> {
    code: &'a str,
    message: &'a str,
    request_id: &'a str,
}

/// An error without an envelope.
pub(super) fn bare_error(rejection: &Rejection, request_id: &str) -> String {
    write(&BareError {
        code: &rejection.code,
        message: &rejection.message,
        request_id,
    })
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
