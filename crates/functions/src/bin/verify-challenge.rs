//! Cognito's Verify Auth Challenge Response trigger: says whether the answer is right.

use otp_dial::trigger::{Invocation, Trigger, serve};
use otp_dial::verify::Verify;

// One invocation at a time is all that a sandbox gets: more threads would only cost memory and start-up.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(Trigger::Verify, Verify::read, async |verify: &Verify, invocation: &Invocation| {
        verify.answer(invocation).await
    })
    .await
}
