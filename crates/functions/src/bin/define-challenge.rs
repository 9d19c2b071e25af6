//! Cognito's Define Auth Challenge trigger: says what comes next in a sign-in.

use otp_dial::define::Define;
use otp_dial::trigger::{Invocation, Trigger, serve};

// A sandbox gets one invocation at a time: more threads would only cost memory and start-up time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(
        Trigger::Define,
        Define::read,
        async |_: &Define| (),
        async |define: &Define, invocation: &Invocation| define.answer(invocation),
    )
    .await
}
