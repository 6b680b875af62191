//! The shipped template as a stack.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::tools::run;
use super::{Client, Ministack, Tools};
use cfi::simulate::Binaries;

/// The longest time for CloudFormation.
const STACK_TIMEOUT: Duration = Duration::from_secs(60);
const BUCKET: &str = "code";

/// Both functions, packaged for Lambda.
#[derive(Debug)]
pub(crate) struct Code {
    start: PathBuf,
    checker: PathBuf,
}

impl Code {
    /// Packs each executable as `bootstrap` into a zip.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be read or written.
    pub(crate) fn pack(tools: &Tools, binaries: &Binaries) -> io::Result<Self> {
        let pack = |name: &str, executable: &Path| {
            let folder = tools.folder().join("code").join(name);
            std::fs::create_dir_all(&folder)?;
            std::fs::copy(executable, folder.join("bootstrap"))?;
            let zip = folder.join("function.zip");
            let (zip_text, bootstrap) = (zip.as_os_str(), folder.join("bootstrap"));
            let arguments = ["-m".as_ref(), "zipfile".as_ref(), "-c".as_ref(), zip_text];
            run(
                &tools.python(),
                arguments.into_iter().chain([bootstrap.as_os_str()]),
            )?;
            std::path::absolute(zip)
        };
        Ok(Self {
            start: pack("start", &binaries.start)?,
            checker: pack("checker", &binaries.checker)?,
        })
    }
}

/// A stack of the shipped template.
#[derive(Debug)]
pub(crate) struct Stack<'a> {
    emulator: &'a Ministack,
    name: String,
    template: Value,
    /// The outputs, by key.
    pub(crate) outputs: Map<String, Value>,
    /// The resources that the emulator cannot deploy and that are left out: logical ids and types.
    pub(crate) left_out: Vec<String>,
}

impl<'a> Stack<'a> {
    /// Deploys the template, expanded as AWS does it, with these parameters.
    ///
    /// # Panics
    ///
    /// Panics if the stack is not created.
    pub(crate) async fn create(
        emulator: &'a Ministack,
        tools: &Tools,
        code: &Code,
        name: &str,
        parameters: &[(&str, &str)],
    ) -> Self {
        let mut template = expanded(tools);
        let left_out = leave_out(&mut template);
        upload(&emulator.client, &mut template, code).await;
        let mut stack = Self {
            emulator,
            name: name.to_owned(),
            template,
            outputs: Map::new(),
            left_out,
        };
        stack.deploy("create_stack", parameters).await;
        stack
    }

    /// Deploys it again, with other parameters.
    ///
    /// # Panics
    ///
    /// Panics if the stack is not updated.
    pub(crate) async fn update(&mut self, parameters: &[(&str, &str)]) {
        self.deploy("update_stack", parameters).await;
    }

    async fn deploy(&mut self, operation: &str, parameters: &[(&str, &str)]) {
        let parameters: Vec<Value> = parameters
            .iter()
            .map(|(key, value)| json!({ "ParameterKey": key, "ParameterValue": value }))
            .collect();
        let request = json!({
            "StackName": self.name,
            "TemplateBody": self.template.to_string(),
            "Capabilities": ["CAPABILITY_IAM"],
            "Parameters": parameters,
        });
        let deployed = self
            .emulator
            .client
            .call("cloudformation", operation, request);
        deployed
            .await
            .unwrap_or_else(|rejected| panic!("{operation}: {rejected}"));
        let stack = self.settled().await;
        let status = stack["StackStatus"].as_str().unwrap_or_default();
        let log = self.emulator.folder().join("ministack.log");
        assert!(
            matches!(status, "CREATE_COMPLETE" | "UPDATE_COMPLETE"),
            "{status}: {stack}; see {}",
            log.display()
        );
        let outputs = stack["Outputs"].as_array().cloned().unwrap_or_default();
        let pair = |output: &Value| {
            let key = output["OutputKey"].as_str()?;
            Some((key.to_owned(), output["OutputValue"].clone()))
        };
        self.outputs = outputs.iter().filter_map(pair).collect();
    }

    /// Deletes the stack, and returns the rest of its [resources](Self::resources).
    ///
    /// # Panics
    ///
    /// Panics if the stack cannot be deleted.
    pub(crate) async fn delete(self) -> Vec<String> {
        let name = json!({ "StackName": self.name });
        let deleted = self
            .emulator
            .client
            .call("cloudformation", "delete_stack", name);
        deleted.await.expect("a stack can be deleted");
        let stack = self.settled().await;
        let status = stack["StackStatus"].as_str().unwrap_or("DELETE_COMPLETE");
        assert_eq!(status, "DELETE_COMPLETE", "{stack}");
        self.resources().await
    }

