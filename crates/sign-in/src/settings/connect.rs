//! The Connect instance that calls, and how it calls.

use super::aws::{Credentials, endpoint, is_name, parts_of_arn};
use super::variable::{Reader, Variable};
use super::whole;
use crate::phone::{Caller, is_e164};

/// The settings of calls.
#[derive(Debug)]
pub struct ConnectSettings {
    /// The instance that calls.
    pub instance: Instance,
    /// The id of the flow that speaks the code.
    pub contact_flow_id: String,
    /// The number that the user's phone shows.
    pub caller: Caller,
    /// How long the phone rings, 15 to 60 seconds.
    pub ring_timeout_seconds: i32,
    /// The role's credentials. Lambda keeps them valid for the life of a sandbox.
    pub credentials: Credentials,
    /// An endpoint other than Connect's own.
    pub endpoint_url: Option<String>,
}

/// A Connect instance.
#[derive(Debug)]
pub struct Instance {
    /// Its whole ARN.
    pub arn: String,
    /// The instance's Region, which may differ from the function's.
    pub region: String,
    /// Its id, the last part of the ARN.
    pub id: String,
}

const INSTANCE: Variable =
    Variable::new("CONNECT_INSTANCE_ARN", "an ARN of the form arn:aws:connect:REGION:ACCOUNT:instance/ID");
const FLOW: Variable =
    Variable::new("CONNECT_CONTACT_FLOW_ARN", "the ARN of a flow of that instance, INSTANCE_ARN/contact-flow/ID");
const NUMBER: Variable = Variable::new(
    "CONNECT_SOURCE_PHONE_NUMBER",
    "a number in E.164 form that the instance has claimed, or unset in favour of CONNECT_QUEUE_ARN",
)
.redacted();
const QUEUE: Variable = Variable::new(
    "CONNECT_QUEUE_ARN",
    "the ARN of a queue of that instance, INSTANCE_ARN/queue/ID, or unset in favour of CONNECT_SOURCE_PHONE_NUMBER",
);
const RING_TIMEOUT: Variable = Variable::new("CONNECT_RING_TIMEOUT_SECONDS", "a whole number from 15 to 60").or("25");
const ENDPOINT: Variable = Variable::new("AWS_ENDPOINT_URL_CONNECT", "a URL");

pub(super) const VARIABLES: [Variable; 6] = [INSTANCE, FLOW, NUMBER, QUEUE, RING_TIMEOUT, ENDPOINT];

/// Reads the settings of the call.
pub(super) fn connect(reader: &mut Reader<'_>, credentials: Option<&Credentials>) -> Option<ConnectSettings> {
    let instance = instance(reader);
    let child = |text: &str, kind: &str| child_id(text, kind, instance.as_ref());
    let contact_flow_id = reader.value(&FLOW, |text| child(text, "contact-flow"));
    let caller = match (reader.is_set(&NUMBER), reader.is_set(&QUEUE)) {
        (true, false) => reader.value(&NUMBER, |text| is_e164(text).then(|| Caller::Number(text.to_owned()))),
        (false, true) => reader.value(&QUEUE, |text| child(text, "queue").map(Caller::Queue)),
        (set, _) => {
            let both = if set { "set" } else { "unset" };
            reader.error(format!("one of {} and {} must be set, but both are {both}", NUMBER.name, QUEUE.name));
            None
        }
    };
    let ring_timeout_seconds = reader.value(&RING_TIMEOUT, |text| whole(text, 15, 60));
    let endpoint_url = endpoint(reader, &ENDPOINT);
    Some(ConnectSettings {
        instance: instance?,
        contact_flow_id: contact_flow_id?,
        caller: caller?,
        ring_timeout_seconds: ring_timeout_seconds?,
        credentials: credentials?.clone(),
        endpoint_url,
    })
}

/// Reads the instance.
pub(super) fn instance(reader: &mut Reader<'_>) -> Option<Instance> {
    reader.value(&INSTANCE, Instance::parse)
}

impl Instance {
    fn parse(arn: &str) -> Option<Self> {
        let (region, resource) = parts_of_arn(arn, "connect")?;
        let id = resource.strip_prefix("instance/").filter(|id| is_name(id))?;
        Some(Self { arn: arn.to_owned(), region: region.to_owned(), id: id.to_owned() })
    }
}

/// The id of a resource of an instance, from the resource's ARN. If the instance's own ARN is wrong, any instance will
/// do, so that one mistake isn't reported twice.
fn child_id(arn: &str, kind: &str, instance: Option<&Instance>) -> Option<String> {
    let (parent, id) = arn.rsplit_once('/')?;
    let parent = Instance::parse(parent.strip_suffix(kind)?.strip_suffix('/')?)?;
    let belongs = instance.is_none_or(|instance| instance.arn == parent.arn);
    (belongs && is_name(id)).then(|| id.to_owned())
}
