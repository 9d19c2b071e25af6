//! Cognito's Verify Auth Challenge Response trigger: says whether the answer is right.

use otp_dial::trigger::{Invocation, Trigger, serve};
use otp_dial::verify::Verify;

// A sandbox gets one invocation at a time: more threads would only cost memory and start-up time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(Trigger::Verify, Verify::read, Verify::open, async |verify: &Verify, invocation: &Invocation| {
        verify.answer(invocation).await
    })
    .await
}
