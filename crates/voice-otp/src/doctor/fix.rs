//! The fixes: commands that work as printed, except for names in capitals, which the operator fills in.
//! `UpdateUserPool` and `UpdateUserPoolClient` reset every setting that they are not sent. So a fix never calls them:
//! it names the path in the console.

use crate::redaction::printable;
use crate::snapshot::{Client, SetUp};

/// The placeholder for the stack's name if only a pool was named.
const SOME_STACK: &str = "STACK";

impl SetUp {
    fn stack(&self) -> &str {
        self.stack.as_deref().unwrap_or(SOME_STACK)
    }

    /// A command of the AWS CLI, in the set-up's Region.
    pub(super) fn aws(&self, command: &str) -> String {
        aws_in(&self.region, command)
    }

    /// Attaches the stack's functions to the pool.
    pub(super) fn attach(&self, options: &str) -> String {
        let Self { user_pool, region, .. } = self;
        format!("voice-otp attach --region {region} --stack {} --user-pool {user_pool}{options}", self.stack())
    }

    /// Takes the stack's functions off the pool.
    pub(super) fn detach(&self, options: &str) -> String {
        let Self { user_pool, region, .. } = self;
        format!("voice-otp detach --region {region} --stack {} --user-pool {user_pool}{options}", self.stack())
    }

    /// A command of `voice-otp`, for this stack or pool.
    pub(super) fn voice_otp(&self, command: &str) -> String {
        let Self { stack, user_pool, region, .. } = self;
        match stack {
            Some(stack) => format!("voice-otp {command} --region {region} --stack {stack}"),
            None => format!("voice-otp {command} --region {region} --user-pool {user_pool}"),
        }
    }

    /// Deploys this version. `parameters`, as in `Name=Value`, are changed; all others stay.
    pub(super) fn deploy(&self, parameters: &str) -> String {
        let change = if parameters.is_empty() { String::new() } else { format!(" --parameter-overrides {parameters}") };
        format!("sam build && sam deploy --region {} --stack-name {}{change}", self.region, self.stack())
    }

    /// Restores what was deleted or changed by hand, with three more commands. A deployment of an unchanged template
    /// changes nothing.
    pub(super) fn restore(&self) -> String {
        let change_set = format!("--stack-name {} --change-set-name repair", self.stack());
        // Parameters that are not passed would return to their defaults.
        let parameters = self.aws(&format!(
            "cloudformation describe-stacks --stack-name {} --output json --query \
             'Stacks[0].Parameters[].{{ParameterKey:ParameterKey,UsePreviousValue:`true`}}'",
            self.stack()
        ));
        let create = self.aws(&format!(
            "cloudformation create-change-set {change_set} --use-previous-template --deployment-mode REVERT_DRIFT \
             --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --parameters \"$({parameters})\""
        ));
        let [show, execute] =
            ["describe", "execute"].map(|verb| self.aws(&format!("cloudformation {verb}-change-set {change_set}")));
        let how = "restore it as the template has it, by AWS's guide (we have not tried it); the second command shows what the third does:";
        [how, &create, &show, &execute].join("\n")
    }

    /// Restores a deleted table with its rows. The change set would restore it empty.
    pub(super) fn restore_table(&self, table: &str) -> String {
        let list = self.aws(&format!("dynamodb list-backups --table-name {table} --backup-type SYSTEM"));
        let restore = self
            .aws(&format!("dynamodb restore-table-from-backup --target-table-name {table} --backup-arn BACKUP_ARN"));
        let empty = self.restore();
        format!("with its rows, from the backup that the first command names:\n{list}\n{restore}\nor empty, {empty}")
    }

    /// The path in the console to a setting of the pool.
    pub(super) fn in_console(&self, path: &str) -> String {
        format!("in the Cognito console, Region {}: User pools > {} > {path}", self.region, self.user_pool)
    }

    /// The path in the console to a setting of an app client.
    pub(super) fn in_client(&self, client: &Client, path: &str) -> String {
        self.in_console(&format!("App clients > {} > {path}", printable(&client.name)))
    }
}

/// A command of the AWS CLI, in a Region.
pub(super) fn aws_in(region: &str, command: &str) -> String {
    format!("aws {} --region {region}{}", first_two(command).0, first_two(command).1)
}

/// Splits a command into its service and operation, and the rest.
fn first_two(command: &str) -> (&str, &str) {
    let end = command.match_indices(' ').nth(1).map_or(command.len(), |(at, _)| at);
    command.split_at(end)
}
