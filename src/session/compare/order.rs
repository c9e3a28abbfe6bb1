//! What is to be compared, and the requests of every way that exists.

use bytes::Bytes;

use crate::cluster;
use crate::model::{
    Address, CallBody, HttpVersion, MethodPath, NoWay, Request, Road, Speech, Target, Way,
};
use crate::schema::Schema;

/// Calls by each way at most.
pub const MAX_COMPARED: u32 = 10_000;

/// No server has a method or a route of this name.
const NO_SUCH: &str = "NoSuchMethod";

/// Where the ways lead, or why they do not.
#[derive(Debug, Clone)]
pub struct ComparePlaces {
    /// Who serves the method as gRPC.
    pub grpc: Result<Target, NoWay>,
    /// Who serves it as HTTP and JSON.
    pub json: Result<Target, NoWay>,
    /// The gateway in front of both.
    pub gateway: Result<Target, NoWay>,
    /// A gateway with the same routes and nobody behind it; without one, a call by way of the gateway is refused
    /// where no gateway listens.
    pub deserted: Option<Target>,
}

/// One logical call, how often, and where to.
#[derive(Debug, Clone)]
pub struct CompareOrder {
    /// The gRPC call. Its target counts for nothing.
    base: Request,
    method: MethodPath,
    message: Message,
    /// One that the server is known to refuse.
    failing: Option<Message>,
    /// Whether the method is one of the demo's contracts, which may have an HTTP twin.
    is_demo: bool,
    n_calls: u32,
}

#[derive(Debug, Clone)]
struct Message {
    bytes: Bytes,
    json: serde_json::Value,
}

impl CompareOrder {
    /// An order for a gRPC request of one message; `None` for any other. `n_calls` is held within 1 and
    /// [`MAX_COMPARED`].
    pub fn new(schema: &Schema, base: Request, is_demo: bool, n_calls: u32) -> Option<Self> {
        let CallBody::Grpc { method, messages } = &base.body else { return None };
        let (method, bytes) = (method.clone(), messages.first()?.clone());
        let info = schema.method(&method)?;
        let json = |bytes: &[u8]| {
            let text = schema.decode_json(&info.input, bytes).text;
            serde_json::from_str(&text).unwrap_or_default()
        };
        let failing = cluster::failing_message(&method).filter(|_| is_demo);
        let failing = failing.and_then(|text| schema.encode_json(&info.input, text).ok());
        let failing = failing.map(|bytes| Message { json: json(&bytes), bytes });
        let message = Message { json: json(&bytes), bytes };
        // Its twin is HTTP as browsers speak it; beside that stands gRPC itself.
        let base = Request { grpc_web: None, ..base };
        let n_calls = n_calls.clamp(1, MAX_COMPARED);
        Some(Self { base, method, message, failing, is_demo, n_calls })
    }

    /// `Service/Method`.
    pub fn method(&self) -> &MethodPath {
        &self.method
    }

    /// Calls by each way.
    pub fn n_calls(&self) -> u32 {
        self.n_calls
    }

    /// The requests of a way; `closed` is where nobody listens.
    pub(super) fn lane(
        &self,
        way: Way,
        places: &ComparePlaces,
        closed: &Address,
    ) -> Result<Lane, NoWay> {
        // Why a method has no twin tells more than where it would be.
        if way.speech != Speech::Grpc {
            self.twin(&self.message)?;
        }
        let to = match (way.road, way.speech) {
            (Road::Gateway, _) => &places.gateway,
            (Road::Direct, Speech::Grpc) => &places.grpc,
            (Road::Direct, _) => &places.json,
        };
        let to = to.as_ref().map_err(Clone::clone)?;
        let nobody = match (way.road, &places.deserted) {
            (Road::Gateway, Some(deserted)) => deserted.clone(),
            _ => Target { address: closed.clone(), ..to.clone() },
        };
        let call = self.request(way.speech, to, &self.message)?;
        let failing = match &self.failing {
            Some(message) => self.request(way.speech, to, message)?,
            None => missing(&call),
        };
        let refused = self.request(way.speech, &nobody, &self.message)?;
        Ok(Lane { way, call, failing, refused })
    }

    fn twin(&self, message: &Message) -> Result<cluster::JsonTwin, NoWay> {
        if !self.is_demo {
            return Err(NoWay::NoJson);
        }
        cluster::json_twin(&self.method, &message.json)
    }

