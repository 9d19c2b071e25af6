//! Cognito's Verify Auth Challenge Response trigger: says whether the answer is right.

use otp_dial::settings::VerifySettings;
use otp_dial::trigger::{Invocation, Trigger, serve};
use otp_dial::verify::verify;

// One invocation at a time is all that a sandbox gets: more threads would only cost memory and start-up.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(Trigger::Verify, VerifySettings::read, async |settings: &VerifySettings, invocation: &Invocation| {
        verify(settings, &invocation.event, invocation.now)
    })
    .await
}
