//! Whether the desktop is dark or light. The windowing library does not know it on Linux; the desktop portal does.

/// What the desktop prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemTheme {
    /// Light letters on a dark ground.
    Dark,
    /// Dark letters on a light ground.
    Light,
}

#[cfg(all(feature = "window", target_os = "linux"))]
pub(super) use portal::follow;

#[cfg(all(feature = "window", target_os = "linux"))]
mod portal {
    use std::time::Duration;

    use futures_util::StreamExt as _;
    use tokio::sync::mpsc;
    use tokio::time::timeout;
    use tokio_util::sync::CancellationToken;
    use zbus::zvariant::{OwnedValue, Value};

    use super::SystemTheme;
    use crate::session::message::Message;

    const SERVICE: &str = "org.freedesktop.portal.Desktop";
    const PATH: &str = "/org/freedesktop/portal/desktop";
    const INTERFACE: &str = "org.freedesktop.portal.Settings";
    const NAMESPACE: &str = "org.freedesktop.appearance";
    const KEY: &str = "color-scheme";
    /// A desktop without a portal may leave a call open for half a minute.
    const PATIENCE: Duration = Duration::from_secs(1);

    /// Tells what the desktop prefers, now and whenever it changes, until `shutdown`.
    pub(in crate::session) async fn follow(
        inbox: mpsc::Sender<Message>,
        shutdown: CancellationToken,
    ) {
        let told = shutdown.run_until_cancelled(tell(&inbox)).await;
        if let Some(Err(error)) = told {
            tracing::debug!(%error, "the desktop does not tell whether it is dark or light");
        }
    }

    async fn tell(inbox: &mpsc::Sender<Message>) -> zbus::Result<()> {
        let Ok(opened) = timeout(PATIENCE, ask()).await else { return Ok(()) };
        let (portal, now) = opened?;
        // Dropped with the session alone.
        let _told = inbox.send(Message::SystemTheme(now)).await;
        let mut changes = portal.receive_signal("SettingChanged").await?;
        while let Some(change) = changes.next().await {
            let body = change.body();
            let Ok((namespace, key, value)) = body.deserialize::<(&str, &str, Value<'_>)>() else {
                continue;
            };
            if (namespace, key) == (NAMESPACE, KEY) {
                let _told = inbox.send(Message::SystemTheme(preference(&value))).await;
            }
        }
        Ok(())
    }

    async fn ask() -> zbus::Result<(zbus::Proxy<'static>, Option<SystemTheme>)> {
        let connection = zbus::Connection::session().await?;
        let portal = zbus::Proxy::new(&connection, SERVICE, PATH, INTERFACE).await?;
        // `Read` is older than `ReadOne` and answers everywhere; it wraps the value once more.
        let value: OwnedValue = portal.call("Read", &(NAMESPACE, KEY)).await?;
        Ok((portal, preference(&value)))
    }

    /// 1 is dark, 2 is light, 0 is no preference.
    fn preference(value: &Value<'_>) -> Option<SystemTheme> {
        match value {
            Value::U32(1) => Some(SystemTheme::Dark),
            Value::U32(2) => Some(SystemTheme::Light),
            Value::Value(inner) => preference(inner),
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_preference_is_read_through_its_wrappers() {
            let wrapped = |n: u32| Value::Value(Box::new(Value::Value(Box::new(Value::U32(n)))));
            assert_eq!(preference(&Value::U32(1)), Some(SystemTheme::Dark));
            assert_eq!(preference(&wrapped(2)), Some(SystemTheme::Light));
            assert_eq!(preference(&wrapped(0)), None);
            assert_eq!(preference(&Value::from("dark")), None);
        }
    }
}
