//! Places a call: Amazon Connect's `StartOutboundVoiceContact`.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_sdk_connect::Client;
use aws_sdk_connect::config::retry::RetryConfig;
use aws_sdk_connect::config::timeout::TimeoutConfig;
use aws_sdk_connect::config::{BehaviorVersion, Region, SharedHttpClient, StalledStreamProtectionConfig};
use aws_sdk_connect::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_connect::operation::start_outbound_voice_contact::StartOutboundVoiceContactError;
use aws_sdk_connect::types::TrafficType;

pub use crate::aws::ATTEMPTS;
use crate::aws::{credentials, time_left};
use crate::fault::{CallFault, CallFaultKind};
use crate::phone::PhoneNumber;
use crate::settings::{Caller, ConnectSettings};
use crate::speech::Speech;

use latencies::Latencies;

mod latencies;

const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);
const TIMEOUT: Duration = Duration::from_millis(3_500);

/// From a failed attempt to the next.
pub const BACKOFF: Duration = Duration::from_millis(300);

/// A call that Connect has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// By which the call can be followed.
    pub contact_id: Option<String>,
    /// How long Connect took to take it, all attempts together.
    pub latency: Duration,
}

/// Places calls with one Connect instance.
pub struct Dialer {
    client: Client,
    settings: ConnectSettings,
    latencies: Mutex<Latencies>,
}

