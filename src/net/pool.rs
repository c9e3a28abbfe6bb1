//! Kept connections. One is taken out for the whole of a call and comes back
//! after it, so what passes on a connection belongs to one call at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{Connection, Dialer, Speak, Tasks};
use crate::model::{Address, Keepalive, Request, Security, TlsOptions};

/// Idle connections kept at most.
const MAX_IDLE: usize = 8;
/// An idle connection that is older is not used again.
const MAX_AGE: Duration = Duration::from_mins(1);

/// Between two looks for old ones.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// What must be equal for a connection to be used again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolKey {
    address: Address,
    security: Security,
    tls: TlsOptions,
    authority: Option<String>,
    speak: Speak,
    keepalive: Option<Keepalive>,
}

impl PoolKey {
    /// The key of a request's connection.
    pub fn of(request: &Request, speak: Speak) -> Self {
        Self {
            address: request.target.address.clone(),
            security: request.target.security,
            tls: request.tls.clone(),
            authority: request.authority.clone(),
            speak,
            keepalive: request.keepalive,
        }
    }
}

/// Idle connections. Clones are the same pool.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    idle: Arc<Mutex<Vec<Idle>>>,
    is_swept: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Idle {
    key: PoolKey,
    since: Instant,
    connection: Connection,
}

impl Pool {
    /// The connection that was used last and still stands, if there is one; none from before the settings of
    /// the network changed.
    pub async fn take(&self, key: &PoolKey, dialer: &Dialer) -> Option<Connection> {
        loop {
            let mut connection = self.pop(key, dialer.network_number())?;
            if connection.is_usable().await {
                connection.facts.is_kept = true;
                connection.facts.attempts.clear();
                return Some(connection);
            }
        }
    }

    /// Keeps a connection, unless it has closed or its tape is full.
    pub fn put(&self, key: PoolKey, connection: Connection, tasks: &Tasks) {
        let stale = {
            let mut idle = self.idle.lock();
            let mut stale = retire(&mut idle, Instant::now());
            if idle.len() >= MAX_IDLE {
                stale.push(idle.remove(0));
            }
            if connection.is_keepable() {
                idle.push(Idle { key, since: Instant::now(), connection });
            }
            stale
        };
        // Closing takes time; the lock is free by now.
        drop(stale);
        if !self.is_swept.swap(true, Ordering::Relaxed) {
            tasks.spawn(sweep(Arc::downgrade(&self.idle), Arc::clone(&self.is_swept)));
        }
    }

    /// How many are idle.
    pub fn len(&self) -> usize {
        self.idle.lock().len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn pop(&self, key: &PoolKey, network: u64) -> Option<Connection> {
        let (stale, found) = {
            let mut idle = self.idle.lock();
            let stale = retire(&mut idle, Instant::now());
            let newest = idle
                .iter()
                .rposition(|idle| idle.key == *key && idle.connection.network() == network);
            (stale, newest.map(|idx| idle.remove(idx).connection))
        };
        drop(stale);
        found
    }
}

/// Closes what nobody has used for long, until nothing is idle.
async fn sweep(idle: Weak<Mutex<Vec<Idle>>>, is_swept: Arc<AtomicBool>) {
    while let Some(idle) = idle.upgrade() {
        let stale = {
            let mut idle = idle.lock();
            if idle.is_empty() {
                is_swept.store(false, Ordering::Relaxed);
                return;
            }
            retire(&mut idle, Instant::now())
        };
        drop((stale, idle));
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}

fn retire(idle: &mut Vec<Idle>, now: Instant) -> Vec<Idle> {
    idle.extract_if(.., |idle| now.saturating_duration_since(idle.since) > MAX_AGE).collect()
}
