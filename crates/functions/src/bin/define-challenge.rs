//! Cognito's Define Auth Challenge trigger: says what comes next in a sign-in.

use otp_dial::define::Define;
use otp_dial::trigger::{Invocation, Trigger, serve};

// One invocation at a time is all that a sandbox gets: more threads would only cost memory and start-up.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(Trigger::Define, Define::read, async |define: &Define, invocation: &Invocation| define.answer(invocation))
        .await
}
