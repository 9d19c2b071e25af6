//! Cognito's Create Auth Challenge trigger: issues the challenge and places the call.

use otp_dial::create::Create;
use otp_dial::trigger::{Invocation, Trigger, serve};

// A sandbox gets one invocation at a time: more threads would only cost memory and start-up time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(Trigger::Create, Create::read, Create::open, async |create: &Create, invocation: &Invocation| {
        create.answer(invocation).await
    })
    .await
}
