//! The set-up that a command is for, and the AWS account and Region it is in.

use clap::Args as ClapArgs;

use super::values::{region, setting, user_pool};
use crate::aws::Access;
use crate::snapshot::reader::Target;

/// The Region and the credentials.
#[derive(Clone, Debug, ClapArgs)]
pub struct AccessArgs {
    /// The Region, if not that of the user pool's ARN, the environment or the profile
    #[arg(long, global = true, value_parser = region)]
    region: Option<String>,
    /// A profile of the AWS CLI
    #[arg(long, global = true)]
    profile: Option<String>,
    /// An endpoint to use instead of AWS's own
    #[arg(long, value_name = "URL", global = true)]
    endpoint_url: Option<String>,
}

/// A user pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPool {
    /// Its id. It begins with the Region that the pool was made in. A replica in another Region has the same id, so
    /// the id does not say where to look.
    pub id: String,
    /// The Region of its ARN, if it was named by that.
    pub region: Option<String>,
}

/// Which set-up is meant.
#[derive(Clone, Debug, ClapArgs)]
#[group(required = true, multiple = false)]
pub struct TargetArgs {
    /// The stack that was deployed from the template
    #[arg(long, value_name = "NAME")]
    pub(super) stack: Option<String>,
    /// A user pool to whose triggers the functions are attached
    #[arg(long, value_name = "ID", value_parser = user_pool)]
    pub user_pool: Option<UserPool>,
}

/// Which set-up is meant, and what its functions are set to.
#[derive(Clone, Debug, ClapArgs)]
pub struct SetUpArgs {
    /// Which set-up.
    #[command(flatten)]
    pub target: TargetArgs,
    /// What the functions of the pool are set to, if no stack made them; can be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", conflicts_with = "stack", value_parser = setting)]
    pub settings: Vec<(String, String)>,
}

impl TargetArgs {
    /// Which set-up is meant.
    #[must_use]
    pub fn target(&self) -> Target {
        match (&self.stack, &self.user_pool) {
            (Some(stack), _) => Target::Stack(stack.clone()),
            (None, pool) => Target::Pool(pool.as_ref().map(|pool| pool.id.clone()).unwrap_or_default()),
        }
    }
}

impl AccessArgs {
    /// The Region and the credentials. A pool's ARN has its Region, so `--region` is not needed with one.
    #[must_use]
    pub fn access(&self, pool: Option<&UserPool>) -> Access {
        let of_pool = || pool?.region.clone();
        Access {
            region: self.region.clone().or_else(of_pool),
            profile: self.profile.clone(),
            endpoint: self.endpoint_url.clone(),
        }
    }
}
