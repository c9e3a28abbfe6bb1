//! Messages that come one after the other, with a pause between.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::time::sleep;
use tonic::Status;

/// The first at once, each other one `pace` after the one before. Made as it is read: whoever reads slowly
/// holds it up, and whoever stops reading ends it.
pub(super) fn paced<T: Send + 'static>(
    messages: impl Iterator<Item = T> + Send + 'static,
    pace: Duration,
) -> BoxStream<'static, Result<T, Status>> {
    let messages = stream::iter(messages.enumerate());
    messages
        .then(move |(idx, message)| async move {
            if idx > 0 && !pace.is_zero() {
                sleep(pace).await;
            }
            Ok(message)
        })
        .boxed()
}
