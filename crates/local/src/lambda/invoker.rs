//! Who runs the functions for other services.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::{Function, Lambda, Outcome, request_id};

type Invocation = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// The runner of the functions: Lambda, or a script in tests.
#[derive(Clone)]
pub struct Invoker {
    invoke: Arc<dyn Fn(Function, Vec<u8>) -> Invocation + Send + Sync>,
    /// None: a script, which is just run.
    lambda: Option<Lambda>,
}

impl Invoker {
    /// A runner that does this.
    pub fn new<F>(invoke: impl Fn(Function, Vec<u8>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        Self { invoke: Arc::new(move |function, event| Box::pin(invoke(function, event))), lambda: None }
    }

    /// Invokes a function with an event.
    pub async fn invoke(&self, function: Function, event: Vec<u8>) -> Outcome {
        (self.invoke)(function, event).await
    }

    /// Invokes a function with an event, and does not wait for it.
    pub fn enqueue(&self, function: Function, event: Vec<u8>) {
        match &self.lambda {
            Some(lambda) => drop(lambda.enqueue(request_id(), function, event)),
            None => drop(tokio::spawn((self.invoke)(function, event))),
        }
    }
}

impl From<Lambda> for Invoker {
    fn from(lambda: Lambda) -> Self {
        let runner = lambda.clone();
        let invoker = Self::new(move |function, event| {
            let lambda = runner.clone();
            async move { lambda.invoke(function, event).await }
        });
        Self { lambda: Some(lambda), ..invoker }
    }
}
