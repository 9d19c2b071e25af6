//! The function that the contact flow of Amazon Connect invokes: gives the code to a call that somebody listens to.

// A sandbox gets one invocation at a time: more threads would only cost memory and start-up time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    otp_dial::speak::serve().await
}
