//! `Gateway`: one HTTP listener.

use super::super::fields::Fields;
use super::super::yaml::Sink;
use super::Meta;
use crate::model::ConfigFault;

/// A `Gateway`.
#[derive(Debug)]
pub(in super::super) struct GatewayDoc {
    pub(in super::super) meta: Meta,
    pub(in super::super) listener: String,
    pub(in super::super) port: u16,
}

pub(super) fn read(meta: Meta, fields: &mut Fields<'_>, sink: &mut Sink) -> Option<GatewayDoc> {
    let mut spec = fields.required_map("spec", sink)?;
    spec.ignore(&["gatewayClassName"]);
    spec.unsupported(
        &["addresses", "infrastructure", "tls", "backendTLS", "allowedListeners", "defaultScope"],
        sink,
    );
    let mut listeners = spec.maps("listeners", sink).into_iter();
    let first = listeners.next();
    for second in listeners {
        second.refuse(second.at, "name", ConfigFault::SecondListener, sink);
    }
    let Some(mut listener) = first else {
        spec.refuse(spec.at, "listeners", ConfigFault::Missing, sink);
        return None;
    };
    let name = listener.required("name", sink)?;
    let port = listener.port("port", sink);
    if port.is_none() {
        listener.refuse(listener.at, "port", ConfigFault::Missing, sink);
    }
    if let Some(protocol) = listener.text("protocol", sink).filter(|text| text.text != "HTTP") {
        listener.unsupported_value("protocol", &protocol, sink);
    }
    // All namespaces of the file are the user's own: there is nobody to shut out.
    listener.ignore(&["allowedRoutes"]);
    listener.unsupported(&["hostname", "tls"], sink);
    listener.finish(sink);
    spec.finish(sink);
    Some(GatewayDoc { meta, listener: name.text, port: port? })
}
