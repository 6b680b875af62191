//! The shipped template as a stack.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::tools::run;
use super::{Client, Ministack, Tools};
use cfi::simulate::Binaries;

/// The longest time for CloudFormation.
const STACK_TIMEOUT: Duration = Duration::from_secs(60);
const BUCKET: &str = "code";
/// This machine's processor, as the template names it.
const ARCHITECTURE: &str = if cfg!(target_arch = "aarch64") {
    "arm64"
} else {
    "x86_64"
};

/// The files of a release, for the processor of this machine: the zips of both functions and the packaged template.
#[derive(Debug)]
pub(crate) struct Release {
    folder: PathBuf,
}

impl Release {
    /// Makes them from the executables, with the script that makes a release.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be read or written.
    pub(crate) fn make(tools: &Tools, binaries: &Binaries) -> io::Result<Self> {
        let executables = tools.folder().join("executables");
        let own = executables.join(ARCHITECTURE);
        std::fs::create_dir_all(&own)?;
        std::fs::copy(&binaries.start, own.join("start"))?;
        std::fs::copy(&binaries.checker, own.join("checker"))?;
        let folder = tools.folder().join("release");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/release/build");
        let arguments = [
            script.as_os_str(),
            "--out".as_ref(),
            folder.as_os_str(),
            "--executables".as_ref(),
            executables.as_os_str(),
            "--architecture".as_ref(),
            ARCHITECTURE.as_ref(),
            "--without".as_ref(),
            "tool".as_ref(),
            "--without".as_ref(),
            "package".as_ref(),
        ];
        run(&tools.python(), arguments)?;
        Ok(Self {
            folder: std::path::absolute(folder)?,
        })
    }

    fn template(&self) -> Value {
        let text = std::fs::read(self.folder.join("cloudfront-invalidation.json"));
        let text = text.expect("the release has a template");
        serde_json::from_slice(&text).expect("the template is JSON")
    }

    /// Uploads the zips, under their names.
    async fn upload(&self, client: &Client) {
        let bucket = client
            .call("s3", "create_bucket", json!({ "Bucket": BUCKET }))
            .await;
        bucket.unwrap_or_else(|rejected| panic!("{BUCKET}: {rejected}"));
        for function in ["start", "checker"] {
            let name = format!("{function}-{ARCHITECTURE}.zip");
            let file = self.folder.join(&name);
            let object = json!({ "Bucket": BUCKET, "Key": name, "Body": { "file": file } });
            let put = client.call("s3", "put_object", object).await;
            put.unwrap_or_else(|rejected| panic!("{name}: {rejected}"));
        }
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
    /// Deploys the packaged template of the release with these parameters.
    ///
    /// # Panics
    ///
    /// Panics if the stack is not created.
    pub(crate) async fn create(
        emulator: &'a Ministack,
        release: &Release,
        name: &str,
        parameters: &[(&str, &str)],
    ) -> Self {
        let mut template = release.template();
        let left_out = leave_out(&mut template);
        release.upload(&emulator.client).await;
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
        let code = [("CodeBucket", BUCKET), ("Architecture", ARCHITECTURE)];
        let parameters: Vec<Value> = parameters
            .iter()
            .chain(&code)
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
