//! Reads Connect: instance, flow, number, queue, quotas.

use serde_json::{Value, json};

use super::{Reader, found, text};
use crate::aws::{Aws, AwsError, Operation};
use crate::snapshot::{Connect, Flow, Found, Instance, Number, Queue, Quota};

/// Reads all of it. `part` gives ARNs and the number by the names of their settings.
pub(super) async fn read<'a>(
    reader: &Reader<'_>,
    instance_arn: Option<&str>,
    part: &(dyn Fn(&str) -> Option<&'a str> + Sync),
) -> Connect {
    let nothing = Connect {
        instance: Found::Unnamed,
        flow: Found::Unnamed,
        number: Found::Unnamed,
        queue: None,
        quotas: Found::Unnamed,
    };
    let Some(arn) = instance_arn else { return nothing };
    let Some(connect) = ConnectReader::of(reader, arn) else { return nothing };
    let id = connect.instance;
    let last = |name: &str| part(name).and_then(|arn| arn.rsplit('/').next());

    (reader.progress)("the Connect instance");
    let instance = found(id, connect.instance().await);
    (reader.progress)("the contact flow");
    let flow = match last("CONNECT_CONTACT_FLOW_ARN") {
        Some(flow) => found(flow, connect.flow(flow).await),
        None => Found::Unnamed,
    };
    (reader.progress)("the number that calls");
    let (queue, number) = match (last("CONNECT_QUEUE_ARN"), part("CONNECT_SOURCE_PHONE_NUMBER")) {
        (Some(queue), _) => match connect.queue(queue).await {
            Ok((queue, Some(number))) => (Some(Found::Here(queue)), found("its number", connect.number(&number).await)),
            Ok((queue, None)) => {
                (Some(Found::Here(queue)), Found::Missing { name: "a number of the queue".to_owned() })
            }
            Err(error) => (Some(found(queue, Err(error))), Found::Unnamed),
        },
        (None, Some(number)) => (None, connect.claimed(arn, number).await),
        (None, None) => (None, Found::Unnamed),
    };
    (reader.progress)("the quotas");
    let quotas = found("connect", connect.quotas().await);
    Connect { instance, flow, number, queue, quotas }
}

/// Whether an instance lists a function among those that its flows can choose. `None` if the instance is in another
/// Region or account than the function.
pub(super) async fn is_listed(reader: &Reader<'_>, instance_arn: &str, function: &str) -> Option<Found<bool>> {
    let place = |arn: &str| arn.split(':').skip(3).take(2).map(str::to_owned).collect::<Vec<_>>();
    let connect = ConnectReader::of(reader, instance_arn).filter(|_| place(instance_arn) == place(function))?;
    (reader.progress)("the functions of the Connect instance");
    Some(found("its functions", connect.lists(function).await))
}

struct ConnectReader<'a> {
    aws: Aws,
    instance: &'a str,
}

impl<'a> ConnectReader<'a> {
    /// A reader of the instance with this ARN. The instance may be in another Region than the pool.
    fn of(reader: &Reader<'_>, instance_arn: &'a str) -> Option<Self> {
        let parts: Vec<_> = instance_arn.split(':').collect();
        let ["arn", _, "connect", region, _, resource] = parts[..] else { return None };
        Some(Self { aws: reader.aws.in_region(region), instance: resource.trim_start_matches("instance/") })
    }

    async fn instance(&self) -> Result<Instance, AwsError> {
        let answer = self.aws.rest(Operation::DESCRIBE_INSTANCE, "GET", &["instance", self.instance], None).await?;
        let instance = &answer["Instance"];
        Ok(Instance {
            id: self.instance.to_owned(),
            status: text(&instance["InstanceStatus"]),
            calls_out: instance["OutboundCallsEnabled"] == true,
        })
    }

    async fn flow(&self, id: &str) -> Result<Flow, AwsError> {
        let answer =
            self.aws.rest(Operation::DESCRIBE_CONTACT_FLOW, "GET", &["contact-flows", self.instance, id], None).await?;
        let flow = &answer["ContactFlow"];
        let [name, kind, state, status, content] =
            ["Name", "Type", "State", "Status", "Content"].map(|name| text(&flow[name]));
        Ok(Flow { name, kind, state, status, content })
    }

