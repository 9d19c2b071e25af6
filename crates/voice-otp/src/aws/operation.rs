//! The operations that the commands call, and the other actions that IAM asks for. They are all here: no other code can
//! make one, so AWS is asked for nothing else, and a policy names nothing else.

use std::fmt;

/// An operation of a service. Its `Display` is the IAM action that must be allowed, such as `lambda:GetPolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    service: &'static str,
    name: &'static str,
}

impl Operation {
    /// The service, by its name in endpoints and signatures.
    #[must_use]
    pub fn service(self) -> &'static str {
        self.service
    }

    /// The name, such as `GetPolicy`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.name)
    }
}

macro_rules! operations {
    ($($constant:ident = $service:literal $name:literal,)*) => {
        /// The operations.
        #[allow(missing_docs, reason = "the names are AWS's")]
        impl Operation {
            $(pub const $constant: Self = Self { service: $service, name: $name };)*

            /// All of them.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$constant),*];
        }
    };
}

operations! {
    DESCRIBE_STACKS = "cloudformation" "DescribeStacks",
    ADMIN_CREATE_USER = "cognito-idp" "AdminCreateUser",
    ADMIN_GET_USER = "cognito-idp" "AdminGetUser",
    ADMIN_SET_USER_PASSWORD = "cognito-idp" "AdminSetUserPassword",
    ADMIN_UPDATE_USER_ATTRIBUTES = "cognito-idp" "AdminUpdateUserAttributes",
    DESCRIBE_USER_POOL = "cognito-idp" "DescribeUserPool",
    DESCRIBE_USER_POOL_CLIENT = "cognito-idp" "DescribeUserPoolClient",
    GET_USER_POOL_MFA_CONFIG = "cognito-idp" "GetUserPoolMfaConfig",
    LIST_IDENTITY_PROVIDERS = "cognito-idp" "ListIdentityProviders",
    LIST_USER_POOL_CLIENTS = "cognito-idp" "ListUserPoolClients",
    LIST_USERS = "cognito-idp" "ListUsers",
    SET_USER_POOL_MFA_CONFIG = "cognito-idp" "SetUserPoolMfaConfig",
    TAG_RESOURCE = "cognito-idp" "TagResource",
    UNTAG_RESOURCE = "cognito-idp" "UntagResource",
    UPDATE_USER_POOL = "cognito-idp" "UpdateUserPool",
    DESCRIBE_CONTACT = "connect" "DescribeContact",
    DESCRIBE_CONTACT_FLOW = "connect" "DescribeContactFlow",
    DESCRIBE_INSTANCE = "connect" "DescribeInstance",
    DESCRIBE_PHONE_NUMBER = "connect" "DescribePhoneNumber",
    DESCRIBE_QUEUE = "connect" "DescribeQueue",
    GET_CONTACT_ATTRIBUTES = "connect" "GetContactAttributes",
    LIST_LAMBDA_FUNCTIONS = "connect" "ListLambdaFunctions",
    LIST_PHONE_NUMBERS = "connect" "ListPhoneNumbersV2",
    START_OUTBOUND_VOICE_CONTACT = "connect" "StartOutboundVoiceContact",
    DESCRIBE_DIRECTORIES = "ds" "DescribeDirectories",
    DESCRIBE_TABLE = "dynamodb" "DescribeTable",
    DESCRIBE_TIME_TO_LIVE = "dynamodb" "DescribeTimeToLive",
    GET_ITEM = "dynamodb" "GetItem",
    UPDATE_ITEM = "dynamodb" "UpdateItem",
    PASS_ROLE = "iam" "PassRole",
    SIMULATE_PRINCIPAL_POLICY = "iam" "SimulatePrincipalPolicy",
    CREATE_GRANT = "kms" "CreateGrant",
    DECRYPT = "kms" "Decrypt",
    DESCRIBE_KEY = "kms" "DescribeKey",
    LIST_GRANTS = "kms" "ListGrants",
    ADD_PERMISSION = "lambda" "AddPermission",
    GET_FUNCTION_CONCURRENCY = "lambda" "GetFunctionConcurrency",
    GET_FUNCTION_CONFIGURATION = "lambda" "GetFunctionConfiguration",
    GET_FUNCTION_EVENT_INVOKE_CONFIG = "lambda" "GetFunctionEventInvokeConfig",
    GET_POLICY = "lambda" "GetPolicy",
    LIST_TAGS = "lambda" "ListTags",
    REMOVE_PERMISSION = "lambda" "RemovePermission",
    LIST_AWS_DEFAULT_SERVICE_QUOTAS = "servicequotas" "ListAWSDefaultServiceQuotas",
    LIST_SERVICE_QUOTAS = "servicequotas" "ListServiceQuotas",
    GET_CALLER_IDENTITY = "sts" "GetCallerIdentity",
}