    /// The stack, once no operation is in progress.
    async fn settled(&self) -> Value {
        let name = json!({ "StackName": self.name });
        let settled = async {
            loop {
                let described =
                    self.emulator
                        .client
                        .call("cloudformation", "describe_stacks", name.clone());
                let stack = described
                    .await
                    .map_or(Value::Null, |mut all| all["Stacks"][0].take());
                let status = stack["StackStatus"].as_str().unwrap_or_default();
                if !status.ends_with("IN_PROGRESS") {
                    return stack;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        tokio::time::timeout(STACK_TIMEOUT, settled)
            .await
            .expect("CloudFormation finishes")
    }

    /// The resources in the emulator's services with this stack's name.
    ///
    /// # Panics
    ///
    /// Panics if a service does not list its resources.
    pub(crate) async fn resources(&self) -> Vec<String> {
        let lists = [
            ("lambda", "list_functions", "Functions"),
            ("dynamodb", "list_tables", "TableNames"),
            ("sns", "list_topics", "Topics"),
            ("scheduler", "list_schedules", "Schedules"),
            ("iam", "list_roles", "Roles"),
            ("logs", "describe_log_groups", "logGroups"),
            ("cloudwatch", "describe_alarms", "MetricAlarms"),
            ("cloudwatch", "list_dashboards", "DashboardEntries"),
        ];
        let marks = [format!("{}-", self.name), format!("/{}/", self.name)];
        let mut found = Vec::new();
        for (service, operation, key) in lists {
            let listed = self
                .emulator
                .client
                .call(service, operation, json!({}))
                .await;
            let listed = listed.unwrap_or_else(|rejected| panic!("{operation}: {rejected}"));
            let all = listed[key].as_array().into_iter().flatten();
            let own = all
                .map(Value::to_string)
                .filter(|one| marks.iter().any(|mark| one.contains(mark)));
            found.extend(own.map(|one| format!("{service}: {one}")));
        }
        found
    }

    /// An output of the template.
    ///
    /// # Panics
    ///
    /// Panics if the template has no such output.
    #[must_use]
    pub(crate) fn output(&self, key: &str) -> &str {
        let output = self.outputs.get(key).and_then(Value::as_str);
        output.unwrap_or_else(|| panic!("the stack has no output {key}"))
    }

    /// The name that CloudFormation gave a resource.
    ///
    /// # Panics
    ///
    /// Panics if the stack has no such resource.
    pub(crate) async fn physical_id(&self, logical_id: &str) -> String {
        let id = json!({ "StackName": self.name, "LogicalResourceId": logical_id });
        let described = self
            .emulator
            .client
            .call("cloudformation", "describe_stack_resource", id);
        let described = described
            .await
            .unwrap_or_else(|rejected| panic!("{logical_id}: {rejected}"));
        let id = described["StackResourceDetail"]["PhysicalResourceId"].as_str();
        id.expect("a deployed resource has a name").to_owned()
    }
}

/// The expanded template, from the script with which `infra/check` lints it.
fn expanded(tools: &Tools) -> Value {
    let infra = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra");
    let output = Command::new(tools.python())
        .arg(infra.join("checks/expand.py"))
        .arg(infra.join("sam/template.yaml"))
        .output()
        .expect("Python is installed");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).expect("the expansion is JSON")
}

/// The emulator does not support saved queries and alarms over an expression; nor does it split a text in a condition, so that
/// the event bus is given by its name here, and a single distribution by its id.
fn leave_out(template: &mut Value) -> Vec<String> {
    // "TemplateBody: Minimum length of 1. Maximum length of 51200"; what the console shows beside parameters is not deployed.
    template["Metadata"].take();
    let parameters = template["Parameters"].as_object_mut();
    for parameter in parameters.expect("a template has parameters").values_mut() {
        parameter["Description"].take();
    }
    let conditions = template["Conditions"].as_object_mut();
    let conditions = conditions.expect("a template has conditions");
    let splitting = conditions
        .iter_mut()
        .filter(|(_, condition)| condition.to_string().contains("Fn::Split"));
    let never: Vec<String> = splitting
        .map(|(name, condition)| {
            *condition = json!({ "Fn::Equals": ["a text", "another"] });
            format!("{name} (a condition)")
        })
        .collect();
    let resources = template["Resources"].as_object_mut();
    let resources = resources.expect("a template has resources");
    let is_unknown = |resource: &Value| {
        resource["Type"] == "AWS::Logs::QueryDefinition"
            || !resource["Properties"]["Metrics"].is_null()
    };
    let unknown: Vec<String> = resources
        .iter()
        .filter(|(_, resource)| is_unknown(resource))
        .map(|(id, _)| id.clone())
        .collect();
    let left_out = unknown.into_iter().filter_map(|id| {
        let resource = resources.remove(&id)?;
        Some(format!("{id} ({})", resource["Type"].as_str()?))
    });
    left_out.chain(never).collect()
}

async fn upload(client: &Client, template: &mut Value, code: &Code) {
    let bucket = client
        .call("s3", "create_bucket", json!({ "Bucket": BUCKET }))
        .await;
    bucket.unwrap_or_else(|rejected| panic!("{BUCKET}: {rejected}"));
    for (id, zip) in [
        ("StartFunction", &code.start),
        ("CheckerFunction", &code.checker),
    ] {
        let object = json!({ "Bucket": BUCKET, "Key": id, "Body": { "file": zip } });
        let put = client.call("s3", "put_object", object).await;
        put.unwrap_or_else(|rejected| panic!("{id}: {rejected}"));
        template["Resources"][id]["Properties"]["Code"] =
            json!({ "S3Bucket": BUCKET, "S3Key": id });
    }
}
