//! The requests that the stack serves. Each is described where it is routed.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, delete, get, post, put};

/// A request that the stack answers.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// What the request does: a line of Markdown.
    pub does: String,
}

/// Routes with their descriptions.
pub(crate) struct Routes<S> {
    router: Router<S>,
    pub(crate) endpoints: Vec<Endpoint>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes yet.
    pub(crate) fn new() -> Self {
        Self { router: Router::new(), endpoints: Vec::new() }
    }

    pub(crate) fn get<H: Handler<T, S>, T: 'static>(self, path: &'static str, does: &str, handler: H) -> Self {
        self.route("GET", path, does, get(handler))
    }

    pub(crate) fn post<H: Handler<T, S>, T: 'static>(self, path: &'static str, does: &str, handler: H) -> Self {
        self.route("POST", path, does, post(handler))
    }

    pub(crate) fn put<H: Handler<T, S>, T: 'static>(self, path: &'static str, does: &str, handler: H) -> Self {
        self.route("PUT", path, does, put(handler))
    }

    pub(crate) fn delete<H: Handler<T, S>, T: 'static>(self, path: &'static str, does: &str, handler: H) -> Self {
        self.route("DELETE", path, does, delete(handler))
    }

    fn route(mut self, method: &'static str, path: &'static str, does: &str, handler: MethodRouter<S>) -> Self {
        self.endpoints.push(Endpoint { method, path, does: does.to_owned() });
        Self { router: self.router.route(path, handler), ..self }
    }

    /// Adds the routes of another, after these.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.endpoints.extend(other.endpoints);
        Self { router: self.router.merge(other.router), ..self }
    }

    /// Changes the router: its layers and its fallbacks.
    pub(crate) fn with(self, change: impl FnOnce(Router<S>) -> Router<S>) -> Self {
        Self { router: change(self.router), ..self }
    }

    /// The router alone.
    pub(crate) fn into_router(self) -> Router<S> {
        self.router
    }
}