    fn request(&self, speech: Speech, to: &Target, message: &Message) -> Result<Request, NoWay> {
        let mut request = Request { target: to.clone(), ..self.base.clone() };
        request.version = match speech {
            Speech::Http1Json => HttpVersion::Http1,
            Speech::Http2Json | Speech::Grpc => HttpVersion::Http2,
        };
        if speech == Speech::Grpc {
            let (method, messages) = (self.method.clone(), vec![message.bytes.clone()]);
            request.body = CallBody::Grpc { method, messages };
            return Ok(request);
        }
        let twin = self.twin(message)?;
        request.target.path = format!("{}{}", to.path.trim_end_matches('/'), twin.path);
        if !twin.body.is_empty() && !request.headers.contains("content-type") {
            request.headers.push("content-type", "application/json");
        }
        request.body = CallBody::Http { method: twin.method.to_owned(), body: twin.body.into() };
        Ok(request)
    }
}

/// The same request for something that is not there.
fn missing(call: &Request) -> Request {
    let mut request = call.clone();
    match &mut request.body {
        CallBody::Grpc { method, .. } => NO_SUCH.clone_into(&mut method.method),
        CallBody::Http { .. } => request.target.path.push_str(&format!("/{NO_SUCH}")),
    }
    request
}

/// The requests of one way.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) way: Way,
    pub(super) call: Request,
    pub(super) failing: Request,
    pub(super) refused: Request,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::load_virtual;

    fn order(method: &str, message: &str, is_demo: bool) -> CompareOrder {
        let schema = load_virtual(cluster::sample_sources()).schema;
        let method = MethodPath::parse(method).unwrap();
        let input = schema.method(&method).unwrap().input.clone();
        let messages = vec![schema.encode_json(&input, message).unwrap()];
        let base =
            Request::new("127.0.0.1:1".parse().unwrap(), CallBody::Grpc { method, messages });
        CompareOrder::new(&schema, base, is_demo, 0).unwrap()
    }

    fn places() -> ComparePlaces {
        let at = |port: u16| format!("127.0.0.1:{port}").parse::<Target>().unwrap();
        let deserted = Some(at(40));
        ComparePlaces { grpc: Ok(at(10)), json: Ok(at(20)), gateway: Ok(at(30)), deserted }
    }

    fn why(order: &CompareOrder, places: &ComparePlaces) -> Vec<Option<&'static str>> {
        let closed = "127.0.0.1:9".parse::<Target>().unwrap().address;
        let lanes = Way::ALL.map(|way| order.lane(way, places, &closed));
        lanes.iter().map(|lane| lane.as_ref().err().map(NoWay::id)).collect()
    }

    #[test]
    fn every_way_is_there_or_says_why_not() {
        let product = order("shop.catalog.v1.Catalog/GetProduct", r#"{"sku": "sku-1042"}"#, true);
        assert_eq!(product.n_calls(), 1, "no call is no comparison");
        assert_eq!(why(&product, &places()), [None; 6]);
        let none = ComparePlaces {
            grpc: Err(NoWay::NoServer),
            json: Err(NoWay::NoServer),
            gateway: Err(NoWay::NoGateway),
            deserted: None,
        };
        let (server, gateway) = (Some("no_server"), Some("no_gateway"));
        assert_eq!(why(&product, &none), [server, server, server, gateway, gateway, gateway]);
        let hello = order("Greeter/SayHello", "{}", true);
        let json = Some("no_json");
        assert_eq!(why(&hello, &places()), [json, json, None, json, json, None]);
        let theirs = order("shop.catalog.v1.Catalog/GetProduct", "{}", false);
        assert_eq!(why(&theirs, &places()), [json, json, None, json, json, None]);
    }

    #[test]
    fn what_fails_asks_for_what_is_not_there() {
        let closed = "127.0.0.1:9".parse::<Target>().unwrap().address;
        let check = |order: &CompareOrder, way: Way, failing: &str, refused_at: &str| {
            let lane = order.lane(way, &places(), &closed).unwrap();
            assert_eq!(lane.failing.operation(), failing);
            assert_eq!(lane.refused.target.authority(), refused_at);
        };
        let product = order("shop.catalog.v1.Catalog/GetProduct", r#"{"sku": "sku-1042"}"#, true);
        let list = order("shop.catalog.v1.Catalog/ListProducts", "{}", true);
        let [direct, _, grpc, gateway, ..] = Way::ALL;
        check(&product, direct, "GET /products/no-such-product", "127.0.0.1:9");
        check(&product, grpc, "shop.catalog.v1.Catalog/GetProduct", "127.0.0.1:9");
        check(&list, gateway, "GET /products/NoSuchMethod", "127.0.0.1:40");
        check(&list, grpc, "shop.catalog.v1.Catalog/NoSuchMethod", "127.0.0.1:9");
    }
}
