//! Says hello.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use crate::cluster::proto::greeter::greeter_server::Greeter;
use crate::cluster::proto::greeter::{HelloReply, HelloRequest};
use crate::cluster::seat::Seat;
use crate::cluster::trace::Inbound;

#[derive(Debug)]
pub(super) struct Greetings {
    seat: Arc<Seat>,
}

impl Greetings {
    pub(super) fn new(seat: &Arc<Seat>) -> Self {
        Self { seat: Arc::clone(seat) }
    }
}

#[tonic::async_trait]
impl Greeter for Greetings {
    async fn say_hello(
        &self,
        request: Request<HelloRequest>,
    ) -> Result<Response<HelloReply>, Status> {
        let name = request.into_inner().name;
        let trace = Inbound::current().context.trace_id;
        self.seat.say(&format!("Received: {name}"), Some(trace));
        let message = format!("Hello {name}");
        Ok(Response::new(HelloReply { message }))
    }
}
