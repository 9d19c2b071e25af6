//! The audit: one line for each invocation in a sign-in, with what an auditor may see and nothing else.
//!
//! CloudWatch Logs sends the functions' lines here through subscription filters. This function's own log group is the
//! audit log, so it prints the audit's lines and makes no request to AWS. The rest is pure.
//!
//! Lines are forwarded at least once: Lambda invokes the function again after an error, and CloudWatch Logs may send a
//! batch twice.

mod batch;
mod error;
mod forward;
mod record;

use std::io::{self, BufWriter, Write};

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::{Value, json};

use crate::forward::forward;

// A sandbox gets one invocation at a time: more threads would only cost memory and start-up time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    // The default hook prints the panic's message, which may hold anything.
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        print(&json!({ "level": "ERROR", "message": "panic", "location": location }).to_string());
    }));
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let mut out = BufWriter::new(io::stdout().lock());
        let forwarded = forward(&event.payload, &mut out);
        drop(out);
        if let Err(error) = &forwarded {
            print(&error.line(&event.context.request_id));
        }
        forwarded
    }))
    .await
}

/// Unlike `println!`, it does not panic if stdout is closed.
fn print(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
