//! Watches whether anybody still uses the server, so that one left behind by a test ends itself.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{Router, extract::Request, middleware::Next, response::Response};

/// Requests being served, and when the last one was finished. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Activity(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    pending: usize,
    idle_since: Instant,
}

/// A request being served; dropping it ends the request.
struct Ongoing(Activity);

impl Activity {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State { pending: 0, idle_since: Instant::now() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) -> Ongoing {
        self.state().pending += 1;
        Ongoing(self.clone())
    }

    /// Returns once no request has been served for `ttl`.
    pub(crate) async fn idle_for(&self, ttl: Duration) {
        loop {
            let (pending, idle) = {
                let state = self.state();
                (state.pending, state.idle_since.elapsed())
            };
            if pending == 0 && idle >= ttl {
                return;
            }
            let wait = if pending == 0 { ttl.saturating_sub(idle) } else { ttl };
            tokio::time::sleep(wait.max(Duration::from_millis(1))).await;
        }
    }

    /// Counts a request while it is served.
    pub(crate) async fn track(self, request: Request, next: Next) -> Response {
        let _ongoing = self.begin();
        next.run(request).await
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.pending -= 1;
        state.idle_since = Instant::now();
    }
}

/// Counts the requests of a router as activity.
pub(crate) fn tracked(router: Router, activity: Activity) -> Router {
    router.layer(axum::middleware::from_fn(move |request, next| {
        let activity = activity.clone();
        activity.track(request, next)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pending_request_keeps_the_server_alive() {
        let activity = Activity::new();
        let ongoing = activity.begin();
        let ttl = Duration::from_millis(20);
        let early = tokio::time::timeout(ttl * 5, activity.idle_for(ttl)).await;
        assert!(early.is_err(), "ended while a request was being served");
        drop(ongoing);
        let late = tokio::time::timeout(ttl * 50, activity.idle_for(ttl)).await;
        assert!(late.is_ok(), "did not end after the last request");
    }
}