impl Dialer {
    /// A dialer. Made once for each sandbox: the client keeps its connection.
    #[must_use]
    pub fn new(settings: ConnectSettings, https: SharedHttpClient) -> Self {
        // What a connection may take is the HTTPS client's.
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT);
        let mut config = aws_sdk_connect::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.instance.region.clone()))
            .credentials_provider(credentials(&settings.credentials))
            .http_client(https)
            .timeout_config(timeouts.build())
            // Attempts are made here: only then is it known what became of each of them.
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(url) = &settings.endpoint_url {
            config = config.endpoint_url(url);
        }
        Self { client: Client::from_conf(config.build()), settings, latencies: Mutex::default() }
    }

    /// Asks Connect to call. `client_token` names the call: a second request with it places none. Gives up in good
    /// time before `deadline`.
    ///
    /// Connect answers before the phone rings; that it took the request doesn't say that anybody picks up.
    pub async fn call(
        &self,
        to: &PhoneNumber,
        speech: Speech,
        client_token: String,
        deadline: Instant,
    ) -> Result<Placed, CallFault> {
        let settings = &self.settings;
        let (number, queue) = match &settings.caller {
            Caller::Number(number) => (Some(number.clone()), None),
            Caller::Queue(id) => (None, Some(id.clone())),
        };
        let request = self
            .client
            .start_outbound_voice_contact()
            .instance_id(&settings.instance.id)
            .contact_flow_id(&settings.contact_flow_id)
            .destination_phone_number(to.as_e164())
            .set_source_phone_number(number)
            .set_queue_id(queue)
            .set_attributes(Some(speech.into_attributes()))
            .client_token(client_token)
            .ring_timeout_in_seconds(settings.ring_timeout_seconds)
            .traffic_type(TrafficType::General);

        let started = Instant::now();
        let attempts = async {
            let (mut may_ring, mut attempt) = (false, 1);
            loop {
                // Boxed, since the SDK's future nests so deep that rustc gives up on the layout of what holds it.
                let error = match Box::pin(request.clone().send()).await {
                    Ok(answer) => return Ok(answer.contact_id),
                    Err(error) => error,
                };
                let fault = self.fault(&error, to);
                may_ring |= fault.may_ring;
                if attempt == ATTEMPTS || !fault.kind.passes() {
                    return Err(CallFault { may_ring, ..fault });
                }
                tokio::time::sleep(BACKOFF).await;
                attempt += 1;
            }
        };
        let time = time_left(deadline).min(TIMEOUT);
        let contact_id =
            tokio::time::timeout(time, attempts).await.unwrap_or_else(|_| Err(unreachable_connect("Deadline")))?;
        let latency = started.elapsed();
        self.latencies().record(latency);
        Ok(Placed { contact_id, latency })
    }

    /// Takes about as long as one of the latest calls took to be placed, and places none. `random` says how long. Ends in
    /// time before `deadline`.
    pub async fn pretend_to_call(&self, random: u128, deadline: Instant) {
        tokio::time::sleep(self.pretended_latency(random, deadline)).await;
    }

    fn pretended_latency(&self, random: u128, deadline: Instant) -> Duration {
        self.latencies().draw(random).min(time_left(deadline))
    }

    fn latencies(&self) -> MutexGuard<'_, Latencies> {
        // Nothing panics while it is locked.
        self.latencies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose number the phone shows.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.settings.caller
    }

    /// What an error of Connect's means.
    #[must_use]
    pub fn fault(&self, error: &SdkError<StartOutboundVoiceContactError>, to: &PhoneNumber) -> CallFault {
        let code = match error {
            SdkError::TimeoutError(_) => return unreachable_connect("Timeout"),
            // No connection, so nothing was asked.
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                return CallFault { may_ring: false, ..unreachable_connect("ConnectTimeout") };
            }
            SdkError::DispatchFailure(_) => return unreachable_connect("Dispatch"),
            SdkError::ConstructionFailure(_) => "Construction",
            // Connect may have taken the call all the same.
            SdkError::ResponseError(_) => return unreachable_connect("Response"),
            _ => error.code().unwrap_or("Unknown"),
        };
        let status = error.raw_response().map(|response| response.status().as_u16());
        let instance = &self.settings.instance;
        let (kind, advice): (_, Cow<'static, str>) = match (code, status) {
            ("DestinationNotAllowedException", _) => {
                let country = to.country();
                let advice = format!(
                    "Connect instance {} may not call {country}: check the country and the number's prefix in \"Region and \
                     country code allow list\" of the Connect guide, and ask AWS Support to open it",
                    instance.id
                );
                (CallFaultKind::Refused, advice.into())
            }
            ("OutboundContactNotPermittedException", _) => {
                let advice = format!(
                    "enable outbound calls on Connect instance {} (in its console, under Telephony), and check that its \
                     number may call {}",
                    instance.id,
                    to.country()
                );
                (CallFaultKind::Misconfigured, advice.into())
            }
            ("LimitExceededException" | "ServiceQuotaExceededException", _) => (
                CallFaultKind::Busy,
                "raise the Connect quota \"Concurrent active calls per instance\" or, for the rate of \
                 StartOutboundVoiceContact (2 a second by default, for the account and Region), that one"
                    .into(),
            ),
            ("ThrottlingException" | "TooManyRequestsException", _) | (_, Some(429)) => (
                CallFaultKind::Busy,
                "raise the quota for the rate of StartOutboundVoiceContact: 2 a second by default, for the account and \
                 Region"
                    .into(),
            ),
            (_, Some(500..)) => return unreachable_connect(code),
            ("AccessDeniedException", _) => {
                let advice = format!(
                    "allow connect:StartOutboundVoiceContact to this function's role, on {0} and {0}/*, as the template does, \
                     and see that no other policy denies it. If AWS takes no resource for this action, allow it on all: run \
                     `sam deploy --parameter-overrides ConnectCallResource=any` where you ran `sam build`, with the stack's \
                     --stack-name; it keeps the other parameters",
                    instance.arn
                );
                (CallFaultKind::Misconfigured, advice.into())
            }
            ("ResourceNotFoundException", _) => {
                let advice = format!(
                    "in Region {}, check CONNECT_INSTANCE_ARN, CONNECT_CONTACT_FLOW_ARN and {}: one of them does not exist",
                    instance.region,
                    self.settings.caller.variable()
                );
                (CallFaultKind::Misconfigured, advice.into())
            }
            ("InvalidParameterException" | "InvalidRequestException", _) => {
                let advice = format!(
                    "check that CONNECT_CONTACT_FLOW_ARN is a published flow of the instance and {} is claimed by it",
                    self.settings.caller.variable()
                );
                (CallFaultKind::Misconfigured, advice.into())
            }
            _ => (
                CallFaultKind::Misconfigured,
                "look the error code up in the API reference of StartOutboundVoiceContact, section Errors, and in \
                 Common Error Types"
                    .into(),
            ),
        };
        CallFault { kind, cause: code.to_owned(), advice, may_ring: false }
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Whole ones; more than fit, nobody waits for.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn unreachable_connect(cause: &str) -> CallFault {
    CallFault {
        kind: CallFaultKind::Unreachable,
        cause: cause.to_owned(),
        advice:
            "look for an event of Amazon Connect in this Region (AWS Health); if it lasts, check that the function \
                 reaches the internet: in a VPC it needs a NAT gateway or an endpoint"
                .into(),
        may_ring: true,
    }
}

#[cfg(test)]
mod tests;
