//! External input, parsed and validated.

pub mod allowed_pipelines;
pub mod continuation_token;
pub mod function_arn;
pub mod identifiers;
pub mod job_event;
pub mod json_object;
pub mod paths;
pub mod paths_file;
pub mod pipeline_variables;
pub mod user_parameters;
pub mod visible_text;