    /// A queue, and the id of its number.
    async fn queue(&self, id: &str) -> Result<(Queue, Option<String>), AwsError> {
        let answer = self.aws.rest(Operation::DESCRIBE_QUEUE, "GET", &["queues", self.instance, id], None).await?;
        let queue = &answer["Queue"];
        let number = queue["OutboundCallerConfig"]["OutboundCallerIdNumberId"].as_str();
        Ok((Queue { status: text(&queue["Status"]) }, number.map(str::to_owned)))
    }

    /// A number of the instance, looked for among all that it has claimed.
    async fn claimed(&self, instance_arn: &str, number: &str) -> Found<Number> {
        let name = || "the number of CONNECT_SOURCE_PHONE_NUMBER".to_owned();
        let mut page = json!({ "TargetArn": instance_arn, "MaxResults": 1000 });
        loop {
            let answer = match self
                .aws
                .rest(Operation::LIST_PHONE_NUMBERS, "POST", &["phone-number", "list"], Some(page.clone()))
                .await
            {
                Ok(answer) => answer,
                Err(error) => return found(&name(), Err(error)),
            };
            let mut numbers = answer["ListPhoneNumbersSummaryList"].as_array().into_iter().flatten();
            if let Some(own) = numbers.find(|own| own["PhoneNumber"] == number) {
                return found(&name(), self.number(&text(&own["PhoneNumberId"])).await);
            }
            match &answer["NextToken"] {
                Value::String(token) => page["NextToken"] = json!(token),
                _ => return Found::Missing { name: name() },
            }
        }
    }

    async fn lists(&self, function: &str) -> Result<bool, AwsError> {
        let path = ["instance", self.instance, "lambda-functions"];
        let mut token = String::new();
        loop {
            let mut page = vec![("maxResults", "25")];
            page.extend((!token.is_empty()).then_some(("nextToken", token.as_str())));
            let answer = self.aws.rest_query(Operation::LIST_LAMBDA_FUNCTIONS, &path, &page).await?;
            if answer["LambdaFunctions"].as_array().into_iter().flatten().any(|own| own == function) {
                return Ok(true);
            }
            token = text(&answer["NextToken"]);
            if token.is_empty() {
                return Ok(false);
            }
        }
    }

    async fn number(&self, id: &str) -> Result<Number, AwsError> {
        let answer = self.aws.rest(Operation::DESCRIBE_PHONE_NUMBER, "GET", &["phone-number", id], None).await?;
        let number = &answer["ClaimedPhoneNumberSummary"];
        Ok(Number { kind: text(&number["PhoneNumberType"]), status: text(&number["PhoneNumberStatus"]["Status"]) })
    }

    async fn quotas(&self) -> Result<Vec<Quota>, AwsError> {
        // Without the level, AWS would return the account's value of a quota that was raised for the instance.
        let page = json!({ "ServiceCode": "connect", "MaxResults": 100, "QuotaAppliedAtLevel": "ALL" });
        let applied = self.listed(Operation::LIST_SERVICE_QUOTAS, page).await?;
        if applied.iter().any(|quota| quota.name == Quota::CONCURRENT_CALLS) {
            return Ok(applied);
        }
        // A quota that was never raised may be among the defaults only.
        self.listed(Operation::LIST_AWS_DEFAULT_SERVICE_QUOTAS, json!({ "ServiceCode": "connect", "MaxResults": 100 }))
            .await
    }

    /// All pages of quotas: those of this instance, and then those of the account.
    async fn listed(&self, operation: Operation, mut page: Value) -> Result<Vec<Quota>, AwsError> {
        let (mut own, mut others) = (Vec::new(), Vec::new());
        loop {
            let answer = self.aws.json(operation, page.clone()).await?;
            for quota in answer["Quotas"].as_array().into_iter().flatten() {
                let Some(value) = quota["Value"].as_f64() else { continue };
                let read = Quota { name: text(&quota["QuotaName"]), value };
                match quota["QuotaContext"]["ContextId"].as_str() {
                    Some(id) if id.ends_with(self.instance) => own.push(read),
                    None | Some("*") => others.push(read),
                    Some(_) => (),
                }
            }
            match &answer["NextToken"] {
                Value::String(token) => page["NextToken"] = json!(token),
                _ => return Ok(own.into_iter().chain(others).collect()),
            }
        }
    }
}
