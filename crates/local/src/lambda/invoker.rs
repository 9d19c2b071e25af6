//! Who runs the functions for other services.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::{Function, Lambda, Outcome};

type Invocation = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// The runner of the functions: Lambda, or a script in tests.
#[derive(Clone)]
pub struct Invoker(Arc<dyn Fn(Function, Vec<u8>) -> Invocation + Send + Sync>);

impl Invoker {
    /// A runner that does this.
    pub fn new<F>(invoke: impl Fn(Function, Vec<u8>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        Self(Arc::new(move |function, event| Box::pin(invoke(function, event))))
    }

    /// Invokes a function with an event.
    pub async fn invoke(&self, function: Function, event: Vec<u8>) -> Outcome {
        (self.0)(function, event).await
    }
}

impl From<Lambda> for Invoker {
    fn from(lambda: Lambda) -> Self {
        Self::new(move |function, event| {
            let lambda = lambda.clone();
            async move { lambda.invoke(function, event).await }
        })
    }
}
