//! Says hello.

use tonic::{Request, Response, Status};

use crate::cluster::proto::greeter::greeter_server::Greeter;
use crate::cluster::proto::greeter::{HelloReply, HelloRequest};

#[derive(Debug)]
pub(super) struct Greetings;

#[tonic::async_trait]
impl Greeter for Greetings {
    async fn say_hello(
        &self,
        request: Request<HelloRequest>,
    ) -> Result<Response<HelloReply>, Status> {
        let message = format!("Hello {}", request.into_inner().name);
        Ok(Response::new(HelloReply { message }))
    }
}
