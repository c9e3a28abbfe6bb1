//! A home for the tasks that drive connections: they end with it.

use std::future::Future;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::task::{AbortHandle, JoinSet};

/// Owns tasks. When it goes, they end.
#[derive(Debug, Clone, Default)]
pub struct Tasks(Arc<Mutex<JoinSet<()>>>);

/// Starts tasks in a home without keeping it alive; hyper's executor.
#[derive(Debug, Clone)]
pub struct Spawner(Weak<Mutex<JoinSet<()>>>);

impl Tasks {
    /// Starts a task within a tokio runtime's context.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        spawn(&self.0, task)
    }

    /// An executor that starts tasks here, and keeps none of them alive beyond it.
    pub fn spawner(&self) -> Spawner {
        Spawner(Arc::downgrade(&self.0))
    }
}

impl Spawner {
    /// Starts a task while the home stands.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(home) = self.0.upgrade() {
            spawn(&home, task);
        }
    }
}

impl<F> hyper::rt::Executor<F> for Spawner
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, task: F) {
        self.spawn(async move {
            task.await;
        });
    }
}

fn spawn(
    home: &Mutex<JoinSet<()>>,
    task: impl Future<Output = ()> + Send + 'static,
) -> AbortHandle {
    let mut set = home.lock();
    while set.try_join_next().is_some() {}
    set.spawn(task)
}

/// Ends a task with its owner.
#[derive(Debug)]
pub(super) struct AbortOnDrop(pub(super) AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
