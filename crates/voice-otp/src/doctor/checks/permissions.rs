//! Who may invoke a function: the service that has to, on behalf of the one resource that it is for.

use super::name;
use crate::doctor::Finding;
use crate::snapshot::{Denial, Found, Function, Invoker, Permission, SetUp};

/// Who has to be able to invoke a function, and the words for it.
pub(super) struct Wanted<'a> {
    pub(super) subject: String,
    pub(super) invoker: Invoker<'a>,
    /// The service's name.
    pub(super) service: &'static str,
    /// The kind of the resource.
    pub(super) resource: &'static str,
    /// What does not work without it.
    pub(super) without: &'static str,
    /// What other principals can do that may invoke it.
    pub(super) misuse: &'static str,
    /// The word for another resource that is let in too, and what that means.
    pub(super) beside: [&'static str; 2],
    /// The name of the statement that a fix adds.
    pub(super) statement: String,
    /// The fix that adds it. `None` for the command of the AWS CLI.
    pub(super) admit: Option<String>,
}

impl Wanted<'_> {
    /// The findings about a function.
    pub(super) fn check(&self, set_up: &SetUp, function: &Function, findings: &mut Vec<Finding>) {
        let permissions = &function.permissions;
        findings.extend(Finding::of_absence(permissions, &self.subject, ["", ""], ""));
        if let Found::Here(permissions) = permissions {
            findings.extend(self.permitted(set_up, function, permissions));
        }
    }

    fn permitted(&self, set_up: &SetUp, function: &Function, permissions: &[Permission]) -> Vec<Finding> {
        let Self { subject, invoker, service, resource, .. } = self;
        let mut findings: Vec<_> =
            permissions.iter().filter_map(|permission| self.judged(set_up, function, permission)).collect();
        if !permissions.iter().any(|permission| permission.admits(*invoker)) {
            let text = format!("{service} may not invoke the function for this {resource}, so {}", self.without);
            let admit = self.admit.clone().unwrap_or_else(|| self.add(set_up, name(&function.arn)));
            findings.push(Finding::wrong(
                "permission-missing",
                subject,
                text,
                format!("this adds the permission: {admit}"),
            ));
        }
        if findings.is_empty() {
            findings.push(Finding::right(subject, format!("{service} may invoke it for this {resource} alone")));
        }
        findings
    }

    /// The finding about a statement. `None` if it lets only this service invoke, and only for this resource.
    fn judged(&self, set_up: &SetUp, function: &Function, permission: &Permission) -> Option<Finding> {
        let Self { subject, invoker, service, resource, without, misuse, beside: [word, meaning], .. } = self;
        let Permission { id, principal, .. } = permission;
        let function = name(&function.arn);
        let remove = set_up.aws(&format!("lambda remove-permission --function-name {function} --statement-id {id}"));
        if permission.denies.is_some() {
            return permission.denial_of(*invoker).map(|denial| match denial {
                Denial::Always => {
                    let text = format!("the statement {id} denies it to {service}, so {without}");
                    Finding::wrong("permission-denied", subject, text, remove)
                }
                Denial::Sometimes => Finding::note(
                    "permission-denial",
                    subject,
                    format!("the statement {id} denies it to {service} under a condition, which is not judged here"),
                    format!("see that the condition spares this {resource}"),
                ),
            });
        }
        if permission.admits_only(*invoker) {
            return None;
        }
        Some(if permission.admits(*invoker) {
            Finding::wrong(
                "permission-wide",
                subject,
                format!("the statement {id} lets other {resource}s invoke the function too"),
                format!("{remove} && {}", self.add(set_up, function)),
            )
        } else if permission.is_of_another_beside(*invoker) {
            let text = format!("the statement {id} lets another {resource} invoke the function too, {meaning}");
            Finding::note(word, subject, text, format!("unless that {resource} is meant: {remove}"))
        } else {
            let text = format!(
                "the statement {id} lets {principal} invoke the function: whoever can makes up its events, and {misuse}"
            );
            Finding::wrong("permission-other", subject, text, remove)
        })
    }

    /// The command that lets the service invoke a function for this resource alone.
    fn add(&self, set_up: &SetUp, function: &str) -> String {
        let Invoker { principal, arn, .. } = self.invoker;
        let account = arn.split(':').nth(4).unwrap_or("ACCOUNT");
        set_up.aws(&format!(
            "lambda add-permission --function-name {function} --statement-id {} --action lambda:InvokeFunction \
             --principal {principal} --source-arn {arn} --source-account {account}",
            self.statement
        ))
    }
}
