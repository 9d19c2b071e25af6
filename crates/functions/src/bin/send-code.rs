//! Cognito's custom SMS sender: has Cognito's own codes spoken in a call.

// A sandbox gets one invocation at a time: more threads would only cost memory and start-up time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    otp_dial::send::serve().await
}
