//! Places calls, by Amazon Connect's `StartOutboundVoiceContact`.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_sdk_connect::Client;
use aws_sdk_connect::config::retry::RetryConfig;
use aws_sdk_connect::config::timeout::TimeoutConfig;
use aws_sdk_connect::config::{BehaviorVersion, Region, SharedHttpClient, StalledStreamProtectionConfig};
use aws_sdk_connect::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_connect::operation::start_outbound_voice_contact::StartOutboundVoiceContactError;
use aws_sdk_connect::operation::start_outbound_voice_contact::builders::StartOutboundVoiceContactFluentBuilder;
use aws_sdk_connect::types::TrafficType;
use sign_in::call::Speech;
use sign_in::error::DialError;
use sign_in::phone::{Caller, PhoneNumber};
use sign_in::settings::ConnectSettings;

use crate::aws::{credentials, time_left};

use latencies::Latencies;

mod latencies;

const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);

/// Places calls with one Connect instance.
pub struct Dialer {
    client: Client,
    settings: ConnectSettings,
    latencies: Mutex<Latencies>,
}

/// A call, which is placed once however often it is dialled.
pub struct Call<'a> {
    request: StartOutboundVoiceContactFluentBuilder,
    to: &'a PhoneNumber,
    settings: &'a ConnectSettings,
}

impl Dialer {
    /// Makes a dialer. Do this once for each sandbox: the client keeps its connection.
    #[must_use]
    pub fn new(settings: ConnectSettings, https: SharedHttpClient) -> Self {
        // The HTTPS client limits the time to connect.
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT);
        let mut config = aws_sdk_connect::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.instance.region.clone()))
            .credentials_provider(credentials(&settings.credentials))
            .http_client(https)
            .timeout_config(timeouts.build())
            // No retries by the SDK: `Calling` repeats attempts, and must know what became of each.
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(url) = &settings.endpoint_url {
            config = config.endpoint_url(url);
        }
        Self { client: Client::from_conf(config.build()), settings, latencies: Mutex::default() }
    }

    /// A call to a number. `client_token` identifies it: Connect places one call for all requests with the same token.
    #[must_use]
    pub fn call<'a>(&'a self, to: &'a PhoneNumber, speech: Speech, client_token: String) -> Call<'a> {
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
            .set_attributes(Some(speech.into_attributes().into_iter().collect()))
            .client_token(client_token)
            .ring_timeout_in_seconds(settings.ring_timeout_seconds)
            .traffic_type(TrafficType::General);
        Call { request, to, settings }
    }

    /// Records how long Connect took to take a call, all attempts together.
    pub(crate) fn placed(&self, latency: Duration) {
        self.latencies().record(latency);
    }

    /// Waits about as long as Connect took for one of the latest calls, and places none. `random` picks the time. Ends
    /// before `deadline`.
    pub(crate) async fn pretend_to_call(&self, random: u64, deadline: Instant) {
        tokio::time::sleep(self.pretended_latency(random, deadline)).await;
    }

    fn pretended_latency(&self, random: u64, deadline: Instant) -> Duration {
        self.latencies().draw(random).min(time_left(deadline))
    }

    fn latencies(&self) -> MutexGuard<'_, Latencies> {
        // Nothing panics while it holds the lock.
        self.latencies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number that the user's phone shows.
    #[must_use]
    pub(crate) fn caller(&self) -> &Caller {
        &self.settings.caller
    }
}

impl Call<'_> {
    /// Asks Connect to place the call, once. Each request for the call has the same bytes. Gives up at `until`. If
    /// that time has passed already, nothing is sent.
    ///
    /// Returns the contact id, by which the call can be followed. Connect answers before the phone rings, so success
    /// doesn't mean that anybody picks up.
    pub async fn dial(&self, until: Instant) -> Result<Option<String>, DialError> {
        let time = until.saturating_duration_since(Instant::now());
        if time.is_zero() {
            return Err(DialError { may_ring: false, ..DialError::unreachable("Deadline") });
        }
        // Boxed: the SDK's future is nested so deeply that rustc can't compute the layout of a future that holds it.
        match tokio::time::timeout(time, Box::pin(self.request.clone().send())).await {
            Ok(Ok(answer)) => Ok(answer.contact_id),
            Ok(Err(error)) => Err(self.dial_error(&error)),
            Err(_) => Err(DialError::unreachable("Deadline")),
        }
    }

    /// The error of a request, from what the SDK reports.
    fn dial_error(&self, error: &SdkError<StartOutboundVoiceContactError>) -> DialError {
        let code = match error {
            SdkError::TimeoutError(_) => return DialError::unreachable("Timeout"),
            // Without a connection nothing was sent.
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                return DialError { may_ring: false, ..DialError::unreachable("ConnectTimeout") };
            }
            SdkError::DispatchFailure(failure) if !failure.is_other() => return DialError::unreachable("Dispatch"),
            SdkError::ConstructionFailure(_) => "Construction",
            // Connect may have taken the call anyway.
            SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => return DialError::unreachable("Response"),
            _ => error.code().unwrap_or("Unknown"),
        };
        let status = error.raw_response().map(|response| response.status().as_u16());
        DialError::of(code, status, self.to.country(), self.settings)
    }
}

/// Omits the number and what the call says.
impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("to", &self.to).finish_non_exhaustive()
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Whole milliseconds, `u64::MAX` at most.
pub(crate) fn as_millis_u64(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
