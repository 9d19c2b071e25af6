//! The SDK's defaults: TLS by AWS-LC.

use aws_config::BehaviorVersion;
use lambda_runtime::Error;

mod verify;

#[tokio::main]
async fn main() -> Result<(), Error> {
    verify::serve(&aws_config::load_defaults(BehaviorVersion::latest()).await).await
}
