//! Places a call: Amazon Connect's `StartOutboundVoiceContact`.

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
use sign_in::call::Speech;
use sign_in::error::DialError;
use sign_in::phone::{Caller, PhoneNumber};
use sign_in::settings::ConnectSettings;

use crate::aws::{credentials, time_left};

use latencies::Latencies;

mod latencies;

const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);
/// What all attempts to place a call may take.
const TIMEOUT: Duration = Duration::from_millis(3_500);

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

    /// Asks Connect to call, once. `client_token` names the call: a second request with it places none. Gives up at
    /// `until`; if there is no time left, nothing is asked.
    ///
    /// Connect answers before the phone rings; that it took the request doesn't say that anybody picks up. It gives the
    /// id by which the call can be followed.
    pub async fn dial(
        &self,
        to: &PhoneNumber,
        speech: Speech,
        client_token: String,
        until: Instant,
    ) -> Result<Option<String>, DialError> {
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
        let time = until.saturating_duration_since(Instant::now());
        if time.is_zero() {
            return Err(DialError { may_ring: false, ..DialError::unreachable("Deadline") });
        }
        // Boxed, since the SDK's future nests so deep that rustc gives up on the layout of what holds it.
        match tokio::time::timeout(time, Box::pin(request.send())).await {
            Ok(Ok(answer)) => Ok(answer.contact_id),
            Ok(Err(error)) => Err(self.dial_error(&error, to)),
            Err(_) => Err(DialError::unreachable("Deadline")),
        }
    }

    /// When Connect must have taken a call that begins now, for an invocation that ends at `deadline`.
    #[must_use]
    pub fn until(deadline: Instant) -> Instant {
        Instant::now() + time_left(deadline).min(TIMEOUT)
    }

    /// Remembers how long a call took to be placed, all attempts together.
    pub fn placed(&self, latency: Duration) {
        self.latencies().record(latency);
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

    /// What an error means.
    fn dial_error(&self, error: &SdkError<StartOutboundVoiceContactError>, to: &PhoneNumber) -> DialError {
        let code = match error {
            SdkError::TimeoutError(_) => return DialError::unreachable("Timeout"),
            // No connection, so nothing was asked.
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                return DialError { may_ring: false, ..DialError::unreachable("ConnectTimeout") };
            }
            SdkError::DispatchFailure(_) => return DialError::unreachable("Dispatch"),
            SdkError::ConstructionFailure(_) => "Construction",
            // Connect may have taken the call all the same.
            SdkError::ResponseError(_) => return DialError::unreachable("Response"),
            _ => error.code().unwrap_or("Unknown"),
        };
        let status = error.raw_response().map(|response| response.status().as_u16());
        DialError::of(code, status, to.country(), &self.settings)
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Whole ones; more than fit, nobody waits for.
pub(crate) fn as_millis_u64(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
