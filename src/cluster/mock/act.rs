//! One call of one method of a mock, of each of the four kinds.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tonic::codegen::BoxFuture;
use tonic::server::{
    ClientStreamingService, ServerStreamingService, StreamingService, UnaryService,
};
use tonic::{Request, Response, Status, Streaming};

use super::Contract;
use super::contract::Method;
use crate::cluster::paced::paced;
use crate::cluster::seat::Seat;
use crate::cluster::status::status;

/// One call.
#[derive(Clone)]
pub(super) struct Act {
    pub(super) method: Arc<Method>,
    pub(super) contract: Arc<Contract>,
    pub(super) seat: Arc<Seat>,
}

type Messages = BoxStream<'static, Result<Bytes, Status>>;

impl Act {
    /// The delay that the method is to bear, or the status that it is to fail with.
    async fn suffer(&self) -> Result<(), Status> {
        match self.seat.suffer(&self.method.fault()).await {
            None => Ok(()),
            Some(code) => Err(status(code, format!("{} was told to fail", self.method.info.path))),
        }
    }

    fn answer(&self, request: &Bytes) -> Result<Bytes, Status> {
        self.method.answer(&self.contract.schema, request).map_err(Status::internal)
    }
}

impl UnaryService<Bytes> for Act {
    type Response = Bytes;
    type Future = BoxFuture<Response<Bytes>, Status>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let act = self.clone();
        Box::pin(async move {
            act.suffer().await?;
            act.answer(request.get_ref()).map(Response::new)
        })
    }
}

impl ServerStreamingService<Bytes> for Act {
    type Response = Bytes;
    type ResponseStream = Messages;
    type Future = BoxFuture<Response<Messages>, Status>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let act = self.clone();
        Box::pin(async move {
            act.suffer().await?;
            let answer = act.answer(request.get_ref())?;
            let how = act.method.stream();
            let answers = std::iter::repeat_n(answer, how.n_messages as usize);
            Ok(Response::new(paced(answers, how.pace)))
        })
    }
}

impl ClientStreamingService<Bytes> for Act {
    type Response = Bytes;
    type Future = BoxFuture<Response<Bytes>, Status>;

    /// Answers what fits the last message; one that nobody sent is empty.
    fn call(&mut self, request: Request<Streaming<Bytes>>) -> Self::Future {
        let act = self.clone();
        Box::pin(async move {
            act.suffer().await?;
            let mut messages = request.into_inner();
            let mut last = Bytes::new();
            while let Some(message) = messages.message().await? {
                last = message;
            }
            act.answer(&last).map(Response::new)
        })
    }
}

impl StreamingService<Bytes> for Act {
    type Response = Bytes;
    type ResponseStream = Messages;
    type Future = BoxFuture<Response<Messages>, Status>;

    fn call(&mut self, request: Request<Streaming<Bytes>>) -> Self::Future {
        let act = self.clone();
        Box::pin(async move {
            act.suffer().await?;
            let answers = stream::unfold((act, request.into_inner()), |(act, mut asked)| async {
                let answer = match asked.message().await.transpose()? {
                    Ok(message) => act.answer(&message),
                    Err(status) => Err(status),
                };
                Some((answer, (act, asked)))
            });
            Ok(Response::new(answers.boxed()))
        })
    }
}
