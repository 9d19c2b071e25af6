//! Cognito's Pre Token Generation trigger: lets Cognito issue tokens to users who have taken the call.

// A sandbox gets one invocation at a time: more threads would only cost memory and start-up time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    otp_dial::gate::serve().await
}
