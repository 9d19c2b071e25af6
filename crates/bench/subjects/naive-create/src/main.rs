//! The SDK's defaults: TLS by AWS-LC.

use aws_config::BehaviorVersion;
use lambda_runtime::Error;

mod create;

#[tokio::main]
async fn main() -> Result<(), Error> {
    create::serve(&aws_config::load_defaults(BehaviorVersion::latest()).await).await
}
